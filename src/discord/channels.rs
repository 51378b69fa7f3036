//! Channel settings: where the bot answers every message, and where it answers only privately. They mirror the store
//! in memory. A thread uses the setting of its parent channel unless it has a separate one. If the settings are
//! unknown, the bot answers only privately. That happens if the store cannot be read, or if they were lost with a
//! broken store and no moderator has confirmed them since.

use std::collections::{HashMap, HashSet};
use std::num::NonZeroUsize;
use std::sync::Arc;

use lru::LruCache;
use parking_lot::{Mutex, RwLock, RwLockReadGuard};
use serenity::all::{ChannelId, GuildId};

use super::registry::{Registry, Served};
use crate::store::{AnswerMode, ChannelRecord, Lost, Store, StoreHandle, unix_now};

/// Maximum number of threads whose parent channel is remembered.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(16_384).expect("more than none");

/// The moderators' settings for channels.
pub struct Channels {
    /// `None` for a channel whose setting was removed, though the store may still have one.
    settings: RwLock<HashMap<u64, Option<ChannelSetting>>>,
    parents: Mutex<LruCache<u64, u64>>,
    knowledge: RwLock<Knowledge>,
}

impl Default for Channels {
    fn default() -> Self {
        let parents = Mutex::new(LruCache::new(REMEMBERED));
        Self { settings: RwLock::default(), parents, knowledge: RwLock::default() }
    }
}

/// Channel settings as stored.
#[derive(Debug, Default)]
struct StoredSettings {
    /// The setting of each channel.
    pub settings: Vec<(u64, ChannelSetting)>,
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
    /// Reads the settings from the store, if it can be read.
    pub async fn load(&self, store: &StoreHandle) {
        let read = |store: Store| async move { Ok((store.channels().await?, store.channels_lost().await?)) };
        let Some((records, lost)) = store.read("read the channel settings", read).await else { return };
        let setting = |record: ChannelRecord| {
            (record.channel, ChannelSetting { guild: record.guild, base: record.base, mode: record.mode })
        };
        self.add(StoredSettings { settings: records.into_iter().map(setting).collect(), lost });
    }

    /// Writes the settings to a store that replaced a broken one.
    pub async fn restore(&self, store: &StoreHandle) {
        let StoredSettings { settings, lost } = self.all();
        let record = |(channel, setting): (u64, ChannelSetting)| {
            let ChannelSetting { guild, base, mode } = setting;
            // The user who set it was recorded only in the broken store.
            ChannelRecord { channel, guild, base, mode, user: 0, at: unix_now() }
        };
        let (records, lost): (&Vec<ChannelRecord>, _) =
            (&settings.into_iter().map(record).collect(), lost.as_ref());
        let restore = |store: Store| async move { store.restore_channels(records, lost).await };
        if store.write("write the channel settings", restore).await.is_some() {
            tracing::info!(channels = records.len(), "the channel settings were written to the new store");
            store.is_restored();
        }
    }

    /// Adds stored settings. Settings made in the meantime stay.
    fn add(&self, stored: StoredSettings) {
        let mut all = self.settings.write();
        for (channel, setting) in stored.settings {
            all.entry(channel).or_insert(Some(setting));
        }
        if let Some(lost) = &stored.lost {
            tracing::warn!(
                confirmed = lost.confirmed.len(),
                "the channel settings were lost: in each server, the bot answers only privately until a moderator \
                 confirms them with /<base>-admin confirm-channels"
            );
        }
        let mut knowledge = self.knowledge.write();
        knowledge.is_read = true;
        knowledge.lost = stored.lost;
    }

    /// Whether the stored settings were read.
    pub fn are_known(&self) -> bool {
        self.knowledge().is_read
    }

