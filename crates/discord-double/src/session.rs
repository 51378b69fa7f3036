//! Sessions of the gateway: what was sent on which, so that a client can resume.

use std::collections::VecDeque;
use std::time::Instant;

use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::events::Event;
use super::people::APPLICATION;

/// Guilds, their channels and threads.
pub const GUILDS: u64 = 1;
/// Messages of guilds.
pub const GUILD_MESSAGES: u64 = 1 << 9;
/// Direct messages.
pub const DIRECT_MESSAGES: u64 = 1 << 12;
/// What stands in messages that do not concern the application; privileged.
pub const MESSAGE_CONTENT: u64 = 1 << 15;

/// How many events a session keeps for resuming.
const KEPT: usize = 5_000;

/// What goes out on a connection.
#[derive(Clone, Debug)]
pub enum Out {
    Text(Utf8Bytes),
    /// Closes with this code.
    Close(u16),
    /// Ends the connection without a word.
    Cut,
}

/// An `IDENTIFY` as it came.
#[derive(Clone, Debug)]
pub struct Identify {
    pub token: String,
    pub intents: u64,
    /// Number and count.
    pub shard: [u64; 2],
    pub at: Instant,
    /// All of it.
    pub data: Value,
}

/// One shard's session.
#[derive(Debug)]
pub struct Session {
    pub id: String,
    pub shard: [u64; 2],
    pub intents: u64,
    /// The number of the last event.
    pub sequence: u64,
    /// What was sent: its number, the id of the interaction or message, the text.
    sent: VecDeque<(u64, u64, Utf8Bytes)>,
    /// Where it is connected, if it is: the connection's number and its way out.
    pub connection: Option<(u64, UnboundedSender<Out>)>,
    /// Whether `READY` was sent.
    pub is_ready: bool,
}

impl Session {
    /// A session that just identified.
    pub fn new(id: String, identify: &Identify, connection: (u64, UnboundedSender<Out>)) -> Self {
        let (shard, intents) = (identify.shard, identify.intents);
        let (sent, connection) = (VecDeque::new(), Some(connection));
        Self { id, shard, intents, sequence: 0, sent, connection, is_ready: false }
    }

    /// Sends an event, or keeps it until the client resumes.
    pub fn send(&mut self, name: &str, id: u64, data: &Value) {
        self.sequence += 1;
        let text = json!({ "op": 0, "s": self.sequence, "t": name, "d": data }).to_string();
        let text = Utf8Bytes::from(text);
        if self.sent.len() == KEPT {
            self.sent.pop_front();
        }
        self.sent.push_back((self.sequence, id, text.clone()));
        self.out(Out::Text(text));
    }

    /// Sends an event once more, under its old number.
    pub fn repeat(&self, id: u64) {
        let found = self.sent.iter().find(|(_, sent, _)| *sent == id);
        if let Some((_, _, text)) = found {
            self.out(Out::Text(text.clone()));
        }
    }

    /// Sends all that came after this number; false when it lies in the future or was forgotten.
    pub fn replay(&mut self, after: u64) -> bool {
        let oldest = self.sent.front().map_or(1, |(first, ..)| *first);
        if after > self.sequence || after + 1 < oldest {
            return false;
        }
        for (.., text) in self.sent.iter().filter(|(sequence, ..)| *sequence > after) {
            self.out(Out::Text(text.clone()));
        }
        true
    }

    /// Sends something that is no event.
    pub fn out(&self, out: Out) {
        if let Some((_, connection)) = &self.connection {
            // A connection that has just gone is noticed by its own task.
            connection.send(out).ok();
        }
    }

    /// The data of an event as this client may see it, `None` when it hears nothing of it.
    fn seen(&self, event: &Event) -> Option<Value> {
        let shard = event.guild.map_or(0, |guild| (guild >> 22) % self.shard[1]);
        if shard != self.shard[0] {
            return None;
        }
        let is_direct = event.guild.is_none();
        let needed = match event.name.as_str() {
            "GUILD_CREATE" | "GUILD_DELETE" | "CHANNEL_DELETE" => GUILDS,
            name if name.starts_with("MESSAGE_") && is_direct => DIRECT_MESSAGES,
            name if name.starts_with("MESSAGE_") => GUILD_MESSAGES,
            _ => 0,
        };
        if self.intents & needed != needed {
            return None;
        }
        let mut data = event.data.clone();
        let hidden = matches!(event.name.as_str(), "MESSAGE_CREATE" | "MESSAGE_UPDATE")
            && !is_direct
            && self.intents & MESSAGE_CONTENT == 0
            && !concerns_application(&data);
        if hidden {
            data["content"] = json!("");
            for list in ["attachments", "embeds", "components"] {
                data[list] = json!([]);
            }
        }
        Some(data)
    }
}

/// Whether a message is its own, mentions it or replies to it.
fn concerns_application(message: &Value) -> bool {
    let application = APPLICATION.to_string();
    let is_it = |user: &Value| user["id"] == application.as_str();
    is_it(&message["author"])
        || is_it(&message["referenced_message"]["author"])
        || message["mentions"].as_array().is_some_and(|all| all.iter().any(is_it))
}

/// All sessions, and what the tests turn.
#[derive(Debug)]
pub struct Gateway {
    pub sessions: Vec<Session>,
    pub identifies: Vec<Identify>,
    /// How often a session was resumed.
    pub resumes: usize,
    /// How often a client asked to.
    pub resumes_asked: usize,
    pub heartbeats: usize,
    /// Connections that were opened.
    pub connections: u64,
    /// Codes that the client closed with; `None` for none, or for a connection that broke.
    pub closed: Vec<Option<u16>>,
    /// Payloads that are neither heartbeat, identify nor resume.
    pub payloads: Vec<Value>,
    /// Whether heartbeats are acknowledged.
    pub acknowledges: bool,
    /// How many resumes are still refused.
    pub refuse_resumes: usize,
    /// Intents that are not granted.
    pub disallowed: u64,
    /// Whether nobody is let in.
    pub is_shut: bool,
}

impl Default for Gateway {
    fn default() -> Self {
        Self {
            sessions: Vec::new(),
            identifies: Vec::new(),
            resumes: 0,
            resumes_asked: 0,
            heartbeats: 0,
            connections: 0,
            closed: Vec::new(),
            payloads: Vec::new(),
            acknowledges: true,
            refuse_resumes: 0,
            disallowed: 0,
            is_shut: false,
        }
    }
}

impl Gateway {
    /// Sends an event to every session that may hear of it.
    pub fn dispatch(&mut self, event: &Event) {
        for session in self.sessions.iter_mut().filter(|session| session.is_ready) {
            if let Some(data) = session.seen(event) {
                session.send(&event.name, event.id, &data);
            }
        }
    }

    /// Sends something to every connection.
    pub fn out(&self, out: &Out) {
        self.sessions.iter().for_each(|session| session.out(out.clone()));
    }

    /// The session on a connection.
    pub fn on(&mut self, connection: u64) -> Option<&mut Session> {
        let is_on = |session: &&mut Session| {
            session.connection.as_ref().is_some_and(|(number, _)| *number == connection)
        };
        self.sessions.iter_mut().find(is_on)
    }

    /// Sessions that are connected and ready.
    pub fn ready(&self) -> usize {
        self.sessions.iter().filter(|session| session.is_ready && session.connection.is_some()).count()
    }
}
