//! `CreateBucket`, `HeadBucket`, `DeleteBucket`, `ListBuckets`, `GetBucketLocation`.

use s3s::dto::{
    Bucket, BucketLocationConstraint, CreateBucketInput, CreateBucketOutput, DeleteBucketInput,
    DeleteBucketOutput, GetBucketLocationInput, GetBucketLocationOutput, HeadBucketInput,
    HeadBucketOutput, ListBucketsInput, ListBucketsOutput, Owner,
};
use s3s::{S3Request, S3Response, S3Result};

use super::refusals::{self, error, error_with, not_implemented};
use super::{Operations, canonical_id, conditions, dates, scope};
use crate::domain::id::Region;
use crate::facts::s3_errors;
use crate::facts::s3_limits::{BUCKET_PREFIXES_RESERVED, BUCKET_SUFFIXES_RESERVED};
use crate::s3::object_store::{BucketInfo, ObjectStoreError};

impl Operations {
    pub(super) async fn create_bucket(
        &self,
        request: S3Request<CreateBucketInput>,
    ) -> S3Result<S3Response<CreateBucketOutput>> {
        conditions::refuse_any(&request.headers)?;
        let scope = scope(&request)?;
        let input = &request.input;
        let name = input.bucket.as_str();
        let is_reserved = BUCKET_PREFIXES_RESERVED.iter().any(|p| name.starts_with(p))
            || BUCKET_SUFFIXES_RESERVED.iter().any(|s| name.ends_with(s));
        if is_reserved {
            return Err(error("InvalidBucketName"));
        }
        let mut constraint = None;
        if let Some(configuration) = &input.create_bucket_configuration {
            if configuration.bucket.is_some() || configuration.location.is_some() {
                return Err(not_implemented("A directory bucket"));
            }
            constraint = configuration.location_constraint.as_ref();
        }
        let constraint = constraint.map(BucketLocationConstraint::as_str);
        let region = region_of_bucket(constraint, scope.region.as_ref())?;
        let created = self
            .store
            .create_bucket(BucketInfo {
                name: name.to_owned(),
                owner: scope.account.clone(),
                region: region.clone(),
                created: (self.now)(),
            })
            .await;
        match created {
            // Only here is S3 idempotent, for compatibility with its beginnings.
            Err(ObjectStoreError::BucketAlreadyOwnedByYou) if region == Region::default() => {}
            other => other.map_err(refusals::of_store)?,
        }
        Ok(S3Response::new(CreateBucketOutput {
            location: Some(format!("/{name}")),
        }))
    }

    pub(super) async fn head_bucket(
        &self,
        request: S3Request<HeadBucketInput>,
    ) -> S3Result<S3Response<HeadBucketOutput>> {
        let input = &request.input;
        let owner = input.expected_bucket_owner.as_deref();
        let bucket = self.bucket_for(&request, &input.bucket, owner).await?;
        Ok(S3Response::new(HeadBucketOutput {
            access_point_alias: Some(false),
            bucket_region: Some(bucket.info.region.to_string()),
            ..HeadBucketOutput::default()
        }))
    }

    pub(super) async fn delete_bucket(
        &self,
        request: S3Request<DeleteBucketInput>,
    ) -> S3Result<S3Response<DeleteBucketOutput>> {
        let input = &request.input;
        let owner = input.expected_bucket_owner.as_deref();
        self.bucket_for(&request, &input.bucket, owner).await?;
        conditions::refuse_any(&request.headers)?;
        let deleted = self.store.delete_bucket(&input.bucket).await;
        deleted.map_err(refusals::of_store)?;
        Ok(S3Response::new(DeleteBucketOutput::default()))
    }

    pub(super) async fn get_bucket_location(
        &self,
        request: S3Request<GetBucketLocationInput>,
    ) -> S3Result<S3Response<GetBucketLocationOutput>> {
        let input = &request.input;
        let owner = input.expected_bucket_owner.as_deref();
        let bucket = self.bucket_for(&request, &input.bucket, owner).await?;
        // The first region has no name here.
        let named =
            (bucket.info.region != Region::default()).then(|| bucket.info.region.to_string());
        Ok(S3Response::new(GetBucketLocationOutput {
            location_constraint: named.map(BucketLocationConstraint::from),
        }))
    }

