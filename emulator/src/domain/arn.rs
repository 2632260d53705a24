//! ARNs, taken apart.

/// `arn:{partition}:{service}:{region}:{account}:{resource}`; region and account may be empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Arn<'a> {
    /// `aws`, `aws-cn`, `aws-us-gov`, …
    pub(crate) partition: &'a str,
    /// The signing name, e.g. `mobiletargeting`.
    pub(crate) service: &'a str,
    /// Where.
    pub(crate) region: &'a str,
    /// Whose.
    pub(crate) account: &'a str,
    /// All that follows, colons and slashes included.
    pub(crate) resource: &'a str,
}

impl<'a> Arn<'a> {
    /// The parts; none of them is looked into but the partition.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        let arn = parts.next()?;
        let [partition, service, region, account, resource] = [(); 5]
            .map(|()| parts.next())
            .map(Option::unwrap_or_default);
        let valid = arn == "arn"
            && (partition == "aws" || partition.starts_with("aws-"))
            && !service.is_empty()
            && !resource.is_empty();
        valid.then_some(Self {
            partition,
            service,
            region,
            account,
            resource,
        })
    }

    /// Whether it names an IAM role: `arn:aws:iam::{12 digits}:role/{path and name}`.
    pub(crate) fn is_role(&self) -> bool {
        self.service == "iam" && self.region.is_empty() && self.has_account() && self.names("role/")
    }

    /// Whether it names a Kinesis data stream, `arn:aws:kinesis:{region}:{account}:stream/{name}`, or
    /// a Firehose delivery stream, `arn:aws:firehose:{region}:{account}:deliverystream/{name}`.
    pub(crate) fn is_event_destination(&self) -> bool {
        !self.region.is_empty()
            && self.has_account()
            && match self.service {
                "kinesis" => self.names("stream/"),
                "firehose" => self.names("deliverystream/"),
                _ => false,
            }
    }

    fn has_account(&self) -> bool {
        self.account.len() == 12 && self.account.bytes().all(|byte| byte.is_ascii_digit())
    }

    fn names(&self, kind: &str) -> bool {
        self.resource
            .strip_prefix(kind)
            .is_some_and(|name| !name.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_has_six_parts_of_which_the_last_may_hold_colons() {
        let text = "arn:aws-cn:mobiletargeting:cn-north-1:111122223333:apps/one:two";
        let expected = Arn {
            partition: "aws-cn",
            service: "mobiletargeting",
            region: "cn-north-1",
            account: "111122223333",
            resource: "apps/one:two",
        };
        assert_eq!(Arn::parse(text), Some(expected));
        for text in [
            "",
            "arn",
            "arn:aws:iam::1",
            "arn:aws:::1:x",
            "arn:azure:iam::1:x",
            "urn:aws:iam::1:x",
        ] {
            assert_eq!(Arn::parse(text), None, "{text}");
        }
    }

    #[test]
    fn roles_and_destinations_of_events_are_recognized() {
        const NEITHER: (bool, bool) = (false, false);
        const ROLE: (bool, bool) = (true, false);
        const DESTINATION: (bool, bool) = (false, true);
        for (text, expected) in [
            ("arn:aws:iam::111122223333:role/s3ExportRole", ROLE),
            ("arn:aws-cn:iam::111122223333:role/path/name", ROLE),
            ("arn:aws:iam::111122223333:role/", NEITHER),
            ("arn:aws:iam::1111:role/name", NEITHER),
            ("arn:aws:iam::111122223333:user/name", NEITHER),
            ("arn:aws:s3:::bucket", NEITHER),
            ("arn:aws:sts::111122223333:role/name", NEITHER),
            ("arn:aws:iam:us-east-1:111122223333:role/name", NEITHER),
            (
                "arn:aws:kinesis:us-east-1:111122223333:stream/e",
                DESTINATION,
            ),
            (
                "arn:aws-us-gov:firehose:us-gov-west-1:111122223333:deliverystream/e",
                DESTINATION,
            ),
            (
                "arn:aws:kinesis:us-east-1:111122223333:deliverystream/e",
                NEITHER,
            ),
            ("arn:aws:firehose:us-east-1:111122223333:stream/e", NEITHER),
            ("arn:aws:kinesis:us-east-1:111122223333:stream/", NEITHER),
            ("arn:aws:kinesis::111122223333:stream/e", NEITHER),
            ("arn:aws:sqs:us-east-1:111122223333:e", NEITHER),
        ] {
            let arn = Arn::parse(text).expect("all of them are ARNs");
            assert_eq!(
                (arn.is_role(), arn.is_event_destination()),
                expected,
                "{text}"
            );
        }
    }
}
