//! Gateway sessions: they keep what was sent, so that a client can resume.

use std::collections::VecDeque;
use std::time::Instant;

use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::events::Event;
use super::people::APPLICATION;

/// Intent: guilds, their channels and threads.
pub const GUILDS: u64 = 1;
/// Intent: messages in guilds.
pub const GUILD_MESSAGES: u64 = 1 << 9;
/// Intent: direct messages.
pub const DIRECT_MESSAGES: u64 = 1 << 12;
/// Intent: the content of messages that do not concern the application; privileged.
pub const MESSAGE_CONTENT: u64 = 1 << 15;

/// How many events a session keeps for resuming.
const KEPT: usize = 5_000;

/// An outgoing frame or action on a connection.
#[derive(Clone, Debug)]
pub enum Out {
    Text(Utf8Bytes),
    /// Closes with this code.
    Close(u16),
    /// Breaks the connection without a close frame.
    Cut,
}

/// An `IDENTIFY` as received.
#[derive(Clone, Debug)]
pub struct Identify {
    pub token: String,
    pub intents: u64,
    /// The shard's number and the number of shards.
    pub shard: [u64; 2],
    pub at: Instant,
    /// The complete payload data.
    pub data: Value,
}

/// One shard's session.
#[derive(Debug)]
pub struct Session {
    pub id: String,
    pub shard: [u64; 2],
    pub intents: u64,
    /// The sequence number of the last event.
    pub sequence: u64,
    /// Sent events: sequence number, id of the interaction or message, text.
    sent: VecDeque<(u64, u64, Utf8Bytes)>,
    /// The current connection, if any: its number and its sender.
    pub connection: Option<(u64, UnboundedSender<Out>)>,
    /// Whether `READY` was sent.
    pub is_ready: bool,
}

impl Session {
    /// Creates a session for an `IDENTIFY`.
    pub fn new(id: String, identify: &Identify, connection: (u64, UnboundedSender<Out>)) -> Self {
        let (shard, intents) = (identify.shard, identify.intents);
        let (sent, connection) = (VecDeque::new(), Some(connection));
        Self { id, shard, intents, sequence: 0, sent, connection, is_ready: false }
    }

    /// Sends an event now, or when the client resumes.
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

    /// Sends an event again with its old sequence number.
    pub fn repeat(&self, id: u64) {
        let found = self.sent.iter().find(|(_, sent, _)| *sent == id);
        if let Some((_, _, text)) = found {
            self.out(Out::Text(text.clone()));
        }
    }

    /// Sends all events after this sequence number; false if it is in the future or its events were dropped.
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

    /// Sends something that is not an event.
    pub fn out(&self, out: Out) {
        if let Some((_, connection)) = &self.connection {
            // If the connection has just ended, its own task notices that.
            connection.send(out).ok();
        }
    }

    /// The data of an event as this client can see it; `None` if the client does not receive it.
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

/// Whether a message is from the application, mentions it or replies to it.
fn concerns_application(message: &Value) -> bool {
    let application = APPLICATION.to_string();
    let is_it = |user: &Value| user["id"] == application.as_str();
    is_it(&message["author"])
        || is_it(&message["referenced_message"]["author"])
        || message["mentions"].as_array().is_some_and(|all| all.iter().any(is_it))
}

/// All sessions, and the controls for tests.
#[derive(Debug)]
pub struct Gateway {
    pub sessions: Vec<Session>,
    pub identifies: Vec<Identify>,
    /// How many times sessions were resumed.
    pub resumes: usize,
    /// How many times clients asked to resume.
    pub resumes_asked: usize,
    pub heartbeats: usize,
    /// How many connections were opened.
    pub connections: u64,
    /// Close codes from the client; `None` if there was no code or the connection broke.
    pub closed: Vec<Option<u16>>,
    /// Whether heartbeats are acknowledged.
    pub acknowledges: bool,
    /// How many more attempts to resume are rejected.
    pub refuse_resumes: usize,
    /// Intents that are not granted.
    pub disallowed: u64,
    /// Whether all connections are rejected.
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
            acknowledges: true,
            refuse_resumes: 0,
            disallowed: 0,
            is_shut: false,
        }
    }
}

impl Gateway {
    /// Sends an event to every session that can receive it.
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
