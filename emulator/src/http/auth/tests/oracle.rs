//! AWS's own signer as the oracle: any request it signs passes `strict`, any bit changed in what it
//! signed fails, and nothing panics.

use std::fmt::Write as _;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation,
    SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::identity::Identity as SdkIdentity;
use aws_smithy_runtime_api::http::Headers;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use futures_util::FutureExt as _;
use http::Method;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use super::*;
use crate::domain::access_key::AccessKey;
use crate::domain::checksum::Hasher;

const HOST: &str = "127.0.0.1:4566";

/// Key id, secret, and the account that the pair is for.
const PAIRS: [(&str, &str, &str); 3] = [
    (
        "AKIDALICE",
        "wJalrXUtnFEMI/K7MDENG+bPxRfiCY",
        "111122223333",
    ),
    ("444455556666", "s", "444455556666"),
    ("test", "test", "000000000000"),
];

fn strict() -> AuthSettings {
    let pairs = [
        "AKIDALICE:wJalrXUtnFEMI/K7MDENG+bPxRfiCY:111122223333:alice",
        "444455556666:s",
        "test:test",
    ];
    let pairs = pairs.map(|pair| AccessKey::parse(pair).unwrap());
    AuthSettings {
        access_keys: AccessKeys::new(pairs.to_vec()).unwrap(),
        ..settings(AuthMode::Strict)
    }
}

/// A request before it is signed.
#[derive(Debug, Clone)]
struct Draft {
    service: Service,
    method: Method,
    /// Path and query.
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    payload: Payload,
    pair: usize,
    region: String,
    /// Presigned with this life, else signed in a header.
    presigned_seconds: Option<u64>,
}

/// How the body is made part of what is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Payload {
    Hashed,
    Unsigned,
    /// In chunks of so many bytes.
    Chunks {
        bytes: usize,
        trailers: bool,
    },
    /// In chunks without signatures, with a checksum in the trailer.
    UnsignedChunks {
        bytes: usize,
    },
}

/// A request as it is sent.
#[derive(Debug, Clone)]
struct Sent {
    method: Method,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Sent {
    /// What `strict` makes of it: who sent which payload, or the code of the refusal. `None` if it
    /// is no request at all.
    fn judged(&self) -> Option<Result<(Identity, Vec<u8>), String>> {
        let mut request = Request::builder()
            .method(self.method.clone())
            .uri(self.target.as_str());
        for (name, value) in &self.headers {
            request = request.header(name.as_str(), value.as_str());
        }
        // A body that is cut in two arrives like that.
        let (start, end) = self.body.split_at(self.body.len() / 2);
        let request = request.body(body(&[start, end])).ok()?;
        Some(judge(request))
    }

    fn header(&mut self, name: &str) -> &mut String {
        let found = self.headers.iter_mut().find(|(known, _)| known == name);
        &mut found.unwrap().1
    }
}

fn judge(request: Request<TestBody>) -> Result<(Identity, Vec<u8>), String> {
    let code = |answer: ErrorAnswer| answer.code.into_owned();
    // Nothing waits here, and a runtime for each of so many requests takes most of the time.
    let admitted = admit(request, &strict(), now()).now_or_never().unwrap();
    let (service, identity, body) = match admitted {
        Err(refusal) => return Err(code(refusal.answer)),
        Ok(Admitted::Control(_)) => return Err("control".to_owned()),
        Ok(Admitted::Pinpoint { request, identity }) => {
            (Service::Pinpoint, identity, request.into_body())
        }
        Ok(Admitted::S3 {
            request, identity, ..
        }) => (Service::S3, identity, request.into_body()),
    };
    let payload = body.collect().now_or_never().unwrap();
    match payload.map(|collected| collected.to_bytes().to_vec()) {
        Ok(payload) if identity == Identity::Anonymous => {
            // S3 hands on what is unsigned; its answer is to refuse it.
            Err(format!("anonymous, {} bytes", payload.len()))
        }
        Ok(payload) => Ok((identity, payload)),
        Err(fault) => Err(code(fault.refusal(service).answer)),
    }
}

/// The name of the header that every upload in unsigned chunks is proved by.
const CHECKSUM: &str = "x-amz-checksum-sha256";

impl Draft {
    fn signing_name(&self) -> &'static str {
        match self.service {
            Service::Pinpoint => "mobiletargeting",
            Service::S3 => "s3",
        }
    }

