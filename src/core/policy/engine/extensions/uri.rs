//! `uri.parse` and `uri.is_valid` as Go's `net/url` reads.

use ::core::net::Ipv6Addr;
use std::collections::BTreeMap;

use regorus::Value;

use super::{Builtin, Trouble, text};

/// The functions.
pub const BUILTINS: &[Builtin] = &[("uri.parse", 1, parse), ("uri.is_valid", 1, is_valid)];

/// What of a part may stand unescaped, and what may be escaped.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Path,
    Host,
    Zone,
    Other,
}

fn invalid() -> Trouble {
    Trouble::Builtin("invalid URI".to_owned())
}

fn is_valid(given: &[Value]) -> Result<Value, Trouble> {
    match text(given, 0) {
        Ok("") | Err(_) => Ok(Value::from(false)),
        Ok(text) => match fields(text) {
            Err(Trouble::Builtin(_)) => Ok(Value::from(false)),
            found => found.map(|_| Value::from(true)),
        },
    }
}

fn parse(given: &[Value]) -> Result<Value, Trouble> {
    let fields = fields(text(given, 0)?)?;
    let fields = fields.into_iter().filter(|(_, value)| !value.is_empty());
    Ok(Value::from(
        fields.map(|(key, value)| (Value::from(key), Value::from(value))).collect::<BTreeMap<_, _>>(),
    ))
}

fn fields(text: &str) -> Result<Vec<(&'static str, String)>, Trouble> {
    let (text, fragment) = text.split_once('#').unwrap_or((text, ""));
    if text.bytes().any(|byte| byte < 0x20 || byte == 0x7f) {
        return Err(invalid());
    }
    let fragment = unescaped(fragment, Part::Other)?;
    if text == "*" {
        let star = || "*".to_owned();
        return Ok(vec![("path", star()), ("raw_path", star()), ("fragment", fragment)]);
    }
    let (scheme, rest) = scheme(text)?;
    let (mut rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let mut made = vec![
        ("scheme", scheme.to_ascii_lowercase()),
        ("raw_query", query.to_owned()),
        ("fragment", fragment),
    ];
    if !rest.starts_with('/') {
        if !scheme.is_empty() {
            return Ok(made);
        }
        if rest.split('/').next().is_some_and(|segment| segment.contains(':')) {
            return Err(invalid());
        }
    }
    if rest.starts_with("//") && (!scheme.is_empty() || !rest.starts_with("///")) {
        let authority = rest.get(2..).unwrap_or_default();
        let (authority, path) = authority.split_at(authority.find('/').unwrap_or(authority.len()));
        rest = path;
        let host = match authority.rsplit_once('@') {
            Some((user, host)) => {
                check_user(user)?;
                host
            }
            None => authority,
        };
        let host = host_of(&scheme.to_ascii_lowercase(), host)?;
        let colon = host.rfind(':').filter(|&at| is_port(host.get(at..).unwrap_or_default()));
        let (name, port) = host.split_at(colon.unwrap_or(host.len()));
        let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
        made.push(("hostname", bare.to_owned()));
        made.push(("port", port.trim_start_matches(':').to_owned()));
    }
    let path = unescaped(rest, Part::Path)?;
    if !path.is_empty() {
        made.push(("raw_path", if escaped(&path) == rest { path.clone() } else { rest.to_owned() }));
    }
    made.push(("path", path));
    Ok(made)
}

fn scheme(text: &str) -> Result<(&str, &str), Trouble> {
    for (at, c) in text.char_indices() {
        match c {
            'a'..='z' | 'A'..='Z' => {}
            '0'..='9' | '+' | '-' | '.' if at > 0 => {}
            ':' if at == 0 => return Err(invalid()),
            ':' => return text.split_once(':').ok_or_else(invalid),
            _ => break,
        }
    }
    Ok(("", text))
}

fn check_user(user: &str) -> Result<(), Trouble> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-._:~!$&'()*+,;=%@".contains(c);
    if !user.chars().all(allowed) {
        return Err(invalid());
    }
    unescaped(user, Part::Other).map(drop)
}

fn is_port(text: &str) -> bool {
    text.strip_prefix(':').is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
}

fn host_of(scheme: &str, host: &str) -> Result<String, Trouble> {
    if host.rfind('[').is_some_and(|at| at > 0) {
        return Err(invalid());
    }
    if let Some(inner) = host.strip_prefix('[') {
        let (name, port) = inner.rsplit_once(']').ok_or_else(invalid)?;
        if !port.is_empty() && !is_port(port) {
            return Err(invalid());
        }
        let (address, zone) = name.split_at(name.find("%25").unwrap_or(name.len()));
        let (address, zone) = (unescaped(address, Part::Host)?, unescaped(zone, Part::Zone)?);
        // An IPv6 address; a zone must not be empty.
        if address.parse::<Ipv6Addr>().is_err() || zone == "%" {
            return Err(invalid());
        }
        return Ok(format!("[{address}{zone}]{port}"));
    }
    if let (Some(first), Some(last)) = (host.find(':'), host.rfind(':')) {
        let strict = matches!(scheme, "http" | "https");
        if !is_port(host.get(if strict { first } else { last }..).unwrap_or_default()) {
            return Err(invalid());
        }
    }
    unescaped(host, Part::Host)
}

/// May stand as it is in a host: all that Go leaves alone there.
fn in_host(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!\"$&'()*+,-.:;<=>[]_~".contains(&byte)
}

fn unescaped(text: &str, part: Part) -> Result<String, Trouble> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let mut digit = || {
                let digit = bytes.next().and_then(|byte| char::from(byte).to_digit(16));
                digit.and_then(|digit| u8::try_from(digit).ok()).ok_or_else(invalid)
            };
            let (high, low) = (digit()?, digit()?);
            let value = high << 4 | low;
            let allowed = match part {
                Part::Host => value >= 0x80 || value == b'%',
                Part::Zone => value == b'%' || value == b' ' || in_host(value),
                Part::Path | Part::Other => true,
            };
            if !allowed {
                return Err(invalid());
            }
            out.push(value);
        } else if matches!(part, Part::Host | Part::Zone) && byte.is_ascii() && !in_host(byte) {
            return Err(invalid());
        } else {
            out.push(byte);
        }
    }
    // OPA keeps bytes that are no text, this engine cannot.
    String::from_utf8(out)
        .map_err(|_| Trouble::Limit("a URI that is no text is not for this engine".to_owned()))
}

/// A path as Go escapes it.
fn escaped(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"$&+,-./:;=@_~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
