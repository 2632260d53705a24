//! Where the cases are run: an emulator started in this process, or whatever answers at a URL.
//!
//! [`run`](mod@crate::run) opens a [`Site`] for every case. The embedded target starts an emulator for each,
//! so that cases cannot meet; at a URL all cases share one service and differ by application,
//! bucket and prefix. This is the only module that touches the emulator's library, and it uses no
//! more of it than a test of anybody's would.

use std::collections::BTreeSet;
use std::time::{Duration, UNIX_EPOCH};

use aws_credential_types::Credentials;
use bytes::Bytes;
use pinpoint_emulator::{AuthMode, Emulator, Pace, Quotas};

use crate::case::Feature;
use crate::clock;
use crate::exchange::{Caller, Exchange, Reply, Request, Signing, display_chain};
use crate::library::Case;

/// Clock that passes between two polls when time is stepped; a job state lasts as long.
pub(crate) const STEP_MS: u64 = 100;
/// Time between two polls when time passes by itself.
const POLL_DELAY: Duration = Duration::from_millis(100);
/// Region that is signed for unless the environment names another.
const REGION: &str = "us-east-1";

/// A service under test.
#[derive(Debug)]
pub enum Target {
    /// Emulators started in this process, one for each case, all with this seed.
    Embedded {
        /// Seed of every emulator.
        seed: u64,
    },
    /// One service that all cases share.
    Url(Remote),
}

/// A service reached by URL, and what was found out about it.
#[derive(Debug)]
pub struct Remote {
    caller: Caller,
    features: BTreeSet<Feature>,
    /// Pace of the target's clock when it has one that can be asked.
    pace: Option<String>,
    /// Distinguishes the names of this run from those of any other.
    run: String,
}

/// A target that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// Not an address the suite can talk to.
    #[error("`{url}` is not a target: {reason}")]
    Url {
        /// What was given.
        url: String,
        /// Why it cannot be used.
        reason: &'static str,
    },
    /// Nothing answers.
    #[error("could not reach {url}: {reason}")]
    Unreachable {
        /// Where.
        url: String,
        /// Why.
        reason: String,
    },
    /// The emulator in this process did not start.
    #[error("could not start an emulator: {0}")]
    Start(String),
}

/// The target as one case sees it.
#[derive(Debug)]
pub struct Site {
    /// Sends and signs.
    pub caller: Caller,
    /// What the target can do.
    pub features: BTreeSet<Feature>,
    /// A name no other case uses, fit for a bucket.
    pub unique: String,
    /// Whether time stands still until [`Site::wait`] advances it.
    stepped: bool,
    /// Whether what the case made must be removed again.
    pub(crate) shared: bool,
    /// Kept so that the emulator lives as long as the site; it stops when dropped.
    _emulator: Option<Emulator>,
}

impl Target {
    /// Looks at a URL and finds out what answers there.
    ///
    /// # Errors
    /// A URL that is not `http://host[:port]`, or one where nothing answers.
    pub async fn at_url(url: &str) -> Result<Self, TargetError> {
        let url_error = |reason| TargetError::Url {
            url: url.to_owned(),
            reason,
        };
        let authority = url
            .strip_prefix("http://")
            .ok_or_else(|| url_error("it must begin with http://"))?
            .trim_end_matches('/');
        let parsed: http::uri::Authority = authority
            .parse()
            .map_err(|_| url_error("it must be http://host:port without a path"))?;
        let authority = match parsed.port() {
            Some(_) => authority.to_owned(),
            None => format!("{authority}:80"),
        };
        // One that is empty is not set, as elsewhere.
        let given = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let variable = |name, default: &str| given(name).unwrap_or_else(|| default.to_owned());
        let caller = Caller {
            authority,
            region: variable("AWS_REGION", REGION),
            credentials: Credentials::from_keys(
                variable("AWS_ACCESS_KEY_ID", "test"),
                variable("AWS_SECRET_ACCESS_KEY", "test"),
                given("AWS_SESSION_TOKEN"),
            ),
        };
        Remote::probe(caller).await.map(Self::Url)
    }

    /// Name of the list of known failures: `embedded` or `url`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Embedded { .. } => "embedded",
            Self::Url(_) => "url",
        }
    }

    /// What the target can do.
    pub fn features(&self) -> BTreeSet<Feature> {
        match self {
            Self::Embedded { .. } => embedded_features(),
            Self::Url(remote) => remote.features.clone(),
        }
    }

    /// Whether the case is not for this target: an emulator that has not been started as the case
    /// needs it, with verified signatures or with quotas.
    pub fn leaves_out(&self, case: &Case) -> bool {
        let Self::Url(remote) = self else {
            return false;
        };
        let optional = [Feature::StrictAuth, Feature::Quotas];
        remote.features.contains(&Feature::Emulator)
            && optional.iter().any(|feature| {
                case.features.contains(feature) && !remote.features.contains(feature)
            })
    }

    /// Whether cases that step the clock would disturb the others.
    pub(crate) fn is_shared(&self) -> bool {
        matches!(self, Self::Url(_))
    }

    /// Opens the target for a case with these features, which has this number.
    ///
    /// # Errors
    /// If an emulator cannot be started.
    pub async fn site(
        &self,
        features: &[Feature],
        ordinal: usize,
        alone: bool,
    ) -> Result<Site, TargetError> {
        match self {
            Self::Embedded { seed } => embedded_site(*seed, features).await,
            Self::Url(remote) => Ok(Site {
                caller: remote.caller.clone(),
                features: remote.features.clone(),
                unique: format!("conformance-{}-{ordinal}", remote.run),
                stepped: alone || remote.pace.as_deref() == Some("manual"),
                shared: true,
                _emulator: None,
            }),
        }
    }

    /// Stops the clock of a shared target for cases that step it, as far as the target can.
    pub(crate) async fn stop_clock(&self) {
        self.set_pace("manual").await;
    }

    /// Gives a shared target the pace back that it had; for whoever breaks off [`run`](crate::run()), too.
    pub async fn restore_clock(&self) {
        if let Self::Url(Remote {
            pace: Some(pace), ..
        }) = self
        {
            self.set_pace(pace).await;
        }
    }

    async fn set_pace(&self, pace: &str) {
        if let Self::Url(remote) = self
            && remote.pace.as_deref() != Some("manual")
        {
            let body = format!(r#"{{"pace":"{pace}"}}"#);
            // A target that refuses fails the cases that need it, which says more than an error here.
            control(&remote.caller, "PUT", "/_emulator/clock", body)
                .await
                .ok();
        }
    }
}

