//! What the digits of a phone number tell: country, cleansed forms, kind of line.
//!
//! Read from the numbering plans that the `phonenumber` crate holds. Which numbers are in use, and by
//! whom, no plan knows.

use phonenumber::country::Id;
use phonenumber::metadata::DATABASE;
use phonenumber::{Metadata, Type};

use crate::facts::country_names;
use crate::model::phone_number::{NumberValidateRequest, NumberValidateResponse, PhoneType};

/// Why a number cannot be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PhoneNumberError {
    #[error("there is no number")]
    Missing,
    #[error("the country is none")]
    UnknownCountry,
}

/// The calling code that the countries of the North American Numbering Plan share.
const NORTH_AMERICA: u16 = 1;

/// What is known of the number in `request`.
///
/// # Errors
/// No number, or a country that there is not. A number that cannot be one is no error, but `INVALID`.
///
/// # Source
/// Developer Guide, validate-phone-numbers: a number without `+` and country begins with a calling
/// code, and an invalid one has its cleansed forms all the same; recorded;
/// case: phone-numbers/country-from-the-first-digits. What is no number at all is `INVALID` too:
/// assumed; case: phone-numbers/no-number-at-all
pub(crate) fn validate(
    request: NumberValidateRequest,
) -> Result<NumberValidateResponse, PhoneNumberError> {
    let original = request.phone_number.filter(|number| !number.is_empty());
    let original = original.ok_or(PhoneNumberError::Missing)?;
    let country = match request.iso_country_code.as_deref() {
        None | Some("") => None,
        Some(code) => Some(code.parse().map_err(|_| PhoneNumberError::UnknownCountry)?),
    };
    let number = cleanse(&original).and_then(|written| Number::read(&written, country));
    let phone_type = number
        .as_ref()
        .map_or(PhoneType::Invalid, Number::phone_type);
    let country = number.as_ref().and_then(|number| number.country);
    Ok(NumberValidateResponse {
        country_code_iso2: country.map(|country| country.as_ref().to_owned()),
        country_code_numeric: number
            .as_ref()
            .map(|number| number.calling_code.to_string()),
        country: country.map(country_names::name),
        cleansed_phone_number_national: number.as_ref().map(|number| number.national.clone()),
        cleansed_phone_number_e164: number
            .map(|number| format!("+{}{}", number.calling_code, number.national)),
        phone_type_code: phone_type.code(),
        phone_type,
        original_phone_number: original,
        original_country_code_iso2: request.iso_country_code,
    })
}

/// The digits, with `+` before them if it is there; `None` if it holds what numbers are not written with.
///
/// # Source
/// Developer Guide, validate-phone-numbers (dashes may stand in a number); documented. The other
/// separators: assumed; case: phone-numbers/separators
fn cleanse(text: &str) -> Option<String> {
    let text = text.trim();
    let (plus, rest) = match text.strip_prefix('+') {
        Some(rest) => ("+", rest),
        None => ("", text),
    };
    let mut digits = plus.to_owned();
    for character in rest.chars() {
        match character {
            '0'..='9' => digits.push(character),
            ' ' | '-' | '.' | '(' | ')' | '/' => {}
            _ => return None,
        }
    }
    Some(digits)
}

/// A number that has a calling code.
#[derive(Debug)]
struct Number {
    calling_code: u16,
    /// Without what is dialled before it inside the country.
    national: String,
    /// None for numbers that belong to no country, such as +800.
    country: Option<Id>,
    /// By the plan; `Unknown` if it is none of the plan's.
    kind: Type,
}

impl Number {
    /// Reads what [`cleanse`] made, in `country` if it has no `+`.
    fn read(written: &str, country: Option<Id>) -> Option<Self> {
        let parsed = match (written.strip_prefix('+'), country) {
            (Some(_), _) => phonenumber::parse(None, written),
            (None, Some(country)) => phonenumber::parse(Some(country), written),
            (None, None) => phonenumber::parse(None, format!("+{written}")),
        }
        .ok()?;
        let calling_code = parsed.code().value();
        let plan = parsed
            .metadata(&DATABASE)
            .or_else(|| main_plan(calling_code))?;
        let national = without_trunk_prefix(&parsed.national().to_string(), plan);
        let kind = match parsed.number_type(&DATABASE) {
            Type::Unknown => kind_of(&national, plan),
            kind => kind,
        };
        Some(Self {
            calling_code,
            national,
            country: plan.id().parse().ok(),
            kind,
        })
    }

    /// # Source
    /// Which lines are which: Developer Guide, validate-phone-numbers; documented. That a number which
    /// may be either, as in the United States, is a mobile one: assumed, so that programs which send
    /// to mobile lines only go on; case: phone-numbers/types
    fn phone_type(&self) -> PhoneType {
        if self.is_set_aside() {
            return PhoneType::Other;
        }
        match self.kind {
            Type::Mobile | Type::FixedLineOrMobile => PhoneType::Mobile,
            Type::FixedLine => PhoneType::Landline,
            Type::Voip => PhoneType::Voip,
            Type::Unknown => PhoneType::Invalid,
            Type::TollFree
            | Type::PremiumRate
            | Type::SharedCost
            | Type::PersonalNumber
            | Type::Pager
            | Type::Uan
            | Type::Emergency
            | Type::Voicemail
            | Type::ShortCode
            | Type::StandardRate
            | Type::Carrier
            | Type::NoInternational => PhoneType::Other,
        }
    }

