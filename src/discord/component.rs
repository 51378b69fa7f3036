//! Buttons and forms. A button's id contains its action, so that it works after a restart and for a generation that has
//! been replaced.

use std::sync::Arc;

use serenity::all::MessageId;

use super::Bot;
use super::interaction::InteractionContext;
use super::registry::Served;
use super::respond::{deliver_privately, outdated};
use super::workers::Request;
use super::{ask, messages, moderation, privacy};
use crate::store::Voting;
use verbatim_core::render::action::{Action, AnswerContext, generation_id};

/// Handles a button pressed under the message `message`.
pub async fn pressed(bot: &Arc<Bot>, ticket: InteractionContext, message: MessageId, custom_id: &str) {
    let Ok(action) = Action::parse(custom_id) else { return outdated(bot, &ticket).await };
    if action.is_for_moderators() {
        return moderation::pressed(bot, ticket, action).await;
    }
    let served = action.base().and_then(|base| bot.bases.find(Some(base)));
    let Some(served) = served else { return outdated(bot, &ticket).await };
    match action {
        Action::Vote { answered, helpful } => vote(bot, &ticket, &served, message, &answered, helpful).await,
        Action::OfferDeletion { .. } | Action::DeleteMine { .. } | Action::KeepMine { .. } => {
            privacy::pressed(bot, &ticket, &served, &action).await;
        }
        // Visible only to the user who pressed: the channel has already seen the answer.
        action => ask::interaction(bot, ticket, served, Request::Press(action), true).await,
    }
}

async fn vote(
    bot: &Arc<Bot>,
    ticket: &InteractionContext,
    served: &Served,
    message: MessageId,
    answered: &AnswerContext,
    helpful: bool,
) {
    let generation = generation_id(answered.generation);
    let count = async {
        let voting = bot.records.vote(ticket, message, &served.name, &generation, helpful).await;
        let text = match voting {
            Some(Voting::Counted) if helpful => "Counted as helpful. Press Not helpful to change it.",
            Some(Voting::Counted) => "Counted as not helpful. Press Helpful to change it.",
            Some(Voting::Withdrawn) => "Your vote has been removed.",
            Some(Voting::Closed) => "Voting on this answer has closed.",
            None => "I can't count votes at the moment. Try again later.",
        };
        vec![if voting.is_some() { messages::voted(served, text) } else { messages::not_now(served, text) }]
    };
    deliver_privately(bot, ticket, count).await;
}

/// Handles a submitted form.
pub async fn filled_in(
    bot: &Arc<Bot>,
    ticket: InteractionContext,
    custom_id: &str,
    fields: Vec<(String, String)>,
) {
    match Action::parse(custom_id) {
        Ok(Action::AddDetails { draft }) => moderation::filled_in(bot, ticket, draft, &fields).await,
        _ => outdated(bot, &ticket).await,
    }
}
