//! How long an edit takes until there is a decision, in the judge and through the child process.
//!
//! `cargo bench --bench judge`. The policies are made: rules of ten lines of six kinds (sets of objections, functions,
//! else chains, defaults, every), two library modules, one Pod of 200 lines.

#![allow(clippy::expect_used, clippy::panic)]

use std::fmt::Write as _;
use std::hint::black_box;
use std::path::PathBuf;
use std::sync::{OnceLock, mpsc};
use std::time::Instant;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use regoscope::app::effect::{FileSnapshot, WorkspaceSnapshot};
use regoscope::core::file::{FileId, Revision, Role};
use regoscope::core::policy::judge::Judge;
use regoscope::core::policy::options::{JudgeOptions, SourceFile};
use regoscope::core::policy::testing::TestOptions;
use regoscope::core::text::Snapshot;
use regoscope::work::evaluator::{Evaluator, EvaluatorConfig, EvaluatorEvent};

/// A policy of about `lines` lines. `edit` changes the body of one rule in its middle.
fn policy(lines: usize, edit: usize) -> String {
    let mut text = "package bench\n\nimport data.lib.pods\nimport data.lib.names\n\n".to_owned();
    let rules = lines / 10;
    for at in 0..rules {
        let limit = if at == rules / 2 / 6 * 6 { 1000 + edit } else { at };
        let _ = match at % 6 {
            0 => writeln!(
                text,
                "# METADATA\n# title: rule {at}\ndeny contains msg if {{\n\tinput.kind == \"Pod\"\n\tsome c in input.spec.containers\n\tcount(c.name) > {limit}\n\tnot exempt_{}(c)\n\tmsg := sprintf(\"rule {at}: %s\", [c.name])\n}}\n",
                at + 1
            ),
            1 => writeln!(
                text,
                "# whether a container is exempt\n# from rule {at}\nexempt_{at}(c) if {{\n\tstartswith(c.image, \"registry{at}.example.com/\")\n\tc.securityContext.privileged == false\n\tnot c.tty\n\tnames.known(c.name)\n\tcount(c.env) < {limit}\n}}\n"
            ),
            2 => writeln!(
                text,
                "# the level of a container\nlevel_{at}(c) := \"high\" if {{\n\tc.securityContext.privileged\n}} else := \"middle\" if {{\n\tc.securityContext.capabilities.add[_] == \"NET_ADMIN\"\n}} else := \"low\" if {{\n\tcount(c.name) > {limit}\n}}\n"
            ),
            3 => writeln!(
                text,
                "# a switch\ndefault strict_{at} := false\n\nstrict_{at} if {{\n\tinput.metadata.labels.strict == \"{limit}\"\n\tsome c in pods.containers\n\tlevel_{}(c) == \"high\"\n\tcount(c.name) > 0\n}}\n",
                at - 1
            ),
            4 => writeln!(
                text,
                "# all containers\ndeny contains msg if {{\n\tstrict_{}\n\tevery c in input.spec.containers {{\n\t\tc.securityContext.runAsNonRoot\n\t\tcount(c.name) > {limit}\n\t}}\n\tmsg := \"rule {at}\"\n}}\n",
                at - 1
            ),
            _ => writeln!(
                text,
                "# names\ndeny contains msg if {{\n\tsome c in pods.containers\n\tsome e in c.env\n\te.name == \"KEY_{limit}\"\n\tnames.known(c.name)\n\tlevel_{}(c) != \"low\"\n\tmsg := sprintf(\"rule {at}: %s\", [e.name])\n}}\n",
                at / 6 * 6 + 2
            ),
        };
    }
    text
}

const PODS: &str = "package lib.pods\n\ncontainers contains c if some c in input.spec.containers\n\ncontainers contains c if some c in input.spec.initContainers\n";
const NAMES: &str = "package lib.names\n\nknown(name) if name in {\"web\", \"db\", \"cache\"}\n\nknown(name) if endswith(name, \"-ok\")\n";

