package kubernetes.pod_security.baseline.proc_mount_test

import data.kubernetes.pod_security.baseline.proc_mount

test_denied[case] if {
	some case, spec in {
		"Unmasked": {"containers": [{"name": "a", "securityContext": {"procMount": "Unmasked"}}]},
		"hostUsers said to be true": {"hostUsers": true, "initContainers": [{"name": "a", "securityContext": {"procMount": "Unmasked"}}]},
	}
	count(proc_mount.deny) > 0 with input as pod({}, spec)
}

test_allowed[case] if {
	some case, spec in {
		"nothing said": {"containers": [{"name": "a", "securityContext": {}}]},
		"Default": {"containers": [{"name": "a", "securityContext": {"procMount": "Default"}}]},
	}
	count(proc_mount.deny) == 0 with input as pod({}, spec)
}

test_version[case] if {
	some [version, spec, findings] in [
		["v1.34", {"hostUsers": false, "containers": [{"name": "a", "securityContext": {"procMount": "Unmasked"}}]}, 1],
		["v1.35", {"hostUsers": false, "containers": [{"name": "a", "securityContext": {"procMount": "Unmasked"}}]}, 0],
	]
	case := sprintf("%s: %d", [version, findings])
	count(proc_mount.deny) == findings with input as pod({}, spec) with data.pod_security.version as version
}

# What a workload makes is judged as a Pod is.
test_workload[case] if {
	template := object.remove(pod({}, {"containers": [{"name": "a", "securityContext": {"procMount": "Unmasked"}}]}), ["kind"])
	some case, workload in {
		"CronJob": {"spec": {"jobTemplate": {"spec": {"template": template}}}},
		"Deployment": {"spec": {"template": template}},
		"PodTemplate": {"template": template},
	}
	count(proc_mount.deny) == 1 with input as object.union(workload, {"kind": case})
}

pod(annotations, spec) := {"kind": "Pod", "metadata": {"name": "p", "annotations": annotations}, "spec": spec}
