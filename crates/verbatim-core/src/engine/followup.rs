//! Follow-up questions, and which words of the earlier question a reply may repeat.

use super::Engine;
use crate::answer::followup;
use crate::answer::reply::Reply;
use crate::answer::validate;
use crate::question::understand::Repair;

/// The earlier question, by who asked it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Before<'a> {
    /// The same user asked all of it.
    Own(&'a str),
    /// Somebody else asked it, or part of it.
    Others(&'a str),
}

/// The result of a question that may be a follow-up.
pub struct Followup {
    /// The reply. It does not repeat anything that somebody else asked.
    pub reply: Reply,
    /// The whole question, for the next follow-up; `None` if the question stands for itself.
    pub whole: Option<String>,
}

impl Engine {
    /// Answers a question that may be a follow-up to `before`. If the same user asked both, the reply shows how the
    /// question was read. Otherwise it says only that the question was read as a follow-up.
    pub fn ask_after(&self, before: Before<'_>, question: &str) -> Followup {
        let (Before::Own(earlier) | Before::Others(earlier)) = before;
        let Some(whole) = self.whole(earlier, question) else {
            return Followup { reply: self.ask(question), whole: None };
        };
        let snapshot = self.snapshot();
        let answer = || {
            let explained = self.resources.explain(&snapshot, &whole)?;
            Ok(match before {
                Before::Own(_) => explained.body(0),
                Before::Others(_) => explained.body_repeating(&snapshot.understand(question)),
            })
        };
        let (mut body, repeatable) = self.resources.answer_with(&snapshot, question, Some(&whole), answer);
        if !repeatable {
            return Followup { reply: self.reply(&snapshot, None, body), whole: None };
        }
        let repeated = match before {
            Before::Own(_) => {
                let written = question.trim().to_owned();
                body.repairs.insert(0, Repair { written, read_as: whole.clone() });
                whole.clone()
            }
            Before::Others(_) => {
                body.is_followup = true;
                question.to_owned()
            }
        };
        Followup { reply: self.reply(&snapshot, Some(repeated), body), whole: Some(whole) }
    }

    /// Returns the whole question if `question` is a follow-up to `before`; `None` if it stands for itself.
    pub(super) fn whole(&self, before: &str, question: &str) -> Option<String> {
        let snapshot = self.snapshot();
        let understood = |text: &str| snapshot.understand(text);
        let rest = followup::going_on(question)?;
        let (earlier, found) = (understood(before), understood(rest.rest));
        let whole = followup::whole((before, &earlier), (rest, &found), &snapshot.lexicon)?;
        Some(whole).filter(|whole| validate::problem(whole).is_none())
    }
}
