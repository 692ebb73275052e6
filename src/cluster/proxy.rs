//! Which proxy leads to a server, by Go's rules (`golang.org/x/net/http/httpproxy`), which are kubectl's.
//!
//! `proxy-url` of the kubeconfig beats the environment and ignores `NO_PROXY`. Of the environment the scheme of the
//! server decides: `HTTPS_PROXY` or `HTTP_PROXY`, then `NO_PROXY`, each in capitals first.

use std::net::IpAddr;

use http::Uri;

use super::environment::Environment;

/// Why a proxy cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{from}: not the address of an http, https or socks5 proxy")]
pub struct ProxyError {
    /// Where it is written: `proxy-url`, `HTTPS_PROXY`, `HTTP_PROXY`. The address itself may hold a password.
    pub from: &'static str,
}

/// The proxy for `server`, or `None` for a direct connection.
///
/// # Errors
///
/// If the proxy that would be used has no usable address.
pub fn proxy_for(
    server: &Uri,
    kubeconfig: Option<&str>,
    environment: &Environment,
) -> Result<Option<Uri>, ProxyError> {
    if let Some(written) = kubeconfig.map(str::trim).filter(|text| !text.is_empty()) {
        return address(written).map(Some).ok_or(ProxyError { from: "proxy-url" });
    }
    let plain = server.scheme_str() == Some("http");
    let (from, lower, port) =
        if plain { ("HTTP_PROXY", "http_proxy", 80) } else { ("HTTPS_PROXY", "https_proxy", 443) };
    let variable = |upper, lower| environment.text(upper).or_else(|| environment.text(lower));
    let Some(written) = variable(from, lower) else { return Ok(None) };
    let exceptions = variable("NO_PROXY", "no_proxy").unwrap_or_default();
    if is_direct(server.host().unwrap_or_default(), server.port_u16().unwrap_or(port), exceptions) {
        return Ok(None);
    }
    // As Go does where there is no scheme.
    let written = if written.contains("://") { written.to_owned() } else { format!("http://{written}") };
    match address(&written) {
        Some(proxy) => Ok(Some(proxy)),
        None => Err(ProxyError { from }),
    }
}

/// A proxy's address, with a scheme that the transport knows. Like Go's, `socks5` lets the proxy resolve names.
fn address(written: &str) -> Option<Uri> {
    let (scheme, rest) = written.trim().split_once("://")?;
    let scheme = match scheme.to_ascii_lowercase().as_str() {
        "socks5h" => "socks5".to_owned(),
        known @ ("http" | "https" | "socks5") => known.to_owned(),
        _ => return None,
    };
    let uri: Uri = format!("{scheme}://{rest}").parse().ok()?;
    uri.host().is_some_and(|host| !host.is_empty()).then_some(uri)
}

/// Whether `NO_PROXY` or being local keeps a host from the proxy.
fn is_direct(host: &str, port: u16, exceptions: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
    let ip: Option<IpAddr> = host.parse().ok();
    if host == "localhost" || ip.is_some_and(|ip| ip.is_loopback()) {
        return true;
    }
    exceptions.split(',').any(|exception| matches(exception.trim(), &host, ip, port))
}

/// Whether one entry of `NO_PROXY` is about a host.
fn matches(entry: &str, host: &str, ip: Option<IpAddr>, port: u16) -> bool {
    let entry = entry.to_ascii_lowercase();
    if entry.is_empty() {
        return false;
    }
    if entry == "*" {
        return true;
    }
    if let Some((network, bits)) = network(&entry) {
        return ip.is_some_and(|ip| contains(network, bits, ip));
    }
    let (name, wanted_port) = split_port(&entry);
    if name.is_empty() || wanted_port.is_some_and(|wanted| wanted != port.to_string()) {
        return false;
    }
    if let Ok(wanted) = name.parse::<IpAddr>() {
        return ip == Some(wanted);
    }
    let name = if name.starts_with("*.") { name.trim_start_matches('*') } else { name };
    if name.starts_with('.') {
        return host.ends_with(name);
    }
    host == name || host.strip_suffix(name).is_some_and(|before| before.ends_with('.'))
}

/// `10.0.0.0/8`
fn network(entry: &str) -> Option<(IpAddr, u32)> {
    let (address, bits) = entry.split_once('/')?;
    let address: IpAddr = address.parse().ok()?;
    let bits: u32 = bits.parse().ok()?;
    (bits <= if address.is_ipv4() { 32 } else { 128 }).then_some((address, bits))
}

fn contains(network: IpAddr, bits: u32, ip: IpAddr) -> bool {
    // Shifting out every bit overflows, and then every address fits.
    match (network, ip) {
        (IpAddr::V4(network), IpAddr::V4(ip)) => {
            (u32::from(network) ^ u32::from(ip)).checked_shr(32 - bits).unwrap_or(0) == 0
        }
        (IpAddr::V6(network), IpAddr::V6(ip)) => {
            (u128::from(network) ^ u128::from(ip)).checked_shr(128 - bits).unwrap_or(0) == 0
        }
        _ => false,
    }
}