    /// Whether it is a North American number kept for films, or in an area that is not in use.
    ///
    /// # Source
    /// Developer Guide, validate-phone-numbers, other phone numbers; documented. Other examples show
    /// such numbers as mobile ones, since they hide real ones behind them; case: phone-numbers/fictitious-number
    fn is_set_aside(&self) -> bool {
        let digits = self.national.as_bytes();
        self.calling_code == NORTH_AMERICA
            && digits.len() == 10
            && digits[0] >= b'2'
            && digits[3] >= b'2'
            && (&digits[3..6] == b"555" || self.kind == Type::Unknown)
    }
}

/// The plan of the country that a calling code belongs to first.
fn main_plan(calling_code: u16) -> Option<&'static Metadata> {
    DATABASE.by_code(&calling_code)?.into_iter().next()
}

/// The kind of a number by all its digits. The crate looks numbers up without a zero in front, which
/// belongs to the number in Italy and others, and then knows no kind.
fn kind_of(national: &str, plan: &Metadata) -> Type {
    const KINDS: [Type; 5] = [
        Type::FixedLine,
        Type::Mobile,
        Type::Voip,
        Type::TollFree,
        Type::PremiumRate,
    ];
    let fits = |kind: &Type| {
        plan.descriptors()
            .get(*kind)
            .is_some_and(|numbers| numbers.is_match(national))
    };
    KINDS.into_iter().find(fits).unwrap_or(Type::Unknown)
}

/// # Source
/// Developer Guide, validate-phone-numbers, invalid phone numbers (`+440…` becomes `+44…`); recorded;
/// case: phone-numbers/invalid-number
fn without_trunk_prefix(national: &str, plan: &Metadata) -> String {
    // Numbers that the plan knows have lost it already. Of the others only a zero can be told from
    // a digit of the number.
    let prefix = plan.national_prefix().filter(|prefix| *prefix == "0");
    let rest = prefix.and_then(|prefix| national.strip_prefix(prefix));
    rest.unwrap_or(national).to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn look_up(number: &str, country: Option<&str>) -> NumberValidateResponse {
        validate(NumberValidateRequest {
            phone_number: Some(number.to_owned()),
            iso_country_code: country.map(str::to_owned),
        })
        .unwrap()
    }

    #[test]
    fn countries_cleansed_forms_and_kinds_are_those_of_the_numbering_plans() {
        use PhoneType::{Invalid, Landline, Mobile, Other, Voip};
        for (number, country, iso2, e164, phone_type) in [
            ("+12065230142", None, Some("US"), "+12065230142", Mobile),
            (
                "+1 (416) 523-0142",
                None,
                Some("CA"),
                "+14165230142",
                Mobile,
            ),
            ("+14255550199", None, Some("US"), "+14255550199", Other),
            ("+19995230142", None, Some("US"), "+19995230142", Other),
            ("+18005230142", None, Some("US"), "+18005230142", Other),
            ("4085550100", None, Some("RO"), "+4085550100", Invalid),
            ("4085230100", Some("US"), Some("US"), "+14085230100", Mobile),
            ("+440163296076", None, Some("GB"), "+44163296076", Invalid),
            (
                "+44-207-946-0881",
                Some("GB"),
                Some("GB"),
                "+442079460881",
                Landline,
            ),
            (
                "020 7946 0881",
                Some("GB"),
                Some("GB"),
                "+442079460881",
                Landline,
            ),
            ("442079460881", None, Some("GB"), "+442079460881", Landline),
            ("+442075550881", None, Some("GB"), "+442075550881", Landline),
            (
                "+447400123456",
                Some("US"),
                Some("GB"),
                "+447400123456",
                Mobile,
            ),
            ("+445612345678", None, Some("GB"), "+445612345678", Voip),
            ("+393123456789", None, Some("IT"), "+393123456789", Mobile),
            ("+390612345678", None, Some("IT"), "+390612345678", Landline),
            ("+2250701234567", None, Some("CI"), "+2250701234567", Mobile),
            ("+80012345678", None, None, "+80012345678", Other),
            ("+4915123456789", None, Some("DE"), "+4915123456789", Mobile),
        ] {
            let answer = look_up(number, country);
            assert_eq!(
                (
                    answer.country_code_iso2.as_deref(),
                    answer.cleansed_phone_number_e164.as_deref(),
                    answer.phone_type
                ),
                (iso2, Some(e164), phone_type),
                "{number} {country:?}"
            );
        }
    }

    #[test]
    fn what_is_no_number_has_no_country() {
        for number in [
            "number",
            "+",
            "++1",
            "+0",
            "12",
            "+1206523014212345678901",
            "+12065230142x5",
            "٠١٢",
        ] {
            let answer = look_up(number, None);
            assert_eq!(
                (
                    answer.country_code_iso2.as_deref(),
                    answer.cleansed_phone_number_e164,
                    answer.phone_type
                ),
                (None, None, PhoneType::Invalid),
                "{number}"
            );
            assert_eq!(answer.original_phone_number, number);
        }
    }

    proptest! {
        // The plans' patterns are compiled as they are needed, which takes a while.
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn no_text_is_too_odd(number in "[+0-9 ()a٣-]{1,30}|\\PC{1,20}", country in "US|GB|IT|DE") {
            look_up(&number, None);
            look_up(&number, Some(&country));
        }
    }
}
