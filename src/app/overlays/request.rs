//! The pane of the request: who asks what about each document, one field a row. Every valid edit is judged at once.

use crate::app::App;
use crate::app::input::{Chord, Key};
use crate::app::msg::Now;
use crate::app::overlays::input::Input;
use crate::core::command_line;
use crate::core::file::{FileId, Role};
use crate::core::manifest::labels;
use crate::core::policy::options::{Asked, InputShape};
use crate::strings::{self, Lang, T};

/// The operations of an AdmissionRequest.
const OPERATIONS: [&str; 4] = ["CREATE", "UPDATE", "DELETE", "CONNECT"];
const SHAPES: [InputShape; 4] =
    [InputShape::Auto, InputShape::Object, InputShape::Request, InputShape::Review];
/// `-i` and `-t` of `kubectl exec`.
const TERMINALS: [(bool, bool); 4] = [(true, true), (true, false), (false, true), (false, false)];

/// A row of the pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    Operation,
    Command,
    Container,
    Terminal,
    Old,
    User,
    Groups,
    Namespace,
    Labels,
    Shape,
    Reading,
}

/// Why what stands in a field is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    text: T,
    what: String,
}

/// The open pane.
#[derive(Debug)]
pub struct RequestPane {
    /// The row that takes the keys.
    pub field: Field,
    texts: Vec<(Field, Input)>,
}

impl Field {
    const TEXTS: [Field; 6] =
        [Field::Command, Field::Container, Field::User, Field::Groups, Field::Namespace, Field::Labels];

    /// The rows that matter for what is asked.
    #[must_use]
    pub fn shown(asked: &Asked) -> Vec<Field> {
        let mut fields = vec![Field::Operation];
        match operation(asked) {
            "CONNECT" => fields.extend([Field::Command, Field::Container, Field::Terminal]),
            "UPDATE" | "DELETE" => fields.push(Field::Old),
            _ => {}
        }
        fields.extend([
            Field::User,
            Field::Groups,
            Field::Namespace,
            Field::Labels,
            Field::Shape,
            Field::Reading,
        ]);
        fields
    }

    /// What stands before it.
    #[must_use]
    pub const fn label(self) -> T {
        match self {
            Field::Operation => T::RequestOperation,
            Field::Command => T::RequestCommand,
            Field::Container => T::RequestContainer,
            Field::Terminal => T::RequestTerminal,
            Field::Old => T::RequestOld,
            Field::User => T::RequestUser,
            Field::Groups => T::RequestGroups,
            Field::Namespace => T::RequestNamespace,
            Field::Labels => T::RequestLabels,
            Field::Shape => T::RequestShape,
            Field::Reading => T::RequestReading,
        }
    }

    /// What is to be known about it, in a line.
    #[must_use]
    pub const fn about(self) -> T {
        match self {
            Field::Operation => T::RequestAboutOperation,
            Field::Command => T::RequestAboutCommand,
            Field::Container => T::RequestAboutContainer,
            Field::Terminal => T::RequestAboutTerminal,
            Field::Old => T::RequestAboutOld,
            Field::User => T::RequestAboutUser,
            Field::Groups => T::RequestAboutGroups,
            Field::Namespace => T::RequestAboutNamespace,
            Field::Labels => T::RequestAboutLabels,
            Field::Shape => T::RequestAboutShape,
            Field::Reading => T::RequestAboutReading,
        }
    }

    /// Whether text is typed into it; otherwise one of [`choices`] is chosen.
    #[must_use]
    pub fn is_text(self) -> bool {
        Self::TEXTS.contains(&self)
    }

    /// The value that counts while a text field is empty.
    #[must_use]
    pub fn placeholder(self, lang: Lang) -> String {
        let defaults = Asked::default().request();
        match self {
            Field::User => defaults.user,
            Field::Groups => defaults.groups.join(", "),
            Field::Namespace => defaults.namespace,
            Field::Labels => T::RequestNone.text(lang).to_owned(),
            Field::Container => T::RequestFirstContainer.text(lang).to_owned(),
            _ => String::new(),
        }
    }

