package p

import rego.v1

default allow := false

allow if {
	input.method == "POST"
	startswith(input.path, "/a")
}

allow if input.admin == true

deny contains msg if {
	some c in input.xs
	count(c.y) > 1; c.z == 2
	msg := sprintf("bad %v", [c.y])
}

f(x) := 1 if {
	x > 1
} else := 2

unused := input.foo if {
	input.bar
}
