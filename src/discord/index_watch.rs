//! Follows the index as [`crate::index_watch`] describes, and does what the bot has to do then: commands may have changed,
//! and posts may quote a passage that is withheld by now. If the store could not be read at the start, it tries again to
//! load the channel settings.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::Bot;
use super::{moderation, register};
use crate::index_watch::{Broken, LOOKED, caught_up, withheld_more};

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
            // A change by this process switches the generation itself.
            changed |= !served.is_changing() && caught_up(&served.engine, broken).await;
            if withheld_more(&served.engine).await {
                moderation::resume(&bot);
            }
        }
        if changed {
            // Topics may have been added or removed.
            register::register(&bot).await;
        }
    }
}
