//! From flags, environment and profiles to a client.
//!
//! Everything the SDK usually reads is read by `aws-config`; this module adds the HTTP client, the flags,
//! and clear words at once where the SDK would find out only at the first request.

use std::time::Duration;

use aws_config::{AppName, BehaviorVersion, Region};
use aws_credential_types::provider::ProvideCredentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::timeout::TimeoutConfig;
use pinpoint_export::{ExportClient, SdkConfig};

use super::args::ConnectionArgs;

/// How long a service may be silent in the middle of an answer.
const SILENCE_MAX: Duration = Duration::from_mins(1);

/// Region that signatures name if none is configured and the services are not AWS's.
const REGION_BESIDE_AWS: &str = "us-east-1";

/// Why no client can be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    #[error("no AWS region is configured: give --region, or set AWS_REGION")]
    NoRegion,
    #[error(
        "no AWS credentials can be had: give --profile, or set AWS_ACCESS_KEY_ID and \
         AWS_SECRET_ACCESS_KEY (an emulator usually takes any, such as test and test)"
    )]
    NoCredentials(#[source] CredentialsError),
    #[error("{url:?} is no URL: it begins with http:// or https://")]
    EndpointUrl { url: String },
    #[error("this program was built without TLS and cannot reach {url}")]
    NoTls { url: String },
}

pub(crate) async fn client(connection: &ConnectionArgs) -> Result<ExportClient, ConfigError> {
    let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(http_client())
        .timeout_config(TimeoutConfig::builder().read_timeout(SILENCE_MAX).build())
        .app_name(AppName::new("pinpoint-export").expect("letters and a hyphen are allowed"));
    if let Some(url) = &connection.endpoint_url {
        check_endpoint_url(url)?;
        loader = loader.endpoint_url(url);
    }
    if let Some(region) = &connection.region {
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some(profile) = &connection.profile {
        loader = loader.profile_name(profile);
    }
    let config = with_region(loader.load().await)?;
    // Asked for once here, so that their lack is not reported as a failed request.
    let credentials = config.credentials_provider();
    credentials
        .ok_or_else(|| CredentialsError::not_loaded("the configuration has no provider"))
        .map_err(ConfigError::NoCredentials)?
        .provide_credentials()
        .await
        .map_err(ConfigError::NoCredentials)?;
    Ok(ExportClient::new(&config))
}

fn check_endpoint_url(url: &str) -> Result<(), ConfigError> {
    let url = url.to_owned();
    match url.split_once("://") {
        Some(("http", _)) => Ok(()),
        Some(("https", _)) if cfg!(feature = "tls") => Ok(()),
        Some(("https", _)) => Err(ConfigError::NoTls { url }),
        _ => Err(ConfigError::EndpointUrl { url }),
    }
}

/// Emulators do not care for the region, and a developer without AWS has none configured.
fn with_region(config: SdkConfig) -> Result<SdkConfig, ConfigError> {
    match (config.region(), pinpoint_export::has_endpoint_url(&config)) {
        (Some(_), _) => Ok(config),
        (None, true) => Ok(config
            .into_builder()
            .region(Region::new(REGION_BESIDE_AWS))
            .build()),
        (None, false) => Err(ConfigError::NoRegion),
    }
}

#[cfg(feature = "tls")]
fn http_client() -> SharedHttpClient {
    use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
    aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https()
}

#[cfg(not(feature = "tls"))]
fn http_client() -> SharedHttpClient {
    aws_smithy_http_client::Builder::new().build_http()
}
