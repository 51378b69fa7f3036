//! Gateway controls for tests.

use std::time::Duration;

use serde_json::{Value, json};

use super::double::{Double, PATIENCE};
use super::session::{Identify, Out};

impl Double {
    /// Whether clients get only a loopback address.
    pub fn gateway_is_loopback(&self) -> bool {
        let address = self.gateway_address();
        let host = address.strip_prefix("ws://").and_then(|rest| rest.rsplit_once(':'));
        host.is_some_and(|(host, _)| host == "127.0.0.1")
    }

    /// The address of the gateway, such as `ws://127.0.0.1:1235`.
    pub fn gateway_address(&self) -> String {
        self.shared.look(|state| state.gateway_address.clone())
    }

    /// Waits until this many clients are connected and ready.
    #[track_caller]
    pub fn wait_until_ready(&self, clients: usize) {
        self.wait("a client that is ready", PATIENCE, |state| {
            (state.gateway.ready() >= clients).then_some(())
        });
    }

    /// Waits until clients have identified this many times in total.
    #[track_caller]
    pub fn wait_for_identifies(&self, count: usize) -> Vec<Identify> {
        self.wait(&format!("identify {count}"), PATIENCE, |state| {
            (state.gateway.identifies.len() >= count).then(|| state.gateway.identifies.clone())
        })
    }

    /// Waits until sessions have been resumed this many times in total.
    #[track_caller]
    pub fn wait_for_resumes(&self, count: usize) {
        self.wait(&format!("resume {count}"), PATIENCE, |state| {
            (state.gateway.resumes >= count).then_some(())
        });
    }

    /// Waits until a client has closed its connection and returns the code; `None` if the connection broke.
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

    /// How often clients asked to resume, successfully or not.
    pub fn resumes_asked(&self) -> usize {
        self.shared.look(|state| state.gateway.resumes_asked)
    }

    /// How many heartbeats arrived.
    pub fn heartbeats(&self) -> usize {
        self.shared.look(|state| state.gateway.heartbeats)
    }

    /// How many connections were opened.
    pub fn connections(&self) -> u64 {
        self.shared.look(|state| state.gateway.connections)
    }

    /// Asks clients to reconnect (op 7).
    pub fn reconnect(&self) {
        self.payload(&json!({ "op": 7, "d": null, "s": null, "t": null }));
    }

    /// Tells clients that their session is invalid (op 9). A session that cannot be resumed is deleted.
    pub fn invalidate(&self, can_resume: bool) {
        self.payload(&json!({ "op": 9, "d": can_resume, "s": null, "t": null }));
        if !can_resume {
            self.forget_sessions();
        }
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

    /// Sends an event again with its old sequence number, as Discord can do after an outage.
    pub fn repeat(&self, id: u64) {
        self.shared.change(|state| state.gateway.sessions.iter().for_each(|session| session.repeat(id)));
    }

    /// Closes every connection with a code. The sessions can be resumed unless the code is 4007 or 4009.
    pub fn close(&self, code: u16) {
        self.shared.change(|state| state.gateway.out(&Out::Close(code)));
        if matches!(code, 4007 | 4009) {
            self.forget_sessions();
        }
    }

    /// Breaks every connection without a close frame.
    pub fn cut(&self) {
        self.shared.change(|state| state.gateway.out(&Out::Cut));
    }

    /// Breaks every connection and rejects new ones, as in an outage, until the gateway is opened again.
    pub fn shut_gateway(&self, is_shut: bool) {
        self.shared.change(|state| state.gateway.is_shut = is_shut);
        if is_shut {
            self.cut();
        }
    }

    /// Deletes every session, so that none can be resumed.
    pub fn forget_sessions(&self) {
        self.shared.change(|state| state.gateway.sessions.clear());
    }

    /// Turns the acknowledgement of heartbeats on or off; it is on by default.
    pub fn acknowledge_heartbeats(&self, acknowledges: bool) {
        self.shared.change(|state| state.gateway.acknowledges = acknowledges);
    }

    /// Rejects the next attempts to resume.
    pub fn refuse_resumes(&self, count: usize) {
        self.shared.change(|state| state.gateway.refuse_resumes = count);
    }

    /// Rejects clients that ask for one of these intents, with code 4014.
    pub fn disallow_intents(&self, intents: u64) {
        self.shared.change(|state| state.gateway.disallowed = intents);
    }
}
