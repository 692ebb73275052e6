package kubernetes.pod_security.restricted.privilege_escalation_test

import data.kubernetes.pod_security.restricted.privilege_escalation

test_denied[case] if {
	some case, spec in {
		"nothing said": {"containers": [{"name": "a"}]},
		"said to be true": {"containers": [{"name": "a", "securityContext": {"allowPrivilegeEscalation": true}}]},
		"the second of two": {"containers": [{"name": "a", "securityContext": {"allowPrivilegeEscalation": false}}], "initContainers": [{"name": "b"}]},
	}
	count(privilege_escalation.deny) > 0 with input as pod({}, spec)
}

test_allowed[case] if {
	some case, spec in {
		"said to be false": {"containers": [{"name": "a", "securityContext": {"allowPrivilegeEscalation": false}}]},
		"Windows": {"os": {"name": "windows"}, "containers": [{"name": "a"}]},
	}
	count(privilege_escalation.deny) == 0 with input as pod({}, spec)
}

test_version[case] if {
	some [version, spec, findings] in [
		["v1.7", {"containers": [{"name": "a"}]}, 0],
		["v1.8", {"containers": [{"name": "a"}]}, 1],
		["v1.24", {"os": {"name": "windows"}, "containers": [{"name": "a"}]}, 1],
		["v1.25", {"os": {"name": "windows"}, "containers": [{"name": "a"}]}, 0],
	]
	case := sprintf("%s: %d", [version, findings])
	count(privilege_escalation.deny) == findings with input as pod({}, spec) with data.pod_security.version as version
}

# What a workload makes is judged as a Pod is.
test_workload[case] if {
	template := object.remove(pod({}, {"containers": [{"name": "a"}]}), ["kind"])
	some case, workload in {
		"CronJob": {"spec": {"jobTemplate": {"spec": {"template": template}}}},
		"Deployment": {"spec": {"template": template}},
		"PodTemplate": {"template": template},
	}
	count(privilege_escalation.deny) == 1 with input as object.union(workload, {"kind": case})
}

pod(annotations, spec) := {"kind": "Pod", "metadata": {"name": "p", "annotations": annotations}, "spec": spec}
