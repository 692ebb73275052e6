//! `__rs_seen(rule, number, mode)`: what of a rule was evaluated, for coverage (`policy::testing::cover`). It answers true
//! always. The engine evaluates the definitions of a rule one after the other and all of them; OPA passes over some. Which,
//! is told by the modes.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashSet};

use regorus::Value;

/// The function.
pub const NAME: &str = "__rs_seen";

/// What a call says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The place of this number was reached.
    Reached = 0,
    /// The first definition begins. The number is 0 if OPA's rule index excludes it.
    First = 1,
    /// Another definition begins. The same.
    Next = 2,
    /// A definition gave the rule its only value: OPA does not look at the others.
    Done = 3,
}

/// The places that were reached.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// As OPA evaluates.
    pub reached: BTreeSet<u64>,
    /// Only without its rule index.
    pub excluded: BTreeSet<u64>,
    /// Only without its early exit.
    pub after_exit: BTreeSet<u64>,
}

#[derive(Default)]
struct Log {
    seen: Seen,
    done: HashSet<u64>,
    excluded: HashSet<u64>,
}

thread_local! {
    static LOG: RefCell<Log> = RefCell::default();
}

/// Takes what was recorded on this thread.
pub fn take_seen() -> Seen {
    LOG.with_borrow_mut(std::mem::take).seen
}

pub fn register(engine: &mut regorus::Engine) -> anyhow::Result<()> {
    let record = |given: Vec<Value>| -> anyhow::Result<Value> {
        if let [rule, number, mode] = given.as_slice() {
            let (rule, number, mode) = (rule.as_u64()?, number.as_u64()?, mode.as_u64()?);
            LOG.with_borrow_mut(|log| log.record(rule, number, mode));
        }
        Ok(Value::from(true))
    };
    engine.add_extension(NAME.to_owned(), 3, Box::new(record))
}

impl Log {
    fn record(&mut self, rule: u64, number: u64, mode: u64) {
        let is = |other: Mode| mode == other as u64;
        if is(Mode::First) {
            self.done.remove(&rule);
        }
        if is(Mode::First) || is(Mode::Next) {
            if number == 0 {
                self.excluded.insert(rule);
            } else {
                self.excluded.remove(&rule);
            }
        } else if is(Mode::Done) {
            // One that OPA does not look at gives no value.
            if !self.excluded.contains(&rule) {
                self.done.insert(rule);
            }
        } else if self.excluded.contains(&rule) {
            self.seen.excluded.insert(number);
        } else if self.done.contains(&rule) {
            self.seen.after_exit.insert(number);
        } else {
            self.seen.reached.insert(number);
        }
    }
}
