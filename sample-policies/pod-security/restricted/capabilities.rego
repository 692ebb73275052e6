# METADATA
# title: Containers drop all powers of root and take back one at most
# description: |
#   The list of what is dropped has "ALL", in capitals. NET_BIND_SERVICE may be added.
# related_resources:
# - https://kubernetes.io/docs/concepts/security/pod-security-standards/
# custom:
#   control: capabilities_restricted
#   level: restricted
#   since: "1.22"
#   pod_security_policy: ["requiredDropCapabilities", "allowedCapabilities"]
package kubernetes.pod_security.restricted.capabilities

deny contains msg if {
	minor >= 22
	not exempt
	some c in containers
	not drops_all(c)
	msg := sprintf(
		`unrestricted capabilities (container %q must set securityContext.capabilities.drop=["ALL"])`,
		[c.name],
	)
}

deny contains msg if {
	minor >= 22
	not exempt
	some c in containers
	some capability in c.securityContext.capabilities.add
	capability != "NET_BIND_SERVICE"
	msg := sprintf(
		"unrestricted capabilities (container %q must not include %q in securityContext.capabilities.add)",
		[c.name, capability],
	)
}

drops_all(c) if "ALL" in c.securityContext.capabilities.drop

# Since 1.25 a Pod that says it is for Windows is exempt: there is no such setting there.
exempt if {
	pod.spec.os.name == "windows"
	minor >= 25
}

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
