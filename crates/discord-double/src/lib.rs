//! A test double of Discord on loopback that checks every request.
//!
//! In reading order: [`Double`] is the handle for tests; `people` and `events` create what Discord would send; `checks`
//! and `openapi` check what it would receive; `state` contains the simulated Discord, with `record`, `fault` and
//! `session`; `rest` (over `connection`) and `gateway` are its two servers.

#![forbid(unsafe_code)]
#![allow(missing_docs, reason = "fields and variants have the names that Discord gives them")]

pub mod checks;
mod connection;
mod double;
pub mod events;
pub mod fault;
mod gateway;
mod gateway_control;
mod guild;
pub mod openapi;
pub mod people;
pub mod record;
mod rest;
pub mod session;
pub mod state;

pub use double::Double;
