//! From the bytes of a file to a text and back. What can be edited goes back to the same bytes; what could not is
//! opened read-only with the reason, so that saving never changes what the user did not.

use super::lex::Language;
use super::{FileFormat, Snapshot};
use std::borrow::Cow;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// A file's bytes, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The text with `\n` line ends and without the byte order mark. Where [`Self::mixed_line_ends`] holds, every
    /// `\r` is still in it.
    pub text: String,
    /// What [`encode`] needs to write the same bytes again.
    pub format: FileFormat,
    /// Why the text must not be edited; `None` when it may be.
    pub read_only: Option<ReadOnly>,
    /// Some lines end in `\r\n` and some do not, or there is a `\r` elsewhere. They stay as they are.
    pub mixed_line_ends: bool,
}

/// Why a text cannot be edited without the risk of writing back other bytes than those the user meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadOnly {
    /// Not UTF-8; the first wrong byte is at `offset` of the file.
    InvalidUtf8 { offset: usize },
    /// The file begins with a UTF-16 byte order mark.
    Utf16,
    /// A binary file: there is a NUL byte at `offset` of the file.
    NulByte { offset: usize },
    /// More than the `limit` for its language; both in bytes.
    TooLarge { len: usize, limit: usize },
}

/// How many bytes of a language the tool edits: YAML and JSON 5 MiB, Rego 1 MiB, other texts 5 MiB.
#[must_use]
pub const fn limit(language: Language) -> usize {
    match language {
        Language::Rego => 1 << 20,
        Language::Yaml | Language::Plain => 5 << 20,
    }
}

/// Reads a file's bytes. Never fails: what is not text is shown as well as can be, and is read-only.
#[must_use]
pub fn decode(bytes: &[u8]) -> Decoded {
    if let Some(text) = decode_utf16(bytes) {
        return Decoded {
            text,
            format: FileFormat::default(),
            read_only: Some(ReadOnly::Utf16),
            mixed_line_ends: false,
        };
    }
    let (bom, body) = match bytes.strip_prefix(BOM) {
        Some(body) => (true, body),
        None => (false, bytes),
    };
    let skipped = bytes.len() - body.len();
    let (text, read_only) = match std::str::from_utf8(body) {
        Ok(text) => {
            let nul = body.iter().position(|&byte| byte == 0);
            (Cow::Borrowed(text), nul.map(|at| ReadOnly::NulByte { offset: skipped + at }))
        }
        Err(error) => {
            let offset = skipped + error.valid_up_to();
            (String::from_utf8_lossy(body), Some(ReadOnly::InvalidUtf8 { offset }))
        }
    };
    let returns = text.matches('\r').count();
    let crlf =
        returns > 0 && returns == text.matches("\r\n").count() && returns == text.matches('\n').count();
    let text = if crlf { text.replace("\r\n", "\n") } else { text.into_owned() };
    Decoded { text, format: FileFormat { crlf, bom }, read_only, mixed_line_ends: returns > 0 && !crlf }
}

impl Decoded {
    /// Makes it read-only when it is longer than the tool edits in this language.
    #[must_use]
    pub fn limited_to(mut self, language: Language) -> Self {
        let (len, limit) = (self.text.len(), limit(language));
        if len > limit {
            self.read_only.get_or_insert(ReadOnly::TooLarge { len, limit });
        }
        self
    }
}

/// The bytes to write for a text. For a text that [`decode`] gave as editable, unchanged, these are the bytes of the
/// file.
#[must_use]
pub fn encode(snapshot: &Snapshot, format: FileFormat) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(snapshot.len_bytes() + BOM.len());
    if format.bom {
        bytes.extend_from_slice(BOM);
    }
    for chunk in snapshot.0.chunks() {
        if format.crlf {
            bytes.extend_from_slice(chunk.replace('\n', "\r\n").as_bytes());
        } else {
            bytes.extend_from_slice(chunk.as_bytes());
        }
    }
    bytes
}

/// Text from outside (a paste, a reload) with the line ends that a text has in memory.
#[must_use]
pub fn normalise_line_ends(text: &str) -> Cow<'_, str> {
    if text.contains('\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The text of a file that begins with a UTF-16 byte order mark.
fn decode_utf16(bytes: &[u8]) -> Option<String> {
    type Unit = fn([u8; 2]) -> u16;
    let (body, unit) = match bytes {
        [0xff, 0xfe, body @ ..] => (body, u16::from_le_bytes as Unit),
        [0xfe, 0xff, body @ ..] => (body, u16::from_be_bytes as Unit),
        _ => return None,
    };
    let (pairs, _odd) = body.as_chunks::<2>();
    let text = char::decode_utf16(pairs.iter().map(|&pair| unit(pair)))
        .map(|char| char.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect::<String>();
    Some(normalise_line_ends(&text).into_owned())
}
