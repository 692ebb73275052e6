//! The texts of `Warning` headers.
//!
//! RFC 7234, 5.5: `299 - "text"`, several after commas, each perhaps with a date in quotes of its own. Kubernetes sends one
//! header a warning, escapes `"` and `\` and writes UTF-8 as it is. Who wrote a warning cannot be told: a webhook's reads
//! like the server's.

/// The texts of all `Warning` headers, each once, in their order. A value that is not as the RFC has it is given whole.
#[must_use]
pub fn warnings(values: &[Vec<u8>]) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    for value in values {
        let value = String::from_utf8_lossy(value);
        let found = parse(&value).unwrap_or_else(|| vec![value.trim().to_owned()]);
        for text in found.into_iter().filter(|text| !text.is_empty()) {
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
    }
    texts
}

/// The texts of one header; `None` if it is not of the form.
fn parse(value: &str) -> Option<Vec<String>> {
    let mut texts = Vec::new();
    let mut rest = value.trim();
    while !rest.is_empty() {
        let (code, after) = rest.split_once(' ')?;
        if code.len() != 3 || !code.bytes().all(|digit| digit.is_ascii_digit()) {
            return None;
        }
        let (_agent, after) = after.split_once(' ')?;
        let (text, after) = quoted(after.trim_start())?;
        texts.push(text);
        rest = after.trim_start();
        if rest.starts_with('"') {
            rest = quoted(rest)?.1.trim_start();
        }
        rest = match rest.strip_prefix(',') {
            Some(more) => more.trim_start(),
            None if rest.is_empty() => rest,
            None => return None,
        };
    }
    Some(texts)
}

/// A quoted-string and what follows it. In HTTP a backslash only stands for the character behind it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let inner = text.strip_prefix('"')?;
    let mut unescaped = String::new();
    let mut chars = inner.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((unescaped, inner.get(at + 1..)?)),
            '\\' => unescaped.push(chars.next()?.1),
            c => unescaped.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_the_header() {
        let cases: &[(&[&str], &[&str])] = &[
            (&[], &[]),
            (&[r#"299 - "a""#], &["a"]),
            (&[r#"299 - "a", 299 - "b""#], &["a", "b"]),
            (&[r#"299 - "a",299 - "b""#, r#"299 - "c""#], &["a", "b", "c"]),
            (&[r#"299 - "a" "Wed, 21 Oct 2015 07:28:00 GMT""#], &["a"]),
            (&[r#"299 - "a" "Wed, 21 Oct 2015 07:28:00 GMT", 299 - "b""#], &["a", "b"]),
            (&[r#"299 kube-apiserver:443 "a""#], &["a"]),
            (
                &[r#"299 - "second, \"quoted\" warning; with, commas""#],
                &[r#"second, "quoted" warning; with, commas"#],
            ),
            (&[r#"299 - "back\\slash""#], &[r"back\slash"]),
            (&[r#"299 - "\n is not a line feed""#], &["n is not a line feed"]),
            (&[r#"299 - "élan — 日本語""#], &["élan — 日本語"]),
            (&[r#"299 - "a""#, r#"299 - "a""#], &["a"]),
            (&[r#"299 - """#], &[]),
            // Not of the form: nothing is lost.
            (&["look out"], &["look out"]),
            (&[r#"299 - "never closed"#], &[r#"299 - "never closed"#]),
            (&[r#"299 - "a" and more"#], &[r#"299 - "a" and more"#]),
        ];
        for (headers, texts) in cases {
            let values: Vec<Vec<u8>> = headers.iter().map(|value| value.as_bytes().to_vec()).collect();
            assert_eq!(warnings(&values), *texts, "{headers:?}");
        }
        assert_eq!(warnings(&[b"299 - \"\xff\"".to_vec()]), ["\u{fffd}"]);
    }
}
