//! Names of policies on the screen: where they are defined and used, renaming, what is known of them, the outline.
//!
//! The trees are kept here beside those of the judge: they are asked between two keys, when the judge may be at work.

use std::collections::HashMap;
use std::ops::Range;

use serde_json::Value;

use crate::app::App;
use crate::app::files::Files;
use crate::app::overlays::input::Input;
use crate::app::overlays::list::List;
use crate::app::overlays::{Overlay, PlaceItem, Prompt};
use crate::core::diagnostics::Severity;
use crate::core::file::{FileId, Revision};
use crate::core::manifest::request::{Shape, input};
use crate::core::manifest::{self, Manifest};
use crate::core::policy::options::{Asked, InputShape};
use crate::core::rego::ast::StatementKind;
use crate::core::rego::chunk::IncrementalModule;
use crate::core::rego::complete::{Offered, complete, kind_of};
use crate::core::rego::metadata::metadata_above;
use crate::core::rego::names::about;
use crate::core::rego::parser::{ParseOptions, Version};
use crate::core::rego::symbols::{Place, Refusal, Source, Symbol, Symbols};
use crate::core::text::Change;
use crate::core::text::editor::EditAction;
use crate::strings::T;

/// The trees of the open policies, as of their revisions, and the manifest at hand.
#[derive(Debug, Default)]
pub struct Policies {
    trees: HashMap<FileId, (Revision, IncrementalModule)>,
    manifest: Option<(FileId, Revision, Manifest)>,
}

impl Policies {
    /// The package of a file, if it says one.
    pub(super) fn package(&self, file: FileId) -> Option<String> {
        let (_, tree) = self.trees.get(&file)?;
        tree.parsed().module.statements.iter().find_map(|placed| match &placed.statement.kind {
            StatementKind::Package(package) => Some(package.path.join(".")),
            _ => None,
        })
    }

    /// Reads what changed.
    pub(super) fn look(&mut self, files: &Files) {
        self.trees.retain(|id, _| files.get(*id).is_some_and(|file| file.is_rego()));
        for file in files.iter().filter(|file| file.is_rego()) {
            let revision = file.editor.buffer().revision();
            match self.trees.get_mut(&file.id) {
                Some((seen, _)) if *seen == revision => {}
                Some((seen, tree)) => {
                    tree.update(&file.editor.buffer().to_string());
                    *seen = revision;
                }
                None => {
                    let tree = read(&file.editor.buffer().to_string());
                    self.trees.insert(file.id, (revision, tree));
                }
            }
        }
    }

    /// The names of all policies, and the file of each source.
    fn symbols(&self, files: &Files) -> (Vec<FileId>, Symbols<'_>) {
        let known = files.iter().filter_map(|file| Some((file.id, &self.trees.get(&file.id)?.1)));
        let (ids, sources) =
            known.map(|(id, tree)| (id, Source { text: tree.text(), module: &tree.parsed().module })).unzip();
        (ids, Symbols::new(sources))
    }

    /// The manifest of a file, as it is now.
    fn manifest(&mut self, files: &Files, id: FileId) -> Option<&Manifest> {
        let buffer = files.get(id)?.editor.buffer();
        let revision = buffer.revision();
        if self.manifest.as_ref().is_none_or(|(of, seen, _)| (*of, *seen) != (id, revision)) {
            self.manifest = Some((id, revision, manifest::read(&buffer.to_string())));
        }
        self.manifest.as_ref().map(|(_, _, manifest)| manifest)
    }

    /// What may be typed at a byte of a policy; the fields of `input` are those of the document at the caret of
    /// `manifest`.
    pub(super) fn complete(
        &mut self,
        files: &Files,
        file: FileId,
        byte: usize,
        manifest: Option<FileId>,
        asked: &Asked,
    ) -> Offered {
        self.look(files);
        let object = manifest.and_then(|id| {
            let caret = files.get(id)?.editor.selection().head;
            let manifest = self.manifest(files, id)?;
            let at = manifest.objects().find(|object| object.range.contains(&caret));
            at.or_else(|| manifest.objects().next()).map(|object| object.value.clone())
        });
        let (ids, symbols) = self.symbols(files);
        let Some(index) = ids.iter().position(|id| *id == file) else { return Offered::default() };
        let text = symbols.sources().get(index).map(|source| source.text).unwrap_or_default();
        complete(&symbols, index, byte, &mut || Some(judged(object.as_ref()?, text, asked)))
    }
}

/// The tree of a text, in the version of the language in which it parses.
fn read(text: &str) -> IncrementalModule {
    let tree = IncrementalModule::new(text, ParseOptions::default());
    if !tree.parsed().is_clean() {
        let old = IncrementalModule::new(text, ParseOptions { version: Version::V0 });
        if old.parsed().is_clean() {
            return old;
        }
    }
    tree
}

/// What a policy with this text gets as `input`.
fn judged(object: &Value, text: &str, asked: &Asked) -> Value {
    let request = asked.request();
    let shape = match asked.shape {
        InputShape::Object => Shape::Object,
        InputShape::Request => Shape::Request,
        InputShape::Review => Shape::Review,
        InputShape::Auto if text.contains("input.request") => Shape::Request,
        InputShape::Auto if text.contains("input.review") || text.contains("input.parameters") => {
            Shape::Review
        }
        InputShape::Auto => Shape::Object,
    };
    input(object, shape, &request)
}

