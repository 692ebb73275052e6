//! `App::update` without a terminal, a clock or a thread: messages in, effects and state out.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // A test that cannot set up has failed.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use regoscope::app::command::Command;
use regoscope::app::effect::{Effect, Journaled, Stamp, Timer};
use regoscope::app::files::OnDisk;
use regoscope::app::input::{Chord, Mouse, MouseKind};
use regoscope::app::keymap::{Keymap, parse_sequence};
use regoscope::app::msg::{FileProblem, FileText, Msg, ProblemKind, ReadWhy, Recovered};
use regoscope::app::overlays::Overlay;
use regoscope::app::panes::PaneId;
use regoscope::app::settings::Settings;
use regoscope::app::{App, AppOptions, Mode};
use regoscope::core::decision::{
    Cell, Demand, Evaluation, Finding, JudgedDocument, Place, PolicyInfo, Reason, Verdict,
};
use regoscope::core::diagnostics::{Diagnostic, Origin, Severity};
use regoscope::core::file::{FileId, Revision, Role};
use regoscope::core::policy::testing::{Outcome, TestResult, TestRun};

/// An app with a clock that the test moves, and everything it asked for.
struct Bench {
    app: App,
    now: Duration,
    effects: Vec<Effect>,
}

impl Bench {
    fn new(workspace: Option<&str>) -> Self {
        let app = App::new(AppOptions {
            size: (140, 40),
            settings: Settings::default(),
            keymap: Keymap::default(),
            deadline: Duration::from_secs(2),
            workspace: workspace.map(str::to_owned),
            production: vec!["*prod*".to_owned()],
        });
        let mut bench = Self { app, now: Duration::from_secs(1), effects: Vec::new() };
        bench.settle();
        bench
    }

    /// The samples.
    fn samples() -> Self {
        Self::new(None)
    }

    /// A policy and a manifest on disk.
    fn files() -> Self {
        let mut bench = Self::new(Some("lab"));
        bench.read("p.rego", "package p\n", ReadWhy::Open { show: false });
        bench.read("m.yaml", "kind: Pod\n", ReadWhy::Open { show: true });
        assert!(
            bench.effects.iter().all(|e| !matches!(e, Effect::Evaluate(_))),
            "a part of the files is not judged"
        );
        bench.send(Msg::Opened { files: 2 });
        bench
    }

    fn settle(&mut self) {
        let effects = self.app.settle();
        self.effects.extend(effects);
    }

    fn send(&mut self, msg: Msg) -> &mut Self {
        let effects = self.app.update(msg, self.now);
        self.effects.extend(effects);
        self.settle();
        self
    }

    /// Keys as the keymap file writes them.
    fn keys(&mut self, keys: &str) -> &mut Self {
        for chord in parse_sequence(keys).unwrap() {
            self.send(Msg::Key(chord));
        }
        self
    }

