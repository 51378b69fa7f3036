//! Turns the user's message into a search: safety triage on the raw text first, then understanding (spelling, names,
//! synonyms, facets).

pub mod identifier;
pub mod parts;
pub mod spelling;
pub mod triage;
pub mod understand;
