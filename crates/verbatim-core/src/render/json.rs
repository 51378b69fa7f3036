//! Formats a reply as one JSON object, as `ask --json` prints it.

use serde::Serialize;
use serde_json::Value;

use crate::answer::reply::{Cited, CitedReference, FixedReply, Flag, Reply};
use crate::question::triage::Notice;
use crate::question::understand::Repair;

#[derive(Serialize)]
struct Object<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a Value>,
    question: Option<&'a str>,
    kind: &'a str,
    notice: Option<&'a Notice>,
    quotes: Vec<QuoteJson<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    too_long: Vec<PlaceJson<'a>>,
    related: Vec<QuoteJson<'a>>,
    topics: &'a [String],
    why: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fixed: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    uncovered: &'a [String],
    confidence: f32,
    repairs: &'a [Repair],
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    differ: bool,
    disclaimer: &'a str,
    base: &'a str,
    generation: &'a str,
    took_us: u64,
}

#[derive(Serialize)]
struct QuoteJson<'a> {
    #[serde(flatten)]
    place: PlaceJson<'a>,
    kind: &'a str,
    lead_in: &'a [String],
    text: &'a str,
    start: u32,
    end: u32,
    references: &'a [CitedReference],
    flags: &'a [Flag],
}

#[derive(Serialize)]
struct PlaceJson<'a> {
    source: &'a str,
    passage: &'a str,
    title: &'a str,
    publisher: Option<&'a str>,
    url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    viewer: Option<&'a str>,
    dated: Option<&'a str>,
    section: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<u32>,
}

/// Formats the reply on one line. `id` is the id from the question's line in a batch; `took_us` is the time from
/// question to reply in microseconds.
pub fn line(reply: &Reply, id: Option<&Value>, took_us: u64) -> String {
    let body = reply.body();
    let object = Object {
        id,
        question: reply.question(),
        kind: body.kind.as_str(),
        notice: body.notice.as_ref(),
        quotes: body.quotes.iter().map(quote).collect(),
        too_long: body.too_long.iter().map(place).collect(),
        related: body.related.iter().map(quote).collect(),
        topics: &body.topics,
        why: body.why.as_deref(),
        fixed: body.fixed.map(FixedReply::as_str),
        uncovered: &body.uncovered,
        confidence: body.confidence,
        repairs: &body.repairs,
        differ: body.differ,
        disclaimer: reply.disclaimer(),
        base: reply.base(),
        generation: reply.generation(),
        took_us,
    };
    serde_json::to_string(&object).expect("a reply can always be written as JSON")
}

fn place(cited: &Cited) -> PlaceJson<'_> {
    PlaceJson {
        source: cited.quote.source(),
        passage: &cited.passage,
        title: &cited.title,
        publisher: cited.publisher.as_deref(),
        url: cited.url.as_deref(),
        viewer: cited.viewer.as_deref(),
        dated: cited.dated.as_deref(),
        section: &cited.section,
        page: cited.quote.page(),
    }
}

fn quote(cited: &Cited) -> QuoteJson<'_> {
    QuoteJson {
        place: place(cited),
        kind: cited.quote.kind().as_str(),
        lead_in: cited.quote.lead_ins(),
        text: cited.quote.text(),
        start: cited.quote.span().start,
        end: cited.quote.span().end,
        references: &cited.references,
        flags: &cited.flags,
    }
}
