//! Segments: what a request may ask for, and whether an endpoint belongs.
//!
//! The first half is here and is asked when a segment is written; the second is in `matcher`, which
//! export jobs ask for every endpoint. Which segments there are is not known here.

pub(crate) mod matcher;
pub(crate) mod profile;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::domain::timestamp;
use crate::facts::limits::{SEGMENT_DIMENSIONS_MAX, SEGMENT_GROUPS_MAX, SEGMENT_SOURCES_MAX};
use crate::model::segment::{
    AttributeDimension, AttributeType, MetricDimension, SegmentDimensions, SegmentGroup,
    SegmentGroupList, SegmentImportResource, SegmentReference, SegmentType,
};

/// What decides who is in one version of a segment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Criteria {
    /// All endpoints of the application.
    ///
    /// # Source
    /// User Guide, migrate ("a segment with no filters"); documented for an empty `Dimensions`;
    /// case: segment-evaluation/empty-dimensions. That leaving it out says the same: assumed;
    /// case: segment-evaluation/no-criteria-select-everybody
    Everybody,
    /// Those that have all dimensions.
    Dimensions(Box<SegmentDimensions>),
    /// Those that belong to groups.
    Groups(SegmentGroupList),
    /// Those that were imported.
    Imported(SegmentImportResource),
}

/// Why a segment cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CriteriaError {
    #[error("both dimensions and groups are given")]
    DimensionsAndGroups,
    #[error("there are more dimensions than a segment may have")]
    TooManyDimensions,
    #[error("there are more groups than a segment may have")]
    TooManyGroups,
    #[error("there are more source segments than a segment may have")]
    TooManySources,
    #[error("`{0}` is no date-time")]
    NotADateTime(String),
    #[error("BETWEEN needs two values")]
    NotTwoValues,
    #[error("`{0}` is no comparison operator")]
    UnknownOperator(String),
    #[error("an imported source segment is not alone in its group")]
    ImportedSourceNotAlone,
    #[error("a source segment leads back to the segment")]
    LeadsBack,
    #[error("the criteria of an imported segment cannot be changed")]
    ImportedIsFixed,
}

/// How a metric is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ComparisonOperator {
    GreaterThan,
    LessThan,
    GreaterThanOrEqual,
    LessThanOrEqual,
    Equal,
}

impl ComparisonOperator {
    /// # Source
    /// API model, MetricDimension (text); documented. That other texts are refused: assumed;
    /// case: segments/unknown-comparison-operator
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "GREATER_THAN" => Self::GreaterThan,
            "LESS_THAN" => Self::LessThan,
            "GREATER_THAN_OR_EQUAL" => Self::GreaterThanOrEqual,
            "LESS_THAN_OR_EQUAL" => Self::LessThanOrEqual,
            "EQUAL" => Self::Equal,
            _ => return None,
        })
    }
}

impl Criteria {
    /// What a request says, checked as far as that goes without other segments; `None` if it says
    /// nothing.
    ///
    /// # Errors
    /// Both kinds of criteria, too many, or one that means nothing.
    ///
    /// # Source
    /// API model, WriteSegmentRequest ("but not both"); documented; case: segments/dimensions-and-groups
    pub(crate) fn of_request(
        dimensions: Option<SegmentDimensions>,
        groups: Option<SegmentGroupList>,
    ) -> Result<Option<Self>, CriteriaError> {
        let criteria = match (dimensions, groups) {
            (Some(_), Some(_)) => return Err(CriteriaError::DimensionsAndGroups),
            (Some(dimensions), None) => Self::Dimensions(Box::new(dimensions)),
            (None, Some(groups)) => Self::Groups(groups),
            (None, None) => return Ok(None),
        };
        criteria.check()?;
        Ok(Some(criteria))
    }

    /// The type of a segment of such criteria.
    pub(crate) fn segment_type(&self) -> SegmentType {
        match self {
            Self::Everybody | Self::Dimensions(_) | Self::Groups(_) => SegmentType::Dimensional,
            Self::Imported(_) => SegmentType::Import,
        }
    }

    /// The groups; none if the criteria are of another kind.
    pub(crate) fn groups(&self) -> &[SegmentGroup] {
        match self {
            Self::Groups(list) => list.groups.as_deref().unwrap_or_default(),
            Self::Everybody | Self::Dimensions(_) | Self::Imported(_) => &[],
        }
    }