    fn identity(&self) -> SdkIdentity {
        let (id, secret, _) = PAIRS[self.pair];
        Credentials::from_keys(id, secret, None).into()
    }

    fn parameters<'a, S>(
        &'a self,
        identity: &'a SdkIdentity,
        settings: S,
    ) -> v4::SigningParams<'a, S>
    where
        S: Default,
    {
        v4::SigningParams::builder()
            .identity(identity)
            .region(&self.region)
            .name(self.signing_name())
            .time(SystemTime::from(WALL.parse::<Timestamp>().unwrap()))
            .settings(settings)
            .build()
            .unwrap()
    }

    fn settings(&self) -> SigningSettings {
        let mut settings = SigningSettings::default();
        if self.service == Service::S3 {
            settings.percent_encoding_mode = PercentEncodingMode::Single;
            settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        }
        if let Some(seconds) = self.presigned_seconds {
            settings.signature_location = SignatureLocation::QueryParams;
            settings.expires_in = Some(Duration::from_secs(seconds));
        } else if self.service == Service::S3 || self.payload != Payload::Hashed {
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        }
        settings
    }

    fn signable_body(&self) -> SignableBody<'_> {
        match self.payload {
            // A URL for S3 never says what will be uploaded by it.
            Payload::Hashed if self.presigned_seconds.is_some() && self.service == Service::S3 => {
                SignableBody::UnsignedPayload
            }
            Payload::Hashed => SignableBody::Bytes(&self.body),
            Payload::Unsigned => SignableBody::UnsignedPayload,
            Payload::Chunks { trailers: true, .. } => SignableBody::StreamingSignedPayloadTrailer,
            Payload::Chunks { .. } => {
                SignableBody::Precomputed("STREAMING-AWS4-HMAC-SHA256-PAYLOAD".to_owned())
            }
            Payload::UnsignedChunks { .. } => SignableBody::StreamingUnsignedPayloadTrailer,
        }
    }

    fn signed(&self) -> Sent {
        let identity = self.identity();
        let parameters = self.parameters(&identity, self.settings()).into();
        let mut sent = Sent {
            method: self.method.clone(),
            target: self.target.clone(),
            headers: vec![("host".to_owned(), HOST.to_owned())],
            body: self.body.clone(),
        };
        sent.headers.extend(self.headers.clone());
        if matches!(
            self.payload,
            Payload::Chunks { .. } | Payload::UnsignedChunks { .. }
        ) {
            let length = self.body.len().to_string();
            sent.headers
                .push(("x-amz-decoded-content-length".to_owned(), length));
        }
        if matches!(
            self.payload,
            Payload::Chunks { trailers: true, .. } | Payload::UnsignedChunks { .. }
        ) {
            sent.headers
                .push(("x-amz-trailer".to_owned(), CHECKSUM.to_owned()));
        }
        let headers = sent
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let uri = format!("http://{HOST}{}", self.target);
        let signable =
            SignableRequest::new(self.method.as_str(), uri, headers, self.signable_body()).unwrap();
        let (instructions, signature) = sign(signable, &parameters).unwrap().into_parts();
        let (headers, query) = instructions.into_parts();
        for header in headers {
            sent.headers.retain(|(name, _)| name != header.name());
            sent.headers
                .push((header.name().to_owned(), header.value().to_owned()));
        }
        for (name, value) in query {
            let separator = if sent.target.contains('?') { '&' } else { '?' };
            let value =
                percent_encoding::utf8_percent_encode(&value, percent_encoding::NON_ALPHANUMERIC);
            write!(sent.target, "{separator}{name}={value}").unwrap();
        }
        sent.body = self.wire(signature);
        sent
    }

    /// The body as it is sent, its chunks signed by AWS's signer.
    fn wire(&self, seed: String) -> Vec<u8> {
        let (bytes, is_signed, has_trailers) = match self.payload {
            Payload::Hashed | Payload::Unsigned => return self.body.clone(),
            Payload::Chunks { bytes, trailers } => (bytes, true, trailers),
            Payload::UnsignedChunks { bytes } => (bytes, false, true),
        };
        let identity = self.identity();
        let parameters = self.parameters(&identity, ());
        let mut signature = seed;
        let mut wire = Vec::new();
        for chunk in self.body.chunks(bytes).chain([&[][..]]) {
            wire.extend_from_slice(format!("{:x}", chunk.len()).as_bytes());
            if is_signed {
                let signed =
                    v4::sign_chunk(&Bytes::copy_from_slice(chunk), &signature, &parameters);
                signature = signed.unwrap().into_parts().1;
                wire.extend_from_slice(format!(";chunk-signature={signature}").as_bytes());
            }
            wire.extend_from_slice(b"\r\n");
            wire.extend_from_slice(chunk);
            if !chunk.is_empty() {
                wire.extend_from_slice(b"\r\n");
            }
        }
        if has_trailers {
            let mut hasher = Hasher::new(ChecksumAlgorithm::Sha256);
            hasher.update(&self.body);
            let checksum = BASE64.encode(hasher.finish());
            wire.extend_from_slice(format!("{CHECKSUM}:{checksum}\r\n").as_bytes());
            if is_signed {
                let mut trailers = Headers::new();
                trailers.insert(CHECKSUM, checksum);
                let signed = v4::sign_trailer(&trailers, &signature, &parameters).unwrap();
                let signature = signed.into_parts().1;
                wire.extend_from_slice(
                    format!("x-amz-trailer-signature:{signature}\r\n").as_bytes(),
                );
            }
        }
        wire.extend_from_slice(b"\r\n");
        wire
    }
}

