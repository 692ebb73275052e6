//! Scalars of YAML: how far one reaches, and what a plain one is in YAML 1.1.

use super::TokenKind;

/// Length of the escape sequence at the start of a text that begins with a backslash; 0 for none.
pub(super) fn escape(text: &str) -> usize {
    let Some(after) = text.strip_prefix('\\') else { return 0 };
    let Some(letter) = after.chars().next() else { return 1 };
    let digits = match letter {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        _ => 0,
    };
    let hex = after.bytes().skip(1).take(digits).take_while(u8::is_ascii_hexdigit).count();
    1 + letter.len_utf8() + hex
}

/// The length of a block scalar's header and its indentation digit, when nothing but a comment follows.
pub(super) fn block_header(rest: &str) -> Option<(usize, Option<u32>)> {
    let indicators = rest.get(1..)?;
    let len = indicators.bytes().take_while(|byte| matches!(byte, b'+' | b'-' | b'1'..=b'9')).take(2).count();
    let (found, after) = indicators.split_at_checked(len)?;
    let trimmed = after.trim();
    let ends = trimmed.is_empty() || (trimmed.starts_with('#') && after.starts_with([' ', '\t']));
    let digit = found.chars().find_map(|c| c.to_digit(10));
    ends.then_some((1 + len, digit))
}

/// How far a plain scalar reaches, without trailing blanks, and whether a colon follows it.
pub(super) fn plain_len(rest: &str, flow: bool) -> (usize, bool) {
    let bytes = rest.as_bytes();
    let blank = |byte: Option<&u8>| byte.is_none_or(|byte| matches!(byte, b' ' | b'\t' | b'\r'));
    let mut end = 0;
    for (at, byte) in bytes.iter().enumerate() {
        let next = bytes.get(at + 1);
        match byte {
            b':' if blank(next) || (flow && next.is_some_and(|byte| b",[]{}".contains(byte))) => {
                return (end.max(usize::from(at == 0)), at > 0);
            }
            b'#' if at > 0 && blank(bytes.get(at - 1)) => return (end, false),
            b',' | b'[' | b']' | b'{' | b'}' if flow => return (end.max(usize::from(at == 0)), false),
            b' ' | b'\t' | b'\r' => {}
            _ => end = at + 1,
        }
    }
    (end, false)
}

/// What a plain scalar is in YAML 1.1.
pub(super) fn scalar_kind(text: &str) -> TokenKind {
    const CONSTANTS: [&str; 10] = ["true", "false", "yes", "no", "on", "off", "y", "n", "null", "~"];
    let cased = |word: &str| {
        let capital =
            || text.get(..1).is_some_and(|first| first == word.get(..1).unwrap_or_default().to_uppercase());
        text == word || text == word.to_uppercase() || capital() && text.get(1..) == word.get(1..)
    };
    if text.len() <= 5 && CONSTANTS.iter().any(|word| cased(word)) {
        TokenKind::Constant
    } else if is_number(text) {
        TokenKind::Number
    } else {
        TokenKind::String
    }
}

/// Integers (decimal, `0x`, `0o`, `0b`, with `_`), floats, `.inf`, `.nan`.
fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let all = |digits: &str, allowed: fn(&u8) -> bool| {
        digits.bytes().any(|byte| byte != b'_') && digits.bytes().all(|byte| byte == b'_' || allowed(&byte))
    };
    if let Some(digits) = unsigned.strip_prefix("0x") {
        return all(digits, u8::is_ascii_hexdigit);
    }
    if let Some(digits) = unsigned.strip_prefix("0o") {
        return all(digits, |byte| matches!(byte, b'0'..=b'7'));
    }
    if let Some(digits) = unsigned.strip_prefix("0b") {
        return all(digits, |byte| matches!(byte, b'0' | b'1'));
    }
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.is_empty() || all(text, u8::is_ascii_digit);
    let starts = whole.starts_with(|c: char| c.is_ascii_digit())
        || whole.is_empty() && fraction.starts_with(|c: char| c.is_ascii_digit());
    let exponent_fits = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    });
    starts && digits(whole) && digits(fraction) && exponent_fits
}
