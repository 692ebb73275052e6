//! What clusters said, for scripts and for people.
//!
//! ```text
//! pods/web.yaml:1  Deployment shop/web
//!   ✓ kind-dev  ALLOWED, would be created
//!   ✗ prod-eu   DENIED by Pod Security, level restricted (latest)
//!       pods/web.yaml:12:5  privileged (container "shell" must not set securityContext.privileged=true)
//!
//! 1 document on 2 contexts: 1 allowed, 1 denied, 0 not judged
//! ```

use std::fmt::Write as _;
use std::ops::Range;

use serde_json::{Map, Value, json};

use super::NamedFile;
use super::text::{self, Style};
use crate::core::decision::{self, Place, Verdict as Decided};
use crate::core::display_safe::one_line;
use crate::core::dry_run::{Action, Agreement, Answer, Parity, Verdict, command};
use crate::core::file::FileId;
use crate::core::manifest::Manifest;
use crate::core::policy::place::Lines;
use crate::strings::{self, T};

/// What was asked about: an object of a file, or the Pod it makes.
#[derive(Debug, Clone)]
pub struct Row {
    pub file: FileId,
    pub index: usize,
    pub derived: bool,
    /// 1-based line of the object.
    pub line: usize,
    pub api_version: String,
    pub kind: String,
    pub namespace: String,
    pub name: String,
    /// The local verdict and what it says, if policies were given.
    pub local: Option<decision::Verdict>,
    /// By context, in the order of [`DryRun::contexts`].
    pub said: Vec<Said>,
}

/// What a context said of a row.
#[derive(Debug, Clone)]
pub enum Said {
    Answer {
        answer: Box<Answer>,
        parity: Option<Parity>,
    },
    /// It could not be asked: why, in words.
    Nothing(String),
}

/// All of it.
pub struct DryRun<'a> {
    pub contexts: &'a [String],
    pub rows: &'a [Row],
    pub files: &'a [NamedFile],
    /// The manifests, each with its file.
    pub manifests: &'a [(FileId, Manifest)],
    /// Documents that cannot be read.
    pub unread: usize,
    pub manager: &'a str,
    pub force: bool,
}

/// How many answers there are of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    pub allowed: usize,
    pub denied: usize,
    pub not_judged: usize,
}

impl Said {
    /// The verdict in the words of the local decision.
    #[must_use]
    pub fn decided(&self) -> Decided {
        match self {
            Said::Answer { answer, .. } => answer.verdict.decision(),
            Said::Nothing(_) => Decided::NotJudged,
        }
    }
}

impl DryRun<'_> {
    /// Counts the answers. A document that cannot be read is not judged.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = Counts { not_judged: self.unread, ..Counts::default() };
        for said in self.rows.iter().flat_map(|row| &row.said) {
            match said.decided() {
                Decided::Allow | Decided::Warn => counts.allowed += 1,
                Decided::Deny => counts.denied += 1,
                Decided::NotJudged => counts.not_judged += 1,
            }
        }
        counts
    }

    fn name(&self, file: FileId) -> &str {
        self.files.iter().find(|named| named.file == file).map_or("-", |named| &named.name)
    }

    /// Where a pointer of an object stands, or the nearest part around it that is written.
    fn place(&self, row: &Row, pointer: &str) -> Option<Place> {
        let (_, manifest) = self.manifests.iter().find(|(file, _)| *file == row.file)?;
        let object = manifest.objects().find(|object| object.index == row.index)?;
        let mut pointer = pointer;
        let range: Range<usize> = loop {
            if let Some(span) = object.span(pointer) {
                break span.key.unwrap_or(span.value);
            }
            pointer = pointer.rsplit_once('/')?.0;
        };
        let text = &self.files.iter().find(|named| named.file == row.file)?.text;
        Some(Lines::of(text).place(row.file, text, range))
    }
}

