# METADATA
# title: Seccomp is not switched off
# description: |
#   Fields say which profile is used; up to 1.18 annotations did.
# related_resources:
# - https://kubernetes.io/docs/concepts/security/pod-security-standards/
# custom:
#   control: seccompProfile_baseline
#   level: baseline
#   since: "1.0"
#   pod_security_policy: ["annotation seccomp.security.alpha.kubernetes.io/allowedProfileNames"]
package kubernetes.pod_security.baseline.seccomp

deny contains msg if {
	minor >= 19
	some [who, context] in contexts
	context.seccompProfile != null
	type := object.get(context.seccompProfile, "type", "")
	not type in {"RuntimeDefault", "Localhost"}
	msg := sprintf("seccompProfile (%s must not set securityContext.seccompProfile.type to %q)", [who, type])
}

deny contains msg if {
	minor < 19
	some key in annotations
	profile := pod.metadata.annotations[key]
	not profile in {"runtime/default", "docker/default"}
	not startswith(profile, "localhost/")
	msg := sprintf("seccompProfile (forbidden annotation %s=%q)", [key, profile])
}

annotations contains "seccomp.security.alpha.kubernetes.io/pod"

annotations contains sprintf("container.seccomp.security.alpha.kubernetes.io/%s", [c.name]) if some c in containers

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
