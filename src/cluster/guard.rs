//! The last thing a request passes before the network. It lets through what cannot change a cluster, and nothing else.
//!
//! * `GET`, `HEAD` and `OPTIONS` of objects, lists, discovery, versions and health. Not of `exec`, `attach`,
//!   `portforward`, `proxy` and the like, which act although they are read, and not with an upgrade.
//! * `PATCH` of one object as a server-side apply, and `POST` to a collection, with exactly one `dryRun=All`, and no
//!   parameter that is not known here.
//! * `POST` to the three self-reviews, which are questions.
//!
//! What is refused is an error of the caller, never a request. Paths are compared as they are: an object's name never
//! needs `%`, so a path with one is refused instead of decoded.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::{HeaderMap, Method, Request, Uri, header};
use kube::client::Body;
use tower_service::Service;

/// The content type of a server-side apply.
pub const APPLY: &str = "application/apply-patch+yaml";
/// Parameters that a dry-run may have, each once.
const PARAMETERS: [&str; 5] = ["dryRun", "fieldManager", "fieldValidation", "force", "timeout"];
/// What may be asked about oneself.
const SELF_REVIEWS: [&str; 3] = [
    "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
    "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
    "/apis/authentication.k8s.io/v1/selfsubjectreviews",
];

/// Why a request did not leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Only reading, dry-runs and self-reviews.
    #[error("the guard refused a method that could write")]
    Method,
    /// Not one object, a collection or a plain question.
    #[error("the guard refused a path")]
    Path,
    /// Not exactly one `dryRun=All`, or a parameter that is not known.
    #[error("the guard refused a request that is not exactly a dry-run")]
    NotADryRun,
    /// An upgrade, or a header that means another method.
    #[error("the guard refused a header")]
    Header,
    /// Another server than that of the context.
    #[error("the guard refused a request to another server")]
    Server,
}

/// Whether a request may leave. `base` is the path of the cluster's URL (`/k8s/clusters/c-1` behind some gateways),
/// which stands before the paths of Kubernetes.
///
/// # Errors
///
/// Says what is wrong with it.
pub fn check(method: &Method, uri: &Uri, headers: &HeaderMap, base: &str) -> Result<(), Refused> {
    let upgrades =
        |value: &http::HeaderValue| value.as_bytes().to_ascii_lowercase().windows(7).any(|w| w == b"upgrade");
    if headers.contains_key(header::UPGRADE)
        || headers.get_all(header::CONNECTION).iter().any(upgrades)
        || headers.keys().any(|name| name.as_str().contains("method"))
    {
        return Err(Refused::Header);
    }
    let path = uri.path().strip_prefix(base.trim_end_matches('/')).ok_or(Refused::Path)?;
    let target = Target::of(path).ok_or(Refused::Path)?;
    let query = uri.query().unwrap_or_default();
    match *method {
        Method::GET | Method::HEAD | Method::OPTIONS => match target {
            Target::Question | Target::Collection | Target::Object => Ok(()),
            Target::Other => Err(Refused::Path),
        },
        Method::POST if SELF_REVIEWS.contains(&path) => {
            if query.is_empty() {
                Ok(())
            } else {
                Err(Refused::NotADryRun)
            }
        }
        Method::POST => match target {
            Target::Collection => is_dry_run(query),
            _ => Err(Refused::Path),
        },
        Method::PATCH => match target {
            Target::Object if headers.get(header::CONTENT_TYPE).is_some_and(|value| value == APPLY) => {
                is_dry_run(query)
            }
            Target::Object => Err(Refused::Header),
            _ => Err(Refused::Path),
        },
        _ => Err(Refused::Method),
    }
}

/// What a path of Kubernetes leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    /// Discovery, version, health, OpenAPI.
    Question,
    /// Objects of a kind.
    Collection,
    /// One object.
    Object,
    /// A part of an object, or what is not known here.
    Other,
}

impl Target {
    /// `None` for a path that is not written plainly.
    fn of(path: &str) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:@!$'()*+,=".contains(&byte);
        let parts: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
        let is_plain = |part: &str| !matches!(part, "" | "." | "..") && part.bytes().all(plain);
        if !parts.iter().copied().all(is_plain) {
            return None;
        }
        let rest = match parts.as_slice() {
            ["version" | "healthz" | "livez" | "readyz"] | ["openapi", ..] => return Some(Self::Question),
            ["api"] | ["apis"] | ["api", _] | ["apis", _] | ["apis", _, _] => return Some(Self::Question),
            ["api", _, rest @ ..] | ["apis", _, _, rest @ ..] => rest,
            _ => return Some(Self::Other),
        };
        // The old forms of watching and forwarding, where the kind stands behind.
        if let ["watch" | "proxy" | "redirect", ..] = rest {
            return Some(Self::Other);
        }
        Some(match rest {
            ["namespaces", _, "finalize" | "status"] => Self::Other,
            [_] | ["namespaces", _, _] => Self::Collection,
            [_, _] | ["namespaces", _, _, _] => Self::Object,
            _ => Self::Other,
        })
    }
}

/// Whether a query says that the request is a dry-run, and nothing that is not understood.
fn is_dry_run(query: &str) -> Result<(), Refused> {
    let mut seen = Vec::new();
    for parameter in query.split('&') {
        let (name, value) = parameter.split_once('=').ok_or(Refused::NotADryRun)?;
        // Names are compared as written: none of them needs an escape, so one with an escape is not known.
        let known = PARAMETERS.iter().find(|known| **known == name).ok_or(Refused::NotADryRun)?;
        // Go's parser drops what holds a `;`, so that it would read less than stands here.
        let is_safe = value.bytes().all(|byte| byte.is_ascii_graphic() && !b";&#".contains(&byte));
        if seen.contains(known) || !is_safe || (name == "dryRun" && value != "All") {
            return Err(Refused::NotADryRun);
        }
        seen.push(known);
    }
    if seen.contains(&&"dryRun") { Ok(()) } else { Err(Refused::NotADryRun) }
}

/// A transport behind the guard.
#[derive(Debug, Clone)]
pub(super) struct Guarded<S> {
    transport: S,
    /// The cluster's URL.
    server: Uri,
}

impl<S> Guarded<S> {
    /// Puts the guard before a transport to a server.
    pub(super) fn new(transport: S, server: Uri) -> Self {
        Self { transport, server }
    }
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

impl<S> Service<Request<Body>> for Guarded<S>
where
    S: Service<Request<Body>>,
    S::Error: Into<BoxError>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.transport.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let uri = request.uri();
        let is_same = uri.authority() == self.server.authority() && uri.scheme() == self.server.scheme();
        let passes = if is_same {
            check(request.method(), uri, request.headers(), self.server.path())
        } else {
            Err(Refused::Server)
        };
        if let Err(refused) = passes {
            return Box::pin(async move { Err(refused.into()) });
        }
        let answer = self.transport.call(request);
        Box::pin(async move { answer.await.map_err(Into::into) })
    }
}
