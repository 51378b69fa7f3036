//! The connection to Discord: begun, lost, resumed and refused, and the settings it needs.

use std::time::Duration;

use serde_json::json;

use crate::bot::{Bot, reader, settings, slash, text};
use crate::world::World;
use discord_double::Double;
use discord_double::events::{self, Event};
use discord_double::people::{APPLICATION, Person, Spot};
use discord_double::state::Settings;

/// GUILDS, GUILD_MESSAGES and DIRECT_MESSAGES; and MESSAGE_CONTENT.
const PLAIN: u64 = 1 | 1 << 9 | 1 << 12;
const CONTENT: u64 = 1 << 15;

#[track_caller]
fn answers(bot: &Bot) {
    let shown = text(&bot.ask("What is the usual dose of melatonin?").body);
    assert!(shown.contains("2 mg"), "{shown}");
}

fn mention(words: &str) -> Event {
    let words = format!("<@{APPLICATION}> {words}");
    events::message(&Spot::channel(), &reader(), &words).mentioning(&[&Person::bot()])
}

#[test]
fn the_bot_asks_for_what_it_needs_and_stays_on_loopback() {
    let bot = Bot::start();
    assert!(bot.double.gateway_is_loopback());
    assert_eq!(bot.double.identifies()[0].intents, PLAIN);
    drop(bot);
    let bot = Bot::with_settings("[discord]\nmessage_content = true");
    assert_eq!(bot.double.identifies()[0].intents, PLAIN | CONTENT);
}

#[test]
fn a_connection_that_ends_is_taken_up_again() {
    let bot = Bot::start();
    bot.double.reconnect();
    bot.double.wait_for_resumes(1);
    answers(&bot);
    bot.double.invalidate(true);
    bot.double.wait_for_resumes(2);
    answers(&bot);
    bot.double.cut();
    bot.double.wait_for_resumes(3);
    answers(&bot);
    bot.double.close(4000);
    bot.double.wait_for_resumes(4);
    answers(&bot);
    assert_eq!(bot.double.identifies().len(), 1);
}

#[test]
fn a_session_that_is_lost_is_begun_anew_and_commands_are_registered_once() {
    let bot = Bot::start();
    bot.double.invalidate(false);
    bot.double.wait_for_identifies(2);
    bot.double.wait_until_ready(1);
    answers(&bot);
    bot.double.close(4009);
    bot.double.wait_for_identifies(3);
    bot.double.wait_until_ready(1);
    answers(&bot);
    let registered = bot.double.received("PUT", "/applications/*/commands");
    assert_eq!(registered.len(), 1, "READY came three times");
}

#[test]
fn a_heartbeat_without_acknowledgement_ends_the_session() {
    let bot = Bot::at(Settings { heartbeat: Duration::from_millis(400), ..Settings::default() });
    bot.double.acknowledge_heartbeats(false);
    bot.double.wait_for_identifies(2);
    bot.double.acknowledge_heartbeats(true);
    bot.double.wait_until_ready(1);
    answers(&bot);
}

#[test]
fn strange_and_repeated_events_do_no_harm() {
    let bot = Bot::start();
    bot.double.send(&Event::raw("SOMETHING_NEW", json!({ "id": "1", "words": "unknown" })));
    bot.double.text("{\"op\": 0, \"t\": \"MESSAGE_CREATE\", \"s\": 900, \"d\": {\"content\": \"zanzibar\"}}");
    answers(&bot);
    let event = mention("usual dose of melatonin?");
    let asked = bot.double.send(&event);
    bot.double.repeat(asked);
    let slashed = bot.double.send(&slash("ask", &[("question", json!("headache?"))]));
    bot.double.repeat(slashed);
    bot.double.next_reply_to(asked);
    bot.double.next_reply_to(slashed);
    answers(&bot);
    assert_eq!(bot.double.question(asked).replies.len(), 1);
    assert_eq!(bot.double.question(slashed).replies.len(), 1);
    assert!(!bot.log().contains("zanzibar"), "a library's line with a message's words: {}", bot.log());
}

/// A bot that cannot serve exits, with one line for its operator.
#[track_caller]
fn ends_with(double: Double, change: impl FnOnce(&mut std::process::Command), code: i32) -> String {
    let world = World::new().file("verbatim.toml", settings()).indexed();
    let mut command = world.command(["serve"]);
    command
        .env("DISCORD_TOKEN", double.token())
        .env("DISCORD_API", double.origin())
        .env("VERBATIM_LOG", "error");
    change(&mut command);
    let output = command.output().expect("the bot runs");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{told}");
    assert!(!told.contains("token-of-the-double"), "{told}");
    told.replace(&double.origin(), "[origin]")
}

