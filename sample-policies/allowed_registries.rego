# The idea: images come from registries that we trust.
# New here: the list is data, in data.json, so that it can change without the policy.
package kubernetes.allowed_registries

# If the data is not loaded, nothing is trusted and every image is denied.
deny contains msg if {
	some c in containers
	not trusted(c)
	msg := sprintf("the image of container %s is not from a trusted registry", [c.name])
}

# The slash matters: without it, registry.example.com.evil.test would do.
# A name without a registry, such as `alpine`, means docker.io/library/alpine.
trusted(c) if {
	some registry in data.registries.trusted
	startswith(c.image, concat("", [registry, "/"]))
}

# Every container of the Pod, of all three kinds.
containers contains c if some c in pod_spec.containers

containers contains c if some c in pod_spec.initContainers

containers contains c if some c in pod_spec.ephemeralContainers

# Where the Pod's spec is: in a Pod; in a Deployment, ReplicaSet, StatefulSet, DaemonSet or Job; in a CronJob.
pod_spec := input.spec if input.kind == "Pod"

pod_spec := input.spec.template.spec

pod_spec := input.spec.jobTemplate.spec.template.spec
