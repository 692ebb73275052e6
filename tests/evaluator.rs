//! The evaluator against policies that no process survives: through the real child, with the real executable.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use regoscope::app::effect::{FileSnapshot, WorkspaceSnapshot};
use regoscope::core::decision::{Evaluation, Reason, Verdict};
use regoscope::core::file::{FileId, Revision, Role};
use regoscope::core::policy::options::Step;
use regoscope::core::text::Snapshot;
use regoscope::work::evaluator::{Evaluator, EvaluatorConfig, EvaluatorEvent};

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  hostPID: true\n";
const GOOD: &str = "package main\n\ndeny contains \"hostPID\" if input.spec.hostPID\n";
/// Long enough for a debug build on a busy machine.
const LONG: Duration = Duration::from_secs(120);

fn config() -> EvaluatorConfig {
    EvaluatorConfig::of(PathBuf::from(env!("CARGO_BIN_EXE_regoscope")))
}

fn start(config: EvaluatorConfig) -> (Evaluator, Receiver<EvaluatorEvent>) {
    let (sender, events) = mpsc::channel();
    let evaluator = Evaluator::start(config, move |event| {
        let _ = sender.send(event);
    });
    (evaluator.unwrap(), events)
}

fn snapshot(run: u64, policies: &[&str]) -> WorkspaceSnapshot {
    let file = |id: usize, name: String, role, text: &str| FileSnapshot {
        file: FileId(id as u32),
        name,
        role,
        revision: Revision(run),
        text: Snapshot::from(text),
    };
    let mut files: Vec<_> = policies
        .iter()
        .enumerate()
        .map(|(at, text)| file(at, format!("{at}.rego"), Role::Policy, text))
        .collect();
    files.push(file(policies.len(), "pod.yaml".to_owned(), Role::Manifest, POD));
    WorkspaceSnapshot {
        run,
        files,
        edited: None,
        tests: None,
        asked: Default::default(),
        target: Default::default(),
        lang: Default::default(),
    }
}

/// Everything told until a run has its answer: the stops on the way, and the answer unless it was given up.
fn answer(events: &Receiver<EvaluatorEvent>, run: u64) -> (Vec<Reason>, Option<Box<Evaluation>>) {
    let mut stops = Vec::new();
    loop {
        match events.recv_timeout(LONG).expect("no answer") {
            EvaluatorEvent::Evaluated(evaluation) if evaluation.run == run => {
                return (stops, Some(evaluation));
            }
            EvaluatorEvent::Evaluated(_) => {}
            EvaluatorEvent::Stopped { run: stopped, reason, again, .. } if stopped == run => {
                stops.push(reason);
                if !again {
                    return (stops, None);
                }
            }
            EvaluatorEvent::Stopped { .. } => {}
        }
    }
}

/// A 40-deep array literal.
fn deep() -> String {
    format!("package bad\n\nx := {}1{}\n\ndeny contains \"x\" if x\n", "[".repeat(40), "]".repeat(40))
}

