# METADATA
# title: No Windows container is a process of the node
# description: |
#   A HostProcess container is for Windows what a privileged one is for Linux.
# related_resources:
# - https://kubernetes.io/docs/concepts/security/pod-security-standards/
# custom:
#   control: windowsHostProcess
#   level: baseline
#   since: "1.0"
package kubernetes.pod_security.baseline.host_process

deny contains msg if {
	some [who, context] in contexts
	context.windowsOptions.hostProcess == true
	msg := sprintf("hostProcess (%s must not set securityContext.windowsOptions.hostProcess=true)", [who])
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
