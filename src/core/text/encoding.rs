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

#[cfg(test)]
mod tests {
    use super::*;

    const LF: FileFormat = FileFormat { crlf: false, bom: false };

    /// The text that is edited, its format, why it may not be edited, and whether its line ends are mixed.
    fn read(bytes: &[u8]) -> (String, FileFormat, Option<ReadOnly>, bool) {
        let Decoded { text, format, read_only, mixed_line_ends } = decode(bytes);
        (text, format, read_only, mixed_line_ends)
    }

    #[test]
    fn what_can_be_edited() {
        let crlf = FileFormat { crlf: true, bom: false };
        let cases: [(&[u8], &str, FileFormat, bool); 9] = [
            (b"", "", LF, false),
            (b"a", "a", LF, false),
            (b"a\n", "a\n", LF, false),
            (b"a\r\nb\r\n", "a\nb\n", crlf, false),
            (b"a\r\nb", "a\nb", crlf, false),
            (b"a\r\nb\n", "a\r\nb\n", LF, true),
            (b"a\rb", "a\rb", LF, true),
            (b"a\r\r\n", "a\r\r\n", LF, true),
            (b"\xef\xbb\xbfa\r\n", "a\n", FileFormat { crlf: true, bom: true }, false),
        ];
        for (bytes, text, format, mixed) in cases {
            assert_eq!(read(bytes), (text.to_owned(), format, None, mixed), "{bytes:?}");
            assert_eq!(encode(&Snapshot::from(text), format), bytes);
        }
    }

    #[test]
    fn an_edit_keeps_the_line_ends_of_the_file() {
        let decoded = decode(b"a\r\nb\r\n");
        let edited = decoded.text.replace('b', "b\nc");
        assert_eq!(encode(&Snapshot::from(&*edited), decoded.format), b"a\r\nb\r\nc\r\n");
        let mixed = decode(b"a\r\nb\nc");
        let edited = mixed.text.replace('c', "d");
        assert_eq!(encode(&Snapshot::from(&*edited), mixed.format), b"a\r\nb\nd");
    }

    #[test]
    fn what_cannot_says_why() {
        let why = |bytes: &[u8]| decode(bytes).read_only;
        assert_eq!(why(b"ab\xff\xfe"), Some(ReadOnly::InvalidUtf8 { offset: 2 }));
        assert_eq!(why(b"\xef\xbb\xbfa\xff"), Some(ReadOnly::InvalidUtf8 { offset: 4 }));
        assert_eq!(
            why("日本".as_bytes().get(..5).unwrap_or_default()),
            Some(ReadOnly::InvalidUtf8 { offset: 3 })
        );
        assert_eq!(why(b"a\0b"), Some(ReadOnly::NulByte { offset: 1 }));
        assert_eq!(read(b"\xff\xfea\0\r\0\n\0"), ("a\n".to_owned(), LF, Some(ReadOnly::Utf16), false));
        assert_eq!(read(b"\xfe\xff\x30\x42"), ("あ".to_owned(), LF, Some(ReadOnly::Utf16), false));
        assert_eq!(decode(b"\x82\xa0").text, "\u{fffd}\u{fffd}");
    }

    #[test]
    fn what_is_too_large_is_shown_only() {
        let text = " ".repeat(1 << 20) + "x";
        let decoded = decode(text.as_bytes());
        assert_eq!(decoded.clone().limited_to(Language::Yaml).read_only, None);
        let limited = decoded.limited_to(Language::Rego);
        assert_eq!(limited.read_only, Some(ReadOnly::TooLarge { len: (1 << 20) + 1, limit: 1 << 20 }));
        assert_eq!(limited.text, text);
    }
}
