//! Owns the first look at a message: does it need a card instead of, or above, an answer?
//!
//! It reads the raw text, before spelling or synonyms can turn a cry for help into a search. What
//! to look for and what to say is data (`knowledge/safety.toml`), written so that a clinician can
//! review it; only the shapes of personal details are code, in [`super::identifier`].
//!
//! Precedence of the rules is emergency, self-harm, identifiers, personal advice. Which of the first two it is, the model
//! decides where it sees either; each of these cards carries the telephone lines of the other. Personal details come
//! before advice, because they should be deleted whatever else the message asks.
//!
//! Deliberately absent: a clock, a log and any memory of what was read.

mod file;
mod phrase;
mod plain;

use std::fmt;

use regex::bytes::RegexSet;

use super::identifier::Identifiers;
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
    /// Every category, the most urgent first.
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

/// The card that a message calls for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Why the card is shown.
    pub category: Category,
    /// The card, word for word as the file has it, with the telephone numbers filled in.
    pub text: String,
}

/// What is wrong with the safety file, and what to do about it.
#[derive(Debug, thiserror::Error)]
#[error("safety.toml: {key}: {problem}; {remedy}")]
pub struct TriageError {
    /// The key at fault, for example `phrases.swelling[3]`.
    pub key: String,
    /// What is wrong with it.
    pub problem: String,
    /// What its author should do.
    pub remedy: String,
}

/// The safety file, compiled: immutable, and shared by every question.
#[derive(Debug)]
pub struct Triage {
    /// One pattern a phrase list, [`file::LISTS_A_SET`] to a set, in the order of the bits in [`Rule`].
    lists: Vec<RegexSet>,
    /// Most urgent category first, so that the first rule that fires decides.
    rules: Vec<Rule>,
    cards: Vec<Card>,
    identifiers: Identifiers,
}

#[derive(Debug)]
struct Card {
    category: Category,
    text: String,
    reviewed: bool,
}

impl Triage {
    /// Compiles the text of `knowledge/safety.toml`.
    pub fn from_toml(text: &str) -> Result<Self, TriageError> {
        file::compile(text)
    }

    /// The card that this message calls for, if any. `learned` is what the model reads in it; a rule can only add to
    /// that. A number is no personal detail where it is `public`, given as its digits.
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

    /// The categories that no clinician has signed yet.
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
        // Which of the two urgent ones it is, the model tells better than the first rule that fires.
        if learned.is_some_and(|category| urgent(&category)) {
            return learned;
        }
        let plain = plain::plain(raw);
        let told = self.told(&plain);
        let fired = self.first_rule(&plain, told).map(|rule| rule.category);
        match fired.filter(urgent) {
            Some(urgent) => Some(urgent),
            None if self.identifiers.found(raw, public) => Some(Category::Identifiers),
            None => learned.or(fired),
        }
    }

    /// A phrase never crosses the end of a sentence, so a list missing from the message is missing
    /// from each sentence, and most messages are done after one pass.
    fn first_rule(&self, plain: &str, told: u128) -> Option<&Rule> {
        let mut possible = self.rules.iter().filter(|rule| rule.may_fire(told)).peekable();
        possible.peek()?;
        let sentences: Vec<u128> = match plain::sentences(plain).count() {
            1 => vec![told],
            _ => plain::sentences(plain).map(|one| self.told(one)).collect(),
        };
        possible.find(|rule| match rule.within {
            Within::Message => rule.fires(told),
            Within::Sentence => sentences.iter().any(|&sentence| rule.fires(sentence)),
        })
    }

    /// Which lists have a phrase in this text, one bit a list.
    fn told(&self, plain: &str) -> u128 {
        let mut told = 0;
        for (set, lists) in self.lists.iter().enumerate() {
            for list in &lists.matches(plain.as_bytes()) {
                told |= 1 << (set * file::LISTS_A_SET + list);
            }
        }
        told
    }
}

#[cfg(test)]
mod tests;
