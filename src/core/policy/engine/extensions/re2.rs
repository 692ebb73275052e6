//! Regular expressions in the syntax of Go (RE2), as the regex crate writes them.
//!
//! `\d \w \s \b` are ASCII only, set operations and nested classes do not exist, `x**` is an error. What Go accepts and
//! cannot be told the regex crate is refused by name, so that the rule is not judged.

use std::iter::Peekable;
use std::str::Chars;

/// Why a pattern is not translated.
#[derive(Debug, PartialEq, Eq)]
pub enum Fault {
    /// Go refuses it too.
    Invalid,
    /// Go knows it.
    Unsupported,
}

/// Scripts that both know by one name.
const SCRIPTS: &[&str] = &[
    "Arabic",
    "Armenian",
    "Bengali",
    "Common",
    "Cyrillic",
    "Devanagari",
    "Ethiopic",
    "Georgian",
    "Greek",
    "Han",
    "Hangul",
    "Hebrew",
    "Hiragana",
    "Katakana",
    "Khmer",
    "Lao",
    "Latin",
    "Mongolian",
    "Tamil",
    "Thai",
    "Tibetan",
];
const CATEGORIES: &[&str] = &[
    "C", "Cc", "Cf", "Co", "L", "Ll", "Lm", "Lo", "Lt", "Lu", "M", "Mc", "Me", "Mn", "N", "Nd", "Nl", "No",
    "P", "Pc", "Pd", "Pe", "Pf", "Pi", "Po", "Ps", "S", "Sc", "Sk", "Sm", "So", "Z", "Zl", "Zp", "Zs",
];
const POSIX: &[&str] = &[
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space",
    "upper", "word", "xdigit",
];
/// Go's limit of a repetition.
const MAX_REPEAT: u32 = 1000;

/// The pattern in the syntax of the regex crate.
pub fn translate(pattern: &str) -> Result<String, Fault> {
    let mut from = Reader { chars: pattern.chars().peekable(), out: String::new() };
    let mut repeated = false;
    while let Some(c) = from.chars.next() {
        let operator = from.repetition(c)?;
        if operator && repeated {
            return Err(Fault::Invalid);
        }
        repeated = operator;
        if operator {
            continue;
        }
        match c {
            '\\' => from.escape()?,
            '[' => from.class()?,
            '(' => from.group()?,
            '{' | '}' | ']' => from.out.extend(['\\', c]),
            _ => from.out.push(c),
        }
    }
    Ok(from.out)
}

struct Reader<'a> {
    chars: Peekable<Chars<'a>>,
    out: String,
}

/// One element of a class.
enum Item {
    One(char),
    Many(String),
}

