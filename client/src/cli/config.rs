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
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};
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
    #[error("{url} cannot be reached over HTTPS: {}", WITHOUT_TLS)]
    NoTls { url: String },
}

/// Why there may be no HTTPS, and what helps.
const WITHOUT_TLS: &str = if cfg!(feature = "tls") {
    "this system has no root certificates; install them (ca-certificates) or set SSL_CERT_FILE"
} else {
    "this program was built without TLS"
};

pub(crate) async fn client(connection: &ConnectionArgs) -> Result<ExportClient, ConfigError> {
    let (http_client, has_tls) = http_client();
    let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(http_client)
        .timeout_config(TimeoutConfig::builder().read_timeout(SILENCE_MAX).build())
        .app_name(AppName::new("pinpoint-export").expect("letters and a hyphen are allowed"));
    if let Some(url) = &connection.endpoint_url {
        loader = loader.endpoint_url(url);
    }
    if let Some(region) = &connection.region {
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some(profile) = &connection.profile {
        loader = loader.profile_name(profile);
    }
    let config = without_empty(loader.load().await);
    // The flag's, or that of the environment or the profile for all services.
    if let Some(url) = config.endpoint_url() {
        check_endpoint_url(url, has_tls)?;
    }
    let is_aws = !pinpoint_export::has_endpoint_url(&config);
    let config = with_region(config, is_aws)?;
    if is_aws && !has_tls {
        return Err(ConfigError::NoTls {
            url: "AWS".to_owned(),
        });
    }
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

/// Takes empty variables of the environment for none, as AWS's own tools do; at an empty endpoint URL the
/// SDK would panic.
fn without_empty(config: SdkConfig) -> SdkConfig {
    #[derive(Debug)]
    struct NonEmpty(SdkConfig);

    impl LoadServiceConfig for NonEmpty {
        fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
            let found = self.0.service_config()?.load_config(key);
            found.filter(|value| !value.is_empty())
        }
    }

    let loaded = NonEmpty(config.clone());
    config.into_builder().service_config(loaded).build()
}

fn check_endpoint_url(url: &str, has_tls: bool) -> Result<(), ConfigError> {
    let url = url.to_owned();
    match url.split_once("://") {
        Some(("https", _)) if !has_tls => Err(ConfigError::NoTls { url }),
        Some(("http" | "https", _)) => Ok(()),
        _ => Err(ConfigError::EndpointUrl { url }),
    }
}

/// Emulators do not care for the region, and a developer without AWS has none configured. The SDK takes
/// an empty environment variable for a region without a name.
fn with_region(config: SdkConfig, is_aws: bool) -> Result<SdkConfig, ConfigError> {
    let region = config.region().filter(|region| !region.as_ref().is_empty());
    match (region, is_aws) {
        (Some(_), _) => Ok(config),
        (None, true) => Err(ConfigError::NoRegion),
        (None, false) => Ok(config
            .into_builder()
            .region(Region::new(REGION_BESIDE_AWS))
            .build()),
    }
}

/// The HTTP client, and whether it speaks HTTPS.
///
/// The SDK's client with TLS panics on a system without root certificates, even if it is only used
/// without TLS: an image with nothing but this program and an emulator next door must do.
#[cfg(feature = "tls")]
fn http_client() -> (SharedHttpClient, bool) {
    use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
    if rustls_native_certs::load_native_certs().certs.is_empty() {
        return (aws_smithy_http_client::Builder::new().build_http(), false);
    }
    let client = aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https();
    (client, true)
}

/// The HTTP client, and whether it speaks HTTPS.
#[cfg(not(feature = "tls"))]
fn http_client() -> (SharedHttpClient, bool) {
    (aws_smithy_http_client::Builder::new().build_http(), false)
}
