//! The way to one API server: TLS, proxy, credentials, and the guard before the network.
//!
//! kube's own builder has no room below its layers, retries up to 15 times and runs credential plugins itself; so the
//! layers are put together here: base URL, decompression, credentials, headers, guard, connection. Redirects are not
//! followed.

use std::time::Duration;

use http::{HeaderValue, Uri};
use hyper::rt::{Read, Write};
use hyper_util::client::legacy::Client as Http;
use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use hyper_util::client::legacy::connect::{Connection, HttpConnector};
use hyper_util::rt::TokioExecutor;
use k8s_openapi::ByteString;
use kube::Client;
use kube::client::{Body, ClientBuilder, ConfigExt};
use kube::config::{AuthInfo, Config};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tower_http::decompression::DecompressionLayer;

use super::context::Bound;
use super::guard::Guarded;
use super::proxy::{ProxyError, proxy_for};

/// How long a server may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a connection is kept for the next request. Load balancers forget theirs after a minute and say nothing.
const IDLE: Duration = Duration::from_secs(30);

/// Why there is no client. Nothing was sent.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoClient {
    #[error(transparent)]
    Proxy(#[from] ProxyError),
    /// The server could not be checked: `certificate-authority`, `tls-server-name`.
    #[error("{0}")]
    Tls(String),
    /// The client certificate, its key or the token file.
    #[error("credentials: {0}")]
    Credentials(String),
}

/// A client for a context with the credentials to use, which hold no plugin any more.
pub(super) fn connect(context: &Bound, user: AuthInfo) -> Result<Client, NoClient> {
    let parts = context.parts();
    let mut config = Config::new(parts.server.clone());
    config.root_cert = authority(context)?;
    config.accept_invalid_certs = parts.cluster.insecure_skip_tls_verify == Some(true);
    config.tls_server_name = parts.cluster.tls_server_name.clone().filter(|name| !name.is_empty());
    config.disable_compression = parts.cluster.disable_compression == Some(true);
    config.auth_info = usable(user)?;

    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_connect_timeout(Some(CONNECT_TIMEOUT));
    match proxy_for(&parts.server, parts.cluster.proxy_url.as_deref(), &parts.environment)? {
        None => layered(&config, tcp),
        Some(proxy) if proxy.scheme_str() == Some("socks5") => {
            let (address, login) = split_login(&proxy);
            let socks = SocksV5::new(address, tcp);
            match login.as_deref().map(|login| login.split_once(':').unwrap_or((login, ""))) {
                Some((user, password)) => {
                    layered(&config, socks.with_auth(user.to_owned(), password.to_owned()))
                }
                None => layered(&config, socks),
            }
        }
        Some(proxy) => {
            let (address, login) = split_login(&proxy);
            let basic = login
                .and_then(|login| HeaderValue::from_str(&format!("Basic {}", base64(login.as_bytes()))).ok());
            if proxy.scheme_str() == Some("https") {
                let tls = config.rustls_https_connector_with_connector(tcp).map_err(credentials)?;
                layered(&config, tunnel(address, tls, basic))
            } else {
                layered(&config, tunnel(address, tcp, basic))
            }
        }
    }
}

/// The user without what is there and empty, which kubectl takes for absent and kube sends.
fn usable(mut user: AuthInfo) -> Result<AuthInfo, NoClient> {
    for field in [
        &mut user.username,
        &mut user.token_file,
        &mut user.client_certificate,
        &mut user.client_certificate_data,
        &mut user.client_key,
        &mut user.impersonate,
        &mut user.impersonate_uid,
    ] {
        field.take_if(|text| text.is_empty());
    }
    for secret in [&mut user.token, &mut user.client_key_data] {
        secret.take_if(|text| text.expose_secret().is_empty());
    }
    // kube panics where this is no header.
    let is_header = |token: &SecretString| HeaderValue::from_str(token.expose_secret()).is_ok();
    if user.token.as_ref().is_some_and(|token| !is_header(token)) {
        return Err(NoClient::Credentials("token".to_owned()));
    }
    Ok(user)
}

fn tunnel<C>(proxy: Uri, connector: C, basic: Option<HeaderValue>) -> Tunnel<C> {
    let tunnel = Tunnel::new(proxy, connector);
    match basic {
        Some(basic) => tunnel.with_auth(basic),
        None => tunnel,
    }
}

