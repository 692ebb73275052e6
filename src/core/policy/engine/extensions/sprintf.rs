//! `sprintf` as OPA answers it: Go's `fmt.Sprintf` over int64, big integers, float64 and text. Whatever is no number
//! or string arrives as text in Rego's own notation.

use std::borrow::Cow;
use std::fmt::Write;

use regorus::Value;

use super::Trouble;
use super::floats;
use super::printed;

/// Go refuses larger widths and precisions.
const MAX_SIZE: usize = 1_000_000;
/// How much text one call may make. OPA has no such limit.
const MAX_TEXT: usize = 32 << 20;

/// `sprintf(format, values)`.
pub fn sprintf(given: &[Value]) -> Result<Value, Trouble> {
    let format = super::text(given, 0)?;
    let args: Vec<Arg<'_>> = super::array(given, 1)?.into_iter().map(Arg::new).collect();
    let mut printer = Printer {
        format: format.as_bytes(),
        at: 0,
        args: &args,
        next: 0,
        reordered: false,
        good_index: true,
        flags: Flags::default(),
        out: String::new(),
    };
    printer.run(format)?;
    Ok(Value::from(printer.out))
}

/// An argument as Go gets it.
enum Arg<'a> {
    Int(i64),
    /// A number that fits no int64.
    Big(&'a Value),
    Float(f64),
    Text(Cow<'a, str>),
}

impl<'a> Arg<'a> {
    fn new(value: &'a Value) -> Self {
        match value {
            Value::String(text) => Self::Text(Cow::Borrowed(text)),
            Value::Number(number) if !number.is_integer() => Self::Float(number.as_f64().unwrap_or_default()),
            Value::Number(number) => number.as_i64().map_or(Self::Big(value), Self::Int),
            other => {
                let mut text = String::new();
                printed::write_value(&mut text, other);
                Self::Text(Cow::Owned(text))
            }
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Int(_) => "int64",
            Self::Big(_) => "*big.Int",
            Self::Float(_) => "float64",
            Self::Text(_) => "string",
        }
    }
}

#[derive(Default, Clone)]
struct Flags {
    minus: bool,
    plus: bool,
    sharp: bool,
    space: bool,
    zero: bool,
    /// `%+v` and `%#v`.
    plus_v: bool,
    sharp_v: bool,
    width: Option<usize>,
    precision: Option<usize>,
}

struct Printer<'a> {
    format: &'a [u8],
    at: usize,
    args: &'a [Arg<'a>],
    next: usize,
    reordered: bool,
    good_index: bool,
    flags: Flags,
    out: String,
}

