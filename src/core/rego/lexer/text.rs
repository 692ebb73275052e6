//! The value of string tokens.

/// The value of a `"…"` or `` `…` `` token, quotes included in `token`. Lone surrogates become U+FFFD, as in OPA.
/// Wrong escapes are kept as they stand (the lexer has reported them).
#[must_use]
pub fn decode_string(token: &str) -> String {
    match token.strip_prefix('`') {
        Some(raw) => raw.strip_suffix('`').unwrap_or(raw).to_owned(),
        None => {
            let inner = token.strip_prefix('"').unwrap_or(token);
            unescape(inner.strip_suffix('"').unwrap_or(inner))
        }
    }
}

/// The value of a piece of text of a template string: `\{` is a brace in both kinds.
#[must_use]
pub fn decode_template_text(piece: &str, raw: bool) -> String {
    if raw { piece.replace("\\{", "{") } else { unescape(piece) }
}

fn unescape(text: &str) -> String {
    if !text.contains('\\') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    let mut high: Option<u32> = None;
    let hex4 = |chars: &mut std::str::Chars<'_>| {
        let mut value = 0;
        for _ in 0..4 {
            value = value * 16 + chars.next().and_then(|c| c.to_digit(16)).unwrap_or(0);
        }
        value
    };
    while let Some(c) = chars.next() {
        let mut unit = None;
        let plain = match c {
            '\\' => match chars.next() {
                Some('b') => Some('\u{8}'),
                Some('f') => Some('\u{c}'),
                Some('n') => Some('\n'),
                Some('r') => Some('\r'),
                Some('t') => Some('\t'),
                Some('u') => {
                    unit = Some(hex4(&mut chars));
                    None
                }
                other => other,
            },
            other => Some(other),
        };
        if let Some(first) = high.take() {
            match unit {
                Some(low @ 0xdc00..=0xdfff) => {
                    let joined = 0x10000 + ((first - 0xd800) << 10) + (low - 0xdc00);
                    out.push(char::from_u32(joined).unwrap_or('\u{fffd}'));
                    continue;
                }
                _ => out.push('\u{fffd}'),
            }
        }
        match (plain, unit) {
            (Some(plain), _) => out.push(plain),
            (None, Some(first @ 0xd800..=0xdbff)) => high = Some(first),
            (None, Some(code)) => out.push(char::from_u32(code).unwrap_or('\u{fffd}')),
            (None, None) => {}
        }
    }
    if high.is_some() {
        out.push('\u{fffd}');
    }
    out
}
