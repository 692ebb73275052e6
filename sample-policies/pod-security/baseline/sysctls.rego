# METADATA
# title: Kernel parameters are those of the Pod alone
# description: |
#   The list is of parameters that have a namespace of their own, with the version since which each is allowed.
# related_resources:
# - https://kubernetes.io/docs/concepts/security/pod-security-standards/
# custom:
#   control: sysctls
#   level: baseline
#   since: "1.0"
#   pod_security_policy: ["allowedUnsafeSysctls", "forbiddenSysctls"]
package kubernetes.pod_security.baseline.sysctls

deny contains msg if {
	some sysctl in pod.spec.securityContext.sysctls
	not safe(sysctl.name)
	msg := sprintf("forbidden sysctls (%s)", [sysctl.name])
}

safe(name) if minor >= since[name]

since := {
	"kernel.shm_rmid_forced": 0,
	"net.ipv4.ip_local_port_range": 0,
	"net.ipv4.ip_unprivileged_port_start": 0,
	"net.ipv4.ping_group_range": 0,
	"net.ipv4.tcp_syncookies": 0,
	"net.ipv4.ip_local_reserved_ports": 27,
	"net.ipv4.tcp_fin_timeout": 29,
	"net.ipv4.tcp_keepalive_intvl": 29,
	"net.ipv4.tcp_keepalive_probes": 29,
	"net.ipv4.tcp_keepalive_time": 29,
	"net.ipv4.tcp_rmem": 32,
	"net.ipv4.tcp_wmem": 32,
	"net.ipv4.tcp_notsent_lowat": 37,
	"net.ipv4.tcp_slow_start_after_idle": 37,
}

# The version of the standard to judge by, as 1.<minor>; the newest where none is said.
default minor := 1000

minor := to_number(split(data.pod_security.version, ".")[1])

# The Pod: the object itself, or the template that a workload makes Pods from.
pod := input if input.kind == "Pod"

pod := input.template if input.kind == "PodTemplate"

pod := input.spec.jobTemplate.spec.template if input.kind == "CronJob"

pod := input.spec.template if not input.kind in {"CronJob", "Pod", "PodTemplate"}
