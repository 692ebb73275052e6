//! `units.parse` and `units.parse_bytes`: exact, and bytes cut to whole numbers.

use regorus::Value;

use super::{Builtin, Trouble, text};

/// The functions.
pub const BUILTINS: &[Builtin] = &[("units.parse", 1, parse), ("units.parse_bytes", 1, parse_bytes)];

fn invalid() -> Trouble {
    Trouble::Builtin("could not parse amount".to_owned())
}

/// A number as `numerator / 10^digits`, and the unit behind it.
struct Amount {
    numerator: i128,
    digits: i32,
    unit: String,
}

fn amount(given: &[Value]) -> Result<Amount, Trouble> {
    let text = text(given, 0)?.replace('"', "");
    if text.is_empty() || text.contains(' ') {
        return Err(invalid());
    }
    let is_number = |c: char| c.is_ascii_digit() || c == '.';
    let unsigned = text.trim_start_matches(['+', '-']);
    if text.len() - unsigned.len() > 1 {
        return Err(invalid());
    }
    let (mantissa, rest) = unsigned.split_at(unsigned.find(|c| !is_number(c)).unwrap_or(unsigned.len()));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if fraction.contains('.') || whole.len() + fraction.len() == 0 {
        return Err(invalid());
    }
    // `e` is an exponent if a number follows, and a unit otherwise.
    let mut digits = i32::try_from(fraction.len()).map_err(|_| invalid())?;
    let mut unit = rest;
    if let Some(behind) = rest.strip_prefix(['e', 'E']) {
        let signed = behind.trim_start_matches(['+', '-']);
        let end = signed.find(|c: char| !c.is_ascii_digit()).unwrap_or(signed.len());
        let length = behind.len() - signed.len() + end;
        if end > 0 && behind.len() - signed.len() <= 1 {
            let (exponent, after) = behind.split_at(length);
            digits -= exponent.parse::<i32>().ok().filter(|e| e.abs() < 10_000).ok_or_else(too_large)?;
            unit = after;
        }
    }
    let numerator: i128 = format!("{whole}{fraction}").parse().map_err(|_| too_large())?;
    let numerator = if text.starts_with('-') { -numerator } else { numerator };
    Ok(Amount { numerator, digits, unit: unit.to_owned() })
}

fn too_large() -> Trouble {
    Trouble::Limit("units: a number too large for this engine".to_owned())
}

/// What a unit multiplies by.
fn multiplier(unit: &str) -> Option<i128> {
    let steps = |letter: char| "kmgtpe".find(letter).and_then(|at| u32::try_from(at + 1).ok());
    let mut chars = unit.chars();
    match (chars.next().map(steps), chars.next(), chars.next()) {
        (None, ..) => Some(1),
        (Some(Some(steps)), None, None) => 1000i128.checked_pow(steps),
        (Some(Some(steps)), Some('i'), None) => 1024i128.checked_pow(steps),
        _ => None,
    }
}

/// The amount as a fraction.
fn fraction(amount: &Amount, multiplier: i128) -> Result<(i128, i128), Trouble> {
    let scale = 10i128.checked_pow(amount.digits.unsigned_abs()).ok_or_else(too_large)?;
    let numerator = amount.numerator.checked_mul(multiplier).ok_or_else(too_large)?;
    if amount.digits < 0 {
        Ok((numerator.checked_mul(scale).ok_or_else(too_large)?, 1))
    } else {
        Ok((numerator, scale))
    }
}

fn number(whole: i128) -> Result<Value, Trouble> {
    Value::from_numeric_string(&whole.to_string()).map_err(|_| too_large())
}

fn parse(given: &[Value]) -> Result<Value, Trouble> {
    let mut amount = amount(given)?;
    // `m` is milli; all else goes by its letters in either case.
    let multiplier = if amount.unit == "m" {
        amount.digits += 3;
        1
    } else {
        multiplier(&amount.unit.to_lowercase()).ok_or_else(invalid)?
    };
    let (numerator, scale) = fraction(&amount, multiplier)?;
    if numerator % scale == 0 {
        return number(numerator / scale);
    }
    let places = scale.ilog10();
    let text = format!("{numerator}e-{places}");
    text.parse::<f64>().map(Value::from).map_err(|_| too_large())
}

fn parse_bytes(given: &[Value]) -> Result<Value, Trouble> {
    let amount = amount(given)?;
    let unit = amount.unit.to_lowercase();
    let unit = if unit == "b" { "x" } else { unit.strip_suffix('b').unwrap_or(&unit) };
    let (numerator, scale) = fraction(&amount, multiplier(unit).ok_or_else(invalid)?)?;
    number(numerator / scale)
}
