//! OPA's fractions: binary numbers of 64 bits, written down in decimal after every step. The engine's have 53 bits.
//!
//! What a step makes goes back to the engine as the nearest number it has. The exact one is kept beside it, so that the
//! next step and the message find it: `1 / 3 * 3` is 1, and `1 / 3` is written with 20 digits. If two results differ
//! by less than the engine can tell, the rule is not judged.

use std::cell::RefCell;
use std::collections::HashMap;

use num_bigint::{BigInt, BigUint, Sign};
use regorus::Value;

use super::Trouble;

/// Bits of a mantissa in OPA, and in the engine.
pub const WIDE: u64 = 64;
/// Bits of a mantissa of a float64.
pub const NARROW: u64 = 53;
/// Decimal digits that tell all mantissas of 64 bits apart.
const DIGITS: u32 = 21;
/// No result of fewer or more decimal digits than this is worked with.
const MOST_EXPONENT: i64 = 1000;

/// `mantissa * 2^exponent`
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Wide {
    mantissa: BigInt,
    exponent: i64,
}

thread_local! {
    /// The results of one question, by the float64 that the engine got for them.
    static MADE: RefCell<HashMap<u64, Wide>> = RefCell::default();
}

/// Forgets the results of the question before.
pub fn forget() {
    MADE.with_borrow_mut(HashMap::clear);
}

fn limit() -> Trouble {
    Trouble::Limit("a number too large or too small for this engine".to_owned())
}

/// Most results that are remembered for one question.
const MOST_RESULTS: usize = 1 << 18;

impl Wide {
    /// The nearest number of `bits` bits to a fraction; halves go to the even one.
    fn rounded(numerator: &BigInt, denominator: &BigUint, bits: u64) -> Self {
        let (negative, mut n, mut d) =
            (numerator.sign() == Sign::Minus, numerator.magnitude().clone(), denominator.clone());
        if n.bits() == 0 || d.bits() == 0 {
            return Self { mantissa: BigInt::ZERO, exponent: 0 };
        }
        // Two bits more than wanted, or three.
        let shift = bits as i64 + 2 - (n.bits() as i64 - d.bits() as i64);
        if shift > 0 {
            n <<= shift
        } else {
            d <<= -shift
        }
        let (mut q, rest) = (&n / &d, &n % &d);
        let extra = q.bits().saturating_sub(bits);
        let half = BigUint::from(1u8) << extra.saturating_sub(1);
        let cut = &q & ((BigUint::from(1u8) << extra) - 1u8);
        q >>= extra;
        let up = cut > half || (cut == half && (rest.bits() > 0 || q.bit(0)));
        q += u8::from(up);
        let zeros = q.trailing_zeros().unwrap_or(0);
        let mantissa = BigInt::from_biguint(if negative { Sign::Minus } else { Sign::Plus }, q >> zeros);
        Self { mantissa, exponent: extra as i64 - shift + zeros as i64 }
    }

    /// `digits * 10^exponent`
    fn of_decimal(digits: &BigInt, exponent: i64, bits: u64) -> Option<Self> {
        let power = BigUint::from(10u8).pow(u32::try_from(exponent.unsigned_abs()).ok()?);
        Some(match exponent < 0 {
            true => Self::rounded(digits, &power, bits),
            false => Self::rounded(&(digits * BigInt::from(power)), &BigUint::from(1u8), bits),
        })
    }

    /// A number as it is written: `-12.5e3`.
    fn read(text: &str) -> Option<Self> {
        let (digits, exponent) = decimal(text)?;
        (exponent.abs() < MOST_EXPONENT).then(|| Self::of_decimal(&digits, exponent, WIDE))?
    }

    /// A number of the engine's, as exact as it was made.
    pub fn of(value: &Value) -> Result<Self, Trouble> {
        let kept = value.as_f64().ok().and_then(|f| MADE.with_borrow(|made| made.get(&f.to_bits()).cloned()));
        let number = value.as_number().map_err(|_| limit())?;
        match kept.filter(|_| !number.is_integer()) {
            Some(kept) => Ok(kept),
            None => Self::read(&number.format_decimal()).ok_or_else(limit),
        }
    }

    /// Numerator and denominator.
    fn fraction(&self) -> (BigInt, BigUint) {
        let power = self.exponent.unsigned_abs();
        match self.exponent < 0 {
            true => (self.mantissa.clone(), BigUint::from(1u8) << power),
            false => (self.mantissa.clone() << power, BigUint::from(1u8)),
        }
    }

    fn combined(&self, other: &Self, bits: u64, with: impl Fn(&BigInt, &BigInt) -> BigInt) -> Self {
        let ((a, b), (c, d)) = (self.fraction(), other.fraction());
        let (x, y) = (a * BigInt::from(d.clone()), c * BigInt::from(b.clone()));
        Self::rounded(&with(&x, &y), &(b * d), bits)
    }

    /// The sum.
    pub fn plus(&self, other: &Self) -> Self {
        self.combined(other, WIDE, |x, y| x + y)
    }

    /// The difference.
    pub fn minus(&self, other: &Self) -> Self {
        self.combined(other, WIDE, |x, y| x - y)
    }

    /// The product, to so many bits.
    pub fn times(&self, other: &Self, bits: u64) -> Self {
        let ((a, b), (c, d)) = (self.fraction(), other.fraction());
        Self::rounded(&(a * c), &(b * d), bits)
    }

