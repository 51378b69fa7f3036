//! What is kept, as the bot uses it. The store may be locked, full or broken: answers go on, the log and the
//! moderators are told, and nothing here ever fails a question.

use std::sync::{PoisonError, RwLock};
use std::time::{Duration, Instant};

use serenity::all::{ChannelId, GuildId, MessageId, UserId};
use time::OffsetDateTime;

use super::channels::{ChannelSetting, Channels, StoredSettings};
use super::interaction::InteractionContext;
use super::message::AnswerMode;
use crate::config::StoreSettings;
use crate::store::{
    AuditAction, AuditEntry, ChannelMode, ChannelRecord, Forget, Forgotten, Gap, NewAuditEntry, Post,
    Retention, Store, StoreError, Vote, Votes, Voting,
};

/// How many acts are shown.
const AUDITED: u32 = 25;

/// After how long a store that could not be opened is tried again.
const AGAIN: Duration = Duration::from_secs(1);

/// The store, or why there is none at the moment.
pub struct Records {
    settings: StoreSettings,
    state: RwLock<State>,
    /// Held by the one who opens the store: two would set each other's aside.
    opening: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    store: Option<Store>,
    /// How often it was opened.
    opened: u64,
    /// When it could not be opened last.
    failed: Option<Instant>,
    /// Whether one that broke while it was open was replaced, and the settings of channels are not in it yet.
    replaced: bool,
    trouble: Option<String>,
}

impl Records {
    /// Opens the store; where that cannot be, it is tried again at every use.
    pub async fn open(settings: &StoreSettings) -> Self {
        let (settings, state) = (settings.clone(), RwLock::default());
        let records = Self { settings, state, opening: tokio::sync::Mutex::new(()) };
        records.reopen().await;
        records
    }

