//! The handle for tests: a test double of Discord with its own threads, so that tests are plain functions that block
//! while they wait.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use super::connection::{self, RestListener};
use super::events::Event;
use super::fault::{Failing, Fault};
use super::people::{Person, Spot, snowflake};
use super::record::{Question, Recorded, Reply, Way};
use super::state::{Forbidden, Settings, Shared, State};
use super::{gateway, rest};

/// How long a test waits for something that must happen.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A test double of Discord on loopback. On drop, it panics if anything was sent that Discord would reject or that this
/// project forbids, unless the test is already panicking.
pub struct Double {
    pub(super) shared: Arc<Shared>,
    /// Taken on drop.
    runtime: Option<Runtime>,
    address: SocketAddr,
    folder: TempDir,
    is_tls: bool,
}

impl Double {
    /// Starts a double with REST over plain HTTP, for `DISCORD_API`.
    pub fn start() -> Self {
        Self::with(Settings::default())
    }

    /// Starts a double with REST over TLS, for `DISCORD_CA`.
    pub fn start_tls() -> Self {
        Self::with(Settings { tls: true, ..Settings::default() })
    }

    /// Starts a double with these settings.
    pub fn with(settings: Settings) -> Self {
        let folder = tempfile::Builder::new().prefix("verbatim-double-").tempdir().expect("a folder");
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("double")
            .enable_all()
            .build()
            .expect("a runtime");
        let is_tls = settings.tls;
        let guard = runtime.enter();
        let tls = is_tls.then(|| connection::acceptor(&folder.path().join("ca.pem")));
        let bind = || runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a port of loopback");
        let (http, socket) = (bind(), bind());
        let address = http.local_addr().expect("an address");
        let gateway_address = format!("ws://{}", socket.local_addr().expect("an address"));
        let shared = Arc::new(Shared::new(settings, &origin(is_tls, address), gateway_address));
        runtime.spawn(rest::serve(RestListener::new(http, tls), shared.clone()));
        runtime.spawn(gateway::serve(socket, shared.clone()));
        drop(guard);
        Self { shared, runtime: Some(runtime), address, folder, is_tls }
    }

    /// The origin of REST, such as `http://127.0.0.1:1234`.
    pub fn origin(&self) -> String {
        origin(self.is_tls, self.address)
    }

    /// The address of REST.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The certificate that clients must trust, as PEM.
    ///
    /// # Panics
    /// If the double has no TLS.
    pub fn ca_file(&self) -> PathBuf {
        assert!(self.is_tls, "a double without TLS has no certificate: use Double::start_tls");
        self.folder.path().join("ca.pem")
    }

    /// The valid token.
    pub fn token(&self) -> String {
        self.shared.look(|state| state.settings.token.clone())
    }

    /// A folder that lives as long as the double.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    // Setting up the state.

    /// Adds a guild and a text channel with these ids; the application learns of it when it identifies.
    pub fn add_guild(&self, spot: &Spot) {
        let guild = spot.guild.expect("a channel of a guild");
        self.shared.change(|state| {
            state.guilds.insert(guild, format!("Guild {guild}"));
            state.channels.insert(spot.channel, *spot);
        });
    }

    /// Denies the application access to a channel; `None` allows it again.
    pub fn forbid(&self, spot: &Spot, forbidden: Option<Forbidden>) {
        self.shared.change(|state| match forbidden {
            Some(forbidden) => state.forbidden.insert(spot.channel, forbidden),
            None => state.forbidden.remove(&spot.channel),
        });
    }

    /// Makes a user refuse direct messages.
    pub fn refuse_direct_messages(&self, user: u64) {
        self.shared.change(|state| state.refusing.insert(user));
    }

    /// Uploads a file and returns the attachment object.
    pub fn attach(&self, filename: &str, kind: &str, bytes: &[u8]) -> Value {
        let id = snowflake();
        let path = format!("/attachments/{}/{id}/{filename}", Spot::channel().channel);
        self.shared.change(|state| {
            state.attachments.insert(path.clone(), (kind.to_owned(), bytes.to_vec()));
            let url = format!("{}{path}?ex=1&is=2&hm=3&", state.attachments_at);
            let proxy_url = url.replace("cdn.discordapp.com", "media.discordapp.net");
            json!({ "id": id.to_string(), "filename": filename, "size": bytes.len(), "url": url,
                "proxy_url": proxy_url, "content_type": kind, "ephemeral": true, "description": null,
                "height": null, "width": null })
        })
    }

    /// Adds a message that the application posted before the test began.
    pub fn earlier_message(&self, spot: &Spot, body: &Value) -> Value {
        self.shared.change(|state| state.write(spot, body, None).1)
    }

