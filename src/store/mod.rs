//! What is kept beside the knowledge and the index: votes, moderators' acts, gaps, which message quotes which
//! passages, and what was said of channels. It is one SQLite file. Where it is
//! deleted, channels that were set to private are public.
//!
//! [`open`] opens it and sets a broken one aside, [`files`] knows its files, [`error`] says what a failure means; then
//! one file a table: [`feedback`], [`audit`], [`gaps`], [`posts`], [`channels`]; [`retention`] deletes what is too old,
//! [`forget`] what somebody wants deleted, and [`export`] prints everything.
//!
//! Deliberately absent: the words of a question, and a user's id beside anything that they asked. Time is an
//! argument.

pub mod audit;
pub mod channels;
pub mod error;
pub mod export;
pub mod feedback;
pub mod files;
pub mod forget;
pub mod gaps;
pub mod open;
pub mod posts;
pub mod retention;
#[cfg(test)]
mod tests;
mod time;

pub use self::audit::{AuditAction, AuditEntry, NewAuditEntry};
pub use self::channels::{ChannelMode, ChannelRecord, Lost};
pub use self::error::StoreError;
pub use self::feedback::{Vote, Votes, Voting};
pub use self::forget::{Forget, Forgotten};
pub use self::gaps::Gap;
pub use self::open::{Opened, Store};
pub use self::posts::Post;
pub use self::retention::Retention;
