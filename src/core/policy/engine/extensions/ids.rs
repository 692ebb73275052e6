//! `uuid.parse` and `time.parse_duration_ns`.

use std::collections::BTreeMap;

use regorus::Value;

use super::{Builtin, Trouble, text};

/// The functions.
pub const BUILTINS: &[Builtin] = &[("uuid.parse", 1, uuid), ("time.parse_duration_ns", 1, duration)];

/// The bytes of a UUID in one of the four ways of writing it. Go looks at the length, not at the braces.
fn uuid_bytes(text: &str) -> Option<Vec<u8>> {
    let bytes = text.as_bytes();
    let inner = match bytes.len() {
        36 => bytes,
        45 if bytes.get(..9)?.eq_ignore_ascii_case(b"urn:uuid:") => bytes.get(9..)?,
        38 => bytes.get(1..37)?,
        32 => return hex(bytes),
        _ => return None,
    };
    let dashed = [8, 13, 18, 23].iter().all(|&at| inner.get(at) == Some(&b'-'));
    let digits: Vec<u8> = inner
        .iter()
        .enumerate()
        .filter(|(at, _)| ![8, 13, 18, 23].contains(at))
        .map(|(_, byte)| *byte)
        .collect();
    if dashed { hex(&digits) } else { None }
}

fn hex(digits: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pair = |pair: &[u8]| Some(digit(pair.first()?)? << 4 | digit(pair.get(1)?)?);
    digits.chunks(2).map(pair).collect()
}

/// Undefined, and never an error, for what is no UUID.
fn uuid(given: &[Value]) -> Result<Value, Trouble> {
    let Some(bytes) = uuid_bytes(text(given, 0)?) else { return Ok(Value::Undefined) };
    let number = bytes.iter().fold(0u128, |number, byte| number << 8 | u128::from(*byte));
    let field = |from: u32, bits: u32| (number >> (128 - from - bits)) & ((1u128 << bits) - 1);
    let version = field(48, 4);
    let variant = match field(64, 8) {
        byte if byte & 0xc0 == 0x80 => "RFC4122",
        byte if byte & 0xe0 == 0xc0 => "Microsoft",
        byte if byte & 0xe0 == 0xe0 => "Future",
        _ => "Reserved",
    };
    let mut fields = BTreeMap::from([("version", Value::from(version)), ("variant", Value::from(variant))]);
    if matches!(version, 1 | 2) {
        let time = field(0, 32) | field(32, 16) << 32 | field(52, 12) << 48;
        // In steps of 100 ns since 1582-10-15.
        let nanos = i128::try_from(time).unwrap_or(0) - 122_192_928_000_000_000;
        let nanos = i64::try_from(nanos * 100)
            .map_err(|_| Trouble::Limit("a time too far away for this engine".to_owned()))?;
        let node: Vec<String> = bytes.iter().skip(10).map(|byte| format!("{byte:02x}")).collect();
        let mac = match field(80, 8) & 3 {
            3 => "local:multicast",
            1 => "global:multicast",
            2 => "local:unicast",
            _ => "global:unicast",
        };
        fields.insert("time", Value::from(nanos));
        fields.insert("nodeid", Value::from(node.join("-")));
        fields.insert("macvariables", Value::from(mac));
        fields.insert("clocksequence", Value::from(field(66, 14)));
        if version == 2 {
            let domain = match field(72, 8) {
                0 => "Person".to_owned(),
                1 => "Group".to_owned(),
                2 => "Org".to_owned(),
                other => format!("Domain{other}"),
            };
            fields.insert("id", Value::from(field(0, 32)));
            fields.insert("domain", Value::from(domain));
        }
    }
    Ok(Value::from(
        fields.into_iter().map(|(key, value)| (Value::from(key), value)).collect::<BTreeMap<_, _>>(),
    ))
}

/// A number and a unit of so many nanoseconds. Go takes what is behind the point as a float64; OPA does so with all
/// of a number of days or more, and goes on with hours.
fn nanos(whole: &str, fraction: &str, unit: i128) -> Option<i128> {
    const HOUR: i128 = 3_600_000_000_000;
    if unit > HOUR {
        let number: f64 = format!("0{whole}.{fraction}0").parse().ok()?;
        let hours = (number * (unit / HOUR) as f64).to_string();
        let (whole, fraction) = hours.split_once('.').unwrap_or((&hours, ""));
        return nanos(whole, fraction, HOUR);
    }
    let whole: i128 = format!("0{whole}").parse().ok()?;
    let (mut digits, mut scale) = (0u64, 1f64);
    for digit in fraction.bytes() {
        let more = digits.checked_mul(10).and_then(|more| more.checked_add(u64::from(digit - b'0')));
        let Some(more) = more.filter(|more| *more <= 1 << 63) else { break };
        (digits, scale) = (more, scale * 10.0);
    }
    let part = digits as f64 * (unit as f64 / scale);
    whole.checked_mul(unit)?.checked_add(part as i128)
}

/// `1h30m`, `-1.5d`: Go's durations, and days, weeks and years of 365 days.
fn duration(given: &[Value]) -> Result<Value, Trouble> {
    let text = text(given, 0)?;
    let invalid = || Trouble::Builtin(format!("time: invalid duration {text:?}"));
    let (negative, mut rest) = match text.strip_prefix(['-', '+']) {
        Some(rest) => (text.starts_with('-'), rest),
        None => (false, text),
    };
    if rest == "0" && !text.contains(['d', 'w', 'y']) {
        return Ok(Value::from(0i64));
    }
    let mut total = 0i128;
    if rest.is_empty() {
        return Err(invalid());
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, behind) = rest.split_at(end);
        let end = behind.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(behind.len());
        let (unit, behind) = behind.split_at(end);
        rest = behind;
        let unit: i128 = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            "d" => 86_400_000_000_000,
            "w" => 604_800_000_000_000,
            "y" => 31_536_000_000_000_000,
            _ => return Err(invalid()),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.len() + fraction.len() == 0 || fraction.contains('.') {
            return Err(invalid());
        }
        let nanos = nanos(whole, fraction, unit).ok_or_else(invalid)?;
        total = total.checked_add(nanos).filter(|total| *total <= 1i128 << 63).ok_or_else(invalid)?;
    }
    let total = if negative { -total } else { total };
    i64::try_from(total).map(Value::from).map_err(|_| invalid())
}