    fn type_text(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            let key = regoscope::app::input::Key::Char(c);
            self.send(Msg::Key(Chord::plain(key)));
        }
        self
    }

    fn read(&mut self, path: &str, text: &str, why: ReadWhy) -> &mut Self {
        let role = if path.ends_with(".rego") { Role::Policy } else { Role::Manifest };
        let bytes: Arc<[u8]> = text.as_bytes().into();
        let file = FileText { stamp: stamp(text), bytes, read_only: false };
        self.send(Msg::Read { path: path.into(), role, result: Ok(file), why })
    }

    fn text(&self, path: &str) -> String {
        let file = self.app.files.iter().find(|file| file.name == path).expect(path);
        file.editor.buffer().snapshot().to_string()
    }

    fn id(&self, path: &str) -> FileId {
        self.app.files.iter().find(|file| file.name == path).expect(path).id
    }

    /// The newest question to the evaluator.
    fn asked(&self) -> &regoscope::app::effect::WorkspaceSnapshot {
        self.effects
            .iter()
            .rev()
            .find_map(|effect| match effect {
                Effect::Evaluate(snapshot) => Some(snapshot),
                _ => None,
            })
            .expect("an evaluation was asked for")
    }

    /// An answer to the newest question, with this many findings.
    fn answer(&self, findings: usize) -> Evaluation {
        let asked = self.asked();
        let manifest = self.app.manifest_file.unwrap();
        let policy = self.app.policy_file.unwrap();
        let place = |file, at| Place { file, range: at..at + 4, line: 1, column: 1 };
        let finding = |n: usize| Finding {
            policy: 0,
            package: "p".into(),
            rule: "deny".into(),
            severity: Demand::Deny,
            msg: format!("finding {n}"),
            details: serde_json::Value::Null,
            constraint: None,
            policy_location: Some(place(policy, 0)),
            repeats: false,
            manifest_locations: vec![regoscope::core::decision::ManifestPlace {
                place: place(manifest, 0),
                pointer: "/kind".into(),
                approximate: false,
                defaulted: false,
            }],
        };
        let findings: Vec<Finding> = (0..findings).map(finding).collect();
        let verdict = if findings.is_empty() { Verdict::Allow } else { Verdict::Deny };
        Evaluation {
            run: asked.run,
            revisions: asked.files.iter().map(|file| (file.file, file.revision)).collect(),
            policies: vec![PolicyInfo {
                file: policy,
                package: "p".into(),
                entries: vec!["deny".into()],
                constraint: None,
                off: false,
                reason: None,
            }],
            documents: vec![JudgedDocument {
                derived_from: None,
                place: place(manifest, 0),
                index: 0,
                api_version: "v1".into(),
                kind: "Pod".into(),
                namespace: "default".into(),
                name: "x".into(),
                operation: "CREATE".into(),
                user: "kubernetes-admin".into(),
                verdict,
                cells: vec![Cell {
                    miss: None,
                    excepted: vec![],
                    patch: None,
                    better_shape: None,
                    verdict,
                    findings,
                    reasons: vec![],
                    builtin_errors: vec![],
                    moments: vec![],
                }],
                reason: None,
                other_reading: None,
            }],
            diagnostics: vec![],
            prints: vec![],
            answer: None,
            tests: None,
            suites: None,
            elapsed_us: 900,
        }
    }

    fn decide(&mut self, evaluation: Evaluation) -> &mut Self {
        self.send(Msg::Evaluated(Box::new(evaluation)))
    }

    /// How many findings are shown.
    fn findings(&self) -> Option<usize> {
        Some(self.app.decision.shown.as_ref()?.counts().0)
    }
}

fn stamp(text: &str) -> Stamp {
    let mut hash = [0; 32];
    for (at, byte) in text.bytes().enumerate() {
        hash[at % 32] ^= byte.wrapping_add(at as u8);
    }
    Stamp { hash, len: text.len() as u64 }
}

#[test]
fn samples_are_judged_at_start_and_after_every_key() {
    let mut bench = Bench::samples();
    assert_eq!(bench.asked().run, 1);
    assert_eq!(bench.asked().files.len(), 2);
    bench.type_text("x");
    assert_eq!(bench.asked().run, 2);
    assert_eq!(bench.asked().edited, bench.app.manifest_file);
}

#[test]
fn a_burst_of_messages_is_judged_once() {
    let mut bench = Bench::samples();
    for c in "abc".chars() {
        let key = regoscope::app::input::Key::Char(c);
        let effects = bench.app.update(Msg::Key(Chord::plain(key)), bench.now);
        assert!(!effects.iter().any(|effect| matches!(effect, Effect::Evaluate(_))));
    }
    bench.settle();
    assert_eq!(bench.asked().run, 2);
}

#[test]
fn a_decision_of_older_texts_is_dropped() {
    let mut bench = Bench::samples();
    let old = bench.answer(2);
    bench.decide(old.clone());
    assert_eq!(bench.findings(), Some(2));
    bench.type_text("x");
    let new = bench.answer(0);
    bench.decide(new);
    assert_eq!(bench.findings(), Some(0));
    bench.decide(old);
    assert_eq!(bench.findings(), Some(0), "the older answer came late");
}

#[test]
fn while_a_text_does_not_parse_the_last_good_decision_stays_with_its_age() {
    let mut bench = Bench::samples();
    let good = bench.answer(2);
    bench.decide(good);
    bench.now += Duration::from_secs(4);
    bench.type_text("x");
    let mut broken = bench.answer(0);
    broken.documents.clear();
    let remark = Diagnostic {
        range: 3..4,
        severity: Severity::Error,
        origin: Origin::Syntax,
        code: "yaml".into(),
        message: "does not parse".into(),
        approximate: false,
        fix: None,
    };
    broken.diagnostics = vec![(bench.app.manifest_file.unwrap(), vec![remark])];
    bench.decide(broken);
    assert_eq!(bench.findings(), Some(2));
    let stale = bench.app.decision.stale.as_ref().expect("it is out of date");
    assert_eq!(stale.since, Duration::from_secs(1));
    assert_eq!(stale.message, "does not parse");
    assert!(
        bench.effects.iter().any(|effect| matches!(effect, Effect::After(_, Timer::Clock))),
        "its age goes on"
    );
    bench.type_text("y");
    let good = bench.answer(1);
    bench.decide(good);
    assert_eq!(bench.findings(), Some(1));
    assert!(bench.app.decision.stale.is_none());
}

