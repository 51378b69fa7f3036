//! The result of every stage for a question, for `ask --explain`.

use std::fmt::Write;

use crate::answer::pipeline::{Explained, Explanation};
use crate::model::encoder::Reading;

/// The maximum number of candidates listed.
const LISTED: usize = 12;
/// The maximum number of characters of a sentence shown.
const SHOWN: usize = 70;

/// Formats the explanation as plain text.
pub fn text(explained: &Explained) -> String {
    let mut out = String::new();
    for (question, explanation) in &explained.parts {
        if explained.parts.len() > 1 {
            line(&mut out, &format!("question   {}", question.replace('\n', " ")));
        }
        read(&mut out, &explanation.reading);
        understood(&mut out, explanation);
        scored(&mut out, explanation);
        decided(&mut out, explanation);
    }
    out
}

fn decided(out: &mut String, explanation: &Explanation) {
    let (decision, least) = (&explanation.decision, explanation.threshold);
    let outcome = if decision.answers { "answered" } else { "not covered" };
    line(
        out,
        &format!("decide     {outcome}: confidence {:.2}, needs at least {least:.2}", decision.confidence),
    );
    if !decision.lacking.is_empty() {
        line(out, &format!("           lacking: {}", decision.lacking.join(", ")));
    }
}

fn read(out: &mut String, reading: &Reading) {
    let (triage, message) = (reading.triage, reading.message_type);
    line(
        out,
        &format!(
            "triage     emergency {:.3}, self-harm {:.3}, personal advice {:.3}, none {:.3}",
            triage.emergency, triage.self_harm, triage.personal_advice, triage.none
        ),
    );
    line(
        out,
        &format!(
            "message    question {:.2}, statement {:.2}, small talk {:.2}, about the bot {:.2}, other language {:.2}",
            message.question,
            message.statement,
            message.small_talk,
            message.about_bot,
            message.other_language
        ),
    );
}

fn understood(out: &mut String, explanation: &Explanation) {
    let lexicon = &explanation.snapshot.lexicon;
    for repair in &explanation.question.repairs {
        line(out, &format!("repaired   {} → {}", repair.written, repair.read_as));
    }
    for term in &explanation.question.terms {
        let expansions = term
            .expansions
            .iter()
            .map(|found| format!("{} {:.1} {:?}", found.term, found.weight, found.source).to_lowercase());
        let subject = if term.subject { " (the base's subject)" } else { "" };
        let expansions = expansions.collect::<Vec<_>>().join(", ");
        line(out, &format!("term       {}{subject}: {expansions}", term.written));
    }
    let facets = explanation.question.facets.iter().map(|&at| lexicon.facets()[at as usize].id.as_str());
    line(out, &format!("facets     {}", facets.collect::<Vec<_>>().join(", ")));
}

fn scored(out: &mut String, explanation: &Explanation) {
    line(out, &format!("retrieve   {} units", explanation.scored.candidates.len()));
    line(out, "score      total    late  matched  unmet  lexical  cosine  numbers, concepts missing");
    let corpus = &explanation.snapshot.corpus;
    for candidate in explanation.scored.candidates.iter().take(LISTED) {
        let (document, sentence) = corpus.sentence(candidate.sentence);
        let text: String = sentence.span.of(document.text()).chars().take(SHOWN).collect();
        let part = &candidate.evidence;
        let kind = match (part.reference, part.states_nothing) {
            (true, _) => "(literature) ",
            (_, true) => "(states nothing) ",
            _ => "",
        };
        line(
            out,
            &format!(
                "          {:6.2}  {:6.2}   {:6.2} {:6.2}    {:.3}   {:.3}   {:.2} {:.2}  {}: {kind}{}",
                candidate.score,
                part.late,
                part.matched,
                part.unmet,
                part.lexical,
                part.cosine,
                part.numbers_missing,
                part.concepts_missing,
                document.id,
                text.replace('\n', " "),
            ),
        );
    }
}

fn line(out: &mut String, text: &str) {
    writeln!(out, "{text}").expect("writing to a string cannot fail");
}
