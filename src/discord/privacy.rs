//! `/<base> privacy`: summarises what is stored, and deletes what is stored about the user. PRIVACY.md has the full
//! policy.

use std::sync::Arc;

use super::Bot;
use super::interaction::InteractionContext;
use super::messages::{marked_card, not_now, refusal};
use super::registry::Served;
use super::respond::{outdated, respond_at_once, respond_privately};
use super::rest::{Response, message};
use crate::config::values::Days;
use crate::config::{Privacy, Retention};
use crate::store::feedback::KNOWN_DAYS;
use crate::store::{ForgetScope, Forgotten, Store, unix_now};
use verbatim_core::answer::followup::REMEMBERED;
use verbatim_core::engine::curation::{CurationError, Person, forget_person};
use verbatim_core::render::action::Action;
use verbatim_core::render::card::{Button, ButtonStyle, Card, Tone};
use verbatim_core::render::escape::Markup;
use verbatim_core::text::count::counted;

/// The contact if the settings name none.
const CONTACT: &str = "Ask the people who run this server's bot.";

/// Shows what is stored.
pub async fn show(bot: &Bot, context: &InteractionContext, served: &Served) {
    respond_at_once(bot, context, &policy(served, &bot.settings.store.retention, &bot.settings.privacy))
        .await;
}

/// Runs the action of a button under it.
pub async fn pressed(bot: &Arc<Bot>, context: &InteractionContext, served: &Served, action: &Action) {
    match action {
        Action::OfferDeletion { .. } => update(bot, context, &confirmation(served)).await,
        Action::KeepMine { .. } => {
            update(bot, context, &kept(served, &bot.settings.store.retention, &bot.settings.privacy)).await;
        }
        Action::DeleteMine { .. } => match bot.admit(context.user, context.guild) {
            Ok(permit) => {
                let delete = async { vec![delete(bot, context, served).await] };
                respond_privately(bot, context, delete).await;
                drop(permit);
            }
            Err(refused) => respond_at_once(bot, context, &refusal(served, refused)).await,
        },
        _ => outdated(bot, context).await,
    }
}

async fn update(bot: &Bot, context: &InteractionContext, card: &Card) {
    let _ = bot.rest.respond(context.id, &context.token, Response::Update(message(card))).await;
}

fn policy(served: &Served, retention: &Retention, privacy: &Privacy) -> Card {
    let action = Action::OfferDeletion { base: served.name.clone() };
    let delete = Button::act("Delete my data", ButtonStyle::Danger, action);
    marked_card(served, Tone::Notice, "What I store", &lines(retention, privacy)).with_row(delete)
}

fn kept(served: &Served, retention: &Retention, privacy: &Privacy) -> Card {
    let mut all = vec![Markup::own("Nothing was deleted.\n")];
    all.extend(lines(retention, privacy));
    marked_card(served, Tone::Notice, "What I store", &all)
}

/// A summary of the policy.
fn lines(retention: &Retention, privacy: &Privacy) -> Vec<Markup> {
    let minutes = counted(REMEMBERED.as_secs() as usize / 60, "minute");
    let days = |days: Days| counted(days.get() as usize, "day");
    let line = |what: &'static str, text: String| Markup::own(what).and(&Markup::text(&text));
    vec![
        line(
            "**Your questions** ",
            format!(
                "are not stored. I keep your last one in memory for {minutes}, so that you can ask a follow-up."
            ),
        ),
        line(
            "**Votes** ",
            format!(
                "(Helpful, Not helpful) are stored for {}, without your Discord id. After at most {KNOWN_DAYS} days, \
                 nobody can tell that a vote is yours.",
                days(retention.feedback)
            ),
        ),
        line(
            "**Moderators' actions** ",
            format!(
                "are stored with their Discord id for {}, and so are attempts to moderate by anyone else. If a \
                 passage is withheld, a list names the moderator who withheld it.",
                days(retention.audit)
            ),
        ),
        line(
            "**My answers in servers**: ",
            format!(
                "for {}, I store which of my messages quotes which passages, so that I can replace the message if a \
                 passage is withheld. I do not store this for direct messages or private answers.",
                days(retention.posts)
            ),
        ),
        line(
            "**Subjects that the documents do not cover** ",
            format!(
                "are counted by week, not by person. The counts are stored for {}.",
                counted(retention.gaps.get() as usize, "week")
            ),
        ),
        Markup::own(
            "**Discord** keeps what you and I write, under its own rules. I pass nothing on to anyone else.",
        ),
        line(
            "**Questions about this?** ",
            privacy.contact.as_ref().map_or(CONTACT, |contact| &contact.0).to_owned(),
        ),
    ]
}

fn confirmation(served: &Served) -> Card {
    let base = || served.name.clone();
    let text = "I will delete your votes (except old ones, which I can no longer tell are yours) and the questions \
                that I remember. What you did as a moderator stays on record, without your name and id. You cannot \
                undo this.";
    let buttons = [
        Button::act("Delete", ButtonStyle::Danger, Action::DeleteMine { base: base() }),
        Button::act("Keep", ButtonStyle::Secondary, Action::KeepMine { base: base() }),
    ];
    marked_card(served, Tone::Notice, "Delete your data?", &[Markup::own(text)])
        .with_row(buttons.into_iter().flatten())
}

