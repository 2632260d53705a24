//! The `aws-chunked` framing: chunks with a size line, an empty chunk at the end, then trailers.
//!
//! Fed by `body` with whatever pieces the network delivers. It takes the framing off and bounds
//! what it must remember. Signatures of chunks are read over unless there is something to judge them
//! with; what the trailers mean is decided elsewhere.

use bytes::{Buf as _, Bytes};

use super::chunk_signatures::ChunkSignatures;
use crate::facts::answer::ErrorAnswer;
use crate::facts::auth::{CHUNK_HEADER_BYTES_MAX, TRAILERS_BYTES_MAX};

/// Takes the framing off, piece by piece.
#[derive(Debug)]
pub(super) struct ChunkedDecoder {
    state: State,
    /// The line being collected: a chunk's header or a trailer.
    line: Vec<u8>,
    trailer_bytes: usize,
    trailers: Vec<(String, String)>,
    signed: Option<Signed>,
}

/// A body whose chunks must have the right signatures.
#[derive(Debug)]
struct Signed {
    signatures: ChunkSignatures,
    /// What the chunk at hand was given; empty if nothing.
    given: String,
    has_signed_trailers: bool,
}

/// Why the framing cannot be taken off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ChunkFault {
    /// A size line, the end of a chunk or the end of the body is not as it must be.
    Framing,
    /// A trailer is no `name:value` or there is too much of them.
    Trailer,
    /// The signature of a chunk or of the trailers is not the right one.
    Signature(Box<ErrorAnswer>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Header,
    Payload {
        left: u64,
    },
    /// The line end after a chunk's payload; how many bytes of it were seen.
    PayloadEnd {
        seen: u8,
    },
    Trailers,
    Done,
}

impl ChunkedDecoder {
    pub(super) fn new() -> Self {
        Self {
            state: State::Header,
            line: Vec::new(),
            trailer_bytes: 0,
            trailers: Vec::new(),
            signed: None,
        }
    }

    /// The same for chunks that must be signed, and trailers if that is said.
    pub(super) fn verifying(
        mut self,
        signatures: ChunkSignatures,
        has_signed_trailers: bool,
    ) -> Self {
        self.signed = Some(Signed {
            signatures,
            given: String::new(),
            has_signed_trailers,
        });
        self
    }

    /// Takes from `wire` up to the next piece of payload, or all of it if there is none left in it.
    pub(super) fn decode(&mut self, wire: &mut Bytes) -> Result<Option<Bytes>, ChunkFault> {
        while !wire.is_empty() {
            match self.state {
                State::Header => {
                    if self
                        .take_line(wire, CHUNK_HEADER_BYTES_MAX)
                        .ok_or(ChunkFault::Framing)?
                    {
                        let header = ChunkHeader::read(&self.line).ok_or(ChunkFault::Framing)?;
                        let left = header.size;
                        if let Some(signed) = &mut self.signed {
                            header.signature.clone_into(&mut signed.given);
                        }
                        self.line.clear();
                        self.state = State::Payload { left };
                        if left == 0 {
                            self.end_chunk()?;
                            self.state = State::Trailers;
                        }
                    }
                }
                State::Payload { left } => {
                    let taken =
                        usize::try_from(left).map_or(wire.len(), |left| left.min(wire.len()));
                    let left = left - taken as u64;
                    self.state = if left == 0 {
                        State::PayloadEnd { seen: 0 }
                    } else {
                        State::Payload { left }
                    };
                    let payload = wire.split_to(taken);
                    if let Some(signed) = &mut self.signed {
                        signed.signatures.update(&payload);
                    }
                    return Ok(Some(payload));
                }
                State::PayloadEnd { seen } => {
                    self.state = match (seen, wire.get_u8()) {
                        (0, b'\r') => State::PayloadEnd { seen: 1 },
                        (1, b'\n') => State::Header,
                        _ => return Err(ChunkFault::Framing),
                    };
                    if self.state == State::Header {
                        self.end_chunk()?;
                    }
                }
                State::Trailers => {
                    let room = TRAILERS_BYTES_MAX - self.trailer_bytes;
                    if self.take_line(wire, room).ok_or(ChunkFault::Trailer)? {
                        self.end_trailer()?;
                    }
                }
                State::Done => return Err(ChunkFault::Framing),
            }
        }
        Ok(None)
    }

