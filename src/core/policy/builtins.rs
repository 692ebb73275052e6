//! Builtins of OPA 1.22 that the engine does not answer, or answers without having asked anybody.

use crate::core::policy::engine;
use crate::core::policy::outside;
use crate::core::rego::{lower, names};

/// In the engine and not to be trusted there.
const STUBS: &[&str] = &["rego.parse_module"];

/// Whether OPA has a builtin of this name that is not answered here as OPA does. Whoever calls it is not judged. What
/// would ask the world outside is answered by mocks, if there are any of it.
#[must_use]
pub fn is_missing(name: &str) -> bool {
    if outside::BUILTINS.contains(&name) || name == outside::EXTERNAL_DATA {
        return !engine::is_mocked(name);
    }
    let answered = || engine::answers(name) || lower::is_operator(name);
    STUBS.contains(&name) || (names::is_builtin(name) && !answered())
}

/// Whether two calls can have two answers, since they look at the clock.
#[must_use]
pub fn is_volatile(name: &str) -> bool {
    matches!(
        name,
        "time.now_ns"
            | "io.jwt.decode_verify"
            | "crypto.x509.parse_and_verify_certificates"
            | "crypto.x509.parse_and_verify_certificates_with_options"
    )
}

/// Whether OPA's answer is another one at another time, or in another query.
#[must_use]
pub fn is_of_the_moment(name: &str) -> bool {
    is_volatile(name) || matches!(name, "rand.intn" | "uuid.rfc4122")
}
