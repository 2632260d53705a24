//! Transitions of export and import jobs.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// One step.
#[derive(Debug, Clone)]
pub(crate) enum Transition {
    /// An endpoint is written under one of a few ids.
    PutEndpoint(u8),
    /// An endpoint is deleted.
    DeleteEndpoint(u8),
    /// CreateExportJob.
    Create(Create),
    /// GetExportJob of the job with this number, modulo their number.
    Get(u16),
    /// GetExportJob of a job that never was.
    GetUnknown,
    /// The next page of GetExportJobs; a walk that has begun goes on unless it begins anew.
    Page {
        /// Size of the walk's pages, if it begins; `None` leaves it to the service.
        size: Option<u8>,
        /// Whether it begins anew.
        anew: bool,
    },
    /// GetExportJobs with this query, which is refused.
    BadPage(&'static str),
    /// The files of a job that has completed are read.
    ReadFiles(u16),
    /// CreateImportJob of files, which are put there first.
    CreateImport(NewImport),
    /// CreateImportJob with this body, which is refused.
    BadImport(&'static str),
    /// CreateImportJob into a segment that never was.
    ImportIntoUnknownSegment,
    /// GetImportJob of the job with this number, modulo their number.
    GetImport(u16),
    /// The next page of GetImportJobs, as of GetExportJobs.
    PageOfImports {
        /// Size of the walk's pages, if it begins; `None` leaves it to the service.
        size: Option<u8>,
        /// Whether it begins anew.
        anew: bool,
    },
    /// The jobs of the segment that the import with this number made, modulo their number.
    JobsOfSegment(u16),
    /// Time passes.
    Advance(u64),
    /// All objects are deleted, then the bucket.
    RemoveBucket,
    /// The bucket is made again.
    MakeBucket,
    /// The application is deleted; nothing answers any more.
    DeleteApplication,
}

/// One file to import or two, and what is to become of them.
#[derive(Debug, Clone)]
pub(crate) struct NewImport {
    /// Its rows.
    pub rows: Vec<Row>,
    /// The rows of a second file, if the job names a prefix and there are any.
    pub more_rows: Vec<Row>,
    /// Whether it is CSV, or else JSON.
    pub is_csv: bool,
    /// Whether the job names a prefix, under which the file lies with one of another format.
    pub by_prefix: bool,
    /// Whether the job makes a segment.
    pub defines_segment: bool,
}

/// A row of a file to import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Row {
    /// A whole endpoint under one of a few ids.
    Whole(u8),
    /// A new endpoint without an address.
    NoAddress,
    /// Of JSON the first line is looked at before a job is accepted, so this is never the first of the
    /// first file.
    Unreadable,
}

/// Good and bad requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Create {
    /// To a folder of its own, with or without the final slash.
    Good {
        /// Whether the prefix ends in a slash.
        slash: bool,
    },
    /// To a bucket that never was.
    MissingBucket,
    /// Refused for its body.
    BadBody(&'static str),
    /// Of a segment that never was.
    UnknownSegment,
}

pub(crate) fn transition() -> BoxedStrategy<Transition> {
    let millis = vec![1_u64, 30, 99, 100, 101, 250, 500, 1000];
    let job = || 0_u16..1000;
    let size = || {
        prop_oneof![
            6 => (1_u8..5).prop_map(Some),
            1 => Just(Some(200)),
            1 => Just(None),
        ]
    };
    prop_oneof![
        30 => (0_u8..6).prop_map(Transition::PutEndpoint),
        10 => (0_u8..6).prop_map(Transition::DeleteEndpoint),
        60 => create().prop_map(Transition::Create),
        60 => job().prop_map(Transition::Get),
        3 => Just(Transition::GetUnknown),
        60 => (size(), prop::bool::weighted(0.15))
            .prop_map(|(size, anew)| Transition::Page { size, anew }),
        5 => select(vec![
            "page-size=0",
            "page-size=1001",
            "page-size=some",
            "page-size=-1",
            "token=nonsense",
        ])
        .prop_map(Transition::BadPage),
        30 => job().prop_map(Transition::ReadFiles),
        30 => new_import().prop_map(Transition::CreateImport),
        4 => bad_import().prop_map(Transition::BadImport),
        1 => Just(Transition::ImportIntoUnknownSegment),
        30 => job().prop_map(Transition::GetImport),
        30 => (size(), prop::bool::weighted(0.15))
            .prop_map(|(size, anew)| Transition::PageOfImports { size, anew }),
        10 => job().prop_map(Transition::JobsOfSegment),
        80 => select(millis).prop_map(Transition::Advance),
        6 => Just(Transition::RemoveBucket),
        10 => Just(Transition::MakeBucket),
        1 => Just(Transition::DeleteApplication),
    ]
    .boxed()
}

fn new_import() -> impl Strategy<Value = NewImport> {
    let switches = (any::<bool>(), any::<bool>(), any::<bool>());
    (readable(), vec(row(), 0..4), vec(row(), 0..3), switches).prop_map(
        |(first, later, more_rows, (is_csv, by_prefix, defines_segment))| NewImport {
            rows: [vec![first], later].concat(),
            more_rows,
            is_csv,
            by_prefix,
            defines_segment,
        },
    )
}

fn readable() -> impl Strategy<Value = Row> {
    prop_oneof![4 => (0_u8..6).prop_map(Row::Whole), 1 => Just(Row::NoAddress)]
}

fn row() -> impl Strategy<Value = Row> {
    prop_oneof![5 => readable(), 1 => Just(Row::Unreadable)]
}

fn bad_import() -> impl Strategy<Value = &'static str> {
    select(vec![
        r#"{"RoleArn":"{role}","S3Url":"s3://{bucket}/x.json","RegisterEndpoints":true}"#,
        r#"{"RoleArn":"{role}","Format":"JSON","RegisterEndpoints":true}"#,
        r#"{"S3Url":"s3://{bucket}/x.json","Format":"JSON","RegisterEndpoints":true}"#,
        r#"{"RoleArn":"{role}","S3Url":"s3://{bucket}/nothing","Format":"JSON","RegisterEndpoints":true}"#,
        r#"{"RoleArn":"{role}","S3Url":"s3://{bucket}/nothing","Format":"JSON"}"#,
        r#"{"RoleArn":"{role}","S3Url":"s3://{bucket}/x.xml","Format":"XML","RegisterEndpoints":true}"#,
    ])
}

fn create() -> impl Strategy<Value = Create> {
    let bad_bodies = select(vec![
        r#"{"S3UrlPrefix":"s3://{bucket}/x/"}"#,
        r#"{"RoleArn":"{role}"}"#,
        "{}",
        r#"{"RoleArn":"{role}","S3UrlPrefix":"http://{bucket}/x/"}"#,
        r#"{"RoleArn":"{role}","S3UrlPrefix":5}"#,
        "not JSON",
    ]);
    prop_oneof![
        20 => any::<bool>().prop_map(|slash| Create::Good { slash }),
        2 => Just(Create::MissingBucket),
        2 => bad_bodies.prop_map(Create::BadBody),
        1 => Just(Create::UnknownSegment),
    ]
}
