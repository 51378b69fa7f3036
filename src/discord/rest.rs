//! The only sender: every request that shows something to a user goes through here. It disables mentions, retries a
//! limited number of times if a retry can help, and classifies each failure.
//!
//! Deliberately absent: any text of its own. Messages are rendered in `render::card`.

use std::collections::hash_map::DefaultHasher;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::num::NonZeroUsize;
use std::time::Duration;

use lru::LruCache;
use parking_lot::Mutex;
use serde_json::{Value, json};
use serenity::all::{ChannelId, GuildId, Http, HttpError, InteractionId, MessageId, UserId};
use tokio::sync::Semaphore;

use verbatim_core::render::card::{Card, MOST_MESSAGES};

/// Flag of a message that only one user sees.
const EPHEMERAL: u64 = 1 << 6;
/// Pauses between retries.
const PAUSES: [Duration; 4] =
    [Duration::from_millis(200), Duration::from_millis(600), Duration::from_secs(1), Duration::from_secs(3)];
/// Minimum pause after Discord reports too many requests. The wait that Discord asks for is not available if the
/// library's rate limiter is off.
const LIMITED: Duration = Duration::from_secs(1);
/// Maximum number of concurrent requests that answer interactions: each uses a separate connection. If Discord responds
/// within 0.2 seconds, a thousand go out per second.
const AT_ONCE: usize = 256;
/// How the log names sending a direct message.
const DIRECTLY: &str = "send a direct message";
/// Number of failures remembered, so that each is logged once.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(1_024).expect("more than none");

/// Why a request failed for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The target is gone: an expired interaction, a deleted channel or message, a guild that the bot left.
    Gone,
    /// The bot lacks a permission there, or the user does not accept direct messages.
    Forbidden,
    /// Discord rejected the request body: a bug in the bot.
    Refused,
    /// Discord did not respond, even after retries.
    Unavailable,
    /// The interaction already has a response.
    Acknowledged,
}

/// Sends requests to Discord's REST API.
pub struct RestClient {
    http: Http,
    interactions: Http,
    at_once: Semaphore,
    logged: Mutex<LruCache<u64, ()>>,
}

/// A channel or thread, and the guild that it belongs to; `None` for direct messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The guild.
    pub guild: Option<GuildId>,
    /// The channel or thread.
    pub channel: ChannelId,
}

/// The messages of a reply that were sent.
pub struct SentCards {
    /// The first message: `None` if only Discord knows its id.
    pub first: Result<Option<MessageId>, Failure>,
    /// The other messages; `None` for each that could not be sent.
    pub rest: Vec<Option<MessageId>>,
}

/// The target of a request. Each kind of failure is logged once per target. The log names guilds and their channels,
/// but never a user, a direct message, a message or an interaction: those would reveal who was answered what.
#[derive(Debug, Clone, Copy, Hash)]
enum About {
    Channel(u64),
    Guild(u64),
    /// A target that the log does not name.
    Unnamed(u64),
}

impl From<Place> for About {
    fn from(place: Place) -> Self {
        let channel = place.channel.get();
        if place.guild.is_some() { Self::Channel(channel) } else { Self::Unnamed(channel) }
    }
}

/// A random number: the standard library's hasher has random keys.
fn new_nonce() -> u64 {
    RandomState::new().hash_one(())
}

/// Returns a message's JSON.
pub fn message(card: &Card) -> Value {
    card.message()
}

/// Like [`message`], but visible to one user only if `private`.
pub fn message_to(card: &Card, private: bool) -> Value {
    let mut body = message(card);
    if private {
        body["flags"] = json!(EPHEMERAL);
    }
    body
}

/// The first response to an interaction.
#[derive(Debug, Clone, PartialEq)]
pub enum Response {
    /// A new message.
    Message(Value),
    /// "Thinking …", to be replaced by a message later.
    Later {
        /// Whether only the user who asked sees it.
        private: bool,
    },
    /// Replaces the message above the button.
    Update(Value),
    /// Autocomplete choices.
    Choices(Vec<(String, String)>),
    /// A form.
    Form(Value),
}

impl Response {
    /// Returns the response's JSON.
    pub fn body(self) -> Value {
        match self {
            Self::Message(data) => json!({ "type": 4, "data": data }),
            Self::Later { private } => {
                json!({ "type": 5, "data": { "flags": if private { EPHEMERAL } else { 0 } } })
            }
            Self::Update(data) => json!({ "type": 7, "data": data }),
            Self::Choices(choices) => {
                let choice = |(name, value)| json!({ "name": name, "value": value });
                json!({ "type": 8, "data": { "choices": choices.into_iter().map(choice).collect::<Vec<Value>>() } })
            }
            Self::Form(data) => json!({ "type": 9, "data": data }),
        }
    }
}

