//! Messages about drafts: what was read from a file, and what is missing before it can be published.

use super::draft::{Draft, DraftError};
use super::messages::LISTED;
use super::{form, messages};
use crate::discord::registry::Served;
use verbatim_core::knowledge::preview::Preview;
use verbatim_core::knowledge::report::ReadingReport;
use verbatim_core::render::action::Action;
use verbatim_core::render::card::{Button, ButtonStyle, Card, Tone, plain};
use verbatim_core::text::count::counted;
use verbatim_core::text::truncate::truncated;

/// A file could not be read.
pub fn not_read(served: &Served, file: &str, why: &str) -> Card {
    messages::note(served, Tone::Trouble, "Could not read the file", &format!("{file}: {why}."))
}

/// What was read from a file. With `draft`, the card offers to add it.
pub fn preview(served: &Served, file: &str, preview: &Preview, draft: Option<u64>) -> Card {
    let title = match draft {
        Some(_) => format!("{file}: preview"),
        None => format!("{file} cannot be used as a source"),
    };
    let tone = if draft.is_some() { Tone::Moderation } else { Tone::Trouble };
    let card = messages::note(served, tone, &title, &read(preview));
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
        lines.push(format!(
            "Also in another source, word for word: {count} ({})",
            messages::ids(&preview.elsewhere)
        ));
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
        lines.push(format!("⚠ Compare with the original: {}", messages::suspicions(report, LISTED)));
    }
    lines
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
    messages::note(&draft.served, Tone::Moderation, &title, &lines.join("\n")).with_row(
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
