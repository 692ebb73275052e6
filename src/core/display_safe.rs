//! Makes text from outside safe to show: manifests, messages of policies, file names.
//!
//! A terminal obeys what it is sent. An `ESC` in a Pod's annotation can clear the screen or answer in the user's
//! name (CVE-2021-25743 was this in kubectl), `\r` hides the start of a line, bidi controls and zero-width characters
//! make a text read differently from what it is. Here such characters become visible markers, `\x1b` or `<U+202E>`.
//! They are escaped and never removed, because removing them changes what the text says without telling anyone.
//!
//! Architecture invariant: text from outside reaches a cell of the screen, stdout or stderr only through this module.
//! JSON output is the exception, since JSON has escapes of its own.

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthChar;

/// More zero-width marks than this on one base are a trick, not writing: Hebrew and Tibetan get by with fewer.
const MAX_MARKS: usize = 8;

/// The text with everything that a terminal would obey, or a reader not see, as a visible marker.
///
/// Line feeds stay, for the caller to lay out. Emoji sequences, flags and composed characters (か + U+3099) stay
/// whole. The result can be given in again without change.
#[must_use]
pub fn display_safe(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for grapheme in text.graphemes(true) {
        push_safe(grapheme, &mut safe);
    }
    if safe == text { Cow::Borrowed(text) } else { Cow::Owned(safe) }
}

/// The text made safe, on one line: line feeds are shown as `\n`.
#[must_use]
pub fn one_line(text: &str) -> String {
    display_safe(text).replace('\n', "\\n")
}

/// What an editor shows in place of this grapheme; `None` if it can be shown as it is. Tabs and line feeds are the
/// editor's own business.
#[must_use]
pub fn marker(grapheme: &str) -> Option<String> {
    if grapheme == "\t" {
        return None;
    }
    match display_safe(grapheme) {
        Cow::Borrowed(_) => None,
        Cow::Owned(marker) => Some(marker.trim_end_matches('\n').to_owned()),
    }
}

/// A character that needs no look at its neighbours: visible, and no part of a sequence.
fn is_plain(c: char) -> bool {
    matches!(c, ' '..='~' | '\n') || (c > '~' && !is_hidden(c) && !is_zero_width(c))
}

/// Appends one grapheme, its dangerous characters as markers.
fn push_safe(grapheme: &str, safe: &mut String) {
    let mut marks = 0;
    for (at, c) in grapheme.char_indices() {
        let before = grapheme.get(..at).unwrap_or_default();
        let after = grapheme.get(at + c.len_utf8()..).unwrap_or_default();
        let shown = if is_plain(c) {
            true
        } else if is_hidden(c) {
            belongs_to_emoji(before, c, after)
        } else if is_zero_width(c) {
            // Without a base of its own a mark would land on whatever the screen shows before it.
            marks += 1;
            !before.is_empty() && marks <= MAX_MARKS
        } else {
            false
        };
        if shown {
            safe.push(c);
        } else {
            push_marker(c, safe);
        }
    }
}

/// Appends the marker of a character: short for ASCII controls, by code point for all others.
fn push_marker(c: char, safe: &mut String) {
    let code = u32::from(c);
    // Writing to a String cannot fail.
    let _ = match c {
        '\t' => write!(safe, "\\t"),
        '\r' => write!(safe, "\\r"),
        '\0'..='\x1f' | '\x7f' => write!(safe, "\\x{code:02x}"),
        _ => write!(safe, "<U+{code:04X}>"),
    };
}

