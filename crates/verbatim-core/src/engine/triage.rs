//! From a message to an answer: triage first, and nothing is answered without it. [`Resources::answer`] takes a
//! [`Triaged`] message, and only triage makes one.

use std::sync::Arc;

use super::{Engine, Resources};
use crate::answer::reply::{Body, FixedReply, Kind, Reply};
use crate::answer::validate;
use crate::index::snapshot::Snapshot;
use crate::model::coefficients::{MessageThresholds, TriageThresholds};
use crate::model::encoder::Reading;
use crate::model::error::EncoderError;
use crate::model::heads::TriageProbabilities;
use crate::question::parts;
use crate::question::triage::{Category, Notice};
use crate::question::understand::Repair;

/// How many characters of a message triage reads. A message that is too long for a question can still be a cry for
/// help.
const LONGEST_TRIAGED: usize = 8_000;

/// A message that triage has read.
pub struct Triaged {
    /// The raw message; for a topic and a condition, the topic's question.
    question: String,
    lookup: Lookup,
    /// The model's reading of the question; `None` if the model could not be run.
    reading: Option<Arc<Reading>>,
    /// The most urgent card that the message calls for.
    notice: Option<Notice>,
}

/// What is looked up for a message.
pub(super) enum Lookup {
    /// The message itself.
    Question,
    /// The whole question of a follow-up.
    Whole {
        /// The question.
        whole: String,
        /// Whether the same user asked all of it.
        is_own: bool,
    },
    /// The question, in the passages that name this condition.
    OnCondition(String),
}

impl Triaged {
    /// The whole question, if the message is a follow-up to another.
    pub fn whole(&self) -> Option<&str> {
        match &self.lookup {
            Lookup::Whole { whole, .. } => Some(whole),
            Lookup::Question | Lookup::OnCondition(_) => None,
        }
    }

    /// The card that is the whole reply. It does not repeat the message, which is about a person.
    pub(super) fn card(&self) -> Option<Body> {
        let notice = self.notice.clone().filter(|notice| notice.category != Category::PersonalAdvice)?;
        Some(Body { notice: Some(notice), kind: Kind::Notice, ..Body::default() })
    }

    /// The same message, with something else to look up for it.
    pub(super) fn looking_up(mut self, lookup: Lookup) -> Self {
        self.lookup = lookup;
        self
    }

    /// Adds the card that another text of the same request calls for. The more urgent card counts.
    pub fn and(mut self, other: Self) -> Self {
        self.notice = self.notice.into_iter().chain(other.notice).min_by_key(|notice| notice.category);
        self
    }
}

impl Engine {
    /// Reads a raw message before anything else does.
    pub fn triage(&self, message: &str) -> Triaged {
        self.resources.triage_on(&self.snapshot(), message)
    }

    /// Returns the card that a message gets instead of an answer: for an emergency, self-harm or personal details.
    /// `None` if the message is to be answered. This does not search, so it also works when there is no capacity for a
    /// question.
    pub fn card(&self, triaged: &Triaged) -> Option<Reply> {
        triaged.card().map(|card| self.reply(&self.snapshot(), None, card))
    }

    /// Answers a message from the generation that is live now, so that a passage withheld since triage is not quoted.
    /// There is always a reply, and it always carries the disclaimer.
    pub fn answer(&self, triaged: &Triaged) -> Reply {
        self.answer_page(triaged, 0)
    }

    /// Returns a page of quotes. Page 0 is the answer itself; later pages hold the further quotes.
    pub(super) fn answer_page(&self, triaged: &Triaged, page: usize) -> Reply {
        let snapshot = self.snapshot();
        let (body, question) = self.resources.answer(&snapshot, triaged, page);
        self.reply(&snapshot, question, body)
    }
}

impl Resources {
    /// Reads a raw message before anything else does. Numbers in the sources of `snapshot` are not personal details.
    pub fn triage_on(&self, snapshot: &Snapshot, message: &str) -> Triaged {
        let reading = self.read(message);
        let notice = self.notice(message, reading.as_deref(), &|digits| snapshot.states_number(digits));
        Triaged { question: message.to_owned(), lookup: Lookup::Question, reading, notice }
    }

    /// Returns the card that a message would get if the sources had no numbers, and the model's reading of the message.
    ///
    /// # Errors
    /// Fails if the model cannot be run.
    pub fn triage(&self, message: &str) -> Result<(Option<Category>, Arc<Reading>), EncoderError> {
        let reading = self.encoder.read(beginning(message))?;
        let notice = self.notice(message, Some(&reading), &|_| false);
        Ok((notice.map(|notice| notice.category), reading))
    }

    /// Answers a message on a snapshot: with a card, a refusal, a fixed reply or quotes. Also returns the question, if
    /// the reply may repeat it.
    pub fn answer(&self, snapshot: &Arc<Snapshot>, triaged: &Triaged, page: usize) -> (Body, Option<String>) {
        if let Some(card) = triaged.card() {
            return (card, None);
        }
        if let Some(why) = validate::problem(&triaged.question) {
            return (Body { kind: Kind::Invalid, why: Some(why), ..Body::default() }, None);
        }
        let notice = triaged.notice.clone();
        // What triage could not read is not answered.
        let Some(reading) = &triaged.reading else { return (unread(notice), None) };
        if let (Some(fixed), None) = (self.fixed_reply(snapshot, triaged, reading), &notice) {
            return (Body { fixed: Some(fixed), ..Body::default() }, None);
        }
        match self.look_up(snapshot, triaged, page) {
            Ok((body, question)) => (Body { notice, ..body }, Some(question)),
            Err(error) => {
                tracing::error!(%error, "a question could not be read");
                (unread(notice), None)
            }
        }
    }

