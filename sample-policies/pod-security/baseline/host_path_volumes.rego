# METADATA
# title: No volume is a folder of the node
# description: |
#   A hostPath volume reads, and often writes, the files of the node.
# related_resources:
# - https://kubernetes.io/docs/concepts/security/pod-security-standards/
# custom:
#   control: hostPathVolumes
#   level: baseline
#   since: "1.0"
#   pod_security_policy: ["volumes", "allowedHostPaths"]
package kubernetes.pod_security.baseline.host_path_volumes

deny contains msg if {
	some volume in pod.spec.volumes
	volume.hostPath != null
	msg := sprintf("hostPath volumes (volume %q)", [volume.name])
}

# The Pod: the object itself, or the template that a workload makes Pods from.
pod := input if input.kind == "Pod"

pod := input.template if input.kind == "PodTemplate"

pod := input.spec.jobTemplate.spec.template if input.kind == "CronJob"

pod := input.spec.template if not input.kind in {"CronJob", "Pod", "PodTemplate"}
