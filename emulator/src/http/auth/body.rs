//! The body of a request: framing taken off, length and checksums verified while it streams
//! through.
//!
//! Every request to Pinpoint or S3 gets one. A fault ends the stream with an error *instead of* its
//! end, so that whoever writes an object as it arrives never commits a bad one. The fault also
//! stays readable in the [`BodyReport`], since layers in between turn errors of a stream into their
//! own. Collecting and capping a body is left to its reader.

use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, HeaderValue};
use http::request::Parts;
use http::{HeaderMap, Method};
use http_body::{Body, Frame, SizeHint};

use super::chunk_signatures::ChunkSignatures;
use super::chunked::{ChunkFault, ChunkedDecoder, TRAILER_SIGNATURE};
use super::digests::{self, PayloadHash, Streaming};
use super::form_source::FormField;
use super::query;
use super::refusal::{Refusal, Service};
use super::verify::SignatureOverBody;
use crate::domain::checksum::{ChecksumAlgorithm, Hasher};
use crate::facts::answer::ErrorAnswer;
use crate::facts::auth as facts;
use crate::facts::s3_errors;

/// What is wrong with a body.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BodyFault {
    /// The stream below failed; its own error as text, for the log.
    #[error("body ended early: {0}")]
    Interrupted(String),
    /// Fewer or more bytes than the headers promised.
    #[error("body has not the announced length")]
    Length,
    /// The `aws-chunked` framing is broken.
    #[error("chunk framing is broken")]
    Framing,
    /// The trailers are not those announced, or not well-formed.
    #[error("trailers are not as announced")]
    Trailer,
    /// The value of a checksum in a trailer cannot be read.
    #[error("value of {} is invalid", .0.header())]
    TrailerValue(ChecksumAlgorithm),
    /// `Content-MD5` is of another body.
    #[error("content-md5 does not match the body")]
    ContentMd5,
    /// `x-amz-checksum-…` is of another body.
    #[error("{} does not match the body", .0.header())]
    Checksum(ChecksumAlgorithm),
    /// `x-amz-content-sha256` is of another body.
    #[error("x-amz-content-sha256 does not match the body")]
    PayloadHash,
    /// The signature of the request, of a chunk or of the trailers is not that of the body.
    #[error("signature does not match the body")]
    Signature(Box<ErrorAnswer>),
    /// The multipart form around the file is broken.
    #[error("multipart form is broken: {0}")]
    Form(String),
    /// More bytes than a form's policy allows.
    #[error("file is larger than the policy allows")]
    TooLarge,
    /// Fewer bytes than a form's policy wants.
    #[error("file is smaller than the policy allows")]
    TooSmall,
}

impl BodyFault {
    fn signature(mismatch: ErrorAnswer) -> Self {
        Self::Signature(Box::new(mismatch))
    }

    /// What the given service answers.
    pub(crate) fn refusal(&self, service: Service) -> Refusal {
        if service == Service::Pinpoint {
            return Refusal::pinpoint(match self {
                Self::PayloadHash => facts::PINPOINT_WRONG_SIGNATURE,
                Self::Signature(mismatch) => (**mismatch).clone(),
                _ => facts::PINPOINT_BODY_CUT,
            });
        }
        Refusal::s3(match self {
            Self::Interrupted(_) | Self::Length => s3_errors::answer("IncompleteBody"),
            Self::Framing => facts::CHUNK_FRAMING,
            Self::Trailer => facts::MALFORMED_TRAILER,
            Self::TrailerValue(algorithm) => facts::checksum_trailer_invalid(algorithm.header()),
            Self::ContentMd5 => facts::BAD_CONTENT_MD5,
            Self::Checksum(algorithm) => facts::bad_checksum(algorithm.as_str()),
            Self::PayloadHash => facts::PAYLOAD_HASH_MISMATCH,
            Self::Signature(mismatch) => (**mismatch).clone(),
            Self::Form(_) => facts::FORM_MALFORMED,
            Self::TooLarge => s3_errors::answer("EntityTooLarge"),
            Self::TooSmall => s3_errors::answer("EntityTooSmall"),
        })
    }
}

