package kubernetes.pod_security.restricted.run_as_non_root_test

import data.kubernetes.pod_security.restricted.run_as_non_root

test_denied[case] if {
	some case, spec in {
		"nothing said": {"containers": [{"name": "a"}]},
		"the pod says false": {"securityContext": {"runAsNonRoot": false}, "containers": [{"name": "a", "securityContext": {"runAsNonRoot": true}}]},
		"a container says false": {"securityContext": {"runAsNonRoot": true}, "containers": [{"name": "a", "securityContext": {"runAsNonRoot": false}}]},
		"Windows": {"os": {"name": "windows"}, "containers": [{"name": "a"}]},
	}
	count(run_as_non_root.deny) > 0 with input as pod({}, spec)
}

test_allowed[case] if {
	some case, spec in {
		"the pod says it": {"securityContext": {"runAsNonRoot": true}, "containers": [{"name": "a"}]},
		"each container says it": {"containers": [{"name": "a", "securityContext": {"runAsNonRoot": true}}]},
	}
	count(run_as_non_root.deny) == 0 with input as pod({}, spec)
}

test_version[case] if {
	some [version, spec, findings] in [
		["v1.34", {"hostUsers": false, "containers": [{"name": "a"}]}, 1],
		["v1.35", {"hostUsers": false, "containers": [{"name": "a"}]}, 0],
	]
	case := sprintf("%s: %d", [version, findings])
	count(run_as_non_root.deny) == findings with input as pod({}, spec) with data.pod_security.version as version
}

# What a workload makes is judged as a Pod is.
test_workload[case] if {
	template := object.remove(pod({}, {"containers": [{"name": "a"}]}), ["kind"])
	some case, workload in {
		"CronJob": {"spec": {"jobTemplate": {"spec": {"template": template}}}},
		"Deployment": {"spec": {"template": template}},
		"PodTemplate": {"template": template},
	}
	count(run_as_non_root.deny) == 1 with input as object.union(workload, {"kind": case})
}

pod(annotations, spec) := {"kind": "Pod", "metadata": {"name": "p", "annotations": annotations}, "spec": spec}
