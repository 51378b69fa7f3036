//! The double of Discord, proven with a small serenity client: what it says and does is what the library
//! that the bot is built on depends on.

mod client;
mod codes;
mod errors;
mod faults;
mod gateway;
mod replies;
