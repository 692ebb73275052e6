//! Fixes of remarks, made with one key at the caret.

use crate::app::App;
use crate::app::editing::place_caret;
use crate::app::files::OpenFile;
use crate::core::diagnostics::{Diagnostic, Fix, Severity};
use crate::core::file::Role;
use crate::core::rego::parser::{ParseOptions, Version, parse};
use crate::core::text::Change;
use crate::core::text::editor::EditAction;
use crate::strings::T;

impl OpenFile {
    /// The fix that the key would make: of the gravest remark under the caret, or else on its line.
    #[must_use]
    pub fn fix_here(&self) -> Option<&Fix> {
        let buffer = self.editor.buffer();
        let caret = self.editor.selection().head;
        let line = buffer.line_range(buffer.line_of(caret));
        let touches = |remark: &Diagnostic| {
            remark.range.start <= line.end
                && (remark.range.end > line.start || remark.range.start >= line.start)
        };
        let under = |remark: &Diagnostic| remark.range.start <= caret && caret <= remark.range.end;
        self.diagnostics
            .all()
            .iter()
            .filter(|remark| touches(remark) && remark.fix.is_some())
            .max_by_key(|remark| (under(remark), remark.severity, std::cmp::Reverse(remark.range.start)))
            .and_then(|remark| remark.fix.as_ref())
    }
}

impl App {
    /// Makes the fix at the caret, in one undo step. Where the text would not be read better than before, or is not the
    /// one that the fix was made for, nothing is done.
    pub(super) fn quick_fix(&mut self) {
        let now = self.now;
        let Some(file) = self.focused_file() else { return };
        let (id, text) = (file.id, file.editor.buffer().to_string());
        let Some(fix) = file.fix_here().cloned() else { return self.tell(T::WhyNoFix, Severity::Note) };
        let sound =
            fix.applied(&text).is_some_and(|new| file.role != Role::Policy || reads_as_well(&text, &new));
        if !sound {
            return self.tell(T::FixOutdated, Severity::Warning);
        }
        let first = fix.edits.first().map_or(0, |edit| edit.range.start);
        let changes = fix.edits.into_iter().map(|edit| Change { range: edit.range, new: edit.new }).collect();
        let Some(file) = self.files.get_mut(id) else { return };
        let caret = file.editor.selection().head;
        let outcome = file.editor.act(EditAction::ReplaceAll(changes), now);
        // Many edits leave the caret at the last of them.
        let moved = outcome.changes.len() > 1;
        self.after(id, outcome);
        if let Some(file) = self.files.get_mut(id).filter(|_| moved) {
            place_caret(file, caret.max(first));
        }
        self.reveal(id);
        self.say(T::FixDone.fill(self.settings.lang, &[("fix", &fix.title)]), Severity::Note);
    }
}

/// Whether a new text has no more errors than the old one, in the version in which the old one is read better.
fn reads_as_well(old: &str, new: &str) -> bool {
    let errors = |text: &str, version| parse(text, ParseOptions { version }).errors().len();
    let (v1, v0) = (errors(old, Version::V1), errors(old, Version::V0));
    let to_v1 = errors(new, Version::V1);
    to_v1 < v1 || (to_v1 == 0 && v1 == 0) || (v0 == 0 && errors(new, Version::V0) == 0)
}
