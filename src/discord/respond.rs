//! Answering interactions in time: with the finished cards, or with "thinking …" first if they take longer than a
//! second. Discord waits three seconds.

use std::sync::Arc;
use std::time::Duration;

use super::Bot;
use super::interaction::InteractionContext;
use super::messages;
use super::rest::{Failure, Response, SentCards, message, message_to};
use verbatim_core::render::card::Card;

/// Time after which an interaction gets "thinking …".
const SOON: Duration = Duration::from_secs(1);

/// Answers with the cards that `work` produces.
pub async fn respond<T>(
    bot: &Arc<Bot>,
    context: &InteractionContext,
    private: bool,
    work: impl Future<Output = T>,
    cards: impl Fn(&T) -> &[Card],
) -> (T, SentCards) {
    let mut work = std::pin::pin!(work);
    let deadline = tokio::time::Instant::from_std(context.received + SOON);
    let early = tokio::select! {
        made = &mut work => Some(made),
        () = tokio::time::sleep_until(deadline) => None,
    };
    let (made, first) = match early {
        Some(made) => {
            let body = message_to(first(cards(&made)), private);
            let sent = bot.rest.respond(context.id, &context.token, Response::Message(body)).await;
            (made, sent.map(|()| None))
        }
        None => {
            // Continue the work meanwhile: it may hold a worker that others are waiting for.
            let later = bot.rest.respond(context.id, &context.token, Response::Later { private });
            let (later, made) = tokio::join!(later, work);
            let body = message(first(cards(&made)));
            let sent = match later {
                Ok(()) => bot.rest.edit_response(&context.token, context.id.get(), &body).await.map(Some),
                Err(failure) => Err(failure),
            };
            (made, sent)
        }
    };
    let rest = match cards(&made).get(1..).filter(|_| first.is_ok()) {
        Some(rest) => bot.rest.follow_up_all(&context.token, context.id.get(), rest, private).await,
        None => Vec::new(),
    };
    (made, SentCards { first, rest })
}

/// Like [`respond`], but visible only to the user who asked.
pub async fn respond_privately(
    bot: &Arc<Bot>,
    context: &InteractionContext,
    work: impl Future<Output = Vec<Card>>,
) {
    respond(bot, context, true, work, |cards| cards).await;
}

/// Responds with a finished card that is visible only to the user who asked.
pub async fn respond_at_once(bot: &Bot, context: &InteractionContext, card: &Card) {
    // A failure has been logged, and the user cannot be reached any other way.
    let _ = try_respond(bot, context, card).await;
}

/// Like [`respond_at_once`], for a caller that handles the failure.
///
/// # Errors
/// [`Failure`]; it has been logged.
pub async fn try_respond(bot: &Bot, context: &InteractionContext, card: &Card) -> Result<(), Failure> {
    let response = Response::Message(message_to(card, true));
    bot.rest.respond(context.id, &context.token, response).await
}

/// Responds to a command or button that this version does not know.
pub async fn outdated(bot: &Bot, context: &InteractionContext) {
    respond_at_once(bot, context, &messages::outdated(&bot.disclaimer())).await;
}

fn first(cards: &[Card]) -> &Card {
    cards.first().expect("an answer has a card")
}
