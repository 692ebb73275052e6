//! `regoscope inspect`: what Kubernetes reads in manifests, and what a policy gets to see of them.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use super::asked::AskedArgs;
use super::output::{Color, Output, complain, to_stdout};
use super::sources::{Sources, UNREADABLE, Unreadable};
use crate::config::Settings;
use crate::core::file::Role;
use crate::core::policy::options::JudgeOptions;
use crate::report::reading::{self, Entry, Remark, Wanted};
use crate::report::text::Style;
use crate::strings::T;

/// Show what Kubernetes reads.
#[derive(Debug, Clone, clap::Args)]
pub struct InspectArgs {
    /// Manifests: files, folders, or `-` for stdin.
    #[arg(value_name = "MANIFEST", required = true)]
    pub manifest: Vec<PathBuf>,
    /// Show what a policy gets to see: an AdmissionReview, or the shape that is asked for.
    #[arg(long)]
    pub request: bool,
    /// Show the objects as the API server would store them.
    #[arg(long)]
    pub stored: bool,
    /// The question about each document.
    #[command(flatten)]
    pub asked: AskedArgs,
    /// Text for people or JSON for programs.
    #[arg(short, long, value_enum, hide_possible_values = true, default_value_t = Output::Text)]
    pub output: Output,
    /// When to use colours.
    #[arg(long, value_enum, hide_possible_values = true, default_value_t = Color::Auto)]
    pub color: Color,
}

/// Reads, prints; one file at a time, so that many need little more room than the largest. Exit code 2: something could
/// not be read.
///
/// # Errors
/// Stdout cannot be written.
pub fn run(args: &InspectArgs, settings: &Settings) -> anyhow::Result<ExitCode> {
    let lang = settings.lang;
    let mut sources = Sources::new(lang);
    for path in &args.manifest {
        sources.add(path, Role::Manifest);
    }
    let mut failed = !sources.unreadable.is_empty();
    if sources.files.is_empty() && !failed {
        complain(T::CheckNoManifest.text(lang));
        failed = true;
    }
    let options = JudgeOptions { asked: args.asked.asked(), lang, ..JudgeOptions::default() };
    let wanted = Wanted { stored: args.stored, input: args.request.then_some(options) };
    let surroundings = reading::surroundings(sources.files.iter().map(|(file, _)| file), lang);
    let mut printer = Printer { args, style: Style { color: args.color.wanted(), lang }, written: 0 };
    to_stdout(|out| {
        printer.begin(out)?;
        let mut unreadable = sources.unreadable.iter().peekable();
        for (number, (file, _)) in sources.files.iter().enumerate() {
            while let Some(before) = unreadable.next_if(|other| other.before <= number) {
                before.complain();
                printer.show(&cannot_read(before), out)?;
            }
            let reading = reading::read(file, &wanted, &surroundings, lang);
            reading.remarks.iter().for_each(|said| complain(&said.at(&file.name)));
            for entry in &reading.entries {
                failed |= !entry.errors.is_empty();
                // Whoever takes the requests off stdout still wants to know.
                let notes = entry.notes.iter().filter(|_| args.request && args.output == Output::Text);
                entry.errors.iter().chain(notes).for_each(|said| complain(&said.at(&entry.file)));
                printer.show(entry, out)?;
            }
        }
        for rest in unreadable {
            rest.complain();
            printer.show(&cannot_read(rest), out)?;
        }
        printer.end(out)
    })?;
    Ok(ExitCode::from(if failed { 2 } else { 0 }))
}

/// Writes entries one after the other: JSON has one to a line.
struct Printer<'a> {
    args: &'a InspectArgs,
    style: Style,
    written: usize,
}

impl Printer<'_> {
    fn begin(&self, out: &mut dyn Write) -> std::io::Result<()> {
        match self.args.output {
            Output::Json => write!(out, "{{\"documents\":["),
            Output::Text => Ok(()),
        }
    }

    fn show(&mut self, entry: &Entry, out: &mut dyn Write) -> std::io::Result<()> {
        let is_first = self.written == 0;
        match (self.args.output, &entry.input) {
            (Output::Json, _) => {
                writeln!(out, "{}", if is_first { "" } else { "," })?;
                serde_json::to_writer(&mut *out, entry)?;
            }
            // Stderr says what there is to say.
            (Output::Text, _) if !entry.errors.is_empty() => return Ok(()),
            (Output::Text, Some(input)) => {
                serde_json::to_writer_pretty(&mut *out, input)?;
                writeln!(out)?;
            }
            (Output::Text, None) => {
                write!(out, "{}{}", if is_first { "" } else { "\n" }, reading::text(entry, self.style))?;
            }
        }
        self.written += 1;
        Ok(())
    }

    fn end(&self, out: &mut dyn Write) -> std::io::Result<()> {
        match self.args.output {
            Output::Json => writeln!(out, "\n]}}"),
            Output::Text => Ok(()),
        }
    }
}

/// The entry of a file that holds no text.
fn cannot_read(file: &Unreadable) -> Entry {
    let place = file.place.unwrap_or((1, 1));
    Entry::unreadable(&file.name, Remark::error(file.message.clone(), place, UNREADABLE))
}