/// The JSON of `dry-run -o json`. Keys are added, never changed.
#[must_use]
pub fn json(report: &DryRun, style: Style) -> Value {
    let mut documents: Vec<Value> = Vec::new();
    for row in report.rows {
        let document = document(report, row, style);
        if row.derived {
            // Behind the workload that makes it.
            let derived = documents.last_mut().and_then(|workload| workload.get_mut("derived"));
            if let Some(derived) = derived.and_then(Value::as_array_mut) {
                derived.push(document);
                continue;
            }
        }
        documents.push(document);
    }
    let counts = report.counts();
    json!({
        "version": 1,
        "contexts": report.contexts,
        "documents": documents,
        "summary": {
            "documents": report.rows.iter().filter(|row| !row.derived).count() + report.unread,
            "allowed": counts.allowed,
            "denied": counts.denied,
            "not_judged": counts.not_judged,
        },
    })
}

fn document(report: &DryRun, row: &Row, style: Style) -> Value {
    let mut document = json!({
        "file": report.name(row.file),
        "index": row.index,
        "line": row.line,
        "apiVersion": row.api_version,
        "kind": row.kind,
        "namespace": row.namespace,
        "name": row.name,
        "derived": [],
        "answers": report.contexts.iter().zip(&row.said).map(|(context, said)| match said {
            Said::Answer { answer, parity } => one_answer(report, row, answer, parity.as_ref(), style),
            Said::Nothing(why) => json!({ "context": context, "verdict": "not_judged", "reason": why }),
        }).collect::<Vec<_>>(),
    });
    if let (Some(local), Some(fields)) = (row.local, document.as_object_mut()) {
        fields.insert("local".to_owned(), serde_json::to_value(local).unwrap_or_default());
    }
    document
}

fn one_answer(report: &DryRun, row: &Row, answer: &Answer, parity: Option<&Parity>, style: Style) -> Value {
    // `verdict`, and `by`, `why`, `kind` or `missing`.
    let mut fields = match serde_json::to_value(&answer.verdict) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    };
    for (from, to) in [("by", "judge"), ("why", "because"), ("kind", "conflict")] {
        if let Some(value) = fields.remove(from) {
            fields.insert(to.to_owned(), value);
        }
    }
    let mut set = |key: &str, value: Value| drop(fields.insert(key.to_owned(), value));
    set("context", answer.context.as_str().into());
    set("message", answer.message.as_str().into());
    set("messages", serde_json::to_value(&answer.messages).unwrap_or_default());
    let problems: Vec<Value> = answer
        .problems
        .iter()
        .map(|problem| {
            let place = problem.pointer.as_deref().and_then(|pointer| report.place(row, pointer));
            json!({
                "path": problem.path,
                "pointer": problem.pointer,
                "message": problem.message,
                "file": report.name(row.file),
                "line": place.as_ref().map(|place| place.line),
                "column": place.as_ref().map(|place| place.column),
            })
        })
        .collect();
    set("problems", problems.into());
    set("warnings", answer.warnings.clone().into());
    set("change", serde_json::to_value(answer.change).unwrap_or_default());
    set("conflicts", serde_json::to_value(&answer.conflicts).unwrap_or_default());
    set("namespace", answer.target.object.namespace.as_str().into());
    set("status", answer.status.into());
    set("requests", serde_json::to_value(&answer.requests).unwrap_or_default());
    if answer.verdict.decision() == Decided::NotJudged {
        set("reason", reason(answer, style).into());
    }
    if let Some(parity) = parity {
        set("parity", serde_json::to_value(parity).unwrap_or_default());
    }
    if !row.derived {
        set("command", kubectl(report, row, answer).into());
    }
    Value::Object(fields)
}

/// Why an answer is no verdict, in words.
fn reason(answer: &Answer, style: Style) -> String {
    match &answer.verdict {
        Verdict::Forbidden { missing } => strings::missing(missing, style.lang),
        Verdict::NotJudged { why } => strings::unjudged(why, style.lang),
        _ => String::new(),
    }
}

fn kubectl(report: &DryRun, row: &Row, answer: &Answer) -> String {
    let action = Action::DryRun { file: report.name(row.file), manager: report.manager, force: report.force };
    command(&action, &answer.context, &answer.target.object.namespace)
}

