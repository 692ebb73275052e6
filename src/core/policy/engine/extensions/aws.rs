//! `providers.aws.sign_req`: version 4 of AWS' signatures, as OPA makes them (`internal/providers/aws/signing_v4.go`).
//! An address that has to be escaped first is not judged.

use std::collections::BTreeMap;

use chrono::DateTime;
use hmac::{Hmac, Mac};
use regorus::Value;
use sha2::{Digest, Sha256};

use super::crypto::{hex, signed};
use super::json::to_text;
use super::keys::{builtin, limit};
use super::{Builtin, Trouble, integer, wrong};

/// The functions.
pub const BUILTINS: &[Builtin] = &[("providers.aws.sign_req", 3, sign)];

/// The keys that `http.send` knows.
const KEYS: &[&str] = &[
    "method",
    "url",
    "body",
    "enable_redirect",
    "force_json_decode",
    "force_yaml_decode",
    "headers",
    "raw_body",
    "tls_use_system_certs",
    "tls_ca_cert",
    "tls_ca_cert_file",
    "tls_ca_cert_env_variable",
    "tls_client_cert",
    "tls_client_cert_file",
    "tls_client_cert_env_variable",
    "tls_client_key",
    "tls_client_key_file",
    "tls_client_key_env_variable",
    "tls_insecure_skip_verify",
    "tls_server_name",
    "timeout",
    "cache",
    "force_cache",
    "force_cache_duration_seconds",
    "raise_error",
    "caching_mode",
    "max_retry_attempts",
    "cache_ignored_headers",
];

/// Headers that are not signed.
const IGNORED: &[&str] = &["authorization", "user-agent", "x-amzn-trace-id"];

type Fields = BTreeMap<Value, Value>;

fn fields(value: Option<&Value>) -> Option<Fields> {
    let object = value?.as_object().ok()?;
    Some(object.iter().map(|(key, value)| (key.clone(), value.clone())).collect())
}

fn field<'a>(fields: &'a Fields, name: &str) -> Option<&'a Value> {
    fields.get(&Value::from(name))
}

fn string(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text),
        _ => None,
    }
}

fn required<'a>(fields: &'a Fields, name: &str) -> Result<&'a str, Trouble> {
    field(fields, name).and_then(string).ok_or_else(|| builtin(&format!("missing or invalid {name}")))
}

/// An address that Go writes as it reads it: host, path and query.
fn address(url: &str) -> Result<(&str, &str, &str), Trouble> {
    let beyond = || limit("this URL");
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).ok_or_else(beyond)?;
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (name, port) = host.split_once(':').unwrap_or((host, ""));
    let plain = |text: &str, more: &[u8]| {
        text.bytes().all(|byte| byte.is_ascii_alphanumeric() || more.contains(&byte))
    };
    let fine = !name.is_empty()
        && plain(name, b"-.")
        && port.bytes().all(|byte| byte.is_ascii_digit())
        && plain(path, b"$&+,-./:;=@_~")
        && plain(query, b"$&+,-./:;=@_~%!'()*");
    if fine { Ok((host, path, query)) } else { Err(beyond()) }
}

fn sha256(text: &str) -> String {
    string(&hex(&Sha256::digest(text))).unwrap_or_default().to_owned()
}

fn sign(given: &[Value]) -> Result<Value, Trouble> {
    let argument = |at: usize| fields(given.get(at)).ok_or_else(|| wrong(given, at, "object"));
    let (request, config) = (&argument(0)?, &argument(1)?);
    let service = required(config, "aws_service")?;
    let (access, secret) = (required(config, "aws_access_key")?, required(config, "aws_secret_access_key")?);
    let region = required(config, "aws_region")?;
    let token = field(config, "aws_session_token").and_then(string).filter(|token| !token.is_empty());
    let nanos = integer(given, 2)?;
    if nanos < 0 {
        // OPA does not take `-1e9`, and takes -1000000000; how it was written is not known here.
        return Err(limit("a time before 1970"));
    }
    let time = DateTime::from_timestamp_nanos(nanos);
    if request.keys().any(|key| !string(key).is_some_and(|key| KEYS.contains(&key))) {
        return Err(builtin("invalid request parameters"));
    }
    let (url, method) = (required(request, "url")?, required(request, "method")?);
    let body = match (field(request, "raw_body"), field(request, "body")) {
        (Some(raw), _) => string(raw).unwrap_or_default().to_owned(),
        (None, Some(body)) => to_text(body),
        (None, None) => String::new(),
    };
    let headers = match field(request, "headers") {
        None => Fields::new(),
        given => fields(given).ok_or_else(|| builtin("headers must be object"))?,
    };
    let unsigned = match field(config, "disable_payload_signing") {
        None => false,
        Some(Value::Bool(unsigned)) => *unsigned,
        Some(_) => return Err(builtin("invalid value for 'disable_payload_signing' in AWS config")),
    };
    let (host, path, query) = address(url)?;
    let (day, moment) = (time.format("%Y%m%d").to_string(), time.format("%Y%m%dT%H%M%SZ").to_string());
    let content = if unsigned { "UNSIGNED-PAYLOAD".to_owned() } else { sha256(&body) };

    let mut made = BTreeMap::from([("host", host), ("x-amz-date", moment.as_str())]);
    if matches!(service, "s3" | "glacier") {
        made.insert("x-amz-content-sha256", &content);
    }
    made.extend(token.map(|token| ("x-amz-security-token", token)));
    let mut to_sign: BTreeMap<String, &str> =
        made.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
    let mut seen = BTreeMap::new();
    for (name, value) in &headers {
        let (Some(name), Some(value)) = (string(name), string(value)) else {
            return Err(limit("a header that is no string"));
        };
        // Go takes one of them, whichever.
        if !name.is_ascii() || seen.insert(name.to_ascii_lowercase(), value).is_some() {
            return Err(limit("a header that is there twice"));
        }
    }
    to_sign.extend(seen.into_iter().filter(|(name, _)| !IGNORED.contains(&name.as_str())));

    let lines: String = to_sign.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    let names = to_sign.keys().map(String::as_str).collect::<Vec<_>>().join(";");
    let canonical = format!("{method}\n{path}\n{query}\n{lines}\n{names}\n{content}");
    let scope = format!("{day}/{region}/{service}/aws4_request");
    let text = format!("AWS4-HMAC-SHA256\n{moment}\n{scope}\n{}", sha256(&canonical));
    let mut key = format!("AWS4{secret}").into_bytes();
    for step in [&day, region, service, "aws4_request", &text] {
        key = signed::<Hmac<Sha256>>(step, &key)?.finalize().into_bytes().to_vec();
    }
    let signature = hex(&key);
    let signature = string(&signature).unwrap_or_default();
    let authorization =
        format!("AWS4-HMAC-SHA256 Credential={access}/{scope},SignedHeaders={names},Signature={signature}");

    let mut headers = headers;
    headers.insert(Value::from("Authorization"), Value::from(authorization));
    headers.extend(made.into_iter().map(|(name, value)| (Value::from(name), Value::from(value))));
    let mut out = request.clone();
    out.insert(Value::from("headers"), Value::from(headers));
    Ok(Value::from(out))
}
