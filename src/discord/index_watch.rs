//! Notices generations that another process publishes, such as `verbatim index` next to the running bot. Within
//! seconds, the bot answers from the new generation. It also notices passages added by hand to the list of withheld
//! passages, and a list that has become unreadable. If the store could not be read at the start, it tries again to load
//! the channel settings.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::Bot;
use super::registry::Served;
use super::{moderation, register};

/// How often to check for a new live generation.
const LOOKED: Duration = Duration::from_secs(2);
/// Time after which a generation that could not be opened is tried again. It is long because opening reads all of it.
const AGAIN: Duration = Duration::from_secs(60);

/// A generation that could not be opened, and when.
type Broken = Option<(String, Instant)>;

/// Follows the live generation on disk until `stop` is cancelled.
pub async fn watch(bot: Arc<Bot>, stop: CancellationToken) {
    let mut broken: Vec<Broken> = vec![None; bot.registry.all().len()];
    loop {
        tokio::select! {
            () = tokio::time::sleep(LOOKED) => {}
            () = stop.cancelled() => return,
        }
        if !bot.channels.are_known() {
            bot.channels.load(&bot.store).await;
        } else if bot.store.was_replaced() {
            bot.channels.restore(&bot.store).await;
        }
        let mut changed = false;
        for (served, broken) in bot.registry.all().iter().zip(&mut broken) {
            changed |= caught_up(served, broken).await;
            if withheld_more(served).await {
                moderation::resume(&bot);
            }
        }
        if changed {
            // Topics may have been added or removed.
            register::register(&bot).await;
        }
    }
}

/// Withholds passages that were added to the list in the meantime. Returns whether there were any.
async fn withheld_more(served: &Arc<Served>) -> bool {
    let engine = served.clone();
    tokio::task::spawn_blocking(move || engine.engine.withhold_as_listed()).await.unwrap_or(false)
}

/// Switches to the live generation if it is a different one, and returns whether it switched. A generation that cannot
/// be opened is logged once.
async fn caught_up(served: &Arc<Served>, broken: &mut Broken) -> bool {
    // A change by this process switches the generation itself.
    if served.is_changing() {
        return false;
    }
    let Some(live) = served.engine.newer_generation() else { return false };
    let known = broken.as_ref().filter(|(id, _)| *id == live).map(|(_, since)| *since);
    if known.is_some_and(|since| since.elapsed() < AGAIN) {
        return false;
    }
    let engine = served.clone();
    let Ok(reloaded) = tokio::task::spawn_blocking(move || engine.engine.reload()).await else {
        return false;
    };
    let base = served.name.as_str();
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
