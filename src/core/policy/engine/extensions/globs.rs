//! `glob.match` as OPA's glob library reads patterns.

use std::collections::HashSet;

use regorus::Value;

use super::{Builtin, Trouble, text, wrong};

/// The functions.
pub const BUILTINS: &[Builtin] = &[("glob.match", 3, glob_match)];

/// Most steps of one match.
const MAX_STEPS: usize = 4_000_000;

/// A piece of a pattern.
#[derive(Debug, Clone)]
enum Piece {
    Char(char),
    /// `?`
    One,
    /// `*`; `**` also takes delimiters.
    Any {
        delimiters: bool,
    },
    /// `[a-z]`, `[!abc]`
    Class {
        not: bool,
        ranges: Vec<(char, char)>,
    },
    /// `{a,b}`
    Either(Vec<Vec<Piece>>),
}

fn invalid(what: &str) -> Trouble {
    Trouble::Builtin(format!("glob: syntax error: {what}"))
}

struct Parser<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    depth: usize,
}

impl Parser<'_> {
    /// Pieces up to the end, or inside of braces up to `,` or `}`, which stays.
    fn pieces(&mut self) -> Result<Vec<Piece>, Trouble> {
        let mut pieces = Vec::new();
        while let Some(&c) = self.rest.peek() {
            if self.depth > 0 && matches!(c, ',' | '}') {
                break;
            }
            self.rest.next();
            pieces.push(match c {
                '?' => Piece::One,
                '*' => Piece::Any { delimiters: self.rest.next_if_eq(&'*').is_some() },
                '[' => self.class()?,
                '{' => self.either()?,
                '\\' => Piece::Char(self.rest.next().ok_or_else(|| invalid("trailing backslash"))?),
                c => Piece::Char(c),
            });
        }
        Ok(pieces)
    }

    fn either(&mut self) -> Result<Piece, Trouble> {
        self.depth += 1;
        if self.depth > 100 {
            return Err(Trouble::Limit("a glob pattern nested this deep is not for this engine".to_owned()));
        }
        let mut all = vec![self.pieces()?];
        loop {
            match self.rest.next() {
                Some(',') => all.push(self.pieces()?),
                Some(_) => break,
                None => return Err(invalid("unclosed `{`")),
            }
        }
        self.depth -= 1;
        Ok(Piece::Either(all))
    }

    fn class(&mut self) -> Result<Piece, Trouble> {
        let end = || invalid("unexpected end of input");
        let not = self.rest.next_if_eq(&'!').is_some();
        let first = *self.rest.peek().ok_or_else(end)?;
        let mut ahead = self.rest.clone();
        ahead.next();
        let ranges = if ahead.peek() == Some(&'-') {
            self.rest.next();
            self.rest.next();
            let last = self.rest.next().ok_or_else(end)?;
            if last < first {
                return Err(invalid("invalid range"));
            }
            vec![(first, last)]
        } else {
            let mut members = Vec::new();
            while let Some(c) = self.rest.next_if(|&c| c != ']') {
                let c = if c == '\\' { self.rest.next().ok_or_else(end)? } else { c };
                members.push((c, c));
            }
            members
        };
        match self.rest.next() {
            Some(']') if !ranges.is_empty() => Ok(Piece::Class { not, ranges }),
            _ => Err(invalid("expected close range character")),
        }
    }
}

/// What is left to match, as a list that shares its tail.
#[derive(Clone, Copy)]
enum Rest<'a> {
    End,
    Then(&'a [Piece], &'a Rest<'a>),
}

struct Matcher<'a> {
    text: &'a [char],
    delimiters: &'a [char],
    steps: usize,
    /// Pieces and places from which there is no match, outside of braces.
    failed: HashSet<(usize, usize)>,
}

impl Matcher<'_> {
    fn matches(&mut self, pieces: &[Piece], rest: &Rest<'_>, mut at: usize) -> Result<bool, Trouble> {
        let mut pieces = pieces;
        loop {
            self.steps += 1;
            if self.steps > MAX_STEPS {
                return Err(Trouble::Limit("a glob pattern that takes too long for this engine".to_owned()));
            }
            let Some((piece, behind)) = pieces.split_first() else {
                return match rest {
                    Rest::End => Ok(at == self.text.len()),
                    Rest::Then(pieces, rest) => self.matches(pieces, rest, at),
                };
            };
            let found = self.text.get(at).copied();
            match piece {
                Piece::Either(all) => {
                    let rest = Rest::Then(behind, rest);
                    for alternative in all {
                        if self.matches(alternative, &rest, at)? {
                            return Ok(true);
                        }
                    }
                    return Ok(false);
                }
                Piece::Any { delimiters } => {
                    let key = (behind.len(), at);
                    let top = matches!(rest, Rest::End);
                    if top && self.failed.contains(&key) {
                        return Ok(false);
                    }
                    loop {
                        if self.matches(behind, rest, at)? {
                            return Ok(true);
                        }
                        match self.text.get(at) {
                            Some(c) if *delimiters || !self.delimiters.contains(c) => at += 1,
                            _ => break,
                        }
                    }
                    if top {
                        self.failed.insert(key);
                    }
                    return Ok(false);
                }
                _ => {
                    let Some(c) = found else { return Ok(false) };
                    let fits = match piece {
                        Piece::Char(wanted) => c == *wanted,
                        Piece::Class { not, ranges } => {
                            *not != ranges.iter().any(|(first, last)| (*first..=*last).contains(&c))
                        }
                        _ => !self.delimiters.contains(&c),
                    };
                    if !fits {
                        return Ok(false);
                    }
                    at += 1;
                    pieces = behind;
                }
            }
        }
    }
}

/// No delimiters if they are null, a dot if they are none.
fn glob_match(given: &[Value]) -> Result<Value, Trouble> {
    let pattern = text(given, 0)?;
    let delimiters = match given.get(1) {
        Some(Value::Null) => Vec::new(),
        Some(Value::Array(items)) if items.is_empty() => vec!['.'],
        Some(Value::Array(items)) => {
            let one = |item: &Value| {
                let Value::String(text) = item else { return None };
                let mut chars = text.chars();
                chars.next().filter(|_| chars.next().is_none())
            };
            let all: Option<Vec<char>> = items.iter().map(one).collect();
            all.ok_or_else(|| Trouble::Builtin("operand 2 must be array of runes".to_owned()))?
        }
        _ => return Err(wrong(given, 1, "one of {array, null}")),
    };
    let text: Vec<char> = text(given, 2)?.chars().collect();
    let pieces = Parser { rest: pattern.chars().peekable(), depth: 0 }.pieces()?;
    let mut matcher = Matcher { text: &text, delimiters: &delimiters, steps: 0, failed: HashSet::new() };
    Ok(Value::from(matcher.matches(&pieces, &Rest::End, 0)?))
}
