//! Rewrites a question in the words of the sources. The model matches words by meaning but knows few names of medicines
//! and diseases; the vocabulary knows, for example, that codeine is an opioid analgesic. So a name that the sources
//! never use is replaced, for the model only, by their name for the same thing or, for a medicine, by the name of its
//! class.

use crate::index::search;
use crate::index::snapshot::Snapshot;
use crate::question::understand::{QueryTerm, Question};
use crate::text::span::Span;
use crate::text::words::Analyser;

/// Returns the question with such names replaced; `None` if there are none.
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

/// Returns the sources' name for a term that they never use; `None` if they use it or have no name for it.
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