/// Deletes what is stored about the user, and reports what was deleted.
async fn delete(bot: &Arc<Bot>, context: &InteractionContext, served: &Served) -> Card {
    // The lists come first: only the audit log shows which passages a person withheld.
    let user = context.user.get();
    let read = |store: Store| async move { store.withheld_by(user).await };
    let Some(withheld) = bot.store.read("read the audit log", read).await else { return unreachable(served) };
    let listed = match forget_in_lists(bot, context, withheld).await {
        Ok(listed) => listed,
        Err(error) => {
            tracing::error!("a person's name could not be removed from a list of withheld passages: {error}");
            let text = "I could not check the lists of withheld passages for your name, so I stopped. Your votes \
                        and the audit log are unchanged. Try again in a few minutes. If it keeps happening, tell \
                        the moderators.";
            return not_now(served, text);
        }
    };
    let forget = |store: Store| async move { store.forget(ForgetScope::User(user), unix_now()).await };
    let Some(forgotten) = bot.store.write("forget a user", forget).await else { return unreachable(served) };
    // Last, so that a reply that nothing was deleted is true.
    let questions = bot.conversations.forget_person(context.user);
    for file in &forgotten.files {
        tracing::warn!(file = %file.display(), "a broken store that was set aside was deleted, because a person asked to be forgotten");
    }
    for left in &forgotten.left {
        tracing::error!("data to be deleted may still be found: {left}");
    }
    deleted(served, &forgotten, listed, questions)
}

fn unreachable(served: &Served) -> Card {
    not_now(
        served,
        "My database is not available at the moment, so nothing was deleted from it. Try again later.",
    )
}

/// Removes the user from the lists of withheld passages. Returns how many entries named them.
async fn forget_in_lists(
    bot: &Arc<Bot>,
    context: &InteractionContext,
    withheld: Vec<(String, String)>,
) -> Result<usize, String> {
    let (bot, id, names) = (bot.clone(), context.user.to_string(), [context.user_name.clone()]);
    let work = move || -> Result<usize, CurationError> {
        let mut count = 0;
        for served in bot.registry.all() {
            let theirs = withheld.iter().filter(|(base, _)| *base == served.name);
            let passages: Vec<String> = theirs.map(|(_, passage)| passage.clone()).collect();
            let person = Person { id: &id, names: &names, passages: &passages };
            count += forget_person(served.engine.place(), person)?;
        }
        Ok(count)
    };
    match tokio::task::spawn_blocking(work).await {
        Ok(outcome) => outcome.map_err(|error| error.to_string()),
        Err(_) => Err("the program failed; its log says where".to_owned()),
    }
}

fn deleted(served: &Served, forgotten: &Forgotten, listed: usize, questions: usize) -> Card {
    let votes = forgotten.rows("vote") as usize;
    let acts = forgotten.rows("audit") as usize;
    let channels = forgotten.rows("channel") as usize;
    let mut lines = vec![Markup::text(&format!(
        "Deleted: {}, {}.",
        counted(votes, "vote"),
        counted(questions, "remembered question")
    ))];
    if acts + channels + listed > 0 {
        lines.push(Markup::text(&format!(
            "Kept without your name and id: {} in the audit log, {}, {} in lists of withheld passages.",
            counted(acts, "action"),
            counted(channels, "channel setting"),
            counted(listed, "passage")
        )));
    }
    if votes + questions + acts + channels + listed == 0 {
        lines = vec![Markup::own("Nothing was stored about you.")];
    }
    if !forgotten.left.is_empty() {
        lines.push(Markup::own(
            "Older copies may still be in my files, because the files are in use. I will try again every day, and \
             the people who run me can see this in my log.",
        ));
    }
    marked_card(served, Tone::Notice, "Your data", &lines)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::Config;
    use crate::config::values::Contact;

    const FULL: &str = include_str!("../../PRIVACY.md");

    fn defaults() -> Config {
        Config::parse("", Path::new("verbatim.toml"), Path::new(".")).expect("an empty file is valid")
    }

    /// The published policy must match what the program does.
    #[test]
    fn the_policy_has_the_figures_of_the_defaults() {
        let Config { store, privacy, .. } = defaults();
        let retention = store.retention;
        for (figure, key) in [
            (counted(retention.feedback.get() as usize, "day"), "store.feedback_days"),
            (counted(retention.audit.get() as usize, "day"), "store.audit_days"),
            (counted(retention.gaps.get() as usize, "week"), "store.gap_weeks"),
            (counted(retention.posts.get() as usize, "day"), "store.post_days"),
        ] {
            let figure = format!("{figure} (`{key}`)");
            assert!(FULL.contains(&figure), "PRIVACY.md does not say {figure}");
        }
        for figure in [
            counted(REMEMBERED.as_secs() as usize / 60, "minute"),
            format!("{KNOWN_DAYS} days"),
            format!("`{}`", store.path.file_name().and_then(|name| name.to_str()).expect("a name")),
            CONTACT.to_owned(),
        ] {
            assert!(FULL.contains(&figure), "PRIVACY.md does not say {figure}");
        }
        assert_eq!(privacy.contact, None);
    }

    #[test]
    fn the_short_policy_fits_and_names_whom_to_ask() {
        let Config { store, .. } = defaults();
        let contact = Some(Contact("Write to `privacy@example.org` **now**".repeat(7)));
        let shown = |privacy: &Privacy| {
            lines(&store.retention, privacy).iter().map(|line| line.as_str().to_owned()).collect::<Vec<_>>()
        };
        assert!(shown(&Privacy::default()).last().is_some_and(|line| line.ends_with(CONTACT)));
        let named = shown(&Privacy { contact });
        assert!(named.last().is_some_and(|line| line.contains(r"\*\*now\*\*")), "{named:?}");
        assert!(named.join("\n").chars().count() < 3_000);
    }
}
