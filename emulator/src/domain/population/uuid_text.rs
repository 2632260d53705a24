//! 122 free bits as the text of a version 4 UUID, and back.

use uuid::Uuid;

/// How many bits of such a UUID are free.
pub(super) const BITS: u32 = 122;

const VERSION: u128 = 4 << 76;
const VARIANT: u128 = 0b10 << 62;

/// The lower-case text of `bits`.   Example: `f47ac10b-58cc-4372-a567-0e02b2c3d479`
pub(super) fn format(bits: u128) -> String {
    let uuid = (bits >> 74) << 80
        | VERSION
        | ((bits >> 62) & 0xfff) << 64
        | VARIANT
        | bits & ((1 << 62) - 1);
    Uuid::from_u128(uuid).to_string()
}

/// The bits that [`format()`] writes as `text`, if it is of exactly that form.
pub(super) fn parse(text: &str) -> Option<u128> {
    let uuid = Uuid::try_parse(text).ok()?.as_u128();
    let bits = (uuid >> 80) << 74 | ((uuid >> 64) & 0xfff) << 62 | uuid & ((1 << 62) - 1);
    // The library also reads upper case, other versions and other hyphens.
    (format(bits) == text).then_some(bits)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn other_texts_are_not_parsed() {
        for text in [
            "",
            "f47ac10b-58cc-4372-a567-0e02b2c3d47",
            "f47ac10b-58cc-4372-a567-0e02b2c3d4790",
            "F47AC10B-58CC-4372-A567-0E02B2C3D479",
            "f47ac10b-58cc-1372-a567-0e02b2c3d479",
            "f47ac10b-58cc-4372-c567-0e02b2c3d479",
            "f47ac10b058cc043720a56700e02b2c3d479",
            "g47ac10b-58cc-4372-a567-0e02b2c3d479",
            "f47ac10b-58cc-4372-a567-0e02b2c3d4é",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn parsing_undoes_formatting(bits in 0_u128..1 << BITS) {
            prop_assert_eq!(parse(&format(bits)), Some(bits));
        }
    }
}
