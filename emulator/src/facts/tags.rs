//! What AWS says of tags.

/// Most tags of one resource.   (tags)
///
/// # Source
/// Developer Guide, tagging-resources; documented; case: tags/fifty-and-no-more
pub(crate) const TAGS_MAX: usize = 50;

/// Longest key of a tag.   (characters)
///
/// # Source
/// Developer Guide, tagging-resources; documented; case: tags/longest-key-and-value
pub(crate) const KEY_CHARS_MAX: usize = 128;

/// Longest value of a tag.   (characters)
///
/// # Source
/// Developer Guide, tagging-resources; documented; case: tags/longest-key-and-value
pub(crate) const VALUE_CHARS_MAX: usize = 256;

/// Beginning of keys and values that is AWS's own, in any case of letters.
///
/// # Source
/// Developer Guide, tagging-resources; documented. In upper case too: assumed, as in the general
/// rules for tags; case: tags/reserved-prefix
pub(crate) const RESERVED_PREFIX: &str = "aws:";

/// Whether a key or a value may hold it.
///
/// # Source
/// Developer Guide, tagging-resources (letters, numbers, white space and `_ . : / = + -`);
/// documented. `@`: assumed, since the general rules for tags name it and e-mail addresses are
/// common values; case: tags/characters
pub(crate) fn may_hold(character: char) -> bool {
    character.is_alphanumeric() || character.is_whitespace() || "_.:/=+-@".contains(character)
}

/// # Source
/// Assumed; case: tags/fifty-and-no-more
pub(crate) const TOO_MANY: &str = "A resource can have at most 50 tags";

/// # Source
/// Assumed; case: tags/longest-key-and-value
pub(crate) const KEY_LENGTH: &str = "A tag key must have 1 to 128 characters";

/// # Source
/// Assumed; case: tags/longest-key-and-value
pub(crate) const VALUE_LENGTH: &str = "A tag value must have at most 256 characters";

/// # Source
/// Assumed; case: tags/reserved-prefix
pub(crate) const RESERVED: &str = "Tag keys and values must not begin with aws:";

/// # Source
/// Assumed; case: tags/characters
pub(crate) const CHARACTERS: &str =
    "Tag keys and values may hold letters, numbers, white space and _ . : / = + - @";

/// # Source
/// Assumed; case: tags/malformed-arn
pub(crate) const ARN_INVALID: &str =
    "ResourceArn must be of the form arn:aws:mobiletargeting:region:account-id:resource";
