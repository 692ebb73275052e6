//! Addresses and networks as Go's `net` reads them.

use ::core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::collections::BTreeSet;

use regorus::Value;

use super::{Builtin, Trouble, text};

/// The functions.
pub const BUILTINS: &[Builtin] = &[
    ("net.cidr_contains", 2, contains),
    ("net.cidr_overlap", 2, contains),
    ("net.cidr_intersects", 2, intersects),
    ("net.cidr_contains_matches", 2, contains_matches),
    ("net.cidr_merge", 1, merge),
];

/// Addresses from `first` on that share `length` bits. IPv4 stands in the last 32 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Network {
    v4: bool,
    /// As it is written in the answer: not always the first one.
    shown: u128,
    first: u128,
    length: u32,
}

impl Network {
    fn new(v4: bool, address: u128, length: u32) -> Self {
        let bits = if v4 { 32 } else { 128 };
        let mask = u128::MAX.checked_shl(bits - length.min(bits)).unwrap_or(0);
        Self { v4, shown: address & mask, first: address & mask, length }
    }

    fn read(text: &str) -> Result<Self, Trouble> {
        let invalid = || Trouble::Builtin(format!("invalid CIDR address: {text}"));
        let (address, length) = text.split_once('/').ok_or_else(invalid)?;
        let digits = !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit());
        let length: u32 = length.parse().map_err(|_| invalid())?;
        match address.parse::<IpAddr>() {
            _ if !digits => Err(invalid()),
            Ok(IpAddr::V4(v4)) if length <= 32 => Ok(Self::new(true, u32::from(v4).into(), length)),
            Ok(IpAddr::V6(v6)) if length <= 128 => {
                if v6.to_ipv4_mapped().is_some() {
                    let words = "an IPv4 address written as IPv6 is not for this engine";
                    return Err(Trouble::Limit(words.to_owned()));
                }
                Ok(Self::new(false, v6.into(), length))
            }
            _ => Err(invalid()),
        }
    }

    fn last(&self) -> u128 {
        let bits = if self.v4 { 32 } else { 128 };
        self.first | u128::MAX.checked_shr(128 - (bits - self.length)).unwrap_or(0)
    }

    fn holds(&self, v4: bool, address: u128) -> bool {
        self.v4 == v4 && (self.first..=self.last()).contains(&address)
    }

    fn write(&self) -> String {
        match (self.v4, u32::try_from(self.shown)) {
            (true, Ok(address)) => format!("{}/{}", Ipv4Addr::from(address), self.length),
            _ => format!("{}/{}", Ipv6Addr::from(self.shown), self.length),
        }
    }
}

/// The address, with IPv4 in its own form however it is written.
fn address(text: &str) -> Option<(bool, u128)> {
    match text.parse::<IpAddr>().ok()?.to_canonical() {
        IpAddr::V4(v4) => Some((true, u32::from(v4).into())),
        IpAddr::V6(v6) => Some((false, v6.into())),
    }
}

/// A network holds an address, or both ends of another network.
fn holds(network: &str, other: &str) -> Result<bool, Trouble> {
    let network = Network::read(network)?;
    if let Some((v4, address)) = address(other) {
        return Ok(network.holds(v4, address));
    }
    let other = Network::read(other).map_err(|trouble| match trouble {
        Trouble::Builtin(_) => {
            Trouble::Builtin(format!("not a valid textual representation of an IP address or CIDR: {other}"))
        }
        limit => limit,
    })?;
    Ok(network.holds(other.v4, other.first) && network.holds(other.v4, other.last()))
}

fn contains(given: &[Value]) -> Result<Value, Trouble> {
    Ok(Value::from(holds(text(given, 0)?, text(given, 1)?)?))
}

fn intersects(given: &[Value]) -> Result<Value, Trouble> {
    let (a, b) = (Network::read(text(given, 0)?)?, Network::read(text(given, 1)?)?);
    Ok(Value::from(a.holds(b.v4, b.first) || b.holds(a.v4, a.first)))
}

