//! Channel settings: where the bot answers every message, and where it answers only privately. They mirror the store
//! in memory. A thread uses the setting of its parent channel unless it has a separate one. If the settings are
//! unknown, the bot answers only privately. That happens if the store cannot be read, or if they were lost with a
//! broken store and no moderator has confirmed them since.

use std::collections::{HashMap, HashSet};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};

use lru::LruCache;
use serenity::all::{ChannelId, GuildId};

use super::registry::{Bases, Served};
use crate::store::{AnswerMode, Lost};

/// Maximum number of threads whose parent channel is remembered.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(16_384).expect("more than none");

/// The moderators' settings for channels.
pub struct Channels {
    /// `None` for a channel whose setting was removed, though the store may still have one.
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

/// Channel settings as stored.
#[derive(Debug, Default)]
pub struct StoredSettings {
    /// The setting of each channel.
    pub said: Vec<(u64, ChannelSetting)>,
    /// Whether settings were lost, and which guilds have confirmed theirs since.
    pub lost: Option<Lost>,
}

/// How far the channel settings are known.
#[derive(Default)]
struct Knowledge {
    /// Whether the store was read.
    is_read: bool,
    lost: Option<Lost>,
    /// Guilds that were confirmed since the store was read, or while it could not be read.
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

/// The setting of a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelSetting {
    /// The guild.
    pub guild: u64,
    /// The base that answers there.
    pub base: String,
    /// When the bot answers.
    pub mode: AnswerMode,
}

impl Channels {
    /// Adds the stored settings; `None` means that the store cannot be read. Settings made in the meantime stay.
    pub fn learn(&self, kept: Option<StoredSettings>) {
        let Some(kept) = kept else { return };
        let mut all = self.said.write().unwrap_or_else(PoisonError::into_inner);
        for (channel, said) in kept.said {
            all.entry(channel).or_insert(Some(said));
        }
        if let Some(lost) = &kept.lost {
            tracing::warn!(
                confirmed = lost.confirmed.len(),
                "the channel settings were lost: in each server, the bot answers only privately until a moderator \
                 confirms them with /<base>-admin confirm-channels"
            );
        }
        let mut knowledge = self.knowledge.write().unwrap_or_else(PoisonError::into_inner);
        knowledge.is_read = true;
        knowledge.lost = kept.lost;
    }

    /// Whether the stored settings were read.
    pub fn are_known(&self) -> bool {
        self.knowledge().is_read
    }

    fn knowledge(&self) -> RwLockReadGuard<'_, Knowledge> {
        self.knowledge.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a guild's channel settings are unknown. Direct messages have no settings.
    pub fn are_unsure(&self, guild: Option<GuildId>) -> bool {
        guild.is_some_and(|guild| !self.knowledge().covers(guild.get()))
    }

    /// The same for one channel: a setting made since then is known.
    pub fn is_unsure(&self, guild: Option<GuildId>, channel: ChannelId) -> bool {
        self.are_unsure(guild) && self.said(channel).is_none()
    }

    /// Marks the known channel settings of a guild as complete, because a moderator confirmed them.
    pub fn confirm(&self, guild: GuildId) {
        self.knowledge.write().unwrap_or_else(PoisonError::into_inner).confirmed.insert(guild.get());
    }

    /// Remembers the guilds that the bot is in.
    pub fn list(&self, guilds: impl Iterator<Item = GuildId>) {
        let mut knowledge = self.knowledge.write().unwrap_or_else(PoisonError::into_inner);
        knowledge.listed.extend(guilds.map(GuildId::get));
    }

    /// Whether the bot joined a guild after the settings were lost, and was not in the guild when it connected. Then
    /// there is nothing to confirm. `joined` is in seconds since 1970.
    pub fn came_since(&self, guild: GuildId, joined: i64) -> bool {
        let mut knowledge = self.knowledge.write().unwrap_or_else(PoisonError::into_inner);
        // Events may arrive out of order: before the list is there, no guild is new.
        let is_new = !knowledge.listed.is_empty() && knowledge.listed.insert(guild.get());
        let came_since = is_new && knowledge.lost.as_ref().is_some_and(|lost| joined > lost.at);
        if came_since {
            knowledge.confirmed.insert(guild.get());
        }
        came_since
    }

