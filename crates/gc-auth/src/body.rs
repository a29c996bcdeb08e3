//! Reading an answer whole, and no more than that.

use bytes::{Bytes, BytesMut};

/// The most bytes set aside because an answer announces them. What is longer grows as it comes,
/// so that a wrong length costs nothing.
const LARGEST_GUESS: u64 = 64 * 1024 * 1024;

/// Why a body could not be read.
#[derive(Debug)]
pub(crate) enum BodyError {
    /// The connection broke, or was silent for too long.
    Failed(reqwest::Error),
    /// There is more than the limit.
    TooLarge,
}

impl From<reqwest::Error> for BodyError {
    fn from(error: reqwest::Error) -> Self {
        Self::Failed(error)
    }
}

/// Reads the body of an answer; a body in one piece is handed on as it is.
///
/// # Cancel safety
///
/// Dropping the future drops the connection.
pub(crate) async fn read(
    mut response: reqwest::Response,
    limit: usize,
) -> Result<Bytes, BodyError> {
    let announced = response.content_length().unwrap_or(0);
    if usize::try_from(announced).is_ok_and(|bytes| bytes > limit) {
        return Err(BodyError::TooLarge);
    }
    let first = response.chunk().await?.unwrap_or_default();
    let mut next = response.chunk().await?;
    if next.is_none() {
        return within(first.len(), limit).map(|()| first);
    }
    let mut whole = BytesMut::with_capacity(guess(announced));
    whole.extend_from_slice(&first);
    while let Some(piece) = next {
        within(whole.len() + piece.len(), limit)?;
        whole.extend_from_slice(&piece);
        next = response.chunk().await?;
    }
    Ok(whole.freeze())
}

fn within(bytes: usize, limit: usize) -> Result<(), BodyError> {
    if bytes > limit {
        Err(BodyError::TooLarge)
    } else {
        Ok(())
    }
}

fn guess(announced: u64) -> usize {
    usize::try_from(announced.min(LARGEST_GUESS)).unwrap_or(0)
}
