# METADATA
# title: No container is told to run as user 0
# description: |
#   runAsNonRoot stops root when the container starts; this stops it when the Pod is created.
# related_resources:
# - https://kubernetes.io/docs/concepts/security/pod-security-standards/
# custom:
#   control: runAsUser
#   level: restricted
#   since: "1.23"
#   pod_security_policy: ["runAsUser (MustRunAs)"]
package kubernetes.pod_security.restricted.run_as_user

deny contains msg if {
	minor >= 23
	not exempt
	some [who, context] in contexts
	context.runAsUser == 0
	msg := sprintf("runAsUser=0 (%s must not set runAsUser=0)", [who])
}

# Since 1.35: root of a user namespace of its own is nobody on the node.
exempt if {
	pod.spec.hostUsers == false
	minor >= 35
}

# The version of the standard to judge by, as 1.<minor>; the newest where none is said.
default minor := 1000

minor := to_number(split(data.pod_security.version, ".")[1])

# Who has a securityContext, and how messages name them.
contexts contains ["pod", pod.spec.securityContext]

contexts contains [sprintf("container %q", [c.name]), c.securityContext] if some c in containers

# Every container of the Pod, of all three kinds.
containers contains c if some c in pod.spec.initContainers

containers contains c if some c in pod.spec.containers

containers contains c if some c in pod.spec.ephemeralContainers

# The Pod: the object itself, or the template that a workload makes Pods from.
pod := input if input.kind == "Pod"

pod := input.template if input.kind == "PodTemplate"

pod := input.spec.jobTemplate.spec.template if input.kind == "CronJob"

pod := input.spec.template if not input.kind in {"CronJob", "Pod", "PodTemplate"}