    /// All known settings, for a store that replaces one that broke.
    pub fn all(&self) -> StoredSettings {
        let said = self.said.read().unwrap_or_else(PoisonError::into_inner);
        let said = said.iter().filter_map(|(channel, said)| Some((*channel, said.clone()?)));
        let knowledge = self.knowledge();
        let confirmed_in = |lost: &Lost| lost.confirmed.iter().chain(&knowledge.confirmed).copied().collect();
        let lost = knowledge.lost.as_ref().map(|lost| Lost { at: lost.at, confirmed: confirmed_in(lost) });
        StoredSettings { said: said.collect(), lost }
    }

    /// The channels of a guild that have a setting, with their modes.
    pub fn of_guild(&self, guild: GuildId) -> Vec<(ChannelId, AnswerMode)> {
        let said = self.said.read().unwrap_or_else(PoisonError::into_inner);
        let here = said.iter().filter_map(|(channel, said)| Some((*channel, said.as_ref()?)));
        let here = here.filter(|(_, said)| said.guild == guild.get());
        let mut found: Vec<(ChannelId, AnswerMode)> =
            here.map(|(channel, said)| (ChannelId::new(channel), said.mode)).collect();
        found.sort_by_key(|(channel, _)| *channel);
        found
    }

    /// The setting of a channel, or of a thread's parent channel.
    fn said(&self, channel: ChannelId) -> Option<ChannelSetting> {
        let said = self.said.read().unwrap_or_else(PoisonError::into_inner);
        let parent = || {
            let mut parents = self.parents.lock().unwrap_or_else(PoisonError::into_inner);
            parents.get(&channel.get()).copied()
        };
        let of = |channel| said.get(&channel)?.as_ref();
        of(channel.get()).or_else(|| of(parent()?)).cloned()
    }

    /// When the bot answers in a channel. Direct messages have no settings.
    pub fn mode(&self, guild: Option<GuildId>, channel: ChannelId) -> AnswerMode {
        match guild.and_then(|_| self.said(channel)) {
            Some(said) => said.mode,
            None if self.are_unsure(guild) => AnswerMode::Private,
            None => AnswerMode::OnMention,
        }
    }

    /// The base that answers in a channel.
    pub fn base(&self, guild: Option<GuildId>, channel: ChannelId, bases: &Bases) -> Option<Arc<Served>> {
        let said = guild.and_then(|_| self.said(channel));
        said.and_then(|said| bases.find(Some(&said.base))).or_else(|| bases.find(None))
    }

    /// Sets the setting of a channel; `None` removes it.
    pub fn say(&self, channel: ChannelId, said: Option<ChannelSetting>) {
        let mut all = self.said.write().unwrap_or_else(PoisonError::into_inner);
        match said {
            None if self.are_known() => all.remove(&channel.get()),
            said => all.insert(channel.get(), said),
        };
    }

    /// Forgets a guild's settings.
    pub fn forget(&self, guild: GuildId) {
        let mut all = self.said.write().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, said| said.as_ref().is_none_or(|said| said.guild != guild.get()));
        let mut knowledge = self.knowledge.write().unwrap_or_else(PoisonError::into_inner);
        knowledge.confirmed.remove(&guild.get());
        knowledge.listed.remove(&guild.get());
    }

    /// Whether this channel may be a thread whose parent channel has a setting, and its parent is unknown: a thread may
    /// be older than the connection.
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

    /// Remembers a thread's parent channel. A channel that is not a thread is its own parent.
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
        assert_eq!(channels.mode(None, channel), AnswerMode::OnMention, "direct messages have no settings");
        let lost = |confirmed: &[u64]| Some(Lost { at: 100, confirmed: confirmed.to_vec() });
        channels.learn(Some(StoredSettings { said: Vec::new(), lost: lost(&[8]) }));
        assert_eq!(channels.mode(Some(GuildId::new(8)), channel), AnswerMode::OnMention);
        assert!(channels.are_unsure(Some(guild)) && channels.is_unsure(Some(guild), channel));
        channels.say(
            channel,
            Some(ChannelSetting { guild: 9, base: "mel".to_owned(), mode: AnswerMode::EveryMessage }),
        );
        assert_eq!(channels.mode(Some(guild), channel), AnswerMode::EveryMessage, "it was set since");
        assert!(!channels.is_unsure(Some(guild), channel));
        assert_eq!(channels.mode(Some(guild), ChannelId::new(2)), AnswerMode::Private);
        channels.confirm(guild);
        assert_eq!(channels.mode(Some(guild), ChannelId::new(2)), AnswerMode::OnMention);
        assert_eq!(channels.of_guild(guild), [(channel, AnswerMode::EveryMessage)]);
        assert_eq!(channels.all().lost, lost(&[8, 9]));
        // The bot was removed and invited again, perhaps by somebody who does not know about the loss.
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