#[test]
fn a_stopped_evaluation_says_why_and_l_asks_for_more_time() {
    let mut bench = Bench::samples();
    let run = bench.asked().run;
    bench.send(Msg::Stopped {
        run,
        reason: Reason::Timeout { limit_ms: 2000 },
        after: Duration::from_secs(2),
    });
    assert!(bench.app.decision.timed_out());
    bench.keys("esc L");
    assert!(bench.effects.contains(&Effect::SetDeadline(Duration::from_secs(10))));
    assert_eq!(bench.asked().run, run + 1);
}

#[test]
fn an_evaluation_that_takes_long_shows_that_it_runs_only_after_a_while() {
    let mut bench = Bench::samples();
    let run = bench.asked().run;
    assert!(bench.app.decision.checking_since.is_none());
    bench.now += Duration::from_millis(150);
    bench.send(Msg::Timer(Timer::Checking(run)));
    assert!(bench.app.decision.checking_since.is_some());
    let answer = bench.answer(0);
    bench.decide(answer);
    assert!(bench.app.decision.checking_since.is_none());
}

#[test]
fn marks_move_with_the_text_until_the_next_decision() {
    let mut bench = Bench::files();
    let answer = bench.answer(1);
    bench.decide(answer);
    bench.keys("ctrl-home");
    bench.type_text("ab");
    let file = bench.app.files.get(bench.id("m.yaml")).unwrap();
    assert_eq!(file.diagnostics.all()[0].range, 2..6);
    assert_eq!(bench.app.decision.selected_finding().unwrap().manifest_locations[0].place.range, 2..6);
}

#[test]
fn the_journal_gets_the_whole_text_first_then_changes_and_goes_with_the_save() {
    let mut bench = Bench::files();
    bench.type_text("ab");
    let entries: Vec<&Journaled> = bench
        .effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Journal(entry) => Some(&entry.what),
            _ => None,
        })
        .collect();
    assert!(matches!(entries[..], [Journaled::Text(_), Journaled::Changes(_)]), "{entries:?}");
    bench.effects.clear();
    bench.keys("ctrl-s");
    let id = bench.id("m.yaml");
    let save = bench.effects.iter().find_map(|effect| match effect {
        Effect::Save(save) => Some(save.clone()),
        _ => None,
    });
    let save = save.expect("a save");
    assert_eq!(save.expected, Some(stamp("kind: Pod\n")));
    bench.send(Msg::Saved {
        file: id,
        path: save.path,
        revision: save.revision,
        result: Ok(stamp("abkind: Pod\n")),
        notice: None,
    });
    assert!(bench.effects.contains(&Effect::ForgetJournal(id)));
    assert!(!bench.app.files.get(id).unwrap().editor.is_modified());
    bench.keys("ctrl-z");
    assert_eq!(bench.text("m.yaml"), "kind: Pod\n", "undo survives saving");
    assert!(bench.app.files.get(id).unwrap().editor.is_modified());
}

#[test]
fn text_typed_while_a_save_is_under_way_stays_unsaved() {
    let mut bench = Bench::files();
    let id = bench.id("m.yaml");
    bench.type_text("a").keys("ctrl-s");
    bench.now += Duration::from_secs(5);
    bench.type_text("b");
    bench.send(Msg::Saved {
        file: id,
        path: "m.yaml".into(),
        revision: Revision(1),
        result: Ok(stamp("akind: Pod\n")),
        notice: None,
    });
    assert!(bench.app.files.get(id).unwrap().editor.is_modified());
}