impl Printer<'_> {
    fn peek(&self) -> Option<u8> {
        self.format.get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn run(&mut self, format: &str) -> Result<(), Trouble> {
        loop {
            if self.out.len() > MAX_TEXT {
                return Err(Trouble::Limit("sprintf: the text is too long for this engine".to_owned()));
            }
            let rest = format.get(self.at..).unwrap_or_default();
            let Some(percent) = rest.find('%') else {
                self.out.push_str(rest);
                break;
            };
            self.out.push_str(rest.get(..percent).unwrap_or_default());
            self.at += percent + 1;
            self.read_flags();
            let Some(verb) = format.get(self.at..).and_then(|rest| rest.chars().next()) else {
                self.out.push_str("%!(NOVERB)");
                break;
            };
            self.at += verb.len_utf8();
            let args = self.args;
            match args.get(self.next) {
                _ if verb == '%' => self.out.push('%'),
                _ if !self.good_index => self.complain(verb, "BADINDEX"),
                None => self.complain(verb, "MISSING"),
                Some(arg) => {
                    let flags = &mut self.flags;
                    if verb == 'v' {
                        flags.sharp_v = std::mem::take(&mut flags.sharp);
                        flags.plus_v = std::mem::take(&mut flags.plus);
                    }
                    self.print(arg, verb);
                    self.next += 1;
                }
            }
        }
        let args = self.args;
        let extra = args.get(self.next..).unwrap_or_default();
        if !self.reordered && !extra.is_empty() {
            self.flags = Flags::default();
            self.out.push_str("%!(EXTRA ");
            for (i, arg) in extra.iter().enumerate() {
                self.out.push_str(if i > 0 { ", " } else { "" });
                self.out.push_str(arg.kind());
                self.out.push('=');
                self.print(arg, 'v');
            }
            self.out.push(')');
        }
        Ok(())
    }

    /// Everything between `%` and the verb.
    fn read_flags(&mut self) {
        self.flags = Flags::default();
        self.good_index = true;
        while let Some(byte) = self.peek() {
            match byte {
                b'#' => self.flags.sharp = true,
                b'0' => self.flags.zero = true,
                b'+' => self.flags.plus = true,
                b'-' => self.flags.minus = true,
                b' ' => self.flags.space = true,
                _ => break,
            }
            self.at += 1;
        }
        let mut indexed = self.index();
        if self.take(b'*') {
            match self.size_argument() {
                None => self.out.push_str("%!(BADWIDTH)"),
                Some(width) => {
                    self.flags.minus |= width < 0;
                    self.flags.zero &= width >= 0;
                    self.flags.width = usize::try_from(width.unsigned_abs()).ok();
                }
            }
            indexed = false;
        } else {
            self.flags.width = self.number();
            self.good_index &= !(indexed && self.flags.width.is_some());
        }
        if self.take(b'.') {
            self.good_index &= !indexed;
            indexed = self.index();
            if self.take(b'*') {
                self.flags.precision = self.size_argument().and_then(|size| usize::try_from(size).ok());
                if self.flags.precision.is_none() {
                    self.out.push_str("%!(BADPREC)");
                }
                indexed = false;
            } else {
                self.flags.precision = Some(self.number().unwrap_or(0));
            }
        }
        if !indexed {
            self.index();
        }
    }

    /// Digits. Too large a number swallows the rest of the format, as in Go.
    fn number(&mut self) -> Option<usize> {
        let mut found = None;
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            let number = found.unwrap_or(0) * 10 + usize::from(digit - b'0');
            if number > MAX_SIZE {
                self.at = self.format.len();
                return None;
            }
            found = Some(number);
            self.at += 1;
        }
        found
    }

    /// `[n]`: the argument to go on with. Returns whether there was one.
    fn index(&mut self) -> bool {
        if self.peek() != Some(b'[') {
            return false;
        }
        self.reordered = true;
        let rest = self.format.get(self.at + 1..).unwrap_or_default();
        let close = rest.iter().position(|&byte| byte == b']').filter(|_| rest.len() >= 2);
        let Some(close) = close else {
            self.good_index = false;
            self.at += 1;
            return false;
        };
        let digits = rest.get(..close).and_then(|digits| std::str::from_utf8(digits).ok());
        let index = digits
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|digits| digits.parse::<usize>().ok())
            .filter(|&index| index <= MAX_SIZE);
        self.at += close + 2;
        match index.and_then(|index| index.checked_sub(1)).filter(|&index| index < self.args.len()) {
            Some(index) => self.next = index,
            None => self.good_index = false,
        }
        index.is_some()
    }

    /// The argument that `*` stands for.
    fn size_argument(&mut self) -> Option<i64> {
        let arg = self.args.get(self.next)?;
        self.next += 1;
        match arg {
            Arg::Int(size) if size.unsigned_abs() <= 1_000_000 => Some(*size),
            _ => None,
        }
    }

    fn complain(&mut self, verb: char, what: &str) {
        let _ = write!(self.out, "%!{verb}({what})");
    }

    fn bad_verb(&mut self, verb: char, arg: &Arg<'_>) {
        let _ = write!(self.out, "%!{verb}({}=", arg.kind());
        self.print(arg, 'v');
        self.out.push(')');
    }

    fn print(&mut self, arg: &Arg<'_>, verb: char) {
        match arg {
            _ if verb == 'T' => self.text(arg.kind()),
            Arg::Int(int) => self.int(*int, verb, arg),
            Arg::Big(value) => self.big(value, verb),
            Arg::Float(float) => self.float(*float, verb, arg),
            Arg::Text(text) => match verb {
                'v' if self.flags.sharp_v => self.quoted(text),
                'v' | 's' => self.text(text),
                'q' => self.quoted(text),
                'x' | 'X' => self.hex(text, verb),
                _ => self.bad_verb(verb, arg),
            },
        }
    }

    fn pad(&mut self, text: &str) {
        let missing = self.flags.width.unwrap_or(0).saturating_sub(text.chars().count());
        if self.flags.minus {
            self.out.push_str(text);
        }
        self.fill(missing);
        if !self.flags.minus {
            self.out.push_str(text);
        }
    }

    fn fill(&mut self, count: usize) {
        let with = if self.flags.zero && !self.flags.minus { "0" } else { " " };
        self.out.push_str(&with.repeat(count));
    }

    fn pad_with_spaces(&mut self, text: &str) {
        let zero = std::mem::take(&mut self.flags.zero);
        self.pad(text);
        self.flags.zero = zero;
    }

    fn cut<'t>(&self, text: &'t str) -> &'t str {
        let end = self.flags.precision.and_then(|most| text.char_indices().nth(most));
        end.map_or(text, |(end, _)| text.get(..end).unwrap_or(text))
    }

    fn text(&mut self, text: &str) {
        self.pad(self.cut(text));
    }

    fn quoted(&mut self, text: &str) {
        let text = self.cut(text);
        let mut quoted = String::new();
        let raw = |c: char| (c >= ' ' || c == '\t') && !matches!(c, '`' | '\u{7f}' | '\u{feff}');
        if self.flags.sharp && text.chars().all(raw) {
            quoted = format!("`{text}`");
        } else {
            printed::quote(&mut quoted, text, self.flags.plus);
        }
        self.pad(&quoted);
    }

    /// The bytes of a text in hexadecimal.
    fn hex(&mut self, text: &str, verb: char) {
        let bytes = text.as_bytes();
        let length = self.flags.precision.unwrap_or(bytes.len()).min(bytes.len());
        let prefix = if verb == 'x' { "0x" } else { "0X" };
        let mut hex = String::new();
        for (i, byte) in bytes.iter().take(length).enumerate() {
            if i > 0 && self.flags.space {
                hex.push(' ');
            }
            if self.flags.sharp && (i == 0 || self.flags.space) {
                hex.push_str(prefix);
            }
            let _ = if verb == 'x' { write!(hex, "{byte:02x}") } else { write!(hex, "{byte:02X}") };
        }
        self.pad(&hex);
    }

    fn sign(&self, negative: bool) -> &'static str {
        match self.flags {
            _ if negative => "-",
            Flags { plus: true, .. } => "+",
            Flags { space: true, .. } => " ",
            _ => "",
        }
    }

    fn int(&mut self, int: i64, verb: char, arg: &Arg<'_>) {
        let size = int.unsigned_abs();
        let mut digits = match verb {
            'v' | 'd' => size.to_string(),
            'b' => format!("{size:b}"),
            'o' | 'O' => format!("{size:o}"),
            'x' => format!("{size:x}"),
            'X' => format!("{size:X}"),
            'c' | 'q' | 'U' => return self.character(int, verb),
            _ => return self.bad_verb(verb, arg),
        };
        let sign = self.sign(int < 0);
        let least = match (self.flags.precision, self.flags.width) {
            (Some(0), _) if int == 0 => {
                return self.pad_with_spaces("");
            }
            (Some(precision), _) => precision,
            (None, Some(width)) if self.flags.zero && !self.flags.minus => width.saturating_sub(sign.len()),
            _ => 0,
        };
        digits.insert_str(0, &"0".repeat(least.saturating_sub(digits.len())));
        let prefix = match verb {
            'O' if self.flags.sharp && !digits.starts_with('0') => "0o0",
            'O' => "0o",
            'b' if self.flags.sharp => "0b",
            'o' if self.flags.sharp && !digits.starts_with('0') => "0",
            'x' if self.flags.sharp => "0x",
            'X' if self.flags.sharp => "0X",
            _ => "",
        };
        self.pad_with_spaces(&format!("{sign}{prefix}{digits}"));
    }

    fn character(&mut self, code: i64, verb: char) {
        let c = u32::try_from(code).ok().and_then(char::from_u32);
        let shown = c.unwrap_or(char::REPLACEMENT_CHARACTER);
        let mut text = String::new();
        match verb {
            'c' => text.push(shown),
            'q' => {
                text.push('\'');
                printed::escape(&mut text, shown, '\'', self.flags.plus);
                text.push('\'');
            }
            _ => {
                let least = self.flags.precision.unwrap_or(0).max(4);
                let digits = format!("{code:X}");
                text.push_str("U+");
                text.push_str(&"0".repeat(least.saturating_sub(digits.len())));
                text.push_str(&digits);
                if let Some(c) = c.filter(|&c| self.flags.sharp && printed::is_print(c)) {
                    let _ = write!(text, " '{c}'");
                }
                return self.pad_with_spaces(&text);
            }
        }
        self.pad(&text);
    }

    /// As Go's `big.Int` formats itself.
    fn big(&mut self, value: &Value, verb: char) {
        let Ok(number) = value.as_number() else { return };
        let digits = match verb {
            'b' => number.format_bin(),
            'o' | 'O' => number.format_octal(),
            'd' | 's' | 'v' => number.format_decimal(),
            'x' => number.format_hex(),
            'X' => number.format_big_hex(),
            _ => {
                let _ = write!(self.out, "%!{verb}(big.Int={})", number.format_decimal());
                return;
            }
        };
        let Flags { minus, plus, plus_v, sharp, sharp_v, zero, width, precision, .. } = self.flags;
        let (negative, digits) = digits.strip_prefix('-').map_or((false, &*digits), |rest| (true, rest));
        let sign = if plus || plus_v { if negative { "-" } else { "+" } } else { self.sign(negative) };
        let prefix = match verb {
            'O' => "0o",
            'b' if sharp => "0b",
            'o' if sharp => "0",
            'x' if sharp => "0x",
            'X' if sharp || sharp_v => "0X",
            _ => "",
        };
        let mut zeros = precision.unwrap_or(0).saturating_sub(digits.len());
        let length = sign.len() + prefix.len() + zeros + digits.len();
        let missing = width.unwrap_or(0).saturating_sub(length);
        let (mut left, mut right) = (0, 0);
        match missing {
            _ if minus => right = missing,
            _ if zero && precision.is_none() => zeros = missing,
            _ => left = missing,
        }
        for part in [&" ".repeat(left), sign, prefix, &"0".repeat(zeros), digits, &" ".repeat(right)] {
            self.out.push_str(part);
        }
    }

    fn float(&mut self, float: f64, verb: char, arg: &Arg<'_>) {
        let kind = match verb {
            'v' => 'g',
            'F' => 'f',
            'b' | 'g' | 'G' | 'x' | 'X' | 'f' | 'e' | 'E' => verb,
            _ => return self.bad_verb(verb, arg),
        };
        let default = matches!(kind, 'f' | 'e' | 'E').then_some(6);
        let precision = self.flags.precision.or(default);
        let mut number = floats::format(float.abs(), kind, precision);
        if self.flags.sharp && kind != 'b' {
            number = floats::with_point(&number, kind, precision);
        }
        let sign = self.sign(float.is_sign_negative());
        let missing = self.flags.width.unwrap_or(0).saturating_sub(number.len() + sign.len());
        if self.flags.zero && !self.flags.minus && !sign.is_empty() {
            self.out.push_str(sign);
            self.fill(missing);
            self.out.push_str(&number);
        } else {
            self.pad(&format!("{sign}{number}"));
        }
    }
}
