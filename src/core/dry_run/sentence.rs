//! Reading the sentences of an API server from their start.
//!
//! Servers write names between quotes as Go's `%q` does, so a name cannot end its quotes early. Everything here is read
//! from left to right and never searched for: what a webhook or a policy says comes behind words of the server's own.

/// The rest of a sentence that is being read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sentence<'t>(pub &'t str);

impl<'t> Sentence<'t> {
    /// Steps over these words, if the rest starts with them.
    pub fn skip(&mut self, words: &str) -> Option<()> {
        self.0 = self.0.strip_prefix(words)?;
        Some(())
    }

    /// Reads a string as Go's `%q` writes it, with its escapes undone.
    pub fn quoted(&mut self) -> Option<String> {
        let inner = self.0.strip_prefix('"')?;
        let mut text = String::new();
        let mut chars = inner.char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.0 = inner.get(at + 1..)?;
                    return Some(text);
                }
                '\\' => text.push(escape(&mut chars)?),
                c => text.push(c),
            }
        }
        None
    }

    /// Reads up to these words and steps over them. Only for names that cannot hold the words.
    pub fn until(&mut self, words: &str) -> Option<&'t str> {
        let (before, after) = self.0.split_once(words)?;
        self.0 = after;
        Some(before)
    }

    /// Reads a name of Kubernetes' API: letters, digits, `.`, `-`, `/`, `:`.
    pub fn name(&mut self) -> Option<&'t str> {
        let end = self
            .0
            .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/' | ':')))
            .unwrap_or(self.0.len());
        let (name, rest) = self.0.split_at_checked(end)?;
        self.0 = rest;
        (!name.is_empty()).then_some(name)
    }
}

/// The character of an escape, behind its backslash. Bytes that are no UTF-8 (`\xff`) become Latin-1, which is only
/// shown.
fn escape(chars: &mut std::str::CharIndices<'_>) -> Option<char> {
    let (_, kind) = chars.next()?;
    let digits = match kind {
        'n' => return Some('\n'),
        't' => return Some('\t'),
        'r' => return Some('\r'),
        'a' => return Some('\x07'),
        'b' => return Some('\x08'),
        'f' => return Some('\x0c'),
        'v' => return Some('\x0b'),
        'x' => 2,
        'u' => 4,
        'U' => 8,
        other => return Some(other),
    };
    let hex: String = chars.by_ref().take(digits).map(|(_, c)| c).collect();
    u32::from_str_radix(&hex, 16).ok().and_then(char::from_u32)
}
