//! The only sender: every request that shows something to somebody goes out here. It switches mentions off,
//! tries again where that can help and never without end, and says of each failure what sort it is.
//!
//! Deliberately absent: any word of its own. What is shown is made in `render::card`.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::time::Duration;

use lru::LruCache;
use serde_json::{Value, json};
use serenity::all::{ChannelId, GuildId, Http, HttpError, InteractionId, MessageId, UserId};
use tokio::sync::Semaphore;

use verbatim_core::render::card::{Card, MOST_MESSAGES};

/// Flag of a message that only one person sees.
const EPHEMERAL: u64 = 1 << 6;
/// Pauses before a request is tried again.
const PAUSES: [Duration; 4] =
    [Duration::from_millis(200), Duration::from_millis(600), Duration::from_secs(1), Duration::from_secs(3)];
/// The least pause after Discord said that there were too many requests. How long it asks to wait is not told where
/// the library's limiter is off.
const LIMITED: Duration = Duration::from_secs(1);
/// Answers to interactions under way at a time: each has a connection of its own. Where Discord answers after a fifth
/// of a second, a thousand go out each second.
const AT_ONCE: usize = 256;
/// What writing to a person directly is called in the log.
const DIRECTLY: &str = "write directly";
/// How many failures are remembered, so that each is logged once.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(1_024).expect("more than none");

/// What became of a request that failed for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// What it was about is gone: an expired interaction, a deleted channel or message, a guild left.
    Gone,
    /// The bot lacks a permission there, or a person takes no direct messages.
    Forbidden,
    /// Discord did not take the body: a mistake of ours.
    Refused,
    /// Discord did not answer, also not when asked again.
    Unavailable,
    /// The interaction was responded to before.
    Acknowledged,
}

/// Sends.
pub struct RestClient {
    http: Http,
    interactions: Http,
    at_once: Semaphore,
    told: Mutex<LruCache<u64, ()>>,
}

/// A channel or thread, and the guild that it belongs to; `None` for direct messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The guild.
    pub guild: Option<GuildId>,
    /// The channel or thread.
    pub channel: ChannelId,
}

/// What a request is about. Each failure is logged once for it; the log names channels of guilds and guilds, and never
/// a person, a direct message, a message or an interaction: with them it would tell who was answered what.
#[derive(Debug, Clone, Copy, Hash)]
enum About {
    Channel(u64),
    Guild(u64),
    /// What the log does not name.
    Unnamed(u64),
}

impl From<Place> for About {
    fn from(place: Place) -> Self {
        let channel = place.channel.get();
        if place.guild.is_some() { Self::Channel(channel) } else { Self::Unnamed(channel) }
    }
}

/// A message's JSON.
pub fn message(card: &Card) -> Value {
    card.message()
}

/// The same, to be seen by one person only where `private`.
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
    /// A message of its own.
    Message(Value),
    /// "Thinking …", to be replaced by a message of its own.
    Later {
        /// Whether only the asker will see it.
        private: bool,
    },
    /// The message that the button stands under is replaced.
    Update(Value),
    /// Choices for what is being typed.
    Choices(Vec<(String, String)>),
    /// A form.
    Form(Value),
}

impl Response {
    /// Its JSON.
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
    /// Answers interactions by `interactions`, and sends all else by `http`.
    pub fn new(http: Http, interactions: Http) -> Self {
        Self {
            http,
            interactions,
            at_once: Semaphore::new(AT_ONCE),
            told: Mutex::new(LruCache::new(REMEMBERED)),
        }
    }

    /// The client, for requests that show nothing.
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
            // An earlier try of this arrived, though its answer was lost.
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

    /// Which message the first response became.
    ///
    /// # Errors
    /// [`Failure`]; it has been logged.
    pub async fn response_id(&self, token: &str, about: u64) -> Result<MessageId, Failure> {
        let send = || self.interactions.get_original_interaction_response(token);
        self.answered("look a response up", About::Unnamed(about), send).await.map(|message| message.id)
    }