/// A Pod of about 200 lines.
fn pod(edit: usize) -> String {
    let mut text = format!(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: bench\n  labels: {{strict: \"3\", edit: \"{edit}\"}}\nspec:\n  containers:\n"
    );
    for at in 0..10 {
        let _ = writeln!(
            text,
            "  - name: c{at}\n    image: registry{at}.example.com/app:1\n    tty: false\n    securityContext:\n      privileged: false\n      runAsNonRoot: true\n      capabilities:\n        add: [NET_ADMIN]\n    env:"
        );
        for key in 0..10 {
            let _ = writeln!(text, "    - {{name: KEY_{key}, value: \"{at}\"}}");
        }
    }
    text
}

fn file(id: u32, role: Role, revision: usize, text: String) -> SourceFile {
    SourceFile { file: FileId(id), name: format!("{id}"), role, revision: Revision(revision as u64), text }
}

fn judge(lines: usize) -> Judge {
    let mut judge = Judge::new();
    judge.put(file(0, Role::Policy, 0, policy(lines, 0)));
    judge.put(file(1, Role::Policy, 0, PODS.to_owned()));
    judge.put(file(2, Role::Policy, 0, NAMES.to_owned()));
    judge.put(file(3, Role::Manifest, 0, pod(0)));
    judge.judge(0, &JudgeOptions::default(), &mut |_| {});
    judge.prepare(&mut |_| {});
    judge
}

fn in_process(criterion: &mut Criterion) {
    let options = JudgeOptions::default();
    for lines in [62, 500, 5000] {
        let mut group = criterion.benchmark_group(format!("judge/{lines} lines"));
        group.sample_size(30);
        let mut warm = judge(lines);
        let mut edit = 0;
        let mut garbage = Vec::new();
        group.bench_function("policy edit", |bench| {
            bench.iter_batched(
                || {
                    edit += 1;
                    (edit, policy(lines, edit))
                },
                |(edit, text)| {
                    warm.put(file(0, Role::Policy, edit, text));
                    let evaluation = warm.judge(1, &options, &mut |_| {});
                    garbage.push(warm.take_garbage());
                    black_box(evaluation)
                },
                BatchSize::PerIteration,
            );
        });
        garbage.clear();
        warm.prepare(&mut |_| {});
        group.bench_function("manifest edit", |bench| {
            bench.iter_batched(
                || {
                    edit += 1;
                    (edit, pod(edit))
                },
                |(edit, text)| {
                    warm.put(file(3, Role::Manifest, edit, text));
                    black_box(warm.judge(1, &options, &mut |_| {}))
                },
                BatchSize::PerIteration,
            );
        });
        group.bench_function("from nothing", |bench| bench.iter(|| black_box(judge(lines))));
        group.finish();
    }
}

fn through_the_child(criterion: &mut Criterion) {
    for lines in [62, 500, 5000] {
        let (answers, heard) = mpsc::channel();
        let config = EvaluatorConfig::of(PathBuf::from(env!("CARGO_BIN_EXE_regoscope")));
        let evaluator = Evaluator::start(config, move |event| {
            let _ = answers.send(event);
        })
        .expect("no thread");
        let mut run = 0;
        let mut ask = |texts: [String; 4], changed: usize| {
            run += 1;
            let files = texts.into_iter().enumerate().map(|(at, text)| FileSnapshot {
                file: FileId(at as u32),
                name: at.to_string(),
                role: if at == 3 { Role::Manifest } else { Role::Policy },
                revision: Revision(if at == changed { run } else { 0 }),
                text: Snapshot::from(text.as_str()),
            });
            evaluator.submit(WorkspaceSnapshot {
                tests: None,
                run,
                files: files.collect(),
                edited: None,
                asked: Default::default(),
                target: Default::default(),
                lang: Default::default(),
            });
            loop {
                match heard.recv().expect("the evaluator is gone") {
                    EvaluatorEvent::Evaluated(evaluation) if evaluation.run == run => return evaluation,
                    EvaluatorEvent::Evaluated(_) => {}
                    EvaluatorEvent::Stopped { reason, .. } => panic!("{reason:?}"),
                }
            }
        };
        let mut edit = 0;
        criterion.bench_function(&format!("child/{lines} lines/policy edit"), |bench| {
            bench.iter_batched(
                || {
                    edit += 1;
                    [policy(lines, edit), PODS.to_owned(), NAMES.to_owned(), pod(0)]
                },
                |texts| black_box(ask(texts, 0)),
                BatchSize::PerIteration,
            );
        });
    }
}

/// Rules of which each has a test, and their tests. `edit` changes one of 100 rules.
fn tested(tests: usize, edit: usize) -> (String, String) {
    let (mut rules, mut asked) =
        ("package p\n\n".to_owned(), "package p_test\n\nimport data.p\n\n".to_owned());
    for at in 0..100 {
        let limit = if at == 50 { 1000 + edit } else { 100 };
        let _ = writeln!(
            rules,
            "deny_{at} contains msg if {{\n\tsome c in input.spec.containers\n\tcount(c.name) < {limit}\n\tnot allowed(c)\n\tmsg := sprintf(\"{at}: %s\", [c.name])\n}}\n"
        );
    }
    rules += "allowed(c) if startswith(c.image, \"registry.example.com/\")\n";
    for at in 0..tests {
        let _ = writeln!(
            asked,
            "test_{at} if {{\n\tcount(p.deny_{}) == 1 with input as {{\"spec\": {{\"containers\": [{{\"name\": \"c{at}\", \"image\": \"web\"}}]}}}}\n}}\n",
            at % 100
        );
    }
    (rules, asked)
}

/// 1,000 tests after an edit of a rule that ten of them read, and of one that all read; the first answer and the last.
fn unit_tests(criterion: &mut Criterion) {
    let asked = |budget_ms| JudgeOptions {
        tests: Some(TestOptions { budget_ms, explain: true, ..TestOptions::default() }),
        ..JudgeOptions::default()
    };
    let mut group = criterion.benchmark_group("tests/1000");
    group.sample_size(10);
    for (name, every, budget) in
        [("one rule, all", false, 0), ("every rule, first", true, 40), ("every rule, all", true, 0)]
    {
        let mut warm = Judge::new();
        START.get_or_init(Instant::now);
        warm.set_clock(|| START.get().map_or(0, |start| start.elapsed().as_nanos() as u64));
        let (rules, tests) = tested(1000, 0);
        warm.put(file(0, Role::Policy, 0, rules));
        warm.put(file(1, Role::Policy, 0, tests));
        warm.judge(0, &asked(0), &mut |_| {});
        let mut edit = 0;
        group.bench_function(name, |bench| {
            bench.iter_batched(
                || {
                    edit += 1;
                    let (rules, _) = tested(1000, edit);
                    let other = format!("allowed(c) if {edit} < 0\n\nallowed(c) if");
                    let all = if every { rules.replace("allowed(c) if", &other) } else { rules };
                    (edit, all)
                },
                |(edit, rules)| {
                    warm.put(file(0, Role::Policy, edit, rules));
                    let run = warm.judge(1, &asked(budget), &mut |_| {}).tests.expect("no tests");
                    assert!(run.counts().failed + run.counts().errors == 0, "{:?}", run.counts());
                    drop(warm.take_garbage());
                    black_box(run)
                },
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

/// When the clock of the tests began.
static START: OnceLock<Instant> = OnceLock::new();

criterion_group!(benches, in_process, through_the_child, unit_tests);
criterion_main!(benches);
