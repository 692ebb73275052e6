# METADATA
# title: A Pod shares no namespace with the node
# description: |
#   A Pod with the namespaces of the node sees its processes, its network or its shared memory.
#   With hostPID and a privileged container, a shell in the Pod is a root shell on the node.
# related_resources:
# - https://kubernetes.io/docs/concepts/security/pod-security-standards/
# custom:
#   control: hostNamespaces
#   level: baseline
#   since: "1.0"
#   pod_security_policy: ["hostPID", "hostIPC", "hostNetwork"]
package kubernetes.pod_security.baseline.host_namespaces

deny contains msg if {
	some field in ["hostNetwork", "hostPID", "hostIPC"]
	pod.spec[field] == true
	msg := sprintf("host namespaces (%s=true)", [field])
}

# The Pod: the object itself, or the template that a workload makes Pods from.
pod := input if input.kind == "Pod"

pod := input.template if input.kind == "PodTemplate"

pod := input.spec.jobTemplate.spec.template if input.kind == "CronJob"

pod := input.spec.template if not input.kind in {"CronJob", "Pod", "PodTemplate"}
