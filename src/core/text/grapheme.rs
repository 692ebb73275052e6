//! Where graphemes begin and end in a rope: what a person takes for one character is never split.
//!
//! Extended grapheme clusters of UAX #29, with one exception: `\r` and `\n` are two, because a `\r` is only in memory
//! when a file mixes its line ends, and is then a character of the line (drawn as a marker) like any other.

use super::buffer::TextBuffer;
use unicode_segmentation::{GraphemeCursor, GraphemeIncomplete};

/// The next boundary after a byte; the end of the text at the end.
#[must_use]
pub fn next(buffer: &TextBuffer, byte: usize) -> usize {
    let len = buffer.len_bytes();
    if byte >= len {
        return len;
    }
    // Between two ASCII characters there is always a boundary: most of every text takes this way.
    let ascii = |at| buffer.byte(at).is_none_or(|byte| byte.is_ascii());
    if ascii(byte) && ascii(byte + 1) {
        return byte + 1;
    }
    walk(buffer, byte, |cursor, chunk, start| cursor.next_boundary(chunk, start)).unwrap_or(len)
}

/// The last boundary before a byte; 0 at the start.
#[must_use]
pub fn previous(buffer: &TextBuffer, byte: usize) -> usize {
    let byte = byte.min(buffer.len_bytes());
    let Some(before) = byte.checked_sub(1) else { return 0 };
    let newline = buffer.byte(before) == Some(b'\n');
    let ascii = |at| buffer.byte(at).is_none_or(|byte| byte.is_ascii());
    if newline || (ascii(before) && before.checked_sub(1).is_none_or(ascii)) {
        return before;
    }
    walk(buffer, byte, |cursor, chunk, start| cursor.prev_boundary(chunk, start)).unwrap_or(0)
}

/// Whether a byte lies on a boundary.
#[must_use]
pub fn is_boundary(buffer: &TextBuffer, byte: usize) -> bool {
    let Some(before) = byte.checked_sub(1) else { return true };
    if byte >= buffer.len_bytes() {
        return byte == buffer.len_bytes();
    }
    let ascii = |at| buffer.byte(at).is_some_and(|byte| byte.is_ascii());
    if ascii(before) && ascii(byte) {
        return true;
    }
    if buffer.floor_char(byte) != byte {
        return false;
    }
    walk(buffer, byte, |cursor, chunk, start| cursor.is_boundary(chunk, start).map(|is| is.then_some(byte)))
        .is_some()
}

/// The boundary at or before a byte.
#[must_use]
pub fn floor(buffer: &TextBuffer, byte: usize) -> usize {
    let byte = buffer.floor_char(byte);
    if is_boundary(buffer, byte) { byte } else { previous(buffer, byte) }
}

/// The boundary at or after a byte.
#[must_use]
pub fn ceil(buffer: &TextBuffer, byte: usize) -> usize {
    let byte = byte.min(buffer.len_bytes());
    if is_boundary(buffer, byte) { byte } else { next(buffer, floor(buffer, byte)) }
}

/// Asks the cursor, and gives it the further pieces of the rope that it asks for.
fn walk(
    buffer: &TextBuffer,
    byte: usize,
    ask: impl Fn(&mut GraphemeCursor, &str, usize) -> Result<Option<usize>, GraphemeIncomplete>,
) -> Option<usize> {
    let mut cursor = GraphemeCursor::new(byte, buffer.len_bytes(), true);
    let (mut chunk, mut start) = buffer.chunk_at(byte)?;
    loop {
        match ask(&mut cursor, chunk, start) {
            Ok(boundary) => return boundary,
            Err(GraphemeIncomplete::NextChunk) => {
                (chunk, start) = buffer.chunk_at(start + chunk.len())?;
            }
            Err(GraphemeIncomplete::PrevChunk) => {
                (chunk, start) = buffer.chunk_at(start.checked_sub(1)?)?;
            }
            Err(GraphemeIncomplete::PreContext(end)) => {
                let (context, context_start) = buffer.chunk_at(end.checked_sub(1)?)?;
                cursor.provide_context(context.get(..end - context_start)?, context_start);
            }
            Err(GraphemeIncomplete::InvalidOffset) => return None,
        }
    }
}
