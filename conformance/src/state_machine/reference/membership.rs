//! Whether an endpoint belongs to dimensions and groups.

use std::collections::BTreeSet;

use super::audience::read_date;
use super::endpoint::{Endpoint, Lists};
use crate::state_machine::transition::segments::{
    AttributeDimension, Dimensions, Gps, Groups, SetDimension,
};

/// Radius of the globe.   (km)
const RADIUS: f64 = 6371.0;
const DAY_MS: i64 = 86_400_000;

/// All dimensions must hold.
pub(crate) fn belongs(endpoint: &Endpoint, dimensions: &Dimensions, now: i64) -> bool {
    let of_user = &endpoint.user.user_attributes;
    let attribute = |lists: &Lists, name: &str, dimension: &AttributeDimension| {
        has_attribute(lists.get(name).map(Vec::as_slice), dimension)
    };
    let in_demographic = |name: &str| match name {
        "Channel" => endpoint.channel_type.clone(),
        "DeviceType" => None,
        _ => endpoint.demographic.get(name).cloned(),
    };
    let country = endpoint.location.get("Country").and_then(|it| it.as_str());
    dimensions
        .attributes
        .iter()
        .all(|(name, dimension)| attribute(&endpoint.attributes, name, dimension))
        && dimensions
            .user_attributes
            .iter()
            .all(|(name, dimension)| attribute(of_user, name, dimension))
        && dimensions.metrics.iter().all(|(name, (operator, value))| {
            let metric = endpoint.metrics.get(*name);
            let metric = metric.and_then(|metric| metric.get().parse().ok());
            metric.is_some_and(|metric| compares(metric, operator, *value))
        })
        && dimensions.demographic.iter().all(|(name, set)| {
            let value = in_demographic(name);
            in_set(value.as_deref(), set, *name == "Platform")
        })
        && dimensions
            .country
            .iter()
            .all(|set| in_set(country, set, false))
        && dimensions.gps.iter().all(|gps| is_near(endpoint, gps))
        && dimensions
            .recency
            .iter()
            .all(|(duration, kind)| is_recent(endpoint, duration, now) == (*kind == "ACTIVE"))
}

/// Whether the groups, whose sources have these members, include the endpoint.
pub(crate) fn groups_include(
    endpoint: &Endpoint,
    groups: &Groups,
    sources: &[Vec<BTreeSet<String>>],
    now: i64,
) -> bool {
    let held = groups.groups.iter().zip(sources).map(|(group, sources)| {
        let in_sources = sources.iter().map(|members| members.contains(&endpoint.id));
        let in_dimensions = group.dimensions.iter();
        let in_dimensions = in_dimensions.map(|dimensions| belongs(endpoint, dimensions, now));
        let in_sources: Vec<bool> = in_sources.collect();
        let in_dimensions: Vec<bool> = in_dimensions.collect();
        let sources_hold = in_sources.is_empty() || holds(group.source_type, &in_sources);
        let dimensions_hold = in_dimensions.is_empty() || holds(group.kind, &in_dimensions);
        sources_hold && dimensions_hold
    });
    holds(groups.include, &held.collect::<Vec<bool>>())
}

fn holds(kind: Option<&str>, each: &[bool]) -> bool {
    match kind {
        Some("ANY") => each.contains(&true),
        Some("NONE") => !each.contains(&true),
        _ => !each.contains(&false),
    }
}

fn has_attribute(values: Option<&[String]>, dimension: &AttributeDimension) -> bool {
    let values = values.unwrap_or_default();
    let wanted = &dimension.values;
    let equals = |value: &String| wanted.contains(&value.as_str());
    let dated = |test: &dyn Fn(i64, i64) -> bool| {
        values
            .iter()
            .filter_map(|value| read_date(value))
            .any(|value| {
                let wanted = wanted.iter().filter_map(|wanted| read_date(wanted));
                wanted.into_iter().any(|wanted| test(value, wanted))
            })
    };
    match dimension.kind {
        Some("EXCLUSIVE") => !values.iter().any(equals),
        Some("CONTAINS") => values
            .iter()
            .any(|value| wanted.iter().any(|part| value.contains(part))),
        Some("BEFORE") => dated(&|value, wanted| value < wanted),
        Some("AFTER") => dated(&|value, wanted| value > wanted),
        Some("ON") => dated(&|value, wanted| value.div_euclid(DAY_MS) == wanted.div_euclid(DAY_MS)),
        Some("BETWEEN") => {
            let bounds: Vec<i64> = wanted.iter().filter_map(|date| read_date(date)).collect();
            let values = values.iter().filter_map(|value| read_date(value));
            values
                .into_iter()
                .any(|value| bounds[0] <= value && value <= bounds[1])
        }
        _ => values.iter().any(equals),
    }
}

fn compares(metric: f64, operator: &str, value: f64) -> bool {
    match operator {
        "GREATER_THAN" => metric > value,
        "LESS_THAN" => metric < value,
        "GREATER_THAN_OR_EQUAL" => metric >= value,
        "LESS_THAN_OR_EQUAL" => metric <= value,
        _ => metric.to_bits() == value.to_bits(),
    }
}

fn in_set(value: Option<&str>, set: &SetDimension, lower_case: bool) -> bool {
    let is_one = value.is_some_and(|value| {
        let mut wanted = set.values.iter();
        if lower_case {
            wanted.any(|wanted| wanted.to_lowercase() == value)
        } else {
            wanted.any(|wanted| *wanted == value)
        }
    });
    is_one != (set.kind == Some("EXCLUSIVE"))
}

/// Whether the great circle to the point is no longer than the range.
fn is_near(endpoint: &Endpoint, gps: &Gps) -> bool {
    let coordinate = |name: &str| {
        endpoint
            .location
            .get(name)
            .and_then(serde_json::Value::as_f64)
    };
    let (Some(latitude), Some(longitude)) = (coordinate("Latitude"), coordinate("Longitude"))
    else {
        return false;
    };
    let (from, to) = (latitude.to_radians(), gps.latitude.to_radians());
    let across = (gps.longitude - longitude).to_radians();
    // The law of cosines for sides; rounding may take it a hair beyond one.
    let cosine = from.sin() * to.sin() + from.cos() * to.cos() * across.cos();
    let same_place = latitude.to_bits() == gps.latitude.to_bits()
        && longitude.to_bits() == gps.longitude.to_bits();
    let distance = if same_place {
        0.0
    } else {
        RADIUS * cosine.clamp(-1.0, 1.0).acos()
    };
    distance <= gps.range.unwrap_or(0.0)
}

fn is_recent(endpoint: &Endpoint, duration: &str, now: i64) -> bool {
    let days = match duration {
        "HR_24" => 1,
        "DAY_7" => 7,
        "DAY_14" => 14,
        _ => 30,
    };
    read_date(&endpoint.effective_date).is_some_and(|date| now - date <= days * DAY_MS)
}
