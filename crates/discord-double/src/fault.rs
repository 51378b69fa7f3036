//! What can go wrong with REST, by script.

use std::time::Duration;

use super::record::is_like;

/// How a request fails.
#[derive(Clone, Debug, PartialEq)]
pub enum Failing {
    /// 429 with what Discord says about it.
    RateLimited {
        /// Seconds to wait; the header rounds up to whole ones.
        retry_after: f64,
        /// Whether it holds for every route.
        is_global: bool,
    },
    /// The request goes through, and the headers say that none is left for these seconds.
    Exhausted(f64),
    /// A status with the body that Discord sends with it, such as 500 or 502.
    Status(u16),
    /// An error of Discord's own: the status, its code and what it says.
    Refused(u16, u64, &'static str),
    /// A body that is not taken, and what Discord says of one of its fields, which may quote it.
    Invalid(&'static str),
    /// The request goes through, later.
    Slow(Duration),
    /// The connection is closed without an answer, and nothing is done.
    Cut,
    /// The request goes through, and its answer is lost with the connection.
    AnswerLost,
    /// Status 200 with a body that is no JSON.
    Garbage,
}

/// A failure of some requests.
#[derive(Clone, Debug)]
pub struct Fault {
    /// `None` for any.
    pub method: Option<String>,
    /// Where `*` stands for any one part of the path and `**` for any rest.
    pub pattern: String,
    /// How many requests still fail.
    pub left: usize,
    pub failing: Failing,
}

impl Fault {
    /// Whether it strikes a request; then one less is left.
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