impl App {
    /// Where the name at the caret is defined: goes there, or shows all places if there are several.
    pub(super) fn go_to_definition(&mut self) {
        self.with_symbol(|app, ids, symbols, symbol| {
            let places = app.places(ids, &symbols.definitions(symbol));
            let is_builtin = matches!(symbol, Symbol::Builtin(_));
            move |app: &mut Self| match places.as_slice() {
                [] if is_builtin => app.hover(),
                [] => app.tell(T::NothingDefined, Severity::Note),
                [place] => app.jump(place.file, &place.range),
                _ => app.list_places(T::DefinitionsTitle, places),
            }
        });
    }

    /// All places that mean what the name at the caret means.
    pub(super) fn find_references(&mut self) {
        self.with_symbol(|app, ids, symbols, symbol| {
            let places = app.places(ids, &symbols.references(symbol));
            move |app: &mut Self| app.list_places(T::ReferencesTitle, places)
        });
    }

    /// Asks for another name.
    pub(super) fn ask_name(&mut self) {
        self.with_symbol(|app, _, _, symbol| {
            let name = app.name_at_caret();
            let is_builtin = matches!(symbol, Symbol::Builtin(_));
            move |app: &mut Self| {
                if is_builtin {
                    return app.tell(T::RefusedBuiltin, Severity::Warning);
                }
                let prompt = Prompt { title: T::RenameTitle, input: Input::selected(&name), error: None };
                app.overlays.push(Overlay::Rename(prompt));
            }
        });
    }

    /// Gives the name at the caret another one, in all open policies; one undo step in each. A refusal is shown.
    pub(super) fn rename(&mut self) {
        let lang = self.settings.lang;
        let Some(Overlay::Rename(prompt)) = self.overlays.last() else { return };
        let new = prompt.input.text().trim().to_owned();
        let mut result = None;
        self.with_symbol(|app, ids, symbols, symbol| {
            let renamed = symbols.rename(symbol, &new);
            result = Some(match renamed {
                Ok(edits) => {
                    let edits = edits.into_iter().filter_map(|(file, edits)| Some((*ids.get(file)?, edits)));
                    let edits: Vec<_> = edits.collect();
                    let locked = edits
                        .iter()
                        .find(|(id, _)| app.files.get(*id).is_none_or(|file| file.is_read_only()));
                    match locked {
                        Some((id, _)) => {
                            Err(T::RefusedReadOnly.fill(lang, &[("file", &app.files.name(*id))]))
                        }
                        None => Ok(edits),
                    }
                }
                Err(refusal) => Err(app.refusal(ids, &new, &refusal)),
            });
            |_: &mut Self| {}
        });
        match result {
            Some(Ok(edits)) => {
                self.overlays.pop();
                let now = self.now;
                let places: usize = edits.iter().map(|(_, edits)| edits.len()).sum();
                let count = edits.len();
                for (id, edits) in edits {
                    let Some(file) = self.files.get_mut(id) else { continue };
                    let changes = edits.into_iter().map(|(range, new)| Change { range, new }).collect();
                    let outcome = file.editor.act(EditAction::ReplaceAll(changes), now);
                    self.after(id, outcome);
                    self.reveal(id);
                }
                let text = T::RenameDone.fill(lang, &[("count", &places), ("files", &count)]);
                self.say(text, Severity::Note);
            }
            Some(Err(why)) => {
                if let Some(Overlay::Rename(prompt)) = self.overlays.last_mut() {
                    prompt.error = Some(why);
                }
            }
            None => drop(self.overlays.pop()),
        }
    }

    fn refusal(&self, ids: &[FileId], new: &str, refusal: &Refusal) -> String {
        let lang = self.settings.lang;
        let place = |place: &Place| {
            let items = self.places(ids, std::slice::from_ref(place));
            items.into_iter().next().map(|item| item.place).unwrap_or_default()
        };
        match refusal {
            Refusal::Builtin => T::RefusedBuiltin.text(lang).to_owned(),
            Refusal::NotAName => T::RefusedNotAName.text(lang).to_owned(),
            Refusal::Keyword => T::RefusedKeyword.fill(lang, &[("name", &new)]),
            Refusal::NameOfBuiltin => T::RefusedNameOfBuiltin.fill(lang, &[("name", &new)]),
            Refusal::Taken(at) => T::RefusedTaken.fill(lang, &[("name", &new), ("place", &place(at))]),
            Refusal::Broken(at) => T::RefusedBroken.fill(lang, &[("place", &place(at))]),
        }
    }

    /// Shows what is known of the name at the caret.
    pub(super) fn hover(&mut self) {
        self.with_symbol(|app, ids, symbols, symbol| {
            let (title, text) = app.known_of(ids, symbols, symbol);
            move |app: &mut Self| app.overlays.push(Overlay::Whole { title, text, scroll: 0 })
        });
    }