/// Controls, and characters that change how others are shown while they are invisible themselves: Unicode's
/// `Default_Ignorable_Code_Point` and bidi controls, line separators, annotation marks.
fn is_hidden(c: char) -> bool {
    c.is_control() && c != '\n'
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// Takes no cell of its own. Terminals draw the half-width sound marks ﾞ and ﾟ in one.
fn is_zero_width(c: char) -> bool {
    c.width() == Some(0) && !matches!(c, '\u{ff9e}' | '\u{ff9f}')
}

/// Whether a hidden character is the part of an emoji that it is made for, given the rest of its grapheme.
fn belongs_to_emoji(before: &str, c: char, after: &str) -> bool {
    match c {
        // 👨‍👩‍👧: joins two pictures, the first perhaps with a skin tone or a presentation selector.
        '\u{200d}' => {
            let first = before.trim_end_matches(|c| matches!(c, '\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}'));
            first.chars().next_back().is_some_and(is_picture) && after.chars().next().is_some_and(is_picture)
        }
        // ❤️ and 1️⃣: chooses the colourful or the plain form of the one before it.
        '\u{fe0e}' | '\u{fe0f}' => {
            before.chars().next_back().is_some_and(is_picture)
                || matches!(before, "#" | "*" | "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9")
                    && after == "\u{20e3}"
        }
        // 🏴󠁧󠁢󠁥󠁮󠁧󠁿: the three flags that are spelt in tags. Any other text in tags is a hidden message.
        '\u{e0020}'..='\u{e007f}' => {
            let tags = before.chars().skip(1).chain([c]).chain(after.chars());
            let spelt: String =
                tags.filter_map(|tag| char::from_u32(u32::from(tag).wrapping_sub(0xe0000))).collect();
            before.starts_with('\u{1f3f4}') && matches!(&*spelt, "gbeng\x7f" | "gbsct\x7f" | "gbwls\x7f")
        }
        _ => false,
    }
}

/// Whether this is an `Extended_Pictographic`. Asks the tables of the segmenter instead of keeping a copy: only after
/// such a character does a joiner hold on to a following picture (rule GB11 of UAX 29).
fn is_picture(c: char) -> bool {
    !c.is_ascii() && !is_hidden(c) && format!("{c}\u{200d}\u{2764}").graphemes(true).count() == 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_a_terminal_would_obey_becomes_visible() {
        for (raw, safe) in [
            ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
            ("\x1b]52;c;aGk=\x07", r"\x1b]52;c;aGk=\x07"),
            ("allowed\rdenied", r"allowed\rdenied"),
            ("a\tb\0c\x7f", r"a\tb\x00c\x7f"),
            ("\u{9b}31m", "<U+009B>31m"),
            ("two\nlines", "two\nlines"),
            ("dos\r\nline", "dos\\r\nline"),
        ] {
            assert_eq!(display_safe(raw), safe, "{raw:?}");
        }
    }

    #[test]
    fn what_a_reader_would_not_see_becomes_visible() {
        for (raw, safe) in [
            ("user\u{202e}nimda", "user<U+202E>nimda"),
            ("\u{2066}a\u{2069}", "<U+2066>a<U+2069>"),
            ("\u{200e}\u{200f}\u{61c}", "<U+200E><U+200F><U+061C>"),
            ("ad\u{200b}min", "ad<U+200B>min"),
            ("ad\u{200d}min", "ad<U+200D>min"),
            ("\u{feff}kind", "<U+FEFF>kind"),
            ("soft\u{ad}hyphen", "soft<U+00AD>hyphen"),
            ("a\u{2028}b\u{2029}c", "a<U+2028>b<U+2029>c"),
            ("a\u{2060}\u{2064}", "a<U+2060><U+2064>"),
            ("a\u{e0041}\u{e007f}", "a<U+E0041><U+E007F>"),
            ("🏴\u{e0068}\u{e0069}\u{e007f}", "🏴<U+E0068><U+E0069><U+E007F>"),
            ("a\u{fe0f}", "a<U+FE0F>"),
            ("😀\u{fe0f}\u{fe0f}", "😀\u{fe0f}<U+FE0F>"),
            ("葛\u{e0100}", "葛<U+E0100>"),
            ("\u{3164}", "<U+3164>"),
            ("1\u{fe0f}", "1<U+FE0F>"),
        ] {
            assert_eq!(display_safe(raw), safe, "{raw:?}");
        }
    }

    #[test]
    fn writing_stays_as_it_is() {
        for text in [
            "",
            "hostPID shares the node's processes",
            "特権コンテナー",
            "か\u{3099}",
            "ｶﾞ",
            "👨\u{200d}👩\u{200d}👧",
            "👩🏽\u{200d}🚒",
            "🏳\u{fe0f}\u{200d}🌈",
            "❤\u{fe0f}",
            "1\u{fe0f}\u{20e3}",
            "🇯🇵",
            "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
            "שָׁלוֹם",
            "한국어",
            "हिन्दी",
            "a\u{a0}b",
        ] {
            assert!(
                matches!(display_safe(text), Cow::Borrowed(_)),
                "{text:?} became {:?}",
                display_safe(text)
            );
        }
    }

    #[test]
    fn piled_up_marks_are_cut_short() {
        let piled = format!("e{}", "\u{301}".repeat(10));
        let safe = display_safe(&piled);
        assert_eq!(safe, format!("e{}<U+0301><U+0301>", "\u{301}".repeat(8)));
    }

    #[test]
    fn a_mark_without_a_base_does_not_reach_the_text_before_it() {
        assert_eq!(display_safe("\u{301}x"), "<U+0301>x");
        assert_eq!(display_safe("a\n\u{3099}"), "a\n<U+3099>");
    }

    #[test]
    fn one_line_shows_line_feeds() {
        assert_eq!(one_line("a\nb\r\n"), r"a\nb\r\n");
    }

    #[test]
    fn an_editor_gets_a_marker_only_where_it_needs_one() {
        for (grapheme, expected) in [
            ("a", None),
            ("\t", None),
            ("\n", None),
            ("か\u{3099}", None),
            ("\u{1b}", Some(r"\x1b")),
            ("\r\n", Some(r"\r")),
            ("\u{202e}", Some("<U+202E>")),
        ] {
            assert_eq!(marker(grapheme).as_deref(), expected, "{grapheme:?}");
        }
    }

    /// Text made of the characters that this module is about, with some that it must leave alone.
    fn nasty() -> impl Strategy<Value = String> {
        let pieces = prop_oneof![
            any::<char>().prop_map(String::from),
            prop::char::range('\0', '\u{a0}').prop_map(String::from),
            prop::char::range('\u{2000}', '\u{206f}').prop_map(String::from),
            prop::char::range('\u{e0000}', '\u{e007f}').prop_map(String::from),
            prop::sample::select(vec![
                "👩", "\u{200d}", "\u{fe0f}", "🏽", "か", "\u{3099}", "\u{301}", "🏴", "1"
            ])
            .prop_map(str::to_owned),
        ];
        prop::collection::vec(pieces, 0..24).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn nothing_dangerous_is_left(text in nasty()) {
            let safe = display_safe(&text);
            prop_assert!(!safe.chars().any(|c| c.is_control() && c != '\n'), "{safe:?}");
            let bidi = |c| matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}');
            prop_assert!(!safe.contains(bidi), "{safe:?}");
            prop_assert!(!one_line(&text).contains('\n'));
        }

        #[test]
        fn safe_text_stays_the_same(text in nasty()) {
            let safe = display_safe(&text).into_owned();
            prop_assert_eq!(display_safe(&safe), safe.as_str());
        }

        #[test]
        fn editors_and_messages_show_the_same(text in "[a-z\u{1b}\u{202e}\u{200d}👩か\u{3099}]{0,12}") {
            let by_grapheme: String = text
                .graphemes(true)
                .map(|g| marker(g).unwrap_or_else(|| g.to_owned()))
                .collect();
            prop_assert_eq!(display_safe(&text), by_grapheme);
        }
    }
}