impl RestClient {
    /// Answers interactions through `interactions` and sends everything else through `http`.
    pub fn new(http: Http, interactions: Http) -> Self {
        Self {
            http,
            interactions,
            at_once: Semaphore::new(AT_ONCE),
            logged: Mutex::new(LruCache::new(REMEMBERED)),
        }
    }

    /// The client, for requests that show nothing to users.
    pub fn http(&self) -> &Http {
        &self.http
    }

    /// Responds to an interaction for the first time.
    ///
    /// # Errors
    /// [`Failure`]; it has been logged.
    pub async fn respond(&self, id: InteractionId, token: &str, response: Response) -> Result<(), Failure> {
        let body = response.body();
        let send = || self.interactions.create_interaction_response(id, token, &body, Vec::new());
        match self.answered("respond to an interaction", About::Unnamed(id.get()), send).await {
            // An earlier attempt arrived, but Discord's reply was lost.
            Err(Failure::Acknowledged) => Ok(()),
            outcome => outcome,
        }
    }

    /// Replaces the first response.
    ///
    /// # Errors
    /// [`Failure`]; it has been logged.
    pub async fn edit_response(&self, token: &str, about: u64, body: &Value) -> Result<MessageId, Failure> {
        let send = || self.interactions.edit_original_interaction_response(token, body, Vec::new());
        self.answered("edit a response", About::Unnamed(about), send).await.map(|message| message.id)
    }

    /// Returns the id of the first response's message.
    ///
    /// # Errors
    /// [`Failure`]; it has been logged.
    pub async fn response_id(&self, token: &str, about: u64) -> Result<MessageId, Failure> {
        let send = || self.interactions.get_original_interaction_response(token);
        self.answered("look up a response", About::Unnamed(about), send).await.map(|message| message.id)
    }

    /// Sends further responses in order, up to the limit per request, and returns their message ids. If one fails, that
    /// is logged and the next one is still sent. Discord enforces no nonce here, so a response that may have arrived is
    /// not sent again: nobody would know the id of the first one, and it could never be withdrawn.
    pub async fn follow_up_all(
        &self,
        token: &str,
        about: u64,
        cards: &[Card],
        private: bool,
    ) -> Vec<Option<MessageId>> {
        let mut messages = Vec::new();
        for card in cards.iter().take(MOST_MESSAGES - 1) {
            let body = message_to(card, private);
            let send = || async {
                let _turn = self.at_once.acquire().await;
                self.interactions.create_followup_message(token, &body, Vec::new()).await
            };
            let what = "send a follow-up response";
            let sent = self.tried_if(Retry::IfUnprocessed, what, About::Unnamed(about), send).await;
            messages.push(sent.ok().map(|message| message.id));
        }
        messages
    }

    /// Replies to a message in its channel. No message gets the same reply twice.
    ///
    /// # Errors
    /// [`Failure`]; it has been logged.
    pub async fn reply_to(
        &self,
        place: Place,
        message: MessageId,
        mut body: Value,
    ) -> Result<MessageId, Failure> {
        body["message_reference"] = json!({ "message_id": message.to_string(), "fail_if_not_exists": false });
        body["allowed_mentions"] = json!({ "parse": [], "replied_user": false });
        self.send("reply to a message", place.into(), place.channel, message.get(), body).await
    }

    /// Sends a direct message to a user.
    ///
    /// # Errors
    /// [`Failure`]; it has been logged.
    pub async fn direct(&self, user: UserId, body: Value) -> Result<MessageId, Failure> {
        let recipient = json!({ "recipient_id": user.to_string() });
        let open = || self.http.create_private_channel(&recipient);
        let person = About::Unnamed(user.get());
        let channel = self.tried("open a direct message channel", person, open).await?.id;
        self.send(DIRECTLY, person, channel, new_nonce(), body).await
    }

    /// Edits one of the bot's own messages.
    ///
    /// # Errors
    /// [`Failure`]; it has been logged.
    pub async fn edit(&self, place: Place, message: MessageId, body: &Value) -> Result<(), Failure> {
        let send = || self.http.edit_message(place.channel, message, body, Vec::new());
        self.tried("edit a message", place.into(), send).await.map(drop)
    }

