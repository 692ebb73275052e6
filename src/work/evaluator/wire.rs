//! Messages between the two processes: a length, then JSON, then the texts of files as they are.

use std::io::{self, Read, Write};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::core::decision::Evaluation;
use crate::core::file::FileId;
use crate::core::policy::options::{JudgeOptions, SourceFile, Step};

/// No message is longer, in bytes; a longer one means that the two processes lost each other.
const LONGEST: usize = 1 << 30;

/// What the child is asked.
#[derive(Debug, Serialize, Deserialize)]
pub struct Request {
    /// The number of the run.
    pub run: u64,
    /// Files that are new or changed. Their texts travel beside the JSON.
    pub put: Vec<SourceFile>,
    /// Files that are there no more.
    pub remove: Vec<FileId>,
    /// How to judge.
    pub options: JudgeOptions,
}

/// What the child answers.
#[derive(Debug, Serialize, Deserialize)]
pub enum Answer {
    /// It is about to do this.
    Step { run: u64, step: Step },
    /// The run ended.
    Evaluated(Box<Evaluation>),
}

/// Writes a request.
pub fn write_request(to: &mut impl Write, request: &Request) -> io::Result<()> {
    let lengths: Vec<usize> = request.put.iter().map(|file| file.text.len()).collect();
    write(to, &(request, &lengths))?;
    for file in &request.put {
        to.write_all(file.text.as_bytes())?;
    }
    to.flush()
}

/// Reads a request; `None` at the end of the stream.
pub fn read_request(from: &mut impl Read) -> io::Result<Option<Request>> {
    let Some((mut request, lengths)) = read::<(Request, Vec<usize>)>(from)? else { return Ok(None) };
    for (file, length) in request.put.iter_mut().zip(lengths) {
        let bytes = read_bytes(from, length)?;
        file.text = String::from_utf8(bytes).map_err(invalid)?;
    }
    Ok(Some(request))
}

/// Writes an answer.
pub fn write_answer(to: &mut impl Write, answer: &Answer) -> io::Result<()> {
    write(to, answer)?;
    to.flush()
}

/// Reads an answer; `None` at the end of the stream.
pub fn read_answer(from: &mut impl Read) -> io::Result<Option<Answer>> {
    read(from)
}

fn write(to: &mut impl Write, message: &impl Serialize) -> io::Result<()> {
    let mut bytes = vec![0; 8];
    serde_json::to_writer(&mut bytes, message)?;
    let length = (bytes.len() as u64 - 8).to_le_bytes();
    for (byte, value) in bytes.iter_mut().zip(length) {
        *byte = value;
    }
    to.write_all(&bytes)
}

fn read<T: DeserializeOwned>(from: &mut impl Read) -> io::Result<Option<T>> {
    let mut length = [0; 8];
    match from.read_exact(&mut length) {
        Ok(()) => {}
        Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(e) => return Err(e),
    }
    let length = usize::try_from(u64::from_le_bytes(length)).map_err(invalid)?;
    let bytes = read_bytes(from, length)?;
    serde_json::from_slice(&bytes).map(Some).map_err(invalid)
}

fn read_bytes(from: &mut impl Read, length: usize) -> io::Result<Vec<u8>> {
    if length > LONGEST {
        return Err(invalid("a message is too long"));
    }
    let mut bytes = vec![0; length];
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn invalid(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::file::{Revision, Role};

    #[test]
    fn a_request_travels_with_its_texts() {
        let file = |id, text: &str| SourceFile {
            file: FileId(id),
            name: format!("{id}.rego"),
            role: Role::Policy,
            revision: Revision(7),
            text: text.to_owned(),
        };
        let request = Request {
            run: 3,
            put: vec![file(1, "package a\n"), file(2, "")],
            remove: vec![FileId(9)],
            options: JudgeOptions::default(),
        };
        let mut bytes = Vec::new();
        write_request(&mut bytes, &request).unwrap();
        let mut from = bytes.as_slice();
        let read = read_request(&mut from).unwrap().unwrap();
        assert_eq!((read.run, read.put, read.remove), (3, request.put, request.remove));
        assert!(read_request(&mut from).unwrap().is_none(), "then the stream ends");
    }

    #[test]
    fn a_stream_that_lost_its_way_is_an_error() {
        let long = u64::MAX.to_le_bytes();
        assert!(read_answer(&mut long.as_slice()).is_err());
        let cut: &[u8] = &[9, 0, 0, 0, 0, 0, 0, 0, b'{'];
        assert!(read_answer(&mut { cut }).is_err());
    }
}
