//! PhoneNumberValidate.

use tokio::task::spawn_blocking;

use crate::domain::phone_number::{self, PhoneNumberError};
use crate::facts::{messages, phone_numbers as facts};
use crate::model::exception::Exception;
use crate::model::phone_number::{NumberValidateRequest, NumberValidateResponse};

impl From<PhoneNumberError> for Exception {
    fn from(error: PhoneNumberError) -> Self {
        Self::bad_request(match error {
            PhoneNumberError::Missing => messages::missing_member("PhoneNumber"),
            PhoneNumberError::UnknownCountry => facts::COUNTRY_INVALID.to_owned(),
        })
    }
}

/// PhoneNumberValidate: what the digits of a number tell. Needs no application, and keeps nothing.
pub(crate) async fn phone_number_validate(
    input: NumberValidateRequest,
) -> Result<NumberValidateResponse, Exception> {
    // The first look at each numbering plan reads and compiles it, which takes a while.
    let validated = spawn_blocking(move || phone_number::validate(input)).await;
    Ok(validated.map_err(|panicked| Exception::internal(&panicked))??)
}
