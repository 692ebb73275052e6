package kubernetes.pod_security.baseline.sysctls_test

import data.kubernetes.pod_security.baseline.sysctls

test_denied[case] if {
	some case, spec in {
		"of the node": {"securityContext": {"sysctls": [{"name": "kernel.msgmax", "value": "1"}]}},
	}
	count(sysctls.deny) > 0 with input as pod({}, spec)
}

test_allowed[case] if {
	some case, spec in {
		"none": {"securityContext": {"sysctls": []}},
		"safe ones": {"securityContext": {"sysctls": [{"name": "net.ipv4.tcp_syncookies", "value": "0"}, {"name": "net.ipv4.tcp_rmem", "value": "1"}]}},
	}
	count(sysctls.deny) == 0 with input as pod({}, spec)
}

test_version[case] if {
	some [version, spec, findings] in [
		["v1.26", {"securityContext": {"sysctls": [{"name": "net.ipv4.ip_local_reserved_ports", "value": "1"}]}}, 1],
		["v1.27", {"securityContext": {"sysctls": [{"name": "net.ipv4.ip_local_reserved_ports", "value": "1"}]}}, 0],
		["v1.28", {"securityContext": {"sysctls": [{"name": "net.ipv4.tcp_keepalive_time", "value": "1"}]}}, 1],
		["v1.29", {"securityContext": {"sysctls": [{"name": "net.ipv4.tcp_keepalive_time", "value": "1"}]}}, 0],
		["v1.31", {"securityContext": {"sysctls": [{"name": "net.ipv4.tcp_wmem", "value": "1"}]}}, 1],
		["v1.32", {"securityContext": {"sysctls": [{"name": "net.ipv4.tcp_wmem", "value": "1"}]}}, 0],
		["v1.36", {"securityContext": {"sysctls": [{"name": "net.ipv4.tcp_notsent_lowat", "value": "1"}]}}, 1],
		["v1.37", {"securityContext": {"sysctls": [{"name": "net.ipv4.tcp_notsent_lowat", "value": "1"}]}}, 0],
	]
	case := sprintf("%s: %d", [version, findings])
	count(sysctls.deny) == findings with input as pod({}, spec) with data.pod_security.version as version
}

# What a workload makes is judged as a Pod is.
test_workload[case] if {
	template := object.remove(pod({}, {"securityContext": {"sysctls": [{"name": "kernel.msgmax", "value": "1"}]}}), ["kind"])
	some case, workload in {
		"CronJob": {"spec": {"jobTemplate": {"spec": {"template": template}}}},
		"Deployment": {"spec": {"template": template}},
		"PodTemplate": {"template": template},
	}
	count(sysctls.deny) == 1 with input as object.union(workload, {"kind": case})
}

pod(annotations, spec) := {"kind": "Pod", "metadata": {"name": "p", "annotations": annotations}, "spec": spec}
