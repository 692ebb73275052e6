# METADATA
# title: Containers say that they do not run as root
# description: |
#   Each container says so, or the Pod says so for those that say nothing. Windows is not exempt.
# related_resources:
# - https://kubernetes.io/docs/concepts/security/pod-security-standards/
# custom:
#   control: runAsNonRoot
#   level: restricted
#   since: "1.0"
#   pod_security_policy: ["runAsUser (MustRunAsNonRoot)"]
package kubernetes.pod_security.restricted.run_as_non_root

deny contains msg if {
	not exempt
	some [who, context] in contexts
	context.runAsNonRoot == false
	msg := sprintf("runAsNonRoot != true (%s must not set securityContext.runAsNonRoot=false)", [who])
}

deny contains msg if {
	not exempt
	not pod.spec.securityContext.runAsNonRoot == true
	some c in containers
	not says(c)
	msg := sprintf("runAsNonRoot != true (pod or container %q must set securityContext.runAsNonRoot=true)", [c.name])
}

says(c) if c.securityContext.runAsNonRoot in {true, false}

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
