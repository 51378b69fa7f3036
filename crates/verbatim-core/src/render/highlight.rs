//! Finds the words of the question in a quote.

use rustc_hash::FxHashSet;

use crate::knowledge::lexicon::Lexicon;
use crate::text::span::Span;
use crate::text::words::{Analyser, Word};

/// Returns the spans of `quote` that contain a word of `question`, in any of its forms. Adjacent spans are joined. Stop
/// words are ignored.
pub fn matches(question: &str, quote: &str, lexicon: &Lexicon) -> Vec<Span> {
    let mut analyser = Analyser::default();
    let carries = |word: &Word| !word.compound && !lexicon.is_stop(&word.stem);
    let asked: FxHashSet<_> =
        analyser.words(question).into_iter().filter(carries).map(|word| word.stem).collect();
    let mut spans: Vec<Span> = Vec::new();
    for word in analyser.words(quote).into_iter().filter(|word| !word.compound && asked.contains(&word.stem))
    {
        match spans.last_mut() {
            Some(last)
                if Span::new(last.end as usize, word.span.start as usize).of(quote).trim().is_empty() =>
            {
                *last = last.cover(word.span);
            }
            _ => spans.push(word.span),
        }
    }
    spans
}
