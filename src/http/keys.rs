//! Which requests a key allows, and how often.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::SystemTime;

use axum::http::{HeaderMap, header};
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use parking_lot::Mutex;
use std::collections::HashMap;

use super::error::Problem;
use super::key_file::{Key, KeyFile, Scope};

/// The keys of the service. A changed file takes effect with the next request, so a removed key stops at once.
pub struct Keys {
    path: Option<PathBuf>,
    loaded: Mutex<Loaded>,
}

#[derive(Default)]
struct Loaded {
    changed: Option<SystemTime>,
    file: KeyFile,
    limiters: HashMap<(String, NonZeroU32), DefaultDirectRateLimiter>,
}

impl Keys {
    /// The keys in a file; without one, no key is valid.
    pub fn new(path: Option<PathBuf>) -> Self {
        Self { path, loaded: Mutex::default() }
    }

    /// Lets a request pass.
    ///
    /// # Errors
    /// What to tell the caller if the key is missing, unknown, has another scope, or asks too often.
    pub fn admit(&self, headers: &HeaderMap, scope: Scope) -> Result<(), Problem> {
        let text = bearer(headers).ok_or_else(Problem::unauthorised)?;
        let mut loaded = self.loaded.lock();
        self.reload(&mut loaded);
        let key = loaded.file.find(text).ok_or_else(Problem::unauthorised)?.clone();
        if !key.scopes.contains(&scope) {
            return Err(Problem::forbidden(scope.as_str()));
        }
        loaded.limit(&key)
    }

    /// Reads the file again if it has changed. A file that cannot be read has no valid keys.
    fn reload(&self, loaded: &mut Loaded) {
        let Some(path) = &self.path else { return };
        let changed = std::fs::metadata(path).and_then(|data| data.modified()).ok();
        if changed == loaded.changed {
            return;
        }
        let file = KeyFile::read(path).inspect_err(|error| tracing::error!("no key is valid: {error}"));
        *loaded = Loaded { changed, file: file.unwrap_or_default(), limiters: HashMap::new() };
    }
}

impl Loaded {
    fn limit(&mut self, key: &Key) -> Result<(), Problem> {
        let limiter = self
            .limiters
            .entry((key.name.clone(), key.per_minute))
            .or_insert_with(|| RateLimiter::direct(Quota::per_minute(key.per_minute)));
        limiter.check().map_err(|until| {
            Problem::too_many(until.wait_time_from(DefaultClock::default().now()).as_secs() + 1)
        })
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}
