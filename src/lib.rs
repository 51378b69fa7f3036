//! The program `verbatim`: answers questions with quotes from a community's own source documents.
//!
//! `verbatim_core` reads sources, indexes them and answers. This crate adds the settings ([`config`]), the bot's stored
//! data ([`store`]), the Discord bot ([`discord`]), the web service ([`http`]) and the command line ([`cli`]). `ARCHITECTURE.md` is the overview.

#![forbid(unsafe_code)]

pub mod cli;
pub mod config;
pub mod discord;
pub mod health;
pub mod http;
pub mod index_watch;
pub mod store;
