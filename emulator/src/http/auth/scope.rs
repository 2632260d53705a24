//! The credential of Signature Version 4: `AKID/yyyymmdd/region/service/aws4_request`.
//!
//! Two readings of it: dispatch only wants the service and takes any text that resembles one; the
//! check wants every element in order.

/// A well-formed credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scope {
    pub(super) access_key_id: String,
    /// `yyyymmdd`
    pub(super) date: String,
    pub(super) region: String,
    /// The signing name.
    pub(super) service: &'static str,
}

impl Scope {
    /// All of it but the key id, as it stands in what is signed.
    pub(super) fn path(&self) -> String {
        let Self {
            date,
            region,
            service,
            ..
        } = self;
        format!("{date}/{region}/{service}/aws4_request")
    }
}

/// The first thing wrong with a credential; the text is the element found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ScopeFault {
    Shape,
    KeyEmpty,
    Date(String),
    RegionEmpty,
    Service(String),
    Terminal(String),
}

/// Region and service as they stand in something that resembles a credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) region: String,
    pub(super) service: String,
}

/// Reads a credential for the given signing name.
pub(super) fn parse(credential: &str, signing_name: &'static str) -> Result<Scope, ScopeFault> {
    let Some([access_key_id, date, region, service, terminal]) = elements(credential) else {
        return Err(ScopeFault::Shape);
    };
    if access_key_id.is_empty() {
        return Err(ScopeFault::KeyEmpty);
    }
    if date.len() != 8 || jiff::civil::Date::strptime("%Y%m%d", date).is_err() {
        return Err(ScopeFault::Date(date.to_owned()));
    }
    if region.is_empty() {
        return Err(ScopeFault::RegionEmpty);
    }
    if service != signing_name {
        return Err(ScopeFault::Service(service.to_owned()));
    }
    if terminal != "aws4_request" {
        return Err(ScopeFault::Terminal(terminal.to_owned()));
    }
    Ok(Scope {
        access_key_id: access_key_id.to_owned(),
        date: date.to_owned(),
        region: region.to_owned(),
        service: signing_name,
    })
}

/// What a credential names, however wrong it is otherwise; `None` if it has not five elements.
pub(super) fn named(credential: &str) -> Option<Named> {
    let [_, _, region, service, _] = elements(credential)?;
    (!service.is_empty()).then(|| Named {
        region: region.to_owned(),
        service: service.to_owned(),
    })
}

/// Key id, date, region, service and terminator, whatever they are.
pub(super) fn elements(credential: &str) -> Option<[&str; 5]> {
    let elements: Vec<&str> = credential.split('/').collect();
    elements.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_has_five_elements_in_order() {
        let text = |s: &str| s.to_owned();
        for (credential, fault) in [
            ("AK/20260102/eu-west-1/s3/aws4_request", None),
            ("", Some(ScopeFault::Shape)),
            ("AK/20260102/eu-west-1/s3", Some(ScopeFault::Shape)),
            (
                "A/K/20260102/eu-west-1/s3/aws4_request",
                Some(ScopeFault::Shape),
            ),
            (
                "/20260102/eu-west-1/s3/aws4_request",
                Some(ScopeFault::KeyEmpty),
            ),
            (
                "AK/2026012/eu-west-1/s3/aws4_request",
                Some(ScopeFault::Date(text("2026012"))),
            ),
            (
                "AK/20261302/eu-west-1/s3/aws4_request",
                Some(ScopeFault::Date(text("20261302"))),
            ),
            (
                "AK/20260102//s3/aws4_request",
                Some(ScopeFault::RegionEmpty),
            ),
            (
                "AK/20260102/eu-west-1/sqs/aws4_request",
                Some(ScopeFault::Service(text("sqs"))),
            ),
            (
                "AK/20260102/eu-west-1/s3/aws2",
                Some(ScopeFault::Terminal(text("aws2"))),
            ),
        ] {
            assert_eq!(parse(credential, "s3").err(), fault, "{credential}");
        }
    }
}
