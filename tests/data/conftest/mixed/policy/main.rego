package main

deny contains msg if {
	input.metadata.name in data.limits.names
	msg := sprintf("%s is a bad name", [input.metadata.name])
}

deny_owner contains {"msg": "no owner", "field": "labels"} if not input.metadata.labels.owner

violation_host contains "hostPID" if input.spec.hostPID

warn_image contains msg if {
	some c in input.spec.containers
	endswith(c.image, ":latest")
	msg := sprintf("%s: latest", [c.name])
}

exception contains ["owner", "host"] if input.metadata.labels.role == "agent"
