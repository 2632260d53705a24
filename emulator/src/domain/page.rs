//! Pages of lists: page sizes and tokens.
//!
//! A token says after which ordinal to go on, and is bound to the list it came from, so that one of
//! another application or call is refused instead of silently skipping items.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::facts::limits::{PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX};

/// What a list call asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PageRequest {
    /// Most items to answer.   (items, 1..=1000)
    pub(crate) size: usize,
    /// Only items older than this ordinal.
    pub(crate) before: Option<u64>,
}

/// Why a list call cannot be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PageError {
    #[error("the page size is no number in range")]
    Size,
    #[error("the token is not one of this list")]
    Token,
}

impl PageRequest {
    /// Reads the query's `page-size` and `token`; `list` names the list, e.g. `export-jobs/{app}`.
    ///
    /// # Errors
    /// A size that is no number from 1 to 1000, or a token that this list did not hand out.
    pub(crate) fn parse(
        list: &str,
        size: Option<&str>,
        token: Option<&str>,
    ) -> Result<Self, PageError> {
        let size = match size {
            None => PAGE_SIZE_DEFAULT,
            Some(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
                text.parse().map_err(|_| PageError::Size)?
            }
            Some(_) => return Err(PageError::Size),
        };
        if !(1..=PAGE_SIZE_MAX).contains(&size) {
            return Err(PageError::Size);
        }
        let before = token
            .map(|token| decode(list, token).ok_or(PageError::Token))
            .transpose()?;
        Ok(Self { size, before })
    }
}

/// The token that goes on after the item with `ordinal`.
pub(crate) fn token(list: &str, ordinal: u64) -> String {
    let mut bytes = ordinal.to_be_bytes().to_vec();
    bytes.extend(binding(list, ordinal));
    URL_SAFE_NO_PAD.encode(bytes)
}

fn decode(list: &str, token: &str) -> Option<u64> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let (ordinal, bound) = bytes.split_first_chunk::<8>()?;
    let ordinal = u64::from_be_bytes(*ordinal);
    (bound == binding(list, ordinal)).then_some(ordinal)
}

fn binding(list: &str, ordinal: u64) -> [u8; 16] {
    let digest = Sha256::new_with_prefix(list)
        .chain_update(ordinal.to_be_bytes())
        .finalize();
    std::array::from_fn(|index| digest[index])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sizes_are_numbers_from_one_to_a_thousand() {
        for (text, expected) in [
            (None, Ok(50)),
            (Some("1"), Ok(1)),
            (Some("1000"), Ok(1000)),
            (Some("0"), Err(PageError::Size)),
            (Some("1001"), Err(PageError::Size)),
            (Some("-1"), Err(PageError::Size)),
            (Some("+5"), Err(PageError::Size)),
            (Some("ten"), Err(PageError::Size)),
            (Some(""), Err(PageError::Size)),
        ] {
            let parsed = PageRequest::parse("list", text, None).map(|page| page.size);
            assert_eq!(parsed, expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_token_is_good_for_its_own_list_only(ordinal: u64, list in "[a-z/]{1,9}", other in "[a-z/]{1,9}") {
            prop_assume!(list != other);
            let token = token(&list, ordinal);
            let page = PageRequest::parse(&list, None, Some(&token));
            prop_assert_eq!(page.map(|page| page.before), Ok(Some(ordinal)));
            prop_assert_eq!(PageRequest::parse(&other, None, Some(&token)), Err(PageError::Token));
        }

        #[test]
        fn any_text_is_no_token(text in "\\PC{0,60}") {
            prop_assert_eq!(PageRequest::parse("list", None, Some(&text)), Err(PageError::Token));
        }
    }
}
