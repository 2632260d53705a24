//! The objects of an export in S3: make the bucket, list the prefix, tell which objects are the job's.
//!
//! A job never tells the names of its files. Everybody lists the prefix after `COMPLETED` and keeps the
//! keys that end in `.gz`; beside them lie marker objects without data. Reading the objects is `download`'s.

use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};
use jiff::Timestamp;

use crate::ExportClient;
use crate::destination::Destination;
use crate::error::{Error, from_sdk, missing};
use crate::export_job::ExportJob;

/// The region whose buckets S3 makes without being told so, and refuses to be told.
const REGION_WITHOUT_CONSTRAINT: &str = "us-east-1";

/// One `.gz` object under the prefix of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportObject {
    /// The whole key.
    pub key: String,
    /// Size of the object, compressed.   \[bytes\]
    pub bytes: u64,
    /// When it was written, by the clock of S3.
    pub last_modified: Option<Timestamp>,
}

/// The objects among `listed` that belong to `job`.
///
/// Normally all of them. If there are more than the job has pieces, the prefix has been used before, and
/// those written before the job was made are left out; S3 dates to the second. What remains may still
/// differ in number from `TotalPieces`: that is for the caller to notice.
pub fn pieces_of(job: &ExportJob, listed: Vec<ExportObject>) -> Vec<ExportObject> {
    let is_surplus = job
        .total_pieces
        .is_some_and(|pieces| u64::try_from(listed.len()).is_ok_and(|listed| listed > pieces));
    let created: Option<Timestamp> = job
        .creation_date
        .as_ref()
        .and_then(|date| date.parse().ok());
    match created {
        Some(created) if is_surplus => listed
            .into_iter()
            .filter(|object| {
                object
                    .last_modified
                    .is_none_or(|written| written.as_second() >= created.as_second())
            })
            .collect(),
        _ => listed,
    }
}

/// Whether `key` names a file of an export, and not a marker or anything else that lies around. The service
/// writes the ending in lower case.
fn is_export_file(key: &str) -> bool {
    key.as_bytes().ends_with(b".gz")
}

impl ExportClient {
    /// Makes the bucket of `destination` in the region of the client, unless the caller has it already.
    ///
    /// # Errors
    /// If S3 refuses, for example because the bucket belongs to somebody else, or cannot be reached.
    pub async fn create_bucket(&self, destination: &Destination) -> Result<(), Error> {
        let constraint = self
            .s3
            .config()
            .region()
            .map(AsRef::as_ref)
            .filter(|region| *region != REGION_WITHOUT_CONSTRAINT)
            .map(|region| {
                CreateBucketConfiguration::builder()
                    .location_constraint(BucketLocationConstraint::from(region))
                    .build()
            });
        let answer = self
            .s3
            .create_bucket()
            .bucket(destination.bucket())
            .set_create_bucket_configuration(constraint)
            .send()
            .await;
        match answer.map_err(|error| from_sdk("CreateBucket", error)) {
            Err(Error::Service { code, .. }) if code == "BucketAlreadyOwnedByYou" => Ok(()),
            other => other.map(|_| ()),
        }
    }

    /// All objects under the prefix whose keys end in `.gz`, page by page, in the order of the keys.
    ///
    /// # Errors
    /// If S3 refuses, for example because the bucket does not exist, or cannot be reached.
    pub async fn list(&self, destination: &Destination) -> Result<Vec<ExportObject>, Error> {
        const OPERATION: &str = "ListObjectsV2";
        let prefix = Some(destination.prefix()).filter(|prefix| !prefix.is_empty());
        let mut pages = self
            .s3
            .list_objects_v2()
            .bucket(destination.bucket())
            .set_prefix(prefix.map(str::to_owned))
            .into_paginator()
            .send();
        let mut objects = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| from_sdk(OPERATION, error))?;
            for object in page.contents.unwrap_or_default() {
                let key = object.key.ok_or_else(|| missing(OPERATION, "Key"))?;
                if is_export_file(&key) {
                    objects.push(ExportObject {
                        key,
                        bytes: object
                            .size
                            .and_then(|bytes| u64::try_from(bytes).ok())
                            .ok_or_else(|| missing(OPERATION, "Size"))?,
                        last_modified: object
                            .last_modified
                            .and_then(|written| Timestamp::from_second(written.secs()).ok()),
                    });
                }
            }
        }
        Ok(objects)
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_pinpoint::types::JobStatus;

    use super::*;

    /// Of objects written at these seconds past noon, those kept for a job made at 12:00:10.500.
    fn check(total_pieces: Option<u64>, written: &[i64], kept: &[i64]) {
        let noon: Timestamp = "2026-01-02T12:00:00Z".parse().unwrap();
        let job = ExportJob {
            id: "job".to_owned(),
            status: JobStatus::Completed,
            creation_date: Some("2026-01-02T12:00:10.500Z".to_owned()),
            completion_date: None,
            total_pieces,
            completed_pieces: total_pieces,
            failed_pieces: None,
            total_processed: None,
            total_failures: None,
            failures: Vec::new(),
        };
        let objects = |seconds: &[i64]| -> Vec<ExportObject> {
            seconds
                .iter()
                .map(|second| ExportObject {
                    key: format!("{second}.gz"),
                    bytes: 1,
                    last_modified: Timestamp::from_second(noon.as_second() + second).ok(),
                })
                .collect()
        };
        assert_eq!(pieces_of(&job, objects(written)), objects(kept));
    }

    #[test]
    fn only_a_surplus_of_objects_is_sorted_out_by_date() {
        check(Some(2), &[10, 20], &[10, 20]);
        check(Some(2), &[3, 9, 10, 20], &[10, 20]);
        check(Some(1), &[3, 10, 20], &[10, 20]);
        // A clock of S3 that runs behind does no harm to a prefix that was used only once.
        check(Some(2), &[3, 4], &[3, 4]);
        check(None, &[3, 20], &[3, 20]);
        check(Some(0), &[], &[]);
    }
}