    /// Further responses, in order, and which messages they became: as many as one request may get. One that fails
    /// has been logged, and the next is still sent.
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
            let send = || self.interactions.create_followup_message(token, &body, Vec::new());
            let sent = self.answered("follow up a response", About::Unnamed(about), send).await;
            messages.push(sent.ok().map(|message| message.id));
        }
        messages
    }

    /// Replies to a message where it stands. The same message is never replied to twice, also where Discord's
    /// answer to the first try was lost: it knows the nonce.
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
        body["nonce"] = json!(message.to_string());
        body["enforce_nonce"] = json!(true);
        let send = || self.http.send_message(place.channel, Vec::new(), &body);
        self.tried("reply to a message", place.into(), send).await.map(|message| message.id)
    }

    /// Writes to a person directly.
    ///
    /// # Errors
    /// [`Failure`]; it has been logged.
    pub async fn direct(&self, user: UserId, body: &Value) -> Result<MessageId, Failure> {
        let recipient = json!({ "recipient_id": user.to_string() });
        let open = || self.http.create_private_channel(&recipient);
        let person = About::Unnamed(user.get());
        let channel = self.tried("open a direct channel", person, open).await?.id;
        let send = || self.http.send_message(channel, Vec::new(), body);
        self.tried(DIRECTLY, person, send).await.map(|message| message.id)
    }

    /// Replaces an earlier message of the bot's own.
    ///
    /// # Errors
    /// [`Failure`]; it has been logged.
    pub async fn edit(&self, place: Place, message: MessageId, body: &Value) -> Result<(), Failure> {
        let send = || self.http.edit_message(place.channel, message, body, Vec::new());
        self.tried("edit a message", place.into(), send).await.map(drop)
    }

    /// Deletes a message of the bot's own.
    ///
    /// # Errors
    /// [`Failure`]; it has been logged.
    pub async fn delete(&self, place: Place, message: MessageId) -> Result<(), Failure> {
        let send = || self.http.delete_message(place.channel, message, None);
        self.tried("delete a message", place.into(), send).await
    }

    /// Writes into a channel, without a message to reply to.
    ///
    /// # Errors
    /// [`Failure`]; it has been logged.
    pub async fn post(&self, place: Place, body: &Value) -> Result<MessageId, Failure> {
        let send = || self.http.send_message(place.channel, Vec::new(), body);
        self.tried("write into a channel", place.into(), send).await.map(|message| message.id)
    }

    /// The channel that a thread belongs to, or the channel itself.
    ///
    /// # Errors
    /// [`Failure`]; it has been logged.
    pub async fn parent_of(&self, channel: ChannelId) -> Result<ChannelId, Failure> {
        let look = || self.http.get_channel(channel);
        // Only channels of guilds are looked up.
        let found = self.tried("look a channel up", About::Channel(channel.get()), look).await?;
        let thread = found.guild().filter(|found| found.thread_metadata.is_some());
        Ok(thread.and_then(|thread| thread.parent_id).unwrap_or(channel))
    }

    /// Replaces the application's commands, everywhere or in one guild.
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

    /// Answers an interaction, when it is its turn. Nothing in here waits for a limit of Discord's.
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

    /// Sends, again where that can help. What is sent can be sent twice without harm.
    async fn tried<T, F>(&self, what: &'static str, about: About, send: impl Fn() -> F) -> Result<T, Failure>
    where
        F: Future<Output = serenity::Result<T>>,
    {
        let mut pauses = PAUSES.iter();
        loop {
            // The library's future is large, and most of those that wait for something have none yet.
            let error = match Box::pin(send()).await {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            let failure = match judge(&error) {
                Judgement::Final(failure) => failure,
                Judgement::Again => match pauses.next() {
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

    /// Logs a failure once for what it is about: see [`About`]. The error's text has a route with a token in it, so only
    /// what Discord said is logged.
    fn log(&self, what: &'static str, about: About, failure: Failure, error: &serenity::Error) {
        metrics::counter!("verbatim_rest_failures_total", "failure" => failure.as_str()).increment(1);
        let mut hasher = DefaultHasher::new();
        (what, about, failure.as_str()).hash(&mut hasher);
        let is_new = {
            let mut told = self.told.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            told.put(hasher.finish(), ()).is_none()
        };
        if !is_new {
            return;
        }
        let said = said(error);
        let (channel, guild) = match about {
            About::Channel(channel) => (Some(channel), None),
            About::Guild(guild) => (None, Some(guild)),
            About::Unnamed(_) => (None, None),
        };
        match failure {
            Failure::Gone => tracing::info!(channel, guild, said, "could not {what}: it is gone"),
            Failure::Forbidden if what == DIRECTLY => {
                tracing::warn!(said, "may not {what}: the person takes no direct messages")
            }
            Failure::Forbidden => tracing::warn!(
                channel,
                guild,
                said,
                "may not {what}: a permission is lacking there: it needs View Channel, Send Messages, in threads Send \
                 Messages in Threads, Embed Links, Read Message History"
            ),
            Failure::Refused => {
                tracing::error!(channel, guild, said, "could not {what}: Discord does not take it")
            }
            Failure::Acknowledged => tracing::debug!("could not {what}: it was responded to before"),
            Failure::Unavailable => {
                tracing::warn!(channel, guild, said, "could not {what}: Discord does not answer")
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

enum Judgement {
    Again,
    Final(Failure),
}

/// "Interaction has already been acknowledged."
const ACKNOWLEDGED: isize = 40_060;
/// Codes of things that are gone beside those that begin with 10: an invalid webhook token, an archived thread.
const GONE: [isize; 2] = [50_027, 50_083];

fn judge(error: &serenity::Error) -> Judgement {
    let response = match error {
        serenity::Error::Http(HttpError::UnsuccessfulRequest(response)) => response,
        // A connection that broke or a reply that was no JSON: whether it arrived is not known.
        serenity::Error::Http(HttpError::Request(_)) | serenity::Error::Json(_) => return Judgement::Again,
        _ => return Judgement::Final(Failure::Refused),
    };
    match (response.status_code.as_u16(), response.error.code) {
        (_, ACKNOWLEDGED) => Judgement::Final(Failure::Acknowledged),
        (404, _) => Judgement::Final(Failure::Gone),
        (_, code) if GONE.contains(&code) || (10_000..11_000).contains(&code) => {
            Judgement::Final(Failure::Gone)
        }
        (401 | 403, _) => Judgement::Final(Failure::Forbidden),
        (408 | 429 | 500..=599, _) => Judgement::Again,
        _ => Judgement::Final(Failure::Refused),
    }
}

fn is_limited(error: &serenity::Error) -> bool {
    matches!(error, serenity::Error::Http(HttpError::UnsuccessfulRequest(response)) if response.status_code.as_u16() == 429)
}

/// What Discord said, without the address that was asked, and of each field only which rule it breaks: what it says
/// there may quote the field.
pub(super) fn said(error: &serenity::Error) -> String {
    match error {
        serenity::Error::Http(HttpError::UnsuccessfulRequest(response)) => {
            let fields = response.error.errors.iter().map(|part| format!("{}: {}", part.path, part.code));
            let fields: Vec<String> = fields.collect();
            let said = format!("{} {}", response.status_code.as_u16(), response.error.message);
            if fields.is_empty() { said } else { format!("{said} ({})", fields.join("; ")) }
        }
        serenity::Error::Http(HttpError::Request(error)) if error.is_timeout() => {
            "no answer in time".to_owned()
        }
        serenity::Error::Http(HttpError::Request(error)) if error.is_connect() => "no connection".to_owned(),
        serenity::Error::Http(HttpError::Request(_)) => "the connection broke".to_owned(),
        serenity::Error::Json(_) => "no JSON".to_owned(),
        _ => "an error of the library".to_owned(),
    }
}
