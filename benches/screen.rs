//! One key handled by `App::update` and one whole frame drawn, in a manifest of 300, 10,000 and 100,000 lines with
//! findings on it. Prints median and 99th percentile; the terminal's own time is not in it (see `latency`).
//!
//! `cargo bench --bench screen`

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)] // A benchmark that cannot set up has failed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use regoscope::app::effect::Stamp;
use regoscope::app::input::{Chord, Key};
use regoscope::app::keymap::{Keymap, parse_sequence};
use regoscope::app::msg::{FileText, Msg, ReadWhy};
use regoscope::app::settings::Settings;
use regoscope::app::{App, AppOptions};
use regoscope::core::file::Role;
use regoscope::ui;

/// Keys that are measured for each size.
const KEYS: usize = 2_000;

/// A manifest of so many lines, with Japanese comments as people have them.
fn manifest(lines: usize) -> String {
    let mut text = String::new();
    let mut at = 0;
    while at < lines {
        let document = [
            "apiVersion: v1",
            "kind: Pod",
            "metadata:",
            "  name: web # 公開用の Web サーバー",
            "spec:",
            "  containers:",
            "  - name: app",
            "    image: registry.example/app:1.0",
            "    securityContext:",
            "      privileged: true",
            "---",
        ];
        for line in document {
            text.push_str(line);
            text.push('\n');
        }
        at += document.len();
    }
    text
}

struct Screen {
    app: App,
    terminal: Terminal<TestBackend>,
    now: Duration,
}

impl Screen {
    fn open(text: &str) -> Self {
        let mut app = App::new(AppOptions {
            size: (140, 40),
            settings: Settings::default(),
            keymap: Keymap::default(),
            deadline: Duration::from_secs(2),
            workspace: Some("bench".into()),
            production: vec!["*prod*".to_owned()],
        });
        let bytes: Arc<[u8]> = text.as_bytes().into();
        let stamp = Stamp { hash: [0; 32], len: bytes.len() as u64 };
        let file = FileText { bytes, stamp, read_only: false };
        let msg = Msg::Read {
            path: "m.yaml".into(),
            role: Role::Manifest,
            result: Ok(file),
            why: ReadWhy::Open { show: true },
        };
        app.update(msg, Duration::ZERO);
        app.update(Msg::Opened { files: 1 }, Duration::ZERO);
        app.settle();
        Self { app, terminal: Terminal::new(TestBackend::new(140, 40)).unwrap(), now: Duration::ZERO }
    }

    /// A key from the message to the finished frame.
    fn key(&mut self, chord: Chord) -> Duration {
        self.now += Duration::from_millis(40);
        let start = Instant::now();
        self.app.update(Msg::Key(chord), self.now);
        self.app.settle();
        self.terminal.draw(|frame| ui::draw(frame, &self.app)).unwrap();
        start.elapsed()
    }
}

/// Median and 99th percentile in microseconds.
fn percentiles(mut times: Vec<Duration>) -> (f64, f64) {
    times.sort();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e6;
    (at(0.5), at(0.99))
}

fn main() {
    let typed: Vec<Chord> = "image: web".chars().map(|c| Chord::plain(Key::Char(c))).collect();
    let cases: [(&str, Vec<Chord>); 4] = [
        ("type", typed),
        ("new line, undo", parse_sequence("enter ctrl-z").unwrap()),
        ("down, up", parse_sequence("down up").unwrap()),
        ("page down, page up", parse_sequence("pagedown pageup").unwrap()),
    ];
    println!("{:>8}  {:<20} {:>10} {:>10}", "lines", "keys", "p50 µs", "p99 µs");
    for lines in [300, 10_000, 100_000] {
        let text = manifest(lines);
        for (name, keys) in &cases {
            let mut screen = Screen::open(&text);
            // In the middle of the text, where nothing is near an end.
            for chord in parse_sequence("ctrl-g").unwrap() {
                screen.key(chord);
            }
            for c in (lines / 2).to_string().chars() {
                screen.key(Chord::plain(Key::Char(c)));
            }
            screen.key(Chord::plain(Key::Enter));
            let times = (0..KEYS).map(|n| screen.key(keys[n % keys.len()])).collect();
            let (p50, p99) = percentiles(times);
            println!("{lines:>8}  {name:<20} {p50:>10.0} {p99:>10.0}");
        }
    }
}
