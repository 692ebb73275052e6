package kubernetes.pod_security.baseline.host_ports_test

import data.kubernetes.pod_security.baseline.host_ports

test_denied[case] if {
	some case, spec in {
		"a port": {"containers": [{"name": "a", "ports": [{"containerPort": 80, "hostPort": 80}]}]},
		"the second": {"initContainers": [{"name": "a", "ports": [{"containerPort": 1}, {"containerPort": 2, "hostPort": 2}]}]},
	}
	count(host_ports.deny) > 0 with input as pod({}, spec)
}

test_allowed[case] if {
	some case, spec in {
		"nothing said": {"containers": [{"name": "a", "ports": [{"containerPort": 80}]}]},
		"zero": {"containers": [{"name": "a", "ports": [{"containerPort": 80, "hostPort": 0}]}]},
	}
	count(host_ports.deny) == 0 with input as pod({}, spec)
}

# What a workload makes is judged as a Pod is.
test_workload[case] if {
	template := object.remove(pod({}, {"containers": [{"name": "a", "ports": [{"containerPort": 80, "hostPort": 80}]}]}), ["kind"])
	some case, workload in {
		"CronJob": {"spec": {"jobTemplate": {"spec": {"template": template}}}},
		"Deployment": {"spec": {"template": template}},
		"PodTemplate": {"template": template},
	}
	count(host_ports.deny) == 1 with input as object.union(workload, {"kind": case})
}

pod(annotations, spec) := {"kind": "Pod", "metadata": {"name": "p", "annotations": annotations}, "spec": spec}
