//! Short names of quotes and passages, and the way back. A button of a message carries them, so they must
//! be few bytes, survive a restart and mean the same in a later generation.

use super::reply::{Cited, MOST_CHARACTERS, MOST_QUOTES, QuoteId};
use crate::index::corpus::Corpus;
use crate::knowledge::document::{Document, Quote, Reference};
use crate::text::hex::hex;
use crate::text::span::Span;

/// What the passage of an id is named by: the 12 hex digits after its source. The second of two passages of
/// one source with the very same words is named as the first is.
pub fn digits(passage: &str) -> Option<[u8; 6]> {
    let digits = passage.rsplit_once(':')?.1.get(..12)?;
    let mut bytes = [0; 6];
    for (at, byte) in bytes.iter_mut().enumerate() {
        let pair =
            digits.get(2 * at..2 * at + 2).filter(|pair| pair.bytes().all(|b| b.is_ascii_hexdigit()))?;
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    Some(bytes)
}

/// What a quote can be quoted again by; `None` where its place in the passage is beyond a byte.
pub fn name(document: &Document, quote: &Quote) -> Option<QuoteId> {
    let passage = &document.passages()[quote.passage() as usize];
    let sentences = document.sentences_of(passage);
    let first = sentences.iter().position(|sentence| quote.span().contains(sentence.span))?;
    let count = sentences.iter().filter(|sentence| quote.span().contains(sentence.span)).count();
    named(&passage.id, first, count)
}

/// The name of a run of a passage's sentences.
pub fn named(passage: &str, first: usize, count: usize) -> Option<QuoteId> {
    let (first, count) = (u8::try_from(first).ok()?, u8::try_from(count).ok()?);
    Some(QuoteId { passage: digits(passage)?, first, count })
}

/// The number of a passage that may be shown; `None` where the generation has none, or only withheld ones.
pub fn find(corpus: &Corpus, passage: [u8; 6]) -> Option<u32> {
    numbers(corpus, passage).find(|&number| !corpus.passages[number as usize].withheld)
}

/// The number of the passage with this id; `None` where the generation has none, or it is withheld.
pub fn shown(corpus: &Corpus, passage: &str) -> Option<u32> {
    let is_shown = |number: &u32| !corpus.passages[*number as usize].withheld;
    (0..corpus.passages.len() as u32).filter(is_shown).find(|&number| corpus.passage(number).1.id == passage)
}

/// The numbers of all passages of a name, withheld ones included.
fn numbers(corpus: &Corpus, passage: [u8; 6]) -> impl Iterator<Item = u32> + '_ {
    let digits = hex(&passage);
    let is_named = move |id: &str| {
        id.rsplit_once(':').is_some_and(|(_, end)| end.as_bytes().starts_with(digits.as_bytes()))
    };
    (0..corpus.passages.len() as u32).filter(move |&number| is_named(&corpus.passage(number).1.id))
}

/// The quotes of these names, in their order, as many as a reply holds, and the names that are left. What has gone or is
/// withheld is left out, and so is what no reply can hold.
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

/// Quotes a run again; `None` where its passage has gone, is withheld or has fewer sentences now.
pub fn quote(corpus: &Corpus, id: QuoteId) -> Option<Cited> {
    let (document, passage) = corpus.passage(find(corpus, id.passage)?);
    let first = usize::from(id.first);
    let run = document.sentences_of(passage).get(first..first + usize::from(id.count))?;
    cite(corpus, document, run.first()?.span.cover(run.last()?.span))
}

/// A whole passage as one quote, by its number.
pub fn whole(corpus: &Corpus, number: u32) -> Option<Cited> {
    let (document, passage) = corpus.passage(number);
    let sentences = document.sentences_of(passage);
    cite(corpus, document, sentences.first()?.span.cover(sentences.last()?.span))
}

/// Quotes a span with its origin. Of what the source cites, entries are left out that are withheld.
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
