//! Runs `verbatim serve` as a process in a temporary world, connected to the test double of Discord.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::fixture;
use crate::world::{World, wait};
use discord_double::Double;
use discord_double::events::{self, Event};
use discord_double::people::{APPLICATION, GUILD, Person, Spot, snowflake};
use discord_double::record::{Reply, Way};
use discord_double::state::Settings;

/// The permission to manage a server, as Discord's members have it.
pub const MANAGE_SERVER: u64 = 1 << 5;
/// Requests that answer an interaction.
pub const CALLBACK: &str = "/interactions/*/*/callback";
/// Requests that write a message.
pub const MESSAGES: &str = "/channels/*/messages";
/// A role in the settings whose members are moderators.
pub const CURATORS: u64 = 77_001;

/// A running bot.
pub struct Bot {
    /// The world it runs in.
    pub world: World,
    /// The double it is connected to.
    pub double: Double,
    child: Option<Child>,
    log: Arc<Log>,
    log_reader: Option<JoinHandle<()>>,
    settings: String,
}

/// What the bot has logged.
#[derive(Default)]
struct Log {
    text: Mutex<String>,
    grown: Condvar,
}

impl Log {
    fn add(&self, line: &str) {
        let mut text = self.text.lock().expect("the log");
        text.push_str(line);
        text.push('\n');
        self.grown.notify_all();
    }

    /// Waits until the log meets a condition; false if it does not in time.
    fn wait(&self, holds: impl Fn(&str) -> bool) -> bool {
        let text = self.text.lock().expect("the log");
        let waited = self.grown.wait_timeout_while(text, PATIENCE, |text| !holds(text));
        !waited.expect("the log").1.timed_out()
    }
}

/// How long a test waits for something that must happen.
const PATIENCE: Duration = Duration::from_secs(20);

/// The settings of a bot in the fixture's world, before a test's own `[…]` tables.
pub fn settings() -> String {
    let guilds = format!("\n[moderation]\nguilds = [\"{GUILD}\"]\nroles = [\"{CURATORS}\"]\n");
    format!("{}{guilds}", fixture::SETTINGS)
}

impl Bot {
    /// A bot that serves the fixture base.
    pub fn start() -> Self {
        Self::with(World::new().file("verbatim.toml", settings()), Double::start())
    }

    /// A bot in this world, whose fixture base is indexed first, connected to this double.
    pub fn with(world: World, double: Double) -> Self {
        Self::as_is(world.indexed(), double)
    }

    /// A bot in this world as it is: the bot builds what indexes are missing.
    pub fn as_is(world: World, double: Double) -> Self {
        let mut bot = Self::idle(world, double);
        bot.run();
        bot.is_ready();
        bot
    }

    /// Waits until it is connected and its commands are registered.
    #[track_caller]
    pub fn is_ready(&self) {
        self.double.wait_until_ready(1);
        self.wait_for_log("the commands are in place");
    }

    /// A bot that has not been started.
    pub fn idle(world: World, double: Double) -> Self {
        let settings = std::fs::read_to_string(world.path("verbatim.toml")).unwrap_or_default();
        Self { world, double, child: None, log: Arc::default(), log_reader: None, settings }
    }

    /// A bot with an additional table of settings.
    pub fn with_settings(more: &str) -> Self {
        let text = format!("{}\n{more}\n", settings());
        Self::with(World::new().file("verbatim.toml", text), Double::start())
    }

    /// A bot connected to a double with another setup.
    pub fn at(settings_of_double: Settings) -> Self {
        Self::with(World::new().file("verbatim.toml", settings()), Double::with(settings_of_double))
    }

    /// Starts the process without waiting until it is ready.
    pub fn run(&mut self) {
        self.run_with(|_| {});
    }

    /// Starts the process with a changed command.
    pub fn run_with(&mut self, change: impl FnOnce(&mut std::process::Command)) {
        self.launch(self.world.command(["serve"]), change);
    }

    /// Starts the process with files limited to `blocks` of 512 bytes, as on a full disk.
    pub fn run_on_full_disk(&mut self, blocks: u32) {
        self.launch(self.world.command_on_full_disk(blocks, ["serve"]), |_| {});
    }