/// What became of a body; filled while it is read, shared with whoever answers.
#[derive(Debug, Default)]
pub(crate) struct BodyReport {
    fault: OnceLock<BodyFault>,
}

impl BodyReport {
    /// Why the stream ended with an error, if it did.
    pub(crate) fn fault(&self) -> Option<&BodyFault> {
        self.fault.get()
    }
}

/// A body that proves itself; see the module.
#[derive(Debug)]
pub(crate) struct VerifiedBody<B> {
    source: Source<B>,
    plan: BodyPlan,
    /// Received, but not yet looked at.
    wire: Bytes,
    payload_bytes: u64,
    is_over: bool,
    report: Arc<BodyReport>,
}

/// Where the bytes come from.
#[derive(Debug)]
pub(super) enum Source<B> {
    Request(B),
    /// The file in a POST form.
    FormFile(Box<FormField>),
}

impl<B> VerifiedBody<B> {
    pub(super) fn new(source: Source<B>, plan: BodyPlan) -> Self {
        let report = Arc::new(BodyReport::default());
        Self {
            source,
            plan,
            wire: Bytes::new(),
            payload_bytes: 0,
            is_over: false,
            report,
        }
    }

    /// The place where the outcome will stand.
    pub(crate) fn report(&self) -> Arc<BodyReport> {
        Arc::clone(&self.report)
    }

    fn accept(&mut self, payload: &[u8]) -> Result<(), BodyFault> {
        self.payload_bytes += payload.len() as u64;
        if self
            .plan
            .bytes_exact
            .is_some_and(|exact| self.payload_bytes > exact)
        {
            return Err(BodyFault::Length);
        }
        if self.payload_bytes > self.plan.bytes_max {
            return Err(BodyFault::TooLarge);
        }
        self.plan
            .sums
            .iter_mut()
            .for_each(|sum| sum.hasher.update(payload));
        if let Some((hasher, _)) = &mut self.plan.signature {
            hasher.update(payload);
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), BodyFault> {
        let trailers = match &mut self.plan.framing {
            Some(decoder) => decoder.finish().map_err(BodyFault::from)?,
            None => Vec::new(),
        };
        if self
            .plan
            .bytes_exact
            .is_some_and(|exact| self.payload_bytes != exact)
        {
            return Err(BodyFault::Length);
        }
        if self.payload_bytes < self.plan.bytes_min {
            return Err(BodyFault::TooSmall);
        }
        let mut in_trailer = self.plan.checksum_in_trailers(&trailers)?;
        for sum in std::mem::take(&mut self.plan.sums) {
            let value = sum.hasher.finish();
            let expected = match sum.expected {
                Expected::Value(expected) => Some(expected),
                Expected::InTrailer => in_trailer.take(),
            };
            if expected.as_ref() != Some(&value) {
                return Err(sum.kind.fault());
            }
        }
        if let Some((hasher, signature)) = self.plan.signature.take() {
            let payload = hex::encode(hasher.finish());
            signature.check(&payload).map_err(BodyFault::signature)?;
        }
        Ok(())
    }

    fn end_with(&mut self, fault: BodyFault) -> BodyFault {
        self.is_over = true;
        let _ = self.report.fault.set(fault.clone());
        fault
    }

    /// The next payload in what was received.
    fn next_payload(&mut self) -> Result<Option<Bytes>, BodyFault> {
        let payload = match &mut self.plan.framing {
            Some(decoder) => decoder.decode(&mut self.wire)?,
            None => Some(std::mem::take(&mut self.wire)).filter(|wire| !wire.is_empty()),
        };
        if let Some(payload) = &payload {
            self.accept(payload)?;
        }
        Ok(payload)
    }
}

impl<B> Body for VerifiedBody<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Data = Bytes;
    type Error = BodyFault;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyFault>>> {
        let this = self.get_mut();
        while !this.is_over {
            match this.next_payload() {
                Ok(Some(payload)) => return Poll::Ready(Some(Ok(Frame::data(payload)))),
                Ok(None) => {}
                Err(fault) => return Poll::Ready(Some(Err(this.end_with(fault)))),
            }
            match ready!(this.source.poll(context)) {
                Some(Ok(wire)) => this.wire = wire,
                Some(Err(fault)) => return Poll::Ready(Some(Err(this.end_with(fault)))),
                None => match this.finish() {
                    Ok(()) => this.is_over = true,
                    Err(fault) => return Poll::Ready(Some(Err(this.end_with(fault)))),
                },
            }
        }
        Poll::Ready(None)
    }

