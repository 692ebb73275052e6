# METADATA
# title: "/proc is mounted as usual, in user namespaces too"
# description: |
#   Where baseline makes an exception since 1.35, restricted does not.
# related_resources:
# - https://kubernetes.io/docs/concepts/security/pod-security-standards/
# custom:
#   control: procMount_restricted
#   level: restricted
#   since: "1.35"
#   pod_security_policy: ["allowedProcMountTypes"]
package kubernetes.pod_security.restricted.proc_mount

deny contains msg if {
	minor >= 35
	some c in containers
	mount := object.get(c, ["securityContext", "procMount"], "Default")
	not mount in {"Default", null}
	msg := sprintf("procMount (container %q must not set securityContext.procMount to %q)", [c.name, mount])
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
