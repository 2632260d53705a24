//! The string that Signature Version 2 signs, rebuilt from a request as it came.
//!
//! Called by `verify`. Only S3 ever took this version.

use http::HeaderMap;
use http::header::{CONTENT_TYPE, DATE};
use http::request::Parts;
use percent_encoding::percent_decode_str;

use super::query;

/// The forms in which the request may have been signed. `expires` is given for presigned URLs, where
/// it stands in the date's place; `host_bucket` is the bucket if the host names it.
pub(super) fn strings_to_sign(
    parts: &Parts,
    host_bucket: Option<&str>,
    expires: Option<&str>,
) -> Vec<Vec<u8>> {
    let head = head(parts, expires);
    let forms = resources(parts, host_bucket);
    let forms = forms.iter().map(|form| [&head, form.as_bytes()].concat());
    forms.collect()
}

/// All but the resource.
fn head(parts: &Parts, expires: Option<&str>) -> Vec<u8> {
    let headers = &parts.headers;
    let query = parts.uri.query().unwrap_or("");
    // What a presigned URL carries in its query counts like a header.
    let header = |name: &str| match headers.get(name) {
        Some(value) => value.as_bytes().trim_ascii().to_vec(),
        None if expires.is_some() => query::value(query, name).unwrap_or_default().into_bytes(),
        None => Vec::new(),
    };
    let date = match expires {
        Some(expires) => expires.as_bytes().to_vec(),
        None if headers.contains_key("x-amz-date") => Vec::new(),
        None => header(DATE.as_str()),
    };
    let mut text = format!("{}\n", parts.method).into_bytes();
    for line in [header("content-md5"), header(CONTENT_TYPE.as_str()), date] {
        text.extend_from_slice(&line);
        text.push(b'\n');
    }
    let in_query = expires.map_or("", |_| query);
    text.extend_from_slice(&amz_headers(headers, in_query));
    text
}

/// One line for each `x-amz-` header, sorted by name.
fn amz_headers(headers: &HeaderMap, query: &str) -> Vec<u8> {
    let mut lines: Vec<(String, Vec<u8>)> = Vec::new();
    for name in headers
        .keys()
        .filter(|name| name.as_str().starts_with("x-amz-"))
    {
        let values: Vec<&[u8]> = headers
            .get_all(name)
            .iter()
            .map(|value| value.as_bytes().trim_ascii())
            .collect();
        lines.push((name.as_str().to_owned(), values.join(&b',')));
    }
    for (name, value) in query::amz_parameters(query) {
        if !headers.contains_key(&*name) {
            lines.push((name.to_ascii_lowercase(), value.trim().as_bytes().to_vec()));
        }
    }
    lines.sort();
    let lines = lines
        .into_iter()
        .map(|(name, value)| [name.as_bytes(), b":", &value, b"\n"].concat());
    lines.collect::<Vec<_>>().concat()
}

/// The path with its bucket, and what of the query names a part of the resource.
///
/// # Source
/// S3 User Guide, Signing and authenticating REST requests; documented. That the path of a bucket alone
/// is signed with a slash at its end even where it is sent without: botocore, handlers.py, which says
/// that S3 takes nothing else; documented; here both are taken.
fn resources(parts: &Parts, host_bucket: Option<&str>) -> Vec<String> {
    let bucket = host_bucket.map(|bucket| format!("/{bucket}"));
    let path = bucket.unwrap_or_default() + parts.uri.path();
    let sub_resources = sub_resources(parts.uri.query().unwrap_or(""));
    let mut forms = vec![format!("{path}{sub_resources}")];
    if path.rfind('/') == Some(0) && path.len() > 1 {
        forms.push(format!("{path}/{sub_resources}"));
    }
    forms
}

/// What of the query is signed, with the question mark before it.
fn sub_resources(query: &str) -> String {
    let mut text = String::new();
    let mut named: Vec<(&str, Option<String>)> = query
        .split('&')
        .map(|pair| match pair.split_once('=') {
            Some((name, value)) => {
                let value = percent_decode_str(value).decode_utf8_lossy();
                (name, Some(value.into_owned()))
            }
            None => (pair, None),
        })
        .filter(|(name, _)| SUB_RESOURCES.contains(name))
        .collect();
    named.sort_by_key(|(name, _)| *name);
    for (place, (name, value)) in named.into_iter().enumerate() {
        text.push(if place == 0 { '?' } else { '&' });
        text.push_str(name);
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            text.push('=');
            text.push_str(&value);
        }
    }
    text
}