    pub(super) async fn list_buckets(
        &self,
        request: S3Request<ListBucketsInput>,
    ) -> S3Result<S3Response<ListBucketsOutput>> {
        let scope = scope(&request)?;
        let input = &request.input;
        let count_max = match input.max_buckets {
            None => usize::MAX,
            Some(count) => usize::try_from(count)
                .ok()
                .filter(|count| (1..=10_000).contains(count))
                .ok_or_else(|| error("InvalidArgument"))?,
        };
        let prefix = input.prefix.as_deref().unwrap_or("");
        let after = input.continuation_token.as_deref().unwrap_or("");
        let in_region = |bucket: &BucketInfo| {
            let region = input.bucket_region.as_deref();
            region.is_none_or(|region| region == bucket.region.as_str())
        };
        // S3 tells the region only to requests that could ask for it.
        let shows_region = input.max_buckets.is_some()
            || input.prefix.is_some()
            || input.bucket_region.is_some()
            || input.continuation_token.is_some();

        let buckets = self.store.list_buckets(&scope.account).await;
        let mut found = buckets
            .map_err(refusals::of_store)?
            .into_iter()
            .filter(|bucket| bucket.name.starts_with(prefix) && bucket.name.as_str() > after)
            .filter(in_region);
        let page: Vec<Bucket> = found
            .by_ref()
            .take(count_max)
            .map(|bucket| Bucket {
                bucket_region: shows_region.then(|| bucket.region.to_string()),
                creation_date: Some(dates::shown(bucket.created)),
                name: Some(bucket.name),
            })
            .collect();
        let last = page.last().and_then(|bucket| bucket.name.clone());
        Ok(S3Response::new(ListBucketsOutput {
            continuation_token: found.next().and(last),
            buckets: Some(page),
            owner: Some(Owner {
                display_name: None,
                id: Some(canonical_id(&scope.account)),
            }),
            prefix: input.prefix.clone(),
        }))
    }
}

/// Where a new bucket goes, given the region of the endpoint: that of the signature.
fn region_of_bucket(constraint: Option<&str>, endpoint: Option<&Region>) -> S3Result<Region> {
    let first = Region::default();
    // The old name of Ireland.
    let constraint = constraint.map(|name| if name == "EU" { "eu-west-1" } else { name });
    let constraint = match constraint.filter(|name| !name.is_empty()) {
        Some(name) => {
            let region = Region::parse(name).filter(|region| *region != first);
            Some(region.ok_or_else(|| error("InvalidLocationConstraint"))?)
        }
        None => None,
    };
    match (constraint, endpoint) {
        (None, None) => Ok(first),
        (None, Some(endpoint)) if *endpoint == first => Ok(first),
        (None, Some(_)) => Err(error("IllegalLocationConstraintException")),
        (Some(region), None) => Ok(region),
        (Some(region), Some(endpoint)) if *endpoint == first || *endpoint == region => Ok(region),
        (Some(region), Some(_)) => Err(error_with(
            "IllegalLocationConstraintException",
            s3_errors::illegal_location(region.as_str()),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_goes_where_the_endpoint_allows() {
        let code = |error: s3s::S3Error| error.code().as_str().to_owned();
        for (constraint, endpoint, expected) in [
            (None, None, Ok("us-east-1")),
            (None, Some("us-east-1"), Ok("us-east-1")),
            (Some(""), Some("us-east-1"), Ok("us-east-1")),
            (Some("eu-west-1"), Some("us-east-1"), Ok("eu-west-1")),
            (Some("EU"), Some("us-east-1"), Ok("eu-west-1")),
            (Some("eu-west-1"), Some("eu-west-1"), Ok("eu-west-1")),
            (Some("eu-west-1"), None, Ok("eu-west-1")),
            (
                Some("us-east-1"),
                Some("us-east-1"),
                Err("InvalidLocationConstraint"),
            ),
            (
                Some("no such"),
                Some("us-east-1"),
                Err("InvalidLocationConstraint"),
            ),
            (
                None,
                Some("eu-west-1"),
                Err("IllegalLocationConstraintException"),
            ),
            (
                Some("eu-west-2"),
                Some("eu-west-1"),
                Err("IllegalLocationConstraintException"),
            ),
        ] {
            let endpoint = endpoint.map(|name| Region::parse(name).unwrap());
            let found = region_of_bucket(constraint, endpoint.as_ref()).map_err(code);
            let expected = expected
                .map(|name| Region::parse(name).unwrap())
                .map_err(str::to_owned);
            assert_eq!(found, expected, "{constraint:?} {endpoint:?}");
        }
    }
}