/// Any request to either service, signed in any way that AWS's signer knows.
fn drafts() -> impl Strategy<Value = Draft> {
    let segment = "[a-zA-Z0-9._~()!$'*,;:@&=+-]{1,5}|%2F|%20|%C3%A9|%25|\\.\\.|\\.|";
    let path = prop::collection::vec(segment, 1..5).prop_map(|path| format!("/{}", path.join("/")));
    let query = "((\\?|\\?[a-z-]{1,6}(=([a-zA-Z0-9~:/+!*'(),;-]|%2F|%20|%C3%A9){0,6})?)(&[a-z-]{1,5}(=[a-z0-9]{0,3})?){0,3})?";
    let header = (
        "(x-amz-meta-[a-z]{1,3}|accept|cache-control|x-other)",
        "[a-zA-Z0-9=/;,]{1,5}(  [a-z\"]{1,3}){0,2}",
    );
    let payload = prop_oneof![
        3 => Just(Payload::Hashed),
        1 => Just(Payload::Unsigned),
        2 => (1..60_usize, any::<bool>()).prop_map(|(bytes, trailers)| Payload::Chunks { bytes, trailers }),
        1 => (1..60_usize).prop_map(|bytes| Payload::UnsignedChunks { bytes }),
    ];
    (
        (
            any::<bool>(),
            prop::sample::select(vec!["GET", "PUT", "POST", "DELETE", "HEAD"]),
        ),
        (path, query),
        prop::collection::vec(header, 0..4),
        prop::collection::vec(any::<u8>(), 0..150),
        payload,
        (0..PAIRS.len(), "[a-z]{2}-[a-z]{4}-[1-9]"),
        prop_oneof![2 => Just(None), 1 => (1..=604_800_u64).prop_map(Some)],
    )
        .prop_map(
            |(
                (is_s3, method),
                (path, query),
                headers,
                body,
                payload,
                (pair, region),
                presigned,
            )| {
                let service = if is_s3 {
                    Service::S3
                } else {
                    Service::Pinpoint
                };
                let in_header = presigned.is_none();
                // Only S3 streams; and what a URL is for is not told by headers.
                let payload = match payload {
                    Payload::Hashed => Payload::Hashed,
                    Payload::Unsigned if in_header => Payload::Unsigned,
                    streaming if is_s3 && in_header => streaming,
                    _ => Payload::Hashed,
                };
                Draft {
                    service,
                    method: Method::from_bytes(method.as_bytes()).unwrap(),
                    target: format!("{path}{query}"),
                    headers,
                    body,
                    payload,
                    pair,
                    region,
                    presigned_seconds: presigned,
                }
            },
        )
}

