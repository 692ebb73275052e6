//! A session without a terminal: keys go into the app, the judge runs in this process, the screen is a buffer.
//!
//! The pictures of the README and the snapshots of the screen are made with it, so that both show what the program
//! does. Time only passes where a script says so.

// Test code, also where an example uses it; and not every program that shares this module needs all of it.
#![allow(dead_code, clippy::expect_used, clippy::indexing_slicing)]

use std::time::Duration;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::Position;

use regoscope::app::effect::Effect;
use regoscope::app::input::{Chord, Key};
use regoscope::app::keymap::{Keymap, parse_sequence};
use regoscope::app::msg::{FileText, Msg, Now, ReadWhy};
use regoscope::app::settings::Settings;
use regoscope::app::{App, AppOptions};
use regoscope::core::file::Role;
use regoscope::core::policy::judge::Judge;
use regoscope::core::policy::options::{JudgeOptions, SourceFile};
use regoscope::ui;

/// What every evaluation takes here, in microseconds.
const ELAPSED_US: u64 = 900;

pub struct Session {
    pub app: App,
    judge: Judge,
    judged: Vec<regoscope::core::file::FileId>,
    now: Now,
    /// Answers of the judge are held back: the evaluator is busy.
    pub busy: bool,
    /// The run that was asked for last.
    pub run: u64,
    /// What was wanted of clusters.
    pub cluster: Vec<regoscope::app::cluster::ClusterRequest>,
}

impl Session {
    /// The first start: the samples.
    pub fn samples(width: u16, height: u16, settings: Settings) -> Self {
        Self::start(width, height, settings, None)
    }

    /// A folder with these files.
    pub fn files(width: u16, height: u16, settings: Settings, files: &[(&str, Role, &str)]) -> Self {
        let mut session = Self::start(width, height, settings, Some("policies".to_owned()));
        for (path, role, text) in files {
            session.read(path, *role, text.as_bytes(), ReadWhy::Open { show: true });
        }
        session
    }

    fn start(width: u16, height: u16, settings: Settings, workspace: Option<String>) -> Self {
        let app = App::new(AppOptions {
            size: (width, height),
            settings,
            keymap: Keymap::default(),
            deadline: Duration::from_secs(2),
            workspace,
            production: vec!["*prod*".to_owned()],
        });
        let mut session = Self {
            app,
            judge: Judge::new(),
            judged: Vec::new(),
            now: Now::ZERO,
            busy: false,
            run: 0,
            cluster: Vec::new(),
        };
        // A session judges each file as it comes.
        session.send(Msg::Opened { files: 1 });
        session
    }

    /// A file as the disk has it now.
    pub fn read(&mut self, path: &str, role: Role, bytes: &[u8], why: ReadWhy) -> &mut Self {
        let mut hash = [0; 32];
        for (index, byte) in bytes.iter().enumerate() {
            hash[index % 32] ^= byte.wrapping_add(index as u8);
        }
        let stamp = regoscope::app::effect::Stamp { hash, len: bytes.len() as u64 };
        let text = FileText { bytes: bytes.into(), stamp, read_only: false };
        self.send(Msg::Read { path: path.into(), role, result: Ok(text), why })
    }

    pub fn send(&mut self, msg: Msg) -> &mut Self {
        let effects = self.app.update(msg, self.now);
        self.run_effects(effects);
        self.settle();
        self
    }

    /// Keys as the keymap file writes them, with blanks between.
    pub fn keys(&mut self, keys: &str) -> &mut Self {
        for chord in parse_sequence(keys).expect(keys) {
            self.send(Msg::Key(chord));
        }
        self
    }

    /// Characters that are typed one by one.
    pub fn types(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            self.send(Msg::Key(Chord::plain(if c == '\n' { Key::Enter } else { Key::Char(c) })));
        }
        self
    }

    /// Time passes.
    pub fn wait(&mut self, seconds: u64) -> &mut Self {
        self.now += Duration::from_secs(seconds);
        self
    }

    /// The screen, on a fresh terminal, and where the cursor is.
    pub fn screen(&self) -> (Buffer, Option<Position>) {
        let (width, height) = self.app.size;
        let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a terminal");
        let mut cursor = None;
        terminal
            .draw(|frame| {
                ui::draw(frame, &self.app);
                cursor = ui::draw_into(&mut Buffer::empty(frame.area()), &self.app).map(Position::from);
            })
            .expect("drawn");
        (terminal.backend().buffer().clone(), cursor)
    }

    fn settle(&mut self) {
        loop {
            let effects = self.app.settle();
            if effects.is_empty() {
                break;
            }
            self.run_effects(effects);
        }
    }

    fn run_effects(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            let snapshot = match effect {
                Effect::Evaluate(snapshot) => snapshot,
                Effect::Cluster(request) => {
                    self.cluster.push(request);
                    continue;
                }
                _ => continue,
            };
            self.run = snapshot.run;
            if self.busy {
                continue;
            }
            let asked: Vec<_> = snapshot.files.iter().map(|file| file.file).collect();
            for gone in self.judged.iter().filter(|file| !asked.contains(file)) {
                self.judge.remove(*gone);
            }
            self.judged = asked;
            for file in &snapshot.files {
                self.judge.put(SourceFile {
                    file: file.file,
                    name: file.name.clone(),
                    role: file.role,
                    revision: file.revision,
                    text: file.text.to_string(),
                });
            }
            let options = JudgeOptions {
                asked: snapshot.asked,
                lang: snapshot.lang,
                tests: snapshot.tests,
                ..JudgeOptions::default()
            };
            let mut evaluation = self.judge.judge(snapshot.run, &options, &mut |_| {});
            evaluation.elapsed_us = ELAPSED_US;
            let effects = self.app.update(Msg::Evaluated(Box::new(evaluation)), self.now);
            self.run_effects(effects);
        }
    }
}
