//! What typing does: characters, line breaks with indentation, tabs, deleting.

use super::edit::Draft;
use super::editor::Editor;
use super::encoding::normalise_line_ends;
use super::folds::Folds;
use super::history::Kind;
use super::lex::{self, Language, Token, TokenKind};
use super::motion::{self, Motion, indentation_len};
use super::selection::Selection;
use super::{bracket, lines, view};

/// How far back the bracket is looked for that a typed one closes.
const BRACKET_LINES: usize = 1_000;

/// A typed character. A closing bracket at the start of a line goes below the line of its opening one.
pub fn character(editor: &Editor, c: char) -> Draft {
    let selection = editor.selection().range();
    match c {
        '\r' | '\n' => newline(editor),
        '}' | ']' | ')' if editor.selection().is_empty() => {
            dedented(editor, c).unwrap_or_else(|| Draft::replace(selection, c, Kind::Typing))
        }
        _ => Draft::replace(selection, c, Kind::Typing),
    }
}

fn dedented(editor: &Editor, c: char) -> Option<Draft> {
    let (buffer, caret) = (editor.buffer(), editor.selection().head);
    let line = buffer.line_of(caret);
    let before = buffer.text(buffer.line_start(line)..caret);
    let in_text = lex::begins_in_text(editor.language(), editor.line_state(line));
    if editor.language() == Language::Plain || in_text || !before.trim().is_empty() {
        return None;
    }
    let open = bracket::open_at(buffer, &|line| editor.tokens(line), caret, BRACKET_LINES)?;
    let opening = buffer.line(buffer.line_of(open));
    let indentation = opening.get(..indentation_len(&opening))?;
    let less = indentation.len() < before.len();
    less.then(|| Draft::replace(buffer.line_start(line)..caret, format!("{indentation}{c}"), Kind::Typing))
}

/// Several characters typed ahead.
pub fn insert(editor: &Editor, text: &str) -> Draft {
    let text = normalise_line_ends(text);
    let kind = if text.contains('\n') { Kind::Single } else { Kind::Typing };
    Draft::replace(editor.selection().range(), text, kind)
}

/// Text from the clipboard: an undo step of its own.
pub fn paste(editor: &Editor, text: &str) -> Draft {
    Draft::replace(editor.selection().range(), normalise_line_ends(text), Kind::Single)
}

/// The Tab key: a tab in Rego, spaces to the next even column in YAML; indents when lines are selected.
pub fn tab(editor: &Editor) -> Draft {
    let (buffer, range) = (editor.buffer(), editor.selection().range());
    if buffer.line_of(range.start) != buffer.line_of(range.end) {
        return lines::indent(editor);
    }
    let (_, cell) = view::cell_of(buffer, range.start);
    let new = match editor.language() {
        Language::Yaml => " ".repeat(2 - cell % 2),
        Language::Rego => "\t".to_owned(),
        Language::Plain => " ".repeat(4 - cell % 4),
    };
    Draft::replace(range, new, Kind::Single)
}

/// The selection, a step of YAML's indentation, or the grapheme before the caret.
pub fn backspace(editor: &Editor) -> Option<Draft> {
    let (buffer, selection) = (editor.buffer(), editor.selection());
    if selection.is_empty() && editor.language() == Language::Yaml {
        let caret = selection.head;
        let before = buffer.text(buffer.line_start(buffer.line_of(caret))..caret);
        if before.len() > 1 && before.bytes().all(|byte| byte == b' ') {
            return Some(Draft::replace(caret - (2 - before.len() % 2)..caret, "", Kind::DeletingBack));
        }
    }
    delete_to(editor, Motion::Left, Kind::DeletingBack)
}

/// Deletes the selection, or from the caret to where a motion leads. `None` when there is nothing to delete.
pub fn delete_to(editor: &Editor, motion: Motion, kind: Kind) -> Option<Draft> {
    let selection = editor.selection();
    if !selection.is_empty() {
        return Some(Draft::replace(selection.range(), "", Kind::Single));
    }
    let (to, _) = motion::target(editor.buffer(), &Folds::default(), selection.head, motion, None);
    let range = Selection::new(selection.head, to).range();
    (!range.is_empty()).then(|| Draft::replace(range, "", kind))
}

/// To the line's end; at the end, the line break.
pub fn delete_to_line_end(editor: &Editor) -> Option<Draft> {
    let (buffer, caret) = (editor.buffer(), editor.selection().head);
    let at_end = caret == buffer.line_end(buffer.line_of(caret));
    delete_to(editor, if at_end { Motion::Right } else { Motion::LineEnd }, Kind::Single)
}

