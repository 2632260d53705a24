//! CreateImportJob, GetImportJob, GetImportJobs, GetSegmentImportJobs.
//!
//! Creating a job looks for its files, reads the beginning of the first, and writes the job down
//! together with its segment, if it makes or goes on with one; the runner does the work.

use std::io::BufRead;

use jiff::Timestamp;

use super::segments::find_segment;
use super::{Context, PageQuery, find_application, jobs};
use crate::domain::id::{AccountId, SegmentId};
use crate::domain::import::source::{Files, TooMuch, is_file_of};
use crate::domain::import::{self, FileFault};
use crate::domain::s3_url::S3Url;
use crate::domain::segment::Criteria;
use crate::domain::tags::Tags;
use crate::facts::messages;
use crate::facts::quotas::IMPORT_JOBS_ACTIVE_MAX;
use crate::model::exception::Exception;
use crate::model::import_job::{ImportJobRequest, ImportJobResource};
use crate::model::job::{JobResponse, JobsResponse};
use crate::model::segment::{Format, SegmentImportResource};
use crate::runner::blocking::{WatchedReader, watched};
use crate::runner::{NewImport, NewWork};
use crate::s3::object_store::{ListQuery, ObjectStore, ObjectStoreError};
use crate::seed::Seed;
use crate::store::applications::{Application, Scope};
use crate::store::segments::imported::{insert_imported, new_imported_version};
use crate::store::segments::{self, Segment, VersionNumber};
use crate::store::{Transaction, View, jobs as stored};

/// Objects that are looked at in one go.
const LIST_PAGE: usize = 1000;

/// CreateImportJob: writes the job down as CREATED and hands it to the runner.
///
/// # Source
/// That the first file is looked at before the answer: aws/aws-sdk issue 660; recorded;
/// case: import-jobs/first-line-is-not-json. Order of the checks (application, body, segment,
/// files): assumed; case: import-jobs/checks-in-order
pub(crate) async fn create_import_job(
    context: &Context,
    scope: Scope,
    application_id: String,
    input: Result<ImportJobRequest, Exception>,
) -> Result<JobResponse<ImportJobResource>, Exception> {
    let (reader_scope, reader_id) = (scope.clone(), application_id.clone());
    let (definition, source, account) = context
        .store
        .read(move |view| {
            let application = find_application(view, &reader_scope, &reader_id)?;
            let (definition, source) = parse(input?, &application)?;
            given_segment(view, &application, &definition)?;
            Ok::<_, Exception>((definition, source, application.scope.account))
        })
        .await?;
    let objects = context.objects.as_ref();
    let files = find_files(objects, &source, &account, definition.format).await?;
    let (seed, created) = (context.seed, context.clock.now());
    let has_quotas = context.throttle.has_quotas();
    let (record, segment) = context
        .store
        .write(move |tx| {
            // Both may have gone while files were looked for.
            let application = find_application(tx, &scope, &application_id)?;
            let segment = given_segment(tx, &application, &definition)?;
            if has_quotas {
                let (max, message) = (IMPORT_JOBS_ACTIVE_MAX, messages::IMPORT_JOBS_EXCEEDED);
                jobs::check_quota::<ImportJobResource>(tx, &scope, max, message)?;
            }
            let (definition, segment) =
                define_segment(tx, &seed, &application, definition, segment, created)?;
            let record = stored::insert(tx, &seed, &application.id, definition, created)?;
            Ok::<_, Exception>((record, segment))
        })
        .await?;
    let work = NewWork::Import(NewImport {
        bucket: source.bucket().to_owned(),
        files,
        format: record.definition.format,
        account,
        registers: record.definition.register_endpoints,
        segment,
        seed,
    });
    jobs::start(context, record, work).await
}

/// GetImportJob.
pub(crate) async fn get_import_job(
    context: &Context,
    scope: Scope,
    application_id: String,
    job_id: String,
) -> Result<JobResponse<ImportJobResource>, Exception> {
    jobs::get(context, scope, application_id, job_id).await
}

