//! Reads a gzip stream of any number of members and knows in which one it is.
//!
//! `flate2` has a decoder for several members, but its errors do not say which of them is damaged. Used by
//! `endpoint_file`; it knows nothing of lines.

use std::io::{self, BufRead, Read};

use flate2::bufread::GzDecoder;

/// The decompressed bytes of all members, one after the other.
#[derive(Debug)]
pub(crate) struct GzipMembers<R> {
    /// `None` only after the last member.
    decoder: Option<GzDecoder<R>>,
    member: u64,
}

impl<R: BufRead> GzipMembers<R> {
    pub(crate) fn new(compressed: R) -> Self {
        Self {
            decoder: Some(GzDecoder::new(compressed)),
            member: 1,
        }
    }

    /// Number of the member that was read last, counted from 1.
    pub(crate) fn member(&self) -> u64 {
        self.member
    }
}

impl<R: BufRead> Read for GzipMembers<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // An empty buffer would look like the end of the member.
        if buffer.is_empty() {
            return Ok(0);
        }
        // Errors leave the decoder in place: after an interrupted call the reader is asked again.
        while let Some(decoder) = &mut self.decoder {
            let count = decoder.read(buffer)?;
            if count > 0 {
                return Ok(count);
            }
            let is_last = decoder.get_mut().fill_buf()?.is_empty();
            let finished = self.decoder.take().map(GzDecoder::into_inner);
            if !is_last {
                self.member += 1;
                self.decoder = finished.map(GzDecoder::new);
            }
        }
        Ok(0)
    }
}
