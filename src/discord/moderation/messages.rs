//! Messages to moderators: what happened, what did not and why, and what to do.

use serenity::all::ChannelId;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::job::Failed;
use crate::discord::command_parts::{ADMIN, CONFIRM_CHANNELS};
use crate::discord::messages::marked_card;
use crate::discord::registry::{RunningChange, Served};
use crate::store::AnswerMode;
use verbatim_core::engine::curation::CurationError;
use verbatim_core::engine::curation::passages::{Restored, Withholding};
use verbatim_core::engine::difference::Difference;
use verbatim_core::engine::{Change, EngineError, RegressionOutcome, Reindexed};
use verbatim_core::index::error::IndexError;
use verbatim_core::knowledge::report::ReadingReport;
use verbatim_core::render::action::Action;
use verbatim_core::render::card::{Button, ButtonStyle, Card, Spacing, Tone, marked, plain, plain_pages};
use verbatim_core::render::escape::Markup;
use verbatim_core::text::count::{counted, first};
use verbatim_core::text::truncate::truncated;

/// Maximum number of items in a list, and maximum length of a line in characters. Together they keep a list within the
/// messages that one request may send.
pub const LISTED: usize = 15;
const LONGEST_LINE: usize = 300;

/// A message to a moderator about a base.
pub fn note(served: &Served, tone: Tone, title: &str, text: &str) -> Card {
    plain(tone, title, text, &served.disclaimer())
}

/// The same, on as many cards as needed.
pub fn notes(served: &Served, title: &str, text: &str) -> Vec<Card> {
    plain_pages(Tone::Moderation, title, text, &served.disclaimer())
}

/// The same, for lines that name people.
pub fn lines(served: &Served, title: &str, lines: &[Markup]) -> Vec<Card> {
    marked(Tone::Moderation, title, lines, &served.disclaimer())
}

/// A mention, which Discord shows as the person's name; 0 stands for a forgotten person. It notifies nobody.
pub fn person(id: u64) -> Markup {
    match id {
        0 => Markup::own("someone whose data was deleted"),
        id => Markup::own("<@").and(&Markup::text(&id.to_string())).and(&Markup::own(">")),
    }
}

/// A time, in seconds since 1970, which Discord shows in the reader's time zone.
pub fn moment(at: i64) -> Markup {
    Markup::own("<t:").and(&Markup::text(&at.to_string())).and(&Markup::own(":f>"))
}

/// The same, for a time in the format of RFC 3339. Any other text is shown as it is.
pub fn time(written: &str) -> Markup {
    match OffsetDateTime::parse(written, &Rfc3339) {
        Ok(time) => moment(time.unix_timestamp()),
        Err(_) => Markup::label(written),
    }
}

/// A user who is not a moderator used a moderator's command.
pub fn may_not(served: &Served) -> Card {
    let text = format!(
        "/{}-admin is for the moderators of this knowledge base: members with the permission Manage Server or with a \
         role listed in the bot's settings (verbatim.toml), in the servers listed there. If you should have access, \
         ask the person who runs the bot. Your attempt was recorded.",
        served.name
    );
    note(served, Tone::Trouble, "Moderators only", &text)
}

/// Another change to the base is under way.
pub fn under_way(served: &Served, other: &RunningChange) -> Card {
    let text = Markup::own("Started by ").and(&person(other.by)).and(&Markup::text(&format!(
        " {} ago: {}. Try again when it has finished.",
        counted(other.since.elapsed().as_secs() as usize, "second"),
        other.what
    )));
    marked_card(served, Tone::Trouble, "Another change is under way", &[text])
}

/// Progress of a change. The old generation keeps answering.
pub fn progress(served: &Served, what: &str, stages: &Markup) -> Card {
    let after = Markup::own("Questions are answered from the old index until the new one is live.");
    marked_card(served, Tone::Moderation, &title(served, what), &[stages.clone(), after])
}

fn title(served: &Served, what: &str) -> String {
    format!("/{}{ADMIN} {what}", served.name)
}

/// A change succeeded.
pub fn changed(served: &Served, what: &str, summary: &[Markup]) -> Vec<Card> {
    lines(served, &format!("{}: done", title(served, what)), summary)
}

