//! What moderators are told, in their own voice: what happened, what did not and why, and what to do.

use serenity::all::ChannelId;

use super::add::Draft;
use super::change::Failed;
use crate::discord::command::{ADMIN, CONFIRM_CHANNELS};
use crate::discord::message::AnswerMode;
use crate::discord::messages::marked_card;
use crate::discord::registry::{Change as UnderWay, Served};
use verbatim_core::engine::curation::CurationError;
use verbatim_core::engine::curation::passages::{Restored, Withholding};
use verbatim_core::engine::difference::Difference;
use verbatim_core::engine::{Change, EngineError, RegressionOutcome, Reindexed};
use verbatim_core::knowledge::preview::Preview;
use verbatim_core::knowledge::report::Report;
use verbatim_core::render::action::Action;
use verbatim_core::render::card::{Button, ButtonStyle, Card, Tone, marked, plain, plain_pages};
use verbatim_core::render::escape::Markup;
use verbatim_core::text::count::counted;
use verbatim_core::text::truncate::truncated;

/// How many of a kind are listed, and how long a line of a list is, in characters: together they fit into the messages
/// that one request may get.
const LISTED: usize = 15;
const LONGEST_LINE: usize = 300;

/// A message to a moderator about a base.
pub fn note(served: &Served, tone: Tone, title: &str, text: &str) -> Card {
    plain(tone, title, text, &served.disclaimer())
}

/// The same, on as many cards as it takes.
pub fn notes(served: &Served, title: &str, text: &str) -> Vec<Card> {
    plain_pages(Tone::Moderation, title, text, &served.disclaimer())
}

/// The same of lines that name people.
pub fn lines(served: &Served, title: &str, lines: &[Markup]) -> Vec<Card> {
    marked(Tone::Moderation, title, lines, &served.disclaimer())
}

/// A person, as Discord shows them by their name; 0 is one who was forgotten. It notifies nobody.
pub fn person(id: u64) -> Markup {
    match id {
        0 => Markup::own("somebody"),
        id => Markup::own("<@").and(&Markup::text(&id.to_string())).and(&Markup::own(">")),
    }
}

/// Someone who may not moderate tried to.
pub fn may_not(served: &Served) -> Card {
    let text = format!(
        "/{}-admin is for the moderators of this knowledge base: members with Manage Server, or with a role that \
         verbatim.toml names, in the servers that it names. What you tried was noted.",
        served.name
    );
    note(served, Tone::Trouble, "Only for moderators", &text)
}

/// Another change of the base is under way.
pub fn under_way(served: &Served, other: &UnderWay) -> Card {
    let text = Markup::own("Started by ").and(&person(other.by)).and(&Markup::text(&format!(
        " {} ago: {}. Try again when it has ended.",
        counted(other.since.elapsed().as_secs() as usize, "second"),
        other.what
    )));
    marked_card(served, Tone::Trouble, "Another change is under way", &[text])
}

/// How far a change is. The old generation goes on answering.
pub fn progress(served: &Served, what: &str, stages: &Markup) -> Card {
    let after = Markup::own("Questions are answered from the old index until the new one is live.");
    marked_card(served, Tone::Moderation, &title(served, what), &[stages.clone(), after])
}

fn title(served: &Served, what: &str) -> String {
    format!("{}: {what}", served.name)
}

/// A change came about.
pub fn changed(served: &Served, what: &str, told: &str) -> Vec<Card> {
    notes(served, &format!("{} done", title(served, what)), told)
}

/// A change did not come about.
pub fn not_changed(served: &Served, what: &str, error: &Failed) -> Vec<Card> {
    let stays = "Nothing was published, and the old index goes on answering.";
    let told = match error {
        Failed::Engine(CurationError::OwnQuestions { asked, failed }) => format!(
            "{stays} {} of the base's {asked} own questions failed. Mend the sources or questions.toml, or publish \
             all the same with force:true.\n{}",
            failed.len(),
            failures(failed)
        ),
        Failed::Engine(CurationError::Engine(EngineError::Unreadable(problems))) => {
            format!("{stays}\n{}", listed(problems.iter().map(ToString::to_string)))
        }
        Failed::Engine(error) => format!("{stays}\n{error}"),
        Failed::Panic => format!("{stays} The program failed in the middle of it; its log says where."),
    };
    plain_pages(Tone::Trouble, &format!("{} not done", title(served, what)), &told, &served.disclaimer())
}

