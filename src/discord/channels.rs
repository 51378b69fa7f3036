//! Where the bot answers unasked and where only privately, kept in memory as the store has it. A thread is
//! treated as the channel that it belongs to, unless something is said of the thread itself.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use lru::LruCache;
use serenity::all::{ChannelId, GuildId};

use super::bases::{Bases, Served};
use super::message::Mode;

/// How many threads' channels are remembered.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(16_384).expect("more than none");

/// What moderators said of channels.
pub struct Channels {
    /// `None` for a channel of which nothing is said any more, though the store may still have something.
    said: RwLock<HashMap<u64, Option<Said>>>,
    parents: Mutex<LruCache<u64, u64>>,
    known: AtomicBool,
}

impl Default for Channels {
    fn default() -> Self {
        let parents = Mutex::new(LruCache::new(REMEMBERED));
        Self { said: RwLock::default(), parents, known: AtomicBool::new(false) }
    }
}

/// What was said of a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The guild.
    pub guild: u64,
    /// The base that is asked there.
    pub base: String,
    /// When it is asked.
    pub mode: Mode,
}

impl Channels {
    /// What the store has; `None` where it cannot be read. What was said meanwhile stands.
    pub fn learn(&self, kept: Option<Vec<(u64, Said)>>) {
        let Some(kept) = kept else { return };
        let mut all = self.said.write().unwrap_or_else(PoisonError::into_inner);
        for (channel, said) in kept {
            all.entry(channel).or_insert(Some(said));
        }
        self.known.store(true, Ordering::Relaxed);
    }

    /// Whether it is known what the store has.
    pub fn are_known(&self) -> bool {
        self.known.load(Ordering::Relaxed)
    }

    /// What was said of a channel, or of the channel that a thread belongs to.
    fn said(&self, channel: ChannelId) -> Option<Said> {
        let said = self.said.read().unwrap_or_else(PoisonError::into_inner);
        let parent = || {
            let mut parents = self.parents.lock().unwrap_or_else(PoisonError::into_inner);
            parents.get(&channel.get()).copied()
        };
        let of = |channel| said.get(&channel)?.as_ref();
        of(channel.get()).or_else(|| of(parent()?)).cloned()
    }

    /// When the bot answers there. In direct messages nothing is said.
    pub fn mode(&self, guild: Option<GuildId>, channel: ChannelId) -> Mode {
        guild.and_then(|_| self.said(channel)).map_or(Mode::Asked, |said| said.mode)
    }

    /// The base that is asked there.
    pub fn base(&self, guild: Option<GuildId>, channel: ChannelId, bases: &Bases) -> Option<Arc<Served>> {
        let said = guild.and_then(|_| self.said(channel));
        said.and_then(|said| bases.find(Some(&said.base))).or_else(|| bases.find(None))
    }

    /// Says something of a channel, or with `None` nothing any more.
    pub fn say(&self, channel: ChannelId, said: Option<Said>) {
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
    }

    /// Whether something may have been said of a channel that this one belongs to, and it is not known whether it
    /// belongs to any: a thread may be older than the connection.
    pub fn is_stray(&self, guild: Option<GuildId>, channel: ChannelId) -> bool {
        let said = self.said.read().unwrap_or_else(PoisonError::into_inner);
        let knows = || {
            let mut parents = self.parents.lock().unwrap_or_else(PoisonError::into_inner);
            parents.get(&channel.get()).is_some()
        };
        let is_here = |said: &Option<Said>| {
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
        let said = Said { guild: 9, base: "mel".to_owned(), mode: Mode::Private };
        let channels = Channels::default();
        channels.learn(None);
        assert!(!channels.are_known());
        channels.learn(Some(vec![(1, said)]));
        assert!(channels.are_known());
        let (channel, thread, guild) = (ChannelId::new(1), ChannelId::new(2), Some(GuildId::new(9)));
        assert_eq!(channels.mode(guild, thread), Mode::Asked);
        assert!(channels.is_stray(guild, thread) && !channels.is_stray(guild, channel));
        assert!(!channels.is_stray(None, thread) && !channels.is_stray(Some(GuildId::new(8)), thread));
        channels.belongs(thread, channel);
        assert!(!channels.is_stray(guild, thread));
        assert_eq!(channels.mode(guild, thread), Mode::Private);
        assert_eq!(channels.mode(None, channel), Mode::Asked);
        channels.say(thread, Some(Said { guild: 9, base: "mel".to_owned(), mode: Mode::Unasked }));
        assert_eq!(
            (channels.mode(guild, thread), channels.mode(guild, channel)),
            (Mode::Unasked, Mode::Private)
        );
        channels.say(channel, None);
        assert_eq!(channels.mode(guild, channel), Mode::Asked);
        channels.forget(GuildId::new(9));
        assert_eq!(channels.mode(guild, thread), Mode::Asked);
    }

    #[test]
    fn what_was_taken_back_before_the_store_was_read_stays_so() {
        let channels = Channels::default();
        let (channel, guild) = (ChannelId::new(1), Some(GuildId::new(9)));
        channels.say(channel, None);
        channels.learn(Some(vec![(1, Said { guild: 9, base: "mel".to_owned(), mode: Mode::Private })]));
        assert_eq!(channels.mode(guild, channel), Mode::Asked);
    }
}
