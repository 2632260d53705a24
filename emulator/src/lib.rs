//! Amazon Pinpoint's REST API and an S3 store on one port, in one process.
//!
//! A test starts as many emulators as it likes; each has its own port, state, clock and seed, and
//! stops when it is dropped:
//!
//! ```
//! # async fn example() -> Result<(), pinpoint_emulator::StartError> {
//! use pinpoint_emulator::{Emulator, Pace};
//!
//! let emulator = Emulator::builder()
//!     .application("0123456789abcdef0123456789abcdef", 1000)
//!     .bucket("exports")
//!     .pace(Pace::Instant)
//!     .start()
//!     .await?;
//! println!("point AWS tools at {}", emulator.endpoint_url());
//! # Ok(())
//! # }
//! ```
//!
//! Nothing here is global: no logger, no metrics, no TLS provider. Those belong to a program's `main`.

mod clock;
mod config;
mod domain;
mod facts;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod http;
mod load;
mod model;
mod node;
mod operations;
mod pace;
mod runner;
mod s3;
mod seed;
mod store;
mod throttle;

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use rand::TryRng as _;
use rand::rngs::SysRng;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

pub use self::config::AuthMode;
pub use self::facts::quotas::Quotas;
pub use self::pace::Pace;

use self::config::Config;
use self::domain::access_key::{AccessKey, AccessKeys};
use self::domain::id::{AccountId, ApplicationId, Region};
use self::domain::piece::ObjectKeyTemplate;
use self::domain::population::COUNT_MAX;
use self::http::auth::AuthSettings;
use self::http::dispatch::S3Domains;
use self::http::front::Front;
use self::node::{ContentError, Node};
use self::s3::front::S3Front;
use self::s3::store::MemoryObjectStore;
use self::seed::Seed;

/// A running emulator. It stops when this is dropped; [`Emulator::shutdown`] also waits for it.
#[derive(Debug)]
pub struct Emulator {
    listen_addr: SocketAddr,
    seed: u64,
    serving: JoinHandle<()>,
    stop: DropGuard,
}

impl Emulator {
    /// An emulator with the defaults: a free port of the loopback address, nothing in it, a random
    /// seed, the `fast` pace, `lenient` signatures.
    pub fn builder() -> EmulatorBuilder {
        EmulatorBuilder::default()
    }

    /// What clients take as endpoint URL, for Pinpoint and S3 alike.   Example: `http://127.0.0.1:4566`
    pub fn endpoint_url(&self) -> String {
        format!("http://{}", self.listen_addr)
    }

    /// The address it listens on.
    pub fn listen_addr(&self) -> SocketAddr {
        self.listen_addr
    }

    /// The seed that ids and synthetic endpoints derive from.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Stops accepting, lets open requests finish for a while, and answers when all is over.
    pub async fn shutdown(self) {
        drop(self.stop);
        // The serving task can only end by itself: nobody aborts it and `Front` catches panics.
        let _ = self.serving.await;
    }
}

/// Why an emulator did not start. One line, fit to be shown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The address is taken, or is not one of this machine.
    #[error("cannot listen on {addr}: {source}")]
    Listen {
        /// The address.
        addr: SocketAddr,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A setting has a value that it cannot have.
    #[error("{setting} cannot be `{value}`: {reason}")]
    Setting {
        /// The builder's method, which is also the command line's flag.
        setting: &'static str,
        /// The value.
        value: String,
        /// What would be right.
        reason: String,
    },
    /// What it should start with cannot be made, for instance because an archive is unreadable.
    #[error("cannot make what to start with: {0}")]
    Content(String),
    /// The system gave no random seed.
    #[error("cannot draw a random seed: {0}")]
    Seed(String),
}

/// Settings of an emulator to be. What is wrong with a value is said by [`EmulatorBuilder::start`].
#[derive(Debug, Clone, Default)]
#[must_use = "a builder does nothing until it is started"]
pub struct EmulatorBuilder {
    listen: Option<SocketAddr>,
    applications: Vec<(String, Option<u64>)>,
    buckets: Vec<String>,
    population: u64,
    loads: Vec<PathBuf>,
    seed: Option<u64>,
    clock_start: Option<Timestamp>,
    pace: Pace,
    auth: Option<AuthMode>,
    access_keys: Vec<String>,
    account_id: Option<String>,
    region: Option<String>,
    endpoints_per_piece: Option<u64>,
    object_key: Option<String>,
    gzip_level: Option<u32>,
    s3_domains: Vec<String>,
    quotas: Option<Quotas>,
}

