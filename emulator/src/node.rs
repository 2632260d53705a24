//! One emulator without its network: state, clock, runner, and what it starts with.
//!
//! The HTTP side calls in; nothing here knows of HTTP. The S3 objects are reached through the same
//! store that the runner writes to.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::config::Config;
use crate::load::{self, LoadError};
use crate::operations::Context;
use crate::operations::applications::put_application;
use crate::runner::{ExportSettings, Runner, Stopped};
use crate::s3::object_store::{BucketInfo, ObjectStore, ObjectStoreError};
use crate::seed::{RequestIds, Seed};
use crate::store::applications::{PopulationSettings, Scope};
use crate::store::{Store, StoreError};
use crate::throttle::Throttle;

/// See the module.
#[derive(Debug)]
pub(crate) struct Node {
    /// What it was started with.
    pub(crate) config: Config,
    /// What Pinpoint's operations work with.
    pub(crate) context: Context,
    /// The S3 side's buckets and objects.
    pub(crate) objects: Arc<dyn ObjectStore>,
    /// The ids of requests.
    pub(crate) request_ids: RequestIds,
}

/// Why the configured content could not be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ContentError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("bucket {bucket} could not be made")]
    Bucket {
        bucket: String,
        source: ObjectStoreError,
    },
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

impl Node {
    /// Starts with the configured content.
    pub(crate) async fn start(
        config: Config,
        objects: Arc<dyn ObjectStore>,
        stop: CancellationToken,
    ) -> Result<Self, ContentError> {
        let seed = Seed::new(config.seed);
        let store = Store::in_memory();
        let clock = Arc::new(Clock::new(config.clock_start, config.pace));
        let settings = ExportSettings {
            endpoints_per_piece: config.endpoints_per_piece,
            object_key: config.object_key.clone(),
            gzip_level: config.gzip_level,
        };
        let runner = Runner::spawn(
            store.clone(),
            Arc::clone(&objects),
            Arc::clone(&clock),
            &seed,
            settings,
            stop,
        );
        let context = Context {
            store,
            clock,
            seed,
            objects: Arc::clone(&objects),
            runner,
            gate: Arc::default(),
            population: config.population,
            throttle: Arc::new(Throttle::new(config.quotas)),
        };
        let node = Self {
            config,
            context,
            objects,
            request_ids: RequestIds::new(&seed),
        };
        node.fill().await?;
        Ok(node)
    }

    /// Deletes everything and starts over with the configured content: ids and clock start afresh.
    pub(crate) async fn reset(&self) -> Result<(), ContentError> {
        let _closed = self.context.gate.write().await;
        self.context.runner.forget().await?;
        self.context.store.clear().await;
        self.objects
            .clear()
            .await
            .map_err(|source| ContentError::Bucket {
                bucket: "*".to_owned(),
                source,
            })?;
        self.context
            .clock
            .restart(self.config.clock_start, self.config.pace);
        self.request_ids.restart();
        self.context.throttle.restart();
        self.fill().await
    }

    async fn fill(&self) -> Result<(), ContentError> {
        for (id, count) in &self.config.applications {
            let population = count.map(|count| PopulationSettings { count, seed: None });
            put_application(&self.context, self.scope(), id.clone(), None, population).await?;
        }
        for bucket in &self.config.buckets {
            let info = BucketInfo {
                name: bucket.clone(),
                owner: self.config.account.clone(),
                region: self.config.region.clone(),
                created: self.context.clock.now(),
            };
            match self.objects.create_bucket(info).await {
                Ok(()) | Err(ObjectStoreError::BucketAlreadyOwnedByYou) => {}
                Err(source) => {
                    return Err(ContentError::Bucket {
                        bucket: bucket.clone(),
                        source,
                    });
                }
            }
        }
        for path in &self.config.loads {
            load::load(&self.context, &self.scope(), path).await?;
        }
        Ok(())
    }

    /// Where what it starts with belongs.
    pub(crate) fn scope(&self) -> Scope {
        Scope {
            account: self.config.account.clone(),
            region: self.config.region.clone(),
        }
    }
}
