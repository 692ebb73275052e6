//! The parent's side: one thread that looks after one child.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::io::{BufReader, Read};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};

use super::wire::{self, Answer, Request};
use super::{ARGUMENT, EvaluatorConfig, EvaluatorEvent};
use crate::app::effect::WorkspaceSnapshot;
use crate::core::decision::{Evaluation, Reason};
use crate::core::file::{FileId, Revision, Role};
use crate::core::policy::options::{Asked, JudgeOptions, Skip, SourceFile, Step};
use crate::core::rego::target::Target;

/// A run this old makes way for a newer snapshot.
const PATIENCE: Duration = Duration::from_millis(100);
/// How many steps are left out, one after the other, until a snapshot is given up.
const SKIPS: usize = 8;
/// The same for cases of suites, and for unit tests, which stay left out until what they depend on is edited.
const STOPPED_TESTS: usize = 256;
/// How often a child may end on one snapshot without telling what it was at.
const DEATHS: usize = 3;
/// How much of what a child writes to stderr is kept, in bytes.
const LAST_WORDS: usize = 8 << 10;

/// Judges snapshots in a child process.
pub struct Evaluator {
    commands: Sender<Event>,
    thread: Option<JoinHandle<()>>,
}

enum Event {
    Submit(Box<WorkspaceSnapshot>, Instant),
    Deadline(Duration),
    Quit,
    Answer { child: u64, answer: Box<Answer> },
    Ended { child: u64 },
}

impl Evaluator {
    /// Starts the thread that looks after the child. `on_event` is called on that thread.
    ///
    /// # Errors
    /// The system gives no thread. That there is no child is an event.
    pub fn start(
        config: EvaluatorConfig,
        on_event: impl Fn(EvaluatorEvent) + Send + 'static,
    ) -> std::io::Result<Self> {
        let (commands, events) = unbounded();
        let to_self = commands.clone();
        let thread = std::thread::Builder::new().name("evaluator".into()).spawn(move || {
            Keeper {
                config,
                on_event: Box::new(on_event),
                to_self,
                child: None,
                children: 0,
                running: None,
                waiting: None,
                given_up: None,
                stopped_tests: Vec::new(),
            }
            .run(&events);
        })?;
        Ok(Self { commands, thread: Some(thread) })
    }

    /// Asks for a snapshot to be judged. Never waits. Of several that wait only the newest is judged.
    pub fn submit(&self, snapshot: WorkspaceSnapshot) {
        let _ = self.commands.send(Event::Submit(Box::new(snapshot), Instant::now()));
    }

    /// How long a run may take, from now on and for the one that runs.
    pub fn set_deadline(&self, deadline: Duration) {
        let _ = self.commands.send(Event::Deadline(deadline));
    }
}