#[test]
fn a_change_on_disk_is_read_when_clean_and_asked_about_when_not() {
    let mut bench = Bench::files();
    bench.read("m.yaml", "kind: Deployment\n", ReadWhy::Changed);
    assert_eq!(bench.text("m.yaml"), "kind: Deployment\n");
    let id = bench.id("m.yaml");
    assert!(!bench.app.files.get(id).unwrap().editor.is_modified());

    bench.keys("ctrl-home").type_text("x").read("m.yaml", "kind: Job\n", ReadWhy::Changed);
    assert_eq!(bench.text("m.yaml"), "xkind: Deployment\n", "the edit is kept");
    assert!(bench.app.has_conflict(id));
    bench.effects.clear();
    bench.keys("ctrl-s");
    assert!(!bench.effects.iter().any(|effect| matches!(effect, Effect::Save(_))), "saving is paused");

    // Mine: the next save writes over theirs.
    bench.keys("esc m ctrl-s");
    let expected = bench.effects.iter().find_map(|effect| match effect {
        Effect::Save(save) => save.expected,
        _ => None,
    });
    assert_eq!(expected, Some(stamp("kind: Job\n")));
}

#[test]
fn theirs_can_be_taken_and_undone() {
    let mut bench = Bench::files();
    bench.keys("ctrl-home").type_text("x").read("m.yaml", "kind: Job\n", ReadWhy::Changed).keys("esc d");
    assert!(matches!(bench.app.overlays.last(), Some(Overlay::Diff(_))));
    bench.keys("esc t");
    assert_eq!(bench.text("m.yaml"), "kind: Job\n");
    let id = bench.id("m.yaml");
    assert_eq!(bench.app.files.get(id).unwrap().on_disk, OnDisk::Same);
    bench.keys("u");
    assert_eq!(bench.text("m.yaml"), "xkind: Pod\n");
}

#[test]
fn a_save_onto_a_changed_file_reads_it_and_shows_the_conflict() {
    let mut bench = Bench::files();
    let id = bench.id("m.yaml");
    bench.type_text("a").keys("ctrl-s");
    let problem =
        FileProblem { path: "m.yaml".into(), kind: ProblemKind::ChangedOnDisk, detail: String::new() };
    bench.send(Msg::Saved {
        file: id,
        path: "m.yaml".into(),
        revision: Revision(1),
        result: Err(problem),
        notice: None,
    });
    assert!(bench.effects.iter().any(|e| matches!(e, Effect::Read { why: ReadWhy::Changed, .. })));
    assert!(bench.app.files.get(id).unwrap().editor.is_modified());
}

#[test]
fn leaving_with_unsaved_text_asks_and_the_safe_answer_has_the_focus() {
    let mut bench = Bench::files();
    bench.keys("ctrl-q");
    assert!(bench.effects.contains(&Effect::Quit(0)), "nothing is unsaved");
    bench.effects.clear();
    bench.type_text("a").keys("ctrl-q");
    assert!(
        matches!(bench.app.overlays.last(), Some(Overlay::Confirm(c)) if c.answer() == regoscope::app::overlays::confirm::Answer::Save)
    );
    assert!(!bench.effects.contains(&Effect::Quit(0)));
    bench.keys("esc");
    assert!(bench.app.overlays.is_empty());
    bench.keys("ctrl-q enter");
    let id = bench.id("m.yaml");
    assert!(bench.effects.iter().any(|e| matches!(e, Effect::Save(_))));
    assert!(!bench.effects.contains(&Effect::Quit(0)), "not before the save has ended");
    bench.send(Msg::Saved {
        file: id,
        path: "m.yaml".into(),
        revision: Revision(1),
        result: Ok(stamp("x")),
        notice: None,
    });
    assert!(bench.effects.contains(&Effect::Quit(0)));
}

#[test]
fn a_failed_save_keeps_the_program_open() {
    let mut bench = Bench::files();
    let id = bench.id("m.yaml");
    bench.type_text("a").keys("ctrl-q enter");
    let problem =
        FileProblem { path: "m.yaml".into(), kind: ProblemKind::DiskFull, detail: "disk full".into() };
    bench.send(Msg::Saved {
        file: id,
        path: "m.yaml".into(),
        revision: Revision(1),
        result: Err(problem),
        notice: None,
    });
    assert!(!bench.effects.contains(&Effect::Quit(0)));
    assert!(bench.app.messages.current().is_some());
    assert!(bench.app.files.get(id).unwrap().editor.is_modified());
}

#[test]
fn samples_are_saved_by_asking_for_a_path() {
    let mut bench = Bench::samples();
    bench.type_text("x").keys("ctrl-s");
    assert!(matches!(bench.app.overlays.last(), Some(Overlay::SaveAs { .. })));
    bench.keys("enter");
    let path = bench.effects.iter().find_map(|effect| match effect {
        Effect::Save(save) => Some((save.path.clone(), save.expected)),
        _ => None,
    });
    assert_eq!(path, Some((PathBuf::from("verybad.yaml"), None)));
}

