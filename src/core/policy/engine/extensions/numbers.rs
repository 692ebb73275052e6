//! Arithmetic as OPA does it: exact on whole numbers, with 64 bits on fractions.

use num_bigint::BigInt;
use regorus::Value;

use super::wide::{NARROW, WIDE, Wide, decimal};
use super::{Builtin, Trouble, is_number, kind, wrong};

/// The functions.
pub const BUILTINS: &[Builtin] = &[
    ("abs", 1, abs),
    ("round", 1, round),
    ("ceil", 1, ceil),
    ("floor", 1, floor),
    ("sum", 1, sum),
    ("product", 1, product),
];

/// Longest whole number in bits that is worked with.
const MOST_BITS: u64 = 1 << 20;

/// A step of arithmetic.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// `+`
    Plus,
    /// `-`
    Minus,
    /// `*`
    Times,
    /// `/`
    Divide,
    /// `%`
    Remainder,
}

/// Both as whole numbers of machine size.
fn small(a: &Value, b: &Value) -> Option<(i64, i64)> {
    let whole = |value: &Value| {
        let number = value.as_number().ok()?;
        if number.is_integer() { number.as_i64() } else { None }
    };
    Some((whole(a)?, whole(b)?))
}

/// A whole number, however it is written.
fn big(value: &Value) -> Option<BigInt> {
    let number = value.as_number().ok().filter(|number| number.is_integer())?;
    let (digits, exponent) = decimal(&number.format_decimal())?;
    let power = u32::try_from(exponent).ok().filter(|&power| u64::from(power) * 4 < MOST_BITS)?;
    Some(digits * BigInt::from(10).pow(power))
}

fn whole(value: &BigInt) -> Result<Value, Trouble> {
    let limit = || Trouble::Limit("a whole number too long for this engine".to_owned());
    if value.bits() > MOST_BITS {
        return Err(limit());
    }
    match i64::try_from(value) {
        Ok(value) => Ok(Value::from(value)),
        Err(_) => Value::from_numeric_string(&value.to_string()).map_err(|_| limit()),
    }
}

/// The result of a step. Both must be numbers.
pub fn step(step: Step, a: &Value, b: &Value) -> Result<Value, Trouble> {
    let zero = |words: &str| Trouble::Builtin(words.to_owned());
    if let Some((x, y)) = small(a, b) {
        let made = match step {
            Step::Plus => x.checked_add(y),
            Step::Minus => x.checked_sub(y),
            Step::Times => x.checked_mul(y),
            Step::Divide if y == 0 => return Err(zero("divide by zero")),
            // Beyond 32 bits OPA divides with 64 bits of mantissa, which is exact here too.
            Step::Divide if x.checked_rem(y) == Some(0) => x.checked_div(y),
            Step::Divide => None,
            Step::Remainder if y == 0 => return Err(zero("modulo by zero")),
            Step::Remainder => x.checked_rem(y),
        };
        if let Some(made) = made {
            return Ok(Value::from(made));
        }
    }
    if step != Step::Divide
        && let (Some(x), Some(y)) = (big(a), big(b))
    {
        return whole(&match step {
            Step::Plus => x + y,
            Step::Minus => x - y,
            Step::Times => x * y,
            _ if y == BigInt::ZERO => return Err(zero("modulo by zero")),
            _ => x % y,
        });
    }
    let (x, y) = (Wide::of(a), Wide::of(b));
    match step {
        Step::Plus => x?.plus(&y?).value(WIDE),
        Step::Minus => x?.minus(&y?).value(WIDE),
        Step::Times => x?.times(&y?, WIDE).value(WIDE),
        Step::Divide => x?.over(&y?).ok_or_else(|| zero("divide by zero"))?.value(WIDE),
        Step::Remainder => Err(zero("modulo on floating-point number")),
    }
}

fn number(given: &[Value]) -> Result<&Value, Trouble> {
    given.first().filter(|value| is_number(value)).ok_or_else(|| wrong(given, 0, "number"))
}

/// A whole number that fits is what it is; all else goes through 64 bits.
fn changed(given: &[Value], change: impl Fn(Wide) -> Wide) -> Result<Value, Trouble> {
    let value = number(given)?;
    if small(value, value).is_some_and(|(x, _)| i32::try_from(x).is_ok()) {
        return Ok(value.clone());
    }
    change(Wide::of(value)?).value(WIDE)
}

fn abs(given: &[Value]) -> Result<Value, Trouble> {
    let value = number(given)?;
    match small(value, value) {
        Some((x, _)) if i32::try_from(x).is_ok() => Ok(Value::from(x.abs())),
        _ => Wide::of(value)?.magnitude().value(WIDE),
    }
}

/// Halves go away from zero.
fn round(given: &[Value]) -> Result<Value, Trouble> {
    changed(given, |x| {
        if x.is_negative() { x.minus(&Wide::half()) } else { x.plus(&Wide::half()) }.truncated()
    })
}

/// Between -1 and 0 it is 1 in OPA.
fn ceil(given: &[Value]) -> Result<Value, Trouble> {
    changed(given, |x| {
        let cut = x.truncated();
        if cut.is_negative() || x == cut { cut } else { cut.plus(&Wide::whole(1)) }
    })
}

/// Between -1 and 0 it is 0 in OPA.
fn floor(given: &[Value]) -> Result<Value, Trouble> {
    changed(given, |x| {
        let cut = x.truncated();
        if !cut.is_negative() || x == cut { cut } else { cut.minus(&Wide::whole(1)) }
    })
}

/// The members of an array or a set, all of them numbers.
fn numbers(given: &[Value], wanted: &str) -> Result<Vec<Value>, Trouble> {
    let all: Vec<Value> = match given.first() {
        Some(Value::Array(items)) => items.iter().cloned().collect(),
        Some(Value::Set(items)) => items.iter().cloned().collect(),
        _ => return Err(wrong(given, 0, wanted)),
    };
    match all.iter().find(|item| !is_number(item)) {
        Some(other) => {
            let of = given.first().map_or("array", kind);
            Err(Trouble::Builtin(format!(
                "operand 1 must be {of} of numbers but got {of} containing {}",
                kind(other)
            )))
        }
        None => Ok(all),
    }
}

fn sum(given: &[Value]) -> Result<Value, Trouble> {
    let all = numbers(given, "one of {set, array}")?;
    if let Some(bigs) = all.iter().map(big).collect::<Option<Vec<_>>>() {
        return whole(&bigs.iter().sum());
    }
    let mut sum = Wide::whole(0);
    for value in &all {
        sum = sum.plus(&Wide::of(value)?);
    }
    sum.value(WIDE)
}

/// Of fractions, with 53 bits.
fn product(given: &[Value]) -> Result<Value, Trouble> {
    let all = numbers(given, "one of {set, array}")?;
    if let Some(bigs) = all.iter().map(big).collect::<Option<Vec<_>>>() {
        let mut made = BigInt::from(1);
        for factor in &bigs {
            made *= factor;
            whole(&made)?;
        }
        return whole(&made);
    }
    let mut product = Wide::whole(1);
    for value in &all {
        product = product.times(&Wide::of(value)?, NARROW);
    }
    product.value(NARROW)
}