impl EmulatorBuilder {
    /// Where to listen; a free port of the loopback address unless set.
    pub fn listen(mut self, addr: SocketAddr) -> Self {
        self.listen = Some(addr);
        self
    }

    /// Starts with an application of this id, with `count` synthetic endpoints. Repeatable; `None`
    /// leaves the count as it is if the application is there already, and two different counts for one
    /// id cannot be.
    pub fn application(mut self, id: impl Into<String>, count: impl Into<Option<u64>>) -> Self {
        self.applications.push((id.into(), count.into()));
        self
    }

    /// Starts with this bucket. Repeatable.
    pub fn bucket(mut self, name: impl Into<String>) -> Self {
        self.buckets.push(name.into());
        self
    }

    /// How many synthetic endpoints CreateApp gives an application; none unless set.
    pub fn population(mut self, count: u64) -> Self {
        self.population = count;
        self
    }

    /// Starts with the endpoints of archived exports: a file or a folder. Repeatable.
    pub fn load(mut self, path: impl AsRef<Path>) -> Self {
        self.loads.push(path.as_ref().to_owned());
        self
    }

    /// What ids and synthetic endpoints derive from; random unless set.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// What the clock shows at start; the wall clock's time unless set.
    pub fn clock_start(mut self, start: Timestamp) -> Self {
        self.clock_start = Some(start);
        self
    }

