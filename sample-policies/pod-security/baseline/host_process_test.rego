package kubernetes.pod_security.baseline.host_process_test

import data.kubernetes.pod_security.baseline.host_process

test_denied[case] if {
	some case, spec in {
		"the pod": {"securityContext": {"windowsOptions": {"hostProcess": true}}},
		"a container": {"containers": [{"name": "a", "securityContext": {"windowsOptions": {"hostProcess": true}}}]},
	}
	count(host_process.deny) > 0 with input as pod({}, spec)
}

test_allowed[case] if {
	some case, spec in {
		"nothing said": {"securityContext": {"windowsOptions": {}}},
		"said to be false": {"containers": [{"name": "a", "securityContext": {"windowsOptions": {"hostProcess": false}}}]},
	}
	count(host_process.deny) == 0 with input as pod({}, spec)
}

# What a workload makes is judged as a Pod is.
test_workload[case] if {
	template := object.remove(pod({}, {"securityContext": {"windowsOptions": {"hostProcess": true}}}), ["kind"])
	some case, workload in {
		"CronJob": {"spec": {"jobTemplate": {"spec": {"template": template}}}},
		"Deployment": {"spec": {"template": template}},
		"PodTemplate": {"template": template},
	}
	count(host_process.deny) == 1 with input as object.union(workload, {"kind": case})
}

pod(annotations, spec) := {"kind": "Pod", "metadata": {"name": "p", "annotations": annotations}, "spec": spec}
