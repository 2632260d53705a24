//! What a write asks of the object that it would replace or delete.

/// A condition on a write.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum WriteCondition {
    /// None.
    #[default]
    Always,
    /// The object has this `ETag`, here without quotes.
    IfMatch(String),
    /// There is an object.
    IfThere,
    /// There is none.
    IfAbsent,
}

/// Why a condition does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unmet {
    /// There is no object that could match.
    NoObject,
    /// The condition of this header failed.
    Failed(&'static str),
}

impl WriteCondition {
    /// Judges by the `ETag` of the latest version; a delete marker has none.
    ///
    /// # Source
    /// Recorded on S3 by the tests of `LocalStack` (`TestS3ObjectWritePrecondition`, 2026-02-21);
    /// recorded; case: s3-conditions/put-if-match, s3-conditions/put-if-absent
    pub(crate) fn judge(&self, etag: Option<&str>) -> Result<(), Unmet> {
        match (self, etag) {
            (Self::Always, _) | (Self::IfThere, Some(_)) | (Self::IfAbsent, None) => Ok(()),
            (Self::IfMatch(wanted), Some(etag)) if wanted == etag => Ok(()),
            (Self::IfMatch(_), Some(_)) => Err(Unmet::Failed("If-Match")),
            (Self::IfMatch(_) | Self::IfThere, None) => Err(Unmet::NoObject),
            (Self::IfAbsent, Some(_)) => Err(Unmet::Failed("If-None-Match")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_judged_by_the_latest_object() {
        let if_match = WriteCondition::IfMatch("a".to_owned());
        for (condition, etag, expected) in [
            (&WriteCondition::Always, None, Ok(())),
            (&WriteCondition::Always, Some("a"), Ok(())),
            (&if_match, Some("a"), Ok(())),
            (&if_match, Some("b"), Err(Unmet::Failed("If-Match"))),
            (&if_match, None, Err(Unmet::NoObject)),
            (&WriteCondition::IfThere, Some("b"), Ok(())),
            (&WriteCondition::IfThere, None, Err(Unmet::NoObject)),
            (&WriteCondition::IfAbsent, None, Ok(())),
            (
                &WriteCondition::IfAbsent,
                Some("a"),
                Err(Unmet::Failed("If-None-Match")),
            ),
        ] {
            assert_eq!(condition.judge(etag), expected, "{condition:?} {etag:?}");
        }
    }
}
