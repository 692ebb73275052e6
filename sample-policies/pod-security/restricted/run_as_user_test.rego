package kubernetes.pod_security.restricted.run_as_user_test

import data.kubernetes.pod_security.restricted.run_as_user

test_denied[case] if {
	some case, spec in {
		"the pod": {"securityContext": {"runAsUser": 0}},
		"a container": {"containers": [{"name": "a", "securityContext": {"runAsUser": 0}}]},
	}
	count(run_as_user.deny) > 0 with input as pod({}, spec)
}

test_allowed[case] if {
	some case, spec in {
		"nothing said": {"containers": [{"name": "a"}]},
		"somebody else": {"securityContext": {"runAsUser": 1000}},
	}
	count(run_as_user.deny) == 0 with input as pod({}, spec)
}

test_version[case] if {
	some [version, spec, findings] in [
		["v1.22", {"securityContext": {"runAsUser": 0}}, 0],
		["v1.23", {"securityContext": {"runAsUser": 0}}, 1],
		["v1.35", {"hostUsers": false, "securityContext": {"runAsUser": 0}}, 0],
		["v1.34", {"hostUsers": false, "securityContext": {"runAsUser": 0}}, 1],
	]
	case := sprintf("%s: %d", [version, findings])
	count(run_as_user.deny) == findings with input as pod({}, spec) with data.pod_security.version as version
}

# What a workload makes is judged as a Pod is.
test_workload[case] if {
	template := object.remove(pod({}, {"securityContext": {"runAsUser": 0}}), ["kind"])
	some case, workload in {
		"CronJob": {"spec": {"jobTemplate": {"spec": {"template": template}}}},
		"Deployment": {"spec": {"template": template}},
		"PodTemplate": {"template": template},
	}
	count(run_as_user.deny) == 1 with input as object.union(workload, {"kind": case})
}

pod(annotations, spec) := {"kind": "Pod", "metadata": {"name": "p", "annotations": annotations}, "spec": spec}