    /// A title and the text about a symbol.
    fn known_of(&self, ids: &[FileId], symbols: &Symbols, symbol: Symbol) -> (String, String) {
        let lang = self.settings.lang;
        let mut lines = Vec::new();
        let name = self.name_at_caret();
        if let Symbol::Builtin(full) = symbol {
            if let Some(about) = about(full) {
                lines.push(format!("{full}{}", about.signature));
                let doc = about.text(lang);
                if !doc.is_empty() {
                    lines.extend([String::new(), doc.to_owned()]);
                }
            }
            return (full.to_owned(), lines.join("\n"));
        }
        let places = symbols.definitions(symbol);
        for place in &places {
            let Some(source) = symbols.sources().get(place.file) else { continue };
            let statement = source.module.statements.iter().find(|s| s.range().contains(&place.range.start));
            let Some(statement) = statement else { continue };
            if let StatementKind::Rule(rule) = &statement.statement.kind
                && let Symbol::Rule { .. } = symbol
            {
                if lines.is_empty() {
                    let kind = kind_of(rule);
                    let gap = if kind.starts_with('(') { "" } else { "  " };
                    lines.push(format!("{name}{gap}{kind}"));
                }
                for about in metadata_above(source.text, statement.start) {
                    lines.extend([String::new(), about]);
                }
            }
        }
        lines.push(String::new());
        let items = self.places(ids, &places);
        lines.extend(items.into_iter().map(|item| format!("{}  {}", item.place, item.text)));
        (name, lines.join("\n").trim_start().to_owned())
    }

    /// The rules of the focused policy, to go to one.
    pub(super) fn open_outline(&mut self) {
        self.policies.look(&self.files);
        let Some(id) = self.focused_file().map(|file| file.id) else { return };
        let Some((_, tree)) = self.policies.trees.get(&id) else { return };
        let rules = tree.parsed().module.statements.iter().filter_map(|placed| {
            let StatementKind::Rule(rule) = &placed.statement.kind else { return None };
            Some((placed.start, rule.head.span.at(placed.start)))
        });
        let Some(file) = self.files.get(id) else { return };
        let items = rules.map(|(start, head)| PlaceItem {
            file: id,
            range: start..start,
            place: format!(":{}", file.editor.buffer().line_of(start) + 1),
            text: one_line(tree.text().get(start..head.end).unwrap_or_default()),
        });
        let items = items.collect();
        self.list_places(T::OutlineTitle, items);
    }

    fn name_at_caret(&self) -> String {
        let Some(file) = self.focused_file() else { return String::new() };
        let text = file.editor.buffer().to_string();
        let caret = file.editor.selection().head;
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let before = text.get(..caret).unwrap_or_default();
        let behind = text.get(caret..).unwrap_or_default();
        let start = before.trim_end_matches(is_word).len();
        let end = caret + behind.len() - behind.trim_start_matches(is_word).len();
        text.get(start..end).unwrap_or_default().to_owned()
    }

    /// Asks about the name at the caret, then does what came of it; says so if there is none.
    fn with_symbol<Then: FnOnce(&mut Self)>(
        &mut self,
        ask: impl FnOnce(&Self, &[FileId], &Symbols, Symbol) -> Then,
    ) {
        let Some((id, caret)) = self.focused_file().map(|file| (file.id, file.editor.selection().head))
        else {
            return;
        };
        let mut policies = std::mem::take(&mut self.policies);
        policies.look(&self.files);
        let then = {
            let (ids, symbols) = policies.symbols(&self.files);
            let found = ids.iter().position(|of| *of == id).and_then(|index| symbols.at(index, caret));
            found.map(|found| ask(self, &ids, &symbols, found.symbol))
        };
        self.policies = policies;
        match then {
            Some(then) => then(self),
            None => self.tell(T::NoNameHere, Severity::Note),
        }
    }

    /// Places for a list.
    fn places(&self, ids: &[FileId], places: &[Place]) -> Vec<PlaceItem> {
        let item = |place: &Place| {
            let file = self.files.get(*ids.get(place.file)?)?;
            Some(self.place_item(file.id, place.range.clone()))
        };
        places.iter().filter_map(item).collect()
    }

    pub(super) fn place_item(&self, id: FileId, range: Range<usize>) -> PlaceItem {
        let (line, text) = self.files.get(id).map_or((0, String::new()), |file| {
            let buffer = file.editor.buffer();
            let line = buffer.line_of(range.start);
            (line + 1, one_line(&buffer.line(line)))
        });
        let place = format!("{}:{line}", self.files.name(id));
        PlaceItem { file: id, range, place, text }
    }

    pub(super) fn list_places(&mut self, title: T, items: Vec<PlaceItem>) {
        let items = items.into_iter().map(|item| {
            let text = item.text.clone();
            (item, text)
        });
        self.overlays.push(Overlay::Places { title, list: List::new(items.collect()) });
    }

    /// Enter on a place.
    pub(super) fn go_to_place(&mut self, file: FileId, range: &Range<usize>) {
        self.overlays.pop();
        self.jump(file, range);
    }
}

/// A text as one line, its blanks as single ones.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
