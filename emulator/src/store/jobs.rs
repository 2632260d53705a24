//! Export and import jobs in the store: one file for both kinds, which differ in what they were
//! asked to do.

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::applications::{self, Scope};
use super::{Key, Page, StoreError, Table, Transaction, View, ordinals};
use crate::domain::id::{ApplicationId, JobId, SegmentId};
use crate::domain::job::Job;
use crate::domain::page::PageRequest;
use crate::model::export_job::ExportJobResource;
use crate::model::import_job::ImportJobResource;
use crate::model::job::JobDefinition;
use crate::seed::Seed;

/// What jobs of a kind are asked to do, and where they are kept.
pub(crate) trait Definition: JobDefinition + Serialize + DeserializeOwned {
    /// What ids and ordinals derive from.
    const KIND: &'static str;
    /// Application, job id → record.
    const TABLE: Table;
    /// Application, ordinal → job id.
    const BY_AGE: Table;
    /// Application, segment id, ordinal → job id.
    const BY_SEGMENT: Table;

    /// The segment that a job is about.
    fn segment_id(&self) -> Option<&str>;
}

impl Definition for ExportJobResource {
    const KIND: &'static str = "export-job";
    const TABLE: Table = Table::ExportJobs;
    const BY_AGE: Table = Table::ExportJobsByAge;
    const BY_SEGMENT: Table = Table::ExportJobsBySegment;

    fn segment_id(&self) -> Option<&str> {
        self.segment_id.as_deref()
    }
}

impl Definition for ImportJobResource {
    const KIND: &'static str = "import-job";
    const TABLE: Table = Table::ImportJobs;
    const BY_AGE: Table = Table::ImportJobsByAge;
    const BY_SEGMENT: Table = Table::ImportJobsBySegment;

    fn segment_id(&self) -> Option<&str> {
        self.segment_id.as_deref()
    }
}

/// One job: what is stored of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct JobRecord<D> {
    /// How far it has got.
    pub(crate) job: Job,
    /// What it was asked to do, as answered.
    pub(crate) definition: D,
}

/// One job of an application.
pub(crate) fn get<D: Definition>(
    view: &dyn View,
    application: &ApplicationId,
    job: &JobId,
) -> Result<Option<JobRecord<D>>, StoreError> {
    look_up(view, application, job.as_str())
}

/// A page of an application's jobs, newest first, and the ordinal to go on before.
pub(crate) fn list<D: Definition>(
    view: &dyn View,
    application: &ApplicationId,
    page: PageRequest,
) -> Result<Page<JobRecord<D>>, StoreError> {
    let parent = Key::default().text(application.as_str());
    super::newest_first(view, D::BY_AGE, parent, page, |view, id| {
        look_up(view, application, id)
    })
}

/// How many jobs of a kind have not ended yet in a scope.
pub(crate) fn count_active<D: Definition>(
    view: &dyn View,
    scope: &Scope,
) -> Result<usize, StoreError> {
    let mut active = 0;
    for application in applications::ids(view, scope)? {
        let jobs = Key::default().text(&application).children();
        for entry in view.scan(D::TABLE, jobs) {
            let record: JobRecord<D> = super::decode(D::TABLE, &entry?.1)?;
            active += usize::from(!record.job.has_ended());
        }
    }
    Ok(active)
}

/// A page of the jobs about a segment, newest first, and the ordinal to go on before.
pub(crate) fn list_of_segment<D: Definition>(
    view: &dyn View,
    application: &ApplicationId,
    segment: &SegmentId,
    page: PageRequest,
) -> Result<Page<JobRecord<D>>, StoreError> {
    let parent = segment_key(application, segment.as_str());
    super::newest_first(view, D::BY_SEGMENT, parent, page, |view, id| {
        look_up(view, application, id)
    })
}

/// Adds a job with an id of its own.
pub(crate) fn insert<D: Definition>(
    tx: &mut dyn Transaction,
    seed: &Seed,
    application: &ApplicationId,
    definition: D,
    created: Timestamp,
) -> Result<JobRecord<D>, StoreError> {
    let ordinal = ordinals::next(tx, application.as_str(), D::KIND)?;
    let id = JobId::derive(
        &seed
            .derive(D::KIND)
            .derive(application.as_str())
            .derive_ordinal(ordinal),
    );
    let record = JobRecord {
        job: Job::new(id, application.clone(), created),
        definition,
    };
    let id = record.job.id.as_str();
    tx.put(
        D::BY_AGE,
        Key::default().text(application.as_str()).number(ordinal).0,
        id.as_bytes().to_vec(),
    );
    if let Some(segment) = record.definition.segment_id() {
        tx.put(
            D::BY_SEGMENT,
            segment_key(application, segment).number(ordinal).0,
            id.as_bytes().to_vec(),
        );
    }
    tx.put(D::TABLE, key(application, id), super::encode(&record));
    Ok(record)
}

/// Saves how far a job has got; `false` if it is gone, with its application.
pub(crate) fn update<D: Definition>(
    tx: &mut dyn Transaction,
    job: &Job,
) -> Result<bool, StoreError> {
    let Some(record) = get::<D>(tx, &job.application_id, &job.id)? else {
        return Ok(false);
    };
    let record = JobRecord {
        job: job.clone(),
        ..record
    };
    let key = key(&job.application_id, job.id.as_str());
    tx.put(D::TABLE, key, super::encode(&record));
    Ok(true)
}

/// Deletes all jobs of an application. Its ordinals stay, so that an application made anew under the
/// same id has new jobs.
pub(super) fn delete_all(
    tx: &mut dyn Transaction,
    application: &ApplicationId,
) -> Result<(), StoreError> {
    for table in [
        Table::ExportJobs,
        Table::ExportJobsByAge,
        Table::ExportJobsBySegment,
        Table::ImportJobs,
        Table::ImportJobsByAge,
        Table::ImportJobsBySegment,
    ] {
        super::delete_children(tx, table, Key::default().text(application.as_str()))?;
    }
    Ok(())
}

/// Makes a segment forget its jobs, which stay.
pub(super) fn forget_segment(
    tx: &mut dyn Transaction,
    application: &ApplicationId,
    segment: &SegmentId,
) -> Result<(), StoreError> {
    for table in [Table::ExportJobsBySegment, Table::ImportJobsBySegment] {
        super::delete_children(tx, table, segment_key(application, segment.as_str()))?;
    }
    Ok(())
}

fn look_up<D: Definition>(
    view: &dyn View,
    application: &ApplicationId,
    job: &str,
) -> Result<Option<JobRecord<D>>, StoreError> {
    let record = view.get(D::TABLE, &key(application, job))?;
    record
        .map(|record| super::decode(D::TABLE, &record))
        .transpose()
}

fn key(application: &ApplicationId, job: &str) -> Vec<u8> {
    Key::default().text(application.as_str()).last_text(job).0
}

/// What the keys of a segment's jobs begin with.
fn segment_key(application: &ApplicationId, segment: &str) -> Key {
    Key::default().text(application.as_str()).text(segment)
}
