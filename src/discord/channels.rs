//! Where the bot answers unasked and where only privately, kept in memory as the store has it. A thread is
//! treated as the channel that it belongs to, unless something is said of the thread itself.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use lru::LruCache;
use serenity::all::{ChannelId, GuildId};

use super::bases::{Bases, Served};
use super::message::Mode;

/// How many threads' channels are remembered.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(16_384).expect("more than none");

/// What moderators said of channels.
pub struct Channels {
    said: RwLock<HashMap<u64, Said>>,
    parents: Mutex<LruCache<u64, u64>>,
}

/// What was said of a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The base that is asked there.
    pub base: String,
    /// When it is asked.
    pub mode: Mode,
}

impl Channels {
    /// As the store has them.
    pub fn new(said: impl IntoIterator<Item = (u64, Said)>) -> Self {
        Self { said: RwLock::new(said.into_iter().collect()), parents: Mutex::new(LruCache::new(REMEMBERED)) }
    }

    /// What was said of a channel, or of the channel that a thread belongs to.
    fn said(&self, channel: ChannelId) -> Option<Said> {
        let said = self.said.read().unwrap_or_else(PoisonError::into_inner);
        let parent = || {
            let mut parents = self.parents.lock().unwrap_or_else(PoisonError::into_inner);
            parents.get(&channel.get()).copied()
        };
        said.get(&channel.get()).or_else(|| said.get(&parent()?)).cloned()
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
            Some(said) => all.insert(channel.get(), said),
            None => all.remove(&channel.get()),
        };
    }

    /// Remembers which channel a thread belongs to.
    pub fn belongs(&self, thread: ChannelId, parent: ChannelId) {
        self.parents.lock().unwrap_or_else(PoisonError::into_inner).put(thread.get(), parent.get());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_is_as_its_channel() {
        let said = Said { base: "mel".to_owned(), mode: Mode::Private };
        let channels = Channels::new([(1, said)]);
        let (channel, thread, guild) = (ChannelId::new(1), ChannelId::new(2), Some(GuildId::new(9)));
        assert_eq!(channels.mode(guild, thread), Mode::Asked);
        channels.belongs(thread, channel);
        assert_eq!(channels.mode(guild, thread), Mode::Private);
        assert_eq!(channels.mode(None, channel), Mode::Asked);
        channels.say(thread, Some(Said { base: "mel".to_owned(), mode: Mode::Unasked }));
        assert_eq!(
            (channels.mode(guild, thread), channels.mode(guild, channel)),
            (Mode::Unasked, Mode::Private)
        );
        channels.say(channel, None);
        assert_eq!(channels.mode(guild, channel), Mode::Asked);
    }
}