/// One change to a request as it is sent, in something that its signature is about.
fn changed(
    draft: &Draft,
    signed: &Sent,
    choice: usize,
    place: prop::sample::Index,
) -> Option<Sent> {
    let mut sent = signed.clone();
    let flip = |text: &mut String, place: prop::sample::Index| {
        let mut bytes = std::mem::take(text).into_bytes();
        if bytes.is_empty() {
            return None;
        }
        let bit = place.index(bytes.len() * 7);
        bytes[bit / 7] ^= 1 << (bit % 7);
        *text = String::from_utf8(bytes).ok()?;
        Some(())
    };
    match choice {
        0 => {
            let others = ["GET", "PUT", "POST", "DELETE", "PATCH"];
            let other = others
                .iter()
                .filter(|other| **other != sent.method.as_str());
            let other = *place.get(&other.collect::<Vec<_>>());
            sent.method = Method::from_bytes(other.as_bytes()).unwrap();
        }
        1 | 2 => flip(&mut sent.target, place)?,
        3 => {
            let index = place.index(sent.headers.len());
            flip(&mut sent.headers[index].1, place)?;
        }
        4 => {
            let index = place.index(sent.headers.len());
            sent.headers.remove(index);
        }
        5 => sent
            .headers
            .push(("x-amz-meta-added".to_owned(), "1".to_owned())),
        6 if draft.presigned_seconds.is_none() => flip(sent.header("authorization"), place)?,
        7 if is_body_signed(draft) => {
            let mut byte = *sent.body.get(place.index(sent.body.len().max(1)))?;
            byte ^= 1 << place.index(8);
            let index = place.index(sent.body.len());
            sent.body[index] = byte;
        }
        8 if is_body_signed(draft) => sent.body.push(0),
        9 if is_body_signed(draft) => {
            sent.body.pop()?;
        }
        _ => return None,
    }
    Some(sent)
}

fn is_body_signed(draft: &Draft) -> bool {
    draft.payload != Payload::Unsigned
        && !(draft.service == Service::S3 && draft.presigned_seconds.is_some())
}

/// Whether both say the same: then the signature has to hold for both.
fn is_same_request(draft: &Draft, one: &Sent, other: &Sent) -> bool {
    meaning(draft, one) == meaning(draft, other)
}

/// A request with everything taken off that AWS does not look at.
fn meaning(draft: &Draft, sent: &Sent) -> (String, String, Vec<(String, String)>, String, Vec<u8>) {
    let (path, query) = sent.target.split_once('?').unwrap_or((&sent.target, ""));
    let path = match draft.service {
        Service::S3 => percent_encoding::percent_decode_str(path)
            .map(char::from)
            .collect(),
        // The oracle tells what it signs for a path by its signature for nothing but that.
        Service::Pinpoint => Draft {
            target: path.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
            payload: Payload::Hashed,
            presigned_seconds: None,
            ..draft.clone()
        }
        .signed()
        .header("authorization")
        .clone(),
    };
    let mut query: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    query.sort();
    let mut headers: Vec<String> = sent
        .headers
        .iter()
        .map(|(name, value)| {
            let words: Vec<&str> = value.split(' ').filter(|word| !word.is_empty()).collect();
            format!("{name}:{}", words.join(" "))
        })
        .collect();
    headers.sort();
    (
        sent.method.to_string(),
        path,
        query,
        headers.join("\n"),
        sent.body.clone(),
    )
}

const SIGNED_MIN: usize = 1000;
const CHANGED_MIN: usize = 10_000;

