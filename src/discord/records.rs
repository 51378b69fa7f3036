//! What is kept, as the bot uses it. The store may be locked, full or broken: answers go on, the log and the
//! moderators are told, and nothing here ever fails a question.

use serenity::all::{ChannelId, GuildId, MessageId, UserId};

use super::channels::Said;
use super::desk::Answered;
use super::interaction::Ticket;
use super::message::Mode;
use crate::store::{Act, AuditEntry, GapCount, Post, Voting};

/// The store, or that there is none at the moment.
pub struct Records {}

impl Records {
    pub async fn open(_: &()) -> Self {
        Self {}
    }
    pub async fn channels(&self) -> Vec<(u64, Said)> {
        Vec::new()
    }
    pub async fn count_gap(&self, _base: &str, _lacking: &[String]) {}
    pub async fn post(&self, _id: MessageId, _channel: ChannelId, _guild: Option<GuildId>, _base: &str, _a: &Answered) {}
    pub async fn vote(&self, _m: MessageId, _base: &str, _generation: &str, _user: UserId, _helpful: bool) -> Option<Voting> {
        None
    }
    pub async fn audit(&self, _ticket: &Ticket, _base: &str, _act: Act, _subject: &str, _outcome: &str) {}
    pub async fn audits(&self, _base: &str) -> Option<Vec<AuditEntry>> {
        None
    }
    pub async fn gaps(&self, _base: &str, _weeks: u32) -> Option<Vec<GapCount>> {
        None
    }
    pub async fn withdraw(&self, _base: &str, _passage: &str) -> Option<usize> {
        None
    }
    pub async fn to_withdraw(&self) -> Vec<Post> {
        Vec::new()
    }
    pub async fn forget_post(&self, _m: u64) {}
    pub async fn forget_channel(&self, _c: ChannelId) {}
    pub async fn forget_guild(&self, _c: GuildId) {}
    pub async fn set_channel(&self, _t: &Ticket, _c: ChannelId, _base: &str, _mode: Mode) -> bool {
        false
    }
    pub async fn prune(&self) {}
    pub async fn close(&self) {}
    pub fn trouble(&self) -> Option<String> {
        None
    }
}
