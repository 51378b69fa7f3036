//! Notices generations that another process publishes, such as `verbatim index` next to the running program. Within
//! seconds, the program answers from the new generation. It also notices passages added by hand to the list of withheld
//! passages, and a list that has become unreadable.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use verbatim_core::answer::followup::REMEMBERED;
use verbatim_core::engine::Engine;

/// How often to check for a new live generation.
pub const LOOKED: Duration = Duration::from_secs(2);
/// Time after which a generation that could not be opened is tried again. It is long because opening reads all of it.
const AGAIN: Duration = Duration::from_secs(60);

/// A generation that could not be opened, and when.
pub type Broken = Option<(String, Instant)>;

/// Follows the live generations on disk, and drops what is remembered of questions, until `stop` is cancelled. The bot has a loop of its own.
pub async fn watch(engines: Vec<Arc<Engine>>, stop: CancellationToken) {
    let mut broken: Vec<Broken> = vec![None; engines.len()];
    let mut forgotten = Instant::now();
    loop {
        tokio::select! {
            () = tokio::time::sleep(LOOKED) => {}
            () = stop.cancelled() => return,
        }
        // The bases share the cache of readings.
        if let (true, Some(engine)) = (forgotten.elapsed() >= REMEMBERED / 2, engines.first()) {
            engine.resources().forget_unused();
            forgotten = Instant::now();
        }
        for (engine, broken) in engines.iter().zip(&mut broken) {
            caught_up(engine, broken).await;
            withheld_more(engine).await;
        }
    }
}

/// Withholds passages that were added to the list in the meantime. Returns whether there were any.
pub async fn withheld_more(engine: &Arc<Engine>) -> bool {
    let engine = engine.clone();
    tokio::task::spawn_blocking(move || engine.withhold_as_listed()).await.unwrap_or(false)
}

/// Switches to the live generation if it is a different one, and returns whether it switched. A generation that cannot
/// be opened is logged once.
pub async fn caught_up(engine: &Arc<Engine>, broken: &mut Broken) -> bool {
    let Some(live) = engine.newer_generation() else { return false };
    let known = broken.as_ref().filter(|(id, _)| *id == live).map(|(_, since)| *since);
    if known.is_some_and(|since| since.elapsed() < AGAIN) {
        return false;
    }
    let reloading = engine.clone();
    let Ok(reloaded) = tokio::task::spawn_blocking(move || reloading.reload()).await else {
        return false;
    };
    let base = engine.place().base.as_str();
    if let Err(error) = reloaded {
        if known.is_none() {
            tracing::error!(base, generation = live, "{error}; still answering from the previous generation");
        }
        *broken = Some((live, Instant::now()));
        return false;
    }
    tracing::info!(base, generation = live, "another process published a generation: answering from it");
    *broken = None;
    true
}
