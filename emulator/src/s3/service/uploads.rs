//! Moves the bytes of a request, or of another object, into a writer of the store.

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use s3s::S3Result;

use super::refusals::{self, error};
use crate::facts::s3_limits::PUT_BYTES_MAX;
use crate::s3::object_store::ObjectWriter;

/// Writes all of `source` and commits; on any fault nothing is committed.
///
/// `size_announced` must be met exactly.   (bytes)
///
/// # Errors
/// `IncompleteBody` if the source fails or has another size, `EntityTooLarge`, or what the store
/// says.
pub(super) async fn store<C, S, E>(
    mut writer: Box<dyn ObjectWriter<C>>,
    source: Option<S>,
    size_announced: Option<u64>,
) -> S3Result<C>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin,
{
    let filled = match source {
        Some(source) => fill(writer.as_mut(), source).await,
        None => Ok(0),
    };
    let is_whole = |size: u64| size_announced.is_none_or(|announced| announced == size);
    let fault = match filled {
        Ok(size) if is_whole(size) => return writer.commit().await.map_err(refusals::of_store),
        Ok(_) => error("IncompleteBody"),
        Err(fault) => fault,
    };
    writer.abort().await;
    Err(fault)
}

/// Gives the number of bytes written.
async fn fill<C, S, E>(writer: &mut dyn ObjectWriter<C>, mut source: S) -> S3Result<u64>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin,
{
    let mut size = 0;
    while let Some(bytes) = source.next().await {
        let bytes = bytes.map_err(|_| error("IncompleteBody"))?;
        size += bytes.len() as u64;
        if size > PUT_BYTES_MAX {
            return Err(error("EntityTooLarge"));
        }
        writer.write(bytes).await.map_err(refusals::of_store)?;
        // A source in memory is always ready: others get their turn between its pieces.
        tokio::task::coop::consume_budget().await;
    }
    Ok(size)
}
