//! Chooses the quotes: whole sentences, best first, extended by neighbours that are needed to understand them, from
//! every source that addresses the question.

use std::collections::BTreeSet;

use super::quote_by_id;
use super::reply::{Cited, MOST_CHARACTERS, MOST_FURTHER, MOST_QUOTES, QuoteId};
use super::score::Candidate;
use crate::index::corpus::Corpus;
use crate::model::coefficients::{QuoteCoefficients, probability};
use crate::text::span::Span;

/// The number of candidates that are considered.
const LOOKED_AT: usize = 12;
/// Words that retract or qualify the sentence before, which is then not shown without this one.
const QUALIFYING: &[&str] =
    &["however", "but ", "nevertheless", "nonetheless", "yet ", "on the other hand", "that said"];
/// Words that refer to the sentence before, which is then shown too.
const LEANING: &[&str] = &[
    "it ",
    "its ",
    "this ",
    "these ",
    "those ",
    "they ",
    "their ",
    "he ",
    "she ",
    "such ",
    "however",
    "therefore",
    "thus",
    "hence",
    "moreover",
    "furthermore",
    "in addition",
    "but ",
    "and ",
    "or ",
    "nor ",
    "so ",
    "one such",
    "the latter",
    "the former",
    "both ",
    "an obvious exception",
    "although this",
    "while this",
];

/// A run of sentences of one passage, by their numbers in the corpus.
#[derive(Debug, Clone, PartialEq)]
struct Run {
    passage: u32,
    first: u32,
    last: u32,
    score: f32,
}

/// A page of quotes: 0 is the answer, 1 is what "more" shows, and so on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page(pub usize);

/// The quotes on a page, and what follows.
pub struct Shown {
    /// Best first: at most [`MOST_QUOTES`] quotes, with at most [`MOST_CHARACTERS`] in total.
    pub quotes: Vec<Cited>,
    /// The names of the quotes on later pages, best first, at most [`MOST_FURTHER`].
    pub further: Vec<QuoteId>,
}

/// Returns the quotes that answer. A later page repeats nothing from an earlier one, and is empty when there are no
/// more.
pub fn quotes(corpus: &Corpus, candidates: &[Candidate], by: &QuoteCoefficients, page: Page) -> Shown {
    let Some(&best) = candidates.first() else { return Shown { quotes: Vec::new(), further: Vec::new() } };
    let bar = Bar { corpus, by, best };
    let mut left = candidates.to_vec();
    for _ in 0..page.0 {
        turn(&bar, &mut left);
    }
    let quotes = turn(&bar, &mut left).iter().filter_map(|run| cite(corpus, run)).collect();
    let mut further = Vec::new();
    while further.len() < MOST_FURTHER {
        let next = turn(&bar, &mut left);
        if next.is_empty() {
            break;
        }
        further.extend(next.iter().filter_map(|run| name(corpus, run)));
    }
    further.truncate(MOST_FURTHER);
    Shown { quotes, further }
}

/// Returns the places of the sentences that answer, best first, each place once and at most [`MOST_QUOTES`]: for an
/// answer whose sentences are all too long to quote.
pub fn places(corpus: &Corpus, candidates: &[Candidate], by: &QuoteCoefficients) -> Vec<Cited> {
    let Some(&best) = candidates.first() else { return Vec::new() };
    let bar = Bar { corpus, by, best };
    let mut places: Vec<Cited> = Vec::new();
    let quoted = candidates.iter().take(LOOKED_AT).filter(|candidate| bar.is_quoted(candidate));
    for cited in quoted.filter_map(|candidate| sentence(corpus, candidate)) {
        let is_same =
            |place: &Cited| place.quote.source() == cited.quote.source() && place.section == cited.section;
        if places.len() < MOST_QUOTES && !places.iter().any(is_same) {
            places.push(cited);
        }
    }
    places
}

/// Interleaves the quotes of several answers, the best of each first. Returns those that fit into a reply, and the
/// others.
pub fn in_turn(lists: Vec<Vec<Cited>>) -> (Vec<Cited>, Vec<Cited>) {
    let longest = lists.iter().map(Vec::len).max().unwrap_or_default();
    let mut lists: Vec<_> = lists.into_iter().map(Vec::into_iter).collect();
    let (mut shown, mut left): (Vec<Cited>, Vec<Cited>) = (Vec::new(), Vec::new());
    let mut room = MOST_CHARACTERS;
    for _ in 0..longest {
        for quote in lists.iter_mut().filter_map(Iterator::next) {
            let length = quote.quote.characters();
            if shown.iter().any(|other| other.overlaps(&quote)) {
                continue;
            }
            if shown.len() < MOST_QUOTES && length <= room {
                room -= length;
                shown.push(quote);
            } else {
                left.push(quote);
            }
        }
    }
    (shown, left)
}

/// The bar that a quote must clear to be shown beside the best one.
struct Bar<'a> {
    corpus: &'a Corpus,
    by: &'a QuoteCoefficients,
    best: Candidate,
}