/// GetImportJobs: a page of the application's jobs, newest first.
pub(crate) async fn get_import_jobs(
    context: &Context,
    scope: Scope,
    application_id: String,
    query: PageQuery,
) -> Result<JobsResponse<ImportJobResource>, Exception> {
    jobs::list(context, scope, application_id, query).await
}

/// GetSegmentImportJobs: a page of the jobs that brought a segment its members, newest first.
pub(crate) async fn get_segment_import_jobs(
    context: &Context,
    scope: Scope,
    application_id: String,
    segment_id: String,
    query: PageQuery,
) -> Result<JobsResponse<ImportJobResource>, Exception> {
    jobs::list_of_segment(context, scope, application_id, segment_id, query).await
}

/// # Source
/// Both `RegisterEndpoints` and `DefineSegment` false is refused: Developer Guide,
/// audience-define-import; documented; case: import-jobs/neither-registers-nor-defines. That the
/// account stands in for `ExternalId`, and false for the booleans: the same page; recorded;
/// case: import-jobs/create-answers-created. A `SegmentId` without `DefineSegment` is refused:
/// assumed; case: import-jobs/segment-id-without-define-segment
fn parse(
    input: ImportJobRequest,
    application: &Application,
) -> Result<(ImportJobResource, S3Url), Exception> {
    let source = S3Url::parse(&input.s3_url)
        .ok_or_else(|| Exception::bad_request(messages::S3_URL_INVALID))?;
    jobs::check_role_arn(&input.role_arn)?;
    let definition = ImportJobResource {
        s3_url: input.s3_url,
        role_arn: input.role_arn,
        external_id: input
            .external_id
            .unwrap_or_else(|| application.scope.account.to_string()),
        format: input.format,
        register_endpoints: input.register_endpoints.unwrap_or_default(),
        define_segment: input.define_segment.unwrap_or_default(),
        segment_id: input.segment_id,
        segment_name: input.segment_name,
    };
    if !definition.register_endpoints && !definition.define_segment {
        return Err(Exception::bad_request(messages::IMPORT_DOES_NOTHING));
    }
    if definition.segment_id.is_some() && !definition.define_segment {
        return Err(Exception::bad_request(
            messages::SEGMENT_ID_WITHOUT_DEFINE_SEGMENT,
        ));
    }
    Ok((definition, source))
}

/// The segment that a job goes on with, if it names one.
fn given_segment(
    view: &dyn View,
    application: &Application,
    definition: &ImportJobResource,
) -> Result<Option<Segment>, Exception> {
    let Some(id) = &definition.segment_id else {
        return Ok(None);
    };
    let segment = find_segment(view, application, id)?;
    match segments::latest(view, &segment)?.criteria {
        Criteria::Imported(_) => Ok(Some(segment)),
        _ => Err(Exception::bad_request(messages::SEGMENT_NOT_IMPORTED)),
    }
}

/// Makes the segment of a job, or a new version of the one it goes on with. Its members come later.
///
/// # Source
/// The id of a new segment is in the create answer: two AWS sample stacks read it there; recorded;
/// case: import-jobs/new-segment. That a given segment gets a new version which holds the old members
/// too: assumed; case: import-jobs/another-import-into-a-segment
fn define_segment(
    tx: &mut dyn Transaction,
    seed: &Seed,
    application: &Application,
    definition: ImportJobResource,
    segment: Option<Segment>,
    created: Timestamp,
) -> Result<(ImportJobResource, Option<(SegmentId, VersionNumber)>), Exception> {
    if !definition.define_segment {
        return Ok((definition, None));
    }
    let import = SegmentImportResource {
        channel_counts: None,
        external_id: definition.external_id.clone(),
        format: definition.format,
        role_arn: definition.role_arn.clone(),
        s3_url: definition.s3_url.clone(),
        size: 0,
    };
    let name = definition.segment_name.clone();
    let (id, version) = match segment {
        None => {
            let (segment, version) = insert_imported(
                tx,
                seed,
                &application.id,
                import,
                name,
                Tags::new(),
                created,
            )?;
            (segment.id, version.number)
        }
        Some(mut segment) => {
            let version = new_imported_version(tx, &mut segment, import, name, created)?
                .expect("it was found to be an imported segment");
            (segment.id, version.number)
        }
    };
    let definition = ImportJobResource {
        segment_id: Some(id.to_string()),
        ..definition
    };
    Ok((definition, Some((id, version))))
}

