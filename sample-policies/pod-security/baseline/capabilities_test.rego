package kubernetes.pod_security.baseline.capabilities_test

import data.kubernetes.pod_security.baseline.capabilities

test_denied[case] if {
	some case, spec in {
		"SYS_ADMIN": {"containers": [{"name": "a", "securityContext": {"capabilities": {"add": ["SYS_ADMIN"]}}}]},
		"NET_RAW, which runtimes give by default": {"containers": [{"name": "a", "securityContext": {"capabilities": {"add": ["NET_RAW"]}}}]},
		"lower case": {"initContainers": [{"name": "a", "securityContext": {"capabilities": {"add": ["chown"]}}}]},
		"ALL": {"ephemeralContainers": [{"name": "a", "securityContext": {"capabilities": {"add": ["ALL"]}}}]},
	}
	count(capabilities.deny) > 0 with input as pod({}, spec)
}

test_allowed[case] if {
	some case, spec in {
		"nothing said": {"containers": [{"name": "a"}]},
		"CHOWN": {"containers": [{"name": "a", "securityContext": {"capabilities": {"add": ["CHOWN"], "drop": ["SYS_ADMIN"]}}}]},
	}
	count(capabilities.deny) == 0 with input as pod({}, spec)
}

# What a workload makes is judged as a Pod is.
test_workload[case] if {
	template := object.remove(pod({}, {"containers": [{"name": "a", "securityContext": {"capabilities": {"add": ["SYS_ADMIN"]}}}]}), ["kind"])
	some case, workload in {
		"CronJob": {"spec": {"jobTemplate": {"spec": {"template": template}}}},
		"Deployment": {"spec": {"template": template}},
		"PodTemplate": {"template": template},
	}
	count(capabilities.deny) == 1 with input as object.union(workload, {"kind": case})
}

pod(annotations, spec) := {"kind": "Pod", "metadata": {"name": "p", "annotations": annotations}, "spec": spec}
