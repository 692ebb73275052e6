//! What time it is, the same for all that one question asks, and whether anybody asked.

use std::cell::Cell;

use regorus::Value;

use super::{Builtin, Trouble};

/// The functions.
pub const BUILTINS: &[Builtin] = &[("time.now_ns", 0, |_| now().map(Value::from))];

thread_local! {
    /// Nanoseconds since 1970.
    static MOMENT: Cell<Option<i64>> = const { Cell::new(None) };
}

/// Sets the time of the question that follows; `None`: the time when it is first asked.
pub fn set(moment: Option<i64>) {
    MOMENT.set(moment);
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
