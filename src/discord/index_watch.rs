//! Generations that another process publishes: `verbatim index` beside the running bot. They are noticed within
//! seconds, and whoever asks then is answered from the new one. So is what is put on the list of withheld passages by
//! hand, and that the list cannot be read any more. What was said of channels is looked for, too, where
//! the store could not be read at the start.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::Bot;
use super::registry::Served;
use super::{moderation, register};

/// How often it is looked whether another generation is live.
const LOOKED: Duration = Duration::from_secs(2);
/// After how long one that could not be opened is tried again: all of it is read.
const AGAIN: Duration = Duration::from_secs(60);

/// A generation that could not be opened, and when.
type Broken = Option<(String, Instant)>;

/// Follows what is live on the disk until `stop` is called off.
pub async fn watch(bot: Arc<Bot>, stop: CancellationToken) {
    let mut broken: Vec<Broken> = vec![None; bot.bases.all().len()];
    loop {
        tokio::select! {
            () = tokio::time::sleep(LOOKED) => {}
            () = stop.cancelled() => return,
        }
        if !bot.channels.are_known() {
            bot.channels.learn(bot.records.channels().await);
        } else if bot.records.was_replaced() {
            bot.records.restore_channels(&bot.channels).await;
        }
        let mut changed = false;
        for (served, broken) in bot.bases.all().iter().zip(&mut broken) {
            changed |= caught_up(served, broken).await;
            if withheld_more(served).await {
                moderation::resume(&bot);
            }
        }
        if changed {
            // Topics may have come or gone.
            register::register(&bot).await;
        }
    }
}

/// Takes out what was put on the list of withheld passages meanwhile; whether there was anything.
async fn withheld_more(served: &Arc<Served>) -> bool {
    let engine = served.clone();
    tokio::task::spawn_blocking(move || engine.engine.withhold_as_listed()).await.unwrap_or(false)
}

/// Answers from the live generation, where that is another; whether it was. One that cannot be opened is told once.
async fn caught_up(served: &Arc<Served>, broken: &mut Broken) -> bool {
    // What is changed from here is served by whoever changes it.
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
            tracing::error!(base, generation = live, "{error}; answering from the generation of before");
        }
        *broken = Some((live, Instant::now()));
        return false;
    }
    tracing::info!(base, generation = live, "another process published: answering from it");
    *broken = None;
    true
}