#[test]
fn what_an_earlier_run_left_is_restored_as_an_unsaved_edit() {
    let mut bench = Bench::files();
    let entry = |name: &str, path: Option<&str>| Recovered {
        journal: format!("/state/{name}").into(),
        path: path.map(Into::into),
        name: name.into(),
        role: Role::Manifest,
        text: "recovered\n".into(),
        edits: 3,
        when: 0,
        utc_offset: 0,
        still_running: None,
        changed_since: false,
    };
    bench
        .send(Msg::Recovered(vec![entry("m.yaml", Some("m.yaml")), entry("other.yaml", Some("other.yaml"))]));
    bench.keys("enter");
    assert_eq!(bench.text("m.yaml"), "recovered\n");
    assert!(bench.effects.contains(&Effect::DiscardJournal("/state/m.yaml".into())));
    let journal = bench.effects.iter().position(|e| matches!(e, Effect::Journal(_))).unwrap();
    let discard = bench.effects.iter().position(|e| matches!(e, Effect::DiscardJournal(_))).unwrap();
    assert!(journal < discard, "the new journal has the text before the old one goes");

    bench.keys("enter");
    assert!(bench.app.overlays.is_empty());
    assert!(
        bench
            .effects
            .iter()
            .any(|e| matches!(e, Effect::Read { path, .. } if path == &PathBuf::from("other.yaml")))
    );
    bench.read("other.yaml", "on disk\n", ReadWhy::Open { show: true });
    assert_eq!(bench.text("other.yaml"), "recovered\n");
    assert!(bench.app.files.get(bench.id("other.yaml")).unwrap().editor.is_modified());
}

#[test]
fn discarding_a_recovered_text_asks_first() {
    let mut bench = Bench::samples();
    let entry = Recovered {
        journal: "/state/a".into(),
        path: None,
        name: "verybad.yaml".into(),
        role: Role::Manifest,
        text: "x".into(),
        edits: 1,
        when: 0,
        utc_offset: 0,
        still_running: None,
        changed_since: false,
    };
    bench.send(Msg::Recovered(vec![entry])).keys("x enter");
    assert!(!bench.effects.iter().any(|e| matches!(e, Effect::DiscardJournal(_))), "Cancel has the focus");
    bench.keys("x y");
    assert!(bench.effects.contains(&Effect::DiscardJournal("/state/a".into())));
    assert!(bench.app.overlays.is_empty());
}

#[test]
fn edit_and_nav_states() {
    let mut bench = Bench::samples();
    assert_eq!(bench.app.mode, Mode::Edit);
    bench.keys("esc");
    assert_eq!(bench.app.mode, Mode::Nav);
    let before = bench.text("verybad.yaml");
    bench.keys("j k l h");
    assert_eq!(bench.text("verybad.yaml"), before, "letters do not go into the text");
    bench.keys("i");
    assert_eq!(bench.app.mode, Mode::Edit);
}

#[test]
fn full_width_keys_are_commands_in_nav_and_text_in_edit() {
    let mut bench = Bench::samples();
    bench.keys("esc").type_text("？");
    assert!(matches!(bench.app.overlays.last(), Some(Overlay::Help(_))));
    bench.keys("esc i").type_text("？");
    assert!(bench.text("verybad.yaml").contains('？'));
}

#[test]
fn every_command_is_reachable_by_name_and_says_why_it_cannot_be_done() {
    let mut bench = Bench::samples();
    for command in Command::ALL {
        if let Err(why) = command.enabled(&bench.app) {
            assert!(!why.text(regoscope::strings::Lang::En).is_empty(), "{command:?}");
        }
    }
    bench.keys("ctrl-p");
    let Some(Overlay::Palette(list)) = bench.app.overlays.last() else { panic!("no palette") };
    assert_eq!(list.items.len(), Command::ALL.len() - 1);
    bench.type_text("dec").type_text("ision").keys("esc ctrl-p").type_text("pane.decision").keys("enter");
    assert_eq!(bench.app.focus, PaneId::Decision);
    // A disabled command stays in the list and says why.
    bench.keys("ctrl-p").type_text("edit.redo").keys("enter");
    assert!(matches!(bench.app.overlays.last(), Some(Overlay::Palette(_))));
    assert!(bench.app.messages.current().is_some());
}