    /// All source segments of all groups.
    pub(crate) fn sources(&self) -> impl Iterator<Item = &SegmentReference> {
        self.groups()
            .iter()
            .flat_map(|group| group.source_segments.iter().flatten())
    }

    fn check(&self) -> Result<(), CriteriaError> {
        let mut dimensions = Vec::new();
        match self {
            Self::Dimensions(own) => dimensions.push(own.as_ref()),
            Self::Everybody | Self::Groups(_) | Self::Imported(_) => {}
        }
        for group in self.groups() {
            dimensions.extend(group.dimensions.iter().flatten());
        }
        if dimensions.iter().map(|one| count(one)).sum::<usize>() > SEGMENT_DIMENSIONS_MAX {
            return Err(CriteriaError::TooManyDimensions);
        }
        if self.groups().len() > SEGMENT_GROUPS_MAX {
            return Err(CriteriaError::TooManyGroups);
        }
        if self.sources().count() > SEGMENT_SOURCES_MAX {
            return Err(CriteriaError::TooManySources);
        }
        dimensions.into_iter().try_for_each(check_values)
    }
}

/// How many dimensions these are: every attribute, metric and other member is one.
fn count(dimensions: &SegmentDimensions) -> usize {
    let maps = [
        dimensions.attributes.as_ref().map_or(0, IndexMap::len),
        dimensions.user_attributes.as_ref().map_or(0, IndexMap::len),
        dimensions.metrics.as_ref().map_or(0, IndexMap::len),
    ];
    let sets = dimensions.demographic.iter().flat_map(|demographic| {
        [
            &demographic.app_version,
            &demographic.channel,
            &demographic.device_type,
            &demographic.make,
            &demographic.model,
            &demographic.platform,
        ]
    });
    let location = dimensions.location.as_ref();
    let others = [
        location.is_some_and(|location| location.country.is_some()),
        location.is_some_and(|location| location.gps_point.is_some()),
        (dimensions.behavior.as_ref()).is_some_and(|behavior| behavior.recency.is_some()),
    ];
    maps.iter().sum::<usize>()
        + sets.flatten().count()
        + others.into_iter().filter(|is_given| *is_given).count()
}

fn check_values(dimensions: &SegmentDimensions) -> Result<(), CriteriaError> {
    let attributes = dimensions.attributes.iter().flatten();
    for (_, attribute) in attributes.chain(dimensions.user_attributes.iter().flatten()) {
        check_attribute(attribute)?;
    }
    for MetricDimension {
        comparison_operator,
        ..
    } in dimensions
        .metrics
        .iter()
        .flat_map(|metrics| metrics.values())
    {
        if ComparisonOperator::parse(comparison_operator).is_none() {
            return Err(CriteriaError::UnknownOperator(comparison_operator.clone()));
        }
    }
    Ok(())
}

/// # Source
/// API model, AttributeType: date types compare date-times; documented. That other values and any
/// number but two for BETWEEN are refused: assumed; case: segments/date-types-need-dates
fn check_attribute(attribute: &AttributeDimension) -> Result<(), CriteriaError> {
    match attribute.attribute_type.unwrap_or(ATTRIBUTE_TYPE_DEFAULT) {
        AttributeType::Inclusive | AttributeType::Exclusive | AttributeType::Contains => {
            return Ok(());
        }
        AttributeType::Between if attribute.values.len() != 2 => {
            return Err(CriteriaError::NotTwoValues);
        }
        AttributeType::Before
        | AttributeType::After
        | AttributeType::On
        | AttributeType::Between => {}
    }
    let unreadable = attribute
        .values
        .iter()
        .find(|value| timestamp::parse(value).is_none());
    match unreadable {
        Some(value) => Err(CriteriaError::NotADateTime(value.clone())),
        None => Ok(()),
    }
}

/// # Source
/// Assumed, since its name is that of the other dimensions' default;
/// case: segment-evaluation/attribute-type-is-inclusive-unless-given
const ATTRIBUTE_TYPE_DEFAULT: AttributeType = AttributeType::Inclusive;

#[cfg(test)]
mod tests;
