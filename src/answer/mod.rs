//! From an understood question to a reply: rank the sentences, decide whether they answer, compose the
//! quotes.

pub mod compose;
pub mod decide;
pub mod explain;
pub mod rank;
pub mod reply;
pub mod topics;
pub mod validate;
