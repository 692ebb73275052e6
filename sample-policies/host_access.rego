# A pod that joins the node's process table
# or runs privileged owns the node.
package kubernetes.host_access

deny contains msg if {
	input.spec.hostPID == true
	msg := "hostPID shares the node's processes"
}

deny contains msg if {
	some c in input.spec.containers
	c.securityContext.privileged == true
	msg := sprintf("%s is privileged", [c.name])
}
