//! One HTTP exchange: signs a request, sends it raw and keeps both sides.
//!
//! Used by [`run`](mod@crate::run). It knows no SDK and no type of the emulator: a request is a method, a raw
//! path, headers and bytes, so that what a case writes is what goes over the wire. Each exchange has
//! its own connection; a case that breaks one does not disturb the next.

use std::fmt;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation,
    SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::identity::Identity;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::SendRequest;
use hyper_util::rt::TokioIo;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use crate::clock;

/// Longest time one exchange may take; a target that hangs fails the case and not the run. Advancing the
/// clock over an export of a hundred thousand endpoints takes long where many share a core.
const EXCHANGE_TIME_MAX: Duration = Duration::from_mins(2);
/// How long a presigned URL is good for: the longest S3 allows, since a target whose clock was advanced
/// by earlier cases may count that time too.
const PRESIGNED_TIME: Duration = Duration::from_hours(7 * 24);
/// Longest body that is printed, in characters; a report is read by people.
const PRINTED_BODY_CHARS_MAX: usize = 2_000;
/// What a value in a query keeps unencoded.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A request as it goes over the wire, signature included.
#[derive(Debug, Clone)]
pub struct Request {
    /// HTTP method.
    pub method: String,
    /// Raw path and query.
    pub path: String,
    /// Headers in the order sent, names lower case.
    pub headers: Vec<(String, String)>,
    /// Body, possibly empty.
    pub body: Bytes,
}

/// A reply as it came.
#[derive(Debug, Clone)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Headers in order, names lower case; bytes outside UTF-8 replaced.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Bytes,
}

impl Reply {
    /// First value of a header, name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The body as text, bytes outside UTF-8 replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// A request and what became of it.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// What was sent.
    pub request: Request,
    /// What came back, or why nothing did.
    pub reply: Result<Reply, String>,
}

/// Where and as whom requests are sent.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Host and port of the target, `127.0.0.1:4566`.
    pub authority: String,
    /// Region that signatures name.
    pub region: String,
    /// Whose requests they are.
    pub credentials: Credentials,
}

/// How a request is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signing {
    /// Not at all.
    None,
    /// By SigV4 header for this service.
    Header(String),
    /// By SigV4 query for S3; `expired` makes one that was valid for a minute, an hour ago.
    Presigned {
        /// Whether its time is over.
        expired: bool,
    },
}

/// How a request differs from what is signed; in nothing by default.
#[derive(Debug, Clone, Default)]
pub struct Deviation {
    /// How long ago the signature was made, by its date.   (seconds, negative for the future)
    pub seconds_ago: i64,
    /// Headers that are sent and not signed.
    pub unsigned_headers: Vec<(String, String)>,
    /// The body that is signed instead of the one that is sent.
    pub signed_body: Option<Bytes>,
}

/// A request that could not be signed, mostly because its path is no path.
#[derive(Debug, thiserror::Error)]
#[error("could not sign {line}: {reason}")]
pub struct SignError {
    line: String,
    reason: String,
}

impl Caller {
    /// Signs the request, sends it and waits for the whole reply.
    ///
    /// # Errors
    /// Only if it cannot be signed; that nothing came back is part of the exchange.
    pub async fn exchange(
        &self,
        request: Request,
        signing: &Signing,
    ) -> Result<Exchange, SignError> {
        self.exchange_but(request, signing, &Deviation::default())
            .await
    }

    /// The same with a request that is not quite what is signed.
    ///
    /// # Errors
    /// As for [`Self::exchange`].
    pub async fn exchange_but(
        &self,
        request: Request,
        signing: &Signing,
        deviation: &Deviation,
    ) -> Result<Exchange, SignError> {
        let mut connection = self.connection();
        connection.exchange_but(request, signing, deviation).await
    }

    /// A connection that is opened by its first exchange and kept for the next ones.
    pub fn connection(&self) -> Connection {
        Connection {
            caller: self.clone(),
            open: None,
        }
    }

    /// Adds what the request lacks, its signature last.
    fn complete(
        &self,
        request: &mut Request,
        signing: &Signing,
        deviation: &Deviation,
    ) -> Result<(), SignError> {
        if !request.headers.iter().any(|(name, _)| name == "host") {
            request
                .headers
                .insert(0, ("host".to_owned(), self.authority.clone()));
        }
        let sent_body = request.body.clone();
        if let Some(body) = &deviation.signed_body {
            request.body = body.clone();
        }
        self.sign(request, signing, deviation.seconds_ago)
            .map_err(|reason| SignError {
                line: format!("{} {}", request.method, request.path),
                reason,
            })?;
        request.body = sent_body;
        request.headers.extend(deviation.unsigned_headers.clone());
        Ok(())
    }

