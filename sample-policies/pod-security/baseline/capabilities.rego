# METADATA
# title: Containers add no powers beyond the usual ones
# description: |
#   Names are case-sensitive, and those that nobody thought of are denied.
# related_resources:
# - https://kubernetes.io/docs/concepts/security/pod-security-standards/
# custom:
#   control: capabilities_baseline
#   level: baseline
#   since: "1.0"
#   pod_security_policy: ["defaultAddCapabilities", "allowedCapabilities"]
package kubernetes.pod_security.baseline.capabilities

deny contains msg if {
	some c in containers
	some capability in c.securityContext.capabilities.add
	not capability in harmless
	msg := sprintf(
		"non-default capabilities (container %q must not include %q in securityContext.capabilities.add)",
		[c.name, capability],
	)
}

harmless := {
	"AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID",
	"KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP", "SETGID",
	"SETPCAP", "SETUID", "SYS_CHROOT",
}

# Every container of the Pod, of all three kinds.
containers contains c if some c in pod.spec.initContainers

containers contains c if some c in pod.spec.containers

containers contains c if some c in pod.spec.ephemeralContainers

# The Pod: the object itself, or the template that a workload makes Pods from.
pod := input if input.kind == "Pod"

pod := input.template if input.kind == "PodTemplate"

pod := input.spec.jobTemplate.spec.template if input.kind == "CronJob"

pod := input.spec.template if not input.kind in {"CronJob", "Pod", "PodTemplate"}
