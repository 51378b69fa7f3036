//! Messages to moderators: what happened, what did not and why, and what to do.

use serenity::all::ChannelId;

use super::add::{Draft, DraftError};
use super::change::Failed;
use super::command::CONFIRM_CHANNELS;
use super::form;
use crate::discord::command_parts::ADMIN;
use crate::discord::messages::marked_card;
use crate::discord::registry::{RunningChange, Served};
use crate::store::AnswerMode;
use verbatim_core::engine::curation::CurationError;
use verbatim_core::engine::curation::passages::{Restored, Withholding};
use verbatim_core::engine::difference::Difference;
use verbatim_core::engine::{Change, EngineError, RegressionOutcome, Reindexed};
use verbatim_core::index::error::IndexError;
use verbatim_core::knowledge::preview::Preview;
use verbatim_core::knowledge::report::ReadingReport;
use verbatim_core::render::action::Action;
use verbatim_core::render::card::{Button, ButtonStyle, Card, Tone, marked, plain, plain_pages};
use verbatim_core::render::escape::Markup;
use verbatim_core::text::count::counted;
use verbatim_core::text::truncate::truncated;

/// Maximum number of items in a list, and maximum length of a line in characters. Together they keep a list within the
/// messages that one request may send.
const LISTED: usize = 15;
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
pub fn changed(served: &Served, what: &str, summary: &str) -> Vec<Card> {
    notes(served, &format!("{}: done", title(served, what)), summary)
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

/// Buttons for a draft that was refused.
pub fn again(draft: u64, forced: bool) -> impl Iterator<Item = Button> {
    let (label, style) = match forced {
        true => ("Publish anyway", ButtonStyle::Danger),
        false => ("Try again", ButtonStyle::Success),
    };
    let publish = Button::act(label, style, Action::AddPublish { draft });
    let cancel = Button::act("Cancel", ButtonStyle::Secondary, Action::AddCancel { draft });
    publish.into_iter().chain(cancel)
}

fn failures(outcomes: &[RegressionOutcome]) -> String {
    let failed = outcomes.iter().filter_map(|outcome| Some((&outcome.ask, outcome.missed.as_ref()?)));
    listed(failed.map(|(ask, missed)| format!("✗ {ask}: {missed}")))
}

/// The first lines of a list, and how many more there are.
fn listed(lines: impl Iterator<Item = String>) -> String {
    let lines: Vec<String> = lines.collect();
    let mut shown: Vec<String> =
        lines.iter().take(LISTED).map(|line| truncated(line, LONGEST_LINE)).collect();
    if lines.len() > LISTED {
        shown.push(format!("and {} more", lines.len() - LISTED));
    }
    shown.join("\n")
}

/// Summary of a reindex.
pub fn reindexed(reindexed: &Reindexed) -> String {
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
    lines.join("\n")
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
pub fn rolled_back(base: &str, id: &str, made: &str) -> String {
    format!("Live again: generation {id} from {made}. /{base}-admin reindex returns to the current sources.")
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

/// A file could not be read.
pub fn not_read(served: &Served, file: &str, why: &str) -> Card {
    note(served, Tone::Trouble, "Could not read the file", &format!("{file}: {why}."))
}

/// What was read from a file. With `draft`, the card offers to add it.
pub fn preview(served: &Served, file: &str, preview: &Preview, draft: Option<u64>) -> Card {
    let title = match draft {
        Some(_) => format!("{file}: preview"),
        None => format!("{file} cannot be used as a source"),
    };
    let tone = if draft.is_some() { Tone::Moderation } else { Tone::Trouble };
    let card = note(served, tone, &title, &read(preview));
    match draft {
        Some(draft) => card.with_row(
            [
                Button::act("Say where it comes from", ButtonStyle::Primary, Action::AddDetails { draft }),
                Button::act("Cancel", ButtonStyle::Secondary, Action::AddCancel { draft }),
            ]
            .into_iter()
            .flatten(),
        ),
        None => card,
    }
}

fn read(preview: &Preview) -> String {
    let mut lines = Vec::new();
    if let Some(id) = &preview.id {
        let replaces =
            if preview.replaces.is_some() { " It will replace the source that has this id." } else { "" };
        lines.push(format!("Its id will be {id}.{replaces}"));
    }
    if preview.is_readable() {
        lines.push(format!("{}, {}", counted(preview.report.sections, "section"), preview.report.counts()));
        lines.extend(reading(&preview.report));
    }
    let headings = preview.sections.iter().take(LISTED);
    lines.extend(
        headings.map(|(level, heading)| format!("{} {heading}", "·".repeat(usize::from(*level).clamp(1, 4)))),
    );
    if !preview.first_sentences.is_empty() {
        lines.push("It begins:".to_owned());
        lines.extend(preview.first_sentences.iter().map(|sentence| format!("“{sentence}”")));
    }
    if !preview.elsewhere.is_empty() {
        let count = counted(preview.elsewhere.len(), "passage");
        lines.push(format!("Also in another source, word for word: {count} ({})", first(&preview.elsewhere)));
    }
    lines.extend(preview.problems.iter().take(LISTED).map(|problem| format!("⚠ {problem}")));
    lines.join("\n")
}

/// What a moderator should know about a reading before publishing the source.
fn reading(report: &ReadingReport) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(encoding) = &report.encoding {
        lines.push(format!("Text encoding: {encoding}. If letters look wrong, save the file as UTF-8."));
    }
    if let Some(first) = report.left_out.first() {
        let pieces = counted(report.left_out.len(), "piece");
        let first = truncated(&first.text, 60);
        lines.push(format!(
            "Left out, so never quoted: {pieces} of text, {}% of the words, such as “{first}”.",
            report.left_out_percent
        ));
    }
    if !report.suspicions.is_empty() {
        lines.push(format!("⚠ Compare with the original: {}", suspicions(report, LISTED)));
    }
    lines
}

/// The first suspicious places, and how many more there are.
pub fn suspicions(report: &ReadingReport, most: usize) -> String {
    let shown = report.suspicions.iter().take(most).map(ToString::to_string);
    let more = report.suspicions.len().saturating_sub(most);
    let more = (more > 0).then(|| format!("and {more} more"));
    shown.chain(more).collect::<Vec<_>>().join("; ") + "."
}

/// The first ids, and how many more there are.
fn first(ids: &[String]) -> String {
    let more = ids.len().saturating_sub(5);
    let more = (more > 0).then(|| format!("and {more} more"));
    ids.iter().take(5).cloned().chain(more).collect::<Vec<_>>().join(", ")
}

/// The draft with its details.
pub fn described(draft: &Draft, id: u64) -> Card {
    let metadata = &draft.metadata;
    let or_unknown = |value: &Option<String>| value.clone().unwrap_or_else(|| "unknown".to_owned());
    let problems = form::problems(metadata);
    let mut lines = vec![
        format!("Title: {}", metadata.title),
        format!("Publisher: {}", or_unknown(&metadata.publisher)),
        format!("Web address: {}", or_unknown(&metadata.url)),
        format!("Publication date: {}", or_unknown(&metadata.published)),
        format!("Licence: {}", or_unknown(&metadata.licence)),
        String::new(),
        read(&draft.preview),
    ];
    lines.extend(problems.iter().map(|problem| format!("⚠ {problem}")));
    let (label, style) = match draft.preview.report.is_severe() {
        true => ("Publish anyway", ButtonStyle::Danger),
        false => ("Publish", ButtonStyle::Success),
    };
    let publish = Button::act(label, style, Action::AddPublish { draft: id });
    let publish = publish.map(|button| if problems.is_empty() { button } else { button.disabled() });
    let title = format!("Add {}?", draft.file_name);
    note(&draft.served, Tone::Moderation, &title, &lines.join("\n")).with_row(
        [
            publish,
            Button::act("Change details", ButtonStyle::Secondary, Action::AddDetails { draft: id }),
            Button::act("Cancel", ButtonStyle::Secondary, Action::AddCancel { draft: id }),
        ]
        .into_iter()
        .flatten(),
    )
}

/// A draft that this moderator cannot change, and why.
pub fn no_draft(error: DraftError, disclaimer: &str) -> Card {
    let (title, text) = match error {
        DraftError::Gone => (
            "Attach the file again",
            "I no longer have that file: I keep a draft for 15 minutes, and lose it when I restart. Nothing was \
             changed. Use the add command and attach it again.",
        ),
        DraftError::OfSomeoneElse => (
            "Someone else's draft",
            "Another moderator attached this file, and only they can publish or cancel it. Nothing was changed. To \
             add a file yourself, use the add command.",
        ),
    };
    plain(Tone::Trouble, title, text, disclaimer)
}

/// A passage could not be withheld.
pub fn not_withheld(served: &Served, why: &str) -> Card {
    let end = if why.ends_with(['.', '?']) { "" } else { "." };
    note(served, Tone::Trouble, "Not withheld", &format!("The passage was not withheld: {why}{end}"))
}

/// A passage is withheld.
pub fn withheld(served: &Served, withheld: &Withholding, posts: Option<usize>) -> Card {
    let entry = &withheld.entry;
    let mut lines = vec![match (withheld.is_earlier, entry.reason.is_empty()) {
        (true, false) => format!(
            "{} was already withheld by {} on {}. Reason: {}",
            entry.passage, entry.by, entry.at, entry.reason
        ),
        (true, true) => format!("{} was already withheld.", entry.passage),
        (false, _) => format!("{} is hidden now and stays hidden after a reindex.", entry.passage),
    }];
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
            first(&withheld.same_words)
        ));
    }
    if !withheld.questions.is_empty() {
        lines.push(format!(
            "These regression questions expect this passage, so the next reindex may need force:True: {}",
            withheld.questions.iter().take(LISTED).cloned().collect::<Vec<_>>().join(" · ")
        ));
    }
    lines.push(format!("To show it again, use /{}-admin restore.", served.name));
    note(served, Tone::Moderation, "Withheld", &lines.join("\n"))
}

/// A passage is restored.
pub fn restored(restored: &Restored) -> String {
    let found = match restored.is_found {
        true => format!("{} can be quoted again.", restored.entry.passage),
        false => {
            let id = &restored.entry.passage;
            format!("{id} is no longer withheld, but its words are no longer in the sources.")
        }
    };
    format!("{found}\n{}", reindexed(&restored.reindexed))
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
