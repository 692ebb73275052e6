package kubernetes.pod_security.baseline.host_path_volumes_test

import data.kubernetes.pod_security.baseline.host_path_volumes

test_denied[case] if {
	some case, spec in {
		"a folder": {"volumes": [{"name": "a", "hostPath": {"path": "/var"}}]},
		"among others": {"volumes": [{"name": "b", "emptyDir": {}}, {"name": "a", "hostPath": {}}]},
	}
	count(host_path_volumes.deny) > 0 with input as pod({}, spec)
}

test_allowed[case] if {
	some case, spec in {
		"no volumes": {},
		"others": {"volumes": [{"name": "b", "emptyDir": {}}, {"name": "c", "configMap": {"name": "c"}}]},
		"null": {"volumes": [{"name": "a", "hostPath": null}]},
	}
	count(host_path_volumes.deny) == 0 with input as pod({}, spec)
}

# What a workload makes is judged as a Pod is.
test_workload[case] if {
	template := object.remove(pod({}, {"volumes": [{"name": "a", "hostPath": {"path": "/var"}}]}), ["kind"])
	some case, workload in {
		"CronJob": {"spec": {"jobTemplate": {"spec": {"template": template}}}},
		"Deployment": {"spec": {"template": template}},
		"PodTemplate": {"template": template},
	}
	count(host_path_volumes.deny) == 1 with input as object.union(workload, {"kind": case})
}

pod(annotations, spec) := {"kind": "Pod", "metadata": {"name": "p", "annotations": annotations}, "spec": spec}
