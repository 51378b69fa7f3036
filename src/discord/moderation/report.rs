//! `status`, `sources`, `gaps` and `audit`: reports for moderators, as cards.

use std::sync::Arc;
use std::time::Duration;

use serenity::all::GuildId;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::messages;
use crate::discord::Bot;
use crate::discord::interaction::InteractionContext;
use crate::discord::messages::no_more;
use crate::discord::registry::Served;
use crate::discord::respond::respond_privately;
use crate::store::{Store, unix_now};
use verbatim_core::render::action::{Action, List};
use verbatim_core::render::card::{self, Card};
use verbatim_core::render::escape::Markup;
use verbatim_core::text::count::counted;
use verbatim_core::text::truncate::truncated;

/// Number of audit log entries shown.
const AUDITED: u32 = 25;
/// Maximum length of a line of the status, in characters: a line must fit on a card.
const LONGEST_LINE: usize = 1_500;

/// Shows page `number` of a list to a moderator, in as many messages as one request may send.
pub async fn show(
    bot: &Arc<Bot>,
    context: &InteractionContext,
    served: &Arc<Served>,
    list: List,
    number: u16,
) {
    let cards = async {
        let cards = match list {
            List::Gaps { weeks } => gaps(bot, served, weeks).await,
            List::Audit => audit(bot, served).await,
            List::SourceDetails => sources(served),
            // `workers` shows the lists for users.
            List::Sources | List::Help => Vec::new(),
        };
        let action = Action::List { base: served.name.clone(), list };
        let shown = card::page(cards, number, &action);
        if shown.is_empty() { vec![no_more(served)] } else { shown }
    };
    respond_privately(bot, context, cards).await;
}

/// `status`
pub async fn status(bot: &Bot, served: &Served, guild: Option<GuildId>) -> Vec<Card> {
    let snapshot = served.engine.snapshot();
    let manifest = &snapshot.manifest;
    let latency = bot.metrics.latency();
    let made = OffsetDateTime::parse(&manifest.made, &Rfc3339).ok();
    let live = Markup::text(&format!("Live: generation {} from ", manifest.id))
        .and(&messages::time(&manifest.made))
        .and(&Markup::text(&format!(
            " with {}; {} of {} regression questions pass.",
            manifest.counts, manifest.regression_questions.passed, manifest.regression_questions.asked
        )));
    let mut lines = vec![live];
    let mut line = |text: String| lines.push(Markup::label(&truncated(&text, LONGEST_LINE)));
    if let Some(age) = made.and_then(|made| Duration::try_from(OffsetDateTime::now_utc() - made).ok()) {
        line(format!("It was built {} ago.", span(age)));
    }
    line(format!("The bot has been running for {}.", span(bot.started.elapsed())));
    line(match latency.count {
        0 => "No question has been answered since the start.".to_owned(),
        count => format!(
            "Time from question to reply, over the last {}: half within {} ms, 99 in 100 within {} ms.",
            counted(count, "answer"),
            latency.median.as_millis(),
            latency.p99.as_millis()
        ),
    });
    let (state, since, sessions) = bot.gateway.state();
    line(format!(
        "Connection to Discord: {state} for {}, {} since the start.",
        span(since),
        counted(sessions as usize, "session")
    ));
    let base = &served.name;
    let votes = bot.store.read("read the votes", |store| async move { store.votes(base).await }).await;
    if let Some(votes) = votes {
        line(format!("Votes: {} helpful, {} not helpful.", votes.helpful, votes.not_helpful));
    }
    if let Some(trouble) = bot.store.trouble() {
        line(format!(
            "⚠ Problem with the bot's database (the store): {trouble}. Tell the person who runs the bot."
        ));
    }
    doubts(served).into_iter().for_each(&mut line);
    let unsure = bot.channels.are_unsure(guild);
    if unsure {
        line(format!("⚠ {}", messages::unsure(served)));
    }
    let mut cards = messages::lines(served, &format!("Status of {}", served.name), &lines);
    if let Some(card) = cards.last_mut().filter(|_| unsure) {
        card.push_row(messages::confirm(served));
    }
    cards
}

/// Withheld passages, unsigned safety cards and doubtful readings of a base.
fn doubts(served: &Served) -> Vec<String> {
    let mut lines = Vec::new();
    match served.engine.withheld() {
        Ok(listed) if listed.is_empty() => {}
        Ok(listed) => lines.push(format!("Withheld: {}.", counted(listed.len(), "passage"))),
        Err(problem) => lines.push(format!(
            "⚠ The list of withheld passages cannot be used. Withheld passages stay hidden ({}). {problem}",
            counted(served.engine.withheld_passages().len(), "passage")
        )),
    }
    let unsigned: Vec<&str> =
        served.engine.resources().cards.unreviewed().into_iter().map(|category| category.as_str()).collect();
    if !unsigned.is_empty() {
        lines.push(format!("⚠ No clinician has signed these safety cards: {}.", unsigned.join(", ")));
    }
    for problem in served.engine.unconfirmed_readings() {
        lines.push(format!(
            "⚠ {} Nobody has confirmed it. Compare it with the original, then use /{}-admin reindex force:True: {}",
            problem.what,
            served.name,
            problem.path.display()
        ));
    }
    for card in served.engine.documents().iter().filter(|card| !card.report.suspicions.is_empty()) {
        let places = counted(card.report.suspicions.len(), "place");
        lines.push(format!(
            "⚠ {}: compare {places} with the original: {}",
            card.id,
            messages::suspicions(&card.report, 2)
        ));
    }
    lines
}

