//! Selects the checks that a request must pass.

use super::super::checks::{self, Asked, Place};
use super::super::openapi;
use super::super::record::Recorded;
use super::super::state::{Checking, State};

/// The checks for one request.
#[derive(Clone, Copy, Debug)]
pub enum BodyCheck {
    Message(Place),
    Callback(Asked),
    Commands,
}

/// The checks for a request; `None` if it is not checked.
pub fn of(state: &mut State, request: &Recorded) -> Option<BodyCheck> {
    let check = match (request.method.as_str(), request.parts().as_slice()) {
        ("POST", ["channels", _, "messages"]) => BodyCheck::Message(Place::Channel),
        ("PATCH", ["channels", _, "messages", _]) => BodyCheck::Message(Place::Edit),
        ("POST", ["webhooks", _, _]) => BodyCheck::Message(Place::FollowUp),
        ("PATCH", ["webhooks", _, _, "messages", _]) => BodyCheck::Message(Place::Edit),
        ("POST", ["interactions", _, token, "callback"]) => {
            BodyCheck::Callback(state.interactions.get(*token)?.asked)
        }
        ("PUT", ["applications", .., "commands"]) => BodyCheck::Commands,
        _ => return None,
    };
    state.checked += 1;
    match state.settings.checking {
        Checking::Every => Some(check),
        Checking::OneIn(count) => state.checked.is_multiple_of(count).then_some(check),
        Checking::Never => None,
    }
}

impl BodyCheck {
    /// Returns what Discord would reject, and what only this project forbids.
    pub fn run(self, request: &Recorded) -> (Vec<String>, Vec<String>) {
        let body = &request.body;
        let (refused, mut all) = match self {
            Self::Message(place) => (checks::limits(place, body), checks::placed(place, body)),
            Self::Callback(asked) => (checks::callback_limits(asked, body), checks::callback(asked, body)),
            Self::Commands => (checks::commands(body), Vec::new()),
        };
        all.retain(|line| !refused.contains(line));
        if let Some(document) = openapi::named() {
            all.extend(document.validate(&request.path, &request.method, body));
        }
        (refused, all)
    }
}