/// What can be done with a draft that was refused.
pub fn again(draft: u64, forced: bool) -> impl Iterator<Item = Button> {
    let (label, style) = match forced {
        true => ("Publish all the same", ButtonStyle::Danger),
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

/// The first lines of a list, and how many are left out.
fn listed(lines: impl Iterator<Item = String>) -> String {
    let lines: Vec<String> = lines.collect();
    let mut shown: Vec<String> =
        lines.iter().take(LISTED).map(|line| truncated(line, LONGEST_LINE)).collect();
    if lines.len() > LISTED {
        shown.push(format!("and {} more", lines.len() - LISTED));
    }
    shown.join("\n")
}

/// What a reindex did.
pub fn reindexed(reindexed: &Reindexed) -> String {
    let manifest = &reindexed.manifest;
    let mut lines = vec![format!(
        "{}: generation {} with {}.",
        match reindexed.change {
            Change::Nothing => "Nothing has changed",
            Change::Returned => "This knowledge was indexed before, and is live again",
            Change::Published { .. } => "Published",
        },
        manifest.id,
        manifest.counts,
    )];
    if let Some(difference) = &reindexed.difference {
        lines.extend(differences(difference));
    }
    if !reindexed.regression_questions.is_empty() {
        let failed = reindexed.regression_questions.iter().filter(|outcome| outcome.missed.is_some()).count();
        let asked = reindexed.regression_questions.len();
        lines.push(format!("The base's own questions: {} of {asked} pass.", asked - failed));
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

/// The base went back to an earlier generation.
pub fn rolled_back(base: &str, id: &str, made: &str) -> String {
    format!(
        "Live again: {id} of {made}. /{base}-admin reindex goes forward again to the sources as they are."
    )
}

/// Whether a source shall really go.
pub fn confirm_removal(served: &Served, source: &str, title: &str, force: bool) -> Card {
    let text = format!(
        "{title} ({source}) will not be quoted any more. Its file is moved to the folder removed/ of the base, and \
         not destroyed."
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
    let text = format!("There is no source {source}. The option offers those that there are.");
    note(served, Tone::Trouble, "No such source", &text)
}

/// Nothing was done.
pub fn cancelled(disclaimer: &str) -> Card {
    plain(Tone::Moderation, "Cancelled", "Nothing was changed.", disclaimer)
}

/// A file could not be read.
pub fn not_read(served: &Served, file: &str, why: &str) -> Card {
    note(served, Tone::Trouble, "Not read", &format!("{file}: {why}."))
}

/// What was read of a file. With `draft` it can be described and taken in.
pub fn preview(served: &Served, file: &str, preview: &Preview, draft: Option<u64>) -> Card {
    let title = match draft {
        Some(_) => format!("{file}: this is what was read"),
        None => format!("{file} cannot be a source"),
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
        let replaces = if preview.replaces.is_some() { " It replaces the source of that id." } else { "" };
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
        lines.push(format!(
            "{count} stand word for word in another source already: {}",
            first(&preview.elsewhere)
        ));
    }
    lines.extend(preview.problems.iter().take(LISTED).map(|problem| format!("⚠ {problem}")));
    lines.join("\n")
}

/// What a moderator should know of a reading before the source is published.
fn reading(report: &Report) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(encoding) = &report.encoding {
        lines.push(format!("Its letters were read as {encoding}."));
    }
    if let Some(first) = report.left_out.first() {
        let pieces = counted(report.left_out.len(), "piece");
        let first = truncated(&first.text, 60);
        lines.push(format!(
            "Left out: {pieces} of text, {} % of the words, such as “{first}”.",
            report.left_out_percent
        ));
    }
    if !report.suspicions.is_empty() {
        lines.push(format!("⚠ Compare with the source: {}", suspicions(report, LISTED)));
    }
    lines
}

/// The first suspicious places, and how many more there are.
pub fn suspicions(report: &Report, most: usize) -> String {
    let shown = report.suspicions.iter().take(most).map(|suspicion| format!("{suspicion}."));
    let more = report.suspicions.len().saturating_sub(most);
    let more = (more > 0).then(|| format!("And {more} more."));
    shown.chain(more).collect::<Vec<_>>().join(" ")
}

fn first(ids: &[String]) -> String {
    ids.iter().take(5).cloned().collect::<Vec<_>>().join(", ")
}

/// The draft with what was said of it.
pub fn described(draft: &Draft, id: u64) -> Card {
    let said = &draft.particulars;
    let or_unknown = |value: &Option<String>| value.clone().unwrap_or_else(|| "unknown".to_owned());
    let problems = said.problems();
    let mut lines = vec![
        format!("Title: {}", said.title),
        format!("Publisher: {}", or_unknown(&said.publisher)),
        format!("Address: {}", or_unknown(&said.url)),
        format!("Published: {}", or_unknown(&said.published)),
        format!("Licence: {}", or_unknown(&said.licence)),
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
    let title = format!("{}: take it in?", draft.file_name);
    note(&draft.served, Tone::Moderation, &title, &lines.join("\n")).with_row(
        [
            publish,
            Button::act("Change", ButtonStyle::Secondary, Action::AddDetails { draft: id }),
            Button::act("Cancel", ButtonStyle::Secondary, Action::AddCancel { draft: id }),
        ]
        .into_iter()
        .flatten(),
    )
}

/// A draft that does not wait any more.
pub fn no_draft(disclaimer: &str) -> Card {
    let text = "That file does not wait any more: drafts are kept for 15 minutes and not over a restart. Nothing was \
                changed; attach it again.";
    plain(Tone::Trouble, "Attach the file again", text, disclaimer)
}

/// A passage could not be withheld.
pub fn not_withheld(served: &Served, why: &str) -> Card {
    note(served, Tone::Trouble, "Not withheld", &format!("{why}."))
}

/// A passage is withheld.
pub fn withheld(served: &Served, withheld: &Withholding, posts: Option<usize>) -> Card {
    let entry = &withheld.entry;
    let mut lines = vec![match (withheld.is_earlier, entry.reason.is_empty()) {
        (true, false) => format!(
            "{} was withheld already: by {} on {}, because: {}",
            entry.passage, entry.by, entry.at, entry.reason
        ),
        (true, true) => format!("{} was withheld already.", entry.passage),
        (false, _) => format!("{} is not shown any more, as of now and after every reindex.", entry.passage),
    }];
    lines.extend(withheld.warning.as_ref().map(|warning| format!("⚠ {warning}")));
    lines.push(match posts {
        Some(0) => "I know of no post that quotes it.".to_owned(),
        Some(count) => format!("{} quoting it: being replaced by a note.", counted(count, "post")),
        None => "Which posts quote it is not known, because the store cannot be used. Once it can, they are replaced \
                 at the next start, or within a day."
            .to_owned(),
    });
    lines.push(format!("“{}”", withheld.words));
    if !withheld.same_words.is_empty() {
        lines.push(format!("The very same words can still be shown from {}.", first(&withheld.same_words)));
    }
    if !withheld.questions.is_empty() {
        lines.push(format!(
            "These own questions expect it, so the next reindex may need force:true: {}",
            withheld.questions.iter().take(LISTED).cloned().collect::<Vec<_>>().join(" · ")
        ));
    }
    lines.push(format!("/{}-admin restore puts it back.", served.name));
    note(served, Tone::Moderation, "Withheld", &lines.join("\n"))
}

/// A passage is back in circulation.
pub fn restored(restored: &Restored) -> String {
    let found = match restored.is_found {
        true => format!("{} can be quoted again.", restored.entry.passage),
        false => {
            format!("{} is off the list; its words are not in the sources any more.", restored.entry.passage)
        }
    };
    format!("{found}\n{}", reindexed(&restored.reindexed))
}

/// Without message content the bot cannot answer unasked.
pub fn no_message_content(served: &Served) -> Card {
    let text = "To answer every message of a channel I must be able to read messages that do not address me. That is \
                the privileged intent Message Content: switch it on in Discord's developer portal (Bot › Privileged \
                Gateway Intents), set `message_content = true` under [discord] in verbatim.toml, and start me again.";
    note(served, Tone::Trouble, "Message Content is off", text)
}

/// That nobody knows in which channels of a server the bot answers only privately.
pub fn unsure(served: &Served) -> String {
    format!(
        "The settings of this server's channels were lost with a broken store, or cannot be read. I answer only \
         privately here until a moderator confirms them. First set the channels that shall be private again: \
         /{base}{ADMIN} channel. Then press Confirm, or use /{base}{ADMIN} {CONFIRM_CHANNELS}: in every other channel I \
         then answer in public when asked.",
        base = served.name
    )
}

/// The button that confirms the settings of channels.
pub fn confirm(served: &Served) -> Option<Button> {
    let action = Action::ConfirmChannels { base: served.name.clone() };
    Button::act("Confirm", ButtonStyle::Success, action)
}

/// The settings of a server's channels are confirmed.
pub fn confirmed(served: &Served, channels: &[(ChannelId, AnswerMode)], kept: bool) -> Vec<Card> {
    let mut all =
        vec![Markup::own("In this server I answer in public when asked, in all channels but these:")];
    if channels.is_empty() {
        all = vec![Markup::own("In this server I answer in public when asked, in all channels.")];
    }
    all.extend(channels.iter().map(|(id, mode)| in_channel(*id, *mode)));
    if !kept {
        all.push(Markup::own(NOT_WRITTEN));
    }
    lines(served, "Channel settings confirmed", &all)
}

/// ChannelSetting of a setting that the store did not take.
const NOT_WRITTEN: &str = " I could not write that down: it holds until I am started again.";

fn in_channel(channel: ChannelId, mode: AnswerMode) -> Markup {
    let says = match mode {
        AnswerMode::OnMention => " I answer when I am asked: by a command, a mention or a reply.",
        AnswerMode::EveryMessage => " I answer every message.",
        AnswerMode::Private => " I answer only privately: commands are shown to the asker alone.",
    };
    Markup::own("In <#")
        .and(&Markup::text(&channel.to_string()))
        .and(&Markup::own(">:"))
        .and(&Markup::own(says))
}

/// When the bot answers in a channel.
pub fn channel(served: &Served, channel: ChannelId, mode: AnswerMode, kept: bool) -> Card {
    let text = in_channel(channel, mode).and(&Markup::own(if kept { "" } else { NOT_WRITTEN }));
    marked_card(served, Tone::Moderation, "Channel", &[text])
}
