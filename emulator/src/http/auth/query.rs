//! The raw query of a request: one value read, or some parameters taken out.
//!
//! Used by the signature checks. A name is found however it is written, so that nobody hides a
//! parameter of a signature by encoding it. Nothing here re-encodes: what is not taken out stays byte
//! for byte, since keys and tokens may depend on how they were written.

use std::borrow::Cow;

use http::Uri;
use http::uri::PathAndQuery;

/// The decoded value of the first parameter with this name.
///
/// A `+` stays a plus sign: it occurs in the base64 of old signatures, and no parameter of a
/// signature has spaces.
pub(super) fn value(query: &str, name: &str) -> Option<String> {
    pairs(query)
        .find(|(raw_name, _)| plain(raw_name) == name)
        .map(|(_, raw)| plain(raw).into_owned())
}

/// Whether a parameter of this name occurs, with or without a value.
pub(super) fn has(query: &str, name: &str) -> bool {
    pairs(query).any(|(found, _)| plain(found) == name)
}

/// Names and values, both decoded, of all parameters that begin with `x-amz-` in any case.
pub(super) fn amz_parameters(query: &str) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    pairs(query)
        .map(|(name, value)| (plain(name), plain(value)))
        .filter(|(name, _)| is_amz(name))
}

/// Whether a name begins with `x-amz-` in any case.
pub(super) fn is_amz(name: &str) -> bool {
    let beginning = name.get(..6);
    beginning.is_some_and(|beginning| beginning.eq_ignore_ascii_case("x-amz-"))
}

/// Names and values as they are written, in order.
fn pairs(query: &str) -> impl Iterator<Item = (&str, &str)> {
    let pairs = query.split('&');
    pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

fn plain(raw: &str) -> Cow<'_, str> {
    percent_encoding::percent_decode_str(raw).decode_utf8_lossy()
}

/// The same address without the parameters whose names are meant.
pub(super) fn without(uri: &Uri, is_meant: impl Fn(&str) -> bool) -> Uri {
    let Some(query) = uri.query() else {
        return uri.clone();
    };
    let kept: Vec<&str> = query
        .split('&')
        .filter(|pair| {
            let name = plain(pair.split_once('=').map_or(*pair, |(name, _)| name));
            !is_meant(&name)
        })
        .collect();
    let path_and_query = if kept.is_empty() {
        uri.path().to_owned()
    } else {
        format!("{}?{}", uri.path(), kept.join("&"))
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(
        PathAndQuery::try_from(path_and_query).expect("parts of a valid query are a valid query"),
    );
    Uri::from_parts(parts).expect("only the query of a valid address was shortened")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_named_parameters_leave_the_address() {
        for (before, after) in [
            ("/b/k", "/b/k"),
            ("/b/k?X-Amz-Date=1", "/b/k"),
            (
                "/b/k%2F?a=%2f+b&X-Amz-Date=1&uploads",
                "/b/k%2F?a=%2f+b&uploads",
            ),
            ("/b/k?&&X-Amz-Date", "/b/k?&"),
            ("/b/k?X-Amz%2dDate=1&a", "/b/k?a"),
            ("http://h:1/b?X-Amz-Dates=1", "http://h:1/b?X-Amz-Dates=1"),
        ] {
            let uri: Uri = before.parse().unwrap();
            assert_eq!(
                without(&uri, |name| name == "X-Amz-Date").to_string(),
                after.parse::<Uri>().unwrap().to_string()
            );
        }
    }

    #[test]
    fn a_plus_sign_in_a_value_is_kept() {
        assert_eq!(
            value("Signature=a+b%2F%3D&Signature=2", "Signature").as_deref(),
            Some("a+b/=")
        );
        assert_eq!(value("Signatures=1", "Signature"), None);
    }

    #[test]
    fn a_name_is_found_however_it_is_written() {
        assert_eq!(
            value("a=1&X-Amz-Expire%73=60", "X-Amz-Expires").as_deref(),
            Some("60")
        );
        assert!(has("Si%67nature", "Signature") && !has("Signature=", "Signature="));
        let found = amz_parameters("x%2Damz-acl=private&X-Amz-Meta=%20&y-amz-a=1&x-amz-b");
        let expected = [
            ("x-amz-acl", "private"),
            ("X-Amz-Meta", " "),
            ("x-amz-b", ""),
        ];
        assert!(found.eq(expected.map(|(name, value)| (name.into(), value.into()))));
    }
}
