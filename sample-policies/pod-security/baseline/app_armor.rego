# METADATA
# title: AppArmor is not switched off
# description: |
#   A field says which profile is used, and an annotation did before 1.30. Both count, and the container that an annotation names need not exist.
# related_resources:
# - https://kubernetes.io/docs/concepts/security/pod-security-standards/
# custom:
#   control: appArmorProfile
#   level: baseline
#   since: "1.0"
#   pod_security_policy: ["annotation apparmor.security.beta.kubernetes.io/allowedProfileNames"]
package kubernetes.pod_security.baseline.app_armor

deny contains msg if {
	some [who, context] in contexts
	context.appArmorProfile != null
	type := object.get(context.appArmorProfile, "type", "")
	not type in {"RuntimeDefault", "Localhost"}
	msg := sprintf("forbidden AppArmor profile (%s must not set AppArmor profile type to %q)", [who, type])
}

deny contains msg if {
	some key, profile in pod.metadata.annotations
	startswith(key, "container.apparmor.security.beta.kubernetes.io/")
	not profile in {"", "runtime/default"}
	not startswith(profile, "localhost/")
	msg := sprintf("forbidden AppArmor profile (annotation must not set AppArmor profile type to \"%s=%q\")", [key, profile])
}

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
