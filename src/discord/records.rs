//! The bot's access to the store. If the store is locked, full or broken, the bot still answers: the problem is
//! reported in the log and to moderators, and no question ever fails because of it.

use std::sync::{PoisonError, RwLock};
use std::time::{Duration, Instant};

use serenity::all::{ChannelId, GuildId, MessageId, UserId};
use time::OffsetDateTime;

use super::channels::{ChannelSetting, Channels, StoredSettings};
use super::interaction::InteractionContext;
use crate::config::StoreSettings;
use crate::store::{
    AnswerMode, AuditAction, AuditEntry, ChannelRecord, Forget, Forgotten, Gap, NewAuditEntry, Post,
    Retention, Store, StoreError, Vote, Votes, Voting,
};

/// Number of audit log entries shown.
const AUDITED: u32 = 25;

/// Time after which a store that could not be opened is tried again.
const AGAIN: Duration = Duration::from_secs(1);

/// The store, or why it is not available.
pub struct Records {
    settings: StoreSettings,
    state: RwLock<State>,
    /// Held while opening the store: two tasks would set each other's database aside.
    opening: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    store: Option<Store>,
    /// How many times the store was opened.
    opened: u64,
    /// When opening it last failed.
    failed: Option<Instant>,
    /// Whether a store that broke while open was replaced, and the new one does not have the channel settings yet.
    replaced: bool,
    trouble: Option<String>,
}

impl Records {
    /// Opens the store. If that fails, every use tries again.
    pub async fn open(settings: &StoreSettings) -> Self {
        let (settings, state) = (settings.clone(), RwLock::default());
        let records = Self { settings, state, opening: tokio::sync::Mutex::new(()) };
        records.reopen().await;
        records
    }

