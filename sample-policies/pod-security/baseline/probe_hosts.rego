# METADATA
# title: Probes and hooks ask the Pod, not some other host
# description: |
#   The kubelet sends these requests: a host of their choice makes the node a proxy into other networks.
# related_resources:
# - https://kubernetes.io/docs/concepts/security/pod-security-standards/
# custom:
#   control: hostProbesAndHostLifecycle
#   level: baseline
#   since: "1.34"
package kubernetes.pod_security.baseline.probe_hosts

deny contains msg if {
	minor >= 34
	some c in containers
	some handler in handlers(c)
	some action in ["httpGet", "tcpSocket"]
	host := handler[action].host
	not host in {"", null}
	msg := sprintf("probe or lifecycle host (container %q uses probe or lifecycle host %q)", [c.name, host])
}

handlers(c) := [handler |
	some handler in [
		object.get(c, "livenessProbe", {}),
		object.get(c, "readinessProbe", {}),
		object.get(c, "startupProbe", {}),
		object.get(c, ["lifecycle", "postStart"], {}),
		object.get(c, ["lifecycle", "preStop"], {}),
	]
]

# The version of the standard to judge by, as 1.<minor>; the newest where none is said.
default minor := 1000

minor := to_number(split(data.pod_security.version, ".")[1])

# Every container of the Pod, of all three kinds.
containers contains c if some c in pod.spec.initContainers

containers contains c if some c in pod.spec.containers

containers contains c if some c in pod.spec.ephemeralContainers

# The Pod: the object itself, or the template that a workload makes Pods from.
pod := input if input.kind == "Pod"

pod := input.template if input.kind == "PodTemplate"

pod := input.spec.jobTemplate.spec.template if input.kind == "CronJob"

pod := input.spec.template if not input.kind in {"CronJob", "Pod", "PodTemplate"}
