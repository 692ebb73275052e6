//! `time.format` with Go's layouts, the names of time zones included.

use std::fmt::Write;

use chrono::{DateTime, Datelike, Offset, Timelike};
use chrono_tz::{OffsetName, Tz};
use regorus::Value;

use super::{Builtin, Trouble, integer, wrong};

/// The functions.
pub const BUILTINS: &[Builtin] = &[("time.format", 1, format)];

/// What OPA calls layouts by.
const NAMED: &[(&str, &str)] = &[
    ("ANSIC", "Mon Jan _2 15:04:05 2006"),
    ("UnixDate", "Mon Jan _2 15:04:05 MST 2006"),
    ("RubyDate", "Mon Jan 02 15:04:05 -0700 2006"),
    ("RFC822", "02 Jan 06 15:04 MST"),
    ("RFC822Z", "02 Jan 06 15:04 -0700"),
    ("RFC850", "Monday, 02-Jan-06 15:04:05 MST"),
    ("RFC1123", "Mon, 02 Jan 2006 15:04:05 MST"),
    ("RFC1123Z", "Mon, 02 Jan 2006 15:04:05 -0700"),
    ("RFC3339", "2006-01-02T15:04:05Z07:00"),
    ("RFC3339Nano", "2006-01-02T15:04:05.999999999Z07:00"),
    ("", "2006-01-02T15:04:05.999999999Z07:00"),
];

/// The pieces of a layout, the longer one of two with the same beginning first.
const PIECES: &[&str] = &[
    "January",
    "Jan",
    "Monday",
    "Mon",
    "MST",
    "002",
    "01",
    "02",
    "03",
    "04",
    "05",
    "06",
    "15",
    "1",
    "2006",
    "2",
    "__2",
    "_2",
    "3",
    "4",
    "5",
    "PM",
    "pm",
    "-070000",
    "-07:00:00",
    "-0700",
    "-07:00",
    "-07",
    "Z070000",
    "Z07:00:00",
    "Z0700",
    "Z07:00",
    "Z07",
];

