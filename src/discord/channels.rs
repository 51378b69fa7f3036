//! Where the bot answers unasked and where only privately, kept in memory as the store has it. A thread is
//! treated as the channel that it belongs to, unless something is said of the thread itself. Where it is not known what
//! moderators said, the bot answers only privately: because the store cannot be read, or because one that broke took
//! the settings with it and no moderator has confirmed them since.

use std::collections::{HashMap, HashSet};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};

use lru::LruCache;
use serenity::all::{ChannelId, GuildId};

use super::message::AnswerMode;
use super::registry::{Bases, Served};
use crate::store::Lost;

/// How many threads' channels are remembered.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(16_384).expect("more than none");

/// What moderators said of channels.
pub struct Channels {
    /// `None` for a channel of which nothing is said any more, though the store may still have something.
    said: RwLock<HashMap<u64, Option<ChannelSetting>>>,
    parents: Mutex<LruCache<u64, u64>>,
    knowledge: RwLock<Knowledge>,
}

impl Default for Channels {
    fn default() -> Self {
        let parents = Mutex::new(LruCache::new(REMEMBERED));
        Self { said: RwLock::default(), parents, knowledge: RwLock::default() }
    }
}

/// What the store has of channels.
#[derive(Debug, Default)]
pub struct StoredSettings {
    /// What was said of each.
    pub said: Vec<(u64, ChannelSetting)>,
    /// Whether that was lost, and where it was confirmed since.
    pub lost: Option<Lost>,
}

/// How far it is known what moderators said of channels.
#[derive(Default)]
struct Knowledge {
    /// Whether the store was read.
    is_read: bool,
    lost: Option<Lost>,
    /// Guilds that were confirmed since it was read, or while it could not be.
    confirmed: HashSet<u64>,
    /// The guilds that the bot was in when it connected.
    listed: HashSet<u64>,
}

impl Knowledge {
    fn covers(&self, guild: u64) -> bool {
        if self.confirmed.contains(&guild) {
            return true;
        }
        match &self.lost {
            None => self.is_read,
            Some(lost) => lost.confirmed.contains(&guild),
        }
    }
}

/// What was said of a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelSetting {
    /// The guild.
    pub guild: u64,
    /// The base that is asked there.
    pub base: String,
    /// When it is asked.
    pub mode: AnswerMode,
}

impl Channels {
    /// What the store has; `None` where it cannot be read. What was said meanwhile stands.
    pub fn learn(&self, kept: Option<StoredSettings>) {
        let Some(kept) = kept else { return };
        let mut all = self.said.write().unwrap_or_else(PoisonError::into_inner);
        for (channel, said) in kept.said {
            all.entry(channel).or_insert(Some(said));
        }
        if let Some(lost) = &kept.lost {
            tracing::warn!(
                confirmed = lost.confirmed.len(),
                "the settings of channels were lost: in each server the bot answers only privately until a moderator \
                 confirms them with /<base>-admin confirm-channels"
            );
        }
        let mut knowledge = self.knowledge.write().unwrap_or_else(PoisonError::into_inner);
        knowledge.is_read = true;
        knowledge.lost = kept.lost;
    }

    /// Whether it is known what the store has.
    pub fn are_known(&self) -> bool {
        self.knowledge().is_read
    }

    fn knowledge(&self) -> RwLockReadGuard<'_, Knowledge> {
        self.knowledge.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it is not known what moderators said of a guild's channels. In direct messages nothing is said.
    pub fn are_unsure(&self, guild: Option<GuildId>) -> bool {
        guild.is_some_and(|guild| !self.knowledge().covers(guild.get()))
    }

    /// The same of one channel: what was said of it since is known.
    pub fn is_unsure(&self, guild: Option<GuildId>, channel: ChannelId) -> bool {
        self.are_unsure(guild) && self.said(channel).is_none()
    }

    /// A moderator says that what is known of a guild's channels is all there is to know.
    pub fn confirm(&self, guild: GuildId) {
        self.knowledge.write().unwrap_or_else(PoisonError::into_inner).confirmed.insert(guild.get());
    }

    /// Remembers the guilds that the bot is in.
    pub fn list(&self, guilds: impl Iterator<Item = GuildId>) {
        let mut knowledge = self.knowledge.write().unwrap_or_else(PoisonError::into_inner);
        knowledge.listed.extend(guilds.map(GuildId::get));
    }

