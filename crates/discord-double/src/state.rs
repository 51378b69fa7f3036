//! The state behind both servers: guilds, channels, messages, commands and questions.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::checks::Asked;
use super::events::Event;
use super::fault::Fault;
use super::people::{self, GUILD, Spot};
use super::record::{Question, Recorded, Reply, Way};
use super::session::Gateway;

/// Which bodies are checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checking {
    /// All bodies.
    Every,
    /// One in this many, for load tests.
    OneIn(usize),
    /// No body.
    Never,
}

/// Settings of a double.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The valid bot token.
    pub token: String,
    /// Whether REST uses TLS, for `DISCORD_CA`.
    pub tls: bool,
    /// The heartbeat interval that the client gets.
    pub heartbeat: Duration,
    /// How long an interaction waits for its initial response; 3 s in Discord.
    pub acknowledge_within: Duration,
    /// How long its token is valid after that; 15 minutes in Discord.
    pub token_life: Duration,
    pub checking: Checking,
    /// How many requests to keep.
    pub recorded: usize,
    /// Whether the client gets events for its own messages, as in Discord.
    pub echo: bool,
    /// How many shards `GET /gateway/bot` recommends.
    pub shards: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            token: "token-of-the-double".to_owned(),
            tls: false,
            heartbeat: Duration::from_millis(41_250),
            acknowledge_within: Duration::from_secs(3),
            token_life: Duration::from_secs(15 * 60),
            checking: Checking::Every,
            recorded: 10_000,
            echo: true,
            shards: 1,
        }
    }
}

/// Why the application cannot write in a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forbidden {
    /// It cannot see the channel: error 50001.
    Seeing,
    /// It can see the channel but not write: error 50013.
    Writing,
}

/// An interaction as Discord remembers it.
#[derive(Clone, Debug)]
pub struct Interaction {
    pub id: u64,
    pub asked: Asked,
    pub spot: Spot,
    pub sent: Instant,
    /// The message that the clicked button belongs to.
    pub source: Option<u64>,
    /// The type of the initial response.
    pub callback: Option<u64>,
    /// The message that `@original` names.
    pub original: Option<u64>,
    /// Whether a test made it expire.
    pub expired: bool,
}

/// A stored message.
#[derive(Clone, Debug)]
pub struct Kept {
    pub channel: u64,
    pub object: Value,
    /// The token of the interaction that the message answers.
    pub token: Option<String>,
}

impl Kept {
    /// Whether only one user can see it.
    pub fn is_private(&self) -> bool {
        self.object["flags"].as_u64().unwrap_or(0) & (1 << 6) != 0
    }
}

/// All mutable state.
pub struct State {
    pub settings: Settings,
    pub guilds: BTreeMap<u64, String>,
    pub channels: HashMap<u64, Spot>,
    pub forbidden: HashMap<u64, Forbidden>,
    /// Users who refuse direct messages.
    pub refusing: HashSet<u64>,
    pub messages: BTreeMap<u64, Kept>,
    pub nonces: HashMap<(u64, String), u64>,
    /// The application's commands: guild commands by guild id, global commands under `None`.
    pub commands: HashMap<Option<u64>, Vec<Value>>,
    pub interactions: HashMap<String, Interaction>,
    pub questions: HashMap<u64, Question>,
    pub attachments: HashMap<String, (String, Vec<u8>)>,
    pub faults: Vec<Fault>,
    pub requests: VecDeque<Arc<Recorded>>,
    pub violations: Vec<String>,
    pub checked: usize,
    pub gateway: Gateway,
    /// The address of the gateway, for `READY` and REST.
    pub gateway_address: String,
    /// The address for downloading attachments.
    pub attachments_at: String,
}

impl State {
    fn new(settings: Settings, origin: &str, gateway_address: String) -> Self {
        let content = if settings.tls { "https://cdn.discordapp.com" } else { origin };
        let attachments_at = content.to_owned();
        let spots = [Spot::channel(), Spot::thread()];
        Self {
            guilds: BTreeMap::from([(GUILD, "The guild".to_owned())]),
            channels: spots.into_iter().map(|spot| (spot.channel, spot)).collect(),
            forbidden: HashMap::new(),
            refusing: HashSet::new(),
            messages: BTreeMap::new(),
            nonces: HashMap::new(),
            commands: HashMap::new(),
            interactions: HashMap::new(),
            questions: HashMap::new(),
            attachments: HashMap::new(),
            faults: Vec::new(),
            requests: VecDeque::new(),
            violations: Vec::new(),
            checked: 0,
            gateway: Gateway::default(),
            gateway_address,
            attachments_at,
            settings,
        }
    }

    /// Makes an event happen: stores what it contains, then sends it to every client that can receive it.
    pub fn happen(&mut self, event: &Event) {
        self.remember(event);
        self.gateway.dispatch(event);
    }

    fn remember(&mut self, event: &Event) {
        let id_of = |value: &Value| value["id"].as_str().and_then(|id| id.parse::<u64>().ok());
        if let Some(spot) = event.spot {
            self.channels.entry(spot.channel).or_insert(spot);
            if let Some(guild) = spot.guild {
                self.guilds.entry(guild).or_insert_with(|| format!("Guild {guild}"));
            }
        }
        match event.name.as_str() {
            "INTERACTION_CREATE" => self.remember_interaction(event),
            "MESSAGE_CREATE" if event.id != 0 => {
                let channel = event.spot.map_or(0, |spot| spot.channel);
                self.keep(event.id, Kept { channel, object: event.data.clone(), token: None });
                self.questions.entry(event.id).or_default();
            }
            "MESSAGE_DELETE" => {
                self.messages.remove(&id_of(&event.data).unwrap_or(0));
            }
            "MESSAGE_DELETE_BULK" => {
                let ids = event.data["ids"].as_array().into_iter().flatten();
                for id in ids.filter_map(|id| id.as_str()?.parse::<u64>().ok()) {
                    self.messages.remove(&id);
                }
            }
            "CHANNEL_DELETE" => {
                self.channels.remove(&id_of(&event.data).unwrap_or(0));
            }
            "GUILD_DELETE" if event.data["unavailable"] != true => {
                let guild = id_of(&event.data);
                self.guilds.remove(&guild.unwrap_or(0));
                self.channels.retain(|_, spot| spot.guild.is_none() || spot.guild != guild);
            }
            _ => {}
        }
    }

