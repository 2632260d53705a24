//! `PutBucketVersioning`, `GetBucketVersioning`.

use s3s::dto::{
    BucketVersioningStatus, GetBucketVersioningInput, GetBucketVersioningOutput,
    PutBucketVersioningInput, PutBucketVersioningOutput,
};
use s3s::{S3Request, S3Response, S3Result};

use super::Operations;
use super::refusals::{self, error, not_implemented};
use crate::s3::object_store::{SetVersioning, Versioning};

impl Operations {
    pub(super) async fn put_bucket_versioning(
        &self,
        request: S3Request<PutBucketVersioningInput>,
    ) -> S3Result<S3Response<PutBucketVersioningOutput>> {
        let input = &request.input;
        let owner = input.expected_bucket_owner.as_deref();
        self.bucket_for(&request, &input.bucket, owner).await?;
        let configuration = &input.versioning_configuration;
        let mfa_delete = configuration.mfa_delete.as_ref();
        if mfa_delete.is_some_and(|mfa_delete| mfa_delete.as_str() != "Disabled") {
            return Err(not_implemented("MFA delete"));
        }
        let status = configuration.status.as_ref();
        let versioning = match status.map(BucketVersioningStatus::as_str) {
            Some(BucketVersioningStatus::ENABLED) => SetVersioning::Enabled,
            Some(BucketVersioningStatus::SUSPENDED) => SetVersioning::Suspended,
            Some(_) => return Err(error("MalformedXML")),
            None => return Err(error("IllegalVersioningConfigurationException")),
        };
        let set = self.store.set_versioning(&input.bucket, versioning).await;
        set.map_err(refusals::of_store)?;
        Ok(S3Response::new(PutBucketVersioningOutput::default()))
    }

    pub(super) async fn get_bucket_versioning(
        &self,
        request: S3Request<GetBucketVersioningInput>,
    ) -> S3Result<S3Response<GetBucketVersioningOutput>> {
        let input = &request.input;
        let owner = input.expected_bucket_owner.as_deref();
        let bucket = self.bucket_for(&request, &input.bucket, owner).await?;
        let status = match bucket.versioning {
            Versioning::Never => None,
            Versioning::Enabled => Some(BucketVersioningStatus::ENABLED),
            Versioning::Suspended => Some(BucketVersioningStatus::SUSPENDED),
        };
        Ok(S3Response::new(GetBucketVersioningOutput {
            mfa_delete: None,
            status: status.map(BucketVersioningStatus::from_static),
        }))
    }
}
