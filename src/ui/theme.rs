//! What things look like: one style for each meaning.
//!
//! The default uses the 16 colours of the terminal, so that it follows the user's scheme; it sets no background but
//! where something is selected. The light and the dark theme bring their own colours. Without colours (`NO_COLOR`)
//! bold, underlined and reversed text say the same. No meaning is carried by colour alone: there is a sign or a word.

use ratatui::style::{Color, Modifier, Style};

use crate::app::settings;
use crate::core::decision::Verdict;
use crate::core::diagnostics::Severity;
use crate::core::text::lex::TokenKind;

/// The styles of one theme. Those that lie over others (`selection`, `current_line`, the underlines) only set what they
/// change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    /// Under everything.
    pub base: Style,
    /// Line numbers, places, times; a decision that is out of date.
    pub dim: Style,
    /// The name of what is looked at.
    pub strong: Style,
    pub border: Style,
    pub border_focused: Style,
    pub title: Style,
    pub title_focused: Style,
    /// Unsaved, edited.
    pub modified: Style,
    pub deny: Style,
    pub warn: Style,
    pub allow: Style,
    pub not_judged: Style,
    /// A remark that is neither right nor wrong.
    pub note: Style,
    /// A place that leads somewhere.
    pub link: Style,
    /// Under the selected text.
    pub selection: Style,
    /// Under the selected item of a list.
    pub chosen: Style,
    /// Under the line of the caret, in the focused editor.
    pub current_line: Style,
    pub line_number: Style,
    pub line_number_current: Style,
    /// The end-of-line note of a finding that is not an error of the text.
    pub fired: Style,
    pub bracket: Style,
    pub search: Style,
    pub search_current: Style,
    /// Markers of hidden characters.
    pub marker: Style,
    /// The line of hints: a key, and what it does.
    pub key: Style,
    pub hint: Style,
    /// The state at the left of the status line.
    pub edit: Style,
    pub nav: Style,
    /// Characters of an item that the input matches.
    pub matched: Style,
    /// A button, and the one that Enter presses.
    pub button: Style,
    pub button_focused: Style,
    pub diff_old: Style,
    pub diff_new: Style,
    /// Lines under text may have a colour.
    pub coloured_underline: bool,
    tokens: Tokens,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Tokens {
    keyword: Style,
    operator: Style,
    punctuation: Style,
    string: Style,
    escape: Style,
    number: Style,
    constant: Style,
    comment: Style,
    definition: Style,
    call: Style,
    root: Style,
    key: Style,
    anchor: Style,
    tag: Style,
}

const BOLD: Modifier = Modifier::BOLD;
const UNDERLINED: Modifier = Modifier::UNDERLINED;
const REVERSED: Modifier = Modifier::REVERSED;

/// The colours of a theme that brings its own.
struct Palette {
    background: Color,
    text: Color,
    dim: Color,
    border: Color,
    accent: Color,
    red: Color,
    yellow: Color,
    green: Color,
    grey: Color,
    purple: Color,
    orange: Color,
    cyan: Color,
    pink: Color,
    selection: Color,
    line: Color,
    search: Color,
    bar: Color,
}