#[expect(clippy::disallowed_methods, reason = "the one client, with the guard below everything")]
fn layered<C>(config: &Config, connector: C) -> Result<Client, NoClient>
where
    C: tower_service::Service<Uri> + Clone + Send + Sync + 'static,
    C::Response: Connection + Read + Write + Send + Unpin + 'static,
    C::Future: Send + 'static,
    C::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let tls = config.rustls_https_connector_with_connector(connector).map_err(credentials)?;
    let http: Http<_, Body> = Http::builder(TokioExecutor::new()).pool_idle_timeout(IDLE).build(tls);
    let headers = config.extra_headers_layer().map_err(credentials)?;
    let unpack = DecompressionLayer::new().gzip(!config.disable_compression);
    let builder =
        ClientBuilder::new(Guarded::new(http, config.cluster_url.clone()), "default").with_layer(&headers);
    Ok(match config.auth_layer().map_err(credentials)? {
        Some(auth) => {
            builder.with_layer(&auth).with_layer(&unpack).with_layer(&config.base_uri_layer()).build()
        }
        None => builder.with_layer(&unpack).with_layer(&config.base_uri_layer()).build(),
    })
}

/// What kube's layers say of the settings they are made of.
fn credentials(error: kube::Error) -> NoClient {
    use kube::client::RustlsTlsError::{AddRootCertificate, InvalidServerName, NoValidNativeRootCA};
    let said = super::session::chain(&error);
    match error {
        kube::Error::RustlsTls(AddRootCertificate(_) | InvalidServerName(_) | NoValidNativeRootCA(_)) => {
            NoClient::Tls(said)
        }
        _ => NoClient::Credentials(said),
    }
}

fn authority_error(said: impl std::fmt::Display) -> NoClient {
    NoClient::Tls(format!("certificate-authority: {said}"))
}

/// The certificates that the server's is checked against; `None` for those of the system.
fn authority(context: &Bound) -> Result<Option<Vec<Vec<u8>>>, NoClient> {
    let cluster = &context.parts().cluster;
    let present = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let pem = match (present(&cluster.certificate_authority_data), present(&cluster.certificate_authority)) {
        (Some(data), _) => unbase64(&data).ok_or_else(|| authority_error("not base64"))?,
        (None, Some(path)) => {
            std::fs::read(&path).map_err(|error| authority_error(format_args!("{path}: {error}")))?
        }
        (None, None) => return Ok(None),
    };
    match certificates(&String::from_utf8_lossy(&pem)) {
        found if found.is_empty() => Err(authority_error("no certificate in it")),
        found => Ok(Some(found)),
    }
}

/// The certificates of a PEM text (RFC 7468).
fn certificates(pem: &str) -> Vec<Vec<u8>> {
    let begins = pem.split("-----BEGIN CERTIFICATE-----").skip(1);
    begins.filter_map(|rest| unbase64(rest.split_once("-----END CERTIFICATE-----")?.0)).collect()
}

pub(super) fn base64(bytes: &[u8]) -> String {
    match serde_json::to_value(ByteString(bytes.to_vec())) {
        Ok(Value::String(text)) => text,
        _ => String::new(),
    }
}

fn unbase64(text: &str) -> Option<Vec<u8>> {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    serde_json::from_value::<ByteString>(Value::String(text)).ok().map(|bytes| bytes.0)
}

/// A proxy's address without its login, and the login with its escapes resolved.
fn split_login(proxy: &Uri) -> (Uri, Option<String>) {
    let Some(authority) = proxy.authority() else { return (proxy.clone(), None) };
    let Some((login, host)) = authority.as_str().rsplit_once('@') else { return (proxy.clone(), None) };
    let scheme = proxy.scheme_str().unwrap_or("http");
    let address = format!("{scheme}://{host}/").parse().unwrap_or_else(|_| proxy.clone());
    (address, Some(unescape(login)))
}

