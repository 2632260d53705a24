//! SDK clients for an emulator, and the few steps that most tests share.

use std::io::Read as _;

use aws_credential_types::Credentials;
use aws_sdk_pinpoint::types::{ExportJobRequest, ExportJobResponse, JobStatus};
use aws_sdk_s3::config::RequestChecksumCalculation;
use aws_smithy_http_client::Builder as HttpClientBuilder;
use aws_smithy_types::retry::RetryConfig;
use flate2::read::MultiGzDecoder;
use pinpoint_emulator::Emulator;

pub(crate) const APPLICATION: &str = "0123456789abcdef0123456789abcdef";
pub(crate) const ROLE: &str = "arn:aws:iam::000000000000:role/export";

/// Both SDK clients of one emulator.
#[derive(Debug)]
pub(crate) struct Clients {
    pub(crate) pinpoint: aws_sdk_pinpoint::Client,
    pub(crate) s3: aws_sdk_s3::Client,
}

impl Clients {
    pub(crate) fn of(emulator: &Emulator) -> Self {
        Self::signing_with(emulator, Credentials::from_keys("test", "test", None))
    }

    pub(crate) fn signing_with(emulator: &Emulator, credentials: Credentials) -> Self {
        let pinpoint = aws_sdk_pinpoint::Config::builder()
            .behavior_version(aws_sdk_pinpoint::config::BehaviorVersion::latest())
            .http_client(HttpClientBuilder::new().build_http())
            .region(aws_sdk_pinpoint::config::Region::new("us-east-1"))
            .credentials_provider(credentials.clone())
            .retry_config(RetryConfig::disabled())
            .endpoint_url(emulator.endpoint_url())
            .build();
        let s3 = aws_sdk_s3::Config::builder()
            .behavior_version(aws_sdk_s3::config::BehaviorVersion::latest())
            .http_client(HttpClientBuilder::new().build_http())
            .region(aws_sdk_s3::config::Region::new("us-east-1"))
            .credentials_provider(credentials)
            .retry_config(RetryConfig::disabled())
            .request_checksum_calculation(RequestChecksumCalculation::WhenSupported)
            .force_path_style(true)
            .endpoint_url(emulator.endpoint_url())
            .build();
        Self {
            pinpoint: aws_sdk_pinpoint::Client::from_conf(pinpoint),
            s3: aws_sdk_s3::Client::from_conf(s3),
        }
    }

    /// Creates an export job of [`APPLICATION`].
    pub(crate) async fn create_export_job(&self, s3_url_prefix: &str) -> ExportJobResponse {
        let request = ExportJobRequest::builder()
            .s3_url_prefix(s3_url_prefix)
            .role_arn(ROLE)
            .build();
        let created = self
            .pinpoint
            .create_export_job()
            .application_id(APPLICATION)
            .export_job_request(request)
            .send()
            .await;
        created.unwrap().export_job_response.unwrap()
    }

    pub(crate) async fn get_export_job(&self, job_id: &str) -> ExportJobResponse {
        let got = self
            .pinpoint
            .get_export_job()
            .application_id(APPLICATION)
            .job_id(job_id)
            .send()
            .await;
        got.unwrap().export_job_response.unwrap()
    }

    /// Asks until the job has ended; its time passes by itself at the pace `instant`.
    pub(crate) async fn wait(&self, job_id: &str) -> ExportJobResponse {
        loop {
            let job = self.get_export_job(job_id).await;
            if matches!(
                job.job_status,
                Some(JobStatus::Completed | JobStatus::Failed)
            ) {
                return job;
            }
            tokio::task::yield_now().await;
        }
    }

    /// All objects below a prefix with their bytes, by key.
    pub(crate) async fn objects(&self, bucket: &str, prefix: &str) -> Vec<(String, Vec<u8>)> {
        let listed = self
            .s3
            .list_objects_v2()
            .bucket(bucket)
            .prefix(prefix)
            .send()
            .await
            .unwrap();
        let mut objects = Vec::new();
        for object in listed.contents() {
            let key = object.key().unwrap();
            let got = self
                .s3
                .get_object()
                .bucket(bucket)
                .key(key)
                .send()
                .await
                .unwrap();
            objects.push((key.to_owned(), got.body.collect().await.unwrap().to_vec()));
        }
        objects
    }

    /// The lines of all pieces below a prefix, in order. Markers are empty.
    pub(crate) async fn lines(&self, bucket: &str, prefix: &str) -> Vec<String> {
        let mut lines = Vec::new();
        for (_, bytes) in self.objects(bucket, prefix).await {
            if !bytes.is_empty() {
                lines.extend(gunzip(&bytes).lines().map(str::to_owned));
            }
        }
        lines
    }
}

pub(crate) fn gunzip(bytes: &[u8]) -> String {
    let mut text = String::new();
    MultiGzDecoder::new(bytes)
        .read_to_string(&mut text)
        .unwrap();
    text
}
