package kubernetes.pod_security.baseline.probe_hosts_test

import data.kubernetes.pod_security.baseline.probe_hosts

test_denied[case] if {
	some case, spec in {
		"livenessProbe httpGet": {"containers": [{"name": "a", "livenessProbe": {"httpGet": {"host": "10.0.0.1", "port": 1}}}]},
		"livenessProbe tcpSocket": {"containers": [{"name": "a", "livenessProbe": {"tcpSocket": {"host": "10.0.0.1", "port": 1}}}]},
		"readinessProbe httpGet": {"containers": [{"name": "a", "readinessProbe": {"httpGet": {"host": "10.0.0.1", "port": 1}}}]},
		"readinessProbe tcpSocket": {"containers": [{"name": "a", "readinessProbe": {"tcpSocket": {"host": "10.0.0.1", "port": 1}}}]},
		"startupProbe httpGet": {"containers": [{"name": "a", "startupProbe": {"httpGet": {"host": "10.0.0.1", "port": 1}}}]},
		"startupProbe tcpSocket": {"containers": [{"name": "a", "startupProbe": {"tcpSocket": {"host": "10.0.0.1", "port": 1}}}]},
		"postStart httpGet": {"initContainers": [{"name": "a", "lifecycle": {"postStart": {"httpGet": {"host": "10.0.0.1", "port": 1}}}}]},
		"postStart tcpSocket": {"initContainers": [{"name": "a", "lifecycle": {"postStart": {"tcpSocket": {"host": "10.0.0.1", "port": 1}}}}]},
		"preStop httpGet": {"initContainers": [{"name": "a", "lifecycle": {"preStop": {"httpGet": {"host": "10.0.0.1", "port": 1}}}}]},
		"preStop tcpSocket": {"initContainers": [{"name": "a", "lifecycle": {"preStop": {"tcpSocket": {"host": "10.0.0.1", "port": 1}}}}]},
	}
	count(probe_hosts.deny) > 0 with input as pod({}, spec)
}

test_allowed[case] if {
	some case, spec in {
		"no host": {"containers": [{"name": "a", "livenessProbe": {"httpGet": {"port": 1}}}]},
		"an empty host": {"containers": [{"name": "a", "lifecycle": {"preStop": {"httpGet": {"host": "", "port": 1}}}}]},
		"grpc": {"containers": [{"name": "a", "livenessProbe": {"grpc": {"port": 1}}}]},
	}
	count(probe_hosts.deny) == 0 with input as pod({}, spec)
}

test_version[case] if {
	some [version, spec, findings] in [
		["v1.33", {"containers": [{"name": "a", "livenessProbe": {"httpGet": {"host": "h", "port": 1}}}]}, 0],
		["v1.34", {"containers": [{"name": "a", "livenessProbe": {"httpGet": {"host": "h", "port": 1}}}]}, 1],
	]
	case := sprintf("%s: %d", [version, findings])
	count(probe_hosts.deny) == findings with input as pod({}, spec) with data.pod_security.version as version
}

# What a workload makes is judged as a Pod is.
test_workload[case] if {
	template := object.remove(pod({}, {"containers": [{"name": "a", "livenessProbe": {"httpGet": {"host": "10.0.0.1", "port": 1}}}]}), ["kind"])
	some case, workload in {
		"CronJob": {"spec": {"jobTemplate": {"spec": {"template": template}}}},
		"Deployment": {"spec": {"template": template}},
		"PodTemplate": {"template": template},
	}
	count(probe_hosts.deny) == 1 with input as object.union(workload, {"kind": case})
}

pod(annotations, spec) := {"kind": "Pod", "metadata": {"name": "p", "annotations": annotations}, "spec": spec}
