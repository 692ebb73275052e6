//! What a scalar means: the resolution of go-yaml v2 (`resolve.go`), which is what Kubernetes reads.
//!
//! It is YAML 1.1 with changes of its own: `yes`, `on` and `y` are booleans, `0644` and `0o644` are octal, underscores
//! in numbers vanish, there is no base 60, and dates stay strings.

use std::borrow::Cow;

use serde_json::{Number, Value};

/// A scalar with the type that go-yaml gives it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Scalar<'t> {
    Null,
    Bool(bool),
    Int(i64),
    /// Only numbers above `i64::MAX`.
    Uint(u64),
    Float(f64),
    Str(Cow<'t, str>),
}

/// The tag written before a scalar, as far as go-yaml tells tags apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tag {
    Str,
    Binary,
    Bool,
    Int,
    Float,
    Null,
    Timestamp,
    Merge,
    /// `!`, `!foo`, `!!set`: the text stays a string.
    Other,
}

impl Tag {
    /// From the name in the namespace `tag:yaml.org,2002:`.
    pub(super) fn from_name(name: &str) -> Self {
        match name {
            "str" => Self::Str,
            "binary" => Self::Binary,
            "bool" => Self::Bool,
            "int" => Self::Int,
            "float" => Self::Float,
            "null" => Self::Null,
            "timestamp" => Self::Timestamp,
            "merge" => Self::Merge,
            _ => Self::Other,
        }
    }

    fn short(self) -> &'static str {
        match self {
            Self::Bool => "!!bool",
            Self::Int => "!!int",
            Self::Float => "!!float",
            Self::Null => "!!null",
            Self::Timestamp => "!!timestamp",
            Self::Str | Self::Binary | Self::Merge | Self::Other => "!!str",
        }
    }
}

/// Whose reading of scalars.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// go-yaml v2.
    Kubernetes,
    /// go-yaml v3.
    Opa,
}

impl Dialect {
    /// [`resolve`], in this dialect.
    pub(super) fn resolve<'t>(self, tag: Option<Tag>, text: Cow<'t, str>) -> Result<Scalar<'t>, String> {
        let old = is_old_bool(&text);
        match tag {
            None if old && self == Self::Opa => Ok(Scalar::Str(text)),
            Some(Tag::Bool) if old && self == Self::Opa => {
                Err(format!("cannot decode !!str `{text}` as a !!bool"))
            }
            _ => resolve(tag, text),
        }
    }
}

/// Reads a scalar that is plain or has a tag. The error is in go-yaml's words.
pub(super) fn resolve<'t>(tag: Option<Tag>, text: Cow<'t, str>) -> Result<Scalar<'t>, String> {
    let Some(tag) = tag else { return Ok(plain(text)) };
    match tag {
        Tag::Str | Tag::Merge | Tag::Other => return Ok(Scalar::Str(text)),
        Tag::Binary => {
            let bytes =
                base64(&text).ok_or_else(|| "!!binary value contains invalid base64 data".to_owned())?;
            return Ok(Scalar::Str(String::from_utf8_lossy(&bytes).into_owned().into()));
        }
        _ => {}
    }
    let written = text.clone();
    let scalar = plain(text);
    let got = match &scalar {
        Scalar::Null => Tag::Null,
        Scalar::Bool(_) => Tag::Bool,
        Scalar::Int(_) | Scalar::Uint(_) => Tag::Int,
        Scalar::Float(_) => Tag::Float,
        Scalar::Str(text) if tag == Tag::Timestamp && is_timestamp(text) => Tag::Timestamp,
        Scalar::Str(_) => Tag::Str,
    };
    match (tag, scalar) {
        (Tag::Float, Scalar::Int(i)) => Ok(Scalar::Float(i as f64)),
        (tag, scalar) if tag == got => Ok(scalar),
        _ => Err(format!("cannot decode {} `{written}` as a {}", got.short(), tag.short())),
    }
}

