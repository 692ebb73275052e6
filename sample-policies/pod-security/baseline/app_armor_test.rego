package kubernetes.pod_security.baseline.app_armor_test

import data.kubernetes.pod_security.baseline.app_armor

test_denied[case] if {
	some case, spec in {
		"the pod": {"securityContext": {"appArmorProfile": {"type": "Unconfined"}}},
		"a container": {"containers": [{"name": "a", "securityContext": {"appArmorProfile": {"type": "Unconfined"}}}]},
	}
	count(app_armor.deny) > 0 with input as pod({}, spec)
}

test_allowed[case] if {
	some case, spec in {
		"nothing said": {},
		"RuntimeDefault": {"securityContext": {"appArmorProfile": {"type": "RuntimeDefault"}}},
		"Localhost": {"containers": [{"name": "a", "securityContext": {"appArmorProfile": {"type": "Localhost", "localhostProfile": "p"}}}]},
	}
	count(app_armor.deny) == 0 with input as pod({}, spec)
}

test_annotation[case] if {
	some [key, profile, findings] in [
		["container.apparmor.security.beta.kubernetes.io/a", "unconfined", 1],
		["container.apparmor.security.beta.kubernetes.io/", "x", 1],
		["container.apparmor.security.beta.kubernetes.io/a", "runtime/default", 0],
		["container.apparmor.security.beta.kubernetes.io/a", "localhost/p", 0],
		["container.apparmor.security.beta.kubernetes.io/a", "", 0],
		["other", "unconfined", 0],
	]
	case := sprintf("%s=%s", [key, profile])
	count(app_armor.deny) == findings with input as pod({key: profile}, {"containers": [{"name": "a"}]})
}

# What a workload makes is judged as a Pod is.
test_workload[case] if {
	template := object.remove(pod({}, {"securityContext": {"appArmorProfile": {"type": "Unconfined"}}}), ["kind"])
	some case, workload in {
		"CronJob": {"spec": {"jobTemplate": {"spec": {"template": template}}}},
		"Deployment": {"spec": {"template": template}},
		"PodTemplate": {"template": template},
	}
	count(app_armor.deny) == 1 with input as object.union(workload, {"kind": case})
}

pod(annotations, spec) := {"kind": "Pod", "metadata": {"name": "p", "annotations": annotations}, "spec": spec}
