//! The cluster part against a real API server: what `tests/apiserver/serve` starts, or one that is there already.
//!
//! * `KUBEBUILDER_ASSETS=folder` with `etcd` and `kube-apiserver` (and `gatekeeper`), as envtest has it and as
//!   `tests/apiserver/serve --build` prints it: a server is started for the run.
//! * `REGOSCOPE_TEST_KUBECONFIG=file`: a server that runs. Beside the kubeconfig of `serve` are the audit log and the
//!   user that prepares the tests; with any other kubeconfig its current context does that, and what needs the rest is
//!   named as not run.
//! * Neither: one line says so.
//!
//! First every case prepares its objects, as another user and past the code under test. Then every object of the server
//! is listed, every case asks, and every object is listed again: nothing may have changed. At last the audit log must
//! hold no write but the preparations.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // Here they fail a test.

mod admission;
mod contexts;
mod defaults;
mod gatekeeper;
mod objects;
mod program;
mod proof;
mod readings;
mod reviews;
mod rig;
mod server;
mod webhooks;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::Instant;

use rig::Rig;
use server::{Need, Server};

/// One test.
pub struct Case {
    /// Says what must hold.
    pub name: &'static str,
    /// What it cannot do without.
    pub needs: &'static [Need],
    /// Writes what it asks about.
    pub prepare: fn(&mut Rig),
    /// Asks, and panics if the answer is wrong. Writes nothing.
    pub ask: fn(&mut Rig),
}

const GROUPS: [&[Case]; 9] = [
    admission::CASES,
    webhooks::CASES,
    contexts::CASES,
    objects::CASES,
    defaults::CASES,
    reviews::CASES,
    readings::CASES,
    gatekeeper::CASES,
    program::CASES,
];

const WHAT_TO_RUN: &str =
    "start one: KUBEBUILDER_ASSETS=$(tests/apiserver/serve --build) cargo test --test live_cluster";

fn main() -> ExitCode {
    let (flags, filters): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|a| a.starts_with('-'));
    let chosen =
        |case: &&Case| filters.is_empty() || filters.iter().any(|filter| case.name.contains(filter.as_str()));
    let cases: Vec<&Case> = GROUPS.into_iter().flatten().filter(chosen).collect();
    if flags.iter().any(|flag| flag == "--list") {
        cases.iter().for_each(|case| println!("{}: test", case.name));
        return ExitCode::SUCCESS;
    }
    if cases.is_empty() {
        println!("live_cluster: 0 tests of that name");
        return ExitCode::SUCCESS;
    }
    let started = Instant::now();
    match Server::of_environment() {
        Ok(None) => {
            println!("live_cluster: {} tests NOT RUN, there is no API server. To {WHAT_TO_RUN}", cases.len());
            ExitCode::SUCCESS
        }
        Err(why) => {
            println!("live_cluster: FAILED, the API server did not start: {why}");
            ExitCode::FAILURE
        }
        Ok(Some(server)) => {
            println!("live_cluster: the server is ready after {:.1?}", started.elapsed());
            run(Rig::new(server), &cases, filters.is_empty())
        }
    }
}

fn run(mut rig: Rig, cases: &[&Case], all: bool) -> ExitCode {
    let started = Instant::now();
    let (mut failed, mut not_run) = (Vec::new(), 0);
    let mut ready = Vec::new();
    for case in cases {
        if let Some(lack) = case.needs.iter().find_map(|need| rig.server.lacks(*need)) {
            println!("{} … NOT RUN: {lack}", case.name);
            not_run += 1;
        } else if passes(&mut rig, case.prepare) {
            ready.push(*case);
        } else {
            println!("{} … FAILED while it was prepared", case.name);
            failed.push(case.name);
        }
    }
    if rig.server.lacks(Need::Loopback).is_none() {
        passes(&mut rig, Rig::until_hooks_are_called);
    }
    println!("prepared in {:.1?}", started.elapsed());
    let before = proof::everything(&rig);
    for case in &ready {
        let started = Instant::now();
        let passed = passes(&mut rig, case.ask);
        println!("{} … {} ({:.0?})", case.name, if passed { "ok" } else { "FAILED" }, started.elapsed());
        if !passed {
            failed.push(case.name);
        }
    }
    for (name, needs, check) in proof::CHECKS {
        if let Some(lack) = needs.iter().find_map(|need| rig.server.lacks(*need)) {
            println!("{name} … NOT RUN: {lack}");
            not_run += 1;
        } else {
            let passed = passes(&mut rig, |rig| check(rig, &before));
            println!("{name} … {}", if passed { "ok" } else { "FAILED" });
            if !passed {
                failed.push(name);
            }
        }
    }
    passes(&mut rig, Rig::remove_hooks);
    let passed = cases.len() + proof::CHECKS.len() - failed.len() - not_run;
    let took = started.elapsed();
    println!("live_cluster: {passed} passed, {} failed, {not_run} not run, in {took:.1?}", failed.len());
    // A machine that proves everything must not be content with less.
    let too_little = all && not_run > 0 && std::env::var("CI").is_ok_and(|ci| ci == "true");
    if failed.is_empty() && !too_little { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn passes(rig: &mut Rig, step: impl FnOnce(&mut Rig)) -> bool {
    catch_unwind(AssertUnwindSafe(|| step(rig))).is_ok()
}