/// Reads a plain scalar without a tag.
pub(super) fn plain(text: Cow<'_, str>) -> Scalar<'_> {
    // As in go-yaml, the first byte tells that most texts can be nothing else.
    match text.as_bytes() {
        [] => return Scalar::Null,
        [b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~', rest @ ..]
            if rest.len() < 5 => {}
        [b'0'..=b'9' | b'+' | b'-' | b'.', ..] => {}
        _ => return Scalar::Str(text),
    }
    match text.as_ref() {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Scalar::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Scalar::Bool(false)
        }
        "~" | "null" | "Null" | "NULL" => Scalar::Null,
        ".nan" | ".NaN" | ".NAN" => Scalar::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Scalar::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Scalar::Float(f64::NEG_INFINITY),
        other => match number(other) {
            Some(number) => number,
            None => Scalar::Str(text),
        },
    }
}

fn number(text: &str) -> Option<Scalar<'static>> {
    match text.as_bytes().first()? {
        b'.' => float(text),
        b'0'..=b'9' | b'+' | b'-' => {
            if text.contains('_') {
                let digits = text.replace('_', "");
                integer(&digits).or_else(|| float(&digits)).or_else(|| binary(&digits))
            } else {
                integer(text).or_else(|| float(text)).or_else(|| binary(text))
            }
        }
        _ => None,
    }
}

/// Go's `strconv.ParseInt(s, 0, 64)`, then `ParseUint(s, 0, 64)`.
fn integer(text: &str) -> Option<Scalar<'static>> {
    let (negative, signed, rest) = match text.as_bytes().first()? {
        b'-' => (true, true, text.get(1..)?),
        b'+' => (false, true, text.get(1..)?),
        _ => (false, false, text),
    };
    let (radix, digits) = match rest.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, rest.get(2..)?),
        [b'0', b'o' | b'O', ..] => (8, rest.get(2..)?),
        [b'0', b'b' | b'B', ..] => (2, rest.get(2..)?),
        [b'0', _, ..] => (8, rest.get(1..)?),
        _ => (10, rest),
    };
    // `from_str_radix` would take a second sign.
    if !digits.as_bytes().first()?.is_ascii_alphanumeric() {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, radix).ok()?;
    match i64::try_from(magnitude) {
        Ok(value) if negative => Some(Scalar::Int(-value)),
        Ok(value) => Some(Scalar::Int(value)),
        Err(_) if negative => (magnitude == i64::MIN.unsigned_abs()).then_some(Scalar::Int(i64::MIN)),
        Err(_) if signed => None,
        Err(_) => Some(Scalar::Uint(magnitude)),
    }
}

/// go-yaml's last try, which takes a sign behind the prefix: `0b+101`.
fn binary(text: &str) -> Option<Scalar<'static>> {
    i64::from_str_radix(text.strip_prefix("0b")?, 2).ok().map(Scalar::Int)
}

/// `^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`, and in the range of a double: Go's `ParseFloat` refuses an
/// overflow, and the text stays a string.
fn float(text: &str) -> Option<Scalar<'static>> {
    let body = text.strip_prefix(['-', '+']).unwrap_or(text);
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let (mantissa, exponent) = match body.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (body, None),
    };
    let mantissa_ok = match mantissa.split_once('.') {
        None => digits(mantissa),
        Some(("", fraction)) => digits(fraction),
        Some((whole, fraction)) => digits(whole) && (fraction.is_empty() || digits(fraction)),
    };
    let exponent_ok = exponent.is_none_or(|e| digits(e.strip_prefix(['-', '+']).unwrap_or(e)));
    if !(mantissa_ok && exponent_ok) {
        return None;
    }
    text.parse::<f64>().ok().filter(|f| f.is_finite()).map(Scalar::Float)
}

/// The formats of go-yaml's `parseTimestamp`, without the check that a day exists in its month: that only decides
/// whether `!!timestamp` is an error, the value is the text either way.
pub(super) fn is_timestamp(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let number = |part: &str, max: u32| {
        (1..=2).contains(&part.len()) && part.parse::<u32>().is_ok_and(|n| (1..=max).contains(&n))
    };
    let year = parts.next().is_some_and(|y| y.len() == 4 && y.bytes().all(|b| b.is_ascii_digit()));
    let month = parts.next().is_some_and(|m| number(m, 12));
    let day =
        parts.next().is_some_and(|rest| number(rest.split(['T', 't', ' ']).next().unwrap_or_default(), 31));
    year && month && day
}

