//! Short names of quotes and passages, and how to resolve them. A button of a message carries them, so they must be
//! short, survive a restart and mean the same in a later generation.

use super::reply::{Cited, MOST_CHARACTERS, MOST_QUOTES, QuoteId};
use crate::index::corpus::Corpus;
use crate::knowledge::document::{Document, Quote, Reference};
use crate::text::span::Span;

/// Returns the short name of a passage: the 12 hex digits after its source. If a source has two passages with exactly
/// the same words, both get the same name.
pub fn digits(passage: &str) -> Option<[u8; 6]> {
    let digits = passage.rsplit_once(':')?.1.get(..12)?;
    let mut bytes = [0; 6];
    hex::decode_to_slice(digits, &mut bytes).ok()?;
    Some(bytes)
}

/// Returns the name by which a quote can be shown again; `None` if its position in the passage does not fit into a
/// byte.
pub fn name(document: &Document, quote: &Quote) -> Option<QuoteId> {
    let passage = &document.passages()[quote.passage() as usize];
    let sentences = document.sentences_of(passage);
    let first = sentences.iter().position(|sentence| quote.span().contains(sentence.span))?;
    let count = sentences.iter().filter(|sentence| quote.span().contains(sentence.span)).count();
    named(&passage.id, first, count)
}

/// Returns the name of a run of a passage's sentences.
pub fn named(passage: &str, first: usize, count: usize) -> Option<QuoteId> {
    let (first, count) = (u8::try_from(first).ok()?, u8::try_from(count).ok()?);
    Some(QuoteId { passage: digits(passage)?, first, count })
}

/// Returns the number of a passage that can be shown; `None` if the generation has none with this name, or only
/// withheld ones.
pub fn find(corpus: &Corpus, passage: [u8; 6]) -> Option<u32> {
    numbers(corpus, passage).find(|&number| !corpus.passages[number as usize].withheld)
}

/// Returns the number of the passage with this id; `None` if the generation does not have it, or it is withheld.
pub fn shown(corpus: &Corpus, passage: &str) -> Option<u32> {
    let is_shown = |number: &u32| !corpus.passages[*number as usize].withheld;
    (0..corpus.passages.len() as u32).filter(is_shown).find(|&number| corpus.passage(number).1.id == passage)
}

/// Returns the numbers of all passages with a name, including withheld ones.
fn numbers(corpus: &Corpus, passage: [u8; 6]) -> impl Iterator<Item = u32> + '_ {
    let digits = hex::encode(passage);
    let is_named = move |id: &str| {
        id.rsplit_once(':').is_some_and(|(_, end)| end.as_bytes().starts_with(digits.as_bytes()))
    };
    (0..corpus.passages.len() as u32).filter(move |&number| is_named(&corpus.passage(number).1.id))
}

/// Returns the quotes with these names, in order, as many as fit into a reply, and the names that are left. Quotes that
/// are withheld, no longer in the sources, or too long for any reply are left out.
pub fn page(corpus: &Corpus, ids: &[QuoteId]) -> (Vec<Cited>, Vec<QuoteId>) {
    let mut quotes: Vec<Cited> = Vec::new();
    let (mut room, mut at) = (MOST_CHARACTERS, 0);
    while let Some(&id) = ids.get(at).filter(|_| quotes.len() < MOST_QUOTES) {
        let cited = quote(corpus, id).map(|cited| (cited.quote.characters(), cited));
        if let Some((length, cited)) = cited.filter(|(length, _)| *length <= MOST_CHARACTERS) {
            if length > room {
                break;
            }
            room -= length;
            quotes.push(cited);
        }
        at += 1;
    }
    (quotes, ids.get(at..).unwrap_or_default().to_vec())
}

/// Quotes a run again; `None` if its passage is no longer there, is withheld or has fewer sentences now.
pub fn quote(corpus: &Corpus, id: QuoteId) -> Option<Cited> {
    let (document, passage) = corpus.passage(find(corpus, id.passage)?);
    let first = usize::from(id.first);
    let run = document.sentences_of(passage).get(first..first + usize::from(id.count))?;
    cite(corpus, document, run.first()?.span.cover(run.last()?.span))
}

/// Returns a whole passage as one quote, by its number.
pub fn whole(corpus: &Corpus, number: u32) -> Option<Cited> {
    let (document, passage) = corpus.passage(number);
    let sentences = document.sentences_of(passage);
    cite(corpus, document, sentences.first()?.span.cover(sentences.last()?.span))
}

/// Quotes a span with its origin. Withheld entries in the source's reference list are left out.
pub fn cite(corpus: &Corpus, document: &Document, span: Span) -> Option<Cited> {
    let withheld = || {
        let notes = corpus.passages.iter().filter(|note| note.withheld);
        let here = notes.filter(|note| std::ptr::eq(corpus.document_of(note), document));
        here.map(|note| document.passages()[note.passage as usize].span)
    };
    let is_shown = |entry: &Reference| !withheld().any(|passage| passage.contains(entry.span));
    Some(Cited::new(document, document.quote(span).ok()?, is_shown))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passage_is_named_by_its_digits() {
        let bytes = Some([0x01, 0x23, 0x45, 0x67, 0x89, 0xab]);
        assert_eq!(digits("pain-clinic:0123456789ab"), bytes);
        assert_eq!(digits("pain-clinic:0123456789ab-2"), bytes);
        for wrong in
            ["", "0123456789ab", "a:", "a:0123456789a", "a:0123456789ag", "a:+1+1+1+1+1+1", "a:αααααα"]
        {
            assert_eq!(digits(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_a_byte_cannot_count_has_no_name() {
        assert_eq!(named("a:0123456789ab", 256, 1), None);
        assert_eq!(named("a:0123456789ab", 0, 256), None);
        let id = named("a:0123456789ab", 255, 2).expect("a name");
        assert_eq!((id.first, id.count), (255, 2));
    }
}