    /// Makes the next requests fail; see [`Fault::pattern`]. An empty method matches any method.
    pub fn fail(&self, method: &str, pattern: &str, times: usize, failing: Failing) {
        let method = (!method.is_empty()).then(|| method.to_owned());
        let fault = Fault { method, pattern: pattern.to_owned(), left: times, failing };
        self.shared.change(|state| state.faults.push(fault));
    }

    /// Removes all faults.
    pub fn heal(&self) {
        self.shared.change(|state| state.faults.clear());
    }

    /// Makes an interaction expire.
    pub fn expire(&self, id: u64) {
        self.shared.change(|state| {
            let all = state.interactions.values_mut();
            all.filter(|interaction| interaction.id == id).for_each(|interaction| interaction.expired = true);
        });
    }

    // Reading what was received.

    /// All recorded requests.
    pub fn requests(&self) -> Vec<Arc<Recorded>> {
        self.shared.look(|state| state.requests.iter().cloned().collect())
    }

    /// The requests with this method whose path matches the pattern.
    pub fn received(&self, method: &str, pattern: &str) -> Vec<Arc<Recorded>> {
        self.requests().into_iter().filter(|request| request.is(method, pattern)).collect()
    }

    /// Waits for a request that was not waited for before.
    ///
    /// # Panics
    /// If it does not arrive in time; the message lists what arrived instead.
    #[track_caller]
    pub fn wait_for(&self, wanted: impl Fn(&Recorded) -> bool, longest: Duration) -> Arc<Recorded> {
        self.wait("a request", longest, |state| {
            state.requests.iter().find(|request| wanted(request) && request.take()).cloned()
        })
    }

    /// Waits for a request with this method whose path matches the pattern.
    #[track_caller]
    pub fn next_request(&self, method: &str, pattern: &str) -> Arc<Recorded> {
        self.wait(&format!("{method} {pattern}"), PATIENCE, |state| {
            let mut all = state.requests.iter();
            all.find(|request| request.is(method, pattern) && request.take()).cloned()
        })
    }

    /// Waits until this many requests with this method and path pattern have been answered.
    #[track_caller]
    pub fn wait_for_answered(&self, method: &str, pattern: &str, count: usize) {
        self.wait(&format!("{count} answers to {method} {pattern}"), PATIENCE, |state| {
            let all = state.requests.iter().filter(|request| request.is(method, pattern));
            (all.filter(|request| request.status() != 0).count() >= count).then_some(())
        });
    }

    /// Waits for the next thing that the user who asked can see: a message, choices or a modal.
    #[track_caller]
    pub fn next_reply_to(&self, question: u64) -> Reply {
        self.wait(&format!("a reply to {question}"), PATIENCE, |state| state.next_reply(question))
    }

    /// Waits for a reply that arrived in this way.
    #[track_caller]
    pub fn next_reply_by(&self, way: Way, question: u64) -> Reply {
        loop {
            let reply = self.next_reply_to(question);
            if reply.way == way {
                return reply;
            }
        }
    }

    /// The public messages of a channel, oldest first.
    pub fn messages_in(&self, spot: &Spot) -> Vec<Value> {
        self.shared.look(|state| {
            let visible = state.messages.values().filter(|kept| kept.channel == spot.channel);
            visible.filter(|kept| !kept.is_private()).map(|kept| kept.object.clone()).collect()
        })
    }

    /// The application's public messages in a channel, oldest first.
    pub fn written_in(&self, spot: &Spot) -> Vec<Value> {
        let bot = Person::bot().user()["id"].clone();
        let mut all = self.messages_in(spot);
        all.retain(|message| message["author"]["id"] == bot);
        all
    }

    /// The current state of a message, even if it is private; `None` if it is deleted.
    pub fn message(&self, id: u64) -> Option<Value> {
        self.shared.look(|state| state.messages.get(&id).map(|kept| kept.object.clone()))
    }

    /// The registered commands of a guild, or the global ones for `None`.
    pub fn commands(&self, guild: Option<u64>) -> Vec<Value> {
        self.shared.look(|state| state.commands.get(&guild).cloned().unwrap_or_default())
    }

    /// The record of a question.
    ///
    /// # Panics
    /// If nothing with this id was sent.
    pub fn question(&self, id: u64) -> Question {
        self.shared.look(|state| state.questions[&id].clone())
    }

    /// The records of all questions by id.
    pub fn questions(&self) -> Vec<(u64, Question)> {
        self.shared.look(|state| state.questions.iter().map(|(id, asked)| (*id, asked.clone())).collect())
    }

