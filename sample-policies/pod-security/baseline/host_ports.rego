# METADATA
# title: Containers take no port of the node
# description: |
#   A host port takes a port of the node for itself, and can listen where something else should.
# related_resources:
# - https://kubernetes.io/docs/concepts/security/pod-security-standards/
# custom:
#   control: hostPorts
#   level: baseline
#   since: "1.0"
#   pod_security_policy: ["hostPorts"]
package kubernetes.pod_security.baseline.host_ports

deny contains msg if {
	some c in containers
	some port in c.ports
	number := object.get(port, "hostPort", 0)
	not number in {0, null}
	msg := sprintf("hostPort (container %q uses hostPort %d)", [c.name, number])
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
