//! A double of Discord on loopback, and what it holds every request against.
//!
//! In reading order: `checks` judges bodies; `events` makes what Discord would send; `double` is the handle
//! that tests hold; `state` is the little Discord behind it; `rest` and `gateway` are its two doors.

#![allow(dead_code, reason = "tests and benches use a part of it each")]

pub mod checks;
