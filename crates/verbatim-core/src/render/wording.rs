//! The sentences that every way of showing a reply shares, so that a terminal and a card say the same.

use crate::answer::reply::{Body, Cited, FixedReply};
use crate::question::understand::Repair;

/// Said where "more" is asked for and nothing is left.
pub const NO_MORE: &str = "There is no more.";
/// Stands over the passages that come closest to a question that the sources do not answer.
pub const RELATED: &str = "Closest passages. They may not answer your question.";
/// Stands over whole passages.
pub const IN_CONTEXT: &str = "In context, the whole passages:";
/// Said where a question goes on from what somebody else asked: that is not repeated.
pub const FOLLOW_UP: &str = "Read as a follow-up to the question above.";
/// The date of a source that has none.
pub const UNDATED: &str = "undated";

/// What a flag means, for a reader; `None` for what the line of origin says already.
pub fn flag(flag: &str) -> Option<&'static str> {
    match flag {
        "citation_needed" => Some("The source itself marks this as needing a citation."),
        "hypothesis" => Some("The source calls this a hypothesis or a possibility."),
        "anecdotal" => Some("The source calls this anecdotal, or case reports."),
        _ => None,
    }
}

/// That the sources do not say, and what is missing where that is known; or the line of a message that asks nothing of
/// them.
pub fn not_covered(body: &Body) -> String {
    if let Some(fixed) = body.fixed {
        return fixed_reply(fixed).to_owned();
    }
    match body.why.as_deref() {
        Some(why) => format!("The sources do not cover this: {why}."),
        None => "The sources do not cover this.".to_owned(),
    }
}

/// Those of several questions that the sources do not cover; `None` where there are none.
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
        FixedReply::OtherLanguage => "I can only read English. Please ask in English.",
    }
}

/// What stands before the titles of the sources.
pub fn looked_in(body: &Body) -> &'static str {
    if body.fixed.is_some() { "I quote from: " } else { "Looked in: " }
}

/// How a word was read.
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

/// The page of a PDF that a quote stands on: `p. 3`.
pub fn page(cited: &Cited) -> Option<String> {
    cited.quote.page().map(|page| format!("p. {page}"))
}
