//! The store: votes, the audit log, gap counts, which message quotes which passages, and channel settings. It is one
//! SQLite file. If it is deleted, channels that were set to private become public.
//!
//! [`handle`] keeps it open, [`open`] opens it and sets a broken file aside, [`files`] manages its files, and [`error`] classifies failures. Each
//! table has its own file: [`feedback`], [`audit`], [`gaps`], [`posts`], [`channels`]. [`retention`] deletes old data,
//! [`forget`] deletes data on request, and [`export`] prints everything.
//!
//! The store never contains the words of a question, or a user's id next to anything that they asked. The current time
//! is an argument, except in [`handle`], which keeps the store open.

pub mod audit;
pub mod channels;
pub mod error;
pub mod export;
pub mod feedback;
pub mod files;
pub mod forget;
pub mod gaps;
pub mod handle;
pub mod open;
pub mod posts;
pub mod retention;
#[cfg(test)]
mod tests;
mod time;

pub use self::audit::{AuditAction, AuditEntry, NewAuditEntry};
pub use self::channels::{AnswerMode, ChannelRecord, Lost};
pub use self::error::StoreError;
pub use self::feedback::{Vote, Votes, Voting};
pub use self::forget::{ForgetScope, Forgotten};
pub use self::gaps::Gap;
pub use self::handle::StoreHandle;
pub use self::open::{Opened, Store};
pub use self::posts::Post;
pub use self::time::unix_now;