#[test]
fn the_menu_of_keys_names_what_can_follow() {
    let mut bench = Bench::samples();
    bench.keys("esc space");
    let menu: Vec<String> = bench.app.which_key().unwrap().into_iter().map(|hint| hint.keys).collect();
    for key in ["f", "e", "s", "d", "v"] {
        assert!(menu.iter().any(|k| k == key), "{key} in {menu:?}");
    }
    bench.keys("f");
    assert!(bench.app.which_key().unwrap().iter().any(|hint| hint.keys == "o"));
    bench.keys("esc");
    assert!(bench.app.which_key().is_none());
    assert_eq!(bench.app.mode, Mode::Nav);
}

#[test]
fn find_replace_and_undo() {
    let mut bench = Bench::files();
    bench.read("m.yaml", "a: pod\nb: pod\nc: POD\n", ReadWhy::Changed);
    bench.keys("ctrl-home ctrl-f").type_text("pod");
    assert_eq!(bench.app.find.as_ref().unwrap().matches.ranges.len(), 3);
    bench.keys("alt-c");
    assert_eq!(bench.app.find.as_ref().unwrap().matches.ranges.len(), 2);
    bench.keys("ctrl-r").type_text("x").keys("alt-a");
    assert_eq!(bench.text("m.yaml"), "a: x\nb: x\nc: POD\n");
    bench.keys("esc ctrl-z");
    assert_eq!(bench.text("m.yaml"), "a: pod\nb: pod\nc: POD\n");
    bench.keys("ctrl-f").type_text("(").keys("alt-x");
    assert!(bench.app.find.as_ref().unwrap().error.is_some());
}

#[test]
fn go_to_line_takes_a_line_and_a_column_in_both_widths() {
    let mut bench = Bench::files();
    bench.read("m.yaml", "a: pod\nb: pod\nc: POD\n", ReadWhy::Changed);
    bench.keys("ctrl-g").type_text("２：４").keys("enter");
    let file = bench.app.focused_file().unwrap();
    assert_eq!(file.editor.selection().head, "a: pod\nb: ".len());
    bench.keys("ctrl-g").type_text("99").keys("enter");
    assert!(matches!(bench.app.overlays.last(), Some(Overlay::GoToLine(prompt)) if prompt.error.is_some()));
}

#[test]
fn findings_are_walked_and_lead_to_both_files() {
    let mut bench = Bench::samples();
    let answer = bench.answer(2);
    bench.decide(answer);
    bench.keys("alt-3 j");
    assert_eq!(bench.app.decision.selected, 1);
    bench.keys("p");
    assert_eq!(bench.app.focus, PaneId::Policy);
    bench.keys("alt-3 enter");
    assert_eq!(bench.app.focus, PaneId::Manifest);
    assert_eq!(bench.app.focused_file().unwrap().editor.selection().head, 0);
}

#[test]
fn a_click_puts_the_caret_and_a_drag_selects() {
    let mut bench = Bench::files();
    bench.read("m.yaml", "kind: Pod\nname: 日本語\n", ReadWhy::Changed);
    let text = bench.app.editor_areas(PaneId::Manifest).unwrap().text;
    let at = |column: u16, row: u16, kind| {
        Msg::Mouse(Mouse { kind, column: text.x + column, row: text.y + row, shift: false })
    };
    bench.send(at(8, 1, MouseKind::Press { clicks: 1 }));
    let head = |bench: &Bench| bench.app.focused_file().unwrap().editor.selection();
    assert_eq!(head(&bench).head, "kind: Pod\nname: 日".len(), "a wide character takes two cells");
    bench.send(at(12, 1, MouseKind::Drag)).send(at(12, 1, MouseKind::Release));
    assert_eq!(bench.app.focused_file().unwrap().editor.selected_text(), "本語");
    bench.send(at(1, 0, MouseKind::Press { clicks: 2 }));
    assert_eq!(bench.app.focused_file().unwrap().editor.selected_text(), "kind");
    bench.send(at(1, 0, MouseKind::Press { clicks: 3 }));
    assert_eq!(bench.app.focused_file().unwrap().editor.selected_text(), "kind: Pod\n");
}

