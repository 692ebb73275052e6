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
        let known = *PARAMETERS.iter().find(|known| **known == name).ok_or(Refused::NotADryRun)?;
        // Go's parser drops what holds a `;`, so that it would read less than stands here.
        let is_safe = value.bytes().all(|byte| byte.is_ascii_graphic() && !b";&#".contains(&byte));
        if seen.contains(&known) || !is_safe || (name == "dryRun" && value != "All") {
            return Err(Refused::NotADryRun);
        }
        seen.push(known);
    }
    if seen.contains(&"dryRun") { Ok(()) } else { Err(Refused::NotADryRun) }
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

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    fn apply() -> HeaderMap {
        HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(APPLY))])
    }

    /// `METHOD /path?query`
    fn passes(line: &str) -> Result<(), Refused> {
        let (method, uri) = line.split_once(' ').unwrap();
        check(&method.parse().unwrap(), &uri.parse().unwrap(), &apply(), "")
    }

    #[test]
    fn what_is_needed_passes() {
        for line in [
            "GET /version",
            "GET /api",
            "GET /apis/apps/v1",
            "GET /openapi/v3/apis/apps/v1",
            "GET /api/v1/pods?limit=250&continue=abc%3D",
            "GET /api/v1/namespaces/shop",
            "GET /api/v1/namespaces/shop/pods/exec",
            "GET /apis/apps/v1/namespaces/shop/deployments/web",
            "GET /apis/rbac.authorization.k8s.io/v1/clusterroles/system:node",
            "GET /apis/apiregistration.k8s.io/v1/apiservices/v1.apps",
            "HEAD /api/v1/pods",
            "PATCH /api/v1/namespaces/shop/pods/web?dryRun=All&fieldManager=kubectl&fieldValidation=Strict&timeout=10s&force=true",
            "PATCH /api/v1/namespaces/shop?dryRun=All",
            "PATCH /apis/apps/v1/namespaces/shop/deployments/web?force=true&dryRun=All&fieldManager=a%20b",
            "POST /api/v1/namespaces/shop/pods?dryRun=All",
            "POST /api/v1/namespaces?dryRun=All",
            "POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
            "POST /apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
            "POST /apis/authentication.k8s.io/v1/selfsubjectreviews",
        ] {
            assert_eq!(passes(line), Ok(()), "{line}");
        }
    }

    #[test]
    fn what_could_change_anything_is_refused() {
        use Refused::{Method, NotADryRun, Path};
        const POD: &str = "/api/v1/namespaces/shop/pods/web";
        for (query, refused) in [
            ("", NotADryRun),
            ("?", NotADryRun),
            ("?dryRun", NotADryRun),
            ("?dryRun=", NotADryRun),
            ("?dryRun=all", NotADryRun),
            ("?dryRun=All&dryRun=All", NotADryRun),
            ("?dryRun=&dryRun=All", NotADryRun),
            ("?dryRun=All&dryrun=All", NotADryRun),
            ("?dryRun=All&", NotADryRun),
            ("?&dryRun=All", NotADryRun),
            ("?dryrun=All", NotADryRun),
            ("?%64ryRun=All", NotADryRun),
            ("?dryRun=%41ll", NotADryRun),
            ("?dryRun=All%26", NotADryRun),
            ("?dryRun=All;force=true", NotADryRun),
            ("?force=true;dryRun=All", NotADryRun),
            ("?fieldManager=a;dryRun=All", NotADryRun),
            ("?fieldManager=a%26dryRun=All", NotADryRun),
            ("?fieldManager=dryRun=All", NotADryRun),
            ("?xdryRun=All", NotADryRun),
            ("?dryRun=All&unknown=1", NotADryRun),
            ("#?dryRun=All", NotADryRun),
            ("?a=b#dryRun=All", NotADryRun),
        ] {
            assert_eq!(passes(&format!("PATCH {POD}{query}")), Err(refused), "{query}");
        }
        for (line, refused) in [
            ("PUT /api/v1/namespaces/shop/pods/web?dryRun=All", Method),
            ("DELETE /api/v1/namespaces/shop/pods/web?dryRun=All", Method),
            ("CONNECT /api/v1/namespaces/shop/pods/web?dryRun=All", Method),
            ("BREW /api/v1/namespaces/shop/pods/web?dryRun=All", Method),
            ("patch /api/v1/namespaces/shop/pods/web?dryRun=All", Method),
            ("POST /api/v1/namespaces/shop/pods/web?dryRun=All", Path),
            ("POST /api/v1/namespaces/shop/pods/web/binding?dryRun=All", Path),
            ("POST /api/v1/namespaces/shop/pods/web/eviction?dryRun=All", Path),
            ("POST /api/v1/namespaces/shop/pods/web/exec?dryRun=All", Path),
            ("POST /api/v1/namespaces/shop/serviceaccounts/a/token?dryRun=All", Path),
            ("PATCH /api/v1/namespaces/shop/pods?dryRun=All", Path),
            ("PATCH /apis/apps/v1/namespaces/shop/deployments/web/scale?dryRun=All", Path),
            ("PATCH /api/v1/namespaces/shop/status?dryRun=All", Path),
            ("PATCH /api/v1/namespaces/shop/finalize?dryRun=All", Path),
            ("PATCH /version?dryRun=All", Path),
            ("POST /apis/apps/v1?dryRun=All", Path),
            ("POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews?fieldManager=a", NotADryRun),
            ("POST /apis/authorization.k8s.io/v1/subjectaccessreviews", NotADryRun),
            ("GET /api/v1/namespaces/shop/pods/web/exec?command=sh", Path),
            ("GET /api/v1/namespaces/shop/pods/web/attach", Path),
            ("GET /api/v1/namespaces/shop/pods/web/portforward", Path),
            ("GET /api/v1/namespaces/shop/pods/web/proxy/quit", Path),
            ("GET /api/v1/namespaces/shop/services/web/proxy", Path),
            ("GET /api/v1/nodes/n/proxy/run", Path),
            ("GET /api/v1/proxy/namespaces/shop/pods/web", Path),
            ("GET /api/v1/watch/pods", Path),
            ("GET /api/v1/namespaces/shop/pods/../../x", Path),
            ("GET /api/v1/namespaces/shop/pods/%2e%2e", Path),
            ("GET /api/v1/namespaces//pods/a", Path),
            ("GET /api/v1/pods/", Path),
            ("GET /logs/kube-apiserver.log", Path),
            ("GET /debug/pprof/profile", Path),
            ("GET /", Path),
        ] {
            assert_eq!(passes(line), Err(refused), "{line}");
        }
    }

    #[test]
    fn headers_that_turn_a_question_into_something_else_are_refused() {
        let uri: Uri = "/api/v1/pods".parse().unwrap();
        for (name, value) in [
            ("upgrade", "websocket"),
            ("connection", "keep-alive, Upgrade"),
            ("x-http-method-override", "DELETE"),
            ("x-method-override", "PUT"),
        ] {
            let name: http::HeaderName = name.parse().unwrap();
            let headers = HeaderMap::from_iter([(name, value.parse().unwrap())]);
            assert_eq!(check(&Method::GET, &uri, &headers, ""), Err(Refused::Header), "{value}");
        }
        // A patch that is no apply is read otherwise, but it would be a dry-run; it is not ours.
        let uri: Uri = "/api/v1/namespaces/a/pods/b?dryRun=All".parse().unwrap();
        assert_eq!(check(&Method::PATCH, &uri, &HeaderMap::new(), ""), Err(Refused::Header));
    }

    #[test]
    fn a_gateway_has_its_own_path_before_that_of_kubernetes() {
        let at = |path: &str| check(&Method::GET, &path.parse().unwrap(), &HeaderMap::new(), "/k8s/c-1");
        assert_eq!(at("/k8s/c-1/api/v1/pods"), Ok(()));
        assert_eq!(at("/k8s/c-12/api/v1/pods"), Err(Refused::Path));
        assert_eq!(at("/api/v1/pods"), Err(Refused::Path));
    }

    /// The values of `dryRun` as Go's `url.ParseQuery` reads them: escapes resolved, what holds a `;` dropped.
    fn go_reads(query: &str) -> Vec<String> {
        let decode = |text: &str| {
            let bytes: Vec<u8> = text.bytes().collect();
            let (mut out, mut at) = (Vec::new(), 0);
            while at < bytes.len() {
                let escape = bytes.get(at + 1..at + 3).and_then(|hex| std::str::from_utf8(hex).ok());
                match (bytes[at], escape.and_then(|hex| u8::from_str_radix(hex, 16).ok())) {
                    (b'%', Some(byte)) => {
                        out.push(byte);
                        at += 2;
                    }
                    (b'+', _) => out.push(b' '),
                    (byte, _) => out.push(byte),
                }
                at += 1;
            }
            String::from_utf8_lossy(&out).into_owned()
        };
        query
            .split('&')
            .filter(|part| !part.contains(';'))
            .map(|part| part.split_once('=').unwrap_or((part, "")))
            .filter(|(name, _)| decode(name) == "dryRun")
            .map(|(_, value)| decode(value))
            .collect()
    }

    /// Whether Kubernetes would keep nothing of a request, by what is known of Kubernetes and not of the guard.
    fn is_harmless(method: &str, uri: &Uri) -> bool {
        let parts: Vec<&str> = uri.path().split('/').skip(1).collect();
        let acts = |part: &&str| {
            ["exec", "attach", "portforward", "proxy", "binding", "eviction", "token"].contains(part)
        };
        match method {
            "GET" | "HEAD" | "OPTIONS" => !parts.iter().skip(5).any(acts) || parts.len() == 6,
            "PATCH" | "POST" => {
                let is_question = SELF_REVIEWS.contains(&uri.path());
                is_question || go_reads(uri.query().unwrap_or_default()) == ["All"]
            }
            _ => false,
        }
    }

    fn method() -> impl Strategy<Value = String> {
        let known = select(vec![
            "GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "TRACE", "get",
        ]);
        prop_oneof![9 => known.prop_map(str::to_owned), 1 => "[A-Za-z]{1,8}"]
    }

    fn path() -> impl Strategy<Value = String> {
        let part = prop_oneof![
            select(vec![
                "api",
                "apis",
                "v1",
                "apps",
                "namespaces",
                "shop",
                "pods",
                "web",
                "exec",
                "attach",
                "proxy",
                "token",
                "binding",
                "watch",
                "..",
                ".",
                "",
                "%2e%2e",
                "a%2fb",
                "version",
                "authorization.k8s.io",
                "selfsubjectaccessreviews",
                "status",
                "scale",
            ])
            .prop_map(str::to_owned),
            "[!-~]{0,6}",
        ];
        let free = proptest::collection::vec(part, 0..8).prop_map(|parts| format!("/{}", parts.join("/")));
        let real = select(vec![
            "/api/v1/namespaces/shop/pods/web",
            "/api/v1/namespaces/shop/pods",
            "/apis/apps/v1/namespaces/shop/deployments/web",
            "/api/v1/namespaces",
            "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
        ]);
        prop_oneof![free, real.prop_map(str::to_owned)]
    }

    fn query() -> impl Strategy<Value = String> {
        let part = prop_oneof![
            4 => Just("dryRun=All".to_owned()),
            8 => select(vec![
                "dryRun=", "dryRun", "dryrun=All", "DRYRUN=All", "%64ryRun=All", "dryRun=%41ll", "dryRun=All;x", "dryRun=None",
                "force=true", "fieldManager=kubectl", "fieldManager=a;b", "fieldManager=%26dryRun%3DAll", "", "a=b", "%",
                "dryRun%3DAll", "dryRun+=All", "dryRun=All+", "fieldValidation=Strict", "timeout=10s", "#dryRun=All",
            ])
            .prop_map(str::to_owned),
            1 => "[ -~]{0,8}",
        ];
        proptest::collection::vec(part, 0..5).prop_map(|parts| parts.join("&"))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        #[test]
        fn whatever_passes_is_harmless(method in method(), path in path(), query in query()) {
            let (Ok(uri), Ok(parsed)) = (format!("{path}?{query}").parse::<Uri>(), method.parse::<Method>()) else {
                return Ok(());
            };
            if check(&parsed, &uri, &apply(), "").is_ok() {
                prop_assert!(is_harmless(&method, &uri), "{method} {uri}");
            }
        }
    }

    /// The property above would find a guard that lets through what it should not.
    #[test]
    fn a_guard_with_a_hole_would_be_found() {
        for (method, uri) in [
            ("PATCH", "/api/v1/namespaces/shop/pods/web"),
            ("PATCH", "/api/v1/namespaces/shop/pods/web?dryrun=All"),
            ("POST", "/api/v1/namespaces/shop/pods?dryRun=All&dryRun="),
            ("POST", "/api/v1/namespaces/shop/pods?dryRun=All;x=y"),
            ("DELETE", "/api/v1/namespaces/shop/pods/web?dryRun=All"),
            ("GET", "/api/v1/namespaces/shop/pods/web/exec"),
        ] {
            assert!(!is_harmless(method, &uri.parse().unwrap()), "{method} {uri}");
        }
    }
}
