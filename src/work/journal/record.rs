//! The format of a journal: a line that names it, then records, each with its length and a checksum.
//!
//! A record is JSON, so that a person can read a journal in need. Whatever follows the first record that is cut short
//! or damaged is not read.

use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::core::file::Role;

/// The first line; a journal of another version is left alone.
pub(super) const MAGIC: &[u8] = b"regoscope journal 1\n";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Record {
    /// First in every journal.
    Begin(Begin),
    /// The whole text, after `edits` edits. Times in seconds since 1970.
    Text { at: u64, edits: usize, text: String },
    /// Edits, each in bytes of the text before it: from, to, new text.
    Changes { at: u64, changes: Vec<(usize, usize, String)> },
}

/// Whose journal it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Begin {
    /// Bytes, since a path need not be UTF-8. Absolute.
    pub path: Option<Vec<u8>>,
    pub name: String,
    pub role: Role,
    /// Hash and length of the file that the text is based on.
    pub base: Option<([u8; 32], u64)>,
    pub pid: u32,
    pub host: String,
    /// When the journal was begun, in seconds since 1970.
    pub started: u64,
    /// Of local time from UTC, in seconds; 0 if not known.
    pub utc_offset: i32,
}

impl Begin {
    /// With the fields that name this process.
    pub(super) fn of_this_process() -> Self {
        Self {
            path: None,
            name: String::new(),
            role: Role::Policy,
            base: None,
            pid: std::process::id(),
            host: host(),
            started: now(),
            utc_offset: utc_offset(),
        }
    }

    pub(super) fn path(&self) -> Option<PathBuf> {
        self.path.as_ref().map(|bytes| PathBuf::from(OsString::from_vec(bytes.clone())))
    }
}

pub(super) fn path_bytes(path: &Path) -> Vec<u8> {
    path.as_os_str().as_bytes().to_vec()
}

pub(super) fn now() -> u64 {
    UNIX_EPOCH.elapsed().unwrap_or_default().as_secs()
}

/// The name of this machine: a home folder can be shared by several, and a process number means something on one only.
pub(super) fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname")
        .or_else(|_| std::fs::read_to_string("/etc/hostname"))
        .unwrap_or_default();
    name.trim().to_owned()
}

/// How far local time is ahead of UTC, in seconds. The standard library does not know; `date` of every system does, with
/// the rules for summer time, and is asked once.
fn utc_offset() -> i32 {
    static OFFSET: OnceLock<i32> = OnceLock::new();
    *OFFSET.get_or_init(|| {
        let answer = Command::new("date").arg("+%z").stdin(Stdio::null()).stderr(Stdio::null()).output();
        answer.ok().and_then(|answer| seconds(str::from_utf8(&answer.stdout).ok()?.trim())).unwrap_or(0)
    })
}

/// Reads `+0900`.
fn seconds(offset: &str) -> Option<i32> {
    let number: i32 = offset.parse().ok().filter(|_| offset.len() == 5)?;
    Some(number / 100 * 3600 + number % 100 * 60)
}

/// A record as it stands in the file: length (4 bytes, little endian), checksum (4), JSON.
pub(super) fn framed(record: &Record) -> io::Result<Vec<u8>> {
    let json = serde_json::to_vec(record)?;
    let len = u32::try_from(json.len()).map_err(|_| io::Error::from(io::ErrorKind::FileTooLarge))?;
    let mut bytes = Vec::with_capacity(json.len() + 8);
    bytes.extend_from_slice(&len.to_le_bytes());
    bytes.extend_from_slice(&checksum(&json));
    bytes.extend_from_slice(&json);
    Ok(bytes)
}

fn checksum(bytes: &[u8]) -> [u8; 4] {
    let digest = Sha256::digest(bytes);
    digest.first_chunk::<4>().copied().unwrap_or_default()
}

/// The valid records from the start of a journal; `None` if it is not one that we can read.
pub(super) fn read(bytes: &[u8]) -> Option<Vec<Record>> {
    let mut rest = bytes.strip_prefix(MAGIC)?;
    let mut records = Vec::new();
    while let Some((record, tail)) = next(rest) {
        records.push(record);
        rest = tail;
    }
    Some(records)
}

fn next(bytes: &[u8]) -> Option<(Record, &[u8])> {
    let (len, rest) = bytes.split_first_chunk::<4>()?;
    let (sum, rest) = rest.split_first_chunk::<4>()?;
    let (json, rest) = rest.split_at_checked(u32::from_le_bytes(*len) as usize)?;
    if checksum(json) != *sum {
        return None;
    }
    Some((serde_json::from_slice(json).ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn records() -> Vec<Record> {
        vec![
            Record::Begin(Begin { name: "あ.yaml".into(), ..Begin::of_this_process() }),
            Record::Text { at: 1, edits: 1, text: "kind: Pod\n".into() },
            Record::Changes { at: 2, changes: vec![(0, 4, "Kind".into()), (10, 10, "\n\u{0}é".into())] },
        ]
    }

    fn journal(records: &[Record]) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        records.iter().for_each(|record| bytes.extend(framed(record).unwrap()));
        bytes
    }

    #[test]
    fn offsets_from_utc() {
        for (offset, expected) in [
            ("+0000", Some(0)),
            ("+0900", Some(32_400)),
            ("-0330", Some(-12_600)),
            ("+0545", Some(20_700)),
            ("", None),
            ("UTC", None),
            ("%z", None),
        ] {
            assert_eq!(seconds(offset), expected, "{offset:?}");
        }
    }

    #[test]
    fn every_torn_journal_reads_as_a_prefix() {
        let (records, bytes) = (records(), journal(&records()));
        assert_eq!(read(&bytes), Some(records.clone()));
        let mut last = 0;
        for cut in MAGIC.len()..bytes.len() {
            let valid = read(&bytes[..cut]).unwrap();
            assert_eq!(valid, records[..valid.len()], "cut at {cut}");
            assert!(valid.len() >= last);
            last = valid.len();
        }
        assert_eq!(last, 2);
    }

    proptest! {
        #[test]
        fn a_damaged_byte_costs_no_record_before_it(at in 0usize..400, bit in 0u8..8) {
            let (records, mut bytes) = (records(), journal(&records()));
            let at = at % bytes.len();
            bytes[at] ^= 1 << bit;
            match read(&bytes) {
                None => prop_assert!(at < MAGIC.len()),
                Some(valid) => {
                    prop_assert_eq!(&valid[..], &records[..valid.len()]);
                    let before = journal(&records[..valid.len()]).len();
                    prop_assert!(at >= before, "byte {} lies in a record that was taken as valid", at);
                }
            }
        }

        #[test]
        fn any_bytes_are_read_without_a_crash(bytes: Vec<u8>) {
            let _ = read(&bytes);
            let _ = read(&[MAGIC, &bytes].concat());
        }
    }
}