/// A change failed.
pub fn not_changed(served: &Served, what: &str, error: &Failed) -> Vec<Card> {
    let stays = "Nothing was published, and the old index keeps answering.";
    let reason = match error {
        Failed::Engine(CurationError::RegressionQuestions { asked, failed }) => format!(
            "{stays} {} of {asked} regression questions failed. Fix the sources, or have the questions \
             (questions.toml) corrected. To publish anyway, repeat the command with force:True, or press Publish \
             anyway if that button is below.\n{}",
            failed.len(),
            failures(failed)
        ),
        Failed::Engine(CurationError::Engine(EngineError::Unreadable(problems))) => {
            format!("{stays}\n{}", listed(problems.iter().map(ToString::to_string)))
        }
        Failed::Engine(CurationError::Engine(EngineError::DoubtfulReading(problems))) => {
            let places = listed(
                problems.iter().map(|problem| format!("{}: {}", problem.path.display(), problem.what)),
            );
            format!(
                "{stays} Nobody has confirmed that these sources were read correctly. Compare them with the originals. To \
                 confirm them and publish, repeat the command with force:True, or press Publish anyway if that button is \
                 below.\n{places}"
            )
        }
        Failed::Engine(CurationError::Engine(EngineError::Index(error))) => {
            format!("{stays} The reason: {}", index_error(served, error))
        }
        Failed::Engine(error) => format!("{stays} The reason: {error}"),
        Failed::Panic => format!("{stays} The program failed during the change. {TELL_OPERATOR}"),
    };
    plain_pages(Tone::Trouble, &format!("{}: not done", title(served, what)), &reason, &served.disclaimer())
}

/// Describes an error whose own text names a command of the command line, which moderators do not have.
fn index_error(served: &Served, error: &IndexError) -> String {
    let admin = format!("/{}{ADMIN}", served.name);
    match error {
        IndexError::NoEarlierGeneration => "there is no earlier generation to roll back to.".to_owned(),
        IndexError::NoSuchGeneration { wanted, nearest: None } => {
            format!("there is no generation {wanted}. Pick one from the list that {admin} rollback shows.")
        }
        IndexError::NoSuchGeneration { wanted, nearest: Some(near) } => {
            format!("there is no generation {wanted}. Did you mean {near}?")
        }
        IndexError::Broken { what, .. } => {
            format!("that generation cannot be used: {what}. Use {admin} reindex to build a new one.")
        }
        error => error.to_string(),
    }
}

/// What to do after a failure that only the log explains.
const TELL_OPERATOR: &str = "Tell the person who runs the bot; the log says what went wrong.";

fn failures(outcomes: &[RegressionOutcome]) -> String {
    let failed = outcomes.iter().filter_map(|outcome| Some((&outcome.ask, outcome.missed.as_ref()?)));
    listed(failed.map(|(ask, missed)| format!("✗ {ask}: {missed}")))
}

/// The first lines of a list, and how many more there are.
fn listed(lines: impl Iterator<Item = String>) -> String {
    first(lines.map(|line| truncated(&line, LONGEST_LINE)), LISTED).join("\n")
}

/// Summary of a reindex.
pub fn reindexed(reindexed: &Reindexed) -> Vec<Markup> {
    let manifest = &reindexed.manifest;
    let mut lines = vec![format!(
        "{}: generation {} with {}.",
        match reindexed.change {
            Change::Nothing => "Nothing has changed",
            Change::Returned => "These sources were indexed before, and that index is live again",
            Change::Published { .. } => "Published",
        },
        manifest.id,
        manifest.counts,
    )];
    if !reindexed.confirmed.is_empty() {
        let files = listed(reindexed.confirmed.iter().cloned());
        lines.push(format!("Confirmed, although much may have been read incorrectly: {files}"));
    }
    if let Some(difference) = &reindexed.difference {
        lines.extend(differences(difference));
    }
    if !reindexed.regression_questions.is_empty() {
        let failed = reindexed.regression_questions.iter().filter(|outcome| outcome.missed.is_some()).count();
        let asked = reindexed.regression_questions.len();
        lines.push(format!("Regression questions: {} of {asked} pass.", asked - failed));
        if failed > 0 {
            lines.push(failures(&reindexed.regression_questions));
        }
    }
    if !reindexed.problems.is_empty() {
        lines.push(listed(reindexed.problems.iter().map(|problem| format!("⚠ {problem}"))));
    }
    lines.join("\n").lines().map(Markup::label).collect()
}

