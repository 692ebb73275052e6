//! The samples, as they lie in `sample-policies/` and `sample-pods/`, inside the program.
//!
//! The screen opens the first of them where there is nothing else to open, `init` writes them all to a folder, and a test
//! judges each policy with each Pod.

use crate::core::file::Role;

/// One sample file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// Where it lies, relative to the folder that `init` writes to, with `/` between the parts.
    pub path: &'static str,
    /// What it is for.
    pub role: Role,
    /// Its text.
    pub text: &'static str,
}

impl Sample {
    /// The file name alone, as the screen shows it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.path.rsplit('/').next().unwrap_or(self.path)
    }

    /// Whether this policy reads a part of `data`, whose text is JSON: `data.registries` for a file with the key
    /// `registries`.
    #[must_use]
    pub fn needs(&self, data: &Sample) -> bool {
        let keys: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(data.text).unwrap_or_default();
        keys.keys().any(|key| self.text.contains(&format!("data.{key}")))
    }
}

/// Takes each text from the file that its path names.
macro_rules! samples {
    ($($role:ident $path:literal,)*) => {
        /// All samples, in the order in which the screen lists them. The first policy and the first Pod are the ones
        /// that the first start shows.
        pub const ALL: &[Sample] = &[$(Sample {
            path: $path,
            role: Role::$role,
            text: include_str!(concat!("../", $path)),
        },)*];
    };
}

samples! {
    Policy "sample-policies/host_access.rego",
    Policy "sample-policies/host_namespaces.rego",
    Policy "sample-policies/privileged.rego",
    Policy "sample-policies/capabilities.rego",
    Policy "sample-policies/host_path.rego",
    Policy "sample-policies/run_as_non_root.rego",
    Policy "sample-policies/allowed_registries.rego",
    Data "sample-policies/data.json",
    Manifest "sample-pods/verybad.yaml",
    Manifest "sample-pods/privileged.yaml",
    Manifest "sample-pods/host_pid.yaml",
    Manifest "sample-pods/init_container.yaml",
    Manifest "sample-pods/ephemeral_container.yaml",
    Manifest "sample-pods/deployment.yaml",
    Manifest "sample-pods/good.yaml",
    Manifest "sample-pods/several.yaml",
}

/// Takes each text from the file that its path is.
macro_rules! files {
    ($($path:literal,)*) => {
        /// What `init` writes besides: policies as Gatekeeper and conftest have them, the Pod Security Standards, each with
        /// its tests. Paths and texts.
        pub const MORE: &[(&str, &str)] = &[$(($path, include_str!(concat!("../", $path))),)*];
    };
}

files! {
    "sample-policies/conftest/conftest.toml",
    "sample-policies/conftest/policy/exceptions.rego",
    "sample-policies/conftest/policy/host_access.rego",
    "sample-policies/conftest/policy/host_access_test.rego",
    "sample-policies/gatekeeper/constraint.yaml",
    "sample-policies/gatekeeper/suite.yaml",
    "sample-policies/gatekeeper/template.yaml",
    "sample-policies/gatekeeper/objects/good.yaml",
    "sample-policies/gatekeeper/objects/kube_system.yaml",
    "sample-policies/gatekeeper/objects/node_agent.yaml",
    "sample-policies/gatekeeper/objects/verybad.yaml",
    "sample-policies/pod-security/baseline/app_armor.rego",
    "sample-policies/pod-security/baseline/app_armor_test.rego",
    "sample-policies/pod-security/baseline/capabilities.rego",
    "sample-policies/pod-security/baseline/capabilities_test.rego",
    "sample-policies/pod-security/baseline/host_namespaces.rego",
    "sample-policies/pod-security/baseline/host_namespaces_test.rego",
    "sample-policies/pod-security/baseline/host_path_volumes.rego",
    "sample-policies/pod-security/baseline/host_path_volumes_test.rego",
    "sample-policies/pod-security/baseline/host_ports.rego",
    "sample-policies/pod-security/baseline/host_ports_test.rego",
    "sample-policies/pod-security/baseline/host_process.rego",
    "sample-policies/pod-security/baseline/host_process_test.rego",
    "sample-policies/pod-security/baseline/privileged.rego",
    "sample-policies/pod-security/baseline/privileged_test.rego",
    "sample-policies/pod-security/baseline/probe_hosts.rego",
    "sample-policies/pod-security/baseline/probe_hosts_test.rego",
    "sample-policies/pod-security/baseline/proc_mount.rego",
    "sample-policies/pod-security/baseline/proc_mount_test.rego",
    "sample-policies/pod-security/baseline/seccomp.rego",
    "sample-policies/pod-security/baseline/seccomp_test.rego",
    "sample-policies/pod-security/baseline/selinux.rego",
    "sample-policies/pod-security/baseline/selinux_test.rego",
    "sample-policies/pod-security/baseline/sysctls.rego",
    "sample-policies/pod-security/baseline/sysctls_test.rego",
    "sample-policies/pod-security/restricted/capabilities.rego",
    "sample-policies/pod-security/restricted/capabilities_test.rego",
    "sample-policies/pod-security/restricted/privilege_escalation.rego",
    "sample-policies/pod-security/restricted/privilege_escalation_test.rego",
    "sample-policies/pod-security/restricted/proc_mount.rego",
    "sample-policies/pod-security/restricted/proc_mount_test.rego",
    "sample-policies/pod-security/restricted/run_as_non_root.rego",
    "sample-policies/pod-security/restricted/run_as_non_root_test.rego",
    "sample-policies/pod-security/restricted/run_as_user.rego",
    "sample-policies/pod-security/restricted/run_as_user_test.rego",
    "sample-policies/pod-security/restricted/seccomp.rego",
    "sample-policies/pod-security/restricted/seccomp_test.rego",
    "sample-policies/pod-security/restricted/volume_types.rego",
    "sample-policies/pod-security/restricted/volume_types_test.rego",
}

/// Every file: its path and its text.
pub fn files() -> impl Iterator<Item = (&'static str, &'static str)> {
    ALL.iter().map(|sample| (sample.path, sample.text)).chain(MORE.iter().copied())
}
