//! Fields that differ with every request and say nothing, left out of comparisons until somebody wants to see them.

use serde_json::Value;

use super::mask::LAST_APPLIED;

/// One kind of noise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Noise {
    ManagedFields,
    Generation,
    ResourceVersion,
    Uid,
    CreationTimestamp,
    SelfLink,
    LastApplied,
    Status,
}

impl Noise {
    /// All of them, in the order in which they are listed.
    pub const ALL: &'static [Noise] = &[
        Noise::ManagedFields,
        Noise::Generation,
        Noise::ResourceVersion,
        Noise::Uid,
        Noise::CreationTimestamp,
        Noise::SelfLink,
        Noise::LastApplied,
        Noise::Status,
    ];

    /// The field, as it is called in Kubernetes.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Noise::ManagedFields => "managedFields",
            Noise::Generation => "generation",
            Noise::ResourceVersion => "resourceVersion",
            Noise::Uid => "uid",
            Noise::CreationTimestamp => "creationTimestamp",
            Noise::SelfLink => "selfLink",
            Noise::LastApplied => LAST_APPLIED,
            Noise::Status => "status",
        }
    }

    fn remove(self, object: &mut Value) {
        let holder = match self {
            Noise::Status => Some(object),
            Noise::LastApplied => object.pointer_mut("/metadata/annotations"),
            _ => object.get_mut("metadata"),
        };
        if let Some(fields) = holder.and_then(Value::as_object_mut) {
            fields.remove(self.name());
        }
    }
}

/// The object without noise, but for the kinds that are to be shown. Annotations that were only noise go as a whole.
#[must_use]
pub fn without_noise(object: &Value, shown: &[Noise]) -> Value {
    let mut object = object.clone();
    for noise in Noise::ALL.iter().filter(|noise| !shown.contains(noise)) {
        noise.remove(&mut object);
    }
    let annotations = object.pointer("/metadata/annotations");
    if annotations.and_then(Value::as_object).is_some_and(serde_json::Map::is_empty)
        && let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut)
    {
        metadata.remove("annotations");
    }
    object
}