#[test]
fn a_read_only_text_says_why_and_stays() {
    let mut bench = Bench::new(Some("lab"));
    let bytes: Arc<[u8]> = b"kind: \xff\n".as_slice().into();
    let file = FileText { stamp: stamp("x"), bytes, read_only: false };
    bench.send(Msg::Read {
        path: "m.yaml".into(),
        role: Role::Manifest,
        result: Ok(file),
        why: ReadWhy::Open { show: true },
    });
    let before = bench.text("m.yaml");
    bench.type_text("x");
    assert_eq!(bench.text("m.yaml"), before);
    assert!(bench.app.messages.current().is_some());
}

#[test]
fn messages_fade_but_are_kept() {
    let mut bench = Bench::files();
    bench.keys("f3");
    assert!(bench.app.messages.current().is_some());
    let timer = bench.effects.iter().rev().find_map(|effect| match effect {
        Effect::After(_, timer @ Timer::MessageFades(_)) => Some(*timer),
        _ => None,
    });
    bench.send(Msg::Timer(timer.unwrap()));
    assert!(bench.app.messages.current().is_none());
    assert_eq!(bench.app.messages.all().count(), 1);
}

#[test]
fn an_empty_folder_opens_the_samples_and_says_so() {
    let mut bench = Bench::new(Some("empty"));
    bench.send(Msg::Opened { files: 0 });
    assert!(bench.app.scratch);
    assert!(bench.text("verybad.yaml").contains("privileged: true"));
    assert!(bench.app.messages.current().is_some());
    assert_eq!(bench.asked().files.len(), 2);
}

#[test]
fn a_paste_without_brackets_is_text_in_edit_and_never_commands_in_nav() {
    let mut bench = Bench::samples();
    let before = bench.text("verybad.yaml");
    bench.keys("esc").send(Msg::Text("xxxxxxxxxx\nq".into()));
    assert_eq!(bench.text("verybad.yaml"), before);
    assert!(bench.app.overlays.is_empty());
    assert!(!bench.effects.contains(&Effect::Quit(0)));
    // What is typed ahead is taken key by key.
    bench.keys("3").send(Msg::Text("2i".into()));
    assert_eq!((bench.app.focus, bench.app.mode), (PaneId::Manifest, Mode::Edit));
    bench.send(Msg::Text("xxxxxxxxxx\nq".into()));
    assert!(bench.text("verybad.yaml").contains("xxxxxxxxxx\nq"));
}

#[test]
fn a_manifest_is_shown_rather_than_data() {
    let mut bench = Bench::new(Some("lab"));
    let bytes: Arc<[u8]> = b"{}".as_slice().into();
    let data = FileText { stamp: stamp("{}"), bytes, read_only: false };
    let why = ReadWhy::Open { show: false };
    bench.send(Msg::Read { path: "data.json".into(), role: Role::Data, result: Ok(data), why });
    bench.read("a.yaml", "kind: Pod\n", why).read("b.yaml", "kind: Pod\n", why);
    assert_eq!(bench.app.manifest_file, Some(bench.id("a.yaml")));
}

#[test]
fn the_picker_finds_files_and_opens_a_path_that_matches_none() {
    let mut bench = Bench::files();
    bench.keys("ctrl-o").type_text("prg").keys("enter");
    assert_eq!(bench.app.focus, PaneId::Policy, "p.rego is found by a few of its letters");
    bench.keys("ctrl-o").type_text("other/pod.yaml").keys("enter");
    assert!(bench.app.overlays.is_empty());
    let read = bench.effects.iter().find_map(|effect| match effect {
        Effect::Read { path, role, why } => Some((path.clone(), *role, *why)),
        _ => None,
    });
    assert_eq!(read, Some(("other/pod.yaml".into(), Role::Manifest, ReadWhy::Open { show: true })));
}

#[test]
fn samples_that_were_asked_for_are_no_surprise() {
    let mut bench = Bench::samples();
    bench.send(Msg::Opened { files: 0 });
    assert!(bench.app.messages.current().is_none());
    assert_eq!(bench.app.files.len(), 2);
}

#[test]
fn a_policy_is_formatted_in_one_undo_step_and_half_typed_text_is_left_alone() {
    let mut bench = Bench::new(Some("lab"));
    let why = ReadWhy::Open { show: true };
    let ugly = "package p\n\ndeny contains \"a\"   if {   input.x==1 }\n";
    bench.read("p.rego", ugly, why).keys("alt-1 esc =");
    assert_eq!(bench.text("p.rego"), "package p\n\ndeny contains \"a\" if input.x == 1\n");
    bench.keys("u");
    assert_eq!(bench.text("p.rego"), ugly);
    bench.keys("G i").type_text("q if {").keys("esc =");
    assert_eq!(bench.text("p.rego"), format!("{ugly}q if {{"));
    assert!(bench.app.messages.current().is_some());
}