impl Site {
    /// Address of the target as SDKs want it.
    pub fn endpoint_url(&self) -> String {
        format!("http://{}", self.caller.authority)
    }

    /// Lets time pass between two polls.
    ///
    /// # Errors
    /// If the clock could not be advanced, with the answer.
    pub async fn wait(&self) -> Result<(), String> {
        if self.stepped {
            self.advance(STEP_MS).await.map(|_| ())
        } else {
            clock::pause(POLL_DELAY).await;
            Ok(())
        }
    }

    /// Advances the target's clock.
    ///
    /// # Errors
    /// If the target did not answer 200.
    pub(crate) async fn advance(&self, millis: u64) -> Result<Exchange, String> {
        let body = format!(r#"{{"millis":{millis}}}"#);
        let exchange = control(&self.caller, "POST", "/_emulator/clock/advance", body).await?;
        match &exchange.reply {
            Ok(Reply { status: 200, .. }) => Ok(exchange),
            _ => Err(format!("the clock could not be advanced:\n{exchange}")),
        }
    }
}

impl Remote {
    async fn probe(caller: Caller) -> Result<Self, TargetError> {
        let unreachable = |reason| TargetError::Unreachable {
            url: format!("http://{}", caller.authority),
            reason,
        };
        let info = control(&caller, "GET", "/_emulator/info", String::new())
            .await
            .and_then(|exchange| exchange.reply)
            .map_err(unreachable)?;
        let is_emulator = info.status == 200 && member(&info, "version").is_some();
        let pace = match control(&caller, "GET", "/_emulator/clock", String::new()).await {
            Ok(Exchange {
                reply: Ok(reply), ..
            }) if is_emulator => member(&reply, "pace"),
            _ => None,
        };
        let since_epoch = clock::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Ok(Self {
            caller,
            features: remote_features(is_emulator, member(&info, "auth").as_deref()),
            pace,
            run: format!("{:x}", since_epoch.as_millis()),
        })
    }
}

/// What a running emulator can do, however it was started.
fn every_feature() -> BTreeSet<Feature> {
    BTreeSet::from([
        Feature::Control,
        Feature::Emulator,
        Feature::SteppedTime,
        Feature::SeededPopulation,
        Feature::StrictAuth,
    ])
}

/// What can be told of a target at a URL: all of an emulator's features, but signatures are verified
/// only if it says so.
fn remote_features(is_emulator: bool, auth: Option<&str>) -> BTreeSet<Feature> {
    if !is_emulator {
        return BTreeSet::new();
    }
    let mut features = every_feature();
    if auth != Some("strict") {
        features.remove(&Feature::StrictAuth);
    }
    features
}

/// An emulator of one's own can be started with quotas too.
fn embedded_features() -> BTreeSet<Feature> {
    let mut features = every_feature();
    features.insert(Feature::Quotas);
    features
}

async fn embedded_site(seed: u64, features: &[Feature]) -> Result<Site, TargetError> {
    let mut builder = Emulator::builder().seed(seed).pace(Pace::Manual);
    if features.contains(&Feature::StrictAuth) {
        builder = builder.auth(AuthMode::Strict);
    }
    if features.contains(&Feature::Quotas) {
        builder = builder.quotas(Quotas::Of2026);
    }
    let emulator = builder
        .start()
        .await
        .map_err(|error| TargetError::Start(display_chain(&error)))?;
    let endpoint_url = emulator.endpoint_url();
    let authority = endpoint_url
        .trim_start_matches("http://")
        .trim_end_matches('/');
    Ok(Site {
        caller: Caller {
            authority: authority.to_owned(),
            region: REGION.to_owned(),
            credentials: Credentials::from_keys("test", "test", None),
        },
        features: embedded_features(),
        unique: "conformance".to_owned(),
        stepped: true,
        shared: false,
        _emulator: Some(emulator),
    })
}

async fn control(
    caller: &Caller,
    method: &str,
    path: &str,
    body: String,
) -> Result<Exchange, String> {
    let request = Request {
        method: method.to_owned(),
        path: path.to_owned(),
        headers: Vec::new(),
        body: Bytes::from(body),
    };
    caller
        .exchange(request, &Signing::None)
        .await
        .map_err(|error| error.to_string())
}

fn member(reply: &Reply, name: &str) -> Option<String> {
    let value: serde_json::Value = serde_json::from_slice(&reply.body).ok()?;
    value.get(name)?.as_str().map(str::to_owned)
}
