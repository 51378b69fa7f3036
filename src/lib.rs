//! Verbatim answers questions in the words of a community's own source documents.
//!
//! In reading order: [`text`] knows spans, sentences and words; [`knowledge`] reads sources into documents;
//! [`model`] is what is learned; [`question`] understands what is asked; [`index`] keeps
//! immutable generations of a base and looks questions up in them; [`answer`] ranks, decides and composes;
//! [`engine`] is the one door to all of it. [`render`] shows replies, [`eval`] measures them, [`config`]
//! holds the settings, [`discord`] is the bot and [`cli`] the program. `ARCHITECTURE.md` tells how a question travels.

#![forbid(unsafe_code)]

pub mod answer;
pub mod cli;
pub mod config;
pub mod discord;
pub mod engine;
pub mod eval;
pub mod index;
pub mod knowledge;
pub mod model;
pub mod question;
pub mod render;
pub mod store;
pub mod text;