/// Resolves percent escapes; what is none stays.
fn unescape(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        match (first, after) {
            (b'%', [high, low, tail @ ..]) if hex(high).is_some() && hex(low).is_some() => {
                bytes.push(hex(high).unwrap_or(0) << 4 | hex(low).unwrap_or(0));
                rest = tail;
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use http::{Method, Request};
    use kube::api::{Api, DeleteParams, DynamicObject, Patch, PatchParams, PostParams};
    use kube::core::{ApiResource, GroupVersionKind};

    use super::super::environment::Environment;
    use super::super::guard::Refused;
    use super::super::kubeconfig::Kubeconfig;
    use super::*;

    /// A client of a listener, with which everything can be tried that kube can do.
    fn client_of(listener: &TcpListener) -> Client {
        let file = tempfile::NamedTempFile::new().unwrap();
        let port = listener.local_addr().unwrap().port();
        let text = format!(
            "current-context: c\nclusters: [{{name: c, cluster: {{server: 'http://127.0.0.1:{port}'}}}}]\n\
             contexts: [{{name: c, context: {{cluster: c}}}}]\n"
        );
        std::fs::write(file.path(), text).unwrap();
        let environment = Environment::of([("HOME", "/nonexistent")]);
        let context = Kubeconfig::of_files(&[file.path()], &environment).unwrap().bind(None).unwrap();
        connect(&context, AuthInfo::default()).unwrap()
    }

    /// A mutant of this program, one that forgets the parameter or writes on purpose, reaches nobody.
    #[tokio::test]
    #[expect(clippy::disallowed_methods, reason = "that they cannot write is what is tested")]
    async fn no_write_leaves_whatever_is_asked_of_the_client() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let client = client_of(&listener);
        let kind = ApiResource::from_gvk(&GroupVersionKind::gvk("", "v1", "ConfigMap"));
        let api: Api<DynamicObject> = Api::namespaced_with(client.clone(), "shop", &kind);
        let object = DynamicObject::new("a", &kind);
        let apply = Patch::Apply(&object);
        let merge = Patch::Merge(&object);
        let refused = [
            api.patch("a", &PatchParams::apply("m"), &apply).await.unwrap_err(),
            api.patch("a", &PatchParams::apply("m").dry_run(), &merge).await.unwrap_err(),
            api.create(&PostParams::default(), &object).await.unwrap_err(),
            api.replace("a", &PostParams { dry_run: true, field_manager: None }, &object).await.unwrap_err(),
            api.delete("a", &DeleteParams::default().dry_run()).await.unwrap_err(),
            api.delete_collection(&DeleteParams::default(), &Default::default()).await.unwrap_err(),
        ];
        let raw = [
            (Method::PATCH, "/api/v1/namespaces/shop/pods/a"),
            (Method::POST, "/api/v1/namespaces/shop/pods"),
            (Method::PUT, "/api/v1/namespaces/shop/pods/a?dryRun=All"),
            (Method::GET, "/api/v1/namespaces/shop/pods/a/exec?command=rm"),
        ];
        for (method, uri) in raw {
            let request = Request::builder().method(method).uri(uri).body(Body::empty()).unwrap();
            let error = client.send(request).await.unwrap_err();
            assert!(is_refused(&error), "{error:?}");
        }
        for error in refused {
            assert!(is_refused(&error), "{error:?}");
        }
        let nobody = listener.accept().unwrap_err();
        assert_eq!(nobody.kind(), std::io::ErrorKind::WouldBlock, "somebody connected");
    }

    fn is_refused(error: &kube::Error) -> bool {
        let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
        while let Some(error) = cause {
            if error.is::<Refused>() {
                return true;
            }
            cause = error.source();
        }
        false
    }

    #[test]
    fn logins_of_proxies_are_taken_out_and_their_escapes_resolved() {
        for (proxy, address, login) in [
            ("http://p:3128", "http://p:3128/", None),
            ("http://me:pa%40ss%3Aword@p:3128", "http://p:3128/", Some("me:pa@ss:word")),
            ("socks5://me:100%25%+A@[::1]:1080", "socks5://[::1]:1080/", Some("me:100%%+A")),
        ] {
            let (got, got_login) = split_login(&proxy.parse().unwrap());
            assert_eq!((got.to_string().as_str(), got_login.as_deref()), (address, login));
        }
    }

    #[test]
    fn certificates_are_read_from_pem() {
        let pem = "# a comment\n-----BEGIN CERTIFICATE-----\nAQID\nBA==\n-----END CERTIFICATE-----\n\
                   -----BEGIN PRIVATE KEY-----\nAQ==\n-----END PRIVATE KEY-----\r\n\
                   -----BEGIN CERTIFICATE-----\r\nBQ==\r\n-----END CERTIFICATE-----\r\n";
        assert_eq!(certificates(pem), [vec![1, 2, 3, 4], vec![5]]);
        assert!(
            certificates("-----BEGIN CERTIFICATE-----\nnot base64!\n-----END CERTIFICATE-----").is_empty()
        );
    }
}
