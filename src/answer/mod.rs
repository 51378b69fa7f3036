//! From an understood question to a reply: rank the sentences, decide whether they answer, compose the
//! quotes.

pub mod again;
pub mod compose;
pub mod condition;
pub mod decide;
pub mod differ;
pub mod documents;
pub mod follow;
pub mod pipeline;
pub mod quantity;
pub mod reply;
pub mod score;
pub mod source_words;
pub mod topics;
pub mod validate;