impl Drop for Evaluator {
    fn drop(&mut self) {
        let _ = self.commands.send(Event::Quit);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// What the thread knows.
struct Keeper {
    config: EvaluatorConfig,
    on_event: Box<dyn Fn(EvaluatorEvent) + Send>,
    to_self: Sender<Event>,
    child: Option<Kept>,
    children: u64,
    running: Option<Run>,
    waiting: Option<(WorkspaceSnapshot, Instant)>,
    /// The question on which every child died, and how.
    given_up: Option<(Question, Reason)>,
    /// Unit tests that ended a child.
    stopped_tests: Vec<Skip>,
}

/// Which state of which files, and what is asked about them.
type Question = (Vec<(FileId, Revision, Role)>, Asked, Target, bool);

/// A child that lives.
struct Kept {
    number: u64,
    process: Child,
    stdin: ChildStdin,
    last_words: Arc<Mutex<VecDeque<u8>>>,
    stderr: Option<JoinHandle<()>>,
    /// What it was sent.
    has: BTreeMap<FileId, (Revision, Role, String)>,
}

/// A run in flight.
struct Run {
    snapshot: WorkspaceSnapshot,
    /// When it was asked for.
    asked: Instant,
    /// When this try began.
    began: Instant,
    /// When the deadline began to count.
    counted: Instant,
    /// What it was doing when it last said so.
    at: Option<Step>,
    careful: bool,
    skip: Vec<Skip>,
    deaths: usize,
}

impl Keeper {
    fn run(mut self, events: &Receiver<Event>) {
        // Ready before the first snapshot comes.
        self.child = self.spawn().ok();
        loop {
            let event = match self.alarm() {
                Some(alarm) => match events.recv_deadline(alarm) {
                    Ok(event) => Some(event),
                    Err(RecvTimeoutError::Timeout) => None,
                    Err(RecvTimeoutError::Disconnected) => break,
                },
                None => match events.recv() {
                    Ok(event) => Some(event),
                    Err(_) => break,
                },
            };
            for event in event.into_iter().chain(events.try_iter().collect::<Vec<_>>()) {
                match event {
                    Event::Quit => {
                        self.end_child();
                        return;
                    }
                    Event::Submit(snapshot, asked) => self.waiting = Some((*snapshot, asked)),
                    Event::Deadline(deadline) => self.config.deadline = deadline,
                    Event::Answer { child, answer } => self.answered(child, *answer),
                    Event::Ended { child } => self.ended(child),
                }
            }
            self.look_at_the_clock();
            self.begin();
        }
        self.end_child();
    }

    /// When something has to be done even if nothing happens.
    fn alarm(&self) -> Option<Instant> {
        let run = self.running.as_ref()?;
        let end = run.counted + self.config.deadline;
        Some(if self.waiting.is_some() { end.min(run.began + PATIENCE) } else { end })
    }

    fn look_at_the_clock(&mut self) {
        let Some(run) = &self.running else { return };
        if self.waiting.is_some() && run.began.elapsed() >= PATIENCE {
            // Nobody wants its answer any more.
            self.running = None;
            self.end_child();
        } else if run.counted.elapsed() >= self.config.deadline {
            let limit_ms = u64::try_from(self.config.deadline.as_millis()).unwrap_or(u64::MAX);
            self.end_child();
            self.stopped(Reason::Timeout { limit_ms });
        }
    }

    /// Sends the waiting snapshot, if there is one and nothing runs.
    fn begin(&mut self) {
        if self.running.is_some() {
            return;
        }
        let Some((snapshot, asked)) = self.waiting.take() else { return };
        if let Some((given_up, reason)) = &self.given_up {
            if *given_up == question(&snapshot) {
                let (run, reason) = (snapshot.run, reason.clone());
                self.tell(EvaluatorEvent::Stopped {
                    run,
                    reason,
                    after: asked.elapsed(),
                    ran_last: None,
                    again: false,
                });
                return;
            }
            self.given_up = None;
        }
        self.send(Run {
            snapshot,
            asked,
            began: Instant::now(),
            counted: Instant::now(),
            at: None,
            careful: false,
            skip: Vec::new(),
            deaths: 0,
        });
    }

    /// Starts a try of a run.
    fn send(&mut self, mut run: Run) {
        run.began = Instant::now();
        run.counted = run.began;
        run.at = None;
        if self.child.is_none() {
            match self.spawn() {
                Ok(child) => self.child = Some(child),
                Err(error) => {
                    self.running = Some(run);
                    self.stopped(Reason::EvaluatorDied { detail: error.to_string() });
                    return;
                }
            }
        }
        let Some(child) = &mut self.child else { return };
        let mut options = self.config.options.clone();
        options.skip.extend(run.skip.iter().cloned());
        options.careful |= run.careful;
        options.tests = run.snapshot.tests.clone();
        if let Some(tests) = &mut options.tests {
            tests.skip.clone_from(&self.stopped_tests);
        }
        let request = child.request(&run.snapshot, options);
        // A child that is dead already does not read; that it ended comes as an event of its own.
        let _ = wire::write_request(&mut child.stdin, &request);
        self.running = Some(run);
    }

    fn answered(&mut self, child: u64, answer: Answer) {
        if self.child.as_ref().is_none_or(|kept| kept.number != child) {
            return;
        }
        match answer {
            Answer::Step { run, step } => {
                if let Some(running) = self.running.as_mut().filter(|r| r.snapshot.run == run) {
                    running.at = Some(step);
                    if self.config.deadline_per_step {
                        running.counted = Instant::now();
                    }
                }
            }
            Answer::Evaluated(evaluation) => {
                let Some(run) = self.running.take_if(|r| r.snapshot.run == evaluation.run) else { return };
                let elapsed_us = u64::try_from(run.asked.elapsed().as_micros()).unwrap_or(u64::MAX);
                self.tell(EvaluatorEvent::Evaluated(Box::new(Evaluation { elapsed_us, ..*evaluation })));
            }
        }
    }

    /// A child ended by itself.
    fn ended(&mut self, number: u64) {
        if self.child.as_ref().is_none_or(|kept| kept.number != number) {
            return;
        }
        let Some(mut child) = self.child.take() else { return };
        let status = child.process.wait();
        if let Some(stderr) = child.stderr.take() {
            let _ = stderr.join();
        }
        let words = child.last_words();
        let detail = match status {
            Ok(status) => last_line(&words).unwrap_or_else(|| status.to_string()),
            Err(error) => error.to_string(),
        };
        let reason = if words.contains("has overflowed its stack") {
            Reason::StackOverflow
        } else if words.contains("memory allocation of") || words.contains("out of memory") {
            Reason::OutOfMemory { limit_mib: self.config.memory_mib }
        } else {
            Reason::EvaluatorDied { detail }
        };
        if self.running.is_some() {
            self.stopped(reason);
        }
    }

    /// The child of the running try is gone. Tells why, and tries again without what ended it.
    fn stopped(&mut self, reason: Reason) {
        let Some(mut run) = self.running.take() else { return };
        run.deaths += 1;
        let after = run.began.elapsed();
        let ran_last = run.at.take();
        // Between two beats the next step may have begun: only a careful run is sure, or one that hung for so long.
        let sure = run.careful || matches!(reason, Reason::Timeout { .. });
        let culprit = ran_last.clone().filter(|step| sure && *step != Step::Prepare);
        let again = self.waiting.is_none()
            && match culprit {
                Some(step @ Step::Test { .. }) if self.stopped_tests.len() < STOPPED_TESTS => {
                    self.stopped_tests.push(Skip { step, reason: reason.clone() });
                    run.careful = false;
                    run.deaths = 0;
                    true
                }
                Some(step) if run.skip.len() < skips(&step) => {
                    run.skip.push(Skip { step, reason: reason.clone() });
                    run.careful = false;
                    run.deaths = 0;
                    true
                }
                Some(_) => false,
                None if run.careful => matches!(reason, Reason::EvaluatorDied { .. }) && run.deaths < DEATHS,
                None => {
                    run.careful = true;
                    true
                }
            };
        let snapshot = run.snapshot.run;
        self.tell(EvaluatorEvent::Stopped { run: snapshot, reason: reason.clone(), after, ran_last, again });
        if again {
            self.send(run);
        } else if self.waiting.is_none() {
            self.given_up = Some((question(&run.snapshot), reason));
        }
    }

    fn tell(&self, event: EvaluatorEvent) {
        (self.on_event)(event);
    }

    /// Ends the child, whatever it is doing.
    fn end_child(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.process.kill();
            let _ = child.process.wait();
        }
    }

    fn spawn(&mut self) -> std::io::Result<Kept> {
        let mut process = Command::new(&self.config.exe)
            .arg(ARGUMENT)
            .arg(self.config.memory_mib.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let missing = || std::io::Error::other("a pipe is missing");
        let stdin = process.stdin.take().ok_or_else(missing)?;
        let stdout = process.stdout.take().ok_or_else(missing)?;
        let stderr = process.stderr.take().ok_or_else(missing)?;
        self.children += 1;
        let number = self.children;
        let to_self = self.to_self.clone();
        std::thread::Builder::new().name("answers".into()).spawn(move || {
            let mut stdout = BufReader::new(stdout);
            while let Ok(Some(answer)) = wire::read_answer(&mut stdout) {
                if to_self.send(Event::Answer { child: number, answer: Box::new(answer) }).is_err() {
                    return;
                }
            }
            let _ = to_self.send(Event::Ended { child: number });
        })?;
        let last_words = Arc::new(Mutex::new(VecDeque::new()));
        let words = last_words.clone();
        let stderr =
            std::thread::Builder::new().name("last-words".into()).spawn(move || listen(stderr, &words))?;
        Ok(Kept { number, process, stdin, last_words, stderr: Some(stderr), has: BTreeMap::new() })
    }
}

impl Kept {
    /// What this child has to be told so that it can judge the snapshot.
    fn request(&mut self, snapshot: &WorkspaceSnapshot, mut options: JudgeOptions) -> Request {
        options.asked = snapshot.asked.clone();
        options.target = snapshot.target;
        options.lang = snapshot.lang;
        let wanted: HashMap<FileId, ()> = snapshot.files.iter().map(|file| (file.file, ())).collect();
        let remove: Vec<FileId> = self.has.keys().copied().filter(|id| !wanted.contains_key(id)).collect();
        for id in &remove {
            self.has.remove(id);
        }
        let mut put = Vec::new();
        for file in &snapshot.files {
            let state = (file.revision, file.role, file.name.clone());
            if self.has.get(&file.file) != Some(&state) {
                put.push(SourceFile {
                    file: file.file,
                    name: file.name.clone(),
                    role: file.role,
                    revision: file.revision,
                    text: file.text.to_string(),
                });
                self.has.insert(file.file, state);
            }
        }
        Request { run: snapshot.run, put, remove, options }
    }

    fn last_words(&self) -> String {
        let words = self.last_words.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&words.iter().copied().collect::<Vec<u8>>()).into_owned()
    }
}

/// How many steps of the kind of this one may be left out in one run.
fn skips(step: &Step) -> usize {
    if matches!(step, Step::Case { .. }) { STOPPED_TESTS } else { SKIPS }
}

/// Keeps the end of what a child writes to stderr.
fn listen(mut stderr: impl Read, words: &Mutex<VecDeque<u8>>) {
    let mut buffer = [0; 1024];
    while let Ok(count @ 1..) = stderr.read(&mut buffer) {
        let mut words = words.lock().unwrap_or_else(PoisonError::into_inner);
        words.extend(buffer.iter().take(count));
        let extra = words.len().saturating_sub(LAST_WORDS);
        words.drain(..extra);
    }
}

/// The last line that says something.
fn last_line(words: &str) -> Option<String> {
    let advice = |line: &&str| !line.trim().is_empty() && !line.starts_with("note: ");
    words.lines().rev().find(advice).map(|line| line.trim().to_owned())
}

fn question(snapshot: &WorkspaceSnapshot) -> Question {
    let files = snapshot.files.iter().map(|file| (file.file, file.revision, file.role));
    (files.collect(), snapshot.asked.clone(), snapshot.target, snapshot.tests.is_some())
}