fn differences(difference: &Difference) -> Vec<String> {
    let Difference { sources_added, sources_changed, sources_removed, .. } = difference;
    let kinds = [("added", sources_added), ("changed", sources_changed), ("removed", sources_removed)];
    let mut lines: Vec<String> = kinds
        .iter()
        .filter(|(_, sources)| !sources.is_empty())
        .map(|(kind, sources)| {
            let ids: Vec<&str> = sources.iter().take(LISTED).map(|source| source.id.as_str()).collect();
            format!("{} {kind}: {}", counted(sources.len(), "source"), ids.join(", "))
        })
        .collect();
    lines.push(format!(
        "Passages: {} added, {} changed, {} removed.",
        difference.passages_added, difference.passages_changed, difference.passages_removed
    ));
    lines
}

/// The base was rolled back to an earlier generation.
pub fn rolled_back(base: &str, id: &str, made: &str) -> Vec<Markup> {
    let live = Markup::text(&format!("Live again: generation {id} from ")).and(&time(made));
    let after = format!(". /{base}{ADMIN} reindex returns to the current sources.");
    vec![live.and(&Markup::text(&after))]
}

/// Asks for confirmation before a source is removed.
pub fn confirm_removal(served: &Served, source: &str, title: &str, force: bool) -> Card {
    let text = format!(
        "{title} ({source}) will no longer be quoted. Its file is not deleted; it moves to the base's folder removed/."
    );
    let base = served.name.clone();
    let remove = Action::RemoveConfirm { base: base.clone(), source: source.to_owned(), force };
    let buttons = [
        Button::act("Remove it", ButtonStyle::Danger, remove),
        Button::act("Keep it", ButtonStyle::Secondary, Action::RemoveCancel { base }),
    ];
    note(served, Tone::Moderation, "Remove this source?", &text).with_row(buttons.into_iter().flatten())
}

/// There is no such source.
pub fn no_source(served: &Served, source: &str) -> Card {
    let text = format!("There is no source {source}. Pick one from the list.");
    note(served, Tone::Trouble, "No such source", &text)
}

/// The moderator cancelled.
pub fn cancelled(disclaimer: &str) -> Card {
    plain(Tone::Moderation, "Cancelled", "Nothing was changed.", disclaimer)
}

/// The first suspicious places, and how many more there are.
pub fn suspicions(report: &ReadingReport, most: usize) -> String {
    first(report.suspicions.iter().map(ToString::to_string), most).join("; ") + "."
}

/// The first ids, and how many more there are.
pub fn ids(ids: &[String]) -> String {
    first(ids.iter().cloned(), 5).join(", ")
}

/// A passage could not be withheld.
pub fn not_withheld(served: &Served, why: &str) -> Card {
    let end = if why.ends_with(['.', '?']) { "" } else { "." };
    note(served, Tone::Trouble, "Not withheld", &format!("The passage was not withheld: {why}{end}"))
}

/// A passage is withheld.
pub fn withheld(served: &Served, withheld: &Withholding, posts: Option<usize>) -> Card {
    let entry = &withheld.entry;
    let passage = &entry.passage;
    let outcome = match (withheld.is_earlier, entry.reason.is_empty()) {
        (true, false) => Markup::label(&format!("{passage} was already withheld by {} on", entry.by))
            .and(&Markup::own(" "))
            .and(&time(&entry.at))
            .and(&Markup::label(&format!(". Reason: {}", entry.reason))),
        (true, true) => Markup::label(&format!("{passage} was already withheld.")),
        (false, _) => Markup::label(&format!("{passage} is hidden now and stays hidden after a reindex.")),
    };
    let mut lines = Vec::new();
    lines.extend(withheld.warning.as_ref().map(|warning| format!("⚠ {warning}")));
    lines.push(match posts {
        Some(0) => "I know of no earlier post of mine that quotes it.".to_owned(),
        Some(1) => "1 post quotes it; I am replacing that post with a note.".to_owned(),
        Some(count) => format!("{count} posts quote it; I am replacing them with a note."),
        None => "I cannot tell which of my posts quote it, because my database (the store) cannot be used. Tell the \
                 person who runs the bot. When it works again, I replace those posts at the next start, or within a \
                 day."
            .to_owned(),
    });
    lines.push(format!("“{}”", withheld.words));
    if !withheld.same_words.is_empty() {
        lines.push(format!(
            "The same words are also in {}, and can still be shown from there. To hide them too, withhold each.",
            ids(&withheld.same_words)
        ));
    }
    if !withheld.questions.is_empty() {
        lines.push(format!(
            "These regression questions expect this passage, so the next reindex may need force:True: {}",
            withheld.questions.iter().take(LISTED).cloned().collect::<Vec<_>>().join(" · ")
        ));
    }
    lines.push(format!("To show it again, use /{}-admin restore.", served.name));
    let mut card = note(served, Tone::Moderation, "Withheld", "");
    card.push(&outcome, Spacing::Line);
    card.push(&Markup::short(&lines.join("\n"), card.room(Spacing::Line)), Spacing::Line);
    card
}