    fn is_end_stream(&self) -> bool {
        // Even an empty body is only over once it was verified.
        self.is_over
    }

    fn size_hint(&self) -> SizeHint {
        let left = self
            .plan
            .bytes_exact
            .map(|exact| exact.saturating_sub(self.payload_bytes));
        left.map_or_else(SizeHint::new, SizeHint::with_exact)
    }
}

impl<B> Source<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyFault>>> {
        match self {
            Self::Request(body) => Pin::new(body)
                .poll_frame(context)
                .map(|frame| match frame? {
                    // Trailers of HTTP itself mean nothing to either service.
                    Ok(frame) => Some(Ok(frame.into_data().unwrap_or_default())),
                    Err(error) => Some(Err(BodyFault::Interrupted(error.into().to_string()))),
                }),
            Self::FormFile(field) => field
                .poll_piece(context)
                .map(|piece| Some(piece?.map_err(|error| BodyFault::Form(error.to_string())))),
        }
    }
}

/// What a body has to be, read from a request's headers.
#[derive(Debug)]
pub(super) struct BodyPlan {
    framing: Option<ChunkedDecoder>,
    bytes_exact: Option<u64>,
    bytes_min: u64,
    bytes_max: u64,
    sums: Vec<Sum>,
    /// The checksum that `x-amz-trailer` announces.
    trailer: Option<ChecksumAlgorithm>,
    /// The signature that is over the hash of the payload, and the hash in the making.
    signature: Option<(Hasher, SignatureOverBody)>,
}

impl BodyPlan {
    /// Reads the plan for a request to S3 and takes out of its headers what speaks of the framing.
    ///
    /// With `signatures`, chunks that say they are signed must be.
    pub(super) fn for_s3(
        parts: &mut Parts,
        signatures: Option<ChunkSignatures>,
    ) -> Result<Self, ErrorAnswer> {
        let headers = &parts.headers;
        let payload_hash = PayloadHash::in_headers(headers)?;
        let streaming = match payload_hash {
            Some(PayloadHash::Streaming(streaming)) => Some(streaming),
            _ => None,
        };
        let is_framed = streaming.is_some() || codings(headers).any(is_aws_chunked);
        let mut plan = Self::unchecked();
        plan.bytes_exact = length(headers, CONTENT_LENGTH.as_str())?;
        if is_framed {
            plan.bytes_exact = length(headers, "x-amz-decoded-content-length")?;
            if plan.bytes_exact.is_none() && streaming.is_some() {
                return Err(s3_errors::answer("MissingContentLength"));
            }
            plan.framing = Some(decoder(streaming, signatures)?);
        }
        if let Some(PayloadHash::Sha256(hash)) = payload_hash {
            plan.expect(
                SumKind::PayloadHash,
                Hasher::new(ChecksumAlgorithm::Sha256),
                Expected::Value(hash),
            );
        }
        plan.read_digests(parts)?;
        plan.unframe_headers(&mut parts.headers, is_framed);
        Ok(plan)
    }

    /// The plan for the file of a POST form, whose fields already stand in the headers.
    pub(super) fn for_form_file(
        parts: &Parts,
        bytes_min: u64,
        bytes_max: u64,
    ) -> Result<Self, ErrorAnswer> {
        let mut plan = Self {
            bytes_min,
            bytes_max,
            ..Self::unchecked()
        };
        plan.read_digests(parts)?;
        Ok(plan)
    }

