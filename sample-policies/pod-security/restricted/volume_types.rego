# METADATA
# title: Volumes are of kinds that a tenant may have
# description: |
#   Everything that is not a part of the Pod or claimed by it is denied, hostPath among it.
# related_resources:
# - https://kubernetes.io/docs/concepts/security/pod-security-standards/
# custom:
#   control: restrictedVolumes
#   level: restricted
#   since: "1.0"
#   pod_security_policy: ["volumes", "allowedFlexVolumes", "allowedCSIDrivers"]
package kubernetes.pod_security.restricted.volume_types

deny contains msg if {
	some volume in pod.spec.volumes

	# A volume that says nothing is stored as an emptyDir.
	kinds := {kind | some kind, source in volume; kind != "name"; source != null}
	count(kinds) > 0
	count(kinds & allowed) == 0
	msg := sprintf(
		"restricted volume types (volume %q uses restricted volume type %q)",
		[volume.name, concat(", ", kinds)],
	)
}

allowed := {
	"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral",
	"image", "persistentVolumeClaim", "projected", "secret",
}

# The Pod: the object itself, or the template that a workload makes Pods from.
pod := input if input.kind == "Pod"

pod := input.template if input.kind == "PodTemplate"

pod := input.spec.jobTemplate.spec.template if input.kind == "CronJob"

pod := input.spec.template if not input.kind in {"CronJob", "Pod", "PodTemplate"}