/// A line break. The new line is indented like this one, or deeper where something was opened; blanks at the break go.
pub fn newline(editor: &Editor) -> Draft {
    let (buffer, selection) = (editor.buffer(), editor.selection().range());
    let first = buffer.line_of(selection.start);
    let start = buffer.line_start(first);
    let before = buffer.slice(start..selection.start);
    let after = buffer.slice(selection.end..buffer.line_end(buffer.line_of(selection.end)));
    let head = Head::read(editor.language(), &before, editor.line_state(first));
    let same = before.get(..indentation_len(&before)).unwrap_or_default();
    if head.ends_in_text {
        return Draft::replace(selection, format!("\n{same}"), Kind::Single);
    }
    let from = start + before.trim_end_matches([' ', '\t']).len();
    let range = from..selection.end + indentation_len(&after);
    let deeper = head.next_indentation(editor.language(), same);
    let closes = head
        .opened()
        .zip(after.trim_start().chars().next())
        .is_some_and(|pair| matches!(pair, ('{', '}') | ('[', ']') | ('(', ')')));
    let mut draft = Draft::replace(range, format!("\n{deeper}"), Kind::Single);
    if closes && let Some(change) = draft.changes.first_mut() {
        change.new.push('\n');
        change.new.push_str(same);
    }
    draft
}

/// The part of a line before the caret, read.
struct Head<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    /// The line break will be part of a string or block scalar that began before; its blanks count.
    ends_in_text: bool,
    /// The header of a YAML block scalar stands at the end.
    begins_block: bool,
}

impl<'a> Head<'a> {
    fn read(language: Language, text: &'a str, state: lex::LineState) -> Self {
        let mut tokens = Vec::new();
        let end = lex::line(language, text, state, &mut tokens);
        tokens.retain(|token| token.kind != TokenKind::Comment);
        let ends_in_text = lex::begins_in_text(language, end);
        let last = tokens.last().and_then(|token| text.get(token.range.clone()));
        let begins_block = language == Language::Yaml
            && ends_in_text
            && last.is_some_and(|last| last.starts_with(['|', '>']))
            && tokens.last().is_some_and(|token| token.kind == TokenKind::Punctuation);
        Self { text, tokens, ends_in_text: ends_in_text && !begins_block, begins_block }
    }

    /// The last character of code with its token.
    fn last(&self) -> Option<(char, Option<&Token>)> {
        let end = self.tokens.last().map_or(0, |token| token.range.end);
        let tail = self.text.get(end..).unwrap_or_default();
        // A comment was dropped from the tokens; what else no token covers is code.
        let tail = tail.split('#').next().unwrap_or_default().trim_end();
        match tail.chars().next_back() {
            Some(c) => Some((c, None)),
            None => {
                let token = self.tokens.last()?;
                Some((self.text.get(token.range.clone())?.chars().next_back()?, Some(token)))
            }
        }
    }

    /// The bracket that opens at the end.
    fn opened(&self) -> Option<char> {
        let (c, token) = self.last()?;
        let code = token.is_none_or(|token| token.kind == TokenKind::Punctuation);
        (code && matches!(c, '{' | '[' | '(')).then_some(c)
    }

    fn next_indentation(&self, language: Language, same: &str) -> String {
        match language {
            Language::Plain => same.to_owned(),
            Language::Rego if self.opened().is_some() => format!("{same}{}", self.rego_unit(same)),
            Language::Rego => same.to_owned(),
            Language::Yaml => self.yaml_indentation(same),
        }
    }

    /// A tab, unless this line is indented with spaces.
    fn rego_unit(&self, same: &str) -> &'static str {
        match same.len() {
            _ if !same.starts_with(' ') => "\t",
            spaces if spaces % 4 == 2 => "  ",
            _ => "    ",
        }
    }

    fn yaml_indentation(&self, same: &str) -> String {
        let (dash, content) = list_columns(self.text);
        let deeper = |column: usize| " ".repeat(column + 2);
        if self.opened().is_some() {
            return format!("{same}  ");
        }
        match self.last() {
            Some((':', Some(token))) if token.kind == TokenKind::Punctuation => deeper(content),
            _ if self.begins_block => deeper(if self.has_key() { content } else { dash.unwrap_or(content) }),
            Some(('-', Some(token))) if token.kind == TokenKind::Punctuation && dash.is_some() => {
                deeper(dash.unwrap_or(content))
            }
            _ if dash.is_some() && self.has_key() => " ".repeat(content),
            _ => same.to_owned(),
        }
    }

    fn has_key(&self) -> bool {
        self.tokens.iter().any(|token| token.kind == TokenKind::Key)
    }
}

/// The column of the last dash of a list and that of what follows the dashes.
fn list_columns(text: &str) -> (Option<usize>, usize) {
    let mut dash = None;
    let mut at = indentation_len(text);
    while let Some(after) = text.get(at..).and_then(|rest| rest.strip_prefix('-')) {
        if !after.is_empty() && !after.starts_with(' ') {
            break;
        }
        dash = Some(at);
        at += 1 + indentation_len(after);
    }
    (dash, at)
}
