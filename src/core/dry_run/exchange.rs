//! One request to an API server and what came back, as the client saw it.

use serde::{Deserialize, Serialize};

use super::verdict::Unjudged;

/// A request that was sent, for the command log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// `GET`, `PATCH`, `POST`.
    pub method: String,
    /// Path and query, without server: `/api/v1/namespaces/shop/pods/web?dryRun=All&…`.
    pub uri: String,
    /// The status of the answer; `None` if there was none.
    pub status: Option<u16>,
    /// From sending to the last byte of the answer, or to giving up, in microseconds.
    pub elapsed_us: u64,
}

/// A request with its complete answer. Holds what the server wrote, secrets included: it is made into an
/// [`Answer`](super::Answer) and dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Exchange {
    /// The request, with the status of the answer.
    pub sent: Sent,
    /// The status of the answer.
    pub status: u16,
    /// The value of `Content-Type`, or nothing.
    pub content_type: String,
    /// The values of the `Warning` headers, in their order. Bytes, since servers write UTF-8 into them.
    pub warnings: Vec<Vec<u8>>,
    /// The body, after its transfer and content encodings.
    pub body: Vec<u8>,
}

/// What became of a request: an answer, or none and why.
pub type Outcome = Result<Exchange, NoAnswer>;

/// A request without an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoAnswer {
    /// The request, if it was sent at all.
    pub sent: Option<Sent>,
    /// Why there is no answer.
    pub why: Unjudged,
}

/// Without the body and the warnings: a panic or a log must not show a Secret.
impl std::fmt::Debug for Exchange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Exchange")
            .field("sent", &self.sent)
            .field("status", &self.status)
            .field("content_type", &self.content_type)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}
