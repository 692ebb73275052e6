//! The child: reads requests on stdin, judges, answers on stdout. It ends with its stdin.

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use super::wire::{self, Answer, Request};
use crate::core::policy::judge::{Garbage, Judge};
use crate::core::policy::options::Step;

/// Stack of the thread that judges. A chain of rules takes 4 KB a link in the engine.
const STACK: usize = 256 << 20;
/// How often the parent hears what is being done.
const BEAT: Duration = Duration::from_millis(50);

/// Nothing asked for this long: time to put the engine for all rules together.
const QUIET: Duration = Duration::from_millis(500);

/// What is being done, for the parent to know when it has to end the child.
#[derive(Default)]
struct Now {
    run: u64,
    step: Option<Step>,
    told: bool,
}

/// Runs the child until stdin ends. `arguments` are those after [`super::ARGUMENT`]: the memory limit in MiB.
pub fn run(arguments: impl Iterator<Item = std::ffi::OsString>) -> ExitCode {
    let memory_mib = arguments.into_iter().next().and_then(|a| a.to_str()?.parse().ok()).unwrap_or(512);
    let (requests, to_judge) = mpsc::channel();
    let now = Arc::new(Mutex::new(Now::default()));
    let judging = {
        let now = now.clone();
        std::thread::Builder::new().name("judge".into()).stack_size(STACK).spawn(move || {
            let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| serve(&to_judge, &now)));
            // The panic's message is on stderr by now; the parent reads it.
            std::process::exit(match outcome {
                Ok(Ok(())) => 0,
                Ok(Err(_)) => 1,
                Err(_) => 101,
            })
        })
    };
    let beating = std::thread::Builder::new().name("beat".into()).spawn(move || beat(&now));
    if judging.is_err() || beating.is_err() {
        return ExitCode::from(1);
    }
    limit_memory(memory_mib);
    let mut stdin = io::stdin().lock();
    while let Ok(Some(request)) = wire::read_request(&mut stdin) {
        if requests.send(request).is_err() {
            break;
        }
    }
    // The parent is gone, or does not want us any more. Whatever runs is not needed.
    std::process::exit(0)
}

/// Judges one request after the other.
fn serve(requests: &Receiver<Request>, now: &Mutex<Now>) -> io::Result<()> {
    let (garbage, to_drop) = mpsc::channel::<Garbage>();
    std::thread::Builder::new().name("drop".into()).spawn(move || to_drop.iter().for_each(drop))?;
    let mut judge = Judge::new();
    judge.set_clock(nanoseconds);
    loop {
        let request = match requests.recv_timeout(QUIET) {
            Ok(request) => request,
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
            Err(RecvTimeoutError::Timeout) => {
                judge.prepare(&mut |_| {});
                throw_away(&mut judge, &garbage);
                match requests.recv() {
                    Ok(request) => request,
                    Err(_) => return Ok(()),
                }
            }
        };
        let Request { run, put, remove, options } = request;
        put.into_iter().for_each(|file| judge.put(file));
        remove.into_iter().for_each(|file| judge.remove(file));
        let mut step = |step: Step| {
            if options.careful {
                let _ = say(&Answer::Step { run, step });
            } else {
                *now.lock().unwrap_or_else(PoisonError::into_inner) =
                    Now { run, step: Some(step), told: false };
            }
        };
        let evaluation = judge.judge(run, &options, &mut step);
        *now.lock().unwrap_or_else(PoisonError::into_inner) = Now::default();
        say(&Answer::Evaluated(Box::new(evaluation)))?;
        throw_away(&mut judge, &garbage);
    }
}

fn throw_away(judge: &mut Judge, garbage: &mpsc::Sender<Garbage>) {
    let rest = judge.take_garbage();
    if !rest.is_empty() {
        let _ = garbage.send(rest);
    }
}

/// Tells the step now and then. Whoever waits long learns what for.
fn beat(now: &Mutex<Now>) {
    loop {
        std::thread::sleep(BEAT);
        let mut now = now.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Some(step), false) = (&now.step, now.told) {
            // The lock is held while this is written: no answer of the same run can overtake it.
            let told = say(&Answer::Step { run: now.run, step: step.clone() });
            now.told = true;
            if told.is_err() {
                return;
            }
        }
    }
}

fn say(answer: &Answer) -> io::Result<()> {
    let mut out = io::stdout().lock();
    wire::write_answer(&mut out, answer)?;
    out.flush()
}

/// Limits the address space to what it is now plus `mib`. Where the system has no such limit, the deadline is left.
fn limit_memory(mib: u64) {
    let limit = address_space().saturating_add(mib << 20);
    let limit = rustix::process::Rlimit { current: Some(limit), maximum: Some(limit) };
    let _ = rustix::process::setrlimit(rustix::process::Resource::As, limit);
    // Nothing that dies here is worth a core file.
    let none = rustix::process::Rlimit { current: Some(0), maximum: Some(0) };
    let _ = rustix::process::setrlimit(rustix::process::Resource::Core, none);
}

/// The address space in use, in bytes; a guess that holds the stack where the system does not say.
fn address_space() -> u64 {
    let kib = std::fs::read_to_string("/proc/self/status").ok().and_then(|status| {
        let line = status.lines().find_map(|line| line.strip_prefix("VmSize:"))?;
        line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()
    });
    kib.map_or(STACK as u64 + (512 << 20), |kib| kib << 10)
}

/// Since this was first asked.
fn nanoseconds() -> u64 {
    static BEGAN: OnceLock<Instant> = OnceLock::new();
    u64::try_from(BEGAN.get_or_init(Instant::now).elapsed().as_nanos()).unwrap_or(u64::MAX)
}
