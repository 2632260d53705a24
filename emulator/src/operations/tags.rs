//! TagResource, UntagResource, ListTagsForResource.
//!
//! Which resources can have tags, and what their ARNs look like, is decided by [`Tagged`] alone.

use super::segments::find_segment;
use super::{Context, find_owner, not_found};
use crate::domain::arn::Arn;
use crate::domain::tags::{self, TagError, Tags};
use crate::facts::{messages, tags as facts};
use crate::model::exception::Exception;
use crate::model::tags::TagsModel;
use crate::store::applications::{self, Application, Scope};
use crate::store::segments::{self, Segment};
use crate::store::{Transaction, View};

impl From<TagError> for Exception {
    fn from(error: TagError) -> Self {
        Self::bad_request(match error {
            TagError::KeyLength => facts::KEY_LENGTH,
            TagError::ValueLength => facts::VALUE_LENGTH,
            TagError::Reserved => facts::RESERVED,
            TagError::Characters => facts::CHARACTERS,
            TagError::TooMany => facts::TOO_MANY,
        })
    }
}

/// TagResource: adds tags, or gives those that are there new values.
///
/// # Source
/// Order of the checks (resource, then body): assumed, as for all operations; case: tags/checks-in-order
pub(crate) async fn tag_resource(
    context: &Context,
    scope: Scope,
    resource_arn: String,
    input: Result<TagsModel, Exception>,
) -> Result<(), Exception> {
    change(context, scope, resource_arn, move |tags| {
        Ok(tags::add(tags, input?.tags)?)
    })
    .await
}

/// UntagResource: takes the tags with these keys away.
///
/// # Source
/// API model, `tagKeys` is required and may be repeated; documented; case: tags/untag.
/// Keys that the resource does not have are no error: assumed; case: tags/untag-unknown-key
pub(crate) async fn untag_resource(
    context: &Context,
    scope: Scope,
    resource_arn: String,
    keys: Vec<String>,
) -> Result<(), Exception> {
    change(context, scope, resource_arn, move |tags| {
        if keys.is_empty() {
            return Err(Exception::bad_request(messages::missing_member("tagKeys")));
        }
        tags::remove(tags, &keys);
        Ok(())
    })
    .await
}

/// ListTagsForResource.
pub(crate) async fn list_tags_for_resource(
    context: &Context,
    scope: Scope,
    resource_arn: String,
) -> Result<TagsModel, Exception> {
    let resource = context
        .store
        .read(move |view| Tagged::find(view, &scope, &resource_arn))
        .await?;
    Ok(TagsModel {
        tags: resource.into_tags(),
    })
}

async fn change(
    context: &Context,
    scope: Scope,
    resource_arn: String,
    work: impl FnOnce(&mut Tags) -> Result<(), Exception> + Send + 'static,
) -> Result<(), Exception> {
    context
        .store
        .write(move |tx| {
            let mut resource = Tagged::find(tx, &scope, &resource_arn)?;
            work(resource.tags_mut())?;
            resource.put(tx);
            Ok(())
        })
        .await
}

/// A resource that can have tags.
#[derive(Debug)]
enum Tagged {
    /// `apps/{application-id}`
    Application(Application),
    /// `apps/{application-id}/segments/{segment-id}`
    Segment(Segment),
}

impl Tagged {
    /// The resource that an ARN names, if it is the caller's.
    ///
    /// # Source
    /// That an ARN of another account, region or kind is answered like one of a resource that does
    /// not exist: assumed; case: tags/resource-of-another-account. That what is no ARN of the service
    /// is 400: assumed; case: tags/malformed-arn
    fn find(view: &dyn View, scope: &Scope, resource_arn: &str) -> Result<Self, Exception> {
        let arn = Arn::parse(resource_arn)
            .filter(|arn| arn.service == "mobiletargeting")
            .ok_or_else(|| Exception::bad_request(facts::ARN_INVALID))?;
        let (region, account) = (scope.region.as_str(), scope.account.as_str());
        if (arn.partition, arn.region, arn.account)
            != (messages::partition(region), region, account)
        {
            let kind = format!("resource of account {account} in {region}");
            return Err(not_found(&kind, resource_arn));
        }
        let path: Vec<&str> = arn.resource.split('/').collect();
        let application = |id| find_owner(view, scope, id);
        match path.as_slice() {
            ["apps", id] => Ok(Self::Application(application(id)?)),
            ["apps", id, "segments", segment] => Ok(Self::Segment(find_segment(
                view,
                &application(id)?,
                segment,
            )?)),
            _ => Err(not_found("resource with tags", resource_arn)),
        }
    }

    fn tags_mut(&mut self) -> &mut Tags {
        match self {
            Self::Application(application) => &mut application.tags,
            Self::Segment(segment) => &mut segment.tags,
        }
    }

    fn into_tags(self) -> Tags {
        match self {
            Self::Application(application) => application.tags,
            Self::Segment(segment) => segment.tags,
        }
    }

    /// Writes the resource down with its tags as they are now.
    fn put(self, tx: &mut dyn Transaction) {
        match self {
            Self::Application(application) => applications::put(tx, &application),
            Self::Segment(segment) => segments::put(tx, &segment),
        }
    }
}
