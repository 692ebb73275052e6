package kubernetes.pod_security.restricted.capabilities_test

import data.kubernetes.pod_security.restricted.capabilities

test_denied[case] if {
	some case, spec in {
		"nothing said": {"containers": [{"name": "a"}]},
		"lower case": {"containers": [{"name": "a", "securityContext": {"capabilities": {"drop": ["all"]}}}]},
		"one too many": {"containers": [{"name": "a", "securityContext": {"capabilities": {"drop": ["ALL"], "add": ["CHOWN"]}}}]},
	}
	count(capabilities.deny) > 0 with input as pod({}, spec)
}

test_allowed[case] if {
	some case, spec in {
		"ALL": {"containers": [{"name": "a", "securityContext": {"capabilities": {"drop": ["ALL"]}}}]},
		"ALL and more": {"containers": [{"name": "a", "securityContext": {"capabilities": {"drop": ["NET_RAW", "ALL"], "add": ["NET_BIND_SERVICE"]}}}]},
	}
	count(capabilities.deny) == 0 with input as pod({}, spec)
}

test_version[case] if {
	some [version, spec, findings] in [
		["v1.21", {"containers": [{"name": "a"}]}, 0],
		["v1.22", {"containers": [{"name": "a"}]}, 1],
		["v1.24", {"os": {"name": "windows"}, "containers": [{"name": "a"}]}, 1],
		["v1.25", {"os": {"name": "windows"}, "containers": [{"name": "a"}]}, 0],
	]
	case := sprintf("%s: %d", [version, findings])
	count(capabilities.deny) == findings with input as pod({}, spec) with data.pod_security.version as version
}

# What a workload makes is judged as a Pod is.
test_workload[case] if {
	template := object.remove(pod({}, {"containers": [{"name": "a"}]}), ["kind"])
	some case, workload in {
		"CronJob": {"spec": {"jobTemplate": {"spec": {"template": template}}}},
		"Deployment": {"spec": {"template": template}},
		"PodTemplate": {"template": template},
	}
	count(capabilities.deny) == 1 with input as object.union(workload, {"kind": case})
}

pod(annotations, spec) := {"kind": "Pod", "metadata": {"name": "p", "annotations": annotations}, "spec": spec}
