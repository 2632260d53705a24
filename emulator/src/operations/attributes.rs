//! RemoveAttributes.

use super::{Context, endpoints};
use crate::domain::attribute::{AttributeKind, Blacklist, TooManyPatterns};
use crate::facts::messages;
use crate::model::attributes::{AttributesResource, UpdateAttributesRequest};
use crate::model::exception::Exception;
use crate::store::applications::Scope;
use crate::store::attribute_names;

impl From<TooManyPatterns> for Exception {
    fn from(_: TooManyPatterns) -> Self {
        Self::bad_request(messages::too_many_patterns())
    }
}

/// RemoveAttributes: takes names out of the application. Endpoints keep the values they have.
///
/// # Source
/// API model, RemoveAttributes; documented. That names which nobody has are not answered, and that
/// an absent `Blacklist` is an empty one: assumed; case: attributes/an-absent-blacklist-removes-nothing
pub(crate) async fn remove_attributes(
    context: &Context,
    scope: Scope,
    application_id: String,
    attribute_type: String,
    input: Result<UpdateAttributesRequest, Exception>,
) -> Result<AttributesResource, Exception> {
    endpoints::write(context, scope, application_id, move |tx, audience| {
        let kind = AttributeKind::parse(&attribute_type)
            .ok_or_else(|| Exception::bad_request(messages::ATTRIBUTE_TYPE_INVALID))?;
        let blacklist = Blacklist::new(input?.blacklist.unwrap_or_default())?;
        Ok(AttributesResource {
            application_id: audience.application_id().to_string(),
            attribute_type,
            attributes: attribute_names::remove(tx, audience, kind, &blacklist)?,
        })
    })
    .await
}
