//! Suggestions for a user who is typing: questions and conditions; for moderators also passages and sources. Nothing is
//! encoded here, and the typed text is not stored.

use std::cmp::Reverse;

use regex::RegexBuilder;
use rustc_hash::FxHashSet;

use super::Engine;
use crate::index::corpus::Corpus;
use crate::knowledge::document::Document;
use crate::knowledge::lexicon::{Concept, ConceptKind};
use crate::text::fuzzy::{Fit, TypedPrefix};

/// The longest suggestion, in characters: the limit for a choice in Discord.
const LONGEST: usize = 100;
/// The maximum number of characters of a passage shown beside its id.
const FIRST_WORDS: usize = 80;

impl Engine {
    /// Returns at most `most` questions that fit the typed text, best first: regression questions, the questions of
    /// topics, and topic titles. None is longer than 100 characters. If nothing was typed, returns one per topic.
    pub fn suggestions(&self, typed: &str, most: usize) -> Vec<String> {
        let snapshot = self.snapshot();
        let corpus = &snapshot.corpus;
        let typed = TypedPrefix::new(typed);
        let mut proposed = match typed.is_empty() {
            true => spread(corpus),
            false => fitting(all(corpus), |text| typed.fit(text)),
        };
        let mut seen = FxHashSet::default();
        proposed.retain(|text| text.chars().count() <= LONGEST && seen.insert(*text));
        proposed.into_iter().take(most).map(str::to_owned).collect()
    }

    /// Returns the ids and titles of at most `most` conditions that a passage names and one of whose names fits the
    /// typed text, best first. Equal fits are ordered by how many passages name them, most first.
    pub fn conditions(&self, typed: &str, most: usize) -> Vec<(String, String)> {
        let snapshot = self.snapshot();
        let typed = TypedPrefix::new(typed);
        let mut found: Vec<(Fit, Reverse<usize>, &Concept)> = Vec::new();
        for (at, concept) in (0..).zip(snapshot.lexicon.concepts()) {
            if concept.kind != ConceptKind::Condition || snapshot.subject.contains(&at) {
                continue;
            }
            let count = snapshot.naming(at);
            if count == 0 {
                continue;
            }
            let names = concept.names.iter().chain(&concept.abbreviations).chain([&concept.title]);
            let fit = names.filter_map(|name| typed.fit(name)).min();
            found.extend(fit.map(|fit| (fit, Reverse(count), concept)));
        }
        found.sort_by_key(|(fit, count, concept)| (*fit, *count, concept.title.as_str()));
        found.truncate(exact(found.iter().map(|(fit, ..)| *fit)));
        found
            .into_iter()
            .take(most)
            .map(|(_, _, concept)| (concept.id.clone(), concept.title.clone()))
            .collect()
    }

    /// Returns the ids and first words of at most `most` passages whose id begins with the typed text or whose text
    /// contains it, including withheld ones. For moderators.
    pub fn passages_matching(&self, typed: &str, most: usize) -> Vec<(String, String)> {
        let snapshot = self.snapshot();
        let corpus = &snapshot.corpus;
        let typed = typed.trim();
        let mut found = by_id(corpus, typed, most);
        if found.len() < most && !typed.is_empty() {
            let others = by_text(corpus, typed, most);
            found.extend(others);
        }
        let mut seen = FxHashSet::default();
        found.retain(|number| seen.insert(*number));
        let shown = |number: u32| {
            let (document, passage) = corpus.passage(number);
            (passage.id.clone(), first_words(passage.span.of(document.text())))
        };
        found.into_iter().take(most).map(shown).collect()
    }

    /// Returns the ids and titles of at most `most` sources whose id or title fits the typed text, best first.
    pub fn source_ids(&self, typed: &str, most: usize) -> Vec<(String, String)> {
        let snapshot = self.snapshot();
        let typed = TypedPrefix::new(typed);
        let title = |document: &Document| document.metadata.title.clone();
        let fit = |document: &Document| {
            typed.fit(&document.id).into_iter().chain(typed.fit(&document.metadata.title)).min()
        };
        let documents = snapshot.corpus.documents.iter();
        let mut found: Vec<_> = documents.filter_map(|document| Some((fit(document)?, document))).collect();
        found.sort_by_key(|(fit, _)| *fit);
        found.into_iter().take(most).map(|(_, document)| (document.id.clone(), title(document))).collect()
    }
}

