//! What AWS says of validating phone numbers.

/// `IsoCountryCode` is no country.
///
/// # Source
/// Assumed; case: phone-numbers/unknown-country
pub(crate) const COUNTRY_INVALID: &str =
    "IsoCountryCode must be a two-letter country code of ISO 3166-1";
