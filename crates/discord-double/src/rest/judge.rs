//! Selects the checks that a request must pass.

use super::super::checks::{self, Asked, Place};
use super::super::openapi;
use super::super::record::Recorded;
use super::super::state::{Checking, State};

/// The checks for one request.
#[derive(Clone, Copy, Debug)]
pub enum Judging {
    Message(Place),
    Callback(Asked),
    Commands,
}

/// The checks for a request; `None` if it is not checked.
pub fn judging(state: &mut State, request: &Recorded) -> Option<Judging> {
    let judging = match (request.method.as_str(), request.parts().as_slice()) {
        ("POST", ["channels", _, "messages"]) => Judging::Message(Place::Channel),
        ("PATCH", ["channels", _, "messages", _]) => Judging::Message(Place::Edit),
        ("POST", ["webhooks", _, _]) => Judging::Message(Place::FollowUp),
        ("PATCH", ["webhooks", _, _, "messages", _]) => Judging::Message(Place::Edit),
        ("POST", ["interactions", _, token, "callback"]) => {
            Judging::Callback(state.interactions.get(*token)?.asked)
        }
        ("PUT", ["applications", .., "commands"]) => Judging::Commands,
        _ => return None,
    };
    state.checked += 1;
    match state.settings.checking {
        Checking::Every => Some(judging),
        Checking::OneIn(count) => state.checked.is_multiple_of(count).then_some(judging),
        Checking::Never => None,
    }
}

impl Judging {
    /// Returns what Discord would reject, and what only this project forbids.
    pub fn of(self, request: &Recorded) -> (Vec<String>, Vec<String>) {
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