impl Bar<'_> {
    /// Returns the probability that a candidate answers, given how good the best one is.
    fn probability(&self, candidate: &Candidate) -> f32 {
        let by = self.by;
        let is_other = document_of(self.corpus, candidate) != document_of(self.corpus, &self.best);
        let sum = by.bias
            + by.score * candidate.score
            + by.gap * (self.best.score - candidate.score)
            + if is_other { by.other_source } else { 0.0 };
        probability(sum)
    }

    /// Entries in a reference list are quoted only beside other entries: then they are what was asked for.
    fn is_quoted(&self, candidate: &Candidate) -> bool {
        let fits = self.best.evidence.reference || !candidate.evidence.reference;
        candidate.sentence == self.best.sentence || fits && self.probability(candidate) >= self.by.least
    }

    /// Whether a neighbour of a quote is shown with it.
    fn is_neighbour(&self, candidate: &Candidate) -> bool {
        self.probability(candidate) >= self.by.neighbour
    }
}

fn document_of(corpus: &Corpus, candidate: &Candidate) -> u32 {
    corpus.passages[corpus.sentences[candidate.sentence as usize].passage as usize].document
}

/// Removes the candidates on the next page from those that are left, and returns its runs.
fn turn(bar: &Bar<'_>, left: &mut Vec<Candidate>) -> Vec<Run> {
    let shown = runs(bar, left);
    left.retain(|candidate| !shown.iter().any(|run| run.holds(candidate.sentence)));
    shown
}

/// Returns the runs of `candidates` to show, best first.
fn runs(bar: &Bar<'_>, candidates: &[Candidate]) -> Vec<Run> {
    let corpus = bar.corpus;
    let mut runs: Vec<Run> = Vec::new();
    let shown = candidates.iter().take(LOOKED_AT).filter(|candidate| bar.is_quoted(candidate));
    // A quote from another source is worth more than another sentence of the same source.
    let first = shown.clone().take(1);
    let others = other_sources(corpus, shown.clone());
    for candidate in first.chain(others).chain(shown.skip(1)) {
        add(corpus, candidate, &mut runs);
    }
    runs.sort_by(|one, other| other.score.total_cmp(&one.score));
    grow(bar, candidates, &mut runs);
    runs
}

/// Uses the remaining space for the sentences before and after the quotes, starting with the best quote, if they
/// address the question too: a qualification often stands in the next sentence.
fn grow(bar: &Bar<'_>, candidates: &[Candidate], runs: &mut [Run]) {
    let corpus = bar.corpus;
    let speaks =
        |at: u32| candidates.iter().any(|candidate| candidate.sentence == at && bar.is_neighbour(candidate));
    for at in 0..runs.len() {
        let inside = corpus.sentences_of(runs[at].passage);
        let neighbours = [Some(runs[at].last + 1), runs[at].first.checked_sub(1)];
        for new in neighbours.into_iter().flatten().filter(|new| inside.contains(new) && speaks(*new)) {
            if runs.iter().any(|run| run.holds(new)) {
                continue;
            }
            let grown = runs[at].reaching(new).reaching(qualified_end(corpus, new));
            let before = std::mem::replace(&mut runs[at], grown);
            if !fits(corpus, runs) {
                runs[at] = before;
            }
        }
    }
}

impl Run {
    fn holds(&self, sentence: u32) -> bool {
        self.first <= sentence && sentence <= self.last
    }

    /// Extends the run to `sentence`, which is next to it.
    fn reaching(&self, sentence: u32) -> Self {
        Self { first: self.first.min(sentence), last: self.last.max(sentence), ..self.clone() }
    }
}

/// The minimum cosine similarity for a unit that shares no word with the question to be offered as a close passage.
const CLOSE_BY_MEANING: f32 = 0.3;

/// Returns at most `limit` quotes of one sentence each as the closest passages. If nothing in the question is known,
/// nothing is close.
pub fn related(corpus: &Corpus, candidates: &[Candidate], limit: usize) -> Vec<Cited> {
    let is_close = |candidate: &&Candidate| {
        let evidence = &candidate.evidence;
        !evidence.states_nothing
            && !evidence.reference
            && (evidence.lexical > 0.0 || evidence.cosine >= CLOSE_BY_MEANING)
    };
    candidates
        .iter()
        .filter(is_close)
        .take(limit)
        .filter_map(|candidate| sentence(corpus, candidate))
        .filter(|cited| cited.quote.characters() <= MOST_CHARACTERS)
        .collect()
}

/// Returns the best candidate of every source, except the source of the best candidate overall.
fn other_sources<'a>(
    corpus: &'a Corpus,
    candidates: impl Iterator<Item = &'a Candidate> + Clone,
) -> impl Iterator<Item = &'a Candidate> {
    let source = |candidate: &Candidate| document_of(corpus, candidate);
    let mut seen: Vec<u32> = candidates.clone().take(1).map(source).collect();
    candidates.filter(move |candidate| {
        let new = !seen.contains(&source(candidate));
        seen.extend(new.then(|| source(candidate)));
        new
    })
}