    /// The plan for a request to Pinpoint: its length, and the payload's hash where one is given.
    ///
    /// With `signature`, the payload must be the one that was signed.
    pub(super) fn for_pinpoint(headers: &HeaderMap, signature: Option<SignatureOverBody>) -> Self {
        let mut plan = Self::unchecked();
        plan.bytes_exact = length(headers, CONTENT_LENGTH.as_str()).unwrap_or(None);
        if let Ok(Some(PayloadHash::Sha256(hash))) = PayloadHash::in_headers(headers) {
            plan.expect(
                SumKind::PayloadHash,
                Hasher::new(ChecksumAlgorithm::Sha256),
                Expected::Value(hash),
            );
        }
        plan.signature =
            signature.map(|signature| (Hasher::new(ChecksumAlgorithm::Sha256), signature));
        plan
    }

    fn unchecked() -> Self {
        Self {
            framing: None,
            bytes_exact: None,
            bytes_min: 0,
            bytes_max: u64::MAX,
            sums: Vec::new(),
            trailer: None,
            signature: None,
        }
    }

    fn expect(&mut self, kind: SumKind, hasher: Hasher, expected: Expected) {
        self.sums.push(Sum {
            kind,
            hasher,
            expected,
        });
    }

    /// Content-MD5 and the checksum in header or trailer.
    fn read_digests(&mut self, parts: &Parts) -> Result<(), ErrorAnswer> {
        if let Some(md5) = digests::content_md5(&parts.headers)? {
            self.expect(SumKind::ContentMd5, Hasher::md5(), Expected::Value(md5));
        }
        let query = parts.uri.query().unwrap_or("");
        if parts.method == Method::POST
            && (query::has(query, "uploadId") || query::has(query, "uploads"))
        {
            // Here the checksum headers speak of the object to be, not of this request's body.
            return Ok(());
        }
        let declared = self.declared_checksum(&parts.headers)?;
        if let Some(value) = parts.headers.get("x-amz-sdk-checksum-algorithm") {
            let algorithm = declared.as_ref().ok_or(facts::CHECKSUM_WITHOUT_VALUE)?.0;
            if !value
                .as_bytes()
                .eq_ignore_ascii_case(algorithm.as_str().as_bytes())
            {
                return Err(facts::checksum_header_invalid(
                    "x-amz-sdk-checksum-algorithm",
                ));
            }
        }
        if let Some((algorithm, expected)) = declared {
            self.expect(
                SumKind::Checksum(algorithm),
                Hasher::new(algorithm),
                expected,
            );
        }
        Ok(())
    }

    fn declared_checksum(
        &mut self,
        headers: &HeaderMap,
    ) -> Result<Option<(ChecksumAlgorithm, Expected)>, ErrorAnswer> {
        let mut declared = None;
        for algorithm in ChecksumAlgorithm::ALL {
            let Some(value) = headers.get(algorithm.header()) else {
                continue;
            };
            let value = value
                .to_str()
                .ok()
                .and_then(|value| algorithm.decode(value));
            let value = value.ok_or_else(|| facts::checksum_header_invalid(algorithm.header()))?;
            if declared
                .replace((algorithm, Expected::Value(value)))
                .is_some()
            {
                return Err(facts::SEVERAL_CHECKSUMS);
            }
        }
        if self.framing.is_some()
            && let Some(name) = headers.get("x-amz-trailer")
        {
            let algorithm = ChecksumAlgorithm::ALL
                .into_iter()
                .find(|algorithm| {
                    name.as_bytes()
                        .trim_ascii()
                        .eq_ignore_ascii_case(algorithm.header().as_bytes())
                })
                .ok_or(facts::TRAILER_NOT_SUPPORTED)?;
            if declared.replace((algorithm, Expected::InTrailer)).is_some() {
                return Err(facts::SEVERAL_CHECKSUMS);
            }
            self.trailer = Some(algorithm);
        }
        Ok(declared)
    }

