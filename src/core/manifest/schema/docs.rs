//! Which fields decide security, and the line that says how.

use crate::strings::T;

/// The line about a field, by the name of its definition.
pub(super) fn of(definition: &str, field: &str) -> Option<T> {
    Some(match (definition, field) {
        ("PodSpec", "hostPID") => T::DocHostPid,
        ("PodSpec", "hostIPC") => T::DocHostIpc,
        ("PodSpec", "hostNetwork") => T::DocHostNetwork,
        ("PodSpec", "hostUsers") => T::DocHostUsers,
        ("PodSpec", "shareProcessNamespace") => T::DocShareProcessNamespace,
        ("PodSpec", "serviceAccountName") => T::DocServiceAccountName,
        ("PodSpec", "serviceAccount") => T::DocServiceAccount,
        ("PodSpec", "automountServiceAccountToken") => T::DocAutomountToken,
        ("PodSpec", "nodeName") => T::DocNodeName,
        ("PodSpec", "nodeSelector") => T::DocNodeSelector,
        ("PodSpec", "tolerations") => T::DocTolerations,
        ("PodSpec", "hostAliases") => T::DocHostAliases,
        ("PodSpec", "containers") => T::DocContainers,
        ("PodSpec", "initContainers") => T::DocInitContainers,
        ("PodSpec", "ephemeralContainers") => T::DocEphemeralContainers,
        ("PodSpec", "restartPolicy") => T::DocRestartPolicy,
        ("PodSpec", "volumes") => T::DocVolumes,
        ("PodSpec", "securityContext") => T::DocPodSecurityContext,
        ("PodSpec", "runtimeClassName") => T::DocRuntimeClassName,
        ("PodSpec", "imagePullSecrets") => T::DocImagePullSecrets,
        ("PodSpec", "priorityClassName") => T::DocPriorityClassName,
        ("Container", "image") | ("EphemeralContainer", "image") => T::DocImage,
        ("Container", "imagePullPolicy") | ("EphemeralContainer", "imagePullPolicy") => T::DocImagePullPolicy,
        ("Container", "command") | ("EphemeralContainer", "command") => T::DocCommand,
        ("Container", "args") | ("EphemeralContainer", "args") => T::DocArgs,
        ("Container", "env") | ("EphemeralContainer", "env") => T::DocEnv,
        ("Container", "envFrom") | ("EphemeralContainer", "envFrom") => T::DocEnvFrom,
        ("Container", "ports") | ("EphemeralContainer", "ports") => T::DocPorts,
        ("Container", "resources") | ("EphemeralContainer", "resources") => T::DocResources,
        ("Container", "securityContext") | ("EphemeralContainer", "securityContext") => T::DocSecurityContext,
        ("Container", "volumeMounts") | ("EphemeralContainer", "volumeMounts") => T::DocVolumeMounts,
        ("Container", "volumeDevices") | ("EphemeralContainer", "volumeDevices") => T::DocVolumeDevices,
        ("Container", "lifecycle") | ("EphemeralContainer", "lifecycle") => T::DocLifecycle,
        ("EphemeralContainer", "targetContainerName") => T::DocTargetContainerName,
        ("SecurityContext", "privileged") => T::DocPrivileged,
        ("SecurityContext", "allowPrivilegeEscalation") => T::DocAllowPrivilegeEscalation,
        ("SecurityContext", "capabilities") => T::DocCapabilities,
        ("Capabilities", "add") => T::DocCapabilitiesAdd,
        ("Capabilities", "drop") => T::DocCapabilitiesDrop,
        ("SecurityContext", "readOnlyRootFilesystem") => T::DocReadOnlyRoot,
        ("SecurityContext", "procMount") => T::DocProcMount,
        ("SecurityContext", "runAsUser") | ("PodSecurityContext", "runAsUser") => T::DocRunAsUser,
        ("SecurityContext", "runAsGroup") | ("PodSecurityContext", "runAsGroup") => T::DocRunAsGroup,
        ("SecurityContext", "runAsNonRoot") | ("PodSecurityContext", "runAsNonRoot") => T::DocRunAsNonRoot,
        ("SecurityContext", "seccompProfile") | ("PodSecurityContext", "seccompProfile") => {
            T::DocSeccompProfile
        }
        ("SeccompProfile", "type") => T::DocSeccompType,
        ("SeccompProfile", "localhostProfile") => T::DocSeccompLocalhost,
        ("SecurityContext", "appArmorProfile") | ("PodSecurityContext", "appArmorProfile") => {
            T::DocAppArmorProfile
        }
        ("AppArmorProfile", "type") => T::DocAppArmorType,
        ("SecurityContext", "seLinuxOptions") | ("PodSecurityContext", "seLinuxOptions") => {
            T::DocSeLinuxOptions
        }
        ("SELinuxOptions", "type") => T::DocSeLinuxType,
        ("SecurityContext", "windowsOptions") | ("PodSecurityContext", "windowsOptions") => {
            T::DocWindowsOptions
        }
        ("WindowsSecurityContextOptions", "hostProcess") => T::DocHostProcess,
        ("PodSecurityContext", "fsGroup") => T::DocFsGroup,
        ("PodSecurityContext", "supplementalGroups") => T::DocSupplementalGroups,
        ("PodSecurityContext", "supplementalGroupsPolicy") => T::DocSupplementalGroupsPolicy,
        ("PodSecurityContext", "sysctls") => T::DocSysctls,
        ("ContainerPort", "hostPort") => T::DocHostPort,
        ("ContainerPort", "hostIP") => T::DocHostIp,
        ("Volume", "hostPath") => T::DocHostPath,
        ("HostPathVolumeSource", "path") => T::DocHostPathPath,
        ("HostPathVolumeSource", "type") => T::DocHostPathType,
        ("Volume", "secret") => T::DocVolumeSecret,
        ("Volume", "configMap") => T::DocVolumeConfigMap,
        ("Volume", "emptyDir") => T::DocVolumeEmptyDir,
        ("Volume", "persistentVolumeClaim") => T::DocVolumeClaim,
        ("Volume", "projected") => T::DocVolumeProjected,
        ("Volume", "csi") => T::DocVolumeCsi,
        ("Volume", "downwardAPI") => T::DocVolumeDownward,
        ("Volume", "ephemeral") => T::DocVolumeEphemeral,
        ("Volume", "nfs") => T::DocVolumeNfs,
        ("Volume", "image") => T::DocVolumeImage,
        ("VolumeMount", "mountPropagation") => T::DocMountPropagation,
        ("VolumeMount", "readOnly") => T::DocMountReadOnly,
        ("VolumeMount", "subPath") => T::DocMountSubPath,
        ("Toleration", "operator") => T::DocTolerationOperator,
        ("ServiceSpec", "type") => T::DocServiceType,
        ("ServiceSpec", "externalIPs") => T::DocExternalIps,
        ("PolicyRule", "verbs") => T::DocRuleVerbs,
        ("PolicyRule", "resources") => T::DocRuleResources,
        _ => return None,
    })
}
