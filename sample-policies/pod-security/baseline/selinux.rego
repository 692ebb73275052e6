# METADATA
# title: SELinux keeps its types for containers
# description: |
#   The level is free; user and role are not.
# related_resources:
# - https://kubernetes.io/docs/concepts/security/pod-security-standards/
# custom:
#   control: seLinuxOptions
#   level: baseline
#   since: "1.0"
#   pod_security_policy: ["seLinux"]
package kubernetes.pod_security.baseline.selinux

deny contains msg if {
	some [who, context] in contexts
	type := object.get(context.seLinuxOptions, "type", "")
	not type in types
	msg := sprintf("seLinuxOptions (%s set forbidden securityContext.seLinuxOptions: type %q)", [who, type])
}

deny contains msg if {
	some [who, context] in contexts
	some field in ["user", "role"]
	not object.get(context.seLinuxOptions, field, "") in {"", null}
	msg := sprintf("seLinuxOptions (%s set forbidden securityContext.seLinuxOptions: %s may not be set)", [who, field])
}

types contains type if some type in ["", null, "container_t", "container_init_t", "container_kvm_t"]

types contains "container_engine_t" if minor >= 31

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