#[test]
fn a_thousand_requests_signed_by_aws_pass_and_ten_thousand_changed_ones_fail() {
    let mut runner = TestRunner::deterministic();
    let (drafts, places) = (drafts(), any::<prop::sample::Index>());
    let (mut passed, mut failed) = (0, 0);
    while passed < SIGNED_MIN || failed < CHANGED_MIN {
        let draft = drafts.new_tree(&mut runner).unwrap().current();
        let signed = draft.signed();
        let (identity, payload) = match signed.judged() {
            Some(Ok(judged)) => judged,
            other => panic!("{draft:?}\n{signed:?}\n{other:?}"),
        };
        let (id, _, account_id) = PAIRS[draft.pair];
        let Identity::Account {
            account,
            access_key_id,
            user_name,
            region,
        } = identity
        else {
            panic!("signed requests are somebody's")
        };
        assert_eq!(
            (account.as_str(), access_key_id.as_deref()),
            (account_id, Some(id))
        );
        assert_eq!(user_name.as_deref(), (draft.pair == 0).then_some("alice"));
        assert_eq!(
            region.map(|region| region.to_string()),
            Some(draft.region.clone())
        );
        assert_eq!(payload, draft.body);
        passed += 1;
        for choice in 0..10 {
            for _ in 0..2 {
                let place = places.new_tree(&mut runner).unwrap().current();
                let Some(sent) = changed(&draft, &signed, choice, place) else {
                    continue;
                };
                match sent.judged() {
                    None => {}
                    Some(Err(_)) => failed += 1,
                    // The framing of chunks can be written in several ways.
                    Some(Ok((_, payload)))
                        if payload == draft.body
                            && matches!(
                                draft.payload,
                                Payload::Chunks { .. } | Payload::UnsignedChunks { .. }
                            )
                            && sent.body != signed.body => {}
                    Some(Ok(_)) if is_same_request(&draft, &signed, &sent) => {}
                    Some(Ok(judged)) => {
                        panic!("{choice}: {draft:?}\n{signed:?}\n{sent:?}\n{judged:?}")
                    }
                }
            }
        }
    }
}

#[test]
fn another_secret_is_another_signature() {
    let mut runner = TestRunner::deterministic();
    let drafts = drafts();
    for _ in 0..50 {
        let draft = drafts.new_tree(&mut runner).unwrap().current();
        let (id, _, _) = PAIRS[draft.pair];
        let forged = {
            let other = PAIRS[(draft.pair + 1) % PAIRS.len()].0;
            let mut sent = Draft {
                pair: (draft.pair + 1) % PAIRS.len(),
                ..draft.clone()
            }
            .signed();
            sent.target = sent.target.replace(other, id);
            if draft.presigned_seconds.is_none() {
                let value = sent.header("authorization");
                *value = value.replace(other, id);
            }
            sent
        };
        let code = forged.judged().unwrap().unwrap_err();
        let expected = match draft.service {
            Service::Pinpoint => "InvalidSignatureException",
            Service::S3 => "SignatureDoesNotMatch",
        };
        assert_eq!(code, expected, "{forged:?}");
    }
}

proptest! {
    #[test]
    fn no_text_about_a_signature_causes_a_panic(
        value in prop_oneof![
            "\\PC{0,60}",
            "AWS4-HMAC-SHA256 [A-Za-z=,/;0-9 ]{0,80}",
            "AWS4-HMAC-SHA256 Credential=test/20260102/r/(s3|mobiletargeting)/aws4_request, SignedHeaders=host;?[\\PC]{0,20}, Signature=[0-9a-f]{64}",
            "AWS test:[a-zA-Z0-9+/]{27}=",
        ],
        query in "((X-Amz-(Algorithm|Credential|Date|Expires|SignedHeaders|Signature|Security-Token)|Signature|AWSAccessKeyId|Expires|uploads)=[a-zA-Z0-9%/;=-]{0,20}&?){0,8}",
        date in prop_oneof![Just("20260102T030405Z".to_owned()), "\\PC{0,20}"],
        payload in prop_oneof![Just("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER".to_owned()), Just("UNSIGNED-PAYLOAD".to_owned()), "[A-Za-z0-9-]{0,64}"],
        wire in prop::collection::vec(prop_oneof![any::<u8>(), Just(b'\n'), Just(b'0'), Just(b';')], 0..60),
        target in prop_oneof![Just("/v1/apps"), Just("/bucket/key")],
    ) {
        let sent = Sent {
            method: Method::PUT,
            target: format!("{target}?{query}"),
            headers: vec![
                ("authorization".to_owned(), value),
                ("x-amz-date".to_owned(), date),
                ("x-amz-content-sha256".to_owned(), payload),
                ("x-amz-decoded-content-length".to_owned(), "9".to_owned()),
            ],
            body: wire.clone(),
        };
        let _ = sent.judged();
        let form = [b"--b\r\nContent-Disposition: form-data; name=\"policy\"\r\n\r\n", &wire[..], b"\r\n--b--"].concat();
        let form = Sent {
            method: Method::POST,
            target: "/bucket".to_owned(),
            headers: vec![("content-type".to_owned(), "multipart/form-data; boundary=b".to_owned())],
            body: form,
        };
        let _ = form.judged();
    }
}
