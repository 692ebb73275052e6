# METADATA
# title: No container is privileged
# description: |
#   A privileged container has every device and every power of root on the node.
# related_resources:
# - https://kubernetes.io/docs/concepts/security/pod-security-standards/
# custom:
#   control: privileged
#   level: baseline
#   since: "1.0"
#   pod_security_policy: ["privileged"]
package kubernetes.pod_security.baseline.privileged

deny contains msg if {
	some c in containers
	c.securityContext.privileged == true
	msg := sprintf("privileged (container %q must not set securityContext.privileged=true)", [c.name])
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
