//! The shapes of PhoneNumberValidate.

use serde::{Deserialize, Serialize};

/// Body of PhoneNumberValidate.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct NumberValidateRequest {
    /// The number; required, though the model does not say so.
    pub(crate) phone_number: Option<String>,
    /// The country to read a number in that is written without `+`.
    pub(crate) iso_country_code: Option<String>,
}

/// What is known of a phone number from its digits alone. `City`, `ZipCode`, `County`, `Timezone` and
/// `Carrier` are known to carriers only, and left out.
///
/// # Source
/// Member order: Developer Guide, validate-phone-numbers; recorded; case: phone-numbers/every-member.
/// No place and no time zone for numbers of the United States and Canada: the same page, 2026;
/// documented
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct NumberValidateResponse {
    /// ISO 3166-1 alpha-2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) country_code_iso2: Option<String>,
    /// The calling code, without `+`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) country_code_numeric: Option<String>,
    /// The English name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) country: Option<&'static str>,
    /// The digits after the calling code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cleansed_phone_number_national: Option<String>,
    /// `+`, calling code and digits.
    #[serde(rename = "CleansedPhoneNumberE164")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cleansed_phone_number_e164: Option<String>,
    /// [`PhoneType`] as a number.
    pub(crate) phone_type_code: u8,
    /// What kind of line it is.
    pub(crate) phone_type: PhoneType,
    /// As sent.
    pub(crate) original_phone_number: String,
    /// As sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) original_country_code_iso2: Option<String>,
}

/// What kind of line a number is. There is a `PREPAID`, 5, too, which only a carrier knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum PhoneType {
    Mobile,
    Landline,
    Voip,
    Invalid,
    Other,
}

impl PhoneType {
    /// # Source
    /// Developer Guide, validate-phone-numbers; documented; case: phone-numbers/types
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Mobile => 0,
            Self::Landline => 1,
            Self::Voip => 2,
            Self::Invalid => 3,
            Self::Other => 4,
        }
    }
}
