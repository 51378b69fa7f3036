//! Safety triage: decides whether a message needs a safety card above its answer or instead of it.
//!
//! Triage reads the raw text, before spelling or synonyms can turn a cry for help into a search. The phrases to look
//! for and the text of the cards are data (`knowledge/safety.toml`), written so that a clinician can review them. Only
//! the patterns of personal details are code, in [`super::identifier`].
//!
//! The rules apply in this order: emergency, self-harm, identifiers, personal advice. If the model detects an emergency
//! or self-harm, it also decides which of the two; each of these cards carries the telephone lines of the other.
//! Personal details come before advice, because they should be deleted whatever else the message asks.
//!
//! By design, this module has no clock and no log, and it does not store the messages it reads.

mod file;
mod phrase;
mod plain;

use std::fmt;
use std::path::Path;

use regex::bytes::RegexSet;
use serde::{Serialize, Serializer};

use super::identifier::Identifiers;
use crate::knowledge::problem::Problem;
use file::{Rule, Within};

/// Why a reply carries a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Category {
    /// Someone may need an ambulance.
    Emergency,
    /// Someone may harm themselves.
    SelfHarm,
    /// The message holds personal details.
    Identifiers,
    /// The message asks for a decision about one person.
    PersonalAdvice,
}

impl Category {
    /// All categories, most urgent first.
    pub const ALL: [Self; 4] = [Self::Emergency, Self::SelfHarm, Self::Identifiers, Self::PersonalAdvice];

    /// The name used in files and in machine-readable output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Emergency => "emergency",
            Self::SelfHarm => "self_harm",
            Self::Identifiers => "identifiers",
            Self::PersonalAdvice => "personal_advice",
        }
    }
}

impl fmt::Display for Category {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl Serialize for Category {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// The card that a message calls for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// Why the card is shown.
    pub category: Category,
    /// The card's text, word for word from the file, with the telephone numbers filled in.
    pub text: String,
}

/// The compiled safety file: immutable and shared by all questions.
#[derive(Debug)]
pub struct Triage {
    /// One pattern per phrase list, [`file::LISTS_A_SET`] per set, in the order of the bits in [`Rule`].
    lists: Vec<RegexSet>,
    /// Rules, most urgent category first, so that the first rule that fires decides.
    rules: Vec<Rule>,
    cards: Vec<ReviewedCard>,
    identifiers: Identifiers,
}

#[derive(Debug)]
struct ReviewedCard {
    category: Category,
    text: String,
    reviewed: bool,
}

impl Triage {
    /// Compiles the text of a safety file such as `knowledge/safety.toml`.
    ///
    /// # Errors
    /// The first mistake, at its line in `path`.
    pub fn parse(path: &Path, text: &str) -> Result<Self, Problem> {
        file::compile(path, text)
    }

    /// Returns the card that this message calls for, if any. `learned` is the model's category; rules can only add to
    /// it. A number for whose digits `public` returns true is not a personal detail.
    pub fn notice(
        &self,
        raw: &str,
        learned: Option<Category>,
        public: &dyn Fn(&str) -> bool,
    ) -> Option<Notice> {
        let category = self.category(raw, learned, public)?;
        let card = self.cards.iter().find(|card| card.category == category)?;
        Some(Notice { category, text: card.text.clone() })
    }

    /// The categories that no clinician has signed off yet.
    pub fn unreviewed(&self) -> Vec<Category> {
        let unsigned = self.cards.iter().filter(|card| !card.reviewed);
        unsigned.map(|card| card.category).collect()
    }

    fn category(
        &self,
        raw: &str,
        learned: Option<Category>,
        public: &dyn Fn(&str) -> bool,
    ) -> Option<Category> {
        let urgent = |category: &Category| *category < Category::Identifiers;
        // The model tells the two urgent categories apart better than the first rule that fires.
        if learned.is_some_and(|category| urgent(&category)) {
            return learned;
        }
        let plain = plain::plain(raw);
        let matched = self.matched_lists(&plain);
        let fired = self.first_rule(&plain, matched).map(|rule| rule.category);
        match fired.filter(urgent) {
            Some(urgent) => Some(urgent),
            None if self.identifiers.found(raw, public) => Some(Category::Identifiers),
            None => learned.or(fired),
        }
    }

    /// Finds the first rule that fires. A phrase never crosses the end of a sentence, so a list that does not match the
    /// message matches none of its sentences, and most messages need only one pass.
    fn first_rule(&self, plain: &str, matched: u128) -> Option<&Rule> {
        let mut possible = self.rules.iter().filter(|rule| rule.may_fire(matched)).peekable();
        possible.peek()?;
        let sentences: Vec<u128> = match plain::sentences(plain).count() {
            1 => vec![matched],
            _ => plain::sentences(plain).map(|one| self.matched_lists(one)).collect(),
        };
        possible.find(|rule| match rule.within {
            Within::Message => rule.fires(matched),
            Within::Sentence => sentences.iter().any(|&sentence| rule.fires(sentence)),
        })
    }

    /// The lists that have a phrase in this text, one bit per list.
    fn matched_lists(&self, plain: &str) -> u128 {
        let mut matched = 0;
        for (set, lists) in self.lists.iter().enumerate() {
            for list in &lists.matches(plain.as_bytes()) {
                matched |= 1 << (set * file::LISTS_A_SET + list);
            }
        }
        matched
    }
}

#[cfg(test)]
mod tests;
