//! A question in the words of the sources. The model matches words by what they mean, but knows few names of medicines
//! and diseases: that codeine is an opioid analgesic stands in the vocabulary. So a name that the sources never write is
//! replaced, for the model alone, by the name that they use for the same thing or, of a medicine, for its class.

use crate::index::search;
use crate::index::snapshot::Snapshot;
use crate::question::understand::{QueryTerm, Question};
use crate::text::span::Span;
use crate::text::words::Analyser;

/// The question with such names replaced; `None` where there are none.
pub fn in_source_words(snapshot: &Snapshot, question: &Question, text: &str) -> Option<String> {
    let mut analyser = Analyser::default();
    let (mut replaced, mut done) = (String::new(), 0);
    for term in &question.terms {
        let (start, end) = (term.span.start as usize, term.span.end as usize);
        if start >= done
            && let Some(name) = name_in_sources(snapshot, term, &mut analyser)
        {
            replaced.push_str(Span::new(done, start).of(text));
            replaced.push_str(name);
            done = end;
        }
    }
    replaced.push_str(Span::new(done, text.len()).of(text));
    (done > 0).then_some(replaced)
}

/// What the sources call a term that they never write; `None` where they write it, or have no name for it.
fn name_in_sources<'a>(snapshot: &'a Snapshot, term: &QueryTerm, analyser: &mut Analyser) -> Option<&'a str> {
    let lexicon = &snapshot.lexicon;
    let concept = term.concept.filter(|_| !term.subject)?;
    let kind = lexicon.concepts()[concept as usize].kind;
    if !kind.is_decisive() || search::is_written(snapshot, &term.written, analyser) {
        return None;
    }
    let wider = if kind.inherits() { lexicon.broader(concept) } else { &[] };
    let named = std::iter::once(&concept).chain(wider).find(|at| search::is_named(snapshot, **at))?;
    let names = &lexicon.concepts()[*named as usize].names;
    names.iter().map(String::as_str).find(|name| search::is_written(snapshot, name, analyser))
}
