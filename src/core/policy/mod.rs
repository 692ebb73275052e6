//! From modules and manifests to decisions.
//!
//! `judge` is the way in. It reads each file into a [`module`], links them into a [`program`] of entry rules and
//! what each of them depends on, cuts out ([`slice`]) what was not judged before, lets the [`engine`] evaluate that,
//! and reads the [`results`] as findings.

pub mod builtins;
pub mod document;
pub mod engine;
pub mod entries;
pub mod fingerprint;
pub mod gatekeeper;
pub mod json_patch;
pub mod judge;
pub mod links;
pub mod locate;
pub mod mocks;
pub mod module;
pub mod options;
pub mod outline;
pub mod outside;
pub mod paths;
pub mod place;
pub mod program;
pub mod query;
pub mod reads;
pub mod results;
pub mod slice;
pub mod surroundings;
pub mod testing;
pub mod units;
pub mod view;
pub mod webhook;

#[cfg(test)]
mod tests;
