//! Every knob of an emulator, typed, with its default; read once, when it starts.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use jiff::Timestamp;

use crate::domain::access_key::AccessKeys;
use crate::domain::id::{AccountId, ApplicationId, Region};
use crate::domain::piece::ObjectKeyTemplate;
use crate::facts::limits::ENDPOINTS_PER_PIECE_DEFAULT;
use crate::facts::quotas::Quotas;
use crate::pace::Pace;

/// How signatures are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthMode {
    /// Any well-formed signature passes; the account follows from the key id.
    Lenient,
    /// A signature passes if it was made with a known key, for this very request, just now.
    Strict,
    /// Nothing is judged; everything is the default account's.
    Off,
}

impl AuthMode {
    /// The word on the command line and in `info`.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Lenient => "lenient",
            Self::Strict => "strict",
            Self::Off => "off",
        }
    }
}

/// What an emulator starts with.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    /// Where it listens; port 0 picks a free one.
    pub(crate) listen: SocketAddr,
    /// Applications to make, with their numbers of synthetic endpoints.
    pub(crate) applications: Vec<(ApplicationId, Option<u64>)>,
    /// Buckets to make.
    pub(crate) buckets: Vec<String>,
    /// Synthetic endpoints of an application made by CreateApp.
    pub(crate) population: u64,
    /// Archives to load: files or folders.
    pub(crate) loads: Vec<PathBuf>,
    /// What ids and populations derive from.
    pub(crate) seed: u64,
    /// What the clock shows at start; the wall clock's time if `None`.
    pub(crate) clock_start: Option<Timestamp>,
    /// The pace of job time.
    pub(crate) pace: Pace,
    /// How signatures are judged.
    pub(crate) auth: AuthMode,
    /// The key pairs that can sign, and whose they are.
    pub(crate) access_keys: AccessKeys,
    /// The account of callers whose key pair names none and whose key id is not one.
    pub(crate) account: AccountId,
    /// The region of callers whose signature names none.
    pub(crate) region: Region,
    /// Most endpoints in a piece; at least 1.
    pub(crate) endpoints_per_piece: u64,
    /// How pieces are named.
    pub(crate) object_key: ObjectKeyTemplate,
    /// 0 to 9.
    pub(crate) gzip_level: u32,
    /// Domains under which host names are buckets.
    pub(crate) s3_domains: Vec<String>,
    /// How many requests and jobs are too many; none if `None`.
    pub(crate) quotas: Option<Quotas>,
}

impl Config {
    /// The defaults, with a seed that somebody must choose.
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            applications: Vec::new(),
            buckets: Vec::new(),
            population: 0,
            loads: Vec::new(),
            seed,
            clock_start: None,
            pace: Pace::default(),
            auth: AuthMode::Lenient,
            access_keys: AccessKeys::default(),
            account: AccountId::default(),
            region: Region::default(),
            endpoints_per_piece: ENDPOINTS_PER_PIECE_DEFAULT,
            object_key: ObjectKeyTemplate::default(),
            gzip_level: 6,
            s3_domains: vec!["s3.localhost".to_owned(), "localhost".to_owned()],
            quotas: None,
        }
    }
}
