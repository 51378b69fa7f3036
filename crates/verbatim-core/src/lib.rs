//! Everything that answers a question. It is synchronous and has no clock, no global state and no Discord code.
//!
//! In reading order: [`text`] handles spans, sentences and words, [`fs`] files and folders; [`knowledge`] reads sources into documents; [`model`]
//! holds the learned parts; [`question`] interprets a question; [`index`] stores immutable generations of a base and
//! searches them; [`answer`] ranks, decides and composes; [`engine`] is the entry point to all of it; [`render`]
//! displays replies. `ARCHITECTURE.md` follows a question through the program.

#![forbid(unsafe_code)]

pub mod answer;
pub mod engine;
pub mod fs;
pub mod index;
pub mod knowledge;
pub mod model;
pub mod question;
pub mod render;
pub mod text;
