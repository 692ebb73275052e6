//! What the status line says for a few seconds, and the list it fades into.

use std::time::Duration;

use crate::app::msg::Now;
use crate::core::diagnostics::Severity;

/// How long a message stays in the status line.
pub const MESSAGE_TIME: Duration = Duration::from_secs(5);
/// How many messages are kept.
const KEPT: usize = 200;

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub text: String,
    pub severity: Severity,
    pub at: Now,
}

/// All messages of this run.
#[derive(Debug, Default)]
pub struct Messages {
    list: Vec<Message>,
    /// Counts up, so that an old timer does not hide a new message.
    number: u64,
    shown: bool,
}

impl Messages {
    /// Adds a message and shows it; gives the number for its timer.
    pub fn add(&mut self, text: String, severity: Severity, at: Now) -> u64 {
        if self.list.len() >= KEPT {
            self.list.remove(0);
        }
        self.list.push(Message { text, severity, at });
        self.number += 1;
        self.shown = true;
        self.number
    }

    /// The timer of a message has run out.
    pub fn fade(&mut self, number: u64) {
        if number == self.number {
            self.shown = false;
        }
    }

    /// The message of the status line.
    #[must_use]
    pub fn current(&self) -> Option<&Message> {
        self.list.last().filter(|_| self.shown)
    }

    /// All, newest first.
    pub fn all(&self) -> impl Iterator<Item = &Message> {
        self.list.iter().rev()
    }
}
