# The idea: a container may add only those of root's powers that are harmless to the node.
# New here: a list of what is allowed. Capabilities that nobody thought of are denied.
package kubernetes.capabilities

deny contains msg if {
	some c in containers
	some capability in c.securityContext.capabilities.add
	not capability in harmless
	msg := sprintf("container %s adds %s", [c.name, capability])
}

# What the Pod Security Standards allow at the level "baseline".
harmless := {
	"AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID",
	"KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP", "SETGID",
	"SETPCAP", "SETUID", "SYS_CHROOT",
}

# Every container of the Pod, of all three kinds.
containers contains c if some c in pod_spec.containers

containers contains c if some c in pod_spec.initContainers

containers contains c if some c in pod_spec.ephemeralContainers

# Where the Pod's spec is: in a Pod; in a Deployment, ReplicaSet, StatefulSet, DaemonSet or Job; in a CronJob.
pod_spec := input.spec if input.kind == "Pod"

pod_spec := input.spec.template.spec

pod_spec := input.spec.jobTemplate.spec.template.spec