/// "3 days 4 hours", "12 minutes".
fn span(time: Duration) -> String {
    let seconds = time.as_secs() as usize;
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours) {
        (0, 0) if minutes == 0 => counted(seconds, "second"),
        (0, 0) => counted(minutes, "minute"),
        (0, _) => format!("{} {}", counted(hours, "hour"), counted(minutes, "minute")),
        _ => format!("{} {}", counted(days, "day"), counted(hours, "hour")),
    }
}

/// `sources`
fn sources(served: &Served) -> Vec<Card> {
    let line = |card: verbatim_core::engine::SourceCard| {
        let metadata = &card.metadata;
        let withheld = match card.withheld {
            0 => String::new(),
            count => format!(", {} withheld", counted(count, "passage")),
        };
        format!(
            "{}: {} · {} · {} · {}{withheld} · {}",
            card.id,
            metadata.title,
            metadata.publisher.as_deref().unwrap_or("publisher unknown"),
            metadata.dated().unwrap_or("undated"),
            card.report.counts(),
            card.file,
        )
    };
    let lines: Vec<String> = served.engine.documents().into_iter().map(line).collect();
    messages::notes(served, &format!("Sources of {}", served.name), &lines.join("\n"))
}

/// Shown instead of a report from the store.
const NOT_READABLE: &str = "The bot's database (the store) cannot be read at the moment. Try again later.";

/// `gaps`
async fn gaps(bot: &Bot, served: &Served, weeks: u32) -> Vec<Card> {
    let base = &served.name;
    let read = |store: Store| async move { store.gaps(base, weeks, unix_now()).await };
    let text = match bot.store.read("read the gaps", read).await {
        None => NOT_READABLE.to_owned(),
        Some(gaps) if gaps.is_empty() => {
            format!("No gaps recorded in the last {}.", counted(weeks as usize, "week"))
        }
        Some(gaps) => {
            let line = |gap: &crate::store::Gap| {
                let by_week = gap.weeks.iter().map(|(week, count)| format!("{week}: {count}"));
                format!(
                    "{} × {} ({})",
                    gap.total,
                    title_of(served, &gap.concept),
                    by_week.collect::<Vec<_>>().join(", ")
                )
            };
            let lines: Vec<String> = gaps.iter().map(line).collect();
            let period = counted(weeks as usize, "week");
            format!("Asked for but not covered in the last {period}, by calendar week:\n{}", lines.join("\n"))
        }
    };
    messages::notes(served, &format!("Gaps in {}", served.name), &text)
}

/// The title of a concept or facet; its id if the vocabulary no longer has it.
fn title_of(served: &Served, id: &str) -> String {
    let snapshot = served.engine.snapshot();
    let concepts = snapshot.lexicon.concepts().iter().map(|concept| (&concept.id, &concept.title));
    let facets = snapshot.lexicon.facets().iter().map(|facet| (&facet.id, &facet.title));
    let found = concepts.chain(facets).find(|(known, _)| *known == id);
    found.map_or_else(|| id.to_owned(), |(_, title)| title.clone())
}

/// `audit`
async fn audit(bot: &Bot, served: &Served) -> Vec<Card> {
    let base = &served.name;
    let read = |store: Store| async move { store.audited(base, AUDITED).await };
    let lines: Vec<Markup> = match bot.store.read("read the audit log", read).await {
        None => vec![Markup::own(NOT_READABLE)],
        Some(entries) if entries.is_empty() => vec![Markup::own("No actions recorded yet.")],
        Some(entries) => entries.iter().map(acted).collect(),
    };
    messages::lines(served, &format!("Audit log of {}", served.name), &lines)
}

fn acted(entry: &crate::store::AuditEntry) -> Markup {
    let subject = if entry.subject.is_empty() { String::new() } else { format!(" {}", entry.subject) };
    messages::moment(entry.at)
        .and(&Markup::own(" "))
        .and(&messages::person(entry.user))
        .and(&Markup::label(&format!(": {}{subject}: {}", entry.act, entry.outcome)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_of_time_is_told_in_two_units_at_most() {
        let shown = |seconds| span(Duration::from_secs(seconds));
        assert_eq!(
            [shown(1), shown(59), shown(60), shown(3_660)],
            ["1 second", "59 seconds", "1 minute", "1 hour 1 minute"]
        );
        assert_eq!(shown(200_000), "2 days 7 hours");
    }
}
