//! Scripted failures of REST.

use std::time::Duration;

use super::record::is_like;

/// How a request fails.
#[derive(Clone, Debug, PartialEq)]
pub enum Failing {
    /// Status 429 with Discord's rate limit information.
    RateLimited {
        /// Seconds to wait; the header rounds up to whole seconds.
        retry_after: f64,
        /// Whether the limit applies to every route.
        is_global: bool,
    },
    /// The request succeeds, and the headers say that no requests are left for this many seconds.
    Exhausted(f64),
    /// A status such as 500 or 502, with the body that Discord sends with it.
    Status(u16),
    /// A Discord error: the status, the error code and the message.
    Refused(u16, u64, &'static str),
    /// A rejected body, with Discord's error for one of its fields, which can quote the body.
    Invalid(&'static str),
    /// The request succeeds after a delay.
    Slow(Duration),
    /// The connection is closed without a response, and the request has no effect.
    Cut,
    /// The request takes effect, but the connection is closed without a response.
    AnswerLost,
    /// Status 200 with a body that is not JSON.
    Garbage,
}

/// A failure of some requests.
#[derive(Clone, Debug)]
pub struct Fault {
    /// The method; `None` matches any.
    pub method: Option<String>,
    /// The path pattern; `*` matches any one segment and `**` any rest.
    pub pattern: String,
    /// How many more requests fail.
    pub left: usize,
    pub failing: Failing,
}

impl Fault {
    /// Whether it applies to a request; if so, counts it.
    pub fn strikes(&mut self, method: &str, path: &str) -> bool {
        let is_hit = self.left > 0
            && self.method.as_deref().is_none_or(|wanted| wanted == method)
            && is_like(path, &self.pattern);
        if is_hit {
            self.left -= 1;
        }
        is_hit
    }
}
