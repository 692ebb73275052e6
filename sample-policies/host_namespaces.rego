# The idea: a Pod stays in namespaces of its own and does not share the node's.
# New here: one rule for three fields, and workloads that carry a Pod inside.
package kubernetes.host_namespaces

# What a Pod gains by each field when it is true. Absent means false.
shared := {
	"hostIPC": "the node's shared memory",
	"hostNetwork": "the node's network",
	"hostPID": "the node's processes",
}

# `some field, what in shared` tries each of the three; each that holds adds one message.
deny contains msg if {
	some field, what in shared
	pod_spec[field] == true
	msg := sprintf("%s shares %s", [field, what])
}

# The Pod's spec is in one of three places. A definition whose place is absent gives no value, so at most one does.
pod_spec := input.spec if input.kind == "Pod"

# Deployment, ReplicaSet, StatefulSet, DaemonSet, Job
pod_spec := input.spec.template.spec

# CronJob
pod_spec := input.spec.jobTemplate.spec.template.spec
