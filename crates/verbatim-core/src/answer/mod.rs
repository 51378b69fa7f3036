//! From an understood question to a reply: rank the sentences, decide whether they answer, compose the
//! quotes.

pub mod compose;
pub mod condition;
pub mod conflicts;
pub mod decide;
pub mod documents;
pub mod followup;
pub mod pipeline;
pub mod quantity;
pub mod quote_by_id;
pub mod reply;
pub mod score;
pub mod source_words;
pub mod topics;
pub mod validate;