/// The keys of the files, after a look at the first.
///
/// # Source
/// One key or a prefix: API model, ImportJobRequest; documented;
/// case: import-jobs/files-of-a-prefix. That an object of exactly that key is taken alone, and texts
/// and statuses of what is missing: assumed; case: import-jobs/missing-bucket. The text about a first
/// line that is no JSON stands alone, as recorded, if `S3Url` says which file is meant; that others
/// name the file: assumed; case: import-jobs/faults-name-the-file
async fn find_files(
    objects: &dyn ObjectStore,
    source: &S3Url,
    account: &AccountId,
    format: Format,
) -> Result<Vec<String>, Exception> {
    let (bucket, prefix) = (source.bucket(), source.prefix());
    let refuse =
        |reason: &str| Exception::bad_request(messages::read_failed(bucket, prefix, reason));
    let failed = |error: ObjectStoreError| match error {
        ObjectStoreError::Internal(_) => Exception::internal(&error),
        refusal => refuse(&refusal.to_string()),
    };
    if objects.bucket(bucket).await.map_err(failed)?.info.owner != *account {
        return Err(refuse(messages::ACCESS_DENIED));
    }
    let mut files = Files::default();
    let too_much = |too_much| match too_much {
        TooMuch::Files => Exception::bad_request(messages::TOO_MANY_FILES),
        TooMuch::Bytes => Exception::bad_request(messages::FILES_TOO_LARGE),
    };
    match objects.get_object(bucket, prefix, None).await {
        // What S3's console calls a folder is an empty object.
        Ok(object) if !(prefix.ends_with('/') && object.info.size == 0) => {
            files.add(prefix, object.info.size).map_err(too_much)?;
        }
        Ok(_) | Err(ObjectStoreError::NoSuchKey) => {
            let mut query = ListQuery {
                prefix: prefix.to_owned(),
                max_keys: LIST_PAGE,
                ..ListQuery::default()
            };
            loop {
                let page = objects.list_objects(bucket, &query).await.map_err(failed)?;
                for (key, info) in page.objects {
                    if is_file_of(format, &key) {
                        files.add(&key, info.size).map_err(too_much)?;
                    }
                }
                match page.next {
                    Some(next) => query.start_after = next,
                    None => break,
                }
            }
        }
        Err(error) => return Err(failed(error)),
    }
    let keys = files.into_keys();
    let first = keys.first().ok_or_else(|| refuse(messages::NO_FILES))?;
    let file = objects
        .get_object(bucket, first, None)
        .await
        .map_err(failed)?;
    let checked = check_beginning(format, move || file.blocking_reader()).await?;
    checked.map_err(|fault| {
        let reason = fault.to_string();
        Exception::bad_request(if first == prefix && fault.is_of_the_service() {
            reason
        } else {
            messages::read_failed(bucket, first, &reason)
        })
    })?;
    Ok(keys)
}

