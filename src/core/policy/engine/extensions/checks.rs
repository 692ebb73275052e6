//! Checks of form, JSON text, ranges and dates.

use regorus::Value;

use super::{Builtin, Trouble, integer, text};

/// The functions.
pub const BUILTINS: &[Builtin] = &[
    ("json.is_valid", 1, json_is_valid),
    ("base64.is_valid", 1, base64_is_valid),
    ("net.cidr_is_valid", 1, cidr_is_valid),
    ("numbers.range_step", 3, range_step),
    ("time.add_date", 4, add_date),
];

/// Most numbers of a range.
const MAX_RANGE: i64 = 10_000_000;

fn valid(given: &[Value], check: impl Fn(&str) -> bool) -> Result<Value, Trouble> {
    Ok(Value::from(text(given, 0).is_ok_and(check)))
}

fn json_is_valid(given: &[Value]) -> Result<Value, Trouble> {
    valid(given, |text| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok())
}

/// Line breaks do not count, and spare bits at the end may be set.
fn base64_is_valid(given: &[Value]) -> Result<Value, Trouble> {
    valid(given, |text| {
        let bytes: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
        let padding = bytes.iter().rev().take_while(|&&byte| byte == b'=').count();
        let digits = bytes.get(..bytes.len() - padding).unwrap_or_default();
        let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
        bytes.len().is_multiple_of(4) && padding <= 2 && digits.iter().all(is_digit)
    })
}

fn cidr_is_valid(given: &[Value]) -> Result<Value, Trouble> {
    valid(given, |text| {
        let Some((address, length)) = text.split_once('/') else { return false };
        let most = match address.parse() {
            Ok(::core::net::IpAddr::V4(_)) => 32,
            Ok(::core::net::IpAddr::V6(_)) => 128,
            Err(_) => return false,
        };
        length.bytes().all(|byte| byte.is_ascii_digit())
            && length.parse().is_ok_and(|length: u32| length <= most)
    })
}

/// From the first number to the second, in steps of the third.
fn range_step(given: &[Value]) -> Result<Value, Trouble> {
    let (from, to) = (integer(given, 0)?, integer(given, 1)?);
    let positive = || Trouble::Builtin("step must be a positive integer".to_owned());
    let step = match integer(given, 2) {
        Ok(step) if step <= 0 => return Err(positive()),
        Ok(step) => step,
        // A step beyond all numbers that a range can have.
        Err(_) if given.get(2).is_some_and(|step| *step > Value::from(i64::MAX)) => i64::MAX,
        Err(trouble) => return Err(trouble),
    };
    if to.abs_diff(from) / step.unsigned_abs() > MAX_RANGE.unsigned_abs() {
        return Err(Trouble::Limit("numbers.range_step: too many numbers for this engine".to_owned()));
    }
    let step = if from > to { -step } else { step };
    let numbers = std::iter::successors(Some(from), |at| at.checked_add(step));
    let inside = |at: &i64| if from > to { *at >= to } else { *at <= to };
    Ok(Value::from(numbers.take_while(inside).map(Value::from).collect::<Vec<_>>()))
}

const DAY: i64 = 86_400_000_000_000;

/// Years and months first, then days; a day that a month does not have runs over into the next, as in Go. In UTC.
fn add_date(given: &[Value]) -> Result<Value, Trouble> {
    if let Some(Value::Array(_)) = given.first() {
        return Err(Trouble::Limit("time.add_date: time zones are not for this engine".to_owned()));
    }
    let at = integer(given, 0)?;
    let (years, months, days) = (integer(given, 1)?, integer(given, 2)?, integer(given, 3)?);
    let (year, month, day) = civil(at.div_euclid(DAY));
    let months = months.checked_add(month - 1);
    let added = months.and_then(|months| {
        let year = year.checked_add(years)?.checked_add(months.div_euclid(12))?;
        // Beyond these years no number of nanoseconds fits.
        let year = Some(year).filter(|year| (-100_000..100_000).contains(year))?;
        let found = days_of(year, months.rem_euclid(12) + 1).checked_add(day - 1)?.checked_add(days)?;
        found.checked_mul(DAY)?.checked_add(at.rem_euclid(DAY))
    });
    added.map(Value::from).ok_or_else(|| Trouble::Builtin("time outside of valid range".to_owned()))
}

/// The days from 1970 to the first of a month.
fn days_of(year: i64, month: i64) -> i64 {
    // Years begin in March, so that the leap day is the last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + (153 * month + 2) / 5 - 719_468
}

/// The year, month and day of a number of days since 1970.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let year = year + era * 400 + i64::from(month >= 10);
    (year, if month < 10 { month + 3 } else { month - 9 }, day)
}