impl Reader<'_> {
    /// `*`, `+`, `?`, `{n}` and so on, with the `?` behind them.
    fn repetition(&mut self, c: char) -> Result<bool, Fault> {
        if c == '{' {
            let mut ahead = self.chars.clone();
            let inside: String = ahead.by_ref().take_while(|&c| c != '}').collect();
            let closed = self.chars.clone().any(|c| c == '}');
            let (least, most) = inside.split_once(',').map_or((&*inside, None), |(a, b)| (a, Some(b)));
            let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
            if !closed || !is_number(least) || !most.is_none_or(|most| most.is_empty() || is_number(most)) {
                return Ok(false);
            }
            let bound = |text: &str| text.parse::<u32>().ok().filter(|&n| n <= MAX_REPEAT);
            let least = bound(least).ok_or(Fault::Invalid)?;
            if let Some(most) = most.filter(|most| !most.is_empty())
                && bound(most).is_none_or(|most| most < least)
            {
                return Err(Fault::Invalid);
            }
            self.out.push('{');
            self.out.push_str(&inside);
            self.out.push('}');
            self.chars = ahead;
        } else if matches!(c, '*' | '+' | '?') {
            self.out.push(c);
        } else {
            return Ok(false);
        }
        if self.chars.next_if_eq(&'?').is_some() {
            self.out.push('?');
        }
        Ok(true)
    }

    /// Behind `(`.
    fn group(&mut self) -> Result<(), Fault> {
        self.out.push('(');
        if self.chars.next_if_eq(&'?').is_none() {
            return Ok(());
        }
        self.out.push('?');
        if matches!(self.chars.peek(), Some('P' | '<')) {
            return Ok(());
        }
        for c in self.chars.by_ref() {
            self.out.push(c);
            match c {
                'i' | 'm' | 's' | 'U' | '-' => {}
                ':' | ')' => return Ok(()),
                _ => return Err(Fault::Invalid),
            }
        }
        Err(Fault::Invalid)
    }

    /// Behind a backslash, outside of classes.
    fn escape(&mut self) -> Result<(), Fault> {
        match self.chars.peek() {
            Some('A' | 'z') => {
                self.out.push('\\');
                self.out.extend(self.chars.next());
            }
            Some('b') => {
                self.chars.next();
                self.out.push_str(r"(?-u:\b)");
            }
            Some('B' | 'C') => return Err(Fault::Unsupported),
            Some('Q') => {
                self.chars.next();
                while let Some(c) = self.chars.next() {
                    if c == '\\' && self.chars.next_if_eq(&'E').is_some() {
                        break;
                    }
                    self.literal(c);
                }
            }
            _ => match self.escaped()? {
                Item::One(c) => self.literal(c),
                Item::Many(set) if set.starts_with('\\') => self.out.push_str(&set),
                Item::Many(set) if set.starts_with('[') => self.out.push_str(&set),
                Item::Many(set) => {
                    self.out.push('[');
                    self.out.push_str(&set);
                    self.out.push(']');
                }
            },
        }
        Ok(())
    }

    fn literal(&mut self, c: char) {
        self.out.push_str(&regex::escape(c.encode_utf8(&mut [0; 4])));
    }

    /// What an escape means inside and outside of classes.
    fn escaped(&mut self) -> Result<Item, Fault> {
        let many = |text: &str| Ok(Item::Many(text.to_owned()));
        let c = self.chars.next().ok_or(Fault::Invalid)?;
        let one = match c {
            'd' => return many("0-9"),
            'D' => return many("[^0-9]"),
            's' => {
                return many(r"\t\n\x0c\r ").map(|item| match item {
                    Item::Many(text) => Item::Many(format!(" {}", text.trim_end())),
                    one => one,
                });
            }
            'S' => return many(r"[^ \t\n\x0c\r]"),
            'w' => return many("0-9A-Za-z_"),
            'W' => return many("[^0-9A-Za-z_]"),
            'p' | 'P' => return self.property(c == 'P').map(Item::Many),
            'a' => '\u{7}',
            'f' => '\u{c}',
            't' => '\t',
            'n' => '\n',
            'r' => '\r',
            'v' => '\u{b}',
            'x' => self.hexadecimal()?,
            '1'..='7' if !self.chars.peek().is_some_and(|c| ('0'..='7').contains(c)) => {
                return Err(Fault::Invalid);
            }
            '0'..='7' => {
                let mut code = u32::from(c) - u32::from('0');
                for _ in 0..2 {
                    let Some(digit) = self.chars.next_if(|c| ('0'..='7').contains(c)) else { break };
                    code = code * 8 + (u32::from(digit) - u32::from('0'));
                }
                char::from_u32(code).ok_or(Fault::Invalid)?
            }
            c if c.is_ascii() && !c.is_ascii_alphanumeric() => c,
            _ => return Err(Fault::Invalid),
        };
        Ok(Item::One(one))
    }

    fn hexadecimal(&mut self) -> Result<char, Fault> {
        let digits: String = if self.chars.next_if_eq(&'{').is_some() {
            let closed = self.chars.clone().any(|c| c == '}');
            let digits = self.chars.by_ref().take_while(|&c| c != '}').collect();
            if closed { digits } else { return Err(Fault::Invalid) }
        } else {
            let digits: String = self.chars.by_ref().take(2).collect();
            if digits.len() == 2 { digits } else { return Err(Fault::Invalid) }
        };
        if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(Fault::Invalid);
        }
        let code = u32::from_str_radix(&digits, 16).map_err(|_| Fault::Invalid)?;
        char::from_u32(code).ok_or(if code > 0x0010_ffff { Fault::Invalid } else { Fault::Unsupported })
    }

    fn property(&mut self, mut negated: bool) -> Result<String, Fault> {
        let mut name = self.chars.next().ok_or(Fault::Invalid)?.to_string();
        if name == "{" {
            if !self.chars.clone().any(|c| c == '}') {
                return Err(Fault::Invalid);
            }
            name = self.chars.by_ref().take_while(|&c| c != '}').collect();
        }
        if let Some(rest) = name.strip_prefix('^') {
            negated = !negated;
            name = rest.to_owned();
        }
        if !CATEGORIES.contains(&&*name) && !SCRIPTS.contains(&&*name) && name != "Any" {
            return Err(Fault::Unsupported);
        }
        Ok(format!(r"\{}{{{name}}}", if negated { 'P' } else { 'p' }))
    }

    /// Behind `[`.
    fn class(&mut self) -> Result<(), Fault> {
        self.out.push('[');
        if self.chars.next_if_eq(&'^').is_some() {
            self.out.push('^');
        }
        let mut first = true;
        loop {
            if !first && self.chars.next_if_eq(&']').is_some() {
                self.out.push(']');
                return Ok(());
            }
            let item = self.item()?;
            let mut ahead = self.chars.clone();
            first = false;
            match item {
                Item::Many(set) => self.out.push_str(&set),
                Item::One(low) if ahead.next() == Some('-') && ahead.peek().is_some_and(|&c| c != ']') => {
                    self.chars = ahead;
                    let high = match self.item()? {
                        Item::One(high) if low <= high => high,
                        _ => return Err(Fault::Invalid),
                    };
                    self.out.push_str(&format!(r"\x{{{:x}}}-\x{{{:x}}}", u32::from(low), u32::from(high)));
                }
                Item::One(c) => self.out.push_str(&format!(r"\x{{{:x}}}", u32::from(c))),
            }
        }
    }

    fn item(&mut self) -> Result<Item, Fault> {
        match self.chars.next().ok_or(Fault::Invalid)? {
            '\\' => self.escaped(),
            '[' if self.chars.peek() == Some(&':') => {
                let rest: String = self.chars.clone().collect();
                let Some(end) = rest.find(":]") else { return Ok(Item::One('[')) };
                let name = rest.get(1..end).unwrap_or_default();
                if !POSIX.contains(&name.strip_prefix('^').unwrap_or(name)) {
                    return Err(Fault::Invalid);
                }
                for _ in 0..rest.get(..end + 2).unwrap_or_default().chars().count() {
                    self.chars.next();
                }
                Ok(Item::Many(format!("[:{name}:]")))
            }
            c => Ok(Item::One(c)),
        }
    }
}
