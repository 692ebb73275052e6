//! DER, PEM and base64, as Go reads them.

/// One element: its tag, what it holds, and all of its bytes.
#[derive(Debug, Clone, Copy)]
pub struct Element<'a> {
    pub tag: u8,
    pub body: &'a [u8],
    pub whole: &'a [u8],
}

/// Elements one after the other.
#[derive(Debug, Clone, Copy)]
pub struct Der<'a>(pub &'a [u8]);

/// Tags.
pub const BOOLEAN: u8 = 1;
pub const INTEGER: u8 = 2;
pub const BITS: u8 = 3;
pub const OCTETS: u8 = 4;
pub const NULL: u8 = 5;
pub const OID: u8 = 6;
pub const SEQUENCE: u8 = 0x30;
pub const SET: u8 = 0x31;

impl<'a> Der<'a> {
    /// The next element, whatever it is.
    pub fn next(&mut self) -> Option<Element<'a>> {
        let (&tag, rest) = self.0.split_first()?;
        let (&first, mut rest) = rest.split_first()?;
        if tag & 0x1f == 0x1f {
            return None;
        }
        let mut length = usize::from(first);
        if first >= 0x80 {
            let digits = usize::from(first & 0x7f);
            if !(1..=4).contains(&digits) {
                return None;
            }
            let (bytes, after) = rest.split_at_checked(digits)?;
            length = bytes.iter().fold(0, |sum, &byte| sum << 8 | usize::from(byte));
            // The shortest form is the only one.
            if length < 0x80 || bytes.first() == Some(&0) {
                return None;
            }
            rest = after;
        }
        let (body, after) = rest.split_at_checked(length)?;
        let whole = self.0.get(..self.0.len() - after.len())?;
        self.0 = after;
        Some(Element { tag, body, whole })
    }

    /// The tag of the next element.
    pub fn peek(&self) -> Option<u8> {
        self.0.first().copied()
    }

    /// The next element, which must have this tag.
    pub fn take(&mut self, tag: u8) -> Option<Element<'a>> {
        self.next().filter(|element| element.tag == tag)
    }

    /// What is in the next element, which must have this tag.
    pub fn inside(&mut self, tag: u8) -> Option<Self> {
        self.take(tag).map(|element| Self(element.body))
    }

    /// The next element if it has this tag. `Err` if there is one that cannot be read.
    pub fn optional(&mut self, tag: u8) -> Result<Option<Element<'a>>, ()> {
        if self.peek() == Some(tag) { self.take(tag).map(Some).ok_or(()) } else { Ok(None) }
    }

    /// A whole number that is not negative: its bytes without leading zeros.
    pub fn unsigned(&mut self) -> Option<&'a [u8]> {
        let body = self.take(INTEGER)?.body;
        match body {
            [0, second, ..] if *second < 0x80 => None,
            [first, ..] if *first >= 0x80 => None,
            [] => None,
            [0] => Some(&[]),
            [0, rest @ ..] => Some(rest),
            body => Some(body),
        }
    }

    /// A small whole number that is not negative.
    pub fn small(&mut self) -> Option<u32> {
        let bytes = self.unsigned()?;
        (bytes.len() <= 3).then(|| bytes.iter().fold(0, |sum, &byte| sum << 8 | u32::from(byte)))
    }

    /// An object identifier.
    pub fn oid(&mut self) -> Option<Vec<u64>> {
        oid(self.take(OID)?.body)
    }

    /// A BIT STRING of whole bytes.
    pub fn bytes(&mut self) -> Option<&'a [u8]> {
        self.take(BITS)?.body.strip_prefix(&[0])
    }

    /// There is nothing left.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The numbers of an object identifier.
pub fn oid(body: &[u8]) -> Option<Vec<u64>> {
    let mut out = Vec::new();
    let mut part: u64 = 0;
    let mut inside = false;
    for &byte in body {
        if (!inside && byte == 0x80) || part >> 31 != 0 {
            return None;
        }
        part = part << 7 | u64::from(byte & 0x7f);
        inside = byte >= 0x80;
        if !inside {
            if out.is_empty() {
                let first = (part / 40).min(2);
                out.extend([first, part - first * 40]);
            } else {
                out.push(part);
            }
            part = 0;
        }
    }
    (!inside && !out.is_empty()).then_some(out)
}

