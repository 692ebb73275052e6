package kubernetes.pod_security.baseline.selinux_test

import data.kubernetes.pod_security.baseline.selinux

test_denied[case] if {
	some case, spec in {
		"a type": {"securityContext": {"seLinuxOptions": {"type": "spc_t"}}},
		"a user": {"containers": [{"name": "a", "securityContext": {"seLinuxOptions": {"user": "u"}}}]},
		"a role": {"securityContext": {"seLinuxOptions": {"role": "r"}}},
	}
	count(selinux.deny) > 0 with input as pod({}, spec)
}

test_allowed[case] if {
	some case, spec in {
		"nothing said": {"securityContext": {"seLinuxOptions": {}}},
		"a level": {"securityContext": {"seLinuxOptions": {"type": "container_t", "level": "s0"}}},
		"empty": {"securityContext": {"seLinuxOptions": {"type": "", "user": "", "role": ""}}},
	}
	count(selinux.deny) == 0 with input as pod({}, spec)
}

test_version[case] if {
	some [version, spec, findings] in [
		["v1.30", {"securityContext": {"seLinuxOptions": {"type": "container_engine_t"}}}, 1],
		["v1.31", {"securityContext": {"seLinuxOptions": {"type": "container_engine_t"}}}, 0],
	]
	case := sprintf("%s: %d", [version, findings])
	count(selinux.deny) == findings with input as pod({}, spec) with data.pod_security.version as version
}

# What a workload makes is judged as a Pod is.
test_workload[case] if {
	template := object.remove(pod({}, {"securityContext": {"seLinuxOptions": {"type": "spc_t"}}}), ["kind"])
	some case, workload in {
		"CronJob": {"spec": {"jobTemplate": {"spec": {"template": template}}}},
		"Deployment": {"spec": {"template": template}},
		"PodTemplate": {"template": template},
	}
	count(selinux.deny) == 1 with input as object.union(workload, {"kind": case})
}

pod(annotations, spec) := {"kind": "Pod", "metadata": {"name": "p", "annotations": annotations}, "spec": spec}