    /// What is asked, as text to edit.
    fn write(self, asked: &Asked) -> String {
        match self {
            Field::Command => command_line::join(&asked.exec.command),
            Field::Container => asked.exec.container.clone(),
            Field::User => asked.user.clone(),
            Field::Groups => asked.groups.join(", "),
            Field::Namespace => asked.namespace.clone(),
            Field::Labels => {
                let labels = asked.namespace_labels.iter().map(|(key, value)| format!("{key}={value}"));
                labels.collect::<Vec<_>>().join(", ")
            }
            _ => String::new(),
        }
    }

    /// Takes an edited text over into what is asked.
    fn read(self, text: &str, asked: &mut Asked) -> Result<(), Fault> {
        let text = text.trim();
        let dns_label = || match text.is_empty() || labels::is_dns_label(text) {
            true => Ok(text.to_owned()),
            false => Err(Fault { text: T::RequestNotAName, what: text.to_owned() }),
        };
        match self {
            Field::Command => {
                let words = command_line::split(text).filter(|words| !words.is_empty());
                let text = if text.is_empty() { T::RequestNoCommand } else { T::RequestOpenQuote };
                asked.exec.command = words.ok_or(Fault { text, what: String::new() })?;
            }
            Field::Container => asked.exec.container = dns_label()?,
            Field::User => asked.user = text.to_owned(),
            Field::Groups => {
                let groups = text.split([',', '，', '、']).map(str::trim).filter(|group| !group.is_empty());
                asked.groups = groups.map(str::to_owned).collect();
            }
            Field::Namespace => asked.namespace = dns_label()?,
            Field::Labels => {
                // Full-width signs are what an input method gives; labels hold neither.
                let text = text.replace(['，', '、'], ",").replace('＝', "=");
                asked.namespace_labels = labels::parse(&text).map_err(|error| {
                    let (text, what) = strings::label_error(&error);
                    Fault { text, what: what.to_owned() }
                })?;
            }
            _ => {}
        }
        Ok(())
    }
}

impl Fault {
    /// In words.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        self.text.fill(lang, &[("what", &self.what)])
    }
}

impl RequestPane {
    /// The pane with what is asked, at a row.
    #[must_use]
    pub fn new(asked: &Asked, field: Field) -> Self {
        let text = |field: Field| (field, Input::new(&field.write(asked)));
        Self { field, texts: Field::TEXTS.map(text).into() }
    }

    /// The line of a text field.
    #[must_use]
    pub fn input(&self, field: Field) -> Option<&Input> {
        self.texts.iter().find(|(known, _)| *known == field).map(|(_, input)| input)
    }

    /// The line that takes the keys, if the row is one.
    pub fn input_mut(&mut self) -> Option<&mut Input> {
        let field = self.field;
        self.texts.iter_mut().find(|(known, _)| *known == field).map(|(_, input)| input)
    }

    /// Why the text of a field is not taken.
    #[must_use]
    pub fn fault(&self, field: Field) -> Option<Fault> {
        field.read(&self.input(field)?.text(), &mut Asked::default()).err()
    }

    /// Goes to the next or previous row.
    pub fn step(&mut self, asked: &Asked, forward: bool) {
        let fields = Field::shown(asked);
        let at = fields.iter().position(|field| *field == self.field).unwrap_or(0);
        let next = if forward { at + 1 } else { at + fields.len().saturating_sub(1) };
        self.field = fields.get(next % fields.len().max(1)).copied().unwrap_or(Field::Operation);
    }

    /// Keeps to a row that is there.
    pub fn keep_to(&mut self, asked: &Asked) {
        if !Field::shown(asked).contains(&self.field) {
            self.field = Field::Operation;
        }
    }

    /// A key that changes the text of the row, and what is asked then; `asked` if the text is not valid.
    pub fn edit(&mut self, asked: &Asked, edit: impl FnOnce(&mut Input)) -> Asked {
        let mut changed = asked.clone();
        let field = self.field;
        if let Some(input) = self.input_mut() {
            let before = input.editor.buffer().revision();
            edit(input);
            // What is not changed is not read again: a default stays one.
            if input.editor.buffer().revision() != before && field.read(&input.text(), &mut changed).is_err()
            {
                changed.clone_from(asked);
            }
        }
        changed
    }
}

