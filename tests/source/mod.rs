//! The source of the program as tests look at it: code, comments and texts told apart.

#![allow(dead_code, clippy::unwrap_used)] // Each test file uses a part of this; a test that cannot read fails.

use std::path::{Path, PathBuf};

/// A source file below `src`, without its tests.
pub struct Source {
    /// From the root of the project, with `/`.
    pub path: String,
    /// All of it.
    pub whole: String,
    /// The code outside test modules; comments left out, texts emptied.
    pub code: String,
    /// The texts in that code, each with its line, counted from 1.
    pub texts: Vec<(usize, String)>,
}

/// The folder of the project.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files of the project that git would take, as paths from its root.
pub fn project_files() -> Vec<String> {
    let walk =
        ignore::WalkBuilder::new(root()).hidden(false).filter_entry(|e| e.file_name() != ".git").build();
    let mut files: Vec<String> = walk
        .map(Result::unwrap)
        .filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()))
        .map(|entry| relative(entry.into_path()))
        .collect();
    files.sort();
    files
}

fn relative(path: PathBuf) -> String {
    path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/")
}

/// All sources below `src`.
pub fn sources() -> Vec<Source> {
    let files = project_files().into_iter().filter(|path| path.starts_with("src/") && path.ends_with(".rs"));
    files
        .map(|path| {
            let whole = std::fs::read_to_string(root().join(&path)).unwrap();
            let only_tests = path.ends_with("/tests.rs") || path.contains("/tests/");
            let (code, texts) =
                if only_tests { Default::default() } else { take_apart(before_tests(&whole)) };
            Source { path, whole, code, texts }
        })
        .collect()
}

/// The text before the test module, which is the last item of a file.
fn before_tests(text: &str) -> &str {
    let tests = regex::Regex::new(r"\n#\[cfg\(test\)\]\n(#\[.*\]\n)*mod \w+ \{").unwrap();
    tests.find(text).map_or(text, |found| &text[..=found.start()])
}

/// Separates code from comments and from the contents of texts. Line breaks stay in the code, so that its lines
/// are those of the file.
fn take_apart(text: &str) -> (String, Vec<(usize, String)>) {
    let (mut code, mut texts) = (String::new(), Vec::new());
    let mut line = 1;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let len = match c {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '\'' => {
                let len = char_literal(rest);
                code.push_str(if len == 1 { "'" } else { "' '" });
                len
            }
            // An `r` begins a text unless it ends a name; `br` begins one too.
            'r' | '"' if c == '"' || !code.strip_suffix('b').unwrap_or(&code).ends_with(is_name) => {
                match string_literal(rest) {
                    Some((len, inside)) => {
                        code.push_str("\"\"");
                        code.extend(rest[..len].matches('\n'));
                        texts.push((line, inside.to_owned()));
                        len
                    }
                    None => {
                        code.push(c);
                        c.len_utf8()
                    }
                }
            }
            _ => {
                code.push(c);
                c.len_utf8()
            }
        };
        line += rest[..len].matches('\n').count();
        rest = &rest[len..];
    }
    (code, texts)
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The length of a character literal that `text` begins with, or 1 for a lifetime.
fn char_literal(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    match (chars.next(), chars.next()) {
        (Some((_, '\\')), Some(_)) => text[3..].find('\'').map_or(1, |at| 3 + at + 1),
        (Some(_), Some((at, '\''))) => at + 1,
        _ => 1,
    }
}

/// The length and the inside of a text that `text` begins with: `"…"` or `r#"…"#`.
fn string_literal(text: &str) -> Option<(usize, &str)> {
    let hashes = text.strip_prefix('r').map(|rest| rest.len() - rest.trim_start_matches('#').len());
    let open = hashes.map_or(0, |hashes| 1 + hashes) + 1;
    if !text[..open.min(text.len())].ends_with('"') {
        return None;
    }
    let inside = &text[open..];
    let (end, close) = match hashes {
        Some(hashes) => {
            let close = format!("\"{}", "#".repeat(hashes));
            (inside.find(&close)?, close.len())
        }
        None => {
            let mut escaped = false;
            let end = inside.find(|c| {
                let ends = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                ends
            })?;
            (end, 1)
        }
    };
    Some((open + end + close, &inside[..end]))
}

#[test]
fn code_comments_and_texts_are_told_apart() {
    let (code, texts) = take_apart(
        "let a = \"one \\\" // two\"; // three \"four\"\nlet b: &'a str = r#\"fi\"ve\"#;\nlet c = ['\"', '\\'', 'x', b\"y\"];\n",
    );
    assert_eq!(code, "let a = \"\"; \nlet b: &'a str = \"\";\nlet c = [' ', ' ', ' ', b\"\"];\n");
    assert_eq!(texts, [(1, "one \\\" // two".to_owned()), (2, "fi\"ve".to_owned()), (3, "y".to_owned())]);
}