/// Returns everything that can be suggested as a question: whole questions before titles.
fn all(corpus: &Corpus) -> impl Iterator<Item = &str> {
    let own = corpus.questions.iter().map(|question| question.ask.as_str());
    let asked = corpus.topics.iter().filter_map(|topic| topic.query.as_deref());
    own.chain(asked).chain(corpus.topics.iter().map(|topic| topic.title.as_str()))
}

/// Returns one suggestion per topic, in the base's order: the topic's query, a question whose answer it shows, or its
/// title. The questions that belong to no topic follow.
fn spread(corpus: &Corpus) -> Vec<&str> {
    let short = |text: &&str| text.chars().count() <= LONGEST;
    let of_topic = |at: u32| {
        let own = corpus.questions.iter().filter(move |question| question.topic == Some(at));
        own.map(|question| question.ask.as_str()).find(short)
    };
    let topics = (0..).zip(&corpus.topics).map(|(at, topic)| {
        let query = topic.query.as_deref().filter(short);
        query.or_else(|| of_topic(at)).unwrap_or(topic.title.as_str())
    });
    let others = corpus.questions.iter().filter(|question| question.topic.is_none());
    topics.chain(others.map(|question| question.ask.as_str())).collect()
}

/// Returns the texts that fit, best first; equal fits keep their order.
fn fitting<'a>(texts: impl Iterator<Item = &'a str>, fit: impl Fn(&str) -> Option<Fit>) -> Vec<&'a str> {
    let mut found: Vec<(Fit, &str)> = texts.filter_map(|text| Some((fit(text)?, text))).collect();
    found.sort_by_key(|(fit, _)| *fit);
    found.truncate(exact(found.iter().map(|(fit, _)| *fit)));
    found.into_iter().map(|(_, text)| text).collect()
}

/// How many of these fits, best first, to show: near matches are shown only if nothing else fits.
fn exact(fits: impl Iterator<Item = Fit>) -> usize {
    let (exact, near): (Vec<Fit>, Vec<Fit>) = fits.partition(|fit| !matches!(fit, Fit::Near(_)));
    if exact.is_empty() { near.len() } else { exact.len() }
}

/// Returns passages whose id, or its digits, begin with the typed text.
fn by_id(corpus: &Corpus, typed: &str, most: usize) -> Vec<u32> {
    let begins = |number: &u32| {
        let id = &corpus.passage(*number).1.id;
        id.starts_with(typed) || id.rsplit_once(':').is_some_and(|(_, digits)| digits.starts_with(typed))
    };
    (0..corpus.passages.len() as u32).filter(begins).take(most).collect()
}

/// Returns passages that contain the typed text, ignoring case and differences in white space. Passages that begin with
/// it come first.
fn by_text(corpus: &Corpus, typed: &str, most: usize) -> Vec<u32> {
    let words: Vec<String> = typed.split_whitespace().map(regex::escape).collect();
    // This fails only if the typed text is far longer than a passage.
    let Ok(pattern) = RegexBuilder::new(&words.join(r"\s+")).case_insensitive(true).build() else {
        return Vec::new();
    };
    let mut found: Vec<(bool, u32)> = Vec::new();
    for number in 0..corpus.passages.len() as u32 {
        let (document, passage) = corpus.passage(number);
        if let Some(at) = pattern.find(passage.span.of(document.text())) {
            found.push((at.start() > 0, number));
        }
    }
    found.sort();
    found.into_iter().take(most).map(|(_, number)| number).collect()
}

/// Returns the beginning of a passage, cut between words.
fn first_words(text: &str) -> String {
    let mut shown = String::new();
    for word in text.split_whitespace() {
        if shown.chars().count() + 1 + word.chars().count() > FIRST_WORDS {
            return if shown.is_empty() { word.chars().take(FIRST_WORDS).collect() } else { shown + " …" };
        }
        shown.push_str(if shown.is_empty() { "" } else { " " });
        shown.push_str(word);
    }
    shown
}