/// A passage is restored.
pub fn restored(restored: &Restored) -> Vec<Markup> {
    let found = match restored.is_found {
        true => format!("{} can be quoted again.", restored.entry.passage),
        false => {
            let id = &restored.entry.passage;
            format!("{id} is no longer withheld, but its words are no longer in the sources.")
        }
    };
    std::iter::once(Markup::text(&found)).chain(reindexed(&restored.reindexed)).collect()
}

/// The bot cannot answer every message without the intent Message Content.
pub fn no_message_content(served: &Served) -> Card {
    let text = "To answer every message in a channel, I need to read messages that are not addressed to me. Only the \
                person who runs the bot can allow that: turn on the privileged intent Message Content in Discord's \
                developer portal (Bot › Privileged Gateway Intents), set `message_content = true` under [discord] in \
                verbatim.toml, and restart me.";
    note(served, Tone::Trouble, "Message Content is off", text)
}

/// Says that a server's channel settings are unknown, and how to confirm them.
pub fn unsure(served: &Served) -> String {
    format!(
        "This server's channel settings were lost when my database (the store) broke, or cannot be read. I answer only \
         privately here until a moderator confirms them. First use /{base}{ADMIN} channel for each channel in which I \
         should answer only privately. Then press Confirm, or use /{base}{ADMIN} {CONFIRM_CHANNELS}. In every other \
         channel, I then answer in public when asked.",
        base = served.name
    )
}

/// The button that confirms channel settings.
pub fn confirm(served: &Served) -> Option<Button> {
    let action = Action::ConfirmChannels { base: served.name.clone() };
    Button::act("Confirm", ButtonStyle::Success, action)
}

/// A server's channel settings are confirmed.
pub fn confirmed(served: &Served, channels: &[(ChannelId, AnswerMode)], kept: bool) -> Vec<Card> {
    let mut all =
        vec![Markup::own("In this server I answer in public when asked, in all channels except these:")];
    if channels.is_empty() {
        all = vec![Markup::own("In this server I answer in public when asked, in all channels.")];
    }
    all.extend(channels.iter().map(|(id, mode)| in_channel(*id, *mode)));
    if !kept {
        all.push(Markup::own(NOT_WRITTEN));
    }
    lines(served, "Channel settings confirmed", &all)
}

/// Added when the store did not save a setting.
const NOT_WRITTEN: &str = " I could not save this, so it applies only until I restart.";

fn in_channel(channel: ChannelId, mode: AnswerMode) -> Markup {
    let says = match mode {
        AnswerMode::OnMention => " I answer only when someone asks me with a command, a mention or a reply.",
        AnswerMode::EveryMessage => " I answer every message.",
        AnswerMode::Private => {
            " I answer only privately: only the person who uses a command sees the answer."
        }
    };
    Markup::own("In <#")
        .and(&Markup::text(&channel.to_string()))
        .and(&Markup::own(">,"))
        .and(&Markup::own(says))
}

/// When the bot answers in a channel.
pub fn channel(served: &Served, channel: ChannelId, mode: AnswerMode, kept: bool) -> Card {
    let text = in_channel(channel, mode).and(&Markup::own(if kept { "" } else { NOT_WRITTEN }));
    marked_card(served, Tone::Moderation, "Channel setting", &[text])
}