    fn sign(
        &self,
        request: &mut Request,
        signing: &Signing,
        seconds_ago: i64,
    ) -> Result<(), String> {
        let mut settings = SigningSettings::default();
        let off = Duration::from_secs(seconds_ago.unsigned_abs());
        let mut time = if seconds_ago < 0 {
            clock::now() + off
        } else {
            clock::now() - off
        };
        let service = match signing {
            Signing::None => return Ok(()),
            Signing::Header(service) => service.as_str(),
            Signing::Presigned { expired } => {
                settings.signature_location = SignatureLocation::QueryParams;
                settings.expires_in = Some(if *expired {
                    Duration::from_mins(1)
                } else {
                    PRESIGNED_TIME
                });
                if *expired {
                    time -= Duration::from_hours(1);
                }
                "s3"
            }
        };
        if service == "s3" {
            settings.percent_encoding_mode = PercentEncodingMode::Single;
            settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
            if settings.signature_location == SignatureLocation::Headers {
                settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
            }
        }
        self.apply(request, service, settings, time)
    }

    fn apply(
        &self,
        request: &mut Request,
        service: &str,
        settings: SigningSettings,
        time: SystemTime,
    ) -> Result<(), String> {
        let presigned = settings.signature_location == SignatureLocation::QueryParams;
        let identity = Identity::from(self.credentials.clone());
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(service)
            .time(time)
            .settings(settings)
            .build()
            .map_err(|error| error.to_string())?
            .into();
        // A case may state the payload's hash itself, a wrong one or a word such as UNSIGNED-PAYLOAD.
        let stated = request
            .headers
            .iter()
            .find(|(name, _)| name == "x-amz-content-sha256")
            .map(|(_, value)| value.clone());
        let body = match stated {
            Some(stated) => SignableBody::Precomputed(stated),
            None if presigned => SignableBody::UnsignedPayload,
            None => SignableBody::Bytes(&request.body),
        };
        let signable = SignableRequest::new(
            &request.method,
            format!("http://{}{}", self.authority, request.path),
            request
                .headers
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str())),
            body,
        )
        .map_err(|error| display_chain(&error))?;
        let (instructions, _) = sign(signable, &params)
            .map_err(|error| display_chain(&error))?
            .into_parts();
        let (headers, query) = instructions.into_parts();
        for header in headers {
            request.headers.retain(|(name, _)| name != header.name());
            request
                .headers
                .push((header.name().to_owned(), header.value().to_owned()));
        }
        for (name, value) in query {
            request
                .path
                .push(if request.path.contains('?') { '&' } else { '?' });
            request.path.push_str(name);
            request.path.push('=');
            request.path.extend(utf8_percent_encode(&value, QUERY));
        }
        Ok(())
    }

    async fn open(&self) -> Result<Open, String> {
        let stream = TcpStream::connect(&self.authority)
            .await
            .map_err(|error| format!("could not connect to {}: {error}", self.authority))?;
        // Small requests follow each other; each waits for its answer.
        stream.set_nodelay(true).ok();
        let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| display_chain(&error))?;
        // Ends by itself when the sender is dropped.
        let task = tokio::spawn(async move {
            connection.await.ok();
        });
        Ok(Open { sender, task })
    }
}

