//! The Discord bot.
//!
//! A question passes five modules: `event` dispatches an event; `interaction` reads a command, or `message` decides
//! whether a message is a question, both with `typed_text`, which reads Discord's markup; `ask` has the steps from triage
//! to the record; `respond` (to an interaction) or `reply` (to a message) sends the answer through `rest`, the only
//! sender. For its steps, `ask` calls `channels` and `registry` (which base answers where), `workers` (triage and
//! answer), `safety` (where a safety card is shown), `limit` (rate limits), `metrics` and the store; `reply` calls
//! `conversation`.
//!
//! The other modules: `connect` connects to Discord, `component` handles buttons and forms, `autocomplete` offers
//! choices, `command` and `register` define and register the commands, `moderation` handles moderator commands,
//! `privacy` the data stored about users. `inspect` asks about the account, for `verbatim doctor`. `index_watch`
//! notices when another process publishes. `conversation` remembers recent questions for follow-ups, and which replies
//! can be taken back. `expiry` drops in-memory data on a timer.

mod ask;
mod autocomplete;
mod channels;
mod command;
mod command_parts;
mod component;
pub mod connect;
mod conversation;
mod event;
mod expiry;
mod index_watch;
pub mod inspect;
mod interaction;
mod invite;
mod limit;
mod message;
mod messages;
mod metrics;
mod moderation;
mod privacy;
mod register;
mod registry;
mod reply;
mod respond;
mod rest;
mod safety;
mod typed_text;
mod workers;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serenity::all::{ApplicationId, Client, ConnectionStage, GuildId, ShardManager, UserId};
use time::OffsetDateTime;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::channels::Channels;
pub use self::connect::{Access, ServeError};
use self::connect::{Entry, ended, enter, intents};
use self::conversation::Conversations;
pub use self::invite::invite;
use self::limit::{Permit, RateLimits, Refusal};
use self::metrics::Metrics;
use self::registry::Registry;
use self::rest::RestClient;
use self::safety::SafetyCards;
use self::workers::Workers;
use crate::config::Config;
use crate::health::Health;
use crate::store::{StoreHandle, unix_now};
use verbatim_core::engine::Engine;
use verbatim_core::index::manifest::made_at;

/// How long the bot waits for pending replies before it stops.
const DRAIN: Duration = Duration::from_secs(20);
/// How often the connection is checked.
const WATCHED: Duration = Duration::from_secs(1);
/// How often expired data is deleted from the store.
const DAILY: Duration = Duration::from_secs(24 * 60 * 60);

/// The state shared by the bot's modules.
pub(crate) struct Bot {
    settings: Config,
    registry: Registry,
    rest: RestClient,
    limits: RateLimits,
    safety: SafetyCards,
    conversations: Conversations,
    workers: Workers,
    channels: Channels,
    store: StoreHandle,
    metrics: Metrics,
    recording: Semaphore,
    resuming: moderation::Resuming,
    drafts: moderation::Drafts,
    downloads: moderation::Downloads,
    gateway: metrics::Gateway,
    health: Arc<Health>,
    me: UserId,
    application: ApplicationId,
    started: Instant,
    stopping: AtomicBool,
    tasks: TaskTracker,
}

impl Bot {
    /// Runs `work` in the background. The bot waits for it before stopping.
    fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(work);
    }

    /// Applies the rate limits to a question.
    fn admit(&self, user: UserId, guild: Option<GuildId>) -> Result<Permit, Refusal> {
        if self.is_stopping() {
            return Err(Refusal::Stopping);
        }
        self.limits.admit(user.get(), guild.map(GuildId::get))
    }

    fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// The disclaimer for messages that belong to no base: that of the default base.
    fn disclaimer(&self) -> String {
        let served = self.registry.find(None);
        served.map(|served| served.disclaimer()).unwrap_or_default()
    }
}

/// Serves `engines`, the default base first, until `stop` is cancelled.
///
/// # Errors
/// [`ServeError`], as one line for the operator.
pub async fn serve(
    settings: Config,
    access: Access,
    engines: Vec<Arc<Engine>>,
    health: Arc<Health>,
    stop: CancellationToken,
) -> Result<(), ServeError> {
    let (http, downloads) = access.http()?;
    let entry = tokio::select! {
        entry = enter(&http) => entry?,
        () = stop.cancelled() => return Ok(()),
    };
    let interactions = access.interactions(&downloads);
    for http in [&http, &interactions] {
        http.set_application_id(entry.user.id.get().into());
    }
    let rest = RestClient::new(http, interactions);
    let bot = Arc::new(open(settings, &access, engines, health, rest, downloads, &entry).await);
    for problem in command::problems(&bot.registry.offered()) {
        tracing::error!("{problem}");
    }
    let client = connect(&access, &bot, &entry).await?;
    let outcome = run(client, &bot, &entry, stop).await;
    bot.store.close().await;
    outcome
}

