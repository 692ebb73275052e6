//! The page that is written: lines, indentation, and the comments that are still to come.

use std::ops::Range;

use super::{Clash, Place, Written};

/// A comment of the text.
#[derive(Debug, Clone)]
pub struct Comment {
    /// Its row, from 1.
    pub row: usize,
    /// Its bytes, the `#` included.
    pub span: Range<usize>,
    /// It is written already.
    pub taken: bool,
}

/// What is written so far.
pub struct Page<'t> {
    text: &'t str,
    line_starts: Vec<usize>,
    out: String,
    level: usize,
    /// Something stands on the current line, if only its indentation.
    pub inline: bool,
    /// The comment that is written where the line ends.
    pending: Option<Comment>,
    /// That comment waits for the next line.
    delay: bool,
    comments: Vec<Comment>,
    /// The first comment that is not written.
    next: usize,
    /// A comment on the last row of a term that stays as it is written goes with it.
    pub comment_on_last_row: bool,
}

/// A state to come back to.
pub struct Mark {
    len: usize,
    level: usize,
    next: usize,
}

impl<'t> Page<'t> {
    /// An empty page for a text with these comments.
    pub fn new(text: &'t str, comments: Vec<Range<usize>>) -> Self {
        let starts = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        let line_starts: Vec<usize> = std::iter::once(0).chain(starts).collect();
        let row = |byte: usize| line_starts.partition_point(|start| *start <= byte);
        let comments =
            comments.into_iter().map(|span| Comment { row: row(span.start), span, taken: false }).collect();
        Self {
            text,
            line_starts,
            out: String::with_capacity(text.len()),
            level: 0,
            inline: false,
            pending: None,
            delay: false,
            comments,
            next: 0,
            comment_on_last_row: false,
        }
    }

    /// The row of a byte, from 1.
    pub fn row(&self, byte: usize) -> usize {
        self.line_starts.partition_point(|start| *start <= byte)
    }

    /// What was written.
    pub fn finish(&mut self) -> String {
        std::mem::take(&mut self.out)
    }

    pub fn write(&mut self, text: &str) {
        self.out.push_str(text);
    }

    pub fn up(&mut self) {
        self.level += 1;
    }

    pub fn down(&mut self) {
        self.level = self.level.saturating_sub(1);
    }

    /// Begins a line with the indentation of here.
    pub fn start_line(&mut self) {
        self.inline = true;
        for _ in 0..self.level {
            self.out.push('\t');
        }
    }

    pub fn end_line(&mut self) {
        self.inline = false;
        if !self.delay
            && let Some(comment) = self.pending.take()
        {
            self.out.push(' ');
            self.out.push_str(self.words(&comment));
        }
        self.delay = false;
        self.out.push('\n');
    }

    /// Ends the line if there is one, and leaves one empty.
    pub fn blank_line(&mut self) {
        if self.inline {
            self.end_line();
        }
        self.out.push('\n');
    }

    fn write_line(&mut self, text: &str) {
        if !self.inline {
            self.start_line();
        }
        self.out.push_str(text);
        self.end_line();
    }

    /// The elements of a list that stands on several lines follow.
    pub fn start_list(&mut self) {
        self.delay = true;
        self.end_line();
        self.up();
        self.start_line();
    }

    /// A comment waits for the end of the line.
    pub fn comment_waits(&self) -> bool {
        self.pending.is_some()
    }

    /// The row of the next comment.
    pub fn next_comment(&self) -> Option<usize> {
        self.rest().next().map(|comment| comment.row)
    }

    /// A comment stands in rows between these two, without them.
    pub fn comment_between(&self, from: usize, to: usize) -> bool {
        self.rest().any(|comment| comment.row > from && comment.row < to)
    }

    fn rest(&self) -> impl Iterator<Item = &Comment> {
        self.comments.iter().skip(self.next).filter(|comment| !comment.taken)
    }

    /// Takes the comment of a row out of the order; the text of it.
    pub fn take_comment(&mut self, row: usize) -> Option<&'t str> {
        let next = self.next;
        let found =
            self.comments.iter_mut().skip(next).find(|comment| comment.row == row && !comment.taken)?;
        found.taken = true;
        self.text.get(found.span.clone())
    }

    fn words(&self, comment: &Comment) -> &'t str {
        self.text.get(comment.span.clone()).unwrap_or_default()
    }

    /// Writes the comments above a row; the one on the row comes where the line ends. No row: nothing.
    pub fn insert_comments(&mut self, row: Option<usize>) -> Written {
        let Some(row) = row else { return Ok(()) };
        let mut before = Vec::new();
        let mut at = None;
        while let Some(comment) = self.comments.get(self.next).filter(|comment| comment.row <= row) {
            self.next += 1;
            if comment.taken {
                continue;
            }
            if comment.row < row {
                before.push(comment.clone());
            } else {
                at = Some(comment.clone());
            }
        }
        self.write_comments(&before);
        if before.last().is_some_and(|last| row - last.row > 1) {
            self.blank_line();
        }
        match at {
            Some(_) if self.pending.take().is_some() => Err(Clash),
            Some(comment) => {
                self.pending = Some(comment);
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Writes the comments above a row that stand in front of a place in the middle of a line; whether there were any.
    pub fn comments_above(&mut self, row: usize, first: impl FnOnce(&mut Self)) -> bool {
        let mut above = Vec::new();
        while let Some(comment) = self.comments.get(self.next).filter(|comment| comment.row < row) {
            self.next += 1;
            if !comment.taken {
                above.push(comment.clone());
            }
        }
        if above.is_empty() {
            return false;
        }
        first(self);
        self.write_comments(&above);
        true
    }

    /// Writes the comments that are left.
    pub fn write_rest(&mut self) {
        let rest: Vec<Comment> = self.rest().cloned().collect();
        self.next = self.comments.len();
        for comment in &rest {
            self.write_line(self.words(comment));
        }
        if !rest.is_empty() {
            self.out.push('\n');
        }
    }

    fn write_comments(&mut self, comments: &[Comment]) {
        let mut in_metadata = false;
        let mut last: Option<usize> = None;
        for comment in comments {
            let words = self.words(comment);
            let metadata = Comment::is_metadata(words);
            match last.map(|last| comment.row - last) {
                Some(2..) => {
                    self.blank_line();
                    in_metadata = false;
                }
                Some(1) if in_metadata && metadata => self.blank_line(),
                _ => {}
            }
            in_metadata |= metadata;
            self.write_line(words);
            last = Some(comment.row);
        }
    }

    /// The state of now.
    pub fn mark(&self) -> Mark {
        Mark { len: self.out.len(), level: self.level, next: self.next }
    }

    /// Takes back what was written since, and writes the text of `place` as it stands.
    pub fn write_as_it_is(&mut self, mark: &Mark, place: &Place) {
        self.out.truncate(mark.len);
        self.level = mark.level;
        self.next = mark.next;
        let source = self.text.get(place.start..place.end).unwrap_or_default();
        let last_row = place.row + source.matches('\n').count();
        if self.pending.as_ref().is_some_and(|comment| (place.row..=last_row).contains(&comment.row)) {
            self.pending = None;
        }
        self.out.push_str(source);
        let on_last_row = self.comment_on_last_row;
        while let Some(comment) = self.comments.get(self.next) {
            let within = comment.row < last_row;
            let beside = comment.row == last_row && on_last_row;
            if !within && !beside {
                break;
            }
            if beside && !comment.taken {
                self.out.push(' ');
                self.out.push_str(self.text.get(comment.span.clone()).unwrap_or_default());
            }
            self.next += 1;
        }
    }
}