#[test]
fn the_target_is_chosen_from_a_list_and_the_files_are_judged_again() {
    let mut bench = Bench::files();
    assert_eq!(bench.asked().target.id(), "opa-1.22.2");
    bench.keys("esc space d t");
    assert!(matches!(bench.app.overlays.last(), Some(Overlay::Picker(_))));
    bench.type_text("gatekeeper").keys("enter");
    assert!(bench.app.overlays.is_empty());
    assert_eq!(bench.asked().target.to_string(), "Gatekeeper 3.23.1 = OPA 1.17.1");
    // A name that is not in the list opens no file.
    bench.keys("space d t").type_text("kyverno").keys("enter");
    assert!(matches!(bench.app.overlays.last(), Some(Overlay::Picker(_))));
}

/// What came of two tests of the policy: one passed, one did not.
fn tested(bench: &Bench, more: bool) -> TestRun {
    let policy = bench.app.policy_file.unwrap();
    let test = |name: &str, at: usize, outcome| TestResult {
        place: Place { file: policy, range: at..at + 4, line: 1, column: 1 },
        package: "data.p".into(),
        name: name.into(),
        outcome,
        cases: Default::default(),
        output: String::new(),
        duration_ns: 0,
        failed: vec![],
    };
    let last = if more { Outcome::Pending } else { Outcome::Fail };
    TestRun {
        results: vec![test("test_a", 0, Outcome::Pass), test("test_b", 4, last)],
        failures: vec![],
        more,
    }
}

#[test]
fn tests_run_after_the_decision_until_all_are_done_and_again_only_when_a_policy_changed() {
    let mut bench = Bench::files();
    let questions = |bench: &Bench| {
        let asked = |effect: &&Effect| matches!(effect, Effect::Evaluate(s) if s.tests.is_some());
        bench.effects.iter().filter(asked).count()
    };
    let decision = |bench: &Bench| Evaluation { tests: Some(TestRun::default()), ..bench.answer(1) };
    let outcomes = |bench: &Bench, more| Evaluation {
        run: bench.asked().run,
        tests: Some(tested(bench, more)),
        ..Evaluation::default()
    };
    assert!(bench.asked().tests.is_none(), "the decision goes first");
    bench.decide(decision(&bench));
    assert_eq!(questions(&bench), 1);
    bench.decide(outcomes(&bench, true));
    assert_eq!(questions(&bench), 2, "there is more to ask");
    assert_eq!(bench.app.tests.shown().unwrap().counts().pending, 1);
    bench.decide(outcomes(&bench, false));
    assert_eq!(questions(&bench), 2);
    assert_eq!(bench.findings(), Some(1), "the decision stays");
    let policy = bench.app.policy_file.unwrap();
    let marks = bench.app.files.get(policy).unwrap().diagnostics.all().to_vec();
    let marks: Vec<_> = marks.iter().filter(|m| m.origin == Origin::Test).map(|m| m.severity).collect();
    assert_eq!(marks, [Severity::Note, Severity::Error]);

    // Tests do not read manifests.
    bench.type_text("#");
    bench.decide(decision(&bench));
    assert_eq!(questions(&bench), 2);
    // What comes after an edit is of another text.
    bench.keys("alt-1").type_text("#");
    bench.decide(decision(&bench));
    assert_eq!(questions(&bench), 3);
    let late = outcomes(&bench, true);
    bench.type_text("#");
    bench.decide(late);
    assert_eq!(questions(&bench), 3);
    assert_eq!(bench.app.tests.shown().unwrap().counts().pending, 0);
    assert_eq!(bench.findings(), Some(1), "it is no decision");

    // A test that ended the evaluator leaves the decision alone.
    bench.decide(decision(&bench));
    assert_eq!(questions(&bench), 4);
    let (run, after) = (bench.asked().run, Duration::from_secs(2));
    bench.send(Msg::Stopped { run, reason: Reason::Timeout { limit_ms: 2000 }, after });
    assert!(bench.app.decision.stopped.is_none());
    bench.keys("esc esc space t h");
    assert!(bench.app.tests.shown().is_none());
}