    /// The open store, and how many times the store has been opened.
    fn store(&self) -> Option<(Store, u64)> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        state.store.clone().map(|store| (store, state.opened))
    }

    async fn reopen(&self) -> Option<(Store, u64)> {
        let _alone = self.opening.lock().await;
        if let Some(opened) = self.store() {
            return Some(opened);
        }
        // Tasks that waited for a failed attempt must not all repeat it.
        let failed = self.state.read().unwrap_or_else(PoisonError::into_inner).failed;
        if failed.is_some_and(|at| at.elapsed() < AGAIN) {
            return None;
        }
        match Store::open(&self.settings.path, seconds()).await {
            Ok(opened) => {
                opened.tightened.iter().for_each(|file| tracing::warn!("{file}"));
                let broke = opened.set_aside.is_some();
                let trouble = opened.set_aside.map(|aside| {
                    let told = format!(
                        "it was broken; it was set aside as {}, and a new one was started",
                        aside.display()
                    );
                    tracing::error!("the store: {told}");
                    told
                });
                self.change(|state| {
                    let (store, opened) = (Some(opened.store), state.opened + 1);
                    let replaced = state.replaced || broke && state.opened > 0;
                    *state = State { store, opened, failed: None, replaced, trouble };
                });
                self.store()
            }
            Err(error) => {
                let opened = self.state.read().unwrap_or_else(PoisonError::into_inner).opened;
                self.complain("open", &error, opened);
                self.change(|state| state.failed = Some(Instant::now()));
                None
            }
        }
    }

    /// The store's problem, for moderators; `None` if it works.
    pub fn trouble(&self) -> Option<String> {
        self.state.read().unwrap_or_else(PoisonError::into_inner).trouble.clone()
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.write().unwrap_or_else(PoisonError::into_inner));
    }

    /// Records a problem. It is logged when it starts and when it changes, not at every question.
    fn complain(&self, what: &'static str, error: &StoreError, opened: u64) {
        let told = error.to_string();
        metrics::counter!("verbatim_store_failures_total").increment(1);
        if self.trouble().as_ref() != Some(&told) {
            tracing::error!(what, "{told}");
        }
        self.change(|state| {
            if error.is_broken() {
                // Another task may have replaced the store already.
                if state.opened != opened {
                    return;
                }
                state.store = None;
            }
            state.trouble = Some(told);
        });
    }

    /// Reads from the store. A successful read does not show that writing works.
    async fn read<T, F>(&self, what: &'static str, work: impl Fn(Store) -> F) -> Option<T>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        self.with(what, work).await
    }

    /// Writes to the store.
    async fn write<T, F>(&self, what: &'static str, work: impl Fn(Store) -> F) -> Option<T>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        let written = self.with(what, work).await;
        if written.is_some() {
            self.well();
        }
        written
    }

    /// Runs `work` on the store. If the store is broken, sets it aside and runs `work` on a new one.
    async fn with<T, F>(&self, what: &'static str, work: impl Fn(Store) -> F) -> Option<T>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        for again in [true, false] {
            let (store, opened) = match self.store() {
                Some(opened) => opened,
                None => self.reopen().await?,
            };
            match work(store.clone()).await {
                Ok(value) => return Some(value),
                Err(error) => {
                    let broken = error.is_broken();
                    self.complain(what, &error, opened);
                    if !broken || !again {
                        return None;
                    }
                    store.close().await;
                }
            }
        }
        None
    }

    /// Clears the problem. That a store was set aside is reported until the next start.
    fn well(&self) {
        let mended = |trouble: &String| !trouble.contains("set aside");
        if self.trouble().is_some_and(|trouble| mended(&trouble)) {
            tracing::info!("the store works again");
            self.change(|state| state.trouble = None);
        }
    }

    /// The channel settings; `None` if the store cannot be read.
    pub async fn channels(&self) -> Option<StoredSettings> {
        let read = |store: Store| async move { Ok((store.channels().await?, store.channels_lost().await?)) };
        let (records, lost) = self.read("read the channel settings", read).await?;
        let said = |record: ChannelRecord| {
            (record.channel, ChannelSetting { guild: record.guild, base: record.base, mode: record.mode })
        };
        Some(StoredSettings { said: records.into_iter().map(said).collect(), lost })
    }

    /// Whether the store has replaced a broken one since the channel settings were read.
    pub fn was_replaced(&self) -> bool {
        self.state.read().unwrap_or_else(PoisonError::into_inner).replaced
    }

    /// Writes the channel settings to a store that replaced a broken one.
    pub async fn restore_channels(&self, channels: &Channels) {
        let StoredSettings { said, lost } = channels.all();
        let record = |(channel, said): (u64, ChannelSetting)| {
            let ChannelSetting { guild, base, mode } = said;
            // The user who set it was recorded only in the broken store.
            ChannelRecord { channel, guild, base, mode, user: 0, at: seconds() }
        };
        let records: &Vec<ChannelRecord> = &said.into_iter().map(record).collect();
        let lost = lost.as_ref();
        let restore = |store: Store| async move { store.restore_channels(records, lost).await };
        if self.write("write the channel settings", restore).await.is_some() {
            tracing::info!(channels = records.len(), "the channel settings were written to the new store");
            self.change(|state| state.replaced = false);
        }
    }

    /// Records that a moderator has confirmed a guild's channel settings. Returns whether that worked.
    pub async fn confirm_channels(&self, guild: GuildId) -> bool {
        let confirm = |store: Store| async move { store.confirm_channels(guild.get(), seconds()).await };
        self.write("confirm the channel settings", confirm).await.is_some()
    }

    /// Stores when the bot answers in a channel. Returns whether that worked.
    pub async fn set_channel(
        &self,
        ticket: &InteractionContext,
        channel: ChannelId,
        base: &str,
        mode: AnswerMode,
    ) -> bool {
        let (guild, user, at) = (ticket.guild.map_or(0, GuildId::get), ticket.user.get(), began(ticket));
        let channel = channel.get();
        let record = &ChannelRecord { channel, guild, base: base.to_owned(), mode, user, at };
        let set = |store: Store| async move {
            match mode {
                AnswerMode::OnMention => store.clear_channel(channel).await,
                _ => store.set_channel(record).await,
            }
        };
        self.write("write a channel setting", set).await.is_some()
    }

    /// Counts concepts in a question that the sources do not cover.
    pub async fn count_gap(&self, base: &str, lacking: &[String]) {
        if !lacking.is_empty() {
            let count = |store: Store| async move { store.count_gap(base, lacking, seconds()).await };
            self.write("count a gap", count).await;
        }
    }

    /// The gap report; `None` if the store cannot be read.
    pub async fn gaps(&self, base: &str, weeks: u32) -> Option<Vec<Gap>> {
        self.read("read the gaps", |store| async move { store.gaps(base, weeks, seconds()).await }).await
    }

    /// Records that a message in a guild quotes `passages`.
    pub async fn post(
        &self,
        message: MessageId,
        channel: ChannelId,
        guild: GuildId,
        base: &str,
        generation: &str,
        passages: &[String],
    ) {
        let post = &Post {
            message: message.get(),
            channel: channel.get(),
            guild: Some(guild.get()),
            base: base.to_owned(),
            generation: generation.to_owned(),
            at: seconds(),
        };
        self.write("record a post", |store| async move { store.record_post(post, passages).await }).await;
    }

    /// Marks the posts that quote a passage. Returns how many, or `None` if the store cannot be used.
    pub async fn withdraw(&self, base: &str, passage: &str) -> Option<usize> {
        let marked =
            self.write("mark posts", |store| async move { store.withdraw(base, passage).await }).await;
        marked.map(|count| count as usize)
    }

    /// Marks the posts that quote one of `passages`, which are withheld now, and unmarks all others.
    pub async fn withdraw_only(&self, base: &str, passages: &[String]) {
        self.write("mark posts", |store| async move { store.withdraw_only(base, passages).await }).await;
    }

    /// The marked posts that have not been taken back yet.
    pub async fn to_withdraw(&self) -> Vec<Post> {
        let posts = self.read("read the posts", |store| async move { store.to_withdraw().await }).await;
        posts.unwrap_or_default()
    }

    /// Forgets a post.
    pub async fn forget_post(&self, message: u64) {
        self.write("forget a post", |store| async move { store.forget_post(message).await }).await;
    }

    /// Forgets the posts and the setting of a channel.
    pub async fn forget_channel(&self, channel: ChannelId) {
        let forget = |store: Store| async move { store.drop_channel(channel.get()).await };
        self.write("forget a channel", forget).await;
    }

    /// Forgets the posts and channel settings of a guild. Its audit log entries stay.
    pub async fn forget_guild(&self, guild: GuildId) {
        self.write("forget a guild", |store| async move { store.drop_guild(guild.get()).await }).await;
    }

    /// Counts a vote; `None` if that failed.
    pub async fn vote(
        &self,
        ticket: &InteractionContext,
        message: MessageId,
        base: &str,
        generation: &str,
        helpful: bool,
    ) -> Option<Voting> {
        let vote = Vote { message: message.get(), base, generation, user: ticket.user.get(), helpful };
        self.write("count a vote", |store| async move { store.vote(vote, began(ticket)).await }).await
    }

    /// The passages that a user withheld, with their bases; `None` if the store cannot be read.
    pub async fn withheld_by(&self, user: UserId) -> Option<Vec<(String, String)>> {
        self.read("read the audit log", |store| async move { store.withheld_by(user.get()).await }).await
    }

    /// Forgets a user; `None` if that failed.
    pub async fn forget_person(&self, user: UserId) -> Option<Forgotten> {
        let forget = |store: Store| async move { store.forget(Forget::User(user.get()), seconds()).await };
        self.write("forget a user", forget).await
    }

    /// The votes on a base's answers; `None` if the store cannot be read.
    pub async fn votes(&self, base: &str) -> Option<Votes> {
        self.read("read the votes", |store| async move { store.votes(base).await }).await
    }

    /// Adds a moderator's action or attempt to the audit log.
    pub async fn audit(
        &self,
        ticket: &InteractionContext,
        base: &str,
        act: AuditAction,
        subject: &str,
        outcome: &str,
    ) {
        let (user, guild) = (ticket.user.get(), ticket.guild.map(GuildId::get));
        let acted = NewAuditEntry { user, guild, base, act, subject, outcome, began: began(ticket) };
        if self
            .write("write the audit log", |store| async move { store.audit(acted, seconds()).await })
            .await
            .is_none()
        {
            let act = act.as_str();
            tracing::warn!(base, act, subject, outcome, "could not write a moderator's action to the store");
        }
    }

    /// The latest audit log entries, newest first; `None` if the store cannot be read.
    pub async fn audits(&self, base: &str) -> Option<Vec<AuditEntry>> {
        self.read("read the audit log", |store| async move { store.audited(base, AUDITED).await }).await
    }

    /// Deletes expired data.
    pub async fn prune(&self) {
        let settings = &self.settings;
        let retention = &Retention {
            feedback_days: settings.feedback_days,
            audit_days: settings.audit_days,
            gap_weeks: settings.gap_weeks,
            post_days: settings.post_days,
        };
        let gone = self.write("prune", |store| async move { store.prune(retention, seconds()).await }).await;
        if let Some(gone) = gone.filter(|&gone| gone > 0) {
            tracing::info!(rows = gone, "deleted expired data");
        }
    }

    /// Flushes and closes the store.
    pub async fn close(&self) {
        if let Some((store, _)) = self.store() {
            store.close().await;
        }
    }
}

/// When the interaction was received, in seconds since 1970.
fn began(ticket: &InteractionContext) -> i64 {
    seconds() - ticket.received.elapsed().as_secs() as i64
}

/// The current time, in seconds since 1970.
fn seconds() -> i64 {
    OffsetDateTime::now_utc().unix_timestamp()
}
