//! What was received, and what became of each question.

use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

/// A file that came with a request.
#[derive(Clone, Debug)]
pub struct SentFile {
    /// The part of the form, such as `files[0]`.
    pub part: String,
    pub filename: String,
    pub bytes: Vec<u8>,
}

/// A request to REST.
#[derive(Debug)]
pub struct Recorded {
    pub method: String,
    /// The path below `/api/v10`, such as `/gateway/bot`.
    pub path: String,
    pub query: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// `null` when there was none.
    pub body: Value,
    pub files: Vec<SentFile>,
    /// When it had arrived whole.
    pub at: Instant,
    status: AtomicU16,
    taken: AtomicBool,
}

impl Recorded {
    /// A request that is not answered yet.
    pub fn new(method: &str, path: &str, query: &str) -> Self {
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: Vec::new(),
            body: Value::Null,
            files: Vec::new(),
            at: Instant::now(),
            status: AtomicU16::new(0),
            taken: AtomicBool::new(false),
        }
    }

    /// A header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }

    /// The parts of the path.
    pub fn parts(&self) -> Vec<&str> {
        self.path.split('/').filter(|part| !part.is_empty()).collect()
    }

    /// Whether it is this method on a path like this, where `*` stands for any one part.
    pub fn is(&self, method: &str, pattern: &str) -> bool {
        self.method == method && is_like(&self.path, pattern)
    }

    /// The status that it was answered with; 0 while it is not.
    pub fn status(&self) -> u16 {
        self.status.load(Ordering::SeqCst)
    }

    /// Notes the answer.
    pub fn answered(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    /// Whether this is the first who takes it.
    pub fn take(&self) -> bool {
        !self.taken.swap(true, Ordering::SeqCst)
    }

    /// One line for whoever waits in vain.
    pub fn line(&self) -> String {
        let mut body = self.body.to_string();
        if let Some((end, _)) = body.char_indices().nth(160) {
            body.truncate(end);
            body.push('…');
        }
        format!("{} {} → {} {body}", self.method, self.path, self.status())
    }
}

/// Whether a path is like a pattern, where `*` stands for any one part and `**` for any rest.
pub fn is_like(path: &str, pattern: &str) -> bool {
    let mut parts = path.split('/');
    for wanted in pattern.split('/') {
        match (wanted, parts.next()) {
            ("**", _) => return true,
            ("*", Some(_)) => {}
            (wanted, Some(part)) if wanted == part => {}
            _ => return false,
        }
    }
    parts.next().is_none()
}

/// How a reply reached the one who asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// The first answer, with its type: 4 a message, 7 a changed message, 8 choices, 9 a modal.
    Callback(u64),
    /// A change of the first answer or of a later one.
    Edit,
    /// One more message.
    FollowUp,
    /// A message in the channel that replies to the one that asked.
    Message,
}

/// Something that the one who asked can see.
#[derive(Clone, Debug)]
pub struct Reply {
    pub way: Way,
    /// The message, the choices or the modal, as sent.
    pub body: Value,
    /// The id of the message, where it is one.
    pub message: Option<u64>,
    pub at: Instant,
}

impl Reply {
    /// Whether only the one who asked sees it.
    pub fn is_private(&self) -> bool {
        self.body["flags"].as_u64().unwrap_or(0) & (1 << 6) != 0
    }
}

/// An interaction or a message that was sent to the client.
#[derive(Clone, Debug)]
pub struct Question {
    pub sent: Instant,
    /// The first answer, of whatever type: from then on nobody sees "did not respond".
    pub acknowledged: Option<Instant>,
    /// The first answer with something in it.
    pub answered: Option<Instant>,
    pub replies: Vec<Reply>,
    /// How many of the replies were taken.
    pub taken: usize,
}

impl Default for Question {
    /// Sent just now.
    fn default() -> Self {
        Self { sent: Instant::now(), acknowledged: None, answered: None, replies: Vec::new(), taken: 0 }
    }
}

impl Question {
    /// Notes a reply.
    pub fn reply(&mut self, way: Way, body: &Value, message: Option<u64>, at: Instant) {
        self.acknowledged.get_or_insert(at);
        self.answered.get_or_insert(at);
        self.replies.push(Reply { way, body: body.clone(), message, at });
    }

    /// From the event to the first answer of any type.
    pub fn until_acknowledged(&self) -> Option<Duration> {
        self.acknowledged.map(|at| at.duration_since(self.sent))
    }

    /// From the event to the first answer with something in it.
    pub fn until_answered(&self) -> Option<Duration> {
        self.answered.map(|at| at.duration_since(self.sent))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_stand_for_parts() {
        let path = "/channels/1/messages/2";
        for pattern in ["/channels/1/messages/2", "/channels/*/messages/*", "/channels/**", "**"] {
            assert!(is_like(path, pattern), "{pattern}");
        }
        for pattern in ["/channels/*/messages", "/channels/2/**", "/channels/*/messages/*/*", "*", ""] {
            assert!(!is_like(path, pattern), "{pattern}");
        }
    }
}