/// The parameters that are signed.
///
/// # Source
/// S3 User Guide, Signing and authenticating REST requests, and the lists of AWS's SDKs, which have
/// grown beyond it; documented
const SUB_RESOURCES: [&str; 35] = [
    "accelerate",
    "acl",
    "analytics",
    "cors",
    "defaultObjectAcl",
    "delete",
    "inventory",
    "lifecycle",
    "location",
    "logging",
    "metrics",
    "notification",
    "object-lock",
    "partNumber",
    "policy",
    "replication",
    "requestPayment",
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "response-content-language",
    "response-content-type",
    "response-expires",
    "restore",
    "select",
    "select-type",
    "storageClass",
    "tagging",
    "torrent",
    "uploadId",
    "uploads",
    "versionId",
    "versioning",
    "versions",
    "website",
];

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    /// The examples of the S3 User Guide, Signing and authenticating REST requests.
    #[test]
    fn the_published_examples_are_rebuilt() {
        let date = "Tue, 27 Mar 2007 21:20:26 +0000";
        for (request, bucket, expected) in [
            (
                Request::put("/photos/puppy.jpg")
                    .header("content-type", "image/jpeg")
                    .header("date", "Tue, 27 Mar 2007 21:15:45 +0000"),
                Some("awsexamplebucket1"),
                "PUT\n\nimage/jpeg\nTue, 27 Mar 2007 21:15:45 +0000\n/awsexamplebucket1/photos/puppy.jpg",
            ),
            (
                Request::get("/?prefix=photos&max-keys=50&marker=puppy").header("date", date),
                Some("awsexamplebucket1"),
                "GET\n\n\nTue, 27 Mar 2007 21:20:26 +0000\n/awsexamplebucket1/",
            ),
            (
                Request::get("/?acl").header("date", date),
                Some("awsexamplebucket1"),
                "GET\n\n\nTue, 27 Mar 2007 21:20:26 +0000\n/awsexamplebucket1/?acl",
            ),
            (
                Request::delete("/awsexamplebucket1/photos/puppy.jpg")
                    .header("date", date)
                    .header("x-amz-date", "Tue, 27 Mar 2007 21:20:26 +0000"),
                None,
                "DELETE\n\n\n\nx-amz-date:Tue, 27 Mar 2007 21:20:26 +0000\n/awsexamplebucket1/photos/puppy.jpg",
            ),
        ] {
            let (parts, ()) = request.body(()).unwrap().into_parts();
            assert_eq!(strings_to_sign(&parts, bucket, None), [expected.as_bytes()]);
        }
    }

    #[test]
    fn headers_in_the_query_of_a_presigned_url_are_signed_like_headers() {
        let request = Request::put(
            "/b/k?x-amz-acl=public-read&content-type=text%2Fplain&uploads&partNumber=1&x=y&Expires=5",
        )
        .header("x-amz-meta-b", " 1 ")
        .header("x-amz-meta-b", "2")
        .header("x-amz-meta-a", "0");
        let (parts, ()) = request.body(()).unwrap().into_parts();
        assert_eq!(
            String::from_utf8(strings_to_sign(&parts, None, Some("5")).concat()).unwrap(),
            "PUT\n\ntext/plain\n5\nx-amz-acl:public-read\nx-amz-meta-a:0\nx-amz-meta-b:1,2\n\
             /b/k?partNumber=1&uploads"
        );
    }

    #[test]
    fn a_bucket_alone_is_signed_with_or_without_a_slash() {
        for (path, host_bucket, forms) in [
            (
                "/b?acl&x=1",
                None,
                &["GET\n\n\n\n/b?acl", "GET\n\n\n\n/b/?acl"][..],
            ),
            ("/b/", None, &["GET\n\n\n\n/b/"]),
            ("/b/k", None, &["GET\n\n\n\n/b/k"]),
            ("/", None, &["GET\n\n\n\n/"]),
            ("/", Some("b"), &["GET\n\n\n\n/b/"]),
        ] {
            let (parts, ()) = Request::get(path).body(()).unwrap().into_parts();
            let strings = strings_to_sign(&parts, host_bucket, None);
            let forms: Vec<&[u8]> = forms.iter().map(|form| form.as_bytes()).collect();
            assert_eq!(strings, forms, "{path}");
        }
    }

    #[test]
    fn sub_resources_are_sorted_and_told_once() {
        assert!(SUB_RESOURCES.is_sorted_by(|one, next| one < next));
    }
}
