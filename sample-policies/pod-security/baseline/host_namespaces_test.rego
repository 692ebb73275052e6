package kubernetes.pod_security.baseline.host_namespaces_test

import data.kubernetes.pod_security.baseline.host_namespaces

test_denied[case] if {
	some case, spec in {
		"hostPID": {"hostPID": true},
		"hostIPC": {"hostIPC": true},
		"hostNetwork": {"hostNetwork": true},
	}
	count(host_namespaces.deny) > 0 with input as pod({}, spec)
}

test_allowed[case] if {
	some case, spec in {
		"nothing said": {},
		"said to be false": {"hostPID": false, "hostIPC": false, "hostNetwork": false},
		"null": {"hostPID": null},
	}
	count(host_namespaces.deny) == 0 with input as pod({}, spec)
}

# What a workload makes is judged as a Pod is.
test_workload[case] if {
	template := object.remove(pod({}, {"hostPID": true}), ["kind"])
	some case, workload in {
		"CronJob": {"spec": {"jobTemplate": {"spec": {"template": template}}}},
		"Deployment": {"spec": {"template": template}},
		"PodTemplate": {"template": template},
	}
	count(host_namespaces.deny) == 1 with input as object.union(workload, {"kind": case})
}

pod(annotations, spec) := {"kind": "Pod", "metadata": {"name": "p", "annotations": annotations}, "spec": spec}
