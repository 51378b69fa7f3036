//! Everything that answers a question: synchronous, without a clock, without global state, and without Discord.
//!
//! In reading order: [`text`] knows spans, sentences and words; [`knowledge`] reads sources into documents;
//! [`model`] is what is learned; [`question`] understands what is asked; [`index`] keeps immutable generations of a
//! base and looks questions up in them; [`answer`] ranks, decides and composes; [`engine`] is the one door to all of
//! it; [`render`] shows replies. `ARCHITECTURE.md` tells how a question travels.

#![forbid(unsafe_code)]

pub mod answer;
pub mod engine;
pub mod index;
pub mod knowledge;
pub mod model;
pub mod question;
pub mod render;
pub mod text;
