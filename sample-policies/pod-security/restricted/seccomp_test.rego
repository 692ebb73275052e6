package kubernetes.pod_security.restricted.seccomp_test

import data.kubernetes.pod_security.restricted.seccomp

test_denied[case] if {
	some case, spec in {
		"nothing said": {"containers": [{"name": "a"}]},
		"the pod says otherwise": {"securityContext": {"seccompProfile": {"type": "Unconfined"}}, "containers": [{"name": "a", "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}}}]},
		"a container says otherwise": {"securityContext": {"seccompProfile": {"type": "RuntimeDefault"}}, "containers": [{"name": "a", "securityContext": {"seccompProfile": {"type": "Unconfined"}}}]},
	}
	count(seccomp.deny) > 0 with input as pod({}, spec)
}

test_allowed[case] if {
	some case, spec in {
		"the pod says it": {"securityContext": {"seccompProfile": {"type": "RuntimeDefault"}}, "containers": [{"name": "a"}]},
		"each container says it": {"containers": [{"name": "a", "securityContext": {"seccompProfile": {"type": "Localhost", "localhostProfile": "p"}}}]},
	}
	count(seccomp.deny) == 0 with input as pod({}, spec)
}

test_version[case] if {
	some [version, spec, findings] in [
		["v1.18", {"containers": [{"name": "a"}]}, 0],
		["v1.19", {"containers": [{"name": "a"}]}, 1],
		["v1.24", {"os": {"name": "windows"}, "containers": [{"name": "a"}]}, 1],
		["v1.25", {"os": {"name": "windows"}, "containers": [{"name": "a"}]}, 0],
	]
	case := sprintf("%s: %d", [version, findings])
	count(seccomp.deny) == findings with input as pod({}, spec) with data.pod_security.version as version
}

# What a workload makes is judged as a Pod is.
test_workload[case] if {
	template := object.remove(pod({}, {"containers": [{"name": "a"}]}), ["kind"])
	some case, workload in {
		"CronJob": {"spec": {"jobTemplate": {"spec": {"template": template}}}},
		"Deployment": {"spec": {"template": template}},
		"PodTemplate": {"template": template},
	}
	count(seccomp.deny) == 1 with input as object.union(workload, {"kind": case})
}

pod(annotations, spec) := {"kind": "Pod", "metadata": {"name": "p", "annotations": annotations}, "spec": spec}
