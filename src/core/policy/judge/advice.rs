//! Advice on the policies ([`lint`]), and fixes for errors. Neither has a part in the decision.

use std::collections::HashMap;

use super::{Judge, Read};
use crate::core::diagnostics::{Diagnostic, Origin};
use crate::core::file::{FileId, Role};
use crate::core::rego::lint::{LintOptions, Memo, Source, lint, repair};

/// What was advised last.
#[derive(Default)]
pub(super) struct Advice {
    memo: Memo,
    /// What the kinds were that it knew.
    schemas_print: u64,
    by_file: HashMap<FileId, Vec<Diagnostic>>,
}

impl Judge {
    /// Looks at the policies again, if they or the kinds that are known changed. Statements that did not change cost
    /// nothing.
    pub(super) fn advise(&mut self, texts_changed: bool) {
        let print = self.surroundings.schemas_print;
        if !texts_changed && self.advice.schemas_print == print {
            return;
        }
        let policies: Vec<_> = self
            .files
            .values()
            .filter(|file| file.source.role == Role::Policy)
            .filter_map(|file| {
                let text = file.source.text.strip_prefix('\u{feff}').unwrap_or(&file.source.text);
                let parsed = file.syntax.parsed()?;
                let whole = matches!(file.read, Some(Read::Policy(Ok(_))));
                let name = file.source.name.as_str();
                Some((
                    file.source.file,
                    Source { name, text, module: &parsed.module, whole, template: false },
                ))
            })
            .collect();
        let sources: Vec<Source<'_>> = policies.iter().map(|(_, source)| *source).collect();
        let options = LintOptions {
            schemas: &self.surroundings.schemas,
            schemas_print: print,
            lang: self.options.lang,
        };
        let found = lint(&sources, options, &mut self.advice.memo);
        self.advice.by_file = policies.iter().map(|(id, _)| *id).zip(found).collect();
        self.advice.schemas_print = print;
    }

    /// Adds the advice on a file to its errors, which get their fixes.
    pub(super) fn add_advice(&self, file: FileId, remarks: &mut Vec<Diagnostic>) {
        let Some(of) = self.files.get(&file).filter(|of| of.source.role == Role::Policy) else { return };
        let text = of.source.text.strip_prefix('\u{feff}').unwrap_or(&of.source.text);
        if let Some(parsed) = of.syntax.parsed() {
            let errors = |remark: &&mut Diagnostic| matches!(remark.origin, Origin::Syntax | Origin::Compile);
            for remark in remarks.iter_mut().filter(errors) {
                repair(remark, text, &parsed.module, self.options.lang);
            }
        }
        let advice = self.advice.by_file.get(&file).into_iter().flatten();
        // What OPA itself says of a place needs no advice.
        let said = |advice: &&Diagnostic| remarks.iter().any(|error| error.range.start == advice.range.start);
        let new: Vec<Diagnostic> = advice.filter(|advice| !said(advice)).cloned().collect();
        remarks.extend(new);
    }
}
