//! What accepting an offer writes into YAML.

use std::ops::Range;

use crate::app::overlays::completion::Offer;
use crate::core::manifest::schema::Follows;

/// The columns between a key and the list or map below it, where the text does not show others.
const STEP: usize = 2;

/// The bytes of `text` that are replaced when `offer` takes the place of `word`, and by what. `None` if the word is
/// not in the text.
pub fn edit(text: &str, word: Range<usize>, offer: &Offer) -> Option<(Range<usize>, String)> {
    let (before, behind) = (text.get(..word.start)?, text.get(word.end..)?);
    let line = before.rsplit('\n').next()?;
    let rest = behind.split('\n').next()?;
    let is_quoted = line.ends_with(['"', '\'']);
    let name = if is_quoted { &offer.name } else { &offer.written };
    let has_colon = rest.trim_start().starts_with(':');
    if offer.follows == Follows::Nothing || has_colon || is_quoted {
        return Some((word, name.clone()));
    }
    if offer.follows == Follows::Value {
        // One blank between the `:` and what stands behind is enough.
        let blanks = rest.len() - rest.trim_start_matches(' ').len();
        let is_last = rest.trim().is_empty();
        let end = word.end + if is_last { blanks } else { 0 };
        return Some((word.start..end, format!("{name}: ")));
    }
    // A comment stays on the line of its key, and what stands below already stays there.
    let column = line.len();
    let is_list = offer.follows == Follows::List;
    if !rest.trim().is_empty() || has_children(behind, column, is_list) {
        return Some((word, format!("{name}:")));
    }
    let (step, dash) = if is_list { (list_step(text), "- ") } else { (STEP, "") };
    let new = format!("{name}:\n{}{dash}", " ".repeat(column + step));
    let carriage = usize::from(rest.ends_with('\r'));
    Some((word.start..word.end + rest.len() - carriage, new))
}

/// Whether the next line with content belongs to a key at `column`.
fn has_children(behind: &str, column: usize, is_list: bool) -> bool {
    let mut below = behind.lines().skip(1).filter(|line| {
        let line = line.trim();
        !line.is_empty() && !line.starts_with('#')
    });
    below.next().is_some_and(|line| {
        let at = indentation(line);
        at > column || is_list && at == column && is_item(line)
    })
}

/// The columns from a key to the dashes below it: as in the first list of the text.
fn list_step(text: &str) -> usize {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty()).peekable();
    while let Some(line) = lines.next() {
        let is_key = line.trim_end().ends_with(':') && !is_item(line);
        if let Some(next) = lines.peek().filter(|next| is_key && is_item(next)) {
            return if indentation(next) > indentation(line) { STEP } else { 0 };
        }
    }
    STEP
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

fn is_item(line: &str) -> bool {
    let line = line.trim();
    line == "-" || line.starts_with("- ")
}
