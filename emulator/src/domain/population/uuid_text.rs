//! 122 free bits as the text of a version 4 UUID, and back.

/// How many bits of such a UUID are free.
pub(super) const BITS: u32 = 122;

const VERSION: u128 = 4 << 76;
const VARIANT: u128 = 0b10 << 62;
const FIXED: u128 = 0xf << 76 | 0b11 << 62;
/// Positions of the hyphens in the text.
const HYPHENS: [usize; 4] = [8, 13, 18, 23];

/// The lower-case text of `bits`.   Example: `f47ac10b-58cc-4372-a567-0e02b2c3d479`
pub(super) fn format(bits: u128) -> String {
    let uuid = (bits >> 74) << 80
        | VERSION
        | ((bits >> 62) & 0xfff) << 64
        | VARIANT
        | bits & ((1 << 62) - 1);
    let mut text = hex::encode(uuid.to_be_bytes());
    for position in HYPHENS {
        text.insert(position, '-');
    }
    text
}

/// The bits that [`format`] writes as `text`, if it is of exactly that form.
pub(super) fn parse(text: &str) -> Option<u128> {
    let bytes = text.as_bytes();
    if bytes.len() != 36 || bytes.iter().any(u8::is_ascii_uppercase) {
        return None;
    }
    let mut digits = [0; 32];
    let mut length = 0;
    for (position, &byte) in bytes.iter().enumerate() {
        if HYPHENS.contains(&position) {
            if byte != b'-' {
                return None;
            }
        } else {
            digits[length] = byte;
            length += 1;
        }
    }
    let mut uuid = [0; 16];
    hex::decode_to_slice(digits, &mut uuid).ok()?;
    let uuid = u128::from_be_bytes(uuid);
    let version_4 = uuid & FIXED == VERSION | VARIANT;
    version_4.then_some((uuid >> 80) << 74 | ((uuid >> 64) & 0xfff) << 62 | uuid & ((1 << 62) - 1))
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