#[test]
fn what_is_wrong_is_one_line_that_names_the_setting() {
    let none = ends_with(
        Double::start(),
        |command| {
            command.env_remove("DISCORD_TOKEN");
        },
        2,
    );
    insta::assert_snapshot!(none.trim(), @"verbatim: there is no Discord token: create an application at https://discord.com/developers/applications, copy the token from its Bot page and set DISCORD_TOKEN; `verbatim chat` needs no token");
    let wrong = ends_with(
        Double::start(),
        |command| {
            command.env("DISCORD_TOKEN", "wrong");
        },
        1,
    );
    insta::assert_snapshot!(wrong.trim(), @"verbatim: Discord rejected the token: copy it again from the Bot page of your application at https://discord.com/developers/applications and set DISCORD_TOKEN");
    let double = Double::start();
    double.disallow_intents(CONTENT);
    let intent = |command: &mut std::process::Command| {
        let folder = command.get_current_dir().expect("a folder").to_owned();
        let text = settings() + "\n[discord]\nmessage_content = true\n";
        std::fs::write(folder.join("verbatim.toml"), text).expect("settings");
    };
    insta::assert_snapshot!(ends_with(double, intent, 1).trim(), @"verbatim: Discord rejected the Message Content intent: enable it on the Bot page of your application at https://discord.com/developers/applications, or set `discord.message_content = false`");
    let no_api = |command: &mut std::process::Command| {
        command.env("DISCORD_API", "nonsense");
    };
    insta::assert_snapshot!(ends_with(Double::start(), no_api, 2).trim(), @"verbatim: DISCORD_API: `nonsense` is not an origin. Use one such as http://127.0.0.1:8080.");
    let no_file = |command: &mut std::process::Command| {
        command.env("DISCORD_CA", "none.pem");
    };
    insta::assert_snapshot!(ends_with(Double::start(), no_file, 2).trim(), @"verbatim: DISCORD_CA: cannot read none.pem as a PEM file: No such file or directory (os error 2)");
}

#[test]
fn the_token_may_come_from_a_file() {
    let text = settings() + "\n[discord]\ntoken_file = \"token\"\n";
    let world = World::new().file("verbatim.toml", text);
    let double = Double::start();
    let world = world.file("token", format!("Bot {}\n", double.token()));
    let mut bot = Bot::idle(world, double);
    bot.run_with(|command| {
        command.env_remove("DISCORD_TOKEN");
    });
    bot.is_ready();
    answers(&bot);
}

#[test]
fn a_gateway_that_is_not_told_at_once_is_asked_for_again() {
    let double = Double::start();
    double.fail("GET", "/gateway", 1, discord_double::fault::Failing::Status(500));
    double.fail("GET", "/gateway/bot", 1, discord_double::fault::Failing::Status(404));
    double.fail("GET", "/users/@me", 2, discord_double::fault::Failing::Status(502));
    let bot = Bot::with(World::new().file("verbatim.toml", settings()), double);
    answers(&bot);
}

#[test]
fn over_tls_the_library_limits_its_rate_itself() {
    let bot = Bot::with(World::new().file("verbatim.toml", settings()), Double::start_tls());
    answers(&bot);
    bot.double.fail(
        "POST",
        "/channels/*/messages",
        1,
        discord_double::fault::Failing::RateLimited { retry_after: 0.3, is_global: false },
    );
    let event = mention("usual dose of melatonin?");
    assert!(text(&bot.reply_to(&event).body).contains("2 mg"));
    assert_eq!(bot.log().matches("DISCORD_CA is set").count(), 1, "{}", bot.log());
}

#[test]
fn a_limit_that_is_used_up_is_waited_for_before_discord_says_so() {
    let bot = Bot::with(World::new().file("verbatim.toml", settings()), Double::start_tls());
    let none_left = discord_double::fault::Failing::Exhausted(3.0);
    bot.double.fail("POST", "/channels/*/messages", 1, none_left);
    assert!(text(&bot.reply_to(&mention("usual dose of melatonin?")).body).contains("2 mg"));
    // The limit in its headers is known once the answer has arrived.
    bot.wait_for_log("answered");
    let began = std::time::Instant::now();
    let asked = [0; 3].map(|_| bot.double.send(&mention("usual dose of melatonin?")));
    // Commands have a separate limit.
    answers(&bot);
    let command = began.elapsed();
    for id in asked {
        assert!(text(&bot.double.next_reply_to(id).body).contains("2 mg"));
        let took = began.elapsed();
        assert!(took > Duration::from_millis(1_500) && command < took, "{took:?}, and a command {command:?}");
    }
    assert!(bot.double.received("POST", "/channels/*/messages").iter().all(|sent| sent.status() == 200));
}

/// A busy channel's answers wait for its limit; commands do not wait with them.
#[test]
fn a_busy_channel_holds_up_no_command() {
    let text = settings() + "\n[limits]\nuser_per_minute = 1000\nguild_per_minute = 1000\n";
    let bot = Bot::with(World::new().file("verbatim.toml", text), Double::start_tls());
    bot.double.fail("POST", "/channels/*/messages", 1, discord_double::fault::Failing::Exhausted(10.0));
    bot.reply_to(&mention("usual dose of melatonin?"));
    bot.wait_for_log("answered");
    let waiting: Vec<u64> = (0..400).map(|_| bot.double.send(&mention("usual dose of melatonin?"))).collect();
    for _ in 0..3 {
        let asked = bot.double.send(&slash("ask", &[("question", json!("usual dose of melatonin?"))]));
        bot.double.next_reply_to(asked);
        let took = bot.double.question(asked).until_answered().expect("an answer");
        assert!(took < Duration::from_secs(5), "{took:?}");
    }
    let open = waiting.iter().filter(|id| bot.double.question(**id).replies.is_empty()).count();
    assert!(open > 300, "only {open} wait");
}

#[test]
fn the_token_goes_nowhere_unencrypted() {
    let world = World::new().file("verbatim.toml", settings());
    for api in [
        "http://proxy.example.org",
        "http://127.0.0.1.example.org",
        "http://10.0.0.1:8080",
        "ftp://127.0.0.1",
    ] {
        let mut command = world.command(["serve"]);
        command.env("DISCORD_TOKEN", "a.b.c").env("DISCORD_API", api);
        let output = command.output().expect("the program");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{api}: {told}");
        assert!(told.contains("DISCORD_API"), "{told}");
    }
    let open = World::new().file("verbatim.toml", settings() + "\n[metrics]\nlisten = \"0.0.0.0:0\"\n");
    open.run(["serve"]).exits(2).warns("metrics.allow_remote = true");
}
