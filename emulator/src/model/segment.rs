//! The segment shapes: what a client writes, and what the service answers.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::string_enum::string_enum;

/// Body of CreateSegment and UpdateSegment.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct WriteSegmentRequest {
    /// The criteria; not together with `SegmentGroups`.
    pub(crate) dimensions: Option<SegmentDimensions>,
    /// The name.
    pub(crate) name: Option<String>,
    /// Groups of criteria; not together with `Dimensions`.
    pub(crate) segment_groups: Option<SegmentGroupList>,
    /// Tags; the member is lower-case on the wire.
    #[serde(rename = "tags")]
    pub(crate) tags: Option<IndexMap<String, String>>,
}

/// One version of a segment.
///
/// # Source
/// API model, SegmentResponse (members); documented. Their order: assumed, the model's, since no raw
/// answer was seen; case: segments/create-answers-the-segment
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SegmentResponse {
    /// The application, 32 lower-case hex characters.
    pub(crate) application_id: String,
    /// `arn:aws:mobiletargeting:{region}:{account}:apps/{application}/segments/{id}`
    pub(crate) arn: String,
    /// When the segment was made, `yyyy-MM-ddTHH:mm:ss.SSSZ`.
    pub(crate) creation_date: String,
    /// The criteria, as given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) dimensions: Option<SegmentDimensions>,
    /// 32 lower-case hex characters.
    pub(crate) id: String,
    /// Where an imported segment comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) import_definition: Option<SegmentImportResource>,
    /// When this version was made.
    pub(crate) last_modified_date: String,
    /// The name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    /// Groups of criteria, as given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) segment_groups: Option<SegmentGroupList>,
    /// Whether it selects endpoints or was imported.
    pub(crate) segment_type: SegmentType,
    /// Tags, `{}` when there are none.
    #[serde(rename = "tags")]
    pub(crate) tags: IndexMap<String, String>,
    /// From 1.
    pub(crate) version: u32,
}

/// Answer of GetSegments and GetSegmentVersions.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SegmentsResponse {
    /// This page's segments, newest first.
    pub(crate) item: Vec<SegmentResponse>,
    /// The token of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_token: Option<String>,
}

string_enum! {
    /// # Source
    /// API model, SegmentType; documented; case: segments/create-answers-the-segment
    SegmentType { Dimensional = "DIMENSIONAL", Import = "IMPORT" }
}

/// Criteria by members of endpoints.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SegmentDimensions {
    /// Criteria by custom attributes' names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) attributes: Option<IndexMap<String, AttributeDimension>>,
    /// Criteria by what the endpoint did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) behavior: Option<SegmentBehaviors>,
    /// Criteria by the device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) demographic: Option<SegmentDemographics>,
    /// Criteria by place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) location: Option<SegmentLocation>,
    /// Criteria by metrics' names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) metrics: Option<IndexMap<String, MetricDimension>>,
    /// Criteria by the names of the user's attributes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user_attributes: Option<IndexMap<String, AttributeDimension>>,
}

/// What the values of an attribute are compared with, and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AttributeDimension {
    /// How.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) attribute_type: Option<AttributeType>,
    /// With what.
    pub(crate) values: Vec<String>,
}

string_enum! {
    /// # Source
    /// API model, AttributeType; documented; case: segments/unknown-attribute-type
    AttributeType {
        Inclusive = "INCLUSIVE",
        Exclusive = "EXCLUSIVE",
        Contains = "CONTAINS",
        Before = "BEFORE",
        After = "AFTER",
        On = "ON",
        Between = "BETWEEN",
    }
}

/// Criteria by what the endpoint did.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SegmentBehaviors {
    /// When it was last active.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) recency: Option<RecencyDimension>,
}

/// When the endpoint was last active.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RecencyDimension {
    /// Within which time.
    pub(crate) duration: Duration,
    /// Active within it, or not.
    pub(crate) recency_type: RecencyType,
}

string_enum! {
    /// # Source
    /// API model, Duration; documented; case: segments/every-member-comes-back
    Duration { Hours24 = "HR_24", Days7 = "DAY_7", Days14 = "DAY_14", Days30 = "DAY_30" }
}

