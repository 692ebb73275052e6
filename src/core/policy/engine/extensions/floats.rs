//! Floating-point numbers as Go's `strconv.FormatFloat` writes them.

use std::fmt::Write;

/// No float64 has more digits than this, before or behind the point: what is asked for beyond is zeros.
const MOST_DIGITS: usize = 1100;

/// A number that is not negative. `verb` is one of `b e E f g G x X`; no precision means the shortest exact form.
pub fn format(float: f64, verb: char, precision: Option<usize>) -> String {
    match verb {
        'b' => {
            let (mantissa, exponent) = parts(float);
            format!("{mantissa}p{exponent:+}")
        }
        'x' | 'X' => hexadecimal(float, verb, precision),
        'f' => match precision {
            None => float.to_string(),
            Some(digits) => {
                let mut text = format!("{float:.*}", digits.min(MOST_DIGITS));
                text.push_str(&"0".repeat(digits.saturating_sub(MOST_DIGITS)));
                text
            }
        },
        'e' | 'E' => scientific(float, verb, precision),
        _ => general(float, verb, precision),
    }
}

fn scientific(float: f64, e: char, precision: Option<usize>) -> String {
    let text = match precision {
        None => format!("{float:e}"),
        Some(digits) => format!("{float:.*e}", digits.min(MOST_DIGITS)),
    };
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let zeros = "0".repeat(precision.unwrap_or(0).saturating_sub(MOST_DIGITS));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    format!("{mantissa}{zeros}{e}{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.unsigned_abs())
}

fn general(float: f64, verb: char, precision: Option<usize>) -> String {
    let e = if verb == 'G' { 'E' } else { 'e' };
    let precision = precision.map(|digits| digits.clamp(1, MOST_DIGITS));
    let text = match precision {
        None => format!("{float:e}"),
        Some(digits) => format!("{float:.*e}", digits - 1),
    };
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.trim_end_matches('0');
    let count = i32::try_from(digits.len()).unwrap_or(i32::MAX).max(1);
    let threshold = match precision.and_then(|digits| i32::try_from(digits).ok()) {
        None => 6,
        // All digits before the point are there: no exponent is needed.
        Some(most) if most > count && count > exponent => count,
        Some(most) => most,
    };
    if exponent < -4 || exponent >= threshold {
        scientific(float, e, Some(digits.len().saturating_sub(1)))
    } else {
        let behind = usize::try_from(count - 1 - exponent).unwrap_or(0);
        match precision {
            None => float.to_string(),
            // Rounded once, to the digits that are shown.
            Some(_) => text.parse::<f64>().map_or(text, |rounded| format!("{rounded:.behind$}")),
        }
    }
}

fn parts(float: f64) -> (u64, i32) {
    let bits = float.to_bits();
    let (exponent, fraction) = ((bits >> 52) & 0x7ff, bits & ((1 << 52) - 1));
    let exponent_bits = i32::try_from(exponent).unwrap_or(0);
    if exponent == 0 { (fraction, -1074) } else { (fraction | (1 << 52), exponent_bits - 1075) }
}

/// `0x1.8p+00`.
fn hexadecimal(float: f64, verb: char, precision: Option<usize>) -> String {
    let (mut mantissa, mut exponent) = parts(float);
    if mantissa == 0 {
        exponent = 0;
    } else {
        // The first digit is 1, in bit 60: 15 digits follow.
        let shift = mantissa.leading_zeros() - 3;
        mantissa <<= shift;
        exponent += 60 - i32::try_from(shift).unwrap_or(0);
    }
    if let Some(digits) = precision.filter(|&digits| digits < 15) {
        let drop = 60 - 4 * u32::try_from(digits).unwrap_or(0);
        let (kept, rest, half) = (mantissa >> drop, mantissa & ((1 << drop) - 1), 1 << (drop - 1));
        let up = rest > half || (rest == half && kept & 1 == 1);
        mantissa = (kept + u64::from(up)) << drop;
        if mantissa >> 61 != 0 {
            mantissa >>= 1;
            exponent += 1;
        }
    }
    let mut digits = format!("{:015x}", mantissa & ((1 << 60) - 1));
    match precision {
        None => digits.truncate(digits.trim_end_matches('0').len()),
        Some(precision) => {
            digits.truncate(precision);
            digits.push_str(&"0".repeat(precision.saturating_sub(15)));
        }
    }
    let mut text = format!("0x{}", mantissa >> 60);
    if !digits.is_empty() {
        let _ = write!(text, ".{digits}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    let _ = write!(text, "p{sign}{:02}", exponent.unsigned_abs());
    if verb == 'X' { text.to_uppercase() } else { text }
}

/// What the flag `#` adds: a point in any case, and zeros up to the precision.
pub fn with_point(number: &str, verb: char, precision: Option<usize>) -> String {
    let is_hex = matches!(verb, 'x' | 'X');
    let marks: &[char] = if is_hex { &['p', 'P'] } else { &['e', 'E'] };
    let (mut body, tail) = match number.find(marks) {
        Some(at) => (number.get(..at).unwrap_or(number).to_owned(), number.get(at..).unwrap_or_default()),
        None => (number.to_owned(), ""),
    };
    let wanted = if matches!(verb, 'g' | 'G' | 'x' | 'X') { precision.unwrap_or(6) } else { 0 };
    let digits = body.chars().filter(|&c| c != '.').skip_while(|&c| c == '0').count();
    let digits = if body == "0" { 1 } else { digits };
    if !body.contains('.') {
        body.push('.');
    }
    body.push_str(&"0".repeat(wanted.saturating_sub(digits)));
    body + tail
}
