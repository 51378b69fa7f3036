//! Records of the requests received and the replies to each question.

use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

/// A file in a request.
#[derive(Clone, Debug)]
pub struct SentFile {
    /// The name of the form part, such as `files[0]`.
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
    /// Headers, with names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body; `null` if there was none.
    pub body: Value,
    pub files: Vec<SentFile>,
    /// When the whole request had arrived.
    pub at: Instant,
    status: AtomicU16,
    taken: AtomicBool,
}

impl Recorded {
    /// Creates a request that is not answered yet.
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

    /// The segments of the path.
    pub fn parts(&self) -> Vec<&str> {
        self.path.split('/').filter(|part| !part.is_empty()).collect()
    }

    /// Whether the method and path match; `*` in the pattern matches any one segment.
    pub fn is(&self, method: &str, pattern: &str) -> bool {
        self.method == method && is_like(&self.path, pattern)
    }

    /// The status of the response; 0 before there is one.
    pub fn status(&self) -> u16 {
        self.status.load(Ordering::SeqCst)
    }

    /// Records the status of the response.
    pub fn answered(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    /// Marks the request as taken. Returns whether it was not taken before.
    pub fn take(&self) -> bool {
        !self.taken.swap(true, Ordering::SeqCst)
    }

    /// One line for the report of a failed wait.
    pub fn line(&self) -> String {
        let mut body = self.body.to_string();
        if let Some((end, _)) = body.char_indices().nth(160) {
            body.truncate(end);
            body.push('…');
        }
        format!("{} {} → {} {body}", self.method, self.path, self.status())
    }
}

/// Whether a path matches a pattern; `*` matches any one segment and `**` any rest.
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

/// How a reply reached the user who asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// The initial response, with its type: 4 a message, 7 a changed message, 8 choices, 9 a modal.
    Callback(u64),
    /// A change of the initial response or of a later message.
    Edit,
    /// A follow-up message.
    FollowUp,
    /// A message in the channel that replies to the question.
    Message,
}

/// Something that the user who asked can see.
#[derive(Clone, Debug)]
pub struct Reply {
    pub way: Way,
    /// The message, the choices or the modal, as sent.
    pub body: Value,
    /// The id of the message, if it is one.
    pub message: Option<u64>,
    pub at: Instant,
}

impl Reply {
    /// Whether only the user who asked can see it.
    pub fn is_private(&self) -> bool {
        self.body["flags"].as_u64().unwrap_or(0) & (1 << 6) != 0
    }
}

/// An interaction or a message that was sent to the client.
#[derive(Clone, Debug)]
pub struct Question {
    pub sent: Instant,
    /// The initial response of any type: from then on, the user does not see "did not respond".
    pub acknowledged: Option<Instant>,
    /// The first response with content.
    pub answered: Option<Instant>,
    pub replies: Vec<Reply>,
    /// How many of the replies have been taken.
    pub taken: usize,
}

impl Default for Question {
    /// Creates a question that is sent now.
    fn default() -> Self {
        Self { sent: Instant::now(), acknowledged: None, answered: None, replies: Vec::new(), taken: 0 }
    }
}

impl Question {
    /// Records a reply.
    pub fn reply(&mut self, way: Way, body: &Value, message: Option<u64>, at: Instant) {
        self.acknowledged.get_or_insert(at);
        self.answered.get_or_insert(at);
        self.replies.push(Reply { way, body: body.clone(), message, at });
    }

    /// Time from the event to the initial response of any type.
    pub fn until_acknowledged(&self) -> Option<Duration> {
        self.acknowledged.map(|at| at.duration_since(self.sent))
    }

    /// Time from the event to the first response with content.
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
