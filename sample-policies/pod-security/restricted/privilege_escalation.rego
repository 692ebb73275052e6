# METADATA
# title: No process gains powers that its container did not have
# description: |
#   Set-user-ID programs would. Only `false` will do.
# related_resources:
# - https://kubernetes.io/docs/concepts/security/pod-security-standards/
# custom:
#   control: allowPrivilegeEscalation
#   level: restricted
#   since: "1.8"
#   pod_security_policy: ["allowPrivilegeEscalation", "defaultAllowPrivilegeEscalation"]
package kubernetes.pod_security.restricted.privilege_escalation

deny contains msg if {
	minor >= 8
	not exempt
	some c in containers
	not c.securityContext.allowPrivilegeEscalation == false
	msg := sprintf(
		"allowPrivilegeEscalation != false (container %q must set securityContext.allowPrivilegeEscalation=false)",
		[c.name],
	)
}

# Since 1.25 a Pod that says it is for Windows is exempt: there is no such setting there.
exempt if {
	pod.spec.os.name == "windows"
	minor >= 25
}

# The version of the standard to judge by, as 1.<minor>; the newest where none is said.
default minor := 1000

minor := to_number(split(data.pod_security.version, ".")[1])

# Every container of the Pod, of all three kinds.
containers contains c if some c in pod.spec.initContainers

containers contains c if some c in pod.spec.containers

containers contains c if some c in pod.spec.ephemeralContainers

# The Pod: the object itself, or the template that a workload makes Pods from.
pod := input if input.kind == "Pod"

pod := input.template if input.kind == "PodTemplate"

pod := input.spec.jobTemplate.spec.template if input.kind == "CronJob"

pod := input.spec.template if not input.kind in {"CronJob", "Pod", "PodTemplate"}