const MONTHS: &[&str] = &[
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: &[&str] = &["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// A time in nanoseconds, or an array of it, a zone and a layout.
fn format(given: &[Value]) -> Result<Value, Trouble> {
    let parts: Vec<Value> = match given.first() {
        Some(Value::Array(items)) if !items.is_empty() => items.iter().cloned().collect(),
        Some(number @ Value::Number(_)) => vec![number.clone()],
        _ => return Err(wrong(given, 0, "either number (ns) or array")),
    };
    let nanos = integer(&parts, 0)?;
    let text = |at: usize| match parts.get(at) {
        None => Ok(""),
        Some(Value::String(text)) => Ok(&**text),
        Some(_) => Err(wrong(&parts, at, "string")),
    };
    let zone = match text(1)? {
        "" | "UTC" => Tz::UTC,
        "Local" => return Err(Trouble::Limit("the local time zone is not for this engine".to_owned())),
        name => name.parse().map_err(|_| Trouble::Builtin(format!("unknown time zone {name}")))?,
    };
    let layout = text(2)?;
    let layout = NAMED.iter().find(|(name, _)| *name == layout).map_or(layout, |(_, layout)| layout);
    Ok(Value::from(write(&DateTime::from_timestamp_nanos(nanos).with_timezone(&zone), layout)))
}

fn write(time: &DateTime<Tz>, layout: &str) -> String {
    let mut out = String::new();
    let mut rest = layout;
    while let Some(c) = rest.chars().next() {
        if let Some(length) = fraction(rest) {
            let (piece, behind) = rest.split_at(length);
            write_fraction(&mut out, time.nanosecond(), piece);
            rest = behind;
            continue;
        }
        let lower = |text: &str| text.starts_with(|c: char| c.is_ascii_lowercase());
        let piece = PIECES.iter().find(|piece| {
            let Some(behind) = rest.strip_prefix(**piece) else { return false };
            match **piece {
                // A longer word that only begins so.
                "Jan" | "Mon" => !lower(behind),
                // The year with a line in front of it.
                "_2" => !behind.starts_with("006"),
                _ => true,
            }
        });
        match piece {
            Some(piece) => {
                write_piece(&mut out, time, piece);
                rest = rest.get(piece.len()..).unwrap_or_default();
            }
            None => {
                out.push(c);
                rest = rest.get(c.len_utf8()..).unwrap_or_default();
            }
        }
    }
    out
}

/// How long a fraction like `.000` or `,999` at the beginning is.
fn fraction(text: &str) -> Option<usize> {
    let digits = text.strip_prefix(['.', ','])?;
    let digit = digits.chars().next().filter(|c| matches!(c, '0' | '9'))?;
    let behind = digits.trim_start_matches(digit);
    (!behind.starts_with(|c: char| c.is_ascii_digit())).then(|| text.len() - behind.len())
}

/// Zeros are always written, nines only up to the last digit that is not 0.
fn write_fraction(out: &mut String, nanos: u32, piece: &str) {
    let digits = format!("{:09}", nanos % 1_000_000_000);
    let wanted = piece.len() - 1;
    let mut shown: String = digits.chars().chain(std::iter::repeat('0')).take(wanted).collect();
    if piece.ends_with('9') {
        shown.truncate(shown.trim_end_matches('0').len());
        if shown.is_empty() {
            return;
        }
    }
    out.extend(piece.chars().next());
    out.push_str(&shown);
}

fn write_piece(out: &mut String, time: &DateTime<Tz>, piece: &str) {
    let month = MONTHS.get(time.month0() as usize).copied().unwrap_or_default();
    let day = DAYS.get(time.weekday().num_days_from_sunday() as usize).copied().unwrap_or_default();
    let (afternoon, hour) = time.hour12();
    // Writing to a string cannot fail.
    let _ = match piece {
        "January" => write!(out, "{month}"),
        "Jan" => write!(out, "{}", month.get(..3).unwrap_or(month)),
        "Monday" => write!(out, "{day}"),
        "Mon" => write!(out, "{}", day.get(..3).unwrap_or(day)),
        "MST" => write!(out, "{}", time.offset().abbreviation().unwrap_or_default()),
        "002" => write!(out, "{:03}", time.ordinal()),
        "01" => write!(out, "{:02}", time.month()),
        "1" => write!(out, "{}", time.month()),
        "02" => write!(out, "{:02}", time.day()),
        "2" => write!(out, "{}", time.day()),
        "_2" => write!(out, "{:2}", time.day()),
        "__2" => write!(out, "{:3}", time.ordinal()),
        "03" => write!(out, "{hour:02}"),
        "3" => write!(out, "{hour}"),
        "15" => write!(out, "{:02}", time.hour()),
        "04" => write!(out, "{:02}", time.minute()),
        "4" => write!(out, "{}", time.minute()),
        "05" => write!(out, "{:02}", time.second()),
        "5" => write!(out, "{}", time.second()),
        "06" => write!(out, "{:02}", time.year().rem_euclid(100)),
        "2006" => write!(out, "{:04}", time.year()),
        "PM" => write!(out, "{}", if afternoon { "PM" } else { "AM" }),
        "pm" => write!(out, "{}", if afternoon { "pm" } else { "am" }),
        offset => write_offset(out, time.offset().fix().local_minus_utc(), offset),
    };
}

/// `-07:00`; `Z` for no offset where the layout has one.
fn write_offset(out: &mut String, seconds: i32, piece: &str) -> std::fmt::Result {
    if piece.starts_with('Z') && seconds == 0 {
        return out.write_str("Z");
    }
    let (sign, seconds) = (if seconds < 0 { '-' } else { '+' }, seconds.abs());
    let colon = if piece.contains(':') { ":" } else { "" };
    let digits = piece.chars().filter(char::is_ascii_digit).count();
    write!(out, "{sign}{:02}", seconds / 3600)?;
    if digits > 2 {
        write!(out, "{colon}{:02}", seconds / 60 % 60)?;
    }
    if digits > 4 {
        write!(out, "{colon}{:02}", seconds % 60)?;
    }
    Ok(())
}
