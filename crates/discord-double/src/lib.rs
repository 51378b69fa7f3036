//! A double of Discord on loopback, and what it holds every request against.
//!
//! In reading order: [`Double`] is the handle that tests hold; `people` and `events` make what Discord would
//! send; `checks` and `openapi` judge what it would receive; `state` is the little Discord behind it, with
//! `record`, `fault` and `session`; `rest` (over `wire`) and `gateway` are its two doors.

#![forbid(unsafe_code)]
#![allow(missing_docs, reason = "fields and variants have the names that Discord gives them")]

pub mod checks;
mod control;
mod double;
pub mod events;
pub mod fault;
mod gateway;
mod guild;
pub mod openapi;
pub mod people;
pub mod record;
mod rest;
pub mod session;
pub mod state;
mod wire;

pub use double::Double;
