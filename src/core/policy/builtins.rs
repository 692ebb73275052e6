//! Builtins of OPA 1.22 that the engine does not answer, or answers without having asked anybody.

/// In OPA and not in the engine. Whoever calls one of these is not judged.
const MISSING: &[&str] = &[
    "all",
    "any",
    "array.flatten",
    "cast_array",
    "cast_boolean",
    "cast_null",
    "cast_object",
    "cast_set",
    "cast_string",
    "crypto.hmac.equal",
    "crypto.hmac.md5",
    "crypto.hmac.sha1",
    "crypto.hmac.sha256",
    "crypto.hmac.sha512",
    "crypto.md5",
    "crypto.parse_private_keys",
    "crypto.sha1",
    "crypto.sha256",
    "crypto.x509.parse_and_verify_certificates",
    "crypto.x509.parse_and_verify_certificates_with_options",
    "crypto.x509.parse_certificate_request",
    "crypto.x509.parse_certificates",
    "crypto.x509.parse_keypair",
    "crypto.x509.parse_rsa_private_key",
    "graphql.is_valid",
    "graphql.parse",
    "graphql.parse_and_verify",
    "graphql.parse_query",
    "graphql.parse_schema",
    "graphql.schema_is_valid",
    "http.send",
    "internal.template_string",
    "internal.test_case",
    "io.jwt.decode",
    "io.jwt.decode_verify",
    "io.jwt.encode_sign",
    "io.jwt.encode_sign_raw",
    "io.jwt.verify_eddsa",
    "io.jwt.verify_es256",
    "io.jwt.verify_es384",
    "io.jwt.verify_es512",
    "io.jwt.verify_hs256",
    "io.jwt.verify_hs384",
    "io.jwt.verify_hs512",
    "io.jwt.verify_ps256",
    "io.jwt.verify_ps384",
    "io.jwt.verify_ps512",
    "io.jwt.verify_rs256",
    "io.jwt.verify_rs384",
    "io.jwt.verify_rs512",
    "json.match_schema",
    "json.patch",
    "json.verify_schema",
    "net.cidr_contains_matches",
    "net.cidr_intersects",
    "net.cidr_merge",
    "net.cidr_overlap",
    "net.lookup_ip_addr",
    "opa.runtime",
    "providers.aws.sign_req",
    "re_match",
    "regex.globs_match",
    "rego.metadata.chain",
    "rego.metadata.rule",
    "rego.parse_module",
    "set_diff",
    "strings.render_template",
    "strings.split_n",
    "uri.is_valid",
    "uri.parse",
    "yaml.is_valid",
    "yaml.marshal",
    "yaml.unmarshal",
    "external_data",
];

/// In the engine and not to be trusted there: they would ask the world outside, and the engine answers nothing.
const STUBS: &[&str] = &["http.send", "net.lookup_ip_addr", "opa.runtime", "rego.parse_module"];

/// Answers that differ from one moment to the next.
const VOLATILE: &[&str] = &["time.now_ns", "rand.intn", "uuid.rfc4122"];

/// Whether OPA has a builtin of this name that is not answered here as OPA does.
#[must_use]
pub fn is_missing(name: &str) -> bool {
    STUBS.contains(&name) || MISSING.contains(&name)
}

/// Whether two calls can have two answers.
#[must_use]
pub fn is_volatile(name: &str) -> bool {
    VOLATILE.contains(&name)
}
