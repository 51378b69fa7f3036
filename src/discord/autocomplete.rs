//! Choices while something is being typed. What was typed is looked at and forgotten.

use std::sync::Arc;

use super::Bot;
use super::command::ADMIN;
use super::interaction::{InteractionContext, Typed};
use super::moderation;
use super::registry::Served;
use super::rest::Response;
use verbatim_core::text::controls::short_label;

/// Most choices, and the longest name and value of one in characters, by Discord's limits.
pub const MOST: usize = 25;
const LONGEST: usize = 100;

/// Offers choices; none where nothing fits.
pub async fn respond(bot: &Arc<Bot>, ticket: &InteractionContext, typed: Option<Typed>) {
    let choices = match typed {
        Some(typed) => choices(bot, ticket, typed).await,
        None => Vec::new(),
    };
    let _ = bot.sender.respond(ticket.id, &ticket.token, Response::Choices(fitting(choices))).await;
}

/// They are looked up on threads of their own: a list may be long, and a list of what is withheld is read from the
/// disk.
async fn choices(bot: &Arc<Bot>, ticket: &InteractionContext, typed: Typed) -> Vec<(String, String)> {
    let (base, offer): (_, fn(&Served, &Typed) -> _) = match typed.command.strip_suffix(ADMIN) {
        None => (typed.command.as_str(), readers),
        Some(base) if moderation::may_moderate(bot, ticket) => (base, moderation::choices),
        Some(_) => return Vec::new(),
    };
    let Some(served) = bot.bases.find(Some(base)) else { return Vec::new() };
    bot.workers.choices(move || offer(&served, &typed)).await.unwrap_or_default()
}

fn readers(served: &Served, typed: &Typed) -> Vec<(String, String)> {
    let engine = &served.engine;
    match typed.option.as_str() {
        "question" => {
            let same = |question: String| (question.clone(), question);
            engine.suggestions(&typed.text, MOST).into_iter().map(same).collect()
        }
        "condition" => {
            engine.conditions(&typed.text, MOST).into_iter().map(|(id, title)| (title, id)).collect()
        }
        _ => Vec::new(),
    }
}

/// Names are shortened where they must be; a value that is too long cannot be offered.
fn fitting(choices: Vec<(String, String)>) -> Vec<(String, String)> {
    choices
        .into_iter()
        .filter(|(name, value)| {
            !name.trim().is_empty() && !value.is_empty() && value.chars().count() <= LONGEST
        })
        .map(|(name, value)| (short_label(&name, LONGEST), value))
        .take(MOST)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_keep_to_discords_limits() {
        let many = (0..40).map(|number| (format!("{number} {}", "ä".repeat(200)), number.to_string()));
        let fitting = fitting(many.chain([("long".to_owned(), "v".repeat(101))]).collect());
        assert_eq!(fitting.len(), MOST);
        assert!(fitting.iter().all(|(name, value)| name.chars().count() <= 100 && value.len() <= 100));
    }
}