/// Base64, with padding: line breaks do not count, spare bits may be set.
pub fn base64(text: &str) -> Option<Vec<u8>> {
    decode(text, b'+', b'/', true)
}

/// Base64 for URLs, without padding.
pub fn base64url(text: &str) -> Option<Vec<u8>> {
    decode(text, b'-', b'_', false)
}

fn decode(text: &str, plus: u8, slash: u8, padded: bool) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    let padding = digits.iter().rev().take_while(|&&byte| byte == b'=').count();
    let body = digits.get(..digits.len() - padding)?;
    let wanted = if padded { (4 - body.len() % 4) % 4 } else { 0 };
    if padding != wanted || body.len() % 4 == 1 {
        return None;
    }
    let mut out = Vec::with_capacity(body.len() / 4 * 3 + 2);
    for group in body.chunks(4) {
        let mut bits = 0u32;
        for &byte in group {
            let digit = match byte {
                b'A'..=b'Z' => byte - b'A',
                b'a'..=b'z' => byte - b'a' + 26,
                b'0'..=b'9' => byte - b'0' + 52,
                byte if byte == plus => 62,
                byte if byte == slash => 63,
                _ => return None,
            };
            bits = bits << 6 | u32::from(digit);
        }
        bits <<= 6 * (4 - group.len());
        let [_, bytes @ ..] = bits.to_be_bytes();
        out.extend(bytes.iter().take(group.len() - 1));
    }
    Some(out)
}

fn encode(bytes: &[u8], last: [u8; 2], padded: bool) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let bits =
            group.iter().fold(0u32, |sum, &byte| sum << 8 | u32::from(byte)) << (8 * (3 - group.len()));
        for at in 0..=group.len() {
            let digit = u8::try_from(bits >> (18 - 6 * at) & 63).unwrap_or_default();
            out.push(char::from(match digit {
                0..26 => b'A' + digit,
                26..52 => b'a' + digit - 26,
                52..62 => b'0' + digit - 52,
                62 => last.first().copied().unwrap_or_default(),
                _ => last.last().copied().unwrap_or_default(),
            }));
        }
        if padded {
            (group.len()..3).for_each(|_| out.push('='));
        }
    }
    out
}

/// As base64 with padding.
pub fn to_base64(bytes: &[u8]) -> String {
    encode(bytes, [b'+', b'/'], true)
}

/// As base64 for URLs, without padding.
pub fn to_base64url(bytes: &[u8]) -> String {
    encode(bytes, [b'-', b'_'], false)
}

/// The first block of PEM text: its kind, its bytes, and what comes after it.
pub fn pem(text: &str) -> Option<(&str, Vec<u8>, &str)> {
    let mut rest = text;
    loop {
        let start = match rest.strip_prefix("-----BEGIN ") {
            Some(after) => after,
            None => rest.split_once("\n-----BEGIN ")?.1,
        };
        rest = start;
        let (line, body) = start.split_once('\n')?;
        let Some(kind) = line.trim_end_matches([' ', '\t', '\r']).strip_suffix("-----") else { continue };
        let mut body = body;
        // Headers are not needed.
        while let Some((line, after)) = body.split_once('\n')
            && line.contains(':')
        {
            body = after;
        }
        let (inner, after) = match body.strip_prefix("-----END ") {
            Some(after) => ("", after),
            None => body.split_once("\n-----END ")?,
        };
        let Some(after) = after.strip_prefix(kind).and_then(|after| after.strip_prefix("-----")) else {
            continue;
        };
        let (line, after) = after.split_once('\n').unwrap_or((after, ""));
        if !line.trim_matches([' ', '\t', '\r']).is_empty() {
            continue;
        }
        let digits: String = inner.chars().filter(|c| !matches!(c, ' ' | '\t' | '\r' | '\n')).collect();
        let Some(bytes) = base64(&digits) else { continue };
        return Some((kind, bytes, after));
    }
}
