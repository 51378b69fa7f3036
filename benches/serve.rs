//! The bot under load, against a Discord test double on loopback: 2,000 questions from 200 users in 50 guilds, with a
//! reindex in the middle. The bot and the double share the machine's CPUs.
//!
//! ```text
//! cargo bench --bench serve                  questions over 10 seconds, then all at once
//! ```
//!
//! Every question has a different text, so that the cache does not help.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a bench prints what it measures")]

mod support;

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use discord_double::Double;
use discord_double::events::{self, Event};
use discord_double::people::{GUILD, MANAGE_GUILD, Person, Spot};
use discord_double::state::{Checking, Settings};
use serde_json::json;
use support::table::Table;
use support::{copy_folder, empty, ldn_questions, memory_of, root, workshop};

/// The number of questions, users and guilds.
const QUESTIONS: usize = 2_000;
const USERS: u64 = 200;
const GUILDS: u64 = 50;
/// The duration of the steady run, in which every user asks once a second.
const OVER: Duration = Duration::from_secs(10);
/// Bounds from the issue.
const ANSWERED: Duration = Duration::from_millis(100);
const ACKNOWLEDGED: Duration = Duration::from_secs(3);
const MEMORY: u64 = 250;
/// How long to wait for the last answer.
const PATIENCE: Duration = Duration::from_secs(120);

fn main() -> Result<()> {
    let mut table = Table::default();
    let bot = Bot::start()?;
    bot.load(&mut table, "over 10 s", OVER)?;
    bot.load(&mut table, "in one moment", Duration::ZERO)?;
    table.memory("resident memory after both".to_owned(), memory_of(bot.child.id())?.1, Some(MEMORY));
    table.print();
    Ok(())
}

struct Bot {
    child: Child,
    double: Double,
}

impl Bot {
    fn start() -> Result<Self> {
        let folder = workshop().join("serve");
        empty(&folder)?;
        copy_folder(&root().join("knowledge"), &folder.join("knowledge"))?;
        let settings = format!(
            "[paths]\nmodels = {:?}\n[moderation]\nguilds = [\"{GUILD}\"]\n\
             [limits]\nuser_per_minute = 1000\nguild_per_minute = 10000\n[logging]\nlevel = \"warn\"\n",
            root().join("models"),
        );
        std::fs::write(folder.join("verbatim.toml"), settings)?;
        let double = Double::with(Settings { checking: Checking::OneIn(50), ..Settings::default() });
        for guild in 0..GUILDS {
            double.add_guild(&spot(guild));
        }
        let child = Command::new(env!("CARGO_BIN_EXE_verbatim"))
            .arg("serve")
            .current_dir(&folder)
            .env("DISCORD_TOKEN", double.token())
            .env("DISCORD_API", double.origin())
            .stdout(Stdio::null())
            .spawn()
            .context("the bot does not start")?;
        double.wait("the moderators' commands", PATIENCE, |state| {
            state.commands.get(&Some(GUILD)).is_some_and(|commands| !commands.is_empty()).then_some(())
        });
        Ok(Self { child, double })
    }

    fn load(&self, table: &mut Table, when: &str, over: Duration) -> Result<()> {
        let texts = texts(when)?;
        let began = Instant::now();
        let (mut asked, mut reindex) = (Vec::new(), 0);
        for (number, text) in texts.iter().enumerate() {
            let due = over.mul_f64(number as f64 / QUESTIONS as f64);
            std::thread::sleep(due.saturating_sub(began.elapsed()));
            if number == QUESTIONS / 2 {
                reindex = self.reindex(when)?;
            }
            asked.push(self.double.send(&question(number as u64, text)));
        }
        // Checks the last question first: looking at the state blocks the double, and with it the bot.
        self.double.wait("all answers", PATIENCE, |state| {
            let is_answered = |id| state.questions.get(id).is_some_and(|asked| asked.answered.is_some());
            asked.iter().rev().all(is_answered).then_some(())
        });
        let took = began.elapsed();
        let published = self.double.wait("the reindex", PATIENCE, |state| {
            let reindex = state.questions.get(&reindex)?;
            let told = reindex.replies.iter().find(|reply| reply.body.to_string().contains("Published"))?;
            Some(told.at.duration_since(reindex.sent))
        });
        let questions: Vec<_> = asked.iter().map(|id| self.double.question(*id)).collect();
        let times = |of: fn(&discord_double::record::Question) -> Option<Duration>| -> Vec<Duration> {
            let mut times: Vec<Duration> = questions.iter().filter_map(of).collect();
            times.sort_unstable();
            times
        };
        let answered = times(discord_double::record::Question::until_answered);
        let acknowledged = times(discord_double::record::Question::until_acknowledged);
        ensure!(answered.len() == QUESTIONS, "{} answers of {QUESTIONS}", answered.len());
        println!(
            "{when}: {QUESTIONS} answered in {:.1} s; until answered p50 {:?}, p99 {:?}; until acknowledged at most {:?}; the reindex in the middle published after {published:?}",
            took.as_secs_f64(),
            answered[answered.len() / 2],
            answered[answered.len() * 99 / 100],
            acknowledged[acknowledged.len() - 1],
        );
        let figure = |what: &str| format!("{when}: {what}");
        table.time(figure("until answered, p99"), answered[answered.len() * 99 / 100], ANSWERED);
        table.time(
            figure("until acknowledged, the longest"),
            acknowledged[acknowledged.len() - 1],
            ACKNOWLEDGED,
        );
        Ok(())
    }

    /// A moderator reindexes after one source has changed.
    fn reindex(&self, when: &str) -> Result<u64> {
        let path = workshop().join("serve/knowledge/ldn/sources/pain-clinic.md");
        let text = std::fs::read_to_string(&path)?;
        std::fs::write(&path, format!("{text}\nThis line came in the load that was {when}.\n"))?;
        let moderator = Person::new(9_000, "mia").who_may(MANAGE_GUILD);
        let command = "ldn-admin reindex";
        Ok(self.double.send(&events::slash(&Spot::channel(), &moderator, command, &[("force", json!(true))])))
    }
}

impl Drop for Bot {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spot(guild: u64) -> Spot {
    Spot::of(5_000_000 + guild, 6_000_000 + guild)
}

fn question(number: u64, text: &str) -> Event {
    let user = number % USERS;
    let person = Person::new(10_000 + user, &format!("user{user}"));
    events::slash(&spot(user % GUILDS), &person, "ldn ask", &[("question", json!(text))])
}

/// Returns different questions: the base's regression questions, each with a different suffix.
fn texts(when: &str) -> Result<Vec<String>> {
    let own = ldn_questions()?;
    let text = |number: usize| format!("{} (asked {when}, {number})", own[number % own.len()]);
    Ok((0..QUESTIONS).map(text).collect())
}
