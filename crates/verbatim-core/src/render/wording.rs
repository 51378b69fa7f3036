//! The sentences shared by all formats of a reply, so that a terminal and a card say the same in the same words. Each
//! format decides which of them it shows.

use crate::answer::reply::{Body, Cited, FixedReply, Flag};
use crate::question::understand::Repair;

/// The reply to "more" if nothing is left.
pub const NO_MORE: &str = "There is nothing more to show.";
/// The heading of the closest passages to a question that the sources do not answer.
pub const RELATED: &str = "Closest passages. They may not answer your question.";
/// The heading of whole passages.
pub const IN_CONTEXT: &str = "The whole passages, in context:";
/// The note on a follow-up to another user's question, which is not repeated.
pub const FOLLOW_UP: &str = "Read as a follow-up to the question above.";
/// Shown instead of the date of a source without one.
pub const UNDATED: &str = "undated";

/// Explains a flag to the user; `None` if the line with the origin already does.
pub fn flag(flag: Flag) -> Option<&'static str> {
    match flag {
        Flag::CitationNeeded => Some("The source itself marks this as needing a citation."),
        Flag::Hypothesis => Some("The source calls this a hypothesis or a possibility."),
        Flag::Anecdotal => Some("The source calls this anecdotal or refers to case reports."),
        Flag::Undated => None,
    }
}

/// States that the sources do not cover the question, and the reason if it is known. For a message that is not a
/// question to the sources, returns the fixed reply.
pub fn not_covered(body: &Body) -> String {
    if let Some(fixed) = body.fixed {
        return fixed_reply(fixed).to_owned();
    }
    match body.why.as_deref() {
        Some(why) => format!("The sources do not cover this: {why}."),
        None => "The sources do not cover this.".to_owned(),
    }
}

/// States that the sources answer but no sentence is short enough to quote; the places follow. `None` if that is not so.
pub fn too_long(body: &Body) -> Option<&'static str> {
    match (body.too_long.is_empty(), body.quotes.is_empty()) {
        (true, _) => None,
        (false, true) => {
            Some("The sources answer this, but no sentence is short enough to quote. Read it here:")
        }
        (false, false) => Some(
            "The sources also answer the rest of your question, but no sentence on it is short enough to quote. Read \
             it here:",
        ),
    }
}

/// States which of several questions the sources do not cover; `None` if they cover all.
pub fn uncovered(body: &Body) -> Option<String> {
    let questions: Vec<String> = body.uncovered.iter().map(|question| format!("“{question}”")).collect();
    (!questions.is_empty()).then(|| format!("The sources do not cover {}.", questions.join(" or ")))
}

fn fixed_reply(fixed: FixedReply) -> &'static str {
    match fixed {
        FixedReply::SmallTalk => "Glad to help. Ask me a question, and I'll show you what the sources say.",
        FixedReply::AboutBot => {
            "I'm a bot, not a doctor. I answer only by quoting my sources, word for word, and I say so when they don't \
             cover a question."
        }
        FixedReply::OtherLanguage => {
            "I can only read English. Please ask in English. In an emergency, call your local emergency number."
        }
    }
}

/// The words before the titles of the sources.
pub fn looked_in(body: &Body) -> &'static str {
    if body.fixed.is_some() { "I quote from: " } else { "Looked in: " }
}

/// States how the spelling of a word was corrected.
pub fn read_as(repair: &Repair) -> String {
    format!("“{}” was read as “{}”.", repair.written, repair.read_as)
}

/// The headings over a quote, outermost first, without the one that repeats the title.
pub fn headings(cited: &Cited) -> impl Iterator<Item = &str> {
    cited.section.iter().map(String::as_str).filter(|heading| *heading != cited.title)
}

/// The date of a quote's source.
pub fn dated(cited: &Cited) -> &str {
    cited.dated.as_deref().unwrap_or(UNDATED)
}

/// The page of a PDF that a quote is on: `p. 3`.
pub fn page(cited: &Cited) -> Option<String> {
    cited.quote.page().map(|page| format!("p. {page}"))
}
