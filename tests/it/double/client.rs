//! A minimal bot that answers everything, for trying the double.

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use serenity::all::{
    ActionRowComponent, ClientBuilder, Context, EventHandler, GatewayIntents, Guild, Http, HttpBuilder,
    Interaction, Message, Ready, ResumedEvent, ShardManager, UnavailableGuild,
};
use serenity::async_trait;
use tokio::runtime::Runtime;

use discord_double::Double;

/// The footer of every message the bot sends.
pub const FOOTER: &str = "Not medical advice.";

/// A message that breaks no rule.
pub fn said(text: &str) -> Value {
    json!({
        "embeds": [{ "description": text, "footer": { "text": FOOTER } }],
        "allowed_mentions": { "parse": [] },
    })
}

/// A running client.
pub struct Bot {
    /// Taken out on drop, because dropping a runtime would block.
    runtime: Option<Runtime>,
    heard: Heard,
    shards: Arc<ShardManager>,
}

/// What the client has heard, in order, and how `start` ended.
#[derive(Default)]
struct Notes {
    heard: Vec<String>,
    ended: Option<String>,
}

#[derive(Clone, Default)]
struct Heard(Arc<(Mutex<Notes>, Condvar)>);

impl Heard {
    fn note(&self, what: String) {
        self.change(|notes| notes.heard.push(what));
    }

    fn change(&self, change: impl FnOnce(&mut Notes)) {
        change(&mut self.0.0.lock().expect("no panic while noting"));
        self.0.1.notify_all();
    }

    /// Waits until `look` finds something; `None` if it does not in time.
    fn wait<T>(&self, look: impl Fn(&Notes) -> Option<T>) -> Option<T> {
        let notes = self.0.0.lock().expect("no panic while noting");
        let longest = Duration::from_secs(20);
        let waited = self.0.1.wait_timeout_while(notes, longest, |notes| look(notes).is_none());
        look(&waited.expect("no panic while noting").0)
    }
}

/// The bot's REST client.
pub fn http(double: &Double) -> Http {
    http_with_token(double, &double.token())
}

/// The bot's REST client, with a different token.
pub fn http_with_token(double: &Double, token: &str) -> Http {
    let builder = HttpBuilder::new(token).application_id(discord_double::people::APPLICATION.into());
    builder.proxy(double.origin()).ratelimiter_disabled(true).build()
}

/// The bot's REST client over TLS, with serenity's rate limiter on.
pub fn http_over_tls(double: &Double) -> Http {
    let certificate = std::fs::read(double.ca_file()).expect("a certificate");
    let certificate = reqwest::Certificate::from_pem(&certificate).expect("a certificate in PEM");
    let mut client = reqwest::Client::builder().use_rustls_tls().add_root_certificate(certificate);
    for host in ["discord.com", "cdn.discordapp.com", "media.discordapp.net"] {
        client = client.resolve(host, double.address());
    }
    let client = client.build().expect("a client");
    HttpBuilder::new(double.token()).client(client).build()
}

impl Bot {
    /// Connects with the intents the bot needs, none of them privileged.
    pub fn start(double: &Double) -> Self {
        let intents =
            GatewayIntents::GUILDS | GatewayIntents::GUILD_MESSAGES | GatewayIntents::DIRECT_MESSAGES;
        Self::with(http(double), intents)
    }

    /// Connects with these intents.
    pub fn with(http: Http, intents: GatewayIntents) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime");
        let heard = Heard::default();
        let client = ClientBuilder::new_with_http(http, intents).event_handler(heard.clone());
        let mut client = runtime.block_on(async { client.await.expect("a client") });
        let shards = client.shard_manager.clone();
        let ending = heard.clone();
        runtime.spawn(async move {
            let how = match client.start().await {
                Ok(()) => "stopped".to_owned(),
                Err(error) => error.to_string(),
            };
            ending.change(|notes| notes.ended = Some(how));
        });
        Self { runtime: Some(runtime), heard, shards }
    }

    /// What the client has heard, in order.
    pub fn heard(&self) -> Vec<String> {
        self.heard.0.0.lock().expect("no panic while noting").heard.clone()
    }

    /// Waits until it has heard something this many times.
    #[track_caller]
    pub fn wait_to_hear(&self, what: &str, times: usize) {
        let count = |notes: &Notes| notes.heard.iter().filter(|heard| *heard == what).count();
        let found = self.heard.wait(|notes| (count(notes) >= times).then_some(()));
        assert!(found.is_some(), "not heard {times} times: {what}. Heard: {:#?}", self.heard());
    }

    /// Logs off.
    pub fn stop(&self) {
        let runtime = self.runtime.as_ref().expect("it runs until it is dropped");
        runtime.block_on(self.shards.shutdown_all());
    }

    /// Waits until `start` has ended, and returns its result.
    #[track_caller]
    pub fn wait_to_end(&self) -> String {
        let ended = self.heard.wait(|notes| notes.ended.clone());
        ended.unwrap_or_else(|| panic!("the client goes on. Heard: {:#?}", self.heard()))
    }
}

