//! Builtins of OPA 1.22 that the engine does not answer, or answers without having asked anybody.

use crate::core::policy::engine;
use crate::core::rego::{lower, names};

/// In the engine and not to be trusted there: they would ask the world outside, and the engine answers nothing.
const STUBS: &[&str] =
    &["http.send", "net.lookup_ip_addr", "opa.runtime", "rego.parse_module", "external_data"];

/// Answers that differ from one moment to the next.
const VOLATILE: &[&str] = &["time.now_ns", "rand.intn", "uuid.rfc4122"];

/// Whether OPA has a builtin of this name that is not answered here as OPA does. Whoever calls it is not judged.
#[must_use]
pub fn is_missing(name: &str) -> bool {
    let answered = || engine::answers(name) || lower::is_operator(name);
    STUBS.contains(&name) || (names::is_builtin(name) && !answered())
}

/// Whether two calls can have two answers.
#[must_use]
pub fn is_volatile(name: &str) -> bool {
    VOLATILE.contains(&name)
}
