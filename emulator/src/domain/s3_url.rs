//! `s3://bucket/prefix`, as jobs take it.

use std::fmt;

/// A parsed `S3UrlPrefix` or `S3Url`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct S3Url {
    bucket: String,
    prefix: String,
}

impl S3Url {
    /// Accepts `s3://`, a bucket name of 3 to 63 letters, digits, `.`, `-` and `_`, and any prefix.
    /// Whether the bucket exists is for the job to find out.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("s3://")?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let valid = (3..=63).contains(&bucket.len())
            && bucket
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b));
        valid.then(|| Self {
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
        })
    }

    /// The bucket's name.
    pub(crate) fn bucket(&self) -> &str {
        &self.bucket
    }

    /// What follows the bucket and its slash, as given; a key or the beginning of one.
    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The prefix with the slash that the service puts between it and a name; empty if there is
    /// none.
    ///
    /// # Source
    /// Assumed: a client in production sends a prefix without slash and lists it with one;
    /// case: export-jobs/prefix-without-final-slash
    pub(crate) fn folder(&self) -> String {
        match self.prefix.as_str() {
            "" => String::new(),
            prefix if prefix.ends_with('/') => prefix.to_owned(),
            prefix => format!("{prefix}/"),
        }
    }
}

impl fmt::Display for S3Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn folders_end_with_one_slash() {
        for (url, bucket, prefix, folder) in [
            (
                "s3://bucket-name/prefix/",
                "bucket-name",
                "prefix/",
                "prefix/",
            ),
            (
                "s3://bucket-name/prefix",
                "bucket-name",
                "prefix",
                "prefix/",
            ),
            ("s3://bucket-name/", "bucket-name", "", ""),
            ("s3://bucket-name", "bucket-name", "", ""),
            (
                "s3://bucket/exports/2021-05-01T10:15:30",
                "bucket",
                "exports/2021-05-01T10:15:30",
                "exports/2021-05-01T10:15:30/",
            ),
            ("s3://bucket//a", "bucket", "/a", "/a/"),
        ] {
            let parsed = S3Url::parse(url).unwrap();
            assert_eq!(
                (parsed.bucket(), parsed.prefix(), parsed.folder().as_str()),
                (bucket, prefix, folder),
                "{url}"
            );
        }
    }

    #[test]
    fn what_is_no_s3_url_is_refused() {
        for text in [
            "",
            "s3://",
            "s3:///a",
            "S3://bucket/a",
            "bucket/a",
            "https://bucket/a",
            "s3://a b/c",
            "s3://ab",
        ] {
            assert_eq!(S3Url::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn printing_and_parsing_are_inverse(bucket in "[a-z0-9.-]{3,63}", prefix in "\\PC{0,40}") {
            let parsed = S3Url::parse(&format!("s3://{bucket}/{prefix}")).unwrap();
            prop_assert_eq!(S3Url::parse(&parsed.to_string()), Some(parsed));
        }
    }
}
