//! Runs Amazon Pinpoint export jobs and brings their files home, whole and checked.
//!
//! [`ExportClient`] speaks to Pinpoint and S3 through the AWS SDK and to nothing else, so it works on AWS
//! and on anything that answers like it. Its steps can be had one by one ([`ExportClient::create`],
//! [`wait`](ExportClient::wait), [`list`](ExportClient::list), [`download`](ExportClient::download)) or
//! all together ([`ExportClient::run`]). [`EndpointReader`] and [`verify()`] need no service at all: they
//! read the files, wherever they come from.
//!
//! ```no_run
//! # async fn example(config: &pinpoint_export::SdkConfig) -> Result<(), Box<dyn std::error::Error>> {
//! use pinpoint_export::{EndpointReader, ExportClient, RunRequest};
//!
//! let request = RunRequest::new(
//!     "0123456789abcdef0123456789abcdef",
//!     "arn:aws:iam::111122223333:role/export",
//!     "my-bucket",
//!     "/tmp/exports",
//!     "2026-01-02T03:04:05Z".parse()?,
//! );
//! let report = ExportClient::new(config).run(&request, &|_event| {}).await?;
//! for file in &report.files {
//!     for line in EndpointReader::open(&file.path)? {
//!         println!("{}", line?.endpoint.id);
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Left out on purpose: printing, progress bars and exit codes (they belong to the program), knowledge of
//! any particular emulator, and global state.

mod destination;
mod download;
mod endpoint;
mod endpoint_file;
mod error;
mod export_job;
mod gzip_members;
mod objects;
mod run;
mod unfinished;
mod verify;
mod waiter;

use aws_types::service_config::ServiceConfigKey;

pub use aws_sdk_pinpoint::types::JobStatus;
pub use aws_types::SdkConfig;
pub use destination::{Destination, DestinationError};
pub use download::{DownloadedFile, Existing, FileFailure};
pub use endpoint::{Demographic, Endpoint, Location, User};
pub use endpoint_file::{EndpointFileError, EndpointLine, EndpointReader, LINE_BYTES_MAX};
pub use error::{Cause, ClientError, Error};
pub use export_job::{Ending, ExportJob, ExportJobRequest, SegmentRef};
pub use objects::{ExportObject, pieces_of};
pub use run::{Observer, RunEvent, RunReport, RunRequest};
pub use verify::{Census, FileCensus, Problem, verify};
pub use waiter::PollSchedule;

/// The two services an export needs, reached through the AWS SDK. Cheap to clone.
#[derive(Debug, Clone)]
pub struct ExportClient {
    pinpoint: aws_sdk_pinpoint::Client,
    s3: aws_sdk_s3::Client,
}

impl ExportClient {
    /// A client by the SDK's usual configuration.
    ///
    /// If the configuration sends S3 anywhere but to AWS (`endpoint_url` in any of its forms), buckets
    /// are addressed by path, because `bucket.127.0.0.1` is no host.
    pub fn new(config: &SdkConfig) -> Self {
        let s3 = aws_sdk_s3::config::Builder::from(config)
            .force_path_style(has_endpoint_url(config))
            .build();
        Self::from_clients(
            aws_sdk_pinpoint::Client::new(config),
            aws_sdk_s3::Client::from_conf(s3),
        )
    }

    /// A client from two SDK clients that the caller has configured.
    pub fn from_clients(pinpoint: aws_sdk_pinpoint::Client, s3: aws_sdk_s3::Client) -> Self {
        Self { pinpoint, s3 }
    }
}

/// Whether requests for S3 go to a configured URL instead of the region's host, by a setting for all services
/// or, in the environment and in profiles, by one for S3 alone.
pub fn has_endpoint_url(config: &SdkConfig) -> bool {
    let for_s3_alone = || {
        let key = ServiceConfigKey::builder()
            .service_id("S3")
            .env("AWS_ENDPOINT_URL")
            .profile("endpoint_url")
            .build()
            .ok()?;
        config.service_config()?.load_config(key)
    };
    config.endpoint_url().is_some() || for_s3_alone().is_some()
}