    fn launch(
        &mut self,
        mut command: std::process::Command,
        change: impl FnOnce(&mut std::process::Command),
    ) {
        command.env("DISCORD_TOKEN", self.double.token()).env("VERBATIM_LOG", "debug");
        match self.double.origin().starts_with("https") {
            true => command.env("DISCORD_CA", self.double.ca_file()).env("DISCORD_API", self.double.origin()),
            false => command.env("DISCORD_API", self.double.origin()),
        };
        change(&mut command);
        let mut child = command.stdout(Stdio::null()).spawn().expect("the bot starts");
        let lines = BufReader::new(child.stderr.take().expect("a pipe"));
        let log = self.log.clone();
        let read = move || lines.lines().map_while(Result::ok).for_each(|line| log.add(&line));
        self.log_reader = Some(std::thread::spawn(read));
        self.child = Some(child);
    }

    /// The log so far.
    pub fn log(&self) -> String {
        self.log.text.lock().expect("the log").clone()
    }

    /// Waits until the log contains these words.
    #[track_caller]
    pub fn wait_for_log(&self, words: &str) {
        self.wait_for_log_count(words, 1);
    }

    /// Waits until the log contains these words this often.
    #[track_caller]
    pub fn wait_for_log_count(&self, words: &str, count: usize) {
        let found = self.log.wait(|log| log.matches(words).count() >= count);
        assert!(found, "not logged {count} times: {words}\n{}", self.log());
    }

    /// Sends the process a signal, such as `TERM`.
    pub fn signal(&self, name: &str) {
        let id = self.child.as_ref().expect("a running bot").id().to_string();
        let sent = std::process::Command::new("kill").args(["-s", name, &id]).status();
        assert!(sent.is_ok_and(|status| status.success()), "cannot signal the bot");
    }

    /// The process id.
    pub fn process(&self) -> u32 {
        self.child.as_ref().expect("a running bot").id()
    }

    /// Waits for the process to end, and returns its exit code.
    #[track_caller]
    pub fn ends(&mut self) -> i32 {
        let mut child = self.child.take().expect("a running bot");
        let status = wait(&mut child).unwrap_or_else(|| panic!("the bot does not stop\n{}", self.log()));
        let reader = self.log_reader.take().expect("a running bot has a log");
        reader.join().expect("the log is read to its end");
        status.code().unwrap_or(-1)
    }

    /// Kills the process, so it runs no more code. Its log is discarded.
    pub fn kill(&mut self) {
        self.signal("KILL");
        self.ends();
        self.forget_log();
    }

    /// Discards the log so far.
    pub fn forget_log(&self) {
        self.log.text.lock().expect("the log").clear();
    }

    /// Stops it as an operator would.
    #[track_caller]
    pub fn stop(&mut self) {
        self.signal("TERM");
        assert_eq!(self.ends(), 0, "{}", self.log());
    }

    /// Answers everything that was sent, and stops: what has not happened then will not happen.
    #[track_caller]
    pub fn settle(&mut self) {
        // Events come in order, so the bot has received the earlier ones when it answers this one.
        self.reply_to(&slash("help", &[]));
        self.stop();
    }

    /// Stops it and starts it again.
    #[track_caller]
    pub fn restart(&mut self) {
        self.stop();
        self.forget_log();
        self.run();
        self.is_ready();
    }

    /// Locks the store against all other processes, until the transaction is rolled back or dropped.
    pub fn locks_store(&self) -> rusqlite::Connection {
        let lock = rusqlite::Connection::open(self.world.path("verbatim.db")).expect("the store");
        lock.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; DELETE FROM gap;")
            .expect("the lock");
        lock
    }

    /// Sends an event and returns the first reply.
    #[track_caller]
    pub fn reply_to(&self, event: &Event) -> Reply {
        self.double.next_reply_to(self.double.send(event))
    }

    /// Asks with the slash command and returns the reply.
    #[track_caller]
    pub fn ask(&self, question: &str) -> Reply {
        self.reply_to(&slash("ask", &[("question", json!(question))]))
    }

    /// Presses a button of a message that was sent.
    #[track_caller]
    pub fn press(&self, reply: &Reply, label: &str) -> Reply {
        self.press_by(&reader(), reply, label)
    }

    /// The same, pressed by this person.
    #[track_caller]
    pub fn press_by(&self, person: &Person, reply: &Reply, label: &str) -> Reply {
        let id = reply.message.expect("a message");
        let message = self.double.message(id).unwrap_or_else(|| panic!("no message {id}"));
        self.reply_to(&events::button(&Spot::channel(), person, &message, &custom_id(&reply.body, label)))
    }

    /// Runs a moderator command, and returns the first and the last reply.
    #[track_caller]
    pub fn moderate(&self, subcommand: &str, options: &[(&str, Value)]) -> Reply {
        self.settled(&admin(&moderator(), subcommand, options))
    }

