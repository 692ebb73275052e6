# METADATA
# title: Seccomp is switched on
# description: |
#   Each container says with which profile, or the Pod says it for those that say nothing.
# related_resources:
# - https://kubernetes.io/docs/concepts/security/pod-security-standards/
# custom:
#   control: seccompProfile_restricted
#   level: restricted
#   since: "1.19"
#   pod_security_policy: ["annotation seccomp.security.alpha.kubernetes.io/defaultProfileName"]
package kubernetes.pod_security.restricted.seccomp

deny contains msg if {
	minor >= 19
	not exempt
	some [who, context] in contexts
	context.seccompProfile != null
	not allowed(context.seccompProfile)
	type := object.get(context.seccompProfile, "type", "")
	msg := sprintf("seccompProfile (%s must not set securityContext.seccompProfile.type to %q)", [who, type])
}

deny contains msg if {
	minor >= 19
	not exempt
	not allowed_for_all
	some c in containers
	object.get(c, ["securityContext", "seccompProfile"], null) == null
	msg := sprintf(
		`seccompProfile (pod or container %q must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")`,
		[c.name],
	)
}

allowed_for_all if allowed(pod.spec.securityContext.seccompProfile)

allowed(profile) if profile.type in {"RuntimeDefault", "Localhost"}

# Since 1.25 a Pod that says it is for Windows is exempt: there is no such setting there.
exempt if {
	pod.spec.os.name == "windows"
	minor >= 25
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
