# The idea: containers should not run as root. A warning: the object is let in, and its author is told.
# New here: `warn`, and `not` with a function that says what is good.
package kubernetes.run_as_non_root

warn contains msg if {
	some c in containers
	not non_root(c)
	msg := sprintf("container %s may run as root: runAsNonRoot is not true", [c.name])
}

# A container says it for itself ...
non_root(c) if c.securityContext.runAsNonRoot == true

# ... or the Pod says it for all containers that do not say otherwise.
non_root(c) if {
	pod_spec.securityContext.runAsNonRoot == true
	not c.securityContext.runAsNonRoot == false
}

# Every container of the Pod, of all three kinds.
containers contains c if some c in pod_spec.containers

containers contains c if some c in pod_spec.initContainers

containers contains c if some c in pod_spec.ephemeralContainers

# Where the Pod's spec is: in a Pod; in a Deployment, ReplicaSet, StatefulSet, DaemonSet or Job; in a CronJob.
pod_spec := input.spec if input.kind == "Pod"

pod_spec := input.spec.template.spec

pod_spec := input.spec.jobTemplate.spec.template.spec