    /// Deletes one of the bot's own messages.
    ///
    /// # Errors
    /// [`Failure`]; it has been logged.
    pub async fn delete(&self, place: Place, message: MessageId) -> Result<(), Failure> {
        let send = || self.http.delete_message(place.channel, message, None);
        self.tried("delete a message", place.into(), send).await
    }

    /// Posts a message in a channel without replying to another.
    ///
    /// # Errors
    /// [`Failure`]; it has been logged.
    pub async fn post(&self, place: Place, body: Value) -> Result<MessageId, Failure> {
        self.send("post in a channel", place.into(), place.channel, new_nonce(), body).await
    }

    /// Creates a message in a channel. Discord recognises a retry by the nonce, so an attempt whose response was lost
    /// leaves no second message.
    async fn send(
        &self,
        what: &'static str,
        about: About,
        channel: ChannelId,
        nonce: u64,
        mut body: Value,
    ) -> Result<MessageId, Failure> {
        body["nonce"] = json!(nonce.to_string());
        body["enforce_nonce"] = json!(true);
        let send = || self.http.send_message(channel, Vec::new(), &body);
        self.tried(what, about, send).await.map(|message| message.id)
    }

    /// Returns the parent channel of a thread, or the channel itself.
    ///
    /// # Errors
    /// [`Failure`]; it has been logged.
    pub async fn parent_of(&self, channel: ChannelId) -> Result<ChannelId, Failure> {
        let look = || self.http.get_channel(channel);
        // Only guild channels are looked up, so the log may name them.
        let found = self.tried("look up a channel", About::Channel(channel.get()), look).await?;
        let thread = found.guild().filter(|found| found.thread_metadata.is_some());
        Ok(thread.and_then(|thread| thread.parent_id).unwrap_or(channel))
    }

    /// Replaces the application's commands, globally or in one guild.
    ///
    /// # Errors
    /// [`Failure`]; it has been logged.
    pub async fn register(&self, guild: Option<GuildId>, commands: &[Value]) -> Result<(), Failure> {
        match guild {
            None => {
                let send = || self.http.create_global_commands(&commands);
                self.tried("register commands", About::Unnamed(0), send).await.map(drop)
            }
            Some(guild) => {
                let send = || self.http.create_guild_commands(guild, &commands);
                self.tried("register commands", About::Guild(guild.get()), send).await.map(drop)
            }
        }
    }

    /// Answers an interaction when a slot is free. Nothing here waits for Discord's rate limits.
    async fn answered<T, F>(
        &self,
        what: &'static str,
        about: About,
        send: impl Fn() -> F,
    ) -> Result<T, Failure>
    where
        F: Future<Output = serenity::Result<T>>,
    {
        let in_turn = || async {
            let _turn = self.at_once.acquire().await;
            send().await
        };
        self.tried(what, about, in_turn).await
    }

    /// Sends a request that is safe to send twice, with retries if they can help.
    async fn tried<T, F>(&self, what: &'static str, about: About, send: impl Fn() -> F) -> Result<T, Failure>
    where
        F: Future<Output = serenity::Result<T>>,
    {
        self.tried_if(Retry::Always, what, about, send).await
    }

    /// Sends a request, with retries if they can help and `retry` allows them.
    async fn tried_if<T, F>(
        &self,
        retry: Retry,
        what: &'static str,
        about: About,
        send: impl Fn() -> F,
    ) -> Result<T, Failure>
    where
        F: Future<Output = serenity::Result<T>>,
    {
        let mut pauses = PAUSES.iter();
        loop {
            // Boxed because the library's future is large, and most waiting tasks have not started one yet.
            let error = match Box::pin(send()).await {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            let failure = match judge(&error) {
                Judgement::Final(failure) => failure,
                Judgement::Unclear if retry == Retry::IfUnprocessed => Failure::Unavailable,
                Judgement::Unprocessed | Judgement::Unclear => match pauses.next() {
                    Some(pause) => {
                        metrics::counter!("verbatim_rest_retries_total").increment(1);
                        let mut pause = *pause;
                        if is_limited(&error) {
                            metrics::counter!("verbatim_rate_limits_total").increment(1);
                            pause = pause.max(LIMITED);
                        }
                        tokio::time::sleep(pause).await;
                        continue;
                    }
                    None => Failure::Unavailable,
                },
            };
            self.log(what, about, failure, &error);
            return Err(failure);
        }
    }

    /// Logs a failure once per target: see [`About`]. The error's text contains a URL with a token, so only Discord's
    /// own message is logged.
    fn log(&self, what: &'static str, about: About, failure: Failure, error: &serenity::Error) {
        metrics::counter!("verbatim_rest_failures_total", "failure" => failure.as_str()).increment(1);
        let mut hasher = DefaultHasher::new();
        (what, about, failure.as_str()).hash(&mut hasher);
        if self.logged.lock().put(hasher.finish(), ()).is_some() {
            return;
        }
        let response = response_of(error);
        let (channel, guild) = match about {
            About::Channel(channel) => (Some(channel), None),
            About::Guild(guild) => (None, Some(guild)),
            About::Unnamed(_) => (None, None),
        };
        match failure {
            Failure::Gone => tracing::info!(channel, guild, response, "could not {what}: it is gone"),
            Failure::Forbidden if what == DIRECTLY => {
                tracing::warn!(response, "cannot {what}: the user does not accept direct messages")
            }
            Failure::Forbidden => tracing::warn!(
                channel,
                guild,
                response,
                "cannot {what}: the bot lacks a permission there; it needs View Channel, Send Messages, Send Messages \
                 in Threads (in threads), Embed Links and Read Message History"
            ),
            Failure::Refused => {
                tracing::error!(channel, guild, response, "could not {what}: Discord rejected it")
            }
            Failure::Acknowledged => tracing::debug!("could not {what}: it already has a response"),
            Failure::Unavailable => {
                tracing::warn!(channel, guild, response, "could not {what}: Discord is not responding")
            }
        }
    }
}

impl Failure {
    fn as_str(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::Forbidden => "forbidden",
            Self::Refused => "refused",
            Self::Unavailable => "unavailable",
            Self::Acknowledged => "acknowledged",
        }
    }
}

/// Which failed requests are sent again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Retry {
    /// All that may succeed: the request is safe to send twice.
    Always,
    /// Only those that had no effect.
    IfUnprocessed,
}

