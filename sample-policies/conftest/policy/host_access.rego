# The idea: the two rules of host_access.rego, as conftest has them.
# New here: the package is `main`, and the end of a rule's name is what an exception names.
package main

deny_host_pid contains msg if {
	input.kind == "Pod"
	input.spec.hostPID == true
	msg := "hostPID shares the node's processes"
}

violation_privileged contains {"msg": msg, "container": c.name} if {
	some c in containers
	c.securityContext.privileged == true
	msg := sprintf("%s is privileged", [c.name])
}

warn_latest contains msg if {
	some c in containers
	not tagged(c.image)
	msg := sprintf("%s runs whatever %s is today: name a version", [c.name, c.image])
}

# A tag comes after the last slash: registry.example.com:5000/web has none.
tagged(image) if {
	last := regex.find_n(`[^/]*$`, image, 1)[0]
	contains(last, ":")
	not endswith(last, ":latest")
}

containers contains c if some c in input.spec.containers

containers contains c if some c in input.spec.initContainers

containers contains c if some c in input.spec.ephemeralContainers
