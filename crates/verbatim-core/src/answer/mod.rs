//! From an interpreted question to a reply: rank the units, decide whether they answer, choose the quotes.

pub mod compose;
pub mod condition;
pub mod conflicts;
pub mod decide;
pub mod documents;
pub mod followup;
pub mod lacking;
pub mod pipeline;
pub mod quantity;
pub mod quote_by_id;
pub mod reply;
pub mod score;
pub mod source_words;
pub mod topics;
pub mod validate;