/// Standard base64 with padding, as Go's `base64.StdEncoding`: line breaks are skipped, nothing else is.
fn base64(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let mut group = 0u32;
    let mut filled = 0u32;
    let mut padding = 0u32;
    for byte in text.bytes().filter(|b| !matches!(b, b'\n' | b'\r')) {
        let bits = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' if filled >= 2 => {
                padding += 1;
                0
            }
            _ => return None,
        };
        if padding > 0 && byte != b'=' {
            return None;
        }
        group = group << 6 | u32::from(bits);
        filled += 1;
        if filled == 4 {
            let [_, bytes @ ..] = group.to_be_bytes();
            out.extend(bytes.iter().take(3 - padding as usize));
            (group, filled) = (0, 0);
            if padding > 0 {
                padding = 4;
            }
        }
    }
    (filled == 0 && (padding == 0 || padding == 4)).then_some(out)
}

impl Scalar<'_> {
    /// The value as it goes into JSON, the way Go prints it: an integral float is an integer. Infinities and NaN are
    /// errors, in the words of Go's encoder.
    pub(super) fn into_json(self) -> Result<Value, String> {
        Ok(match self {
            Self::Null => Value::Null,
            Self::Bool(b) => Value::Bool(b),
            Self::Int(i) => Value::Number(i.into()),
            Self::Uint(u) => Value::Number(u.into()),
            Self::Str(s) => Value::String(s.into_owned()),
            Self::Float(f) => Value::Number(float_json(f)?),
        })
    }

    /// The scalar as the key of a map, or `None` where Kubernetes refuses it.
    pub(super) fn into_key(self) -> Option<Cow<'static, str>> {
        match self {
            Self::Str(s) => Some(Cow::Owned(s.into_owned())),
            Self::Bool(b) => Some(Cow::Borrowed(if b { "true" } else { "false" })),
            Self::Int(i) => Some(Cow::Owned(i.to_string())),
            Self::Float(f) => Some(Cow::Owned(float_key(f))),
            Self::Null | Self::Uint(_) => None,
        }
    }
}

fn float_json(f: f64) -> Result<Number, String> {
    const TWO_63: f64 = 9_223_372_036_854_775_808.0;
    if f.fract() == 0.0 && f.abs() < 2.0 * TWO_63 && !(f == 0.0 && f.is_sign_negative()) {
        // Both languages print the shortest digits that read back as `f`, filled up with zeros.
        let digits = f.to_string();
        if let Ok(i) = digits.parse::<i64>() {
            return Ok(i.into());
        }
        if let Ok(u) = digits.parse::<u64>() {
            return Ok(u.into());
        }
    }
    Number::from_f64(f).ok_or_else(|| {
        let name = if f.is_nan() {
            "NaN"
        } else if f > 0.0 {
            "+Inf"
        } else {
            "-Inf"
        };
        format!("json: unsupported value: {name}")
    })
}

/// Go's `strconv.FormatFloat(f, 'g', -1, 32)`: seven digits are kept, an exponent from seven digits on.
fn float_key(f: f64) -> String {
    if f.is_nan() {
        return ".nan".to_owned();
    }
    let f = f as f32;
    if f.is_infinite() {
        return if f > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let scientific = format!("{f:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    match exponent.parse::<i32>() {
        Ok(e) if !(-4..6).contains(&e) => {
            format!("{mantissa}e{}{:02}", if e < 0 { '-' } else { '+' }, e.abs())
        }
        _ => f.to_string(),
    }
}

/// The words that are booleans in YAML 1.1 alone.
pub(super) fn is_old_bool(text: &str) -> bool {
    matches!(
        text,
        "y" | "Y"
            | "yes"
            | "Yes"
            | "YES"
            | "on"
            | "On"
            | "ON"
            | "n"
            | "N"
            | "no"
            | "No"
            | "NO"
            | "off"
            | "Off"
            | "OFF"
    )
}