/// Adds a sentence to a run that it touches, or as a new run; does nothing if there is no space.
fn add(corpus: &Corpus, candidate: &Candidate, runs: &mut Vec<Run>) {
    let at = candidate.sentence;
    let passage = corpus.sentences[at as usize].passage;
    if runs.iter().any(|run| run.holds(at)) || repeats(corpus, at, runs) {
        return;
    }
    let touching =
        runs.iter().position(|run| run.passage == passage && run.first <= at + 1 && at <= run.last + 1);
    let mut grown = runs.clone();
    let (start, end) = (leaning_start(corpus, at), qualified_end(corpus, at));
    match touching {
        Some(run) => grown[run] = runs[run].reaching(at).reaching(end),
        None => grown.push(Run { passage, first: start, last: end, score: candidate.score }),
    }
    if fits(corpus, &grown) {
        *runs = grown;
    } else if touching.is_none() {
        // The sentence that qualifies it is never left out; the one before it can be.
        let alone = grown.len() - 1;
        grown[alone].first = at;
        if fits(corpus, &grown) {
            *runs = grown;
        }
    }
}

/// Words that reverse a statement: two sentences that differ in one of them do not say the same.
const DENYING: &[&str] = &["no", "not", "never", "without", "neither", "nor", "cannot", "none"];

/// Whether nearly the same words are already shown from another place.
fn repeats(corpus: &Corpus, sentence: u32, runs: &[Run]) -> bool {
    let words = |at: u32| -> BTreeSet<String> {
        let text = corpus.sentence_text(at).to_lowercase();
        text.split(|letter: char| !letter.is_alphanumeric()).map(str::to_owned).collect()
    };
    let own = words(sentence);
    let tells_apart = |word: &&String| {
        word.contains(|letter: char| letter.is_numeric()) || DENYING.contains(&word.as_str())
    };
    runs.iter().flat_map(|run| run.first..=run.last).map(words).any(|shown| {
        let shared = own.intersection(&shown).count();
        shared * 10 >= own.len().max(shown.len()) * 9
            && !own.symmetric_difference(&shown).any(|word| tells_apart(&word))
    })
}

/// Returns the sentence to start with, so that a sentence that refers to the one before can be understood.
fn leaning_start(corpus: &Corpus, sentence: u32) -> u32 {
    let first = corpus.sentences_of(corpus.sentences[sentence as usize].passage).start;
    if sentence > first && begins(corpus, sentence, LEANING) { sentence - 1 } else { sentence }
}

/// Returns the sentence to end with, so that a statement is not shown without its qualification.
fn qualified_end(corpus: &Corpus, sentence: u32) -> u32 {
    let next = sentence + 1;
    let inside = corpus.sentences_of(corpus.sentences[sentence as usize].passage).contains(&next);
    if inside && begins(corpus, next, QUALIFYING) { next } else { sentence }
}

/// Whether a sentence begins with one of `words`, ignoring case.
fn begins(corpus: &Corpus, sentence: u32, words: &[&str]) -> bool {
    let (document, at) = corpus.sentence(sentence);
    let text = at.span.of(document.text()).to_lowercase();
    words.iter().any(|word| text.starts_with(word))
}

fn fits(corpus: &Corpus, runs: &[Run]) -> bool {
    let characters = |run: &Run| {
        let (document, first) = corpus.sentence(run.first);
        let lead_ins = document.lead_ins_of(first).into_iter();
        let spans = lead_ins.chain([span_of(corpus, run).1]);
        spans.map(|span| span.of(document.text()).chars().count()).sum::<usize>()
    };
    runs.len() <= MOST_QUOTES && runs.iter().map(characters).sum::<usize>() <= MOST_CHARACTERS
}

fn span_of<'a>(corpus: &'a Corpus, run: &Run) -> (&'a crate::knowledge::document::Document, Span) {
    let (document, first) = corpus.sentence(run.first);
    (document, first.span.cover(corpus.sentence(run.last).1.span))
}

fn sentence(corpus: &Corpus, candidate: &Candidate) -> Option<Cited> {
    let passage = corpus.sentences[candidate.sentence as usize].passage;
    let (first, last) = (candidate.sentence, candidate.sentence);
    cite(corpus, &Run { passage, first, last, score: candidate.score })
}

fn cite(corpus: &Corpus, run: &Run) -> Option<Cited> {
    let (document, span) = span_of(corpus, run);
    quote_by_id::cite(corpus, document, span)
}

fn name(corpus: &Corpus, run: &Run) -> Option<QuoteId> {
    let first = run.first - corpus.sentences_of(run.passage).start;
    quote_by_id::named(&corpus.passage(run.passage).1.id, first as usize, (run.last - run.first + 1) as usize)
}
