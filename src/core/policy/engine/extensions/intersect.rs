//! `regex.globs_match`: whether some text matches two patterns of characters, `.`, `[a-z]`, `+` and `*`, as the Go
//! library `glob-intersection` finds out, step by step, since it does not find every such text.

use std::collections::BTreeSet;

use regorus::Value;

use super::keys::{builtin, limit};
use super::{Builtin, Trouble, text};

/// The functions.
pub const BUILTINS: &[Builtin] = &[("regex.globs_match", 2, globs_match)];

/// Most steps of one call. The library needs time exponential in the number of stars.
const MAX_STEPS: usize = 2_000_000;
/// Longest pattern: each of its pieces can take a call.
const MAX_TOKENS: usize = 1000;
/// Most characters of one set.
const MAX_SET: u32 = 100_000;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Char(char),
    Dot,
    Set(BTreeSet<char>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flag {
    None,
    Plus,
    Star,
}

type Token = (Piece, Flag);

fn globs_match(given: &[Value]) -> Result<Value, Trouble> {
    let (first, second) = (glob(text(given, 0)?)?, glob(text(given, 1)?)?);
    let Some((first, second)) = trimmed(&first, &second) else { return Ok(Value::from(false)) };
    normal(first, second, &mut 0).map(Value::from)
}

fn invalid() -> Trouble {
    builtin("the input provided is invalid")
}

/// The next character, and whether a backslash stands before it.
fn next(rest: &mut std::str::Chars<'_>) -> Result<Option<(char, bool)>, Trouble> {
    match rest.next() {
        Some('\\') => rest.next().map(|c| Some((c, true))).ok_or_else(invalid),
        found => Ok(found.map(|c| (c, false))),
    }
}

fn glob(pattern: &str) -> Result<Vec<Token>, Trouble> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut rest = pattern.chars();
    while let Some(found) = next(&mut rest)? {
        let piece = match found {
            ('.', false) => Piece::Dot,
            ('[', false) => Piece::Set(set(&mut rest)?),
            (']' | '+' | '*', false) => return Err(invalid()),
            (c, _) => Piece::Char(c),
        };
        let flag = match rest.clone().next() {
            Some('+') => Flag::Plus,
            Some('*') => Flag::Star,
            _ => Flag::None,
        };
        if flag != Flag::None {
            rest.next();
        }
        // Of two equal pieces with flags one is enough.
        match tokens.last_mut() {
            Some((last, known)) if flag != Flag::None && *known != Flag::None && *last == piece => {
                if flag == Flag::Plus {
                    *known = Flag::Plus;
                }
            }
            _ => tokens.push((piece, flag)),
        }
    }
    if tokens.len() > MAX_TOKENS {
        return Err(limit("a pattern of this length"));
    }
    Ok(tokens)
}

fn set(rest: &mut std::str::Chars<'_>) -> Result<BTreeSet<char>, Trouble> {
    let mut all = BTreeSet::new();
    let mut before = None;
    loop {
        match next(rest)?.ok_or_else(invalid)? {
            (']', false) => return Ok(all),
            ('-', false) => {
                let from = before.take().ok_or_else(invalid)?;
                // Two characters at least must follow, the end of the range and the bracket.
                if rest.as_str().chars().count() < 2 {
                    return Err(invalid());
                }
                let (to, escaped) = next(rest)?.ok_or_else(invalid)?;
                if (matches!(to, ']' | '-') && !escaped) || to < from {
                    return Err(invalid());
                }
                if u32::from(to) - u32::from(from) > MAX_SET {
                    return Err(limit("a range of so many characters"));
                }
                all.extend(from..=to);
            }
            (c, _) => {
                all.insert(c);
                before = Some(c);
            }
        }
    }
}

fn fits((a, _): &Token, (b, _): &Token) -> bool {
    match (a, b) {
        (Piece::Dot, _) | (_, Piece::Dot) => true,
        (Piece::Char(a), Piece::Char(b)) => a == b,
        (Piece::Char(c), Piece::Set(set)) | (Piece::Set(set), Piece::Char(c)) => set.contains(c),
        (Piece::Set(a), Piece::Set(b)) => !a.is_disjoint(b),
    }
}

/// Without what is equal at both ends but for one piece; `None` if the ends do not fit.
fn trimmed<'a>(a: &'a [Token], b: &'a [Token]) -> Option<(&'a [Token], &'a [Token])> {
    let plain = |pair: &(&Token, &Token)| pair.0.1 == Flag::None && pair.1.1 == Flag::None;
    let mut front = 0;
    for pair in a.iter().zip(b).take_while(plain) {
        if !fits(pair.0, pair.1) {
            return None;
        }
        front += 1;
    }
    let front = usize::saturating_sub(front, 1);
    let (a, b) = (a.get(front..)?, b.get(front..)?);
    let mut back = 0;
    for pair in a.iter().rev().zip(b.iter().rev()).take_while(plain) {
        if !fits(pair.0, pair.1) {
            return None;
        }
        back += 1;
    }
    let back = usize::saturating_sub(back, 1);
    Some((a.get(..a.len() - back)?, b.get(..b.len() - back)?))
}

fn normal(mut a: &[Token], mut b: &[Token], steps: &mut usize) -> Result<bool, Trouble> {
    *steps += 1;
    if *steps > MAX_STEPS {
        return Err(limit("a pattern with so many stars"));
    }
    while let ([first, after_a @ ..], [second, after_b @ ..]) = (a, b) {
        match (first.1, second.1) {
            (Flag::None, Flag::None) => {
                if !fits(first, second) {
                    return Ok(false);
                }
            }
            (Flag::Plus, _) => return plus(first, after_a, b, steps),
            (Flag::Star, _) => return star(first, after_a, b, steps),
            (Flag::None, Flag::Plus) => return plus(second, after_b, a, steps),
            (Flag::None, Flag::Star) => return star(second, after_b, a, steps),
        }
        (a, b) = (after_a, after_b);
    }
    Ok(a.is_empty() && b.is_empty())
}

fn plus(plussed: &Token, after: &[Token], other: &[Token], steps: &mut usize) -> Result<bool, Trouble> {
    let [first, rest @ ..] = other else { return Ok(false) };
    if !fits(plussed, first) {
        return Ok(false);
    }
    if star(plussed, after, rest, steps)? {
        return Ok(true);
    }
    Ok(first.1 != Flag::None && normal(after, other, steps)?)
}

fn star(starred: &Token, after: &[Token], other: &[Token], steps: &mut usize) -> Result<bool, Trouble> {
    let mut rest = other;
    while let [first, behind @ ..] = rest {
        *steps += 1;
        let stops = after.first().is_some_and(|next| fits(first, next));
        if stops && normal(after, rest, steps)? {
            return Ok(true);
        }
        if !fits(first, starred) {
            return Ok(false);
        }
        rest = behind;
    }
    Ok(after.is_empty())
}
