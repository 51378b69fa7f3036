//! A store that the program keeps working without. If it is locked, full or broken, the problem is logged and reported
//! to moderators, and each use tries again. A broken store is set aside and replaced.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use parking_lot::RwLock;

use super::error::StoreError;
use super::open::Store;
use super::time::unix_now;

/// Time after which a store that could not be opened is tried again.
const AGAIN: Duration = Duration::from_secs(1);

/// The store, or why it is not available.
pub struct StoreHandle {
    path: PathBuf,
    state: RwLock<HandleState>,
    /// Held while opening the store: two tasks would set each other's database aside.
    opening: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct HandleState {
    store: Option<Store>,
    /// How many times the store was opened.
    opened: u64,
    /// When opening it last failed.
    failed: Option<Instant>,
    /// Whether a store that broke while open was replaced, and the new one does not have the channel settings yet.
    replaced: bool,
    /// Where a broken store was moved. Reported until the next start.
    set_aside: Option<PathBuf>,
    /// Why the last use failed. Reported until the store can be written again.
    failure: Option<String>,
}

impl StoreHandle {
    /// Opens the store. If that fails, every use tries again.
    pub async fn open(path: &Path) -> Self {
        let (path, state) = (path.to_owned(), RwLock::default());
        let handle = Self { path, state, opening: tokio::sync::Mutex::new(()) };
        handle.reopen().await;
        handle
    }

    /// Reads from the store; `None` if that failed. A successful read does not show that writing works.
    pub async fn read<T, F>(&self, what: &'static str, work: impl Fn(Store) -> F) -> Option<T>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        self.with(what, work).await
    }

    /// Writes to the store; `None` if that failed.
    pub async fn write<T, F>(&self, what: &'static str, work: impl Fn(Store) -> F) -> Option<T>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        let written = self.with(what, work).await?;
        if self.state.write().failure.take().is_some() {
            tracing::info!("the store works again");
        }
        Some(written)
    }

    /// The store's problem, for moderators; `None` if it works.
    pub fn trouble(&self) -> Option<String> {
        let state = self.state.read();
        state.failure.clone().or_else(|| state.set_aside.as_deref().map(set_aside))
    }

    /// Whether the store can be written. If its last use failed, this tries again.
    pub async fn works(&self) -> bool {
        let worked = {
            let state = self.state.read();
            state.store.is_some() && state.failure.is_none()
        };
        worked || self.write("try", |store| async move { store.try_to_write().await }).await.is_some()
    }

    /// Whether the store has replaced a broken one since the program started. Call [`StoreHandle::is_restored`] when the
    /// new one has the channel settings.
    pub fn was_replaced(&self) -> bool {
        self.state.read().replaced
    }

    /// Records that the store has the channel settings.
    pub fn is_restored(&self) {
        self.state.write().replaced = false;
    }

    /// Flushes and closes the store.
    pub async fn close(&self) {
        if let Some((store, _)) = self.store() {
            store.close().await;
        }
    }

    /// The open store, and how many times the store has been opened.
    fn store(&self) -> Option<(Store, u64)> {
        let state = self.state.read();
        state.store.clone().map(|store| (store, state.opened))
    }

    async fn reopen(&self) -> Option<(Store, u64)> {
        let _alone = self.opening.lock().await;
        if let Some(opened) = self.store() {
            return Some(opened);
        }
        // Tasks that waited for a failed attempt must not all repeat it.
        if self.state.read().failed.is_some_and(|at| at.elapsed() < AGAIN) {
            return None;
        }
        match Store::open(&self.path, unix_now()).await {
            Ok(opened) => {
                opened.tightened.iter().for_each(|file| tracing::warn!("{file}"));
                if let Some(aside) = &opened.set_aside {
                    tracing::error!("the store: {}", set_aside(aside));
                }
                let mut state = self.state.write();
                state.replaced |= opened.set_aside.is_some() && state.opened > 0;
                state.set_aside = opened.set_aside.or(state.set_aside.take());
                state.opened += 1;
                (state.store, state.failed, state.failure) = (Some(opened.store), None, None);
            }
            Err(error) => {
                let opened = self.state.read().opened;
                self.report("open", &error, opened);
                self.state.write().failed = Some(Instant::now());
            }
        }
        self.store()
    }

    /// Records a problem. It is logged when it starts and when it changes, not at every question.
    fn report(&self, what: &'static str, error: &StoreError, opened: u64) {
        metrics::counter!("verbatim_store_failures_total").increment(1);
        let mut state = self.state.write();
        let failure = Some(error.to_string());
        if state.failure != failure {
            tracing::error!(what, "{error}");
        }
        if error.is_broken() {
            // Another task may have replaced a broken store already.
            if state.opened != opened {
                return;
            }
            state.store = None;
        }
        state.failure = failure;
    }

    /// Runs `work` on the store. If the store is broken, sets it aside and runs `work` on a new one.
    async fn with<T, F>(&self, what: &'static str, work: impl Fn(Store) -> F) -> Option<T>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        for again in [true, false] {
            let (store, opened) = match self.store() {
                Some(opened) => opened,
                None => self.reopen().await?,
            };
            match work(store.clone()).await {
                Ok(value) => return Some(value),
                Err(error) => {
                    self.report(what, &error, opened);
                    if !error.is_broken() || !again {
                        return None;
                    }
                    store.close().await;
                }
            }
        }
        None
    }
}

fn set_aside(aside: &Path) -> String {
    format!("it was broken; it was set aside as {}, and a new one was started", aside.display())
}