/// The networks of an operand, each with what the answer calls it.
fn named(given: &[Value], at: usize) -> Result<Vec<(String, Value)>, Trouble> {
    let cidr = |value: &Value| match value {
        Value::String(text) => Ok(text.to_string()),
        Value::Array(items) => match items.iter().next() {
            Some(Value::String(text)) => Ok(text.to_string()),
            Some(_) => Err(Trouble::Builtin("operand 1 must be string".to_owned())),
            None => Err(element(at)),
        },
        _ => Err(element(at)),
    };
    let pairs: Vec<(&Value, Value)> = match given.get(at) {
        Some(text @ Value::String(_)) => vec![(text, text.clone())],
        Some(Value::Array(items)) => items.iter().enumerate().map(|(i, v)| (v, Value::from(i))).collect(),
        Some(Value::Set(items)) => items.iter().map(|item| (item, item.clone())).collect(),
        Some(Value::Object(fields)) => fields.iter().map(|(key, value)| (value, key.clone())).collect(),
        _ => Vec::new(),
    };
    pairs.into_iter().map(|(value, name)| Ok((cidr(value)?, name))).collect()
}

fn element(at: usize) -> Trouble {
    Trouble::Builtin(format!("operand {}: element must be string or non-empty array", at + 1))
}

fn contains_matches(given: &[Value]) -> Result<Value, Trouble> {
    let first = named(given, 0)?;
    // The second is looked at for each of the first.
    let second = if first.is_empty() { Vec::new() } else { named(given, 1)? };
    let mut found = BTreeSet::new();
    for (network, name) in &first {
        for (other, other_name) in &second {
            if holds(network, other)? {
                found.insert(Value::from(vec![name.clone(), other_name.clone()]));
            }
        }
    }
    Ok(Value::from(found))
}

/// An address alone stands for the network of its old class, from A to C.
fn member(value: &Value) -> Result<Network, Trouble> {
    let Value::String(text) = value else {
        return Err(Trouble::Builtin("element must be string".to_owned()));
    };
    match address(text) {
        Some((true, address)) => {
            let length = match address >> 24 {
                ..0x80 => 8,
                0x80..0xc0 => 16,
                _ => 24,
            };
            Ok(Network { shown: address, ..Network::new(true, address, length) })
        }
        Some((false, _)) => Err(Trouble::Builtin("IPv6 invalid: needs prefix length".to_owned())),
        None => Network::read(text),
    }
}

/// A run of addresses; a network if nothing was joined to it.
struct Run {
    v4: bool,
    first: u128,
    last: u128,
    network: Option<Network>,
}

fn merge(given: &[Value]) -> Result<Value, Trouble> {
    let networks: Vec<Network> = match given.first() {
        Some(Value::Array(items)) => items.iter().map(member).collect::<Result<_, _>>()?,
        Some(Value::Set(items)) => items.iter().map(member).collect::<Result<_, _>>()?,
        _ => return Err(Trouble::Builtin("operand must be an array".to_owned())),
    };
    let run = |n: &Network| Run { v4: n.v4, first: n.first, last: n.last(), network: Some(*n) };
    let mut runs: Vec<Run> = networks.iter().map(run).collect();
    // IPv4 stands behind 0:0:0:0:0:ffff, so before nearly all of IPv6.
    let family = |v4: bool| if v4 { 0xffff_0000_0000u128 } else { 0 };
    let last = |run: &Run| run.last + family(run.v4);
    if runs.iter().any(|run| run.v4) && runs.iter().any(|run| !run.v4 && run.first < 1 << 48) {
        return Err(Trouble::Limit("networks around ::ffff:0:0 are not for this engine".to_owned()));
    }
    runs.sort_by_key(|run| (last(run), run.first));
    let mut joined: Vec<Run> = Vec::new();
    // From the last one on; what touches the run in front of it becomes one with it.
    while let Some(run) = runs.pop() {
        match runs.last_mut() {
            Some(before) if before.v4 == run.v4 && run.first.saturating_sub(1) <= before.last => {
                *before =
                    Run { v4: run.v4, first: before.first.min(run.first), last: run.last, network: None };
            }
            _ => joined.push(run),
        }
    }
    let mut found = BTreeSet::new();
    for run in joined {
        match run.network {
            Some(network) => drop(found.insert(Value::from(network.write()))),
            None => split(&run, &mut found),
        }
    }
    Ok(Value::from(found))
}

/// The fewest networks that are a run together.
fn split(run: &Run, found: &mut BTreeSet<Value>) {
    let bits = if run.v4 { 32 } else { 128 };
    let mut first = run.first;
    loop {
        let mut length = bits;
        // As large as it can be: it begins here, and does not go beyond the end.
        while length > 0 {
            let larger = Network::new(run.v4, first, length - 1);
            if larger.first != first || larger.last() > run.last {
                break;
            }
            length -= 1;
        }
        let network = Network::new(run.v4, first, length);
        found.insert(Value::from(network.write()));
        match network.last().checked_add(1) {
            Some(next) if next <= run.last => first = next,
            _ => return,
        }
    }
}