    /// Sends an event and waits until the reply no longer changes: a change of a base first reports its progress.
    #[track_caller]
    pub fn settled(&self, event: &Event) -> Reply {
        self.settled_reply_to(self.double.send(event))
    }

    /// The same for an event that has been sent.
    #[track_caller]
    pub fn settled_reply_to(&self, id: u64) -> Reply {
        let mut reply = self.double.next_reply_to(id);
        let waits = |reply: &Reply| {
            let text = text(&reply.body);
            reply.way == Way::Callback(5) || text.contains('→')
        };
        while waits(&reply) {
            reply = self.double.next_reply_to(id);
        }
        reply
    }
}

impl Bot {
    #[allow(
        clippy::print_stderr,
        reason = "the log of a bot that failed is for whoever reads the test's output"
    )]
    fn show_log(&self) {
        eprintln!("settings:\n{}\nlog:\n{}", self.settings, self.log());
    }
}

impl Drop for Bot {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
        if !std::thread::panicking() {
            let log = self.log();
            assert!(!log.contains("panicked at"), "{log}");
            assert!(!log.contains(&self.double.token()), "the token is in the log");
        } else {
            self.show_log();
        }
    }
}

/// Waits until something holds that nothing announces, such as the content of a file.
#[track_caller]
pub fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !holds() {
        assert!(begin.elapsed() < PATIENCE, "timed out waiting until {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// An ordinary user.
pub fn reader() -> Person {
    Person::new(501, "ada")
}

/// A person who can manage the server.
pub fn moderator() -> Person {
    Person::new(502, "mia").who_may(MANAGE_SERVER)
}

/// A person whose questions count towards nobody else's limit.
pub fn somebody() -> Person {
    Person::new(snowflake(), "zoe")
}

/// A message that mentions the bot.
pub fn mention(spot: &Spot, person: &Person, words: &str) -> Event {
    let words = format!("<@{APPLICATION}> {words}");
    events::message(spot, person, &words).mentioning(&[&Person::bot()])
}

/// A slash command of the fixture base, in its channel.
pub fn slash(subcommand: &str, options: &[(&str, Value)]) -> Event {
    events::slash(&Spot::channel(), &reader(), &format!("{} {subcommand}", fixture::BASE), options)
}

/// The question about the usual dose, asked with the slash command.
pub fn question() -> Event {
    slash("ask", &[("question", json!("What is the usual dose of melatonin?"))])
}

/// A moderator command.
pub fn admin(person: &Person, subcommand: &str, options: &[(&str, Value)]) -> Event {
    events::slash(&Spot::channel(), person, &format!("{}-admin {subcommand}", fixture::BASE), options)
}

/// The visible text of a message, without the backslashes before punctuation.
pub fn text(body: &Value) -> String {
    let raw = raw_text(body);
    let mut seen = String::with_capacity(raw.len());
    let mut letters = raw.chars().peekable();
    while let Some(letter) = letters.next() {
        let escapes = letter == '\\' && letters.peek().is_some_and(char::is_ascii_punctuation);
        seen.push(if escapes { letters.next().unwrap_or(letter) } else { letter });
    }
    seen
}

/// The text of a message as sent.
pub fn raw_text(body: &Value) -> String {
    let mut words = Vec::new();
    let mut take = |value: &Value| words.extend(value.as_str().map(str::to_owned));
    take(&body["content"]);
    for embed in body["embeds"].as_array().into_iter().flatten() {
        take(&embed["title"]);
        take(&embed["description"]);
        for field in embed["fields"].as_array().into_iter().flatten() {
            take(&field["name"]);
            take(&field["value"]);
        }
        take(&embed["footer"]["text"]);
    }
    words.join("\n")
}

/// The labels of its buttons.
pub fn labels(body: &Value) -> Vec<String> {
    let rows = body["components"].as_array().into_iter().flatten();
    let buttons = rows.flat_map(|row| row["components"].as_array().into_iter().flatten());
    buttons.filter_map(|button| button["label"].as_str().map(str::to_owned)).collect()
}

/// The id of the button with this label.
#[track_caller]
pub fn custom_id(body: &Value, label: &str) -> String {
    let rows = body["components"].as_array().into_iter().flatten();
    let mut buttons = rows.flat_map(|row| row["components"].as_array().into_iter().flatten());
    let button = buttons.find(|button| button["label"] == label);
    let id = button.and_then(|button| button["custom_id"].as_str());
    id.unwrap_or_else(|| panic!("no button {label}: {body:#}")).to_owned()
}