    fn remember_interaction(&mut self, event: &Event) {
        let Some(spot) = event.spot else { return };
        let source = event.data["message"]["id"].as_str().and_then(|id| id.parse().ok());
        if let Some(id) = source.filter(|id| !self.messages.contains_key(id)) {
            let object = event.data["message"].clone();
            self.keep(id, Kept { channel: spot.channel, object, token: None });
        }
        let interaction = Interaction {
            id: event.id,
            asked: Asked::of_event(&event.data),
            spot,
            sent: Instant::now(),
            source,
            callback: None,
            original: None,
            expired: false,
        };
        let token = event.data["token"].as_str().unwrap_or_default().to_owned();
        self.questions.entry(event.id).or_default();
        self.interactions.entry(token).or_insert(interaction);
    }

    /// Stores a message under its id.
    pub fn keep(&mut self, id: u64, kept: Kept) {
        self.messages.insert(id, kept);
    }

    /// Creates a message from what the application sent, and stores it.
    pub fn write(&mut self, spot: &Spot, body: &Value, token: Option<&str>) -> (u64, Value) {
        let id = people::snowflake();
        let content = body["content"].as_str().unwrap_or_default();
        let mut object = super::events::message_object(id, spot, &people::Person::bot(), content);
        super::rest::overlay(&mut object, body);
        object["application_id"] = Value::String(people::APPLICATION.to_string());
        if token.is_some() {
            object["webhook_id"] = Value::String(people::APPLICATION.to_string());
        }
        if let Some(reference) = object.get("message_reference").filter(|value| value.is_object()).cloned() {
            self.refer(&mut object, spot, &reference);
        }
        let kept = Kept { channel: spot.channel, object: object.clone(), token: token.map(str::to_owned) };
        let is_private = kept.is_private();
        self.keep(id, kept);
        if self.settings.echo && !is_private {
            let name = "MESSAGE_CREATE".to_owned();
            let data = object.clone();
            self.gateway.dispatch(&Event { id, name, data, guild: spot.guild, spot: Some(*spot) });
        }
        (id, object)
    }

    /// Adds the referenced message to a message that replies to another.
    fn refer(&self, object: &mut Value, spot: &Spot, reference: &Value) {
        let id = reference["message_id"].as_str().and_then(|id| id.parse::<u64>().ok());
        object["type"] = json!(19);
        object["message_reference"] = json!({ "type": 0, "message_id": reference["message_id"],
            "channel_id": spot.channel.to_string() });
        if let Some(guild) = spot.guild {
            object["message_reference"]["guild_id"] = json!(guild.to_string());
        }
        let kept = id.and_then(|id| self.messages.get(&id));
        object["referenced_message"] = kept.map_or(Value::Null, |kept| kept.object.clone());
    }

    /// Records a reply to a question.
    pub fn reply(&mut self, question: u64, way: Way, body: &Value, message: Option<u64>, at: Instant) {
        if let Some(question) = self.questions.get_mut(&question) {
            question.reply(way, body, message, at);
        }
    }

    /// Takes the next reply that was not taken yet.
    pub fn next_reply(&mut self, question: u64) -> Option<Reply> {
        let question = self.questions.get_mut(&question)?;
        let reply = question.replies.get(question.taken)?.clone();
        question.taken += 1;
        Some(reply)
    }

    /// Records a request, and drops the oldest if there are too many.
    pub fn record(&mut self, request: Arc<Recorded>) {
        if self.requests.len() >= self.settings.recorded {
            self.requests.pop_front();
        }
        self.requests.push_back(request);
    }

    /// Records a violation.
    pub fn violate(&mut self, request: &Recorded, found: impl IntoIterator<Item = String>) {
        let place = format!("{} {}", request.method, request.path);
        self.violations.extend(found.into_iter().map(|what| format!("{place}: {what}")));
    }
}

/// The state, with a way to wait for changes.
pub struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared {
    /// Creates the state for a REST server and a gateway with these addresses.
    pub fn new(settings: Settings, origin: &str, gateway_address: String) -> Self {
        Self { state: Mutex::new(State::new(settings, origin, gateway_address)), changed: Condvar::new() }
    }

    /// Reads the state.
    pub fn look<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.lock())
    }

    /// Changes the state and wakes all waiters.
    pub fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.lock();
        let result = change(&mut state);
        drop(state);
        self.changed.notify_all();
        result
    }

    /// Waits until the closure finds something; fails after the timeout.
    pub fn wait<T>(
        &self,
        longest: Duration,
        mut look: impl FnMut(&mut State) -> Option<T>,
    ) -> Result<T, MutexGuard<'_, State>> {
        let end = Instant::now() + longest;
        let mut state = self.lock();
        loop {
            if let Some(found) = look(&mut state) {
                return Ok(found);
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(state);
            }
            state = self.changed.wait_timeout(state, left).unwrap_or_else(|poisoned| poisoned.into_inner()).0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A test that panicked while reading has left no half-finished change.
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}
