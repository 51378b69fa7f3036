//! Which requests a key allows, and how often.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use axum::http::{HeaderMap, header};
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use parking_lot::Mutex;

use super::error::Problem;
use super::key_file::{Key, KeyFile, Scope};

/// The keys of the service. A changed file takes effect with the next request, so a removed key stops at once.
pub struct Keys {
    path: Option<PathBuf>,
    loaded: Mutex<Loaded>,
}

/// What changes when a file does: its number, size and times.
type FileState = (u64, u64, i64, i64, i64, i64);

#[derive(Default)]
struct Loaded {
    state: Option<FileState>,
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

    /// Reads the file again if it has changed. A file that cannot be read has no valid keys, and is tried again with the
    /// next request.
    fn reload(&self, loaded: &mut Loaded) {
        let Some(path) = &self.path else { return };
        let state = std::fs::metadata(path).ok().map(|data| {
            (data.ino(), data.size(), data.mtime(), data.mtime_nsec(), data.ctime(), data.ctime_nsec())
        });
        if state.is_some() && state == loaded.state {
            return;
        }
        match KeyFile::read(path) {
            Ok(file) => (loaded.state, loaded.file) = (state, file),
            Err(error) => {
                tracing::error!("no key is valid: {error}");
                (loaded.state, loaded.file) = (None, KeyFile::default());
            }
        }
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