    /// The pace of job time.
    pub fn pace(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    /// How signatures are judged; `lenient` unless set.
    pub fn auth(mut self, mode: AuthMode) -> Self {
        self.auth = Some(mode);
        self
    }

    /// A key pair that can sign, as `ID:SECRET[:ACCOUNT[:NAME]]`. Repeatable; `test:test` unless set.
    ///
    /// In `strict` no other pair is known. In every mode but `off` the pair's account is that of the
    /// requests it signs.
    pub fn access_key(mut self, pair: impl Into<String>) -> Self {
        self.access_keys.push(pair.into());
        self
    }

    /// The account of callers whose key pair names none and whose key id is not one; 12 digits, `000000000000` unless set.
    pub fn account_id(mut self, account_id: impl Into<String>) -> Self {
        self.account_id = Some(account_id.into());
        self
    }

    /// The region of callers whose signature names none; `us-east-1` unless set.
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// Most endpoints in a piece of an export; 100000 unless set.
    pub fn endpoints_per_piece(mut self, count: u64) -> Self {
        self.endpoints_per_piece = Some(count);
        self
    }

    /// How the objects of an export are named, a template of the words `{prefix}`,
    /// `{application-id}`, `{job-id}`, `{created}`, `{piece}`, `{pieces}`.
    pub fn object_key(mut self, template: impl Into<String>) -> Self {
        self.object_key = Some(template.into());
        self
    }

    /// How hard pieces are compressed, 0 to 9; 6 unless set.
    pub fn gzip_level(mut self, level: u32) -> Self {
        self.gzip_level = Some(level);
        self
    }

    /// A domain under which host names are buckets. Repeatable; replaces `s3.localhost` and
    /// `localhost`.
    pub fn s3_domain(mut self, domain: impl Into<String>) -> Self {
        self.s3_domains.push(domain.into());
        self
    }

    /// Answers requests, jobs and applications beyond AWS's quotas of that year 429; none are too many
    /// unless set. Rates are those of the emulator's clock: at the manual pace it must be advanced.
    pub fn quotas(mut self, quotas: Quotas) -> Self {
        self.quotas = Some(quotas);
        self
    }

    /// Starts the emulator on the current runtime; it is ready when this answers.
    ///
    /// # Errors
    /// A setting that cannot be, an address that cannot be listened on, an archive that cannot be
    /// loaded.
    pub async fn start(self) -> Result<Emulator, StartError> {
        let config = self.config()?;
        let addr = config.listen;
        let unable = |source| StartError::Listen { addr, source };
        let listener = TcpListener::bind(addr).await.map_err(unable)?;
        let listen_addr = listener.local_addr().map_err(unable)?;

        let stop = CancellationToken::new();
        let guard = stop.clone().drop_guard();
        let auth = AuthSettings {
            mode: config.auth,
            access_keys: config.access_keys.clone(),
            default_account: config.account.clone(),
            s3_domains: S3Domains::new(&config.s3_domains),
        };
        let seed = config.seed;
        let objects = Arc::new(MemoryObjectStore::in_memory(&Seed::new(config.seed)));
        let node = Node::start(config, objects, stop.clone())
            .await
            .map_err(|error: ContentError| StartError::Content(error.to_string()))?;
        let node = Arc::new(node);
        let clock = Arc::clone(&node.context.clock);
        let s3 = S3Front::new(Arc::clone(&node.objects), Arc::new(move || clock.now()));
        let front = Arc::new(Front::new(node, auth, s3));
        let serving = tokio::spawn(http::server::serve(listener, front, stop));
        Ok(Emulator {
            listen_addr,
            seed,
            serving,
            stop: guard,
        })
    }

    /// Parses all settings, so that nothing after this can be wrong.
    fn config(self) -> Result<Config, StartError> {
        let mut config = Config::new(self.seed.map_or_else(random_seed, Ok)?);
        for (id, count) in self.applications {
            let reason = "an id has 1 to 64 letters, digits, hyphens and underscores";
            let id = ApplicationId::parse(&id).ok_or_else(|| wrong("application", &id, reason))?;
            if let Some(count) = count.filter(|count| *count > COUNT_MAX) {
                return Err(wrong("application", format!("{id}={count}"), TOO_POPULOUS));
            }
            let earlier = config.applications.iter().filter(|(given, _)| *given == id);
            let mut counts = earlier.filter_map(|(_, count)| *count);
            if let Some((earlier, count)) = counts.next().zip(count)
                && earlier != count
            {
                let reason = format!("it is given {earlier} endpoints too");
                return Err(wrong("application", format!("{id}={count}"), reason));
            }
            config.applications.push((id, count));
        }
        for bucket in &self.buckets {
            let reason = "a bucket's name has 3 to 63 lower-case letters, digits, dots and hyphens";
            if !s3::is_bucket_name(bucket) {
                return Err(wrong("bucket", bucket, reason));
            }
        }
        config.buckets = self.buckets;
        if self.population > COUNT_MAX {
            return Err(wrong("population", self.population, TOO_POPULOUS));
        }
        config.population = self.population;
        config.loads = self.loads;
        config.clock_start = self.clock_start;
        config.pace = self.pace;
        if let Some(addr) = self.listen {
            config.listen = addr;
        }
        if let Some(mode) = self.auth {
            config.auth = mode;
        }
        config.access_keys = access_keys(&self.access_keys)?;
        if let Some(text) = self.account_id {
            let reason = "an account id has 12 digits";
            config.account =
                AccountId::parse(&text).ok_or_else(|| wrong("account-id", &text, reason))?;
        }
        if let Some(text) = self.region {
            let reason = "a region has lower-case letters, digits and hyphens";
            config.region = Region::parse(&text).ok_or_else(|| wrong("region", &text, reason))?;
        }
        if let Some(count) = self.endpoints_per_piece {
            if count == 0 {
                return Err(wrong(
                    "endpoints-per-piece",
                    count,
                    "a piece holds at least one endpoint",
                ));
            }
            config.endpoints_per_piece = count;
        }
        if let Some(text) = self.object_key {
            config.object_key = ObjectKeyTemplate::parse(&text)
                .map_err(|error| wrong("object-key", &text, error))?;
        }
        if let Some(level) = self.gzip_level {
            if level > 9 {
                return Err(wrong("gzip-level", level, "levels are 0 to 9"));
            }
            config.gzip_level = level;
        }
        if let Some(text) = self.s3_domains.iter().find(|text| !S3Domains::is_one(text)) {
            let reason = "a domain has letters, digits, hyphens and underscores, with dots between";
            return Err(wrong("s3-domain", text, reason));
        }
        if !self.s3_domains.is_empty() {
            config.s3_domains = self.s3_domains;
        }
        config.quotas = self.quotas;
        Ok(config)
    }
}

/// The value of a pair is never quoted whole: it has a secret.
fn access_keys(pairs: &[String]) -> Result<AccessKeys, StartError> {
    let parsed = pairs.iter().map(|text| {
        // Without a colon it may be a secret alone.
        let shown = match text.split_once(':') {
            Some((id, _)) => format!("{id}:…"),
            None => "…".to_owned(),
        };
        AccessKey::parse(text).map_err(|reason| wrong("access-key", shown, reason))
    });
    AccessKeys::new(parsed.collect::<Result<_, _>>()?)
        .map_err(|id| wrong("access-key", format!("{id}:…"), "an id is given only once"))
}

const TOO_POPULOUS: &str = "a population has at most 2^40 endpoints";

fn wrong(setting: &'static str, value: impl fmt::Display, reason: impl fmt::Display) -> StartError {
    StartError::Setting {
        setting,
        value: value.to_string(),
        reason: reason.to_string(),
    }
}

/// Short enough to be typed again.
fn random_seed() -> Result<u64, StartError> {
    let random = SysRng
        .try_next_u32()
        .map_err(|error| StartError::Seed(error.to_string()))?;
    Ok(u64::from(random))
}