    /// Interactions that still show "… is thinking" or were never acknowledged. A click can be acknowledged without a
    /// visible reply (callback type 6).
    pub fn unanswered(&self) -> Vec<u64> {
        self.shared.look(|state| {
            let open = state.interactions.values().filter(|asked| asked.callback != Some(6));
            let open = open.filter(|asked| state.questions[&asked.id].answered.is_none());
            open.map(|asked| asked.id).collect()
        })
    }

    /// All violations: what was sent although it is forbidden.
    pub fn violations(&self) -> Vec<String> {
        self.shared.look(|state| state.violations.clone())
    }

    /// Takes all violations, for tests that provoke them.
    pub fn take_violations(&self) -> Vec<String> {
        self.shared.change(|state| std::mem::take(&mut state.violations))
    }

    /// Waits until `look` finds something in the state.
    ///
    /// # Panics
    /// If it finds nothing in time; the message lists what was received.
    #[track_caller]
    pub fn wait<T>(&self, what: &str, longest: Duration, look: impl FnMut(&mut State) -> Option<T>) -> T {
        match self.shared.wait(longest, look) {
            Ok(found) => found,
            Err(state) => {
                let told = told(&state);
                drop(state);
                panic!("{what} did not come within {longest:?}.\n{told}");
            }
        }
    }

    /// Makes an event happen without a connected client, for tests that use only REST.
    pub fn note(&self, event: &Event) {
        self.shared.change(|state| state.happen(event));
    }

    /// Makes an event happen and returns its id, with which [`Self::next_reply_to`] finds the replies.
    ///
    /// # Panics
    /// If no client is ready in time, or if the command is not registered although others are.
    #[track_caller]
    pub fn send(&self, event: &Event) -> u64 {
        self.wait("a client that is ready", PATIENCE, |state| {
            state.gateway.sessions.iter().any(|session| session.is_ready).then_some(())
        });
        let unknown = self.shared.look(|state| unknown_command(state, event));
        assert!(unknown.is_none(), "{}", unknown.unwrap_or_default());
        self.send_outdated(event)
    }

    /// Like [`Self::send`], but also for commands that are no longer registered: a user's client may still show them.
    pub fn send_outdated(&self, event: &Event) -> u64 {
        self.shared.change(|state| state.happen(event));
        event.id
    }
}

impl Drop for Double {
    fn drop(&mut self) {
        let violations = self.violations();
        if let Some(runtime) = self.runtime.take() {
            // Does not block, because the drop may run inside another runtime.
            runtime.shutdown_background();
        }
        if !std::thread::panicking() {
            let all = violations.join("\n");
            assert!(violations.is_empty(), "what was sent breaks Discord's limits or the project's:\n{all}");
        }
    }
}

fn origin(is_tls: bool, address: SocketAddr) -> String {
    format!("{}://{address}", if is_tls { "https" } else { "http" })
}

/// Lists what was received, for the report of a failed wait.
fn told(state: &State) -> String {
    let gateway = &state.gateway;
    let mut lines = vec![format!(
        "Gateway: {} connections, {} identifies, {} resumes, {} ready, closed: {:?}. Requests:",
        gateway.connections,
        gateway.identifies.len(),
        gateway.resumes,
        gateway.ready(),
        gateway.closed
    )];
    let skipped = state.requests.len().saturating_sub(40);
    if skipped > 0 {
        lines.push(format!("  … {skipped} earlier ones"));
    }
    lines.extend(state.requests.iter().skip(skipped).map(|request| format!("  {}", request.line())));
    lines.extend(state.violations.iter().map(|violation| format!("  violation: {violation}")));
    lines.join("\n")
}

/// Finds use of an unregistered command. If no command is registered, the test is not about commands.
fn unknown_command(state: &State, event: &Event) -> Option<String> {
    let data = event.data.get("data").filter(|_| event.name == "INTERACTION_CREATE")?;
    let name = data["name"].as_str()?;
    let of_guild = event.guild.and_then(|guild| state.commands.get(&Some(guild)));
    let mut known = state.commands.get(&None).into_iter().chain(of_guild).flatten().peekable();
    known.peek()?;
    let mut options = match known.find(|command| command["name"] == name && command["type"] == data["type"]) {
        Some(command) => command,
        None => return Some(format!("nobody can use `{name}`: no such command is registered")),
    };
    let mut used = data["options"].as_array();
    while let Some(values) = used {
        for value in values {
            let named = |option: &&Value| option["name"] == value["name"] && option["type"] == value["type"];
            let option = options["options"].as_array().and_then(|all| all.iter().find(named));
            let Some(option) = option else {
                return Some(format!(
                    "`{name}` has no option `{}` of the type {}",
                    value["name"], value["type"]
                ));
            };
            if value["options"].is_array() {
                options = option;
            }
        }
        used = values.iter().find_map(|value| value["options"].as_array());
    }
    None
}
