//! Folding what is at the caret or under the mouse, and everything.

use crate::app::App;
use crate::core::diagnostics::Severity;
use crate::core::text::regions;
use crate::strings::T;

impl App {
    /// Opens the fold on the caret's line; without one, folds the innermost part around the caret.
    pub(super) fn toggle_fold(&mut self) {
        let Some(file) = self.focused_file_mut() else { return };
        let line = file.editor.buffer().line_of(file.editor.selection().head);
        if file.editor.folds().at(line).is_some() {
            file.editor.unfold(line);
            return;
        }
        match regions::around(&file.editor, line) {
            Some(fold) => file.editor.fold(&[fold]),
            None => self.tell(T::WhyNothingToFold, Severity::Note),
        }
    }

    /// Folds or opens what begins on a line of the focused text; `false` if nothing does.
    pub(super) fn toggle_fold_of(&mut self, line: usize) -> bool {
        let Some(file) = self.focused_file_mut() else { return false };
        if file.editor.folds().at(line).is_some() {
            file.editor.unfold(line);
            return true;
        }
        let found = regions::opens(&file.editor, line)
            .then(|| regions::regions(&file.editor).into_iter().find(|fold| fold.head == line));
        let Some(fold) = found.flatten() else { return false };
        file.editor.fold(&[fold]);
        true
    }

    /// Folds every part that lies in no other one.
    pub(super) fn fold_all(&mut self) {
        let Some(file) = self.focused_file_mut() else { return };
        match regions::outermost(&file.editor).as_slice() {
            [] => self.tell(T::WhyNothingToFold, Severity::Note),
            parts => file.editor.fold(parts),
        }
    }
}
