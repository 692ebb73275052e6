//! Lowered text on one line.

use crate::core::rego::lexer::{Kind, Lexer, decode_string};

/// The same tokens without line breaks and comments.
pub(super) fn flat(text: &str) -> String {
    if !text.contains('\n') {
        return text.to_owned();
    }
    let mut lexer = Lexer::new(text, 0);
    let mut out = String::new();
    let mut end = 0;
    loop {
        let token = lexer.next_token();
        let piece = text.get(token.start as usize..token.end as usize).unwrap_or_default();
        match token.kind {
            Kind::Eof => return out,
            Kind::Comment => continue,
            _ if token.start > end && !out.is_empty() => out.push(' '),
            _ => {}
        }
        if token.kind == Kind::RawString && piece.contains('\n') {
            out.push_str(&serde_json::Value::from(decode_string(piece)).to_string());
        } else {
            out.push_str(piece);
        }
        end = token.end;
    }
}
