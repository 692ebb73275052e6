# The idea: a Pod keeps away from the files of the node.
# New here: object.get, which gives a value of our choice where a field is absent.
package kubernetes.host_path

deny contains msg if {
	some volume in pod_spec.volumes

	# A volume has one field that says what it is: `emptyDir`, `secret`, `hostPath`, ...
	# `null` is how YAML writes "nothing here".
	volume.hostPath != null
	path := object.get(volume.hostPath, "path", "a folder")
	msg := sprintf("volume %s is %s of the node", [volume.name, path])
}

# Where the Pod's spec is: in a Pod; in a Deployment, ReplicaSet, StatefulSet, DaemonSet or Job; in a CronJob.
pod_spec := input.spec if input.kind == "Pod"

pod_spec := input.spec.template.spec

pod_spec := input.spec.jobTemplate.spec.template.spec
