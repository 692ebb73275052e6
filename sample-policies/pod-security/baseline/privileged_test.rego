package kubernetes.pod_security.baseline.privileged_test

import data.kubernetes.pod_security.baseline.privileged

test_denied[case] if {
	some case, spec in {
		"a container": {"containers": [{"name": "a", "securityContext": {"privileged": true}}]},
		"an init container": {"initContainers": [{"name": "a", "securityContext": {"privileged": true}}]},
		"an ephemeral container": {"ephemeralContainers": [{"name": "a", "securityContext": {"privileged": true}}]},
	}
	count(privileged.deny) > 0 with input as pod({}, spec)
}

test_allowed[case] if {
	some case, spec in {
		"nothing said": {"containers": [{"name": "a"}]},
		"said to be false": {"containers": [{"name": "a", "securityContext": {"privileged": false}}]},
		"an empty context": {"containers": [{"name": "a", "securityContext": {}}], "initContainers": null},
	}
	count(privileged.deny) == 0 with input as pod({}, spec)
}

# What a workload makes is judged as a Pod is.
test_workload[case] if {
	template := object.remove(pod({}, {"containers": [{"name": "a", "securityContext": {"privileged": true}}]}), ["kind"])
	some case, workload in {
		"CronJob": {"spec": {"jobTemplate": {"spec": {"template": template}}}},
		"Deployment": {"spec": {"template": template}},
		"PodTemplate": {"template": template},
	}
	count(privileged.deny) == 1 with input as object.union(workload, {"kind": case})
}

pod(annotations, spec) := {"kind": "Pod", "metadata": {"name": "p", "annotations": annotations}, "spec": spec}
