//! Reads the safety file, resolves its references and validates all of it.
//!
//! A mistake here could silence a warning, so the program never guesses: an unknown key, list, placeholder or sign is
//! an error that names the place and the remedy.

use std::collections::BTreeMap;
use std::path::Path;

use regex::bytes::{RegexSet, RegexSetBuilder};
use serde::Deserialize;

use super::super::identifier::Identifiers;
use super::phrase::{WordLists, list_pattern};
use super::{Category, ReviewedCard, Triage};
use crate::knowledge::problem::Problem;
use crate::knowledge::toml_file;
use crate::text::case::capitalised;

/// The maximum number of phrase lists: one bit each in a `u128`, and already more than a person can review.
const MOST_LISTS: usize = 128;

/// The number of lists matched in one pass. The automaton of a set has a state for every combination of half-matched
/// phrases, so small sets stay small; one set of all lists outgrows its size limit and is fifty times slower.
pub(super) const LISTS_A_SET: usize = 6;

/// Size limit, in bytes, of the compiled lists and of the lazily built part of the automaton.
const COMPILED_BYTES: usize = 64 << 20;
const AUTOMATON_BYTES: usize = 8 << 20;

/// The scope in which all lists of a rule must match.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Within {
    #[default]
    Sentence,
    Message,
}

/// A rule with its phrase lists as bits.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) category: Category,
    pub(super) within: Within,
    /// The rule's purpose in its author's words. Tests use it to explain why the rule fired.
    #[cfg(test)]
    pub(super) about: String,
    all_of: u128,
    any_of: u128,
    at_least: u32,
    none_of: u128,
}

impl Rule {
    /// Returns whether these lists make the rule fire: enough of them match and none of them excludes it.
    pub(super) fn fires(&self, matched: u128) -> bool {
        self.may_fire(matched) && matched & self.none_of == 0
    }