/// The report as text, safe to print.
#[must_use]
pub fn text(report: &DryRun, style: Style) -> String {
    let mut out = String::new();
    let width = report.contexts.iter().map(|name| one_line(name).chars().count()).max().unwrap_or(0);
    for row in report.rows {
        let object = match (row.namespace.as_str(), row.name.as_str()) {
            ("", name) => one_line(name),
            (namespace, name) => one_line(&format!("{namespace}/{name}")),
        };
        let mark = if row.derived { "  ▸ " } else { "" };
        let local = row.local.map_or_else(String::new, |local| {
            let word = format!("{} {}", sign(local), strings::verdict(local, style.lang));
            format!("  {}: {}", T::ClusterLocal.text(style.lang), paint(&word, local, style))
        });
        let file = one_line(report.name(row.file));
        let _ = writeln!(out, "{mark}{file}:{}  {} {object}{local}", row.line, one_line(&row.kind));
        for (context, said) in report.contexts.iter().zip(&row.said) {
            let context = one_line(context);
            let gap = " ".repeat(width.saturating_sub(context.chars().count()));
            let decided = said.decided();
            let words = match said {
                Said::Answer { answer, .. } => strings::server_verdict(answer, style.lang),
                Said::Nothing(why) => T::SaidNotJudged.fill(style.lang, &[("why", why)]),
            };
            let sign = paint(sign(decided), decided, style);
            let _ = writeln!(out, "  {sign} {context}{gap}  {}", paint(&one_line(&words), decided, style));
            if let Said::Answer { answer, parity } = said {
                details(&mut out, report, row, answer, parity.as_ref(), style);
            }
        }
    }
    let counts = report.counts();
    if !report.rows.is_empty() {
        out.push('\n');
    }
    let documents = report.rows.iter().filter(|row| !row.derived).count() + report.unread;
    out.push_str(&T::DryRunSummary.fill(
        style.lang,
        &[
            ("documents", &documents),
            ("contexts", &report.contexts.len()),
            ("allowed", &counts.allowed),
            ("denied", &counts.denied),
            ("not_judged", &counts.not_judged),
        ],
    ));
    out.push('\n');
    out
}

fn details(
    out: &mut String,
    report: &DryRun,
    row: &Row,
    answer: &Answer,
    parity: Option<&Parity>,
    style: Style,
) {
    let mut line = |text: &str| {
        for part in text.lines() {
            let _ = writeln!(out, "      {}", one_line(part));
        }
    };
    match &answer.verdict {
        Verdict::Forbidden { missing } => line(&strings::missing(missing, style.lang)),
        _ if answer.problems.is_empty() => {
            for message in &answer.messages {
                match &message.constraint {
                    Some(constraint) => line(&format!("[{constraint}] {}", message.text)),
                    None => line(&message.text),
                }
            }
        }
        _ => {}
    }
    for problem in &answer.problems {
        let place = problem.pointer.as_deref().and_then(|pointer| report.place(row, pointer));
        let text = match place {
            Some(place) => {
                format!("{}:{}:{}: {}", report.name(row.file), place.line, place.column, problem.message)
            }
            None => format!("{}: {}", problem.path, problem.message),
        };
        line(&text);
    }
    answer.warnings.iter().for_each(|warning| line(&format!("! {warning}")));
    answer.conflicts.iter().for_each(|conflict| line(&strings::conflict(conflict, style.lang)));
    if let Some(parity) = parity
        && matches!(parity.agreement, Agreement::OnlyClusterDenies | Agreement::OnlyLocalDenies)
    {
        let mut text = strings::disagreement(parity, style.lang).into_iter().next().unwrap_or_default();
        if let Some(cause) = parity.causes.first() {
            text.push_str(": ");
            text.push_str(&strings::cause(cause, style.lang));
        }
        line(&format!("! {text}"));
    }
}

fn sign(verdict: Decided) -> &'static str {
    match verdict {
        Decided::Deny => "✗",
        Decided::Warn => "!",
        Decided::Allow => "✓",
        Decided::NotJudged => "?",
    }
}

fn paint(text: &str, verdict: Decided, style: Style) -> String {
    let color = match verdict {
        Decided::Deny => text::RED,
        Decided::Warn => text::YELLOW,
        Decided::Allow => text::GREEN,
        Decided::NotJudged => text::MAGENTA,
    };
    text::paint(text, color, style)
}