    /// The store that is open, and how many there were up to it.
    fn store(&self) -> Option<(Store, u64)> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        state.store.clone().map(|store| (store, state.opened))
    }

    async fn reopen(&self) -> Option<(Store, u64)> {
        let _alone = self.opening.lock().await;
        if let Some(opened) = self.store() {
            return Some(opened);
        }
        // Those who waited for the one who tried need not find the same out one after the other.
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
                        "it was broken; it was set aside as {}, and a fresh one begun",
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

    /// What moderators must know of the store; `None` where all is well.
    pub fn trouble(&self) -> Option<String> {
        self.state.read().unwrap_or_else(PoisonError::into_inner).trouble.clone()
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.write().unwrap_or_else(PoisonError::into_inner));
    }

    /// Logged when it begins and when it changes, not at every question.
    fn complain(&self, what: &'static str, error: &StoreError, opened: u64) {
        let told = error.to_string();
        metrics::counter!("verbatim_store_failures_total").increment(1);
        if self.trouble().as_ref() != Some(&told) {
            tracing::error!(what, "{told}");
        }
        self.change(|state| {
            if error.is_broken() {
                // Another may have put a fresh one in its place already.
                if state.opened != opened {
                    return;
                }
                state.store = None;
            }
            state.trouble = Some(told);
        });
    }

    /// Reads from the store. That reading works says nothing of writing.
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

    /// Does something with the store. A broken one is set aside and the work is done with a fresh one.
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

    /// It works again. That one was set aside stays told until the next start.
    fn well(&self) {
        let mended = |trouble: &String| !trouble.contains("set aside");
        if self.trouble().is_some_and(|trouble| mended(&trouble)) {
            tracing::info!("the store works again");
            self.change(|state| state.trouble = None);
        }
    }

    /// What was said of channels; `None` where the store cannot be read.
    pub async fn channels(&self) -> Option<StoredSettings> {
        let read = |store: Store| async move { Ok((store.channels().await?, store.channels_lost().await?)) };
        let (records, lost) = self.read("read the channels", read).await?;
        let said = |record: ChannelRecord| {
            let mode = match record.mode {
                ChannelMode::Unasked => AnswerMode::EveryMessage,
                ChannelMode::Private => AnswerMode::Private,
            };
            (record.channel, ChannelSetting { guild: record.guild, base: record.base, mode })
        };
        Some(StoredSettings { said: records.into_iter().map(said).collect(), lost })
    }

    /// Whether the store took the place of one that broke since the settings of channels were read.
    pub fn was_replaced(&self) -> bool {
        self.state.read().unwrap_or_else(PoisonError::into_inner).replaced
    }

    /// Writes the settings of channels into a store that took the place of one that broke.
    pub async fn restore_channels(&self, channels: &Channels) {
        let StoredSettings { said, lost } = channels.all();
        let record = |(channel, said): (u64, ChannelSetting)| {
            let mode = kept_mode(said.mode)?;
            // Who set it was in the store that broke.
            Some(ChannelRecord { channel, guild: said.guild, base: said.base, mode, user: 0, at: seconds() })
        };
        let records: &Vec<ChannelRecord> = &said.into_iter().filter_map(record).collect();
        let lost = lost.as_ref();
        let restore = |store: Store| async move { store.restore_channels(records, lost).await };
        if self.write("write the channels", restore).await.is_some() {
            tracing::info!(
                channels = records.len(),
                "the settings of channels were written into the fresh store"
            );
            self.change(|state| state.replaced = false);
        }
    }

    /// Writes down that a moderator has confirmed the settings of a guild's channels; whether that worked.
    pub async fn confirm_channels(&self, guild: GuildId) -> bool {
        let confirm = |store: Store| async move { store.confirm_channels(guild.get(), seconds()).await };
        self.write("confirm the channels", confirm).await.is_some()
    }

    /// Writes down when the bot answers in a channel; whether that worked.
    pub async fn set_channel(
        &self,
        ticket: &InteractionContext,
        channel: ChannelId,
        base: &str,
        mode: AnswerMode,
    ) -> bool {
        let (guild, user, at) = (ticket.guild.map_or(0, GuildId::get), ticket.user.get(), began(ticket));
        let record = &kept_mode(mode).map(|mode| ChannelRecord {
            channel: channel.get(),
            guild,
            base: base.to_owned(),
            mode,
            user,
            at,
        });
        let set = |store: Store| async move {
            match record {
                Some(record) => store.set_channel(record).await,
                None => store.clear_channel(channel.get()).await,
            }
        };
        self.write("write a channel", set).await.is_some()
    }

    /// Counts concepts that were asked for and are not covered.
    pub async fn count_gap(&self, base: &str, lacking: &[String]) {
        if !lacking.is_empty() {
            let count = |store: Store| async move { store.count_gap(base, lacking, seconds()).await };
            self.write("count a gap", count).await;
        }
    }

    /// What was asked for and is not covered; `None` where the store cannot be read.
    pub async fn gaps(&self, base: &str, weeks: u32) -> Option<Vec<Gap>> {
        self.read("read the gaps", |store| async move { store.gaps(base, weeks, seconds()).await }).await
    }

    /// Notes that a message of a guild quotes `passages`.
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
        self.write("note a post", |store| async move { store.record_post(post, passages).await }).await;
    }

    /// Marks the posts that quote a passage; how many, or `None` where that is not known.
    pub async fn withdraw(&self, base: &str, passage: &str) -> Option<usize> {
        let marked =
            self.write("mark posts", |store| async move { store.withdraw(base, passage).await }).await;
        marked.map(|count| count as usize)
    }

    /// Marks the posts that quote one of the passages that are withheld now, and no others.
    pub async fn withdraw_only(&self, base: &str, passages: &[String]) {
        self.write("mark posts", |store| async move { store.withdraw_only(base, passages).await }).await;
    }

    /// The posts that are still to be taken back.
    pub async fn to_withdraw(&self) -> Vec<Post> {
        let posts = self.read("read the posts", |store| async move { store.to_withdraw().await }).await;
        posts.unwrap_or_default()
    }

    /// Forgets a post.
    pub async fn forget_post(&self, message: u64) {
        self.write("forget a post", |store| async move { store.forget_post(message).await }).await;
    }

    /// Forgets what was posted and said in a channel.
    pub async fn forget_channel(&self, channel: ChannelId) {
        let forget = |store: Store| async move { store.drop_channel(channel.get()).await };
        self.write("forget a channel", forget).await;
    }

    /// Forgets what was posted and said in a guild. What its moderators did stays.
    pub async fn forget_guild(&self, guild: GuildId) {
        self.write("forget a guild", |store| async move { store.drop_guild(guild.get()).await }).await;
    }

    /// Counts a vote; `None` where that could not be.
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

    /// The passages that a person withheld, with their bases; `None` where the store cannot be read.
    pub async fn withheld_by(&self, user: UserId) -> Option<Vec<(String, String)>> {
        self.read("read the audit", |store| async move { store.withheld_by(user.get()).await }).await
    }

    /// Forgets a person; `None` where that could not be.
    pub async fn forget_person(&self, user: UserId) -> Option<Forgotten> {
        let forget = |store: Store| async move { store.forget(Forget::User(user.get()), seconds()).await };
        self.write("forget a person", forget).await
    }

    /// The votes on a base's answers; `None` where the store cannot be read.
    pub async fn votes(&self, base: &str) -> Option<Votes> {
        self.read("read the votes", |store| async move { store.votes(base).await }).await
    }

    /// Notes what a moderator did, or tried to.
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
            .write("note an act", |store| async move { store.audit(acted, seconds()).await })
            .await
            .is_none()
        {
            let act = act.as_str();
            tracing::warn!(base, act, subject, outcome, "a moderator's act could not be noted in the store");
        }
    }

    /// What moderators did, newest first; `None` where the store cannot be read.
    pub async fn audits(&self, base: &str) -> Option<Vec<AuditEntry>> {
        self.read("read the audit", |store| async move { store.audited(base, AUDITED).await }).await
    }

    /// Takes away what is kept too long.
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
            tracing::info!(rows = gone, "what was kept too long was taken away");
        }
    }

    /// Writes everything through and lets the store go.
    pub async fn close(&self) {
        if let Some((store, _)) = self.store() {
            store.close().await;
        }
    }
}

fn kept_mode(mode: AnswerMode) -> Option<ChannelMode> {
    match mode {
        AnswerMode::OnMention => None,
        AnswerMode::EveryMessage => Some(ChannelMode::Unasked),
        AnswerMode::Private => Some(ChannelMode::Private),
    }
}

/// When somebody asked for what is under way, in seconds since 1970.
fn began(ticket: &InteractionContext) -> i64 {
    seconds() - ticket.received.elapsed().as_secs() as i64
}

/// The time now, in seconds since 1970.
fn seconds() -> i64 {
    OffsetDateTime::now_utc().unix_timestamp()
}