    /// Makes the headers those of the bare body. `x-amz-trailer` stays: it tells which checksum the
    /// object is to keep.
    fn unframe_headers(&self, headers: &mut HeaderMap, is_framed: bool) {
        headers.remove("x-amz-decoded-content-length");
        headers.remove("x-amz-content-sha256");
        if !is_framed {
            return;
        }
        headers.remove(CONTENT_LENGTH);
        if let Some(bytes) = self.bytes_exact {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(bytes));
        }
        let kept = codings(headers)
            .filter(|coding| !is_aws_chunked(coding))
            .collect::<Vec<_>>()
            .join(",");
        headers.remove(CONTENT_ENCODING);
        if let Ok(value) = HeaderValue::from_str(&kept)
            && !kept.is_empty()
        {
            headers.insert(CONTENT_ENCODING, value);
        }
    }

    /// Holds the trailers against the announcement; yields the value of the checksum among them.
    fn checksum_in_trailers(
        &self,
        trailers: &[(String, String)],
    ) -> Result<Option<Vec<u8>>, BodyFault> {
        let mut found = None;
        for (name, value) in trailers
            .iter()
            .filter(|(name, _)| name != TRAILER_SIGNATURE)
        {
            let announced = self.trailer.filter(|algorithm| algorithm.header() == name);
            let algorithm = announced.ok_or(BodyFault::Trailer)?;
            let value = algorithm
                .decode(value)
                .ok_or(BodyFault::TrailerValue(algorithm))?;
            if found.replace(value).is_some() {
                return Err(BodyFault::Trailer);
            }
        }
        if found.is_none() && self.trailer.is_some() {
            Err(BodyFault::Trailer)
        } else {
            Ok(found)
        }
    }
}

/// A sum to be made of the payload, and what it must be.
#[derive(Debug)]
struct Sum {
    kind: SumKind,
    hasher: Hasher,
    expected: Expected,
}

#[derive(Debug, Clone, Copy)]
enum SumKind {
    ContentMd5,
    PayloadHash,
    Checksum(ChecksumAlgorithm),
}

impl SumKind {
    fn fault(self) -> BodyFault {
        match self {
            Self::ContentMd5 => BodyFault::ContentMd5,
            Self::PayloadHash => BodyFault::PayloadHash,
            Self::Checksum(algorithm) => BodyFault::Checksum(algorithm),
        }
    }
}

#[derive(Debug)]
enum Expected {
    Value(Vec<u8>),
    InTrailer,
}

impl From<ChunkFault> for BodyFault {
    fn from(fault: ChunkFault) -> Self {
        match fault {
            ChunkFault::Framing => Self::Framing,
            ChunkFault::Trailer => Self::Trailer,
            ChunkFault::Signature(mismatch) => Self::Signature(mismatch),
        }
    }
}

fn decoder(
    streaming: Option<Streaming>,
    signatures: Option<ChunkSignatures>,
) -> Result<ChunkedDecoder, ErrorAnswer> {
    let decoder = ChunkedDecoder::new();
    let Some(signatures) = signatures else {
        return Ok(decoder);
    };
    match streaming {
        None | Some(Streaming::Unsigned) => Ok(decoder),
        Some(Streaming::Signed) => Ok(decoder.verifying(signatures, false)),
        Some(Streaming::SignedWithTrailer) => Ok(decoder.verifying(signatures, true)),
        Some(Streaming::Asymmetric) => Err(s3_errors::answer_with(
            "NotImplemented",
            s3_errors::not_implemented("Signature Version 4A"),
        )),
    }
}

/// The content codings of a request, over all headers of the name.
fn codings(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    headers
        .get_all(CONTENT_ENCODING)
        .into_iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .filter(|coding| !coding.is_empty())
}

fn is_aws_chunked(coding: &str) -> bool {
    coding.eq_ignore_ascii_case("aws-chunked")
}

fn length(headers: &HeaderMap, name: &str) -> Result<Option<u64>, ErrorAnswer> {
    let Some(value) = headers.get(name) else {
        return Ok(None);
    };
    let value = value.to_str().ok().and_then(|value| value.parse().ok());
    value
        .map(Some)
        .ok_or_else(|| s3_errors::answer("InvalidArgument"))
}