    /// Looks up the answer. A user who asked only a part of the question sees how it was read, but no words of others.
    fn look_up(
        &self,
        snapshot: &Arc<Snapshot>,
        triaged: &Triaged,
        page: usize,
    ) -> Result<(Body, String), EncoderError> {
        let question = &triaged.question;
        Ok(match &triaged.lookup {
            Lookup::Question => (self.explain(snapshot, question)?.body(page), question.clone()),
            Lookup::Whole { whole, is_own: true } => {
                let mut body = self.explain(snapshot, whole)?.body(page);
                let written = question.trim().to_owned();
                body.repairs.insert(0, Repair { written, read_as: whole.clone() });
                (body, whole.clone())
            }
            Lookup::Whole { whole, is_own: false } => {
                let own = snapshot.understand(question);
                let body = self.explain(snapshot, whole)?.body_repeating(&own);
                (Body { is_followup: true, ..body }, question.clone())
            }
            Lookup::OnCondition(condition) => {
                let explained = self.explain(snapshot, question)?.on_condition(condition);
                (explained.body(page), question.clone())
            }
        })
    }

    /// Returns the fixed reply to a message that is not a question about the sources. A follow-up always is one.
    fn fixed_reply(&self, snapshot: &Snapshot, triaged: &Triaged, reading: &Reading) -> Option<FixedReply> {
        if triaged.whole().is_some() {
            return None;
        }
        let fixed = first_fixed_reply(reading, &self.coefficients.message)?;
        // "ME/CFS" looks a little like small talk, but a message that names a disease or medicine asks about it.
        let is_fixed =
            fixed == FixedReply::OtherLanguage || snapshot.understand(&triaged.question).concepts.is_empty();
        is_fixed.then_some(fixed)
    }

    /// Returns the most urgent card that a message calls for: by the model's reading of the message, by its reading of
    /// each question in it (background can drown a question out), or by a rule. If the model cannot be run, the rules
    /// alone decide.
    fn notice(
        &self,
        message: &str,
        reading: Option<&Reading>,
        public: &dyn Fn(&str) -> bool,
    ) -> Option<Notice> {
        let message = beginning(message);
        // The model's reading of a blank message means nothing.
        let reading = reading.filter(|_| message.contains(|letter: char| !letter.is_whitespace()));
        let category = |reading: &Reading| learned_category(reading.triage, &self.coefficients.triage);
        let of_parts = reading.into_iter().flat_map(|reading| {
            let parts = parts::questions(message, reading, self.coefficients.message.asking);
            parts
                .into_iter()
                .filter(|part| part != message)
                .filter_map(|part| category(self.read(&part)?.as_ref()))
        });
        let learned = reading.and_then(category).into_iter().chain(of_parts).min();
        self.cards.notice(message, learned, public)
    }

    fn read(&self, message: &str) -> Option<Arc<Reading>> {
        let reading = self.encoder.read(beginning(message));
        reading.inspect_err(|error| tracing::error!(%error, "a message could not be read")).ok()
    }
}

/// The reply to a question that the model could not read.
fn unread(notice: Option<Notice>) -> Body {
    let why = "The question could not be read just now. Try again in a moment.".to_owned();
    Body { kind: Kind::Invalid, why: Some(why), notice, ..Body::default() }
}

/// Returns the category that the model reads in a message.
fn learned_category(triage: TriageProbabilities, thresholds: &TriageThresholds) -> Option<Category> {
    if triage.emergency + triage.self_harm >= thresholds.urgent {
        let is_self_harm = triage.self_harm > triage.emergency;
        return Some(if is_self_harm { Category::SelfHarm } else { Category::Emergency });
    }
    (triage.personal_advice >= thresholds.personal_advice).then_some(Category::PersonalAdvice)
}

/// Returns the fixed reply whose kind of message the model reads; the first one counts.
fn first_fixed_reply(reading: &Reading, thresholds: &MessageThresholds) -> Option<FixedReply> {
    let read = reading.message_type;
    [
        (read.other_language, thresholds.other_language, FixedReply::OtherLanguage),
        (read.about_bot, thresholds.about_bot, FixedReply::AboutBot),
        (read.small_talk, thresholds.small_talk, FixedReply::SmallTalk),
    ]
    .into_iter()
    .find_map(|(probability, threshold, reply)| (probability >= threshold).then_some(reply))
}

/// Returns the part of a message that triage reads: all of it if it can be a question, otherwise its beginning.
fn beginning(message: &str) -> &str {
    let end = message.char_indices().nth(LONGEST_TRIAGED).map_or(message.len(), |(at, _)| at);
    message.get(..end).unwrap_or(message)
}