    /// Called at the end of the wire: the trailers, names in lower case, in their order.
    pub(super) fn finish(&mut self) -> Result<Vec<(String, String)>, ChunkFault> {
        if self.state != State::Done {
            return Err(ChunkFault::Framing);
        }
        let trailers = std::mem::take(&mut self.trailers);
        match &mut self.signed {
            Some(signed) if signed.has_signed_trailers => signed.end_trailers(&trailers)?,
            _ => {}
        }
        Ok(trailers)
    }

    fn end_chunk(&mut self) -> Result<(), ChunkFault> {
        match &mut self.signed {
            Some(signed) => Ok(signed.signatures.end_chunk(&signed.given)?),
            None => Ok(()),
        }
    }

    /// Moves bytes up to a line feed from `wire` to `line`; `Some(true)` when the line is whole,
    /// `None` when it is too long.
    fn take_line(&mut self, wire: &mut Bytes, bytes_max: usize) -> Option<bool> {
        let end = wire.iter().position(|byte| *byte == b'\n');
        let taken = end.map_or(wire.len(), |end| end + 1);
        if self.line.len() + taken > bytes_max {
            return None;
        }
        self.line.extend_from_slice(&wire.split_to(taken));
        Some(end.is_some())
    }

    fn end_trailer(&mut self) -> Result<(), ChunkFault> {
        self.trailer_bytes += self.line.len();
        let line = std::mem::take(&mut self.line);
        // AWS's own description ends some trailers with a bare line feed, so writers do.
        let line = str::from_utf8(&line)
            .map_err(|_| ChunkFault::Trailer)?
            .trim_end_matches(['\r', '\n']);
        if line.is_empty() {
            self.state = State::Done;
            return Ok(());
        }
        let (name, value) = line.split_once(':').ok_or(ChunkFault::Trailer)?;
        self.trailers
            .push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        Ok(())
    }
}

impl Signed {
    fn end_trailers(&mut self, trailers: &[(String, String)]) -> Result<(), ErrorAnswer> {
        let is_signature = |name: &str| name == TRAILER_SIGNATURE;
        let given = trailers.iter().find(|(name, _)| is_signature(name));
        let given = given.map_or("", |(_, value)| value);
        let signed = trailers
            .iter()
            .filter(|(name, _)| !is_signature(name))
            .map(|(name, value)| (name.as_str(), value.as_str()));
        self.signatures.end_trailers(signed, given)
    }
}

impl From<ErrorAnswer> for ChunkFault {
    fn from(mismatch: ErrorAnswer) -> Self {
        Self::Signature(Box::new(mismatch))
    }
}

/// The trailer that signs the others.
pub(super) const TRAILER_SIGNATURE: &str = "x-amz-trailer-signature";

/// `size` or `size;chunk-signature=…`, the size in hex.
#[derive(Debug, Clone, Copy)]
struct ChunkHeader<'a> {
    size: u64,
    /// Empty if there is none.
    signature: &'a str,
}

impl<'a> ChunkHeader<'a> {
    /// Reads the line with its end.
    fn read(line: &'a [u8]) -> Option<Self> {
        let line = str::from_utf8(line).ok()?.strip_suffix("\r\n")?;
        let (size, extension) = line
            .split_once(';')
            .map_or((line, None), |(size, rest)| (size, Some(rest)));
        let is_hex =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let mut signature = "";
        if let Some(extension) = extension {
            signature = extension.trim().strip_prefix("chunk-signature=")?;
            // Signatures of version 4A are padded with asterisks.
            if !is_hex(signature.trim_end_matches('*')) {
                return None;
            }
        }
        // `from_str_radix` would take a sign, so the digits are looked at first.
        let size = is_hex(size).then(|| u64::from_str_radix(size, 16).ok())??;
        Some(Self { size, signature })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Trailers = Vec<(String, String)>;

    fn decode(
        frames: impl IntoIterator<Item = Vec<u8>>,
    ) -> Result<(Vec<u8>, Trailers), ChunkFault> {
        let mut decoder = ChunkedDecoder::new();
        let mut payload = Vec::new();
        for frame in frames {
            let mut wire = Bytes::from(frame);
            while let Some(piece) = decoder.decode(&mut wire)? {
                payload.extend_from_slice(&piece);
            }
        }
        Ok((payload, decoder.finish()?))
    }

    fn encode(chunks: &[Vec<u8>], signed: bool, trailers: &[(&str, &str)]) -> Vec<u8> {
        let extension = if signed {
            format!(";chunk-signature={}", "ab".repeat(32))
        } else {
            String::new()
        };
        let mut wire = Vec::new();
        for chunk in chunks.iter().filter(|chunk| !chunk.is_empty()) {
            wire.extend_from_slice(format!("{:x}{extension}\r\n", chunk.len()).as_bytes());
            wire.extend_from_slice(chunk);
            wire.extend_from_slice(b"\r\n");
        }
        wire.extend_from_slice(format!("0{extension}\r\n").as_bytes());
        for (name, value) in trailers {
            wire.extend_from_slice(format!("{name}:{value}\r\n").as_bytes());
        }
        wire.extend_from_slice(b"\r\n");
        wire
    }

    fn split(wire: &[u8], cuts: &[prop::sample::Index]) -> Vec<Vec<u8>> {
        let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(wire.len() + 1)).collect();
        places.extend([0, wire.len()]);
        places.sort_unstable();
        places
            .windows(2)
            .map(|pair| wire[pair[0]..pair[1]].to_vec())
            .collect()
    }

