//! A command line as a shell splits it into words: blanks part them, quotes and `\` keep them together.

/// The words of a command line; `None` if a quote is not closed.
#[must_use]
pub fn split(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' | '\u{3000}' => words.extend(word.take()),
            '\'' | '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next()? {
                        end if end == c => break,
                        '\\' if c == '"' => word.push(chars.next()?),
                        inner => word.push(inner),
                    }
                }
            }
            '\\' => word.get_or_insert_default().push(chars.next()?),
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Some(words)
}

/// A line that splits into these words.
#[must_use]
pub fn join(words: &[String]) -> String {
    let special = |c: char| c.is_whitespace() || matches!(c, '\'' | '"' | '\\');
    let quoted = |word: &String| match word {
        word if !word.is_empty() && !word.contains(special) => word.clone(),
        word if !word.contains('\'') => format!("'{word}'"),
        word => format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\"")),
    };
    words.iter().map(quoted).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_are_those_of_a_shell() {
        for (line, words) in [
            ("sh", Some(&["sh"][..])),
            ("  ls   -l ", Some(&["ls", "-l"])),
            ("sh -c 'id; ls -l'", Some(&["sh", "-c", "id; ls -l"])),
            ("echo \"a\\\"b\" a\\ b ''", Some(&["echo", "a\"b", "a b", ""])),
            ("sh\u{3000}-c", Some(&["sh", "-c"])),
            ("a'b'c", Some(&["abc"])),
            ("", Some(&[])),
            ("sh -c 'id", None),
            ("sh \\", None),
        ] {
            let words = words.map(|words| words.iter().map(ToString::to_string).collect::<Vec<_>>());
            assert_eq!(split(line), words, "{line}");
        }
    }

    proptest! {
        #[test]
        fn a_line_that_was_joined_splits_into_its_words(words in prop::collection::vec("[a '\"\\\\\u{3000}日]{0,6}", 0..5)) {
            prop_assert_eq!(split(&join(&words)), Some(words));
        }
    }
}