    /// Whether the bot has come into a guild since the settings were lost, `joined` in seconds since 1970: there is
    /// nothing to confirm then. It must not have been in it when it connected, either.
    pub fn came_since(&self, guild: GuildId, joined: i64) -> bool {
        let mut knowledge = self.knowledge.write().unwrap_or_else(PoisonError::into_inner);
        // Events may overtake each other: before the list is there, nothing is new.
        let is_new = !knowledge.listed.is_empty() && knowledge.listed.insert(guild.get());
        let came_since = is_new && knowledge.lost.as_ref().is_some_and(|lost| joined > lost.at);
        if came_since {
            knowledge.confirmed.insert(guild.get());
        }
        came_since
    }

    /// Everything that is known, for a store that took the place of one that broke meanwhile.
    pub fn all(&self) -> StoredSettings {
        let said = self.said.read().unwrap_or_else(PoisonError::into_inner);
        let said = said.iter().filter_map(|(channel, said)| Some((*channel, said.clone()?)));
        let knowledge = self.knowledge();
        let confirmed_in = |lost: &Lost| lost.confirmed.iter().chain(&knowledge.confirmed).copied().collect();
        let lost = knowledge.lost.as_ref().map(|lost| Lost { at: lost.at, confirmed: confirmed_in(lost) });
        StoredSettings { said: said.collect(), lost }
    }

    /// The channels of a guild of which something was said, and what.
    pub fn of_guild(&self, guild: GuildId) -> Vec<(ChannelId, AnswerMode)> {
        let said = self.said.read().unwrap_or_else(PoisonError::into_inner);
        let here = said.iter().filter_map(|(channel, said)| Some((*channel, said.as_ref()?)));
        let here = here.filter(|(_, said)| said.guild == guild.get());
        let mut found: Vec<(ChannelId, AnswerMode)> =
            here.map(|(channel, said)| (ChannelId::new(channel), said.mode)).collect();
        found.sort_by_key(|(channel, _)| *channel);
        found
    }

    /// What was said of a channel, or of the channel that a thread belongs to.
    fn said(&self, channel: ChannelId) -> Option<ChannelSetting> {
        let said = self.said.read().unwrap_or_else(PoisonError::into_inner);
        let parent = || {
            let mut parents = self.parents.lock().unwrap_or_else(PoisonError::into_inner);
            parents.get(&channel.get()).copied()
        };
        let of = |channel| said.get(&channel)?.as_ref();
        of(channel.get()).or_else(|| of(parent()?)).cloned()
    }

    /// When the bot answers there. In direct messages nothing is said.
    pub fn mode(&self, guild: Option<GuildId>, channel: ChannelId) -> AnswerMode {
        match guild.and_then(|_| self.said(channel)) {
            Some(said) => said.mode,
            None if self.are_unsure(guild) => AnswerMode::Private,
            None => AnswerMode::OnMention,
        }
    }

    /// The base that is asked there.
    pub fn base(&self, guild: Option<GuildId>, channel: ChannelId, bases: &Bases) -> Option<Arc<Served>> {
        let said = guild.and_then(|_| self.said(channel));
        said.and_then(|said| bases.find(Some(&said.base))).or_else(|| bases.find(None))
    }

    /// Says something of a channel, or with `None` nothing any more.
    pub fn say(&self, channel: ChannelId, said: Option<ChannelSetting>) {
        let mut all = self.said.write().unwrap_or_else(PoisonError::into_inner);
        match said {
            None if self.are_known() => all.remove(&channel.get()),
            said => all.insert(channel.get(), said),
        };
    }

