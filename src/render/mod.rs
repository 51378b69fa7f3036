//! Replies as people and programs read them.

pub mod explain;
pub mod highlight;
pub mod json;
pub mod terminal;