    proptest! {
        #[test]
        fn any_payload_in_any_chunks_and_frames_comes_out_whole(
            chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..6),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
            signed: bool,
            has_trailer: bool,
        ) {
            let trailers: &[_] = if has_trailer { &[("X-Amz-Checksum-Crc32", " AAAAAA==")] } else { &[] };
            let wire = encode(&chunks, signed, trailers);
            let (payload, read) = decode(split(&wire, &cuts)).unwrap();
            prop_assert_eq!(payload, chunks.concat());
            prop_assert_eq!(read.len(), trailers.len());
            for (name, value) in read {
                prop_assert_eq!((name.as_str(), value.as_str()), ("x-amz-checksum-crc32", "AAAAAA=="));
            }
        }

        #[test]
        fn a_truncated_body_is_never_taken_for_whole(
            chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..4),
            cut: prop::sample::Index,
            signed: bool,
        ) {
            let wire = encode(&chunks, signed, &[("x-amz-checksum-crc32", "AAAAAA==")]);
            prop_assert!(decode([wire[..cut.index(wire.len())].to_vec()]).is_err());
        }

        #[test]
        fn garbage_is_decoded_or_refused_without_panic(frames in prop::collection::vec(
            prop_oneof![prop::collection::vec(any::<u8>(), 0..30), "[0-9a-f;:\r\n]{0,20}".prop_map(String::into_bytes)], 0..6,
        )) {
            let _ = decode(frames);
        }
    }

    #[test]
    fn broken_framing_is_refused() {
        let long_extension = format!(
            "1;chunk-signature={}\r\n",
            "a".repeat(CHUNK_HEADER_BYTES_MAX)
        );
        let many_trailers = format!("0\r\n{}", "a:b\r\n".repeat(TRAILERS_BYTES_MAX / 5 + 1));
        for (wire, fault) in [
            ("", ChunkFault::Framing),
            ("0\r\n", ChunkFault::Framing),
            ("0\n\r\n", ChunkFault::Framing),
            ("+0\r\n\r\n", ChunkFault::Framing),
            ("-1\r\n\r\n", ChunkFault::Framing),
            ("\r\n\r\n", ChunkFault::Framing),
            ("1\r\nab\r\n0\r\n\r\n", ChunkFault::Framing),
            ("2\r\na\r\n0\r\n\r\n", ChunkFault::Framing),
            ("1\r\na\n0\r\n\r\n", ChunkFault::Framing),
            ("1;signature=aa\r\na\r\n0\r\n\r\n", ChunkFault::Framing),
            (
                "1;chunk-signature=xyz\r\na\r\n0\r\n\r\n",
                ChunkFault::Framing,
            ),
            ("10000000000000000\r\na", ChunkFault::Framing),
            ("ffffffffffffffff\r\na", ChunkFault::Framing),
            ("0\r\n\r\nmore", ChunkFault::Framing),
            (&long_extension, ChunkFault::Framing),
            ("0\r\nno colon\r\n\r\n", ChunkFault::Trailer),
            (&many_trailers, ChunkFault::Trailer),
        ] {
            assert_eq!(
                decode([wire.as_bytes().to_vec()]).unwrap_err(),
                fault,
                "{wire:?}"
            );
        }
    }

    #[test]
    fn trailers_may_end_with_a_bare_line_feed() {
        let (payload, trailers) =
            decode([b"0\r\nx-amz-checksum-sha1:abc=\n\r\n".to_vec()]).unwrap();
        assert!(payload.is_empty());
        assert_eq!(
            trailers,
            [("x-amz-checksum-sha1".to_owned(), "abc=".to_owned())]
        );
    }
}
