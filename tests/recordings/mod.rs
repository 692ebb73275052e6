//! The recorded exchanges of `tests/data/kube_http`, as the client would hand them over.

#![allow(dead_code, clippy::unwrap_used, clippy::indexing_slicing)] // Each test uses its part.

use std::path::{Path, PathBuf};

use regoscope::core::dry_run::{Exchange, Sent};
use serde_json::Value;

/// A request with its answer.
pub struct Recording {
    /// The name of the file.
    pub file: String,
    /// The body of the request as text, JSON or YAML.
    pub request: String,
    /// The answer.
    pub exchange: Exchange,
}

impl Recording {
    /// The object of the request; null if it cannot be read.
    pub fn request_object(&self) -> Value {
        let manifest = regoscope::core::manifest::read(&self.request);
        manifest.documents.into_iter().next().and_then(|document| document.value).unwrap_or_default()
    }
}

/// The folder of the recordings.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/kube_http")
}

/// All of them, by name.
pub fn all() -> Vec<Recording> {
    let mut names: Vec<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".http"))
        .collect();
    names.sort();
    names.iter().map(|name| read(name)).collect()
}

/// One of them, by its name or the number it starts with.
pub fn one(name: &str) -> Recording {
    let all =
        std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let found: Vec<String> = all.filter(|file| file.starts_with(name)).collect();
    assert_eq!(found.len(), 1, "{name}: {found:?}");
    read(&found[0])
}

fn read(name: &str) -> Recording {
    let bytes = std::fs::read(folder().join(name)).unwrap();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (request, response) = text.split_once("\n----- response (").unwrap();
    let (ms, response) = response.split_once(" ms) -----\n").unwrap();
    let (request_head, request) = request.split_once("\n\n").unwrap_or((request, ""));
    let (head, body) = response.split_once("\n\n").unwrap_or((response, ""));
    let mut first = request_head.split(' ');
    let (method, uri) = (first.next().unwrap(), first.next().unwrap());
    let status: u16 = head.split(' ').nth(1).unwrap().parse().unwrap();
    let headers = |wanted: &'static str| {
        head.lines()
            .skip(1)
            .filter_map(|line| line.split_once(": "))
            .filter(move |(name, _)| name.eq_ignore_ascii_case(wanted))
            .map(|(_, value)| value.to_owned())
    };
    Recording {
        file: name.to_owned(),
        request: request.trim_end().to_owned(),
        exchange: Exchange {
            sent: Sent {
                method: method.to_owned(),
                uri: uri.to_owned(),
                status: Some(status),
                elapsed_us: ms.parse::<u64>().unwrap() * 1000,
            },
            status,
            content_type: headers("content-type").next().unwrap_or_default(),
            warnings: headers("warning").map(String::into_bytes).collect(),
            body: body.trim_end_matches('\n').as_bytes().to_vec(),
        },
    }
}
