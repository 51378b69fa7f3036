//! Autocomplete choices. The typed text is not stored.

use std::sync::Arc;

use super::Bot;
use super::command_parts::{ADMIN, LONGEST_DESCRIPTION, MOST_CHOICES};
use super::interaction::{AutocompleteInput, InteractionContext};
use super::moderation;
use super::registry::Served;
use super::rest::Response;
use verbatim_core::text::controls::short_label;

/// Responds with choices; with none if nothing matches.
pub async fn respond(bot: &Arc<Bot>, context: &InteractionContext, typed: Option<AutocompleteInput>) {
    let choices = match typed {
        Some(typed) => choices(bot, context, typed).await,
        None => Vec::new(),
    };
    let _ = bot.rest.respond(context.id, &context.token, Response::Choices(fitting(choices))).await;
}

/// Looks up choices on separate threads: a list may be long, and the list of withheld passages is read from disk.
async fn choices(
    bot: &Arc<Bot>,
    context: &InteractionContext,
    typed: AutocompleteInput,
) -> Vec<(String, String)> {
    let (base, offer): (_, fn(&Served, &AutocompleteInput) -> _) = match typed.command.strip_suffix(ADMIN) {
        None => (typed.command.as_str(), readers),
        Some(base) if moderation::may_moderate(bot, context) => (base, moderators),
        Some(_) => return Vec::new(),
    };
    let Some(served) = bot.registry.find(Some(base)) else { return Vec::new() };
    bot.workers.choices(move || offer(&served, &typed)).await.unwrap_or_default()
}

fn moderators(served: &Served, typed: &AutocompleteInput) -> Vec<(String, String)> {
    moderation::command::choices(served, &typed.subcommand, &typed.text)
}

fn readers(served: &Served, typed: &AutocompleteInput) -> Vec<(String, String)> {
    let engine = &served.engine;
    match typed.option.as_str() {
        "question" => {
            let same = |question: String| (question.clone(), question);
            engine.suggestions(&typed.text, MOST_CHOICES).into_iter().map(same).collect()
        }
        "condition" => {
            engine.conditions(&typed.text, MOST_CHOICES).into_iter().map(|(id, title)| (title, id)).collect()
        }
        _ => Vec::new(),
    }
}

/// Applies Discord's limits: shortens long names and drops choices whose value is too long.
fn fitting(choices: Vec<(String, String)>) -> Vec<(String, String)> {
    choices
        .into_iter()
        .filter(|(name, value)| {
            !name.trim().is_empty() && !value.is_empty() && value.chars().count() <= LONGEST_DESCRIPTION
        })
        .map(|(name, value)| (short_label(&name, LONGEST_DESCRIPTION), value))
        .take(MOST_CHOICES)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_keep_to_discords_limits() {
        let many = (0..40).map(|number| (format!("{number} {}", "ä".repeat(200)), number.to_string()));
        let fitting = fitting(many.chain([("long".to_owned(), "v".repeat(101))]).collect());
        assert_eq!(fitting.len(), MOST_CHOICES);
        assert!(fitting.iter().all(|(name, value)| name.chars().count() <= 100 && value.len() <= 100));
    }
}
