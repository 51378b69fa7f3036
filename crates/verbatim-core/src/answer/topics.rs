//! Topics: which quotes a topic shows, and which topics fit an answer.

use super::quote_by_id;
use super::reply::Cited;
use crate::index::corpus::Corpus;
use crate::knowledge::topic::Topic;

/// The maximum number of fitting topics in a reply.
const MOST_TOPICS: usize = 3;

/// Returns the quotes of a topic, in its order, without withheld passages.
pub fn quotes(corpus: &Corpus, topic: &Topic) -> Vec<Cited> {
    let cited = |(source, span): &(String, _)| {
        let document = corpus.documents.iter().find(|document| document.id == *source)?;
        quote_by_id::cite(corpus, document, *span)
    };
    let withheld = |cited: &Cited| {
        corpus.passages.iter().any(|note| {
            note.withheld && {
                let document = corpus.document_of(note);
                document.passages()[note.passage as usize].id == cited.passage
            }
        })
    };
    topic.show.iter().filter_map(cited).filter(|cited| !withheld(cited)).collect()
}

/// Returns the topics that show most of these quotes, best first; ties are in the base's order.
pub fn fitting(corpus: &Corpus, quotes: &[Cited]) -> Vec<String> {
    let mut scored: Vec<(usize, usize, &str)> = Vec::new();
    for (order, topic) in corpus.topics.iter().enumerate() {
        let shows = |cited: &&Cited| {
            topic.show.iter().any(|(source, span)| {
                source == cited.quote.source()
                    && (span.contains(cited.quote.span()) || cited.quote.span().contains(*span))
            })
        };
        // The first quote is the best answer: a topic that shows it ranks before one that shows the others.
        let score: usize =
            quotes.iter().zip([4, 2, 1]).filter(|(cited, _)| shows(cited)).map(|(_, worth)| worth).sum();
        if score > 0 {
            scored.push((score, order, &topic.name));
        }
    }
    // Of topics with the same score, the one that shows least is the most specific.
    scored
        .sort_by_key(|&(score, order, _)| (std::cmp::Reverse(score), corpus.topics[order].show.len(), order));
    scored.into_iter().take(MOST_TOPICS).map(|(_, _, name)| name.to_owned()).collect()
}
