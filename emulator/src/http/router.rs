//! Which operation a method and a raw path mean.
//!
//! Paths are matched before they are decoded, so that a `%2F` inside a label stays inside it:
//! endpoint ids hold slashes.

use std::collections::BTreeMap;

use http::Method;
use percent_encoding::percent_decode_str;

use crate::facts::messages;
use crate::facts::operations::Operation;
use crate::model::exception::{Exception, ExceptionKind};

/// The labels of a path, decoded, by the names in the URI template.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Labels(BTreeMap<String, String>);

impl Labels {
    /// Takes a label that the operation's template has.
    pub(crate) fn take(&mut self, name: &str) -> String {
        self.0
            .remove(name)
            .expect("the route of the operation has this label")
    }
}

/// The routes of all operations.
#[derive(Debug)]
pub(crate) struct Router {
    resources: matchit::Router<Vec<Operation>>,
}

impl Router {
    /// Builds the routes from the table of operations.
    pub(crate) fn new() -> Self {
        let mut by_uri: BTreeMap<&str, Vec<Operation>> = BTreeMap::new();
        for operation in Operation::ALL {
            by_uri
                .entry(operation.spec().uri)
                .or_default()
                .push(*operation);
        }
        let mut resources = matchit::Router::new();
        for (uri, operations) in by_uri {
            resources
                .insert(uri, operations)
                .expect("the templates of the table do not collide");
        }
        Self { resources }
    }

    /// The operation, and the labels of the path.
    ///
    /// # Errors
    /// 404 for a path that no operation has, 405 for a method that none of the path's has, 400 for
    /// a label that is not UTF-8.
    pub(crate) fn route(
        &self,
        method: &Method,
        raw_path: &str,
    ) -> Result<(Operation, Labels), Exception> {
        let found = self.resource(raw_path)?;
        let operation = found
            .value
            .iter()
            .find(|operation| operation.spec().method == method.as_str())
            .ok_or_else(|| {
                Exception::new(
                    ExceptionKind::MethodNotAllowed,
                    messages::METHOD_NOT_ALLOWED,
                )
            })?;
        let labels = found.params.iter().map(|(name, raw)| {
            let decoded = percent_decode_str(raw).decode_utf8();
            let decoded = decoded.map_err(|_| Exception::bad_request(messages::PATH_NOT_UTF8))?;
            Ok((name.to_owned(), decoded.into_owned()))
        });
        Ok((
            *operation,
            Labels(labels.collect::<Result<_, Exception>>()?),
        ))
    }

    /// The methods of a path, OPTIONS among them, in alphabetical order.
    ///
    /// # Errors
    /// 404 for a path that no operation has.
    pub(crate) fn methods(&self, raw_path: &str) -> Result<Vec<&'static str>, Exception> {
        let operations = self.resource(raw_path)?.value.iter();
        let mut methods: Vec<&str> = operations
            .map(|operation| operation.spec().method)
            .chain(["OPTIONS"])
            .collect();
        methods.sort_unstable();
        Ok(methods)
    }

    fn resource<'r, 'p>(
        &'r self,
        raw_path: &'p str,
    ) -> Result<matchit::Match<'r, 'p, &'r Vec<Operation>>, Exception> {
        self.resources
            .at(raw_path)
            .map_err(|_| Exception::not_found(messages::PATH_UNKNOWN))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_operation_is_routed_to_itself() {
        let router = Router::new();
        for operation in Operation::ALL {
            let spec = operation.spec();
            let path = spec.uri.replace(['{', '}'], "");
            assert_eq!(
                router
                    .route(&spec.method.parse().unwrap(), &path)
                    .unwrap()
                    .0,
                *operation,
                "{path}"
            );
        }
    }

    #[test]
    fn unknown_paths_and_methods_are_told_apart() {
        let router = Router::new();
        for (method, path, kind) in [
            (Method::GET, "/", ExceptionKind::NotFound),
            (Method::GET, "/v1", ExceptionKind::NotFound),
            (Method::GET, "/v1/apps/", ExceptionKind::NotFound),
            (
                Method::GET,
                "/v1/apps/a/endpoints/x/y",
                ExceptionKind::NotFound,
            ),
            (Method::GET, "/v2/apps", ExceptionKind::NotFound),
            (Method::PATCH, "/v1/apps", ExceptionKind::MethodNotAllowed),
            (
                Method::POST,
                "/v1/apps/a/endpoints/x",
                ExceptionKind::MethodNotAllowed,
            ),
            (
                Method::GET,
                "/v1/apps/a/endpoints/%FF",
                ExceptionKind::BadRequest,
            ),
        ] {
            assert_eq!(
                router.route(&method, path).unwrap_err().kind,
                kind,
                "{method} {path}"
            );
        }
    }

    #[test]
    fn a_path_has_its_methods() {
        let router = Router::new();
        assert_eq!(
            router.methods("/v1/apps/a/endpoints/x%2Fy").unwrap(),
            ["DELETE", "GET", "OPTIONS", "PUT"]
        );
        let unknown = router.methods("/v1/nothing").unwrap_err();
        assert_eq!(unknown.kind, ExceptionKind::NotFound);
    }

    proptest! {
        #[test]
        fn labels_hold_any_text(id in "\\PC{1,30}") {
            let encoded = percent_encoding::utf8_percent_encode(&id, percent_encoding::NON_ALPHANUMERIC);
            let path = format!("/v1/apps/app/endpoints/{encoded}");
            let (operation, mut labels) = Router::new().route(&Method::GET, &path).unwrap();
            prop_assert_eq!(operation, Operation::GetEndpoint);
            prop_assert_eq!(labels.take("endpoint-id"), id);
        }
    }
}
