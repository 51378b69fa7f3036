//! Formats replies for people and programs.

pub mod action;
pub mod address;
pub mod card;
pub mod escape;
pub mod explain;
pub mod highlight;
pub mod json;
pub mod layout;
pub mod reading_page;
pub mod source_page;
pub mod source_text;
pub mod terminal;
pub mod wording;

#[cfg(test)]
mod tests;
