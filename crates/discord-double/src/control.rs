//! What a test turns at the gateway.

use std::time::Duration;

use serde_json::{Value, json};

use super::double::{Double, PATIENCE};
use super::session::{Identify, Out};

impl Double {
    /// Whether the address that clients are given is one of loopback, and nothing else.
    pub fn gateway_is_loopback(&self) -> bool {
        let address = self.gateway_address();
        let host = address.strip_prefix("ws://").and_then(|rest| rest.rsplit_once(':'));
        host.is_some_and(|(host, _)| host == "127.0.0.1")
    }

    /// The address of the gateway, such as `ws://127.0.0.1:1235`.
    pub fn gateway_address(&self) -> String {
        self.shared.look(|state| state.gateway_address.clone())
    }

    /// Waits until so many clients are connected and ready.
    #[track_caller]
    pub fn wait_until_ready(&self, clients: usize) {
        self.wait("a client that is ready", PATIENCE, |state| {
            (state.gateway.ready() >= clients).then_some(())
        });
    }

    /// Waits until clients have identified so often in all.
    #[track_caller]
    pub fn wait_for_identifies(&self, count: usize) -> Vec<Identify> {
        self.wait(&format!("identify {count}"), PATIENCE, |state| {
            (state.gateway.identifies.len() >= count).then(|| state.gateway.identifies.clone())
        })
    }

    /// Waits until sessions were resumed so often in all.
    #[track_caller]
    pub fn wait_for_resumes(&self, count: usize) {
        self.wait(&format!("resume {count}"), PATIENCE, |state| {
            (state.gateway.resumes >= count).then_some(())
        });
    }

    /// Waits until a client has closed its connection, and gives the code; `None` when it broke.
    #[track_caller]
    pub fn wait_for_close(&self, longest: Duration) -> Option<u16> {
        self.wait("the end of a connection", longest, |state| state.gateway.closed.pop())
    }

    /// How often clients identified.
    pub fn identifies(&self) -> Vec<Identify> {
        self.shared.look(|state| state.gateway.identifies.clone())
    }

    /// How often sessions were resumed.
    pub fn resumes(&self) -> usize {
        self.shared.look(|state| state.gateway.resumes)
    }

    /// How often clients asked to resume, with success or without.
    pub fn resumes_asked(&self) -> usize {
        self.shared.look(|state| state.gateway.resumes_asked)
    }

    /// How many heartbeats came.
    pub fn heartbeats(&self) -> usize {
        self.shared.look(|state| state.gateway.heartbeats)
    }

    /// How many connections were opened.
    pub fn connections(&self) -> u64 {
        self.shared.look(|state| state.gateway.connections)
    }

    /// Payloads that are neither heartbeat, identify nor resume, such as presence updates.
    pub fn payloads(&self) -> Vec<Value> {
        self.shared.look(|state| state.gateway.payloads.clone())
    }

    /// Asks clients to connect again (op 7).
    pub fn reconnect(&self) {
        self.payload(&json!({ "op": 7, "d": null, "s": null, "t": null }));
    }

    /// Tells clients that their session is invalid (op 9). Unless it can be resumed, it is forgotten.
    pub fn invalidate(&self, can_resume: bool) {
        self.payload(&json!({ "op": 9, "d": can_resume, "s": null, "t": null }));
        if !can_resume {
            self.forget_sessions();
        }
    }

    /// Asks clients for a heartbeat at once (op 1).
    pub fn request_heartbeat(&self) {
        self.payload(&json!({ "op": 1, "d": null, "s": null, "t": null }));
    }

    /// Sends any payload to every client.
    pub fn payload(&self, payload: &Value) {
        let text = payload.to_string();
        self.text(&text);
    }

    /// Sends any text to every client, JSON or not.
    pub fn text(&self, text: &str) {
        self.shared.change(|state| state.gateway.out(&Out::Text(text.into())));
    }

    /// Sends an event once more under its old number, as Discord may after trouble.
    pub fn repeat(&self, id: u64) {
        self.shared.change(|state| state.gateway.sessions.iter().for_each(|session| session.repeat(id)));
    }

    /// Closes every connection with a code. The sessions can be resumed unless it is 4007 or 4009.
    pub fn close(&self, code: u16) {
        self.shared.change(|state| state.gateway.out(&Out::Close(code)));
        if matches!(code, 4007 | 4009) {
            self.forget_sessions();
        }
    }

    /// Breaks every connection without a word.
    pub fn cut(&self) {
        self.shared.change(|state| state.gateway.out(&Out::Cut));
    }

    /// Breaks every connection and lets nobody in, as in an outage, until it is opened again.
    pub fn shut_gateway(&self, is_shut: bool) {
        self.shared.change(|state| state.gateway.is_shut = is_shut);
        if is_shut {
            self.cut();
        }
    }

    /// Forgets every session: nothing can be resumed.
    pub fn forget_sessions(&self) {
        self.shared.change(|state| state.gateway.sessions.clear());
    }

    /// Whether heartbeats are acknowledged; they are unless switched off.
    pub fn acknowledge_heartbeats(&self, acknowledges: bool) {
        self.shared.change(|state| state.gateway.acknowledges = acknowledges);
    }

    /// Refuses the next attempts to resume.
    pub fn refuse_resumes(&self, count: usize) {
        self.shared.change(|state| state.gateway.refuse_resumes = count);
    }

    /// Refuses clients that ask for one of these intents, with 4014.
    pub fn disallow_intents(&self, intents: u64) {
        self.shared.change(|state| state.gateway.disallowed = intents);
    }

    /// Changes the token that is right; clients with the old one are refused from now on.
    pub fn change_token(&self, token: &str) {
        self.shared.change(|state| state.settings.token = token.to_owned());
    }
}