/// Looks at the beginning of a file, which is after all blank lines, for as long as the client waits.
async fn check_beginning<R: BufRead>(
    format: Format,
    open: impl FnOnce() -> R + Send + 'static,
) -> Result<Result<(), FileFault>, Exception> {
    let checked = watched(move |given_up| {
        let reader = open();
        import::check_beginning(format, WatchedReader { reader, given_up })
    });
    checked.await.map_err(|error| Exception::internal(&error))
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::mpsc;

    use tokio::sync::oneshot;

    use super::*;
    use crate::s3::object_store::{BucketInfo, ObjectAttributes};
    use crate::s3::store::MemoryObjectStore;
    use crate::seed::Seed;

    async fn put(objects: &MemoryObjectStore, key: &str, text: &'static str) {
        let attributes = ObjectAttributes::new(Timestamp::UNIX_EPOCH);
        let writer = objects.put_object("bucket", key, attributes.into()).await;
        let mut writer = writer.unwrap();
        writer.write(text.into()).await.unwrap();
        writer.commit().await.unwrap();
    }

    async fn bucket() -> MemoryObjectStore {
        let objects = MemoryObjectStore::in_memory(&Seed::new(0));
        let bucket = BucketInfo {
            name: "bucket".to_owned(),
            owner: AccountId::default(),
            region: crate::domain::id::Region::parse("us-east-1").unwrap(),
            created: Timestamp::UNIX_EPOCH,
        };
        objects.create_bucket(bucket).await.unwrap();
        objects
    }

    async fn found(objects: &MemoryObjectStore, url: &str) -> Result<Vec<String>, String> {
        let source = S3Url::parse(url).unwrap();
        let found = find_files(objects, &source, &AccountId::default(), Format::Csv).await;
        found.map_err(|exception| exception.message)
    }

    #[tokio::test]
    async fn a_key_stands_for_itself_and_else_for_what_begins_with_it() {
        let objects = bucket().await;
        for key in ["a", "a.csv", "a.json", "ab/c.csv", "folder/d.csv"] {
            put(&objects, key, "Id\n").await;
        }
        put(&objects, "folder/", "").await;
        for (url, expected) in [
            ("s3://bucket/a", vec!["a"]),
            ("s3://bucket/a.", vec!["a.csv"]),
            ("s3://bucket/ab", vec!["ab/c.csv"]),
            ("s3://bucket/folder/", vec!["folder/d.csv"]),
            ("s3://bucket", vec!["a.csv", "ab/c.csv", "folder/d.csv"]),
        ] {
            assert_eq!(found(&objects, url).await.unwrap(), expected, "{url}");
        }
        let nothing = found(&objects, "s3://bucket/b").await.unwrap_err();
        assert_eq!(
            nothing,
            messages::read_failed("bucket", "b", messages::NO_FILES)
        );
    }

    #[tokio::test]
    async fn more_than_ten_thousand_files_are_refused() {
        let objects = bucket().await;
        for number in 0..10_000 {
            put(&objects, &format!("{number}.csv"), "Id\n").await;
        }
        assert_eq!(found(&objects, "s3://bucket/").await.unwrap().len(), 10_000);
        put(&objects, "one-more.csv", "Id\n").await;
        let refused = found(&objects, "s3://bucket/").await.unwrap_err();
        assert_eq!(refused, messages::TOO_MANY_FILES);
    }

    /// Blank lines without end. It tells that it is read, lets one buffer be read when it is told to, and
    /// tells at last how many were.
    struct BlankLines {
        begun: Option<oneshot::Sender<()>>,
        go_on: mpsc::Receiver<()>,
        buffers: u32,
        dropped: Option<oneshot::Sender<u32>>,
    }

    impl io::Read for BlankLines {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            unreachable!("lines are read by the buffer")
        }
    }

    impl BufRead for BlankLines {
        fn fill_buf(&mut self) -> io::Result<&[u8]> {
            if let Some(begun) = self.begun.take() {
                begun.send(()).unwrap();
                self.go_on.recv().unwrap();
            }
            self.buffers += 1;
            // Whoever reads on when nobody waits comes to an end some time.
            Ok(&b"\n"[..usize::from(self.buffers < 100)])
        }

        fn consume(&mut self, _: usize) {}
    }

    impl Drop for BlankLines {
        fn drop(&mut self) {
            let _ = self.dropped.take().unwrap().send(self.buffers);
        }
    }

    #[tokio::test]
    async fn blank_lines_are_read_no_further_when_the_client_is_gone() {
        for format in [Format::Csv, Format::Json] {
            let (begun, has_begun) = oneshot::channel();
            let (may_go_on, go_on) = mpsc::channel();
            let (dropped, buffers) = oneshot::channel();
            let lines = BlankLines {
                begun: Some(begun),
                go_on,
                buffers: 0,
                dropped: Some(dropped),
            };
            let mut checking = Box::pin(check_beginning(format, || lines));
            tokio::select! {
                _ = &mut checking => panic!("it waits"),
                begun = has_begun => begun.unwrap(),
            }
            drop(checking);
            may_go_on.send(()).unwrap();
            assert_eq!(buffers.await.unwrap(), 1, "{format:?}");
        }
    }
}
