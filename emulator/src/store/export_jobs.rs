//! Export jobs in the store.

use super::applications::{self, Scope};
use super::{Key, StoreError, Table, Transaction, View, ordinals};
use crate::domain::export_job::ExportJob;
use crate::domain::id::{ApplicationId, JobId};
use crate::domain::page::PageRequest;
use crate::model::export_job::ExportJobResource;
use crate::seed::Seed;
use jiff::Timestamp;

const TABLE: Table = Table::ExportJobs;

/// One job of an application.
pub(crate) fn get(
    view: &dyn View,
    application: &ApplicationId,
    job: &JobId,
) -> Result<Option<ExportJob>, StoreError> {
    let record = view.get(TABLE, &key(application, job.as_str()))?;
    record
        .map(|record| super::decode(TABLE, &record))
        .transpose()
}

/// A page of an application's jobs, newest first, and the ordinal to go on before.
pub(crate) fn list(
    view: &dyn View,
    application: &ApplicationId,
    page: PageRequest,
) -> Result<(Vec<ExportJob>, Option<u64>), StoreError> {
    let parent = Key::default().text(application.as_str());
    super::newest_first(view, Table::ExportJobsByAge, parent, page, |view, id| {
        view.get(TABLE, &key(application, id))?
            .map(|record| super::decode(TABLE, &record))
            .transpose()
    })
}

/// How many jobs of a scope have not ended yet.
pub(crate) fn count_active(view: &dyn View, scope: &Scope) -> Result<usize, StoreError> {
    let mut active = 0;
    for application in applications::ids(view, scope)? {
        let jobs = Key::default().text(&application).children();
        for entry in view.scan(TABLE, jobs) {
            let job: ExportJob = super::decode(TABLE, &entry?.1)?;
            active += usize::from(!job.has_ended());
        }
    }
    Ok(active)
}

/// Adds a job with an id of its own.
pub(crate) fn insert(
    tx: &mut dyn Transaction,
    seed: &Seed,
    application: &ApplicationId,
    definition: ExportJobResource,
    created: Timestamp,
) -> Result<ExportJob, StoreError> {
    let ordinal = ordinals::next(tx, application.as_str(), "export-job")?;
    let id = JobId::derive(
        &seed
            .derive("export-job")
            .derive(application.as_str())
            .derive_ordinal(ordinal),
    );
    let job = ExportJob::new(id, application.clone(), definition, created);
    tx.put(
        Table::ExportJobsByAge,
        Key::default().text(application.as_str()).number(ordinal).0,
        job.id.as_str().as_bytes().to_vec(),
    );
    tx.put(
        TABLE,
        key(application, job.id.as_str()),
        super::encode(&job),
    );
    Ok(job)
}

/// Replaces a job's record; `false` if it is gone, with its application.
pub(crate) fn update(tx: &mut dyn Transaction, job: &ExportJob) -> Result<bool, StoreError> {
    let key = key(&job.application_id, job.id.as_str());
    let exists = tx.get(TABLE, &key)?.is_some();
    if exists {
        tx.put(TABLE, key, super::encode(job));
    }
    Ok(exists)
}

/// Deletes all jobs of an application. Its ordinals stay, so that an application made anew under the
/// same id has new jobs.
pub(super) fn delete_all(
    tx: &mut dyn Transaction,
    application: &ApplicationId,
) -> Result<(), StoreError> {
    for table in [TABLE, Table::ExportJobsByAge] {
        super::delete_children(tx, table, Key::default().text(application.as_str()))?;
    }
    Ok(())
}

fn key(application: &ApplicationId, job: &str) -> Vec<u8> {
    Key::default().text(application.as_str()).last_text(job).0
}
