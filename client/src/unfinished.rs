//! The note that lets the next run continue where an interrupted one stopped.
//!
//! A run leaves `.pinpoint-export.json` in its download folder from the moment its job exists until the
//! export has come to an end, good or bad. The next run of the same export finds it and goes on with that
//! job instead of starting another. Written and read by `run` only.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::download::{file_error, temporary_file_in};
use crate::error::Error;
use crate::export_job::ExportJobRequest;

const FILE_NAME: &str = ".pinpoint-export.json";

/// A job that was started for the download folder, and what it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UnfinishedExport {
    pub(crate) job_id: String,
    pub(crate) application_id: String,
    pub(crate) bucket: String,
    pub(crate) prefix: String,
    pub(crate) segment_id: Option<String>,
    pub(crate) segment_version: Option<i32>,
}

impl UnfinishedExport {
    pub(crate) fn new(request: &ExportJobRequest, job_id: &str) -> Self {
        let segment = request.segment.as_ref();
        Self {
            job_id: job_id.to_owned(),
            application_id: request.application_id.clone(),
            bucket: request.destination.bucket().to_owned(),
            prefix: request.destination.prefix().to_owned(),
            segment_id: segment.map(|segment| segment.id.clone()),
            segment_version: segment.and_then(|segment| segment.version),
        }
    }

    /// The note in `folder`. One that cannot be understood counts as none: the worst that follows is an
    /// export more.
    pub(crate) fn load(folder: &Path) -> Option<Self> {
        let note = fs::read(path_in(folder)).ok()?;
        serde_json::from_slice(&note).ok()
    }

    /// When the note in `folder` was written: files that are older belong to other jobs.
    pub(crate) fn written(folder: &Path) -> Option<SystemTime> {
        fs::metadata(path_in(folder)).ok()?.modified().ok()
    }

    pub(crate) fn save(&self, folder: &Path) -> Result<(), Error> {
        let path = path_in(folder);
        let write = || {
            let mut file = temporary_file_in(folder)?;
            serde_json::to_writer_pretty(&mut file, self)?;
            file.write_all(b"\n")?;
            file.persist(&path)?;
            Ok(())
        };
        write().map_err(|error: io::Error| file_error("write", &path, error))
    }

    pub(crate) fn remove(folder: &Path) -> Result<(), Error> {
        let path = path_in(folder);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(file_error("remove", &path, error))
            }
            _ => Ok(()),
        }
    }
}

fn path_in(folder: &Path) -> PathBuf {
    folder.join(FILE_NAME)
}
