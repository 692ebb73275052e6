//! What a decision takes from outside its texts: the time, and the mocks of builtins that would ask somebody.
//!
//! One question is asked at a time on a thread, so all of it is kept by thread.

use std::cell::{Cell, RefCell};

use regorus::Value;
use sha2::{Digest, Sha256};

use super::keys::builtin;
use super::{Builtin, Trouble, integer, text};
use crate::core::policy::engine::{from_engine, to_engine};
use crate::core::policy::outside::{EXTERNAL_DATA, Mocks, shape};

/// The functions.
pub const BUILTINS: &[Builtin] = &[
    ("time.now_ns", 0, |_| now().map(Value::from)),
    ("rand.intn", 2, random),
    ("uuid.rfc4122", 1, uuid),
    ("http.send", 1, |given| mocked("http.send", given)),
    ("net.lookup_ip_addr", 1, |given| mocked("net.lookup_ip_addr", given)),
    ("opa.runtime", 0, |given| mocked("opa.runtime", given)),
    (EXTERNAL_DATA, 1, |given| mocked(EXTERNAL_DATA, given)),
];

thread_local! {
    /// Nanoseconds since 1970 at which all questions are asked.
    static FROZEN: Cell<Option<i64>> = const { Cell::new(None) };
    /// The time of this question.
    static MOMENT: Cell<Option<i64>> = const { Cell::new(None) };
    static MOCKS: RefCell<Mocks> = RefCell::default();
}

/// Sets what all questions of this thread take from outside. `now`: nanoseconds since 1970; `None` is the real time.
pub fn set(now: Option<i64>, mocks: &Mocks) {
    FROZEN.set(now);
    MOCKS.with_borrow_mut(|known| {
        if known != mocks {
            known.clone_from(mocks);
        }
    });
}

/// Another question begins.
pub fn ask() {
    MOMENT.set(FROZEN.get());
}

/// Whether there is a mock of this builtin.
pub fn is_mocked(name: &str) -> bool {
    MOCKS.with_borrow(|mocks| mocks.know(name))
}

/// The time of this question, in nanoseconds since 1970. The engine has the clock.
pub fn now() -> Result<i64, Trouble> {
    if let Some(moment) = MOMENT.get() {
        return Ok(moment);
    }
    let found = regorus::Engine::new().eval_query("time.now_ns()".to_owned(), false).ok();
    let value = found.and_then(|found| found.result.first()?.expressions.first()?.value.as_i64().ok());
    let moment = value.ok_or_else(|| Trouble::Limit("there is no clock".to_owned()))?;
    MOMENT.set(Some(moment));
    Ok(moment)
}

fn mocked(name: &str, given: &[Value]) -> Result<Value, Trouble> {
    let given: Vec<serde_json::Value> = given.iter().filter_map(from_engine).collect();
    match MOCKS.with_borrow(|mocks| mocks.answer(name, &given)) {
        Some(answer) => answer.map(|result| to_engine(&result)).map_err(|words| builtin(&words)),
        None => Err(Trouble::Limit(format!("{} is not run, and no mock answers it", shape(name, &given)))),
    }
}

/// Bytes that look random and are the same for the same words: in OPA they are the same within a query.
fn drawn(words: &[&str]) -> [u8; 16] {
    let mut hash = Sha256::new();
    words.iter().for_each(|word| hash.update([word.as_bytes(), &[0]].concat()));
    let mut out = [0; 16];
    out.iter_mut().zip(hash.finalize()).for_each(|(to, from)| *to = from);
    out
}

fn random(given: &[Value]) -> Result<Value, Trouble> {
    let (key, most) = (text(given, 0)?, integer(given, 1)?.unsigned_abs());
    if most == 0 {
        return Ok(Value::from(0i64));
    }
    let drawn = u128::from_be_bytes(drawn(&["rand.intn", key, &most.to_string()]));
    Ok(Value::from(u64::try_from(drawn % u128::from(most)).unwrap_or_default()))
}

fn uuid(given: &[Value]) -> Result<Value, Trouble> {
    let drawn = u128::from_be_bytes(drawn(&["uuid.rfc4122", text(given, 0)?]));
    let number = drawn & !(0xf << 76) & !(3 << 62) | 4 << 76 | 2 << 62;
    let digits = format!("{number:032x}");
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|range| digits.get(range).unwrap_or_default());
    Ok(Value::from(parts.join("-")))
}