impl Drop for Bot {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

#[async_trait]
impl EventHandler for Heard {
    async fn ready(&self, _: Context, ready: Ready) {
        self.note(format!("ready, {} guilds", ready.guilds.len()));
    }

    async fn resume(&self, _: Context, _: ResumedEvent) {
        self.note("resumed".to_owned());
    }

    async fn guild_create(&self, _: Context, guild: Guild, _: Option<bool>) {
        self.note(format!("guild, {} channels, {} threads", guild.channels.len(), guild.threads.len()));
    }

    async fn guild_delete(&self, _: Context, gone: UnavailableGuild, _: Option<Guild>) {
        self.note(format!("guild gone, unavailable: {}", gone.unavailable));
    }

    async fn channel_delete(
        &self,
        _: Context,
        channel: serenity::all::GuildChannel,
        _: Option<Vec<Message>>,
    ) {
        self.note(format!("channel {} gone", channel.id));
    }

    async fn message(&self, context: Context, message: Message) {
        self.note(format!("message `{}`", message.content));
        let me = discord_double::people::APPLICATION;
        let is_for_me = message.guild_id.is_none() || message.mentions.iter().any(|user| user.id.get() == me);
        if is_for_me && !message.author.bot {
            let mut reply = said(&message.content);
            reply["message_reference"] = json!({ "message_id": message.id.to_string() });
            context.http.send_message(message.channel_id, Vec::new(), &reply).await.expect("a reply");
        }
    }

    async fn interaction_create(&self, context: Context, interaction: Interaction) {
        let answer = answer(&interaction);
        self.note(format!("interaction, answered with {}", answer["type"]));
        let (id, token) = (interaction.id(), interaction.token());
        let sent = context.http.create_interaction_response(id, token, &answer, Vec::new()).await;
        if let Err(error) = sent {
            return self.note(format!("refused: {error}"));
        }
        if answer["type"] == 5 {
            let edit = said("at last");
            context.http.edit_original_interaction_response(token, &edit, Vec::new()).await.expect("an edit");
        }
    }
}

/// Answers a command with its first text, and everything else with a short description.
fn answer(interaction: &Interaction) -> Value {
    match interaction {
        Interaction::Autocomplete(asked) => {
            let written = asked.data.autocomplete().map_or("", |option| option.value);
            json!({ "type": 8, "data": { "choices": [{ "name": written, "value": written }] } })
        }
        Interaction::Component(click) if click.data.custom_id == "edit" => {
            json!({ "type": 9, "data": { "custom_id": "details", "title": "Details", "components": [
                { "type": 1, "components": [
                    { "type": 4, "custom_id": "title", "style": 1, "label": "Title" }] }] } })
        }
        Interaction::Component(_) => json!({ "type": 7, "data": said("more") }),
        Interaction::Modal(modal) => {
            let ActionRowComponent::InputText(input) = &modal.data.components[0].components[0] else {
                panic!("no input in the modal");
            };
            json!({ "type": 4, "data": said(input.value.as_deref().unwrap_or_default()) })
        }
        Interaction::Command(command) if command.data.name == "slow" => {
            json!({ "type": 5, "data": { "flags": 64 } })
        }
        Interaction::Command(command) => {
            let text = |value: &Value| value["value"].as_str().map(str::to_owned);
            let target =
                command.data.resolved.messages.values().next().map(|message| message.content.clone());
            let file = command.data.resolved.attachments.values().next().map(|file| file.filename.clone());
            let data = serde_json::to_value(&command.data).expect("data of a command");
            let asked = data["options"][0]["options"][0].as_object();
            let asked = asked.and_then(|option| text(&Value::Object(option.clone())));
            json!({ "type": 4, "data": said(&target.or(file).or(asked).unwrap_or_else(|| "nothing".to_owned())) })
        }
        Interaction::Ping(_) => json!({ "type": 1 }),
        _ => panic!("an interaction of a new kind"),
    }
}
