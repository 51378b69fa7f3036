//! The test double of Discord, checked with a small serenity client: what it says and does is what the bot's library
//! depends on.

mod client;
mod codes;
mod errors;
mod faults;
mod gateway;
mod replies;
