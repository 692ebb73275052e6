package kubernetes.pod_security.baseline.seccomp_test

import data.kubernetes.pod_security.baseline.seccomp

test_denied[case] if {
	some case, spec in {
		"the pod": {"securityContext": {"seccompProfile": {"type": "Unconfined"}}},
		"a container": {"containers": [{"name": "a", "securityContext": {"seccompProfile": {"type": "Unconfined"}}}]},
	}
	count(seccomp.deny) > 0 with input as pod({}, spec)
}

test_allowed[case] if {
	some case, spec in {
		"nothing said": {"containers": [{"name": "a"}]},
		"RuntimeDefault": {"securityContext": {"seccompProfile": {"type": "RuntimeDefault"}}},
		"Localhost": {"containers": [{"name": "a", "securityContext": {"seccompProfile": {"type": "Localhost", "localhostProfile": "p"}}}]},
	}
	count(seccomp.deny) == 0 with input as pod({}, spec)
}

test_version[case] if {
	some [version, spec, findings] in [
		["v1.18", {"securityContext": {"seccompProfile": {"type": "Unconfined"}}}, 0],
		["v1.19", {"securityContext": {"seccompProfile": {"type": "Unconfined"}}}, 1],
	]
	case := sprintf("%s: %d", [version, findings])
	count(seccomp.deny) == findings with input as pod({}, spec) with data.pod_security.version as version
}

test_annotation[case] if {
	some [key, profile, findings] in [
		["seccomp.security.alpha.kubernetes.io/pod", "unconfined", 1],
		["container.seccomp.security.alpha.kubernetes.io/a", "unconfined", 1],
		["container.seccomp.security.alpha.kubernetes.io/nobody", "unconfined", 0],
		["seccomp.security.alpha.kubernetes.io/pod", "docker/default", 0],
		["seccomp.security.alpha.kubernetes.io/pod", "localhost/p", 0],
		["seccomp.security.alpha.kubernetes.io/pod", "", 1],
	]
	case := sprintf("%s=%s", [key, profile])
	count(seccomp.deny) == findings with input as pod({key: profile}, {"containers": [{"name": "a"}]}) with data.pod_security.version as "v1.18"
}

# What a workload makes is judged as a Pod is.
test_workload[case] if {
	template := object.remove(pod({}, {"securityContext": {"seccompProfile": {"type": "Unconfined"}}}), ["kind"])
	some case, workload in {
		"CronJob": {"spec": {"jobTemplate": {"spec": {"template": template}}}},
		"Deployment": {"spec": {"template": template}},
		"PodTemplate": {"template": template},
	}
	count(seccomp.deny) == 1 with input as object.union(workload, {"kind": case})
}

pod(annotations, spec) := {"kind": "Pod", "metadata": {"name": "p", "annotations": annotations}, "spec": spec}