const fn rgb(hex: u32) -> Color {
    Color::Rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

const DARK: Palette = Palette {
    background: rgb(0x15181e),
    text: rgb(0xd8dee9),
    dim: rgb(0x8a94a6),
    border: rgb(0x465062),
    accent: rgb(0x7aa2f7),
    red: rgb(0xff7a85),
    yellow: rgb(0xe8c46f),
    green: rgb(0x8fd694),
    grey: rgb(0xb3bccb),
    purple: rgb(0xc59dff),
    orange: rgb(0xffa066),
    cyan: rgb(0x7fd3e8),
    pink: rgb(0xff9ec4),
    selection: rgb(0x33415f),
    line: rgb(0x1d222b),
    search: rgb(0x5c4b1f),
    bar: rgb(0x1d222b),
};

const LIGHT: Palette = Palette {
    background: rgb(0xfcfcfa),
    text: rgb(0x24292f),
    dim: rgb(0x626b77),
    border: rgb(0xb4bcc6),
    accent: rgb(0x0550ae),
    red: rgb(0xb3142b),
    yellow: rgb(0x7d5200),
    green: rgb(0x1a6b32),
    grey: rgb(0x57606a),
    purple: rgb(0x7a45c9),
    orange: rgb(0x953800),
    cyan: rgb(0x0a6a85),
    pink: rgb(0xa0306a),
    selection: rgb(0xcbe0ff),
    line: rgb(0xf1f3f5),
    search: rgb(0xffe9a8),
    bar: rgb(0xeef1f4),
};

impl Theme {
    /// The theme of the settings.
    #[must_use]
    pub fn of(choice: settings::Theme) -> Self {
        match choice {
            settings::Theme::Ansi => Self::ansi(),
            settings::Theme::Light => Self::light(),
            settings::Theme::Dark => Self::dark(),
            settings::Theme::None => Self::none(),
        }
    }

    /// The terminal's own 16 colours.
    #[must_use]
    pub fn ansi() -> Self {
        let fg = |color| Style::new().fg(color);
        let dim = Style::new().add_modifier(Modifier::DIM);
        // Colours of the text would become a patchwork of backgrounds.
        let turned = Style::new().fg(Color::Reset).add_modifier(REVERSED).remove_modifier(Modifier::DIM);
        Self {
            base: Style::new(),
            dim,
            strong: Style::new().add_modifier(BOLD),
            border: dim,
            border_focused: fg(Color::Blue),
            title: Style::new(),
            title_focused: fg(Color::Blue).add_modifier(BOLD),
            modified: fg(Color::Yellow),
            deny: fg(Color::Red).add_modifier(BOLD),
            warn: fg(Color::Yellow).add_modifier(BOLD),
            allow: fg(Color::Green).add_modifier(BOLD),
            not_judged: Style::new().add_modifier(BOLD),
            note: fg(Color::Cyan),
            link: dim,
            selection: turned,
            chosen: turned,
            current_line: Style::new(),
            line_number: dim,
            line_number_current: Style::new().add_modifier(BOLD),
            fired: fg(Color::Magenta),
            bracket: Style::new().add_modifier(BOLD.union(UNDERLINED)),
            search: fg(Color::Black).bg(Color::Yellow),
            search_current: fg(Color::Black).bg(Color::Cyan).add_modifier(BOLD),
            marker: fg(Color::Red).add_modifier(REVERSED),
            key: Style::new().add_modifier(BOLD),
            hint: Style::new(),
            edit: fg(Color::Black).bg(Color::Green).add_modifier(BOLD),
            nav: fg(Color::Black).bg(Color::Blue).add_modifier(BOLD),
            matched: fg(Color::Blue).add_modifier(BOLD),
            button: Style::new(),
            button_focused: Style::new().add_modifier(REVERSED.union(BOLD)),
            diff_old: fg(Color::Red),
            diff_new: fg(Color::Green),
            coloured_underline: true,
            tokens: Tokens {
                keyword: fg(Color::Magenta),
                operator: Style::new(),
                punctuation: Style::new(),
                string: fg(Color::Green),
                escape: fg(Color::LightGreen),
                number: fg(Color::Yellow),
                constant: fg(Color::Yellow),
                comment: fg(Color::Cyan),
                definition: fg(Color::Blue).add_modifier(BOLD),
                call: fg(Color::Blue),
                root: fg(Color::LightMagenta),
                key: fg(Color::Blue),
                anchor: fg(Color::Magenta),
                tag: fg(Color::LightBlue),
            },
        }
    }

    /// For a dark background, which it brings.
    #[must_use]
    pub fn dark() -> Self {
        Self::painted(&DARK)
    }

    /// For a light background, which it brings.
    #[must_use]
    pub fn light() -> Self {
        Self::painted(&LIGHT)
    }

    /// No colour at all.
    #[must_use]
    pub fn none() -> Self {
        let plain = Style::new();
        let bold = plain.add_modifier(BOLD);
        let dim = plain.add_modifier(Modifier::DIM);
        let reversed = plain.add_modifier(REVERSED);
        let turned = reversed.remove_modifier(Modifier::DIM);
        Self {
            base: plain,
            dim,
            strong: bold,
            border: dim,
            border_focused: plain,
            title: plain,
            title_focused: bold,
            modified: plain,
            deny: bold.add_modifier(REVERSED),
            warn: bold.add_modifier(UNDERLINED),
            allow: bold,
            not_judged: bold,
            note: plain,
            link: dim,
            selection: turned,
            chosen: turned,
            current_line: plain,
            line_number: dim,
            line_number_current: bold,
            fired: plain,
            bracket: bold.add_modifier(UNDERLINED),
            search: plain.add_modifier(UNDERLINED),
            search_current: reversed.add_modifier(BOLD),
            marker: reversed,
            key: bold,
            hint: plain,
            edit: reversed.add_modifier(BOLD),
            nav: reversed.add_modifier(BOLD),
            matched: bold.add_modifier(UNDERLINED),
            button: plain,
            button_focused: reversed.add_modifier(BOLD),
            diff_old: plain,
            diff_new: bold,
            coloured_underline: false,
            tokens: Tokens {
                keyword: bold,
                operator: plain,
                punctuation: plain,
                string: plain,
                escape: plain,
                number: plain,
                constant: plain,
                comment: plain.add_modifier(Modifier::ITALIC),
                definition: bold,
                call: plain,
                root: plain,
                key: plain,
                anchor: plain,
                tag: plain,
            },
        }
    }

    fn painted(p: &Palette) -> Self {
        let fg = |color: Color| Style::new().fg(color);
        let on = |color: Color| Style::new().bg(color);
        Self {
            base: fg(p.text).bg(p.background),
            dim: fg(p.dim),
            strong: fg(p.text).add_modifier(BOLD),
            border: fg(p.border),
            border_focused: fg(p.accent),
            title: fg(p.dim),
            title_focused: fg(p.accent).add_modifier(BOLD),
            modified: fg(p.orange),
            deny: fg(p.red).add_modifier(BOLD),
            warn: fg(p.yellow).add_modifier(BOLD),
            allow: fg(p.green).add_modifier(BOLD),
            not_judged: fg(p.grey).add_modifier(BOLD),
            note: fg(p.cyan),
            link: fg(p.dim),
            selection: on(p.selection),
            chosen: on(p.selection),
            current_line: on(p.line),
            line_number: fg(p.dim),
            line_number_current: fg(p.text).add_modifier(BOLD),
            fired: fg(p.purple),
            bracket: on(p.selection).add_modifier(BOLD),
            search: on(p.search),
            search_current: fg(p.background).bg(p.yellow).add_modifier(BOLD),
            marker: fg(p.background).bg(p.orange),
            key: fg(p.text).add_modifier(BOLD),
            hint: fg(p.dim),
            edit: fg(p.background).bg(p.green).add_modifier(BOLD),
            nav: fg(p.background).bg(p.accent).add_modifier(BOLD),
            matched: fg(p.accent).add_modifier(BOLD),
            button: fg(p.text).bg(p.bar),
            button_focused: fg(p.background).bg(p.accent).add_modifier(BOLD),
            diff_old: fg(p.red),
            diff_new: fg(p.green),
            coloured_underline: true,
            tokens: Tokens {
                keyword: fg(p.purple),
                operator: fg(p.text),
                punctuation: fg(p.grey),
                string: fg(p.green),
                escape: fg(p.cyan),
                number: fg(p.orange),
                constant: fg(p.orange),
                comment: fg(p.dim).add_modifier(Modifier::ITALIC),
                definition: fg(p.accent).add_modifier(BOLD),
                call: fg(p.cyan),
                root: fg(p.pink),
                key: fg(p.accent),
                anchor: fg(p.purple),
                tag: fg(p.cyan),
            },
        }
    }

    /// The style of a verdict's sign and word.
    #[must_use]
    pub fn verdict(&self, verdict: Verdict) -> Style {
        match verdict {
            Verdict::Deny => self.deny,
            Verdict::Warn => self.warn,
            Verdict::Allow => self.allow,
            Verdict::NotJudged => self.not_judged,
        }
    }

    /// The style of a remark's sign.
    #[must_use]
    pub fn severity(&self, severity: Severity) -> Style {
        match severity {
            Severity::Error => self.deny,
            Severity::Warning => self.warn,
            Severity::Note => self.note,
        }
    }

    /// The style of a piece of text.
    #[must_use]
    pub fn token(&self, kind: TokenKind) -> Style {
        let tokens = &self.tokens;
        match kind {
            TokenKind::Keyword => tokens.keyword,
            TokenKind::Operator => tokens.operator,
            TokenKind::Punctuation => tokens.punctuation,
            TokenKind::String => tokens.string,
            TokenKind::Escape => tokens.escape,
            TokenKind::Number => tokens.number,
            TokenKind::Constant => tokens.constant,
            TokenKind::Comment => tokens.comment,
            TokenKind::Definition => tokens.definition,
            TokenKind::Call => tokens.call,
            TokenKind::Root => tokens.root,
            TokenKind::Name => Style::new(),
            TokenKind::Key => tokens.key,
            TokenKind::Anchor => tokens.anchor,
            TokenKind::Tag => tokens.tag,
            TokenKind::Invalid => self.underline(Severity::Error),
        }
    }

    /// The line under a remark's text. Where lines have no colour of their own it is a plain line; the sign in the
    /// gutter says the rest.
    #[must_use]
    pub fn underline(&self, severity: Severity) -> Style {
        let line = Style::new().add_modifier(UNDERLINED);
        match self.severity(severity).fg {
            Some(color) if self.coloured_underline => line.underline_color(color),
            _ => line,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance of WCAG 2.
    fn luminance(color: Color) -> f64 {
        let Color::Rgb(r, g, b) = color else { panic!("{color}") };
        let part = |value: u8| {
            let value = f64::from(value) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b)
    }

    fn contrast(one: Color, two: Color) -> f64 {
        let (one, two) = (luminance(one), luminance(two));
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    #[test]
    fn all_text_can_be_read_on_every_background_it_lies_on() {
        for (name, p) in [("dark", &DARK), ("light", &LIGHT)] {
            let texts = [
                p.text, p.dim, p.accent, p.red, p.yellow, p.green, p.grey, p.purple, p.orange, p.cyan, p.pink,
            ];
            for (index, text) in texts.into_iter().enumerate() {
                assert!(contrast(text, p.background) >= 4.5, "{name} {index}");
                assert!(contrast(text, p.line) >= 4.5, "{name} {index} on the current line");
                assert!(contrast(text, p.selection) >= 3.0, "{name} {index} selected");
            }
        }
    }

    #[test]
    fn without_colour_there_is_none() {
        let shown = format!("{:?}", Theme::none());
        for color in ["Red", "Yellow", "Green", "Blue", "Rgb"] {
            assert!(!shown.contains(color), "{color}");
        }
    }

    #[test]
    fn verdicts_differ_in_every_theme() {
        let all = [Verdict::Deny, Verdict::Warn, Verdict::Allow];
        for theme in [Theme::ansi(), Theme::dark(), Theme::light(), Theme::none()] {
            for (at, one) in all.iter().enumerate() {
                for two in all.iter().skip(at + 1) {
                    assert_ne!(theme.verdict(*one), theme.verdict(*two));
                }
            }
        }
    }
}