    /// Forgets what was said in a guild.
    pub fn forget(&self, guild: GuildId) {
        let mut all = self.said.write().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, said| said.as_ref().is_none_or(|said| said.guild != guild.get()));
        let mut knowledge = self.knowledge.write().unwrap_or_else(PoisonError::into_inner);
        knowledge.confirmed.remove(&guild.get());
        knowledge.listed.remove(&guild.get());
    }

    /// Whether something may have been said of a channel that this one belongs to, and it is not known whether it
    /// belongs to any: a thread may be older than the connection.
    pub fn is_stray(&self, guild: Option<GuildId>, channel: ChannelId) -> bool {
        let said = self.said.read().unwrap_or_else(PoisonError::into_inner);
        let knows = || {
            let mut parents = self.parents.lock().unwrap_or_else(PoisonError::into_inner);
            parents.get(&channel.get()).is_some()
        };
        let is_here = |said: &Option<ChannelSetting>| {
            said.as_ref().is_some_and(|said| Some(said.guild) == guild.map(GuildId::get))
        };
        said.values().any(is_here) && !said.contains_key(&channel.get()) && !knows()
    }

    /// Remembers which channel a thread belongs to; one that belongs to none belongs to itself.
    pub fn belongs(&self, thread: ChannelId, parent: ChannelId) {
        self.parents.lock().unwrap_or_else(PoisonError::into_inner).put(thread.get(), parent.get());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_is_as_its_channel() {
        let said = ChannelSetting { guild: 9, base: "mel".to_owned(), mode: AnswerMode::Private };
        let channels = Channels::default();
        channels.learn(None);
        assert!(!channels.are_known());
        channels.learn(Some(StoredSettings { said: vec![(1, said)], lost: None }));
        assert!(channels.are_known());
        let (channel, thread, guild) = (ChannelId::new(1), ChannelId::new(2), Some(GuildId::new(9)));
        assert_eq!(channels.mode(guild, thread), AnswerMode::OnMention);
        assert!(channels.is_stray(guild, thread) && !channels.is_stray(guild, channel));
        assert!(!channels.is_stray(None, thread) && !channels.is_stray(Some(GuildId::new(8)), thread));
        channels.belongs(thread, channel);
        assert!(!channels.is_stray(guild, thread));
        assert_eq!(channels.mode(guild, thread), AnswerMode::Private);
        assert_eq!(channels.mode(None, channel), AnswerMode::OnMention);
        channels.say(
            thread,
            Some(ChannelSetting { guild: 9, base: "mel".to_owned(), mode: AnswerMode::EveryMessage }),
        );
        assert_eq!(
            (channels.mode(guild, thread), channels.mode(guild, channel)),
            (AnswerMode::EveryMessage, AnswerMode::Private)
        );
        channels.say(channel, None);
        assert_eq!(channels.mode(guild, channel), AnswerMode::OnMention);
        channels.forget(GuildId::new(9));
        assert_eq!(channels.mode(guild, thread), AnswerMode::OnMention);
    }

    #[test]
    fn what_was_taken_back_before_the_store_was_read_stays_so() {
        let channels = Channels::default();
        let (channel, guild) = (ChannelId::new(1), Some(GuildId::new(9)));
        channels.say(channel, None);
        let said = ChannelSetting { guild: 9, base: "mel".to_owned(), mode: AnswerMode::Private };
        channels.learn(Some(StoredSettings { said: vec![(1, said)], lost: None }));
        assert_eq!(channels.mode(guild, channel), AnswerMode::OnMention);
    }

    #[test]
    fn where_it_is_not_known_what_was_said_answers_are_private() {
        let channels = Channels::default();
        let (channel, guild) = (ChannelId::new(1), GuildId::new(9));
        assert_eq!(channels.mode(Some(guild), channel), AnswerMode::Private, "the store was not read");
        assert_eq!(channels.mode(None, channel), AnswerMode::OnMention, "in direct messages nothing is said");
        let lost = |confirmed: &[u64]| Some(Lost { at: 100, confirmed: confirmed.to_vec() });
        channels.learn(Some(StoredSettings { said: Vec::new(), lost: lost(&[8]) }));
        assert_eq!(channels.mode(Some(GuildId::new(8)), channel), AnswerMode::OnMention);
        assert!(channels.are_unsure(Some(guild)) && channels.is_unsure(Some(guild), channel));
        channels.say(
            channel,
            Some(ChannelSetting { guild: 9, base: "mel".to_owned(), mode: AnswerMode::EveryMessage }),
        );
        assert_eq!(channels.mode(Some(guild), channel), AnswerMode::EveryMessage, "that was said since");
        assert!(!channels.is_unsure(Some(guild), channel));
        assert_eq!(channels.mode(Some(guild), ChannelId::new(2)), AnswerMode::Private);
        channels.confirm(guild);
        assert_eq!(channels.mode(Some(guild), ChannelId::new(2)), AnswerMode::OnMention);
        assert_eq!(channels.of_guild(guild), [(channel, AnswerMode::EveryMessage)]);
        assert_eq!(channels.all().lost, lost(&[8, 9]));
        // Taken out and invited again, by somebody who may know nothing of it.
        channels.forget(guild);
        assert!(channels.are_unsure(Some(guild)));
    }

    #[test]
    fn a_guild_that_is_new_has_lost_nothing() {
        let channels = Channels::default();
        channels.learn(Some(StoredSettings {
            said: Vec::new(),
            lost: Some(Lost { at: 100, confirmed: Vec::new() }),
        }));
        let [old, new, back] = [7, 8, 9].map(GuildId::new);
        assert!(!channels.came_since(new, 101), "the list may be late");
        channels.list([old].into_iter());
        assert!(!channels.came_since(old, 101), "it was there before");
        assert!(!channels.came_since(back, 99), "it came before the loss");
        assert!(channels.came_since(new, 101) && !channels.came_since(new, 101));
        assert!(channels.are_unsure(Some(old)) && !channels.are_unsure(Some(new)));
    }
}