/// Judges the bad policy beside a good one, expects the good one to be judged all the same and the bad one to say
/// why not; then a harmless text is judged as if nothing had been.
#[track_caller]
fn survives(bad: &str, deadline: Duration, expected: impl Fn(&Reason) -> bool) {
    let (evaluator, events) = start(EvaluatorConfig { deadline, ..config() });
    evaluator.submit(snapshot(1, &[bad, GOOD]));
    let (stops, evaluation) = answer(&events, 1);
    let evaluation = evaluation.unwrap_or_else(|| panic!("given up: {stops:?}"));
    let cell = |package: &str| {
        let column = evaluation.policies.iter().position(|p| p.package == package).unwrap();
        evaluation.documents.first().unwrap().cells.get(column).unwrap()
    };
    assert_eq!(cell("main").verdict, Verdict::Deny, "the other policy is judged");
    assert_eq!(cell("bad").verdict, Verdict::NotJudged, "{:?}", cell("bad"));
    assert!(cell("bad").reasons.iter().any(&expected), "{:?} after {stops:?}", cell("bad").reasons);
    let began = Instant::now();
    evaluator.submit(snapshot(2, &[GOOD]));
    let (stops, evaluation) = answer(&events, 2);
    assert_eq!((stops, evaluation.unwrap().verdict()), (vec![], Verdict::Deny));
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

fn is_timeout(reason: &Reason) -> bool {
    matches!(reason, Reason::Timeout { limit_ms: 1000 })
}

fn is_out_of_memory(reason: &Reason) -> bool {
    matches!(reason, Reason::OutOfMemory { limit_mib: 512 })
}

#[test]
fn an_endless_loop_is_stopped() {
    survives(
        "package bad\n\ndeny contains \"x\" if {\n\tsome a in numbers.range(1, 3000)\n\tsome b in numbers.range(1, 3000)\n\tsome c in numbers.range(1, 3000)\n\ta + b + c < 0\n}\n",
        Duration::from_secs(1),
        is_timeout,
    );
}

#[test]
fn recursion_without_end_is_stopped() {
    survives("package bad\n\nf(x) := f(x + 1)\n\ndeny contains \"x\" if f(1)\n", LONG, |reason| {
        matches!(reason, Reason::StackOverflow | Reason::PolicyError { .. })
    });
}

#[test]
fn an_endless_chain_of_functions_is_stopped() {
    survives(
        "package bad\n\nf(x) := g(x)\n\ng(x) := f([x])\n\ndeny contains \"x\" if f(1)\n",
        LONG,
        |reason| matches!(reason, Reason::StackOverflow | Reason::PolicyError { .. }),
    );
}

#[test]
fn rules_that_need_each_other_are_an_error() {
    survives("package bad\n\np if q\n\nq if p\n\ndeny contains \"x\" if p\n", LONG, |reason| {
        matches!(reason, Reason::RuleError { .. } | Reason::PolicyError { .. })
    });
}

#[test]
fn a_string_that_doubles_is_stopped() {
    let mut policy = "package bad\n\ns0 := \"0123456789\"\n\n".to_owned();
    for at in 1..40 {
        let before = at - 1;
        policy += &format!("s{at} := concat(\"\", [s{before}, s{before}])\n\n");
    }
    survives(&(policy + "deny contains s39\n"), LONG, is_out_of_memory);
}

#[test]
fn an_array_that_doubles_is_stopped() {
    let mut policy = "package bad\n\na0 := [1]\n\n".to_owned();
    for at in 1..40 {
        let before = at - 1;
        policy += &format!("a{at} := array.concat(a{before}, a{before})\n\n");
    }
    survives(&(policy + "deny contains \"x\" if count(a39) > 0\n"), LONG, is_out_of_memory);
}

#[test]
fn a_range_too_long_for_the_memory_is_stopped() {
    survives(
        "package bad\n\ndeny contains \"x\" if count(numbers.range(1, 1000000000)) > 0\n",
        LONG,
        is_out_of_memory,
    );
}

#[test]
fn a_deep_literal_is_judged() {
    let (evaluator, events) = start(config());
    evaluator.submit(snapshot(1, &[&deep()]));
    let (stops, evaluation) = answer(&events, 1);
    assert_eq!((stops, evaluation.unwrap().verdict()), (vec![], Verdict::Deny));
    // Typed bracket by bracket it does not parse, and is not waited for.
    for run in 2..42 {
        let half =
            format!("package bad\n\nx := {}\n\ndeny contains \"x\" if x\n", "[".repeat(run as usize - 1));
        evaluator.submit(snapshot(run, &[&half]));
        let (stops, evaluation) = answer(&events, run);
        assert_eq!((stops, evaluation.unwrap().verdict()), (vec![], Verdict::NotJudged));
    }
}

#[test]
fn what_panics_in_the_engine_alone_is_answered_as_opa_does() {
    let (evaluator, events) = start(config());
    let counts = "package bad\n\ndeny contains \"x\" if strings.count(\"abc\", \"\") == 4\n";
    evaluator.submit(snapshot(1, &[counts]));
    let (stops, evaluation) = answer(&events, 1);
    assert_eq!((stops, evaluation.unwrap().verdict()), (vec![], Verdict::Deny));
}

#[test]
fn the_newest_snapshot_wins_over_one_that_hangs() {
    let endless = "package bad\n\ndeny contains \"x\" if {\n\tsome a in numbers.range(1, 9999)\n\tsome b in numbers.range(1, 9999)\n\ta + b < 0\n}\n";
    let (evaluator, events) = start(EvaluatorConfig { deadline: LONG, ..config() });
    evaluator.submit(snapshot(1, &[endless]));
    for run in 2..20 {
        evaluator.submit(snapshot(run, &[endless]));
    }
    let began = Instant::now();
    evaluator.submit(snapshot(20, &[GOOD]));
    let (_, evaluation) = answer(&events, 20);
    assert_eq!(evaluation.unwrap().verdict(), Verdict::Deny);
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}

#[test]
fn a_snapshot_that_was_given_up_is_not_tried_again() {
    let exe = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("no such program");
    let (evaluator, events) = start(EvaluatorConfig { exe, ..config() });
    evaluator.submit(snapshot(1, &[GOOD]));
    let (stops, evaluation) = answer(&events, 1);
    assert!(evaluation.is_none());
    assert!(stops.iter().all(|reason| matches!(reason, Reason::EvaluatorDied { .. })), "{stops:?}");
    let mut again = snapshot(1, &[GOOD]);
    again.run = 2;
    evaluator.submit(again);
    assert_eq!(answer(&events, 2).0.len(), 1, "told at once");
}

#[test]
fn a_run_that_hangs_says_which_rule_it_was_at() {
    let endless = "package bad\n\ndeny contains \"x\" if {\n\tsome a in numbers.range(1, 9999)\n\tsome b in numbers.range(1, 9999)\n\ta + b < 0\n}\n";
    let (evaluator, events) = start(EvaluatorConfig { deadline: Duration::from_millis(700), ..config() });
    evaluator.submit(snapshot(1, &[endless]));
    let EvaluatorEvent::Stopped { ran_last, .. } = events.recv_timeout(LONG).unwrap() else {
        panic!("not stopped")
    };
    let expected = Step::Rule { package: "bad".into(), rule: "deny".into(), definition: Some(0) };
    assert_eq!(ran_last, Some(expected));
}

#[test]
fn only_what_changed_is_sent_and_what_went_is_forgotten() {
    let (evaluator, events) = start(config());
    evaluator.submit(snapshot(1, &[GOOD, "package other\n\nwarn contains \"w\"\n"]));
    assert_eq!(answer(&events, 1).1.unwrap().policies.len(), 2);
    let mut without = snapshot(1, &[GOOD, "package other\n\nwarn contains \"w\"\n"]);
    without.run = 2;
    without.files.remove(1);
    evaluator.submit(without);
    let evaluation = answer(&events, 2).1.unwrap();
    assert_eq!(evaluation.policies.len(), 1);
    assert_eq!(evaluation.revisions, [(FileId(0), Revision(1)), (FileId(2), Revision(1))]);
}