/// A connection to the target that outlives one exchange.
///
/// Cases use one for each exchange, so that a broken one disturbs nobody; long runs keep theirs.
#[derive(Debug)]
pub struct Connection {
    caller: Caller,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    sender: SendRequest<Full<Bytes>>,
    task: JoinHandle<()>,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Connection {
    /// Signs the request, sends it and waits for the whole reply.
    ///
    /// # Errors
    /// Only if it cannot be signed; that nothing came back is part of the exchange.
    pub async fn exchange(
        &mut self,
        request: Request,
        signing: &Signing,
    ) -> Result<Exchange, SignError> {
        self.exchange_but(request, signing, &Deviation::default())
            .await
    }

    async fn exchange_but(
        &mut self,
        mut request: Request,
        signing: &Signing,
        deviation: &Deviation,
    ) -> Result<Exchange, SignError> {
        self.caller.complete(&mut request, signing, deviation)?;
        let reply = match tokio::time::timeout(EXCHANGE_TIME_MAX, self.send(&request)).await {
            Ok(sent) => sent,
            Err(_) => Err(format!("no whole reply within {EXCHANGE_TIME_MAX:?}")),
        };
        Ok(Exchange { request, reply })
    }

    async fn send(&mut self, request: &Request) -> Result<Reply, String> {
        // Taken, so that a connection on which anything went wrong is not used again.
        let mut open = match self.open.take() {
            Some(mut open) => match open.sender.ready().await {
                Ok(()) => open,
                Err(_) => self.caller.open().await?,
            },
            None => self.caller.open().await?,
        };
        let mut builder = http::Request::builder()
            .method(request.method.as_str())
            .uri(request.path.as_str());
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        let outgoing = builder
            .body(Full::new(request.body.clone()))
            .map_err(|error| display_chain(&error))?;
        let incoming = open
            .sender
            .send_request(outgoing)
            .await
            .map_err(|error| display_chain(&error))?;
        let (parts, body) = incoming.into_parts();
        let body = body
            .collect()
            .await
            .map_err(|error| format!("the body broke off: {}", display_chain(&error)))?
            .to_bytes();
        self.open = Some(open);
        Ok(Reply {
            status: parts.status.as_u16(),
            headers: parts
                .headers
                .iter()
                .map(|(name, value)| {
                    let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                    (name.as_str().to_owned(), value)
                })
                .collect(),
            body,
        })
    }
}

impl fmt::Display for Exchange {
    /// Both sides as text, long bodies shortened and signatures left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "> {} {}", self.request.method, self.request.path)?;
        for (name, value) in &self.request.headers {
            let value = if name == "authorization" {
                value
                    .split_once(" Signature=")
                    .map_or(value.as_str(), |(scope, _)| scope)
            } else {
                value
            };
            writeln!(f, "> {name}: {value}")?;
        }
        print_body(f, '>', &self.request.body)?;
        match &self.reply {
            Ok(reply) => {
                writeln!(f, "< {}", reply.status)?;
                for (name, value) in &reply.headers {
                    writeln!(f, "< {name}: {value}")?;
                }
                print_body(f, '<', &reply.body)
            }
            Err(reason) => writeln!(f, "< nothing: {reason}"),
        }
    }
}

fn print_body(f: &mut fmt::Formatter<'_>, side: char, body: &[u8]) -> fmt::Result {
    if body.is_empty() {
        return Ok(());
    }
    let Ok(text) = std::str::from_utf8(body) else {
        return writeln!(f, "{side}\n{side} ({} bytes that are no text)", body.len());
    };
    writeln!(f, "{side}")?;
    for line in text.lines().take(40) {
        let shown: String = line.chars().take(PRINTED_BODY_CHARS_MAX).collect();
        let dots = if shown.len() < line.len() { " …" } else { "" };
        writeln!(f, "{side} {shown}{dots}")?;
    }
    if text.lines().nth(40).is_some() {
        writeln!(f, "{side} … ({} bytes in all)", body.len())?;
    }
    Ok(())
}

/// An error with all its causes.
pub(crate) fn display_chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed(path: &str, headers: &[(&str, &str)], signing: &Signing) -> Request {
        let caller = Caller {
            authority: "127.0.0.1:1".to_owned(),
            region: "us-east-1".to_owned(),
            credentials: Credentials::from_keys("test", "test", None),
        };
        let headers = [("host", "127.0.0.1:1")].iter().chain(headers);
        let mut request = Request {
            method: "GET".to_owned(),
            path: path.to_owned(),
            headers: headers
                .map(|&(n, v)| (n.to_owned(), v.to_owned()))
                .collect(),
            body: Bytes::new(),
        };
        caller.sign(&mut request, signing, 0).unwrap();
        request
    }

    fn header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
        let found = request.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    #[test]
    fn every_header_of_a_case_is_signed() {
        let signing = Signing::Header("mobiletargeting".to_owned());
        let request = signed("/v1/apps", &[("cache-control", "no-cache")], &signing);
        let authorization = header(&request, "authorization").unwrap();
        assert!(authorization.contains("/us-east-1/mobiletargeting/aws4_request"));
        assert!(authorization.contains("SignedHeaders=cache-control;host;x-amz-date,"));
        assert_eq!(header(&request, "x-amz-content-sha256"), None);
    }

    #[test]
    fn s3_requests_carry_the_hash_of_their_body() {
        let signing = Signing::Header("s3".to_owned());
        let request = signed("/b/k", &[], &signing);
        assert!(
            header(&request, "x-amz-content-sha256")
                .unwrap()
                .starts_with("e3b0c442")
        );
        let stated = [("x-amz-content-sha256", "UNSIGNED-PAYLOAD")];
        let request = signed("/b/k", &stated, &signing);
        assert_eq!(
            header(&request, "x-amz-content-sha256"),
            Some("UNSIGNED-PAYLOAD")
        );
    }

    #[test]
    fn a_presigned_request_keeps_its_query_and_needs_no_header() {
        let request = signed(
            "/b/k?versionId=null",
            &[],
            &Signing::Presigned { expired: false },
        );
        assert!(
            request
                .path
                .starts_with("/b/k?versionId=null&X-Amz-Algorithm="),
            "{}",
            request.path
        );
        assert!(request.path.contains("&X-Amz-Signature="));
        assert_eq!(request.headers.len(), 1);
    }
}