    fn knowledge(&self) -> RwLockReadGuard<'_, Knowledge> {
        self.knowledge.read()
    }

    /// Whether a guild's channel settings are unknown. Direct messages have no settings.
    pub fn are_unsure(&self, guild: Option<GuildId>) -> bool {
        guild.is_some_and(|guild| !self.knowledge().covers(guild.get()))
    }

    /// The same for one channel: a setting made since then is known.
    pub fn is_unsure(&self, guild: Option<GuildId>, channel: ChannelId) -> bool {
        self.are_unsure(guild) && self.setting(channel).is_none()
    }

    /// Marks the known channel settings of a guild as complete, because a moderator confirmed them.
    pub fn confirm(&self, guild: GuildId) {
        self.knowledge.write().confirmed.insert(guild.get());
    }

    /// Remembers the guilds that the bot is in.
    pub fn add_guilds(&self, guilds: impl Iterator<Item = GuildId>) {
        let mut knowledge = self.knowledge.write();
        knowledge.listed.extend(guilds.map(GuildId::get));
    }

    /// Whether the bot joined a guild after the settings were lost, and was not in the guild when it connected. Then
    /// there is nothing to confirm. `joined` is in seconds since 1970.
    pub fn joined_after_loss(&self, guild: GuildId, joined: i64) -> bool {
        let mut knowledge = self.knowledge.write();
        // Events may arrive out of order: before the list is there, no guild is new.
        let is_new = !knowledge.listed.is_empty() && knowledge.listed.insert(guild.get());
        let joined_after_loss = is_new && knowledge.lost.as_ref().is_some_and(|lost| joined > lost.at);
        if joined_after_loss {
            knowledge.confirmed.insert(guild.get());
        }
        joined_after_loss
    }

    /// All known settings, for a store that replaces one that broke.
    fn all(&self) -> StoredSettings {
        let settings = self.settings.read();
        let settings = settings.iter().filter_map(|(channel, setting)| Some((*channel, setting.clone()?)));
        let knowledge = self.knowledge();
        let confirmed_in = |lost: &Lost| lost.confirmed.iter().chain(&knowledge.confirmed).copied().collect();
        let lost = knowledge.lost.as_ref().map(|lost| Lost { at: lost.at, confirmed: confirmed_in(lost) });
        StoredSettings { settings: settings.collect(), lost }
    }

    /// The channels of a guild that have a setting, with their modes.
    pub fn of_guild(&self, guild: GuildId) -> Vec<(ChannelId, AnswerMode)> {
        let settings = self.settings.read();
        let here = settings.iter().filter_map(|(channel, setting)| Some((*channel, setting.as_ref()?)));
        let here = here.filter(|(_, setting)| setting.guild == guild.get());
        let mut found: Vec<(ChannelId, AnswerMode)> =
            here.map(|(channel, setting)| (ChannelId::new(channel), setting.mode)).collect();
        found.sort_by_key(|(channel, _)| *channel);
        found
    }

    /// The setting of a channel, or of a thread's parent channel.
    fn setting(&self, channel: ChannelId) -> Option<ChannelSetting> {
        let settings = self.settings.read();
        let parent = || {
            let mut parents = self.parents.lock();
            parents.get(&channel.get()).copied()
        };
        let of = |channel| settings.get(&channel)?.as_ref();
        of(channel.get()).or_else(|| of(parent()?)).cloned()
    }

    /// When the bot answers in a channel. Direct messages have no settings.
    pub fn mode(&self, guild: Option<GuildId>, channel: ChannelId) -> AnswerMode {
        match guild.and_then(|_| self.setting(channel)) {
            Some(setting) => setting.mode,
            None if self.are_unsure(guild) => AnswerMode::Private,
            None => AnswerMode::OnMention,
        }
    }

    /// The base that answers in a channel.
    pub fn base(&self, guild: Option<GuildId>, channel: ChannelId, bases: &Registry) -> Option<Arc<Served>> {
        let setting = guild.and_then(|_| self.setting(channel));
        setting.and_then(|setting| bases.find(Some(&setting.base))).or_else(|| bases.find(None))
    }

    /// Sets the setting of a channel; `None` removes it.
    pub fn set(&self, channel: ChannelId, setting: Option<ChannelSetting>) {
        let mut all = self.settings.write();
        match setting {
            None if self.are_known() => all.remove(&channel.get()),
            setting => all.insert(channel.get(), setting),
        };
    }

    /// Forgets a guild's settings.
    pub fn forget(&self, guild: GuildId) {
        let mut all = self.settings.write();
        all.retain(|_, setting| setting.as_ref().is_none_or(|setting| setting.guild != guild.get()));
        let mut knowledge = self.knowledge.write();
        knowledge.confirmed.remove(&guild.get());
        knowledge.listed.remove(&guild.get());
    }

    /// Whether this channel may be a thread whose parent channel has a setting, and its parent is unknown: a thread may
    /// be older than the connection.
    pub fn is_stray(&self, guild: Option<GuildId>, channel: ChannelId) -> bool {
        let settings = self.settings.read();
        let knows = || {
            let mut parents = self.parents.lock();
            parents.get(&channel.get()).is_some()
        };
        let is_here = |setting: &Option<ChannelSetting>| {
            setting.as_ref().is_some_and(|setting| Some(setting.guild) == guild.map(GuildId::get))
        };
        settings.values().any(is_here) && !settings.contains_key(&channel.get()) && !knows()
    }

    /// Remembers a thread's parent channel. A channel that is not a thread is its own parent.
    pub fn set_parent(&self, thread: ChannelId, parent: ChannelId) {
        self.parents.lock().put(thread.get(), parent.get());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_is_as_its_channel() {
        let setting = ChannelSetting { guild: 9, base: "mel".to_owned(), mode: AnswerMode::Private };
        let channels = Channels::default();
        assert!(!channels.are_known());
        channels.add(StoredSettings { settings: vec![(1, setting)], lost: None });
        assert!(channels.are_known());
        let (channel, thread, guild) = (ChannelId::new(1), ChannelId::new(2), Some(GuildId::new(9)));
        assert_eq!(channels.mode(guild, thread), AnswerMode::OnMention);
        assert!(channels.is_stray(guild, thread) && !channels.is_stray(guild, channel));
        assert!(!channels.is_stray(None, thread) && !channels.is_stray(Some(GuildId::new(8)), thread));
        channels.set_parent(thread, channel);
        assert!(!channels.is_stray(guild, thread));
        assert_eq!(channels.mode(guild, thread), AnswerMode::Private);
        assert_eq!(channels.mode(None, channel), AnswerMode::OnMention);
        channels.set(
            thread,
            Some(ChannelSetting { guild: 9, base: "mel".to_owned(), mode: AnswerMode::EveryMessage }),
        );
        assert_eq!(
            (channels.mode(guild, thread), channels.mode(guild, channel)),
            (AnswerMode::EveryMessage, AnswerMode::Private)
        );
        channels.set(channel, None);
        assert_eq!(channels.mode(guild, channel), AnswerMode::OnMention);
        channels.forget(GuildId::new(9));
        assert_eq!(channels.mode(guild, thread), AnswerMode::OnMention);
    }

    #[test]
    fn what_was_taken_back_before_the_store_was_read_stays_so() {
        let channels = Channels::default();
        let (channel, guild) = (ChannelId::new(1), Some(GuildId::new(9)));
        channels.set(channel, None);
        let setting = ChannelSetting { guild: 9, base: "mel".to_owned(), mode: AnswerMode::Private };
        channels.add(StoredSettings { settings: vec![(1, setting)], lost: None });
        assert_eq!(channels.mode(guild, channel), AnswerMode::OnMention);
    }

    #[test]
    fn where_it_is_not_known_what_was_said_answers_are_private() {
        let channels = Channels::default();
        let (channel, guild) = (ChannelId::new(1), GuildId::new(9));
        assert_eq!(channels.mode(Some(guild), channel), AnswerMode::Private, "the store was not read");
        assert_eq!(channels.mode(None, channel), AnswerMode::OnMention, "direct messages have no settings");
        let lost = |confirmed: &[u64]| Some(Lost { at: 100, confirmed: confirmed.to_vec() });
        channels.add(StoredSettings { settings: Vec::new(), lost: lost(&[8]) });
        assert_eq!(channels.mode(Some(GuildId::new(8)), channel), AnswerMode::OnMention);
        assert!(channels.are_unsure(Some(guild)) && channels.is_unsure(Some(guild), channel));
        channels.set(
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
        let lost = Some(Lost { at: 100, confirmed: Vec::new() });
        channels.add(StoredSettings { settings: Vec::new(), lost });
        let [old, new, back] = [7, 8, 9].map(GuildId::new);
        assert!(!channels.joined_after_loss(new, 101), "the list may be late");
        channels.add_guilds([old].into_iter());
        assert!(!channels.joined_after_loss(old, 101), "it was there before");
        assert!(!channels.joined_after_loss(back, 99), "it came before the loss");
        assert!(channels.joined_after_loss(new, 101) && !channels.joined_after_loss(new, 101));
        assert!(channels.are_unsure(Some(old)) && !channels.are_unsure(Some(new)));
    }
}
