//! Answering interactions in time: with the finished cards, or with "thinking …" first if they take longer than a
//! second. Discord waits three seconds.

use std::sync::Arc;
use std::time::Duration;

use serenity::all::MessageId;

use super::Bot;
use super::interaction::InteractionContext;
use super::messages;
use super::rest::{Failure, Response, message, message_to};
use verbatim_core::render::card::Card;

/// Time after which an interaction gets "thinking …".
const SOON: Duration = Duration::from_secs(1);

/// The messages that were sent.
pub struct Delivered {
    /// The first message: `None` if only Discord knows its id.
    pub first: Result<Option<MessageId>, Failure>,
    /// The other messages; `None` for each that could not be sent.
    pub rest: Vec<Option<MessageId>>,
}

/// Answers with the cards that `work` produces.
pub async fn deliver<T>(
    bot: &Arc<Bot>,
    ticket: &InteractionContext,
    private: bool,
    work: impl Future<Output = T>,
    cards: impl Fn(&T) -> &[Card],
) -> (T, Delivered) {
    let mut work = std::pin::pin!(work);
    let deadline = tokio::time::Instant::from_std(ticket.received + SOON);
    let early = tokio::select! {
        made = &mut work => Some(made),
        () = tokio::time::sleep_until(deadline) => None,
    };
    let (made, first) = match early {
        Some(made) => {
            let body = message_to(first(cards(&made)), private);
            let sent = bot.sender.respond(ticket.id, &ticket.token, Response::Message(body)).await;
            (made, sent.map(|()| None))
        }
        None => {
            // Continue the work meanwhile: it may hold a worker that others are waiting for.
            let later = bot.sender.respond(ticket.id, &ticket.token, Response::Later { private });
            let (later, made) = tokio::join!(later, work);
            let body = message(first(cards(&made)));
            let sent = match later {
                Ok(()) => bot.sender.edit_response(&ticket.token, ticket.id.get(), &body).await.map(Some),
                Err(failure) => Err(failure),
            };
            (made, sent)
        }
    };
    let rest = match cards(&made).get(1..).filter(|_| first.is_ok()) {
        Some(rest) => bot.sender.follow_up_all(&ticket.token, ticket.id.get(), rest, private).await,
        None => Vec::new(),
    };
    (made, Delivered { first, rest })
}

/// Like [`deliver`], but visible only to the user who asked.
pub async fn deliver_privately(
    bot: &Arc<Bot>,
    ticket: &InteractionContext,
    work: impl Future<Output = Vec<Card>>,
) {
    deliver(bot, ticket, true, work, |cards| cards).await;
}

/// Responds with a finished card that is visible only to the user who asked.
pub async fn respond_privately(bot: &Bot, ticket: &InteractionContext, card: &Card) {
    let response = Response::Message(message_to(card, true));
    // A failure has been logged, and the user cannot be reached any other way.
    let _ = bot.sender.respond(ticket.id, &ticket.token, response).await;
}

/// Responds to a command or button that this version does not know.
pub async fn outdated(bot: &Bot, ticket: &InteractionContext) {
    respond_privately(bot, ticket, &messages::outdated(&bot.disclaimer())).await;
}

fn first(cards: &[Card]) -> &Card {
    cards.first().expect("an answer has a card")
}
