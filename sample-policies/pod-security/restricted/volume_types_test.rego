package kubernetes.pod_security.restricted.volume_types_test

import data.kubernetes.pod_security.restricted.volume_types

test_denied[case] if {
	some case, spec in {
		"hostPath": {"volumes": [{"name": "a", "hostPath": {"path": "/"}}]},
		"nfs": {"volumes": [{"name": "b", "emptyDir": {}}, {"name": "a", "nfs": {"server": "s", "path": "/"}}]},
	}
	count(volume_types.deny) > 0 with input as pod({}, spec)
}

test_allowed[case] if {
	some case, spec in {
		"none": {"volumes": null},
		"configMap": {"volumes": [{"name": "a", "configMap": {}}]},
		"csi": {"volumes": [{"name": "a", "csi": {}}]},
		"downwardAPI": {"volumes": [{"name": "a", "downwardAPI": {}}]},
		"emptyDir": {"volumes": [{"name": "a", "emptyDir": {}}]},
		"ephemeral": {"volumes": [{"name": "a", "ephemeral": {}}]},
		"image": {"volumes": [{"name": "a", "image": {}}]},
		"persistentVolumeClaim": {"volumes": [{"name": "a", "persistentVolumeClaim": {}}]},
		"projected": {"volumes": [{"name": "a", "projected": {}}]},
		"secret": {"volumes": [{"name": "a", "secret": {}}]},
	}
	count(volume_types.deny) == 0 with input as pod({}, spec)
}

# What a workload makes is judged as a Pod is.
test_workload[case] if {
	template := object.remove(pod({}, {"volumes": [{"name": "a", "hostPath": {"path": "/"}}]}), ["kind"])
	some case, workload in {
		"CronJob": {"spec": {"jobTemplate": {"spec": {"template": template}}}},
		"Deployment": {"spec": {"template": template}},
		"PodTemplate": {"template": template},
	}
	count(volume_types.deny) == 1 with input as object.union(workload, {"kind": case})
}

pod(annotations, spec) := {"kind": "Pod", "metadata": {"name": "p", "annotations": annotations}, "spec": spec}
