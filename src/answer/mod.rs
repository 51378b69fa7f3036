//! From an understood question to a reply: rank the sentences, decide whether they answer, compose the
//! quotes.

pub mod again;
pub mod compose;
pub mod condition;
pub mod decide;
pub mod differ;
pub mod documents;
pub mod explain;
pub mod follow;
pub mod holds;
pub mod quantity;
pub mod rank;
pub mod reply;
pub mod rules;
pub mod topics;
pub mod validate;
