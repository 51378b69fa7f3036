//! The program `verbatim`: answers questions in the words of a community's own source documents.
//!
//! `verbatim_core` reads sources, indexes them and answers. Here are what surrounds it: [`config`] holds the settings,
//! [`store`] what the bot keeps, [`discord`] is the bot and [`cli`] the command line. `ARCHITECTURE.md` is the map.

#![forbid(unsafe_code)]

pub mod cli;
pub mod config;
pub mod discord;
pub mod store;
