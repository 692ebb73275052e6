# The idea: no container is privileged, whichever of the three lists it is in.
# New here: a set that collects from several places.
package kubernetes.privileged

deny contains msg if {
	some c in containers
	c.securityContext.privileged == true
	msg := sprintf("container %s is privileged", [c.name])
}

# Every container of the Pod. A list that is absent adds nothing, and the other two still count.
containers contains c if some c in pod_spec.containers

containers contains c if some c in pod_spec.initContainers

containers contains c if some c in pod_spec.ephemeralContainers

# Where the Pod's spec is: in a Pod; in a Deployment, ReplicaSet, StatefulSet, DaemonSet or Job; in a CronJob.
pod_spec := input.spec if input.kind == "Pod"

pod_spec := input.spec.template.spec

pod_spec := input.spec.jobTemplate.spec.template.spec