    /// Returns whether part of a text that matches these lists could make the rule fire.
    pub(super) fn may_fire(&self, matched: u128) -> bool {
        matched & self.all_of == self.all_of && (matched & self.any_of).count_ones() >= self.at_least
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AsWritten {
    telephone: BTreeMap<String, Vec<Telephone>>,
    emergency: CardSection,
    self_harm: CardSection,
    identifiers: CardSection,
    personal_advice: CardSection,
    words: WordLists,
    phrases: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Telephone {
    place: String,
    call: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CardSection {
    card: String,
    reviewed_by: String,
    reviewed_on: String,
    #[serde(default)]
    rules: Vec<WrittenRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRule {
    about: String,
    #[serde(default)]
    within: Within,
    all_of: Vec<String>,
    #[serde(default)]
    any_of: Vec<String>,
    at_least: Option<u32>,
    #[serde(default)]
    none_of: Vec<String>,
}

/// A mistake in the file.
struct Fault {
    /// The key, for example `phrases.swelling[3]`, and in parentheses what its author calls it.
    key: String,
    problem: String,
    remedy: String,
}

impl Fault {
    fn at(self, path: &Path, text: &str) -> Problem {
        let Self { key, problem, remedy } = self;
        let line = toml_file::line_of(text, key.split(' ').next().unwrap_or_default());
        let found = Problem::new(path, format!("{key}: {problem}."), format!("{}.", capitalised(&remedy)));
        Problem { line, ..found }
    }
}

pub(super) fn compile(path: &Path, text: &str) -> Result<Triage, Problem> {
    let written: AsWritten = toml_file::parse(path, text)?;
    compile_written(&written).map_err(|fault| fault.at(path, text))
}

fn compile_written(written: &AsWritten) -> Result<Triage, Fault> {
    let lists = compile_lists(written)?;
    let names: Vec<&str> = written.phrases.keys().map(String::as_str).collect();
    let (mut rules, mut cards) = (Vec::new(), Vec::new());
    for category in Category::ALL {
        let section = written.section(category);
        cards.push(section.card(category, &written.telephone)?);
        for (index, rule) in section.rules.iter().enumerate() {
            let key = format!("{category}.rules[{index}] ({})", rule.about);
            rules.push(rule.resolve(&key, category, &names)?);
        }
    }
    written.refuse_unused_lists()?;
    Ok(Triage { lists, rules, cards, identifiers: Identifiers::new() })
}

impl AsWritten {
    fn section(&self, category: Category) -> &CardSection {
        match category {
            Category::Emergency => &self.emergency,
            Category::SelfHarm => &self.self_harm,
            Category::Identifiers => &self.identifiers,
            Category::PersonalAdvice => &self.personal_advice,
        }
    }

    /// Rejects a list that no rule uses: it looks like a safeguard but has no effect.
    fn refuse_unused_lists(&self) -> Result<(), Fault> {
        let sections = Category::ALL.iter().flat_map(|&category| &self.section(category).rules);
        let used: Vec<&String> = sections.flat_map(WrittenRule::lists).collect();
        match self.phrases.keys().find(|name| !used.contains(name)) {
            Some(name) => Err(error(
                &format!("phrases.{name}"),
                "no rule uses this list",
                "name it in a rule or remove it",
            )),
            None => Ok(()),
        }
    }
}

fn compile_lists(written: &AsWritten) -> Result<Vec<RegexSet>, Fault> {
    if written.phrases.len() > MOST_LISTS {
        let problem =
            format!("there are {} lists, but at most {MOST_LISTS} are allowed", written.phrases.len());
        return Err(error("phrases", &problem, "merge some of them"));
    }
    let mut patterns = Vec::with_capacity(written.phrases.len());
    for (name, phrases) in &written.phrases {
        let pattern = list_pattern(phrases, &written.words).map_err(|(index, problem)| {
            let key = format!("phrases.{name}[{index}] ({:?})", phrases[index]);
            error(&key, &problem, "see the top of the file for how to write phrases")
        })?;
        if phrases.is_empty() {
            return Err(error(&format!("phrases.{name}"), "it is empty", "add a phrase"));
        }
        patterns.push(pattern);
    }
    patterns.chunks(LISTS_A_SET).map(compile_set).collect()
}

fn compile_set(patterns: &[String]) -> Result<RegexSet, Fault> {
    RegexSetBuilder::new(patterns)
        .unicode(false)
        .size_limit(COMPILED_BYTES)
        .dfa_size_limit(AUTOMATON_BYTES)
        .build()
        .map_err(|fault| error("phrases", &fault.to_string(), "make the lists shorter"))
}

impl CardSection {
    fn card(
        &self,
        category: Category,
        telephone: &BTreeMap<String, Vec<Telephone>>,
    ) -> Result<ReviewedCard, Fault> {
        let mut text = self.card.trim().to_owned();
        for (name, numbers) in telephone {
            text = text.replace(&format!("{{{name}}}"), &listed(numbers));
        }
        let key = format!("{category}.card");
        if text.is_empty() {
            return Err(error(&key, "it is empty", "write what the person should do"));
        }
        if text.contains(['{', '}']) {
            let remedy = "use the name of a list under [telephone], in braces";
            return Err(error(&key, "it has an unknown placeholder", remedy));
        }
        let reviewed = !self.reviewed_by.trim().is_empty() && !self.reviewed_on.trim().is_empty();
        Ok(ReviewedCard { category, text, reviewed })
    }
}

fn listed(numbers: &[Telephone]) -> String {
    let each: Vec<String> =
        numbers.iter().map(|number| format!("{} ({})", number.call, number.place)).collect();
    each.join(", ")
}

impl WrittenRule {
    fn lists(&self) -> impl Iterator<Item = &String> {
        self.all_of.iter().chain(&self.any_of).chain(&self.none_of)
    }

    fn resolve(&self, key: &str, category: Category, names: &[&str]) -> Result<Rule, Fault> {
        let bits = |lists: &[String]| -> Result<u128, Fault> {
            lists.iter().try_fold(0, |bits, list| match names.binary_search(&list.as_str()) {
                Ok(bit) => Ok(bits | 1 << bit),
                Err(_) => Err(error(
                    key,
                    &format!("no list of phrases is called {list:?}"),
                    "add it under [phrases] or correct the name",
                )),
            })
        };
        let at_least = self.at_least.unwrap_or(u32::from(!self.any_of.is_empty()));
        if self.all_of.is_empty() || at_least as usize > self.any_of.len() {
            let remedy = "give all_of at least one list, and any_of at least as many as at_least";
            return Err(error(key, "it would always or never fire", remedy));
        }
        Ok(Rule {
            category,
            within: self.within,
            #[cfg(test)]
            about: self.about.clone(),
            all_of: bits(&self.all_of)?,
            any_of: bits(&self.any_of)?,
            at_least,
            none_of: bits(&self.none_of)?,
        })
    }
}

fn error(key: &str, problem: &str, remedy: &str) -> Fault {
    Fault { key: key.to_owned(), problem: problem.to_owned(), remedy: remedy.to_owned() }
}