enum Judgement {
    /// The request had no effect, and may succeed later.
    Unprocessed,
    /// The request may have had its effect.
    Unclear,
    Final(Failure),
}

/// "Interaction has already been acknowledged."
const ACKNOWLEDGED: isize = 40_060;
/// Codes for missing targets, in addition to 10000 to 10999: an invalid webhook token, an archived thread.
const GONE: [isize; 2] = [50_027, 50_083];

fn judge(error: &serenity::Error) -> Judgement {
    let response = match error {
        serenity::Error::Http(HttpError::UnsuccessfulRequest(response)) => response,
        serenity::Error::Http(HttpError::Request(error)) if error.is_connect() => {
            return Judgement::Unprocessed;
        }
        // The connection was lost, or the response was not JSON.
        serenity::Error::Http(HttpError::Request(_)) | serenity::Error::Json(_) => return Judgement::Unclear,
        _ => return Judgement::Final(Failure::Refused),
    };
    match (response.status_code.as_u16(), response.error.code) {
        (_, ACKNOWLEDGED) => Judgement::Final(Failure::Acknowledged),
        (404, _) => Judgement::Final(Failure::Gone),
        (_, code) if GONE.contains(&code) || (10_000..11_000).contains(&code) => {
            Judgement::Final(Failure::Gone)
        }
        (401 | 403, _) => Judgement::Final(Failure::Forbidden),
        (429, _) => Judgement::Unprocessed,
        (408 | 500..=599, _) => Judgement::Unclear,
        _ => Judgement::Final(Failure::Refused),
    }
}

fn is_limited(error: &serenity::Error) -> bool {
    matches!(error, serenity::Error::Http(HttpError::UnsuccessfulRequest(response)) if response.status_code.as_u16() == 429)
}

/// Returns Discord's error message without the request's URL. For each invalid field it names only the rule that the
/// field breaks, because Discord's text may quote the field.
pub(super) fn response_of(error: &serenity::Error) -> String {
    match error {
        serenity::Error::Http(HttpError::UnsuccessfulRequest(response)) => {
            let fields = response.error.errors.iter().map(|part| format!("{}: {}", part.path, part.code));
            let fields: Vec<String> = fields.collect();
            let summary = format!("{} {}", response.status_code.as_u16(), response.error.message);
            if fields.is_empty() { summary } else { format!("{summary} ({})", fields.join("; ")) }
        }
        serenity::Error::Http(HttpError::Request(error)) if error.is_timeout() => "timed out".to_owned(),
        serenity::Error::Http(HttpError::Request(error)) if error.is_connect() => "no connection".to_owned(),
        serenity::Error::Http(HttpError::Request(_)) => "the connection was lost".to_owned(),
        serenity::Error::Json(_) => "the response was not JSON".to_owned(),
        _ => "an error in the Discord library".to_owned(),
    }
}