    /// The quotient; `None` for zero below.
    pub fn over(&self, other: &Self) -> Option<Self> {
        let ((a, b), (c, d)) = (self.fraction(), other.fraction());
        let below = b * c.magnitude();
        let above =
            a * BigInt::from_biguint(if c.sign() == Sign::Minus { Sign::Minus } else { Sign::Plus }, d);
        (below.bits() > 0).then(|| Self::rounded(&above, &below, WIDE))
    }

    /// A whole number.
    pub fn whole(value: i64) -> Self {
        Self::rounded(&BigInt::from(value), &BigUint::from(1u8), WIDE)
    }

    /// A half.
    pub fn half() -> Self {
        Self { mantissa: BigInt::from(1), exponent: -1 }
    }

    /// Without what is behind the point.
    pub fn truncated(&self) -> Self {
        let (n, d) = self.fraction();
        Self::rounded(&(n / BigInt::from(d)), &BigUint::from(1u8), WIDE)
    }

    /// Below zero.
    pub fn is_negative(&self) -> bool {
        self.mantissa.sign() == Sign::Minus
    }

    /// Without its sign.
    pub fn magnitude(&self) -> Self {
        Self { mantissa: BigInt::from(self.mantissa.magnitude().clone()), exponent: self.exponent }
    }

    /// The shortest digits that mean this number among those of `bits` bits, and the power of ten behind them.
    fn shortest(&self, bits: u64) -> Option<(BigInt, i64)> {
        let (n, d) = self.fraction();
        // log10(2) is 0.30103; the estimate may be one off.
        let magnitude = ((n.bits() as i64 - d.bits() as i64) * 30_103).div_euclid(100_000);
        for length in 1..=i64::from(DIGITS) + 1 {
            let exponent = magnitude - length + 1;
            let power = BigInt::from(BigUint::from(10u8).pow(u32::try_from(exponent.unsigned_abs()).ok()?));
            let (above, below) = match exponent < 0 {
                true => (&n * power, BigInt::from(d.clone())),
                false => (n.clone(), BigInt::from(d.clone()) * power),
            };
            // To the nearest; halves are as good either way.
            let twice: BigInt = &above * 2;
            let add = if self.is_negative() { -&below } else { below.clone() };
            let digits: BigInt = (twice + add) / (below * 2);
            if Self::of_decimal(&digits, exponent, bits).as_ref() == Some(self) {
                return Some(trimmed(digits, exponent));
            }
        }
        None
    }

    /// The engine's number for it.
    pub fn value(&self, bits: u64) -> Result<Value, Trouble> {
        if self.mantissa.sign() == Sign::NoSign {
            return Ok(Value::from(0i64));
        }
        let (digits, exponent) = self.shortest(bits).ok_or_else(limit)?;
        if exponent.abs() > MOST_EXPONENT {
            return Err(limit());
        }
        // Whole numbers are exact in the engine.
        if exponent >= 0 {
            let text = format!("{digits}{}", "0".repeat(usize::try_from(exponent).unwrap_or(0)));
            return Value::from_numeric_string(&text).map_err(|_| limit());
        }
        let float: f64 = format!("{digits}e{exponent}").parse().map_err(|_| limit())?;
        if !float.is_finite() || float == 0.0 || float.fract() == 0.0 {
            return Err(limit());
        }
        MADE.with_borrow_mut(|made| {
            if made.len() >= MOST_RESULTS {
                return Err(limit());
            }
            match made.insert(float.to_bits(), self.clone()) {
                Some(other) if other != *self => Err(Trouble::Limit(
                    "two numbers that are too close to each other for this engine".to_owned(),
                )),
                _ => Ok(Value::from(float)),
            }
        })
    }
}

/// A number as OPA writes it, if the engine would write it otherwise: `0.33333333333333333334`, `100000000000000000000`.
pub fn written(value: &Value) -> Option<String> {
    if let Ok(number) = value.as_number()
        && number.is_integer()
    {
        return Some(number.format_decimal());
    }
    let float = value.as_f64().ok().filter(|float| float.fract() != 0.0)?;
    let kept = MADE.with_borrow(|made| made.get(&float.to_bits()).cloned())?;
    let (digits, exponent) = kept.shortest(WIDE)?;
    let sign = if digits.sign() == Sign::Minus { "-" } else { "" };
    let digits = digits.magnitude().to_string();
    let point = digits.len() as i64 + exponent;
    // As Go's %g: an exponent below 1e-4 and from 1e6.
    if !(-3..=6).contains(&point) {
        let (first, rest) = digits.split_at(1);
        let dot = if rest.is_empty() { "" } else { "." };
        let mark = if point < 1 { '-' } else { '+' };
        return Some(format!("{sign}{first}{dot}{rest}e{mark}{:02}", (point - 1).abs()));
    }
    Some(match usize::try_from(point) {
        Ok(point) if point > 0 && point < digits.len() => {
            let (whole, behind) = digits.split_at(point);
            format!("{sign}{whole}.{behind}")
        }
        _ => format!("{sign}0.{}{digits}", "0".repeat(usize::try_from(-point).unwrap_or(0))),
    })
}

fn trimmed(mut digits: BigInt, mut exponent: i64) -> (BigInt, i64) {
    while digits.sign() != Sign::NoSign && &digits % 10 == BigInt::ZERO {
        digits /= 10;
        exponent += 1;
    }
    (digits, exponent)
}

/// `-12.5e3` as `-125 * 10^2`.
pub fn decimal(text: &str) -> Option<(BigInt, i64)> {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let exponent: i64 = exponent.strip_prefix('+').unwrap_or(exponent).parse().ok()?;
    let (whole, behind) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{behind}").parse().ok()?;
    Some((digits, exponent.checked_sub(i64::try_from(behind.len()).ok()?)?))
}