/// The operation that is asked.
#[must_use]
pub fn operation(asked: &Asked) -> &str {
    if asked.operation.is_empty() { "CREATE" } else { &asked.operation }
}

/// The choices of a row, each with what is asked if it is chosen, and which one it is now.
#[must_use]
pub fn choices(app: &App, field: Field) -> (Vec<(String, Asked)>, usize) {
    let lang = app.settings.lang;
    let with = |change: &dyn Fn(&mut Asked)| {
        let mut asked = app.asked.clone();
        change(&mut asked);
        asked
    };
    let choices: Vec<(String, Asked)> = match field {
        Field::Operation => OPERATIONS
            .iter()
            .map(|name| {
                let stored = if *name == "CREATE" { "" } else { name };
                ((*name).to_owned(), with(&|asked| stored.clone_into(&mut asked.operation)))
            })
            .collect(),
        Field::Shape => SHAPES
            .iter()
            .map(|shape| (shape_name(*shape).to_owned(), with(&|asked| asked.shape = *shape)))
            .collect(),
        Field::Reading => [(T::RequestStored, false), (T::RequestWritten, true)]
            .iter()
            .map(|(text, raw)| (text.text(lang).to_owned(), with(&|asked| asked.raw = *raw)))
            .collect(),
        Field::Terminal => TERMINALS
            .iter()
            .map(|(stdin, tty)| {
                let name = match (stdin, tty) {
                    (true, true) => "-it",
                    (true, false) => "-i",
                    (false, true) => "-t",
                    (false, false) => T::RequestNone.text(lang),
                };
                let change = |asked: &mut Asked| (asked.exec.stdin, asked.exec.tty) = (*stdin, *tty);
                (name.to_owned(), with(&change))
            })
            .collect(),
        Field::Old => old_objects(app)
            .map(|(name, file)| {
                let name = name.map_or_else(|| T::RequestNone.text(lang).to_owned(), str::to_owned);
                (name, with(&|asked| asked.old = file))
            })
            .collect(),
        _ => Vec::new(),
    };
    let now = choices.iter().position(|(_, asked)| *asked == app.asked).unwrap_or(0);
    (choices, now)
}

/// The files that can hold the old objects, and none of them.
pub fn old_objects(app: &App) -> impl Iterator<Item = (Option<&str>, Option<FileId>)> {
    let manifests = app.files.iter().filter(|file| file.role == Role::Manifest);
    std::iter::once((None, None)).chain(manifests.map(|file| (Some(file.short_name()), Some(file.id))))
}

/// As a policy names it.
const fn shape_name(shape: InputShape) -> &'static str {
    match shape {
        InputShape::Auto => "auto",
        InputShape::Object => "object",
        InputShape::Request => "input.request",
        InputShape::Review => "input.review",
    }
}

/// What a key chooses on a row of choices, if it does.
#[must_use]
pub fn chosen(app: &App, field: Field, chord: Chord) -> Option<Asked> {
    let (choices, now) = choices(app, field);
    let count = choices.len();
    let next = match chord.key {
        Key::Left => now + count.checked_sub(1)?,
        Key::Right | Key::Char(' ') => now + 1,
        Key::Home => 0,
        Key::End => count.checked_sub(1)?,
        // Of several that begin with the letter, the next one.
        Key::Char(_) => {
            let letter = chord.typed()?;
            let begins = |at: &usize| {
                choices.get(at % count.max(1)).is_some_and(|(name, _)| {
                    let name = name.trim_start_matches("input.").trim_start_matches('-');
                    name.chars().next().is_some_and(|first| first.eq_ignore_ascii_case(&letter))
                })
            };
            (now + 1..=now + count).find(begins)?
        }
        _ => return None,
    };
    choices.into_iter().nth(next % count.max(1)).map(|(_, asked)| asked)
}

impl RequestPane {
    /// A key for the line of the row; what is asked then.
    pub fn key(&mut self, asked: &Asked, chord: Chord, now: Now) -> Asked {
        self.edit(asked, |input| {
            input.key(chord, now);
        })
    }
}
