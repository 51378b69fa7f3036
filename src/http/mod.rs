//! The web service: health checks, metrics, the JSON interface for programs, MCP for assistants, and the pages of the
//! sources. It is off unless `[http] listen` is set. `verbatim mcp` serves MCP without it.
//!
//! The service answers from the same engines as the bot. It never logs or stores a question.

mod api;
mod error;
mod health;
mod key_file;
mod keys;
mod lookup;
mod mcp;
mod metrics;
mod pages;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use parking_lot::Mutex;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use self::error::Problem;
pub use self::key_file::{Key, KeyFile, Scope};
use self::keys::Keys;
pub use self::mcp::serve_stdio;
pub use self::metrics::Recorder;
use crate::config::{Config, Http};
use crate::health::Health;
use verbatim_core::engine::Engine;
use verbatim_core::index::snapshot::Snapshot;
use verbatim_core::knowledge::base;

/// The longest request body, in bytes. A question of the maximum length fits several times.
const LONGEST_BODY: usize = 64 << 10;
/// The number of requests that can wait for each processor. Beyond that, a caller is told to come back.
const WAITING: usize = 64;
/// How long to wait for requests in progress before the program stops.
const DRAIN: Duration = Duration::from_secs(10);

/// What the service's handlers share.
pub struct Service {
    engines: Vec<Arc<Engine>>,
    settings: Http,
    health: Arc<Health>,
    keys: Keys,
    recorder: Option<Recorder>,
    /// Whether every base in the knowledge folder could be opened.
    is_complete: bool,
    /// One permit for each processor, and [`WAITING`] places to wait for one.
    permits: Arc<Semaphore>,
    places: Arc<Semaphore>,
    /// The earlier generation that was read last, for the pages. Opening one reads all of it, so one is opened at a time.
    earlier: Arc<Mutex<Option<Arc<Snapshot>>>>,
}

impl Service {
    /// Makes the service of these bases, the default base first.
    pub fn new(
        config: &Config,
        engines: Vec<Arc<Engine>>,
        health: Arc<Health>,
        recorder: Option<Recorder>,
    ) -> Self {
        let processors = std::thread::available_parallelism().map_or(2, usize::from);
        let opened = |name: &String| engines.iter().any(|engine| engine.place().base == *name);
        let is_complete = base::names(&config.knowledge).map_or(true, |names| names.iter().all(opened));
        Self {
            engines,
            settings: config.http.clone(),
            health,
            keys: Keys::new(config.http.keys_file.clone()),
            recorder,
            is_complete,
            permits: Arc::new(Semaphore::new(processors)),
            places: Arc::new(Semaphore::new(processors * WAITING)),
            earlier: Arc::default(),
        }
    }

    /// The base with this name; the default base if `name` is `None`.
    fn engine(&self, name: Option<&str>) -> Option<Arc<Engine>> {
        match name {
            None => self.engines.first().cloned(),
            Some(name) => self.engines.iter().find(|engine| engine.place().base == name).cloned(),
        }
    }

    /// Runs work that needs a processor, when one is free.
    ///
    /// # Errors
    /// What to tell the caller if too many requests wait, or the work panicked.
    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
        let place = self.places.clone().try_acquire_owned().map_err(|_| Problem::busy())?;
        let permit = self.permits.clone().acquire_owned().await.map_err(|_| Problem::busy())?;
        // The work keeps its permit to the end, even if the caller goes away.
        let held = move || (work(), permit, place).0;
        tokio::task::spawn_blocking(held).await.map_err(|_| Problem::failed())
    }
}

/// Serves until `stop` is cancelled, then finishes requests in progress.
///
/// # Errors
/// If the address cannot be used.
pub async fn serve(address: SocketAddr, service: Service, stop: CancellationToken) -> anyhow::Result<()> {
    let listener = tokio::net::TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot serve the web service at {address} (`http.listen`)"))?;
    tracing::info!(address = %listener.local_addr()?, "serving the web service");
    let stopped = stop.clone();
    let serving = axum::serve(listener, router(Arc::new(service)))
        .with_graceful_shutdown(async move { stopped.cancelled().await });
    let drained = async {
        stop.cancelled().await;
        tokio::time::sleep(DRAIN).await;
    };
    tokio::select! {
        served = serving => served.context("the web service ended"),
        () = drained => Ok(()),
    }
}

fn router(service: Arc<Service>) -> Router {
    Router::new()
        .merge(health::routes())
        .merge(metrics::routes())
        .merge(api::routes())
        .merge(mcp::routes(&service))
        .merge(pages::routes())
        .fallback(|| async { Problem::not_found("There is nothing at this address. See /v1/openapi.json.") })
        .layer(DefaultBodyLimit::max(LONGEST_BODY))
        .layer(middleware::from_fn(with_security_headers))
        .with_state(service)
}

/// Adds the headers that keep a browser from doing anything but showing the page.
async fn with_security_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let policy =
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
