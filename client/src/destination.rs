//! Where in S3 an export goes: a bucket and a prefix that end in one `/`.
//!
//! The names are checked only for what can be seen to be a slip; what a bucket may be called is for S3
//! to decide. This module also turns an object's key into a file name that stays in its folder.

use std::fmt;
use std::path::PathBuf;

use jiff::Timestamp;

/// Bucket and prefix of one export.
///
/// The prefix is empty or ends in `/`: the service puts one in if the request lacks it, so that a
/// listing without it would also find `exports-old/` under `exports`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    bucket: String,
    prefix: String,
}

/// A bucket name that cannot be one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{bucket:?} cannot be a bucket: {reason}")]
pub struct DestinationError {
    bucket: String,
    reason: &'static str,
}

impl Destination {
    /// The folder `prefix` of `bucket`; `prefix` may lack its final slash, and may be empty.
    ///
    /// # Errors
    /// If `bucket` is empty, or is a URL or a path instead of a name.
    pub fn new(
        bucket: impl Into<String>,
        prefix: impl Into<String>,
    ) -> Result<Self, DestinationError> {
        let bucket = bucket.into();
        let refusal = if bucket.is_empty() {
            Some("the name is empty")
        } else if bucket.contains('/') {
            Some("give the name alone, the folder in it is the prefix")
        } else if !(3..=255).contains(&bucket.len()) {
            Some("a name has at least 3 characters")
        } else if !bucket
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte))
        {
            Some("a name has only letters, digits, dots and hyphens")
        } else {
            None
        };
        if let Some(reason) = refusal {
            return Err(DestinationError { bucket, reason });
        }
        let mut prefix = prefix.into();
        if !prefix.is_empty() && !prefix.ends_with('/') {
            prefix.push('/');
        }
        Ok(Self { bucket, prefix })
    }

    /// The prefix that a run chooses when none is given:
    /// `exports/{application-id}_{UTC time}/`, for example `exports/0123…_20260102T030405678Z/`.
    ///
    /// `attempt` counts from 1; later ones have their number after the time, so that each has a prefix of
    /// its own.
    pub fn prefix_for_run(application_id: &str, started: Timestamp, attempt: usize) -> String {
        let time = started.strftime("%Y%m%dT%H%M%S%3fZ");
        match attempt {
            1 => format!("exports/{application_id}_{time}/"),
            _ => format!("exports/{application_id}_{time}-{attempt}/"),
        }
    }

    /// Name of the bucket.
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// Prefix of the export's objects: empty, or ending in `/`.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Path relative to a download folder for the object `key`.
    ///
    /// The part of the key after the prefix, its folders kept as folders. Whatever could lead out of the
    /// folder or is no file name on some system (`.`, `..`, empty names, `\`, `:`, control characters and
    /// the like) is written as `%` and two hexadecimal digits, and so is `%`: different keys get
    /// different names.
    pub fn local_path(&self, key: &str) -> PathBuf {
        key.strip_prefix(&self.prefix)
            .unwrap_or(key)
            .split('/')
            .map(file_name)
            .collect()
    }
}

/// The `S3UrlPrefix` of the export, for example `s3://bucket/exports/`.
impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.prefix.is_empty() {
            write!(f, "s3://{}", self.bucket)
        } else {
            write!(f, "s3://{}/{}", self.bucket, self.prefix)
        }
    }
}

fn file_name(segment: &str) -> String {
    match segment {
        // A lone % stands for no other segment, since a % in a key is written %25.
        "" => "%".to_owned(),
        "." => "%2E".to_owned(),
        ".." => "%2E%2E".to_owned(),
        _ => segment
            .chars()
            .map(|char| {
                if char.is_ascii_control() || r#"%\:<>"|?*"#.contains(char) {
                    format!("%{:02X}", u32::from(char))
                } else {
                    char.to_string()
                }
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::{Component, Path};

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn prefix_ends_in_one_slash_and_may_be_empty() {
        for (prefix, url) in [
            ("", "s3://bucket"),
            ("exports", "s3://bucket/exports/"),
            ("exports/", "s3://bucket/exports/"),
            ("a/b:c", "s3://bucket/a/b:c/"),
        ] {
            let destination = Destination::new("bucket", prefix).unwrap();
            assert_eq!(destination.to_string(), url);
        }
    }

    #[test]
    fn slips_in_bucket_names_are_refused() {
        for bucket in [
            "",
            "s3://bucket",
            "bucket/folder",
            "ab",
            "my bucket",
            "büro",
        ] {
            assert!(Destination::new(bucket, "").is_err(), "{bucket:?}");
        }
        for bucket in ["bucket", "my.bucket-1", "Legacy_Bucket"] {
            assert!(Destination::new(bucket, "").is_ok(), "{bucket:?}");
        }
    }

    #[test]
    fn prefix_of_a_run_names_application_and_utc_time() {
        let started: Timestamp = "2026-01-02T03:04:05.678Z".parse().unwrap();
        for (attempt, prefix) in [
            (1, "exports/0123_20260102T030405678Z/"),
            (2, "exports/0123_20260102T030405678Z-2/"),
        ] {
            assert_eq!(
                Destination::prefix_for_run("0123", started, attempt),
                prefix
            );
        }
    }

    #[test]
    fn local_path_follows_the_key_below_the_prefix() {
        let destination = Destination::new("bucket", "exports").unwrap();
        for (key, path) in [
            ("exports/a.gz", "a.gz"),
            ("exports/b/a.gz", "b/a.gz"),
            ("exports/../../a.gz", "%2E%2E/%2E%2E/a.gz"),
            ("exports//etc/passwd.gz", "%/etc/passwd.gz"),
            ("/etc/passwd.gz", "%/etc/passwd.gz"),
            ("exports/C:\\a.gz", "C%3A%5Ca.gz"),
            ("exports/50%.gz", "50%25.gz"),
            ("exports/数.gz", "数.gz"),
        ] {
            assert_eq!(destination.local_path(key), Path::new(path), "{key}");
        }
    }

    proptest! {
        #[test]
        fn local_paths_stay_inside_and_never_collide(
            keys in prop::collection::btree_set("[./%:a\\\\\u{0}\u{1f}é]{0,8}", 0..20)
        ) {
            let destination = Destination::new("bucket", "").unwrap();
            let paths: BTreeSet<PathBuf> = keys.iter().map(|key| destination.local_path(key)).collect();
            prop_assert_eq!(paths.len(), keys.len());
            let inside = |path: &PathBuf| path.components().all(|part| matches!(part, Component::Normal(_)));
            prop_assert!(paths.iter().all(inside));
        }
    }
}
