//! What AWS says of event streams.

/// The role is none that could write to the stream.
///
/// # Source
/// hashicorp/terraform-provider-aws, event_stream, waits for roles to be known when a refusal
/// contains the second half; recorded. The first half, and that a malformed ARN is refused with
/// these words: assumed; case: event-stream/role-is-not-an-arn
pub(crate) const ROLE_INVALID: &str =
    "RoleArn is not usable, make sure the IAM Role is configured correctly";

/// The destination is no stream.
///
/// # Source
/// Title of hashicorp/terraform-provider-aws issue 27096; recorded. That a malformed ARN is refused
/// with it: assumed; case: event-stream/destination-is-not-a-stream
pub(crate) const DESTINATION_INVALID: &str = "Destination stream validation failed";