async fn open(
    settings: Config,
    access: &Access,
    engines: Vec<Arc<Engine>>,
    health: Arc<Health>,
    rest: RestClient,
    downloads: reqwest::Client,
    entry: &Entry,
) -> Bot {
    let store = StoreHandle::open(&settings.store.path).await;
    let channels = Channels::default();
    channels.load(&store).await;
    Bot {
        registry: Registry::new(engines),
        rest,
        limits: RateLimits::new(&settings.limits),
        safety: SafetyCards::new(),
        conversations: Conversations::new(),
        workers: Workers::new(),
        channels,
        store,
        metrics: Metrics::default(),
        recording: Semaphore::new(1),
        resuming: moderation::Resuming::default(),
        drafts: moderation::Drafts::new(),
        downloads: moderation::Downloads::new(downloads, access.proxy(), settings.limits.attachment_bytes()),
        gateway: metrics::Gateway::default(),
        health,
        me: entry.user.id,
        application: entry.user.id.get().into(),
        started: Instant::now(),
        stopping: AtomicBool::new(false),
        tasks: TaskTracker::new(),
        settings,
    }
}

/// Creates a client for the gateway in `entry`. The library requests the gateway's address again and falls back to the
/// public gateway if that fails. The result is therefore checked and retried, so that the bot never bypasses a proxy or
/// a test server by accident.
async fn connect(access: &Access, bot: &Arc<Bot>, entry: &Entry) -> Result<Client, ServeError> {
    for _ in 0..3 {
        let (http, _) = access.client()?;
        let client = serenity::client::ClientBuilder::new_with_http(
            http,
            intents(bot.settings.discord.message_content),
        )
        .event_handler(event::Listener::new(bot.clone()))
        .await
        .map_err(ended)?;
        if *client.ws_url.lock().await == entry.gateway {
            return Ok(client);
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    Err(ServeError::Unreachable("the gateway's address changes from one request to the next".to_owned()))
}

/// Handles events until the connection ends for good or `stop` is cancelled. Then accepts no new questions and finishes
/// pending replies.
async fn run(
    mut client: Client,
    bot: &Arc<Bot>,
    entry: &Entry,
    stop: CancellationToken,
) -> Result<(), ServeError> {
    let shards = client.shard_manager.clone();
    bot.spawn(daily(bot.clone(), stop.clone()));
    bot.spawn(index_watch::watch(bot.clone(), stop.clone()));
    bot.spawn(watch(bot.clone(), shards.clone(), entry.shards, stop.clone()));
    let outcome = tokio::select! {
        outcome = client.start_shards(entry.shards) => outcome.map_err(ended),
        () = stop.cancelled() => Ok(()),
    };
    stop.cancel();
    bot.gateway.set("stopping");
    tracing::info!("stopping: finishing pending replies first");
    let _ = tokio::time::timeout(Duration::from_secs(3), shards.shutdown_all()).await;
    // Set only now, so that questions received before the connection closed are still accepted.
    bot.stopping.store(true, Ordering::Relaxed);
    bot.tasks.close();
    if tokio::time::timeout(DRAIN, bot.tasks.wait()).await.is_err() {
        tracing::warn!(left = bot.tasks.len(), "some replies could not be finished in time");
    }
    outcome
}

/// Checks the connection and the store.
async fn watch(bot: Arc<Bot>, shards: Arc<ShardManager>, count: u32, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(WATCHED) => {}
            () = stop.cancelled() => return,
        }
        let runners = shards.runners.lock().await;
        let connected = runners.values().filter(|runner| runner.stage == ConnectionStage::Connected).count();
        drop(runners);
        let all_connected = connected >= count as usize;
        bot.gateway.check(all_connected);
        bot.health.set_connected(all_connected);
        bot.health.set_store_writable(bot.store.works().await);
    }
}

/// The current time, in the format of a generation's manifest.
fn now() -> String {
    made_at(OffsetDateTime::now_utc())
}

/// The current date in UTC, in ISO 8601 format.
fn today() -> String {
    OffsetDateTime::now_utc().date().to_string()
}

/// Deletes expired data and takes back posts that still quote withheld passages, at the start and then every day.
async fn daily(bot: Arc<Bot>, stop: CancellationToken) {
    loop {
        prune(&bot).await;
        moderation::resume(&bot);
        tokio::select! {
            () = tokio::time::sleep(DAILY) => {}
            () = stop.cancelled() => return,
        }
    }
}

async fn prune(bot: &Bot) {
    let retention = &bot.settings.store.retention;
    let deleted =
        bot.store.write("prune", |store| async move { store.prune(retention, unix_now()).await }).await;
    if let Some(rows) = deleted.filter(|&rows| rows > 0) {
        tracing::info!(rows, "deleted expired data");
    }
}
