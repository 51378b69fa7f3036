//! Buttons and forms. A button's id contains its action, so that it works after a restart and for a generation that has
//! been replaced.

use std::sync::Arc;

use serenity::all::MessageId;

use super::Bot;
use super::interaction::InteractionContext;
use super::registry::Served;
use super::respond::{outdated, respond_privately};
use super::workers::{Request, Wanted};
use super::{ask, messages, moderation, privacy};
use crate::store::{Store, Vote, Voting};
use verbatim_core::render::action::{Action, AnswerContext, generation_id};

/// Handles a button pressed under the message `message`.
pub async fn pressed(bot: &Arc<Bot>, context: InteractionContext, message: MessageId, custom_id: &str) {
    let Ok(action) = Action::parse(custom_id) else { return outdated(bot, &context).await };
    if action.is_for_moderators() {
        return moderation::pressed(bot, context, action).await;
    }
    let served = action.base().and_then(|base| bot.registry.find(Some(base)));
    let Some(served) = served else { return outdated(bot, &context).await };
    match action {
        Action::Vote { answered, helpful } => vote(bot, &context, &served, message, &answered, helpful).await,
        Action::OfferDeletion { .. } | Action::DeleteMine { .. } | Action::KeepMine { .. } => {
            privacy::pressed(bot, &context, &served, &action).await;
        }
        // Visible only to the user who pressed: the channel has already seen the answer.
        action => {
            let request = Request { typed: Vec::new(), wanted: Wanted::Show(action) };
            ask::interaction(bot, context, served, request, true).await;
        }
    }
}

async fn vote(
    bot: &Arc<Bot>,
    context: &InteractionContext,
    served: &Served,
    message: MessageId,
    answered: &AnswerContext,
    helpful: bool,
) {
    let generation = generation_id(answered.generation);
    let count = async {
        let (base, generation) = (served.name.as_str(), generation.as_str());
        let vote = Vote { message: message.get(), base, generation, user: context.user.get(), helpful };
        let count = |store: Store| async move { store.vote(vote, context.began()).await };
        let voting = bot.store.write("count a vote", count).await;
        let text = match voting {
            Some(Voting::Counted) if helpful => "Counted as helpful. Press Not helpful to change it.",
            Some(Voting::Counted) => "Counted as not helpful. Press Helpful to change it.",
            Some(Voting::Withdrawn) => "Your vote has been removed.",
            Some(Voting::Closed) => "Voting on this answer has closed.",
            None => "I can't count votes at the moment. Try again later.",
        };
        vec![if voting.is_some() { messages::voted(served, text) } else { messages::not_now(served, text) }]
    };
    respond_privately(bot, context, count).await;
}

/// Handles a submitted form.
pub async fn filled_in(
    bot: &Arc<Bot>,
    context: InteractionContext,
    custom_id: &str,
    fields: Vec<(String, String)>,
) {
    match Action::parse(custom_id) {
        Ok(Action::AddDetails { draft }) => moderation::filled_in(bot, context, draft, &fields).await,
        _ => outdated(bot, &context).await,
    }
}