string_enum! {
    /// # Source
    /// API model, RecencyType; documented; case: segments/every-member-comes-back
    RecencyType { Active = "ACTIVE", Inactive = "INACTIVE" }
}

/// Criteria by the device.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SegmentDemographics {
    /// By `Demographic.AppVersion`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) app_version: Option<SetDimension>,
    /// By `ChannelType`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) channel: Option<SetDimension>,
    /// By the type of device, which no endpoint has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) device_type: Option<SetDimension>,
    /// By `Demographic.Make`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) make: Option<SetDimension>,
    /// By `Demographic.Model`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) model: Option<SetDimension>,
    /// By `Demographic.Platform`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) platform: Option<SetDimension>,
}

/// Values that a member must have, or must not have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SetDimension {
    /// Must or must not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) dimension_type: Option<DimensionType>,
    /// The values.
    pub(crate) values: Vec<String>,
}

string_enum! {
    /// # Source
    /// API model, DimensionType; documented; case: segment-evaluation/demographic
    DimensionType { Inclusive = "INCLUSIVE", Exclusive = "EXCLUSIVE" }
}

/// Criteria by place.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SegmentLocation {
    /// By `Location.Country`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) country: Option<SetDimension>,
    /// By the distance from a place.
    #[serde(rename = "GPSPoint", skip_serializing_if = "Option::is_none")]
    pub(crate) gps_point: Option<GpsPointDimension>,
}

/// A place, and how far around it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GpsPointDimension {
    /// The place.
    pub(crate) coordinates: GpsCoordinates,
    /// How far.   (kilometres)
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) range_in_kilometers: Option<f64>,
}

/// A place.   (degrees)
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GpsCoordinates {
    pub(crate) latitude: f64,
    pub(crate) longitude: f64,
}

/// What a metric is compared with, and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct MetricDimension {
    /// How; a plain text in the API model, of which five are valid.
    pub(crate) comparison_operator: String,
    /// With what.
    pub(crate) value: f64,
}

/// Groups of criteria.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SegmentGroupList {
    /// The groups.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) groups: Option<Vec<SegmentGroup>>,
    /// How many of the groups an endpoint must match.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) include: Option<Quantity>,
}

/// Other segments, and criteria besides.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SegmentGroup {
    /// The criteria.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) dimensions: Option<Vec<SegmentDimensions>>,
    /// The other segments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source_segments: Option<Vec<SegmentReference>>,
    /// In how many of the other segments an endpoint must be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source_type: Option<Quantity>,
    /// How many of the criteria an endpoint must match.
    #[serde(rename = "Type", skip_serializing_if = "Option::is_none")]
    pub(crate) dimensions_type: Option<Quantity>,
}

string_enum! {
    /// How many of several things must hold: `Include`, `SourceType` and `Type` of the model.
    ///
    /// # Source
    /// API model, Include, SourceType, Type; documented; case: segments/every-member-comes-back
    Quantity { All = "ALL", Any = "ANY", None = "NONE" }
}

/// Another segment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SegmentReference {
    /// Which.
    pub(crate) id: String,
    /// Which version; the latest when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) version: Option<i32>,
}

/// Where an imported segment comes from.
///
/// # Source
/// API model, SegmentImportResource; documented. Members in the model's order: assumed;
/// case: import-jobs/new-segment
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SegmentImportResource {
    /// Imported endpoints by channel type; absent until an import has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) channel_counts: Option<IndexMap<String, u64>>,
    /// The account, as of old roles.
    pub(crate) external_id: String,
    /// What the files were.
    pub(crate) format: Format,
    /// As which role they were read.
    pub(crate) role_arn: String,
    /// Where they lay.
    pub(crate) s3_url: String,
    /// Endpoint definitions imported; 0 until an import has ended.
    pub(crate) size: u64,
}

string_enum! {
    /// The format of files to import.
    ///
    /// # Source
    /// API model, Format; documented; case: import-jobs/required-members
    Format { Csv = "CSV", Json = "JSON" }
}