/// Host and port of `host:port`, `[v6]:port` or a host alone.
fn split_port(entry: &str) -> (&str, Option<&str>) {
    if let Some((host, port)) = entry.strip_prefix('[').and_then(|rest| rest.split_once("]:")) {
        return (host, Some(port));
    }
    match entry.split_once(':') {
        Some((host, port)) if !port.contains(':') => (host, Some(port)),
        _ => (entry, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(server: &str, kubeconfig: Option<&str>, variables: &[(&str, &str)]) -> String {
        let environment = Environment::of(variables.iter().copied());
        match proxy_for(&server.parse().unwrap(), kubeconfig, &environment) {
            Ok(Some(proxy)) => proxy.to_string(),
            Ok(None) => "direct".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn no_proxy_is_read_as_go_reads_it() {
        for (exceptions, server, direct) in [
            ("", "https://127.0.0.1:6443", true),
            ("", "https://127.9.9.9", true),
            ("", "https://[::1]:6443", true),
            ("", "https://localhost:6443", true),
            ("", "https://k8s.corp", false),
            ("10.0.0.0/8", "https://10.1.2.3", true),
            ("10.0.0.0/8", "https://11.1.2.3", false),
            ("0.0.0.0/0", "https://11.1.2.3", true),
            ("10.0.0.0/33", "https://10.0.0.0", false),
            ("fd00::/8", "https://[fd12::1]:6443", true),
            ("fd00::/8", "https://[fe12::1]:6443", false),
            ("10.1.2.3", "https://10.1.2.3:6443", true),
            ("10.1.2.3:6443", "https://10.1.2.3:6443", true),
            ("10.1.2.3:6443", "https://10.1.2.3", false),
            ("[fd12::1]:6443", "https://[fd12::1]:6443", true),
            ("example.com", "https://k8s.example.com", true),
            ("example.com", "https://example.com", true),
            ("example.com", "https://notexample.com", false),
            (".example.com", "https://k8s.example.com", true),
            (".example.com", "https://example.com", false),
            ("*.example.com", "https://k8s.example.com", true),
            ("*.example.com", "https://example.com", false),
            ("*", "https://x", true),
            (" a , K8S.corp , b", "https://k8s.CORP", true),
            ("k8s.corp:6443", "https://k8s.corp:6443", true),
            ("k8s.corp:6443", "https://k8s.corp", false),
            ("k8s.corp:443", "https://k8s.corp", true),
            // kube 5.0.0 compares with the proxy's own host; kubectl does not.
            ("proxy.corp", "https://k8s.corp", false),
            (",,:8080,", "https://k8s.corp:8080", false),
        ] {
            let got =
                chosen(server, None, &[("HTTPS_PROXY", "http://proxy.corp:3128"), ("NO_PROXY", exceptions)]);
            let want = if direct { "direct" } else { "http://proxy.corp:3128/" };
            assert_eq!(got, want, "NO_PROXY={exceptions} {server}");
        }
    }

    #[test]
    fn the_proxy_is_the_one_kubectl_takes() {
        let https = ("HTTPS_PROXY", "http://big:1");
        type Case<'a> = (&'a str, Option<&'a str>, &'a [(&'a str, &'a str)], &'a str);
        let cases: &[Case] = &[
            ("https://k", None, &[], "direct"),
            ("https://k", None, &[https], "http://big:1/"),
            ("https://k", None, &[("https_proxy", "http://small:1")], "http://small:1/"),
            ("https://k", None, &[https, ("https_proxy", "http://small:1")], "http://big:1/"),
            ("https://k", None, &[("HTTPS_PROXY", ""), ("https_proxy", "http://small:1")], "http://small:1/"),
            ("https://k", None, &[("HTTP_PROXY", "http://plain:1")], "direct"),
            ("http://k", None, &[("HTTP_PROXY", "http://plain:1"), https], "http://plain:1/"),
            ("https://k", None, &[("ALL_PROXY", "http://all:1")], "direct"),
            ("https://k", None, &[("HTTPS_PROXY", "proxy:3128")], "http://proxy:3128/"),
            ("https://k", None, &[("HTTPS_PROXY", "10.0.0.1:3128")], "http://10.0.0.1:3128/"),
            ("https://k", None, &[("HTTPS_PROXY", "socks5h://p:1")], "socks5://p:1/"),
            ("https://k", None, &[("HTTPS_PROXY", "https://u:p@p:1")], "https://u:p@p:1/"),
            ("https://k", Some("socks5://kc:1"), &[https], "socks5://kc:1/"),
            ("https://k", Some("http://kc:1"), &[("NO_PROXY", "*")], "http://kc:1/"),
            ("https://k", Some(" "), &[https], "http://big:1/"),
            (
                "https://k",
                Some("ftp://u:canary@kc:1"),
                &[],
                "proxy-url: not the address of an http, https or socks5 proxy",
            ),
            ("https://k", Some("kc:1"), &[], "proxy-url: not the address of an http, https or socks5 proxy"),
            (
                "https://k",
                None,
                &[("HTTPS_PROXY", "http://")],
                "HTTPS_PROXY: not the address of an http, https or socks5 proxy",
            ),
            ("https://k", None, &[("HTTPS_PROXY", "http://"), ("NO_PROXY", "k")], "direct"),
        ];
        for (server, kubeconfig, variables, want) in cases {
            assert_eq!(
                &chosen(server, *kubeconfig, variables),
                want,
                "{server} {kubeconfig:?} {variables:?}"
            );
        }
    }
}
