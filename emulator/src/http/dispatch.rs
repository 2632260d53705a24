//! Which of the services behind the one port a request is for.
//!
//! Asked by the auth layer for every request, before anything is checked. It looks at `Host`, path
//! and the service a signature names; whether that signature is in order is not its business.

use std::cmp::Reverse;

use http::request::Parts;

use super::auth::Presented;

/// Where a request goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Destination {
    /// The object store; with the bucket if the host names one.
    S3 {
        /// Bucket of the virtual-host style, lower case.
        bucket: Option<String>,
    },
    /// The control interface under `/_emulator`.
    Control,
    /// Amazon Pinpoint.
    Pinpoint,
    /// A service of AWS that is not here.
    Unsupported {
        /// Its signing name.
        service: String,
    },
}

/// Decides by, in this order: a bucket in the host; the control path; the service signed for; the
/// path.
pub(crate) fn dispatch(parts: &Parts, domains: &S3Domains) -> Destination {
    if let Some(bucket) = host(parts).and_then(|host| domains.bucket_of(host)) {
        return Destination::S3 {
            bucket: Some(bucket),
        };
    }
    let path = parts.uri.path();
    if is_under(path, "/_emulator") {
        return Destination::Control;
    }
    match Presented::in_head(parts).service().as_deref() {
        Some("mobiletargeting") => Destination::Pinpoint,
        Some("s3") => Destination::S3 { bucket: None },
        Some(other) => Destination::Unsupported {
            service: other.to_owned(),
        },
        // No bucket is called `v1`: their names have at least three characters.
        None if is_under(path, "/v1") => Destination::Pinpoint,
        None => Destination::S3 { bucket: None },
    }
}

/// The domains under which a host name's beginning is a bucket.
#[derive(Debug, Clone)]
pub(crate) struct S3Domains {
    /// Lower case, longest first, so that the first that fits is the longest.
    longest_first: Vec<String>,
}

impl S3Domains {
    /// Whether a text can be a domain. Names of containers have underscores.
    pub(crate) fn is_one(text: &str) -> bool {
        let is_label = |label: &str| {
            let may_have = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
            !label.is_empty() && label.bytes().all(may_have)
        };
        text.trim_matches('.').split('.').all(is_label)
    }

    /// Takes domains such as `s3.localhost`, in any order and case.
    pub(crate) fn new(domains: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let mut longest_first: Vec<String> = domains
            .into_iter()
            .map(|domain| domain.as_ref().trim_matches('.').to_ascii_lowercase())
            .collect();
        longest_first.sort_by_key(|domain| Reverse(domain.len()));
        Self { longest_first }
    }

    /// The bucket that a `Host` (a port is ignored) stands for, lower case.
    fn bucket_of(&self, host: &str) -> Option<String> {
        let name = without_port(host)
            .trim_end_matches('.')
            .to_ascii_lowercase();
        let bucket = self.longest_first.iter().find_map(|domain| {
            let before = name.strip_suffix(domain.as_str())?;
            if before.is_empty() {
                Some("")
            } else {
                before.strip_suffix('.')
            }
        })?;
        // The two labels are the services' own host names, as SDKs build them from one endpoint
        // domain.
        (!matches!(bucket, "" | "s3" | "pinpoint")).then(|| bucket.to_owned())
    }
}

/// The authority of an absolute address (HTTP/2 always has one), else the `Host` header.
fn host(parts: &Parts) -> Option<&str> {
    let from_uri = parts.uri.authority().map(http::uri::Authority::as_str);
    from_uri.or_else(|| parts.headers.get(http::header::HOST)?.to_str().ok())
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        // In `[::1]` the colons are the address's own.
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

fn is_under(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn check(host: &str, target: &str, authorization: Option<&str>, expected: &Destination) {
        let mut request = Request::get(target).header("host", host);
        if let Some(value) = authorization {
            request = request.header("authorization", value);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let domains = S3Domains::new(["localhost", "S3.localhost"]);
        assert_eq!(
            dispatch(&parts, &domains),
            *expected,
            "{host} {target} {authorization:?}"
        );
    }

    fn bucket(name: &str) -> Destination {
        Destination::S3 {
            bucket: Some(name.to_owned()),
        }
    }

    const NO_BUCKET: Destination = Destination::S3 { bucket: None };

    #[test]
    fn what_can_be_a_domain() {
        for text in ["localhost", "s3.Example.com.", ".my_s3", "127.0.0.1"] {
            assert!(S3Domains::is_one(text), "{text}");
        }
        for text in ["", ".", "a..b", "a/b", "a:80", "http://a", "größe"] {
            assert!(!S3Domains::is_one(text), "{text}");
        }
    }

    #[test]
    fn a_bucket_in_the_host_comes_first() {
        for (host, expected) in [
            ("photos.s3.localhost", bucket("photos")),
            ("photos.s3.localhost:4566", bucket("photos")),
            ("Photos.LocalHost.", bucket("photos")),
            ("my.dotted.bucket.localhost:1", bucket("my.dotted.bucket")),
            ("s3.photos.localhost", bucket("s3.photos")),
        ] {
            check(
                host,
                "/_emulator/health",
                Some("AWS4-HMAC-SHA256 Credential=A/1/r/mobiletargeting/t"),
                &expected,
            );
        }
        for host in [
            "localhost",
            "s3.localhost:4566",
            "pinpoint.localhost",
            "127.0.0.1:4566",
            "[::1]:80",
            ".localhost",
            "",
            "xlocalhost",
        ] {
            check(host, "/key", None, &NO_BUCKET);
        }
    }

    #[test]
    fn then_the_control_path_then_the_service_signed_for_then_the_path() {
        let v4 = |service: &str| {
            format!("AWS4-HMAC-SHA256 Credential=AK/20260102/r/{service}/aws4_request, Signature=x")
        };
        let other = Destination::Unsupported {
            service: "sqs".to_owned(),
        };
        for (target, authorization, expected) in [
            ("/_emulator", Some(v4("s3")), Destination::Control),
            ("/_emulator/health", None, Destination::Control),
            ("/_emulators/health", None, NO_BUCKET),
            ("/v1/apps", Some(v4("s3")), NO_BUCKET),
            (
                "/bucket/key",
                Some(v4("mobiletargeting")),
                Destination::Pinpoint,
            ),
            ("/bucket/key", Some(v4("sqs")), other.clone()),
            ("/v1/apps", Some("AWS AK:signature".to_owned()), NO_BUCKET),
            (
                "/v1/apps",
                Some("Bearer token".to_owned()),
                Destination::Pinpoint,
            ),
            (
                "/v1/apps",
                Some("AWS4-HMAC-SHA256 nonsense".to_owned()),
                Destination::Pinpoint,
            ),
            (
                "/v1?X-Amz-Credential=AK%2F20260102%2Fr%2Fs3%2Faws4_request",
                None,
                NO_BUCKET,
            ),
            (
                "/b?X-Amz-Credential=AK/20260102/r/sqs/aws4_request",
                None,
                other,
            ),
            (
                "/v1/b?AWSAccessKeyId=A&Signature=B&Expires=1",
                None,
                NO_BUCKET,
            ),
            ("/v1/b?Signature=B&Expires=1", None, Destination::Pinpoint),
            ("/v1", None, Destination::Pinpoint),
            ("/v1/", None, Destination::Pinpoint),
            ("/v12/key", None, NO_BUCKET),
            ("/", None, NO_BUCKET),
        ] {
            check(
                "127.0.0.1:4566",
                target,
                authorization.as_deref(),
                &expected,
            );
        }
    }
}
