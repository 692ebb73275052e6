//! The samples, as they lie in `sample-policies/` and `sample-pods/`, inside the program.
//!
//! The screen opens them where there is nothing else to open, `init` writes them to a folder, and a test judges each
//! policy with each Pod.

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
