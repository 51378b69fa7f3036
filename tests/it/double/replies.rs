//! Each kind of request, and how to find its answer.

use std::time::Duration;

use serde_json::json;
use serenity::all::{GatewayIntents, GuildId};

use super::client::{Bot, http, http_over_tls, said};
use discord_double::Double;
use discord_double::events;
use discord_double::people::{CHANNEL, GUILD, MANAGE_GUILD, Person, SEND_MESSAGES, Spot};
use discord_double::record::Way;
use discord_double::state::{Checking, Settings};

fn someone() -> Person {
    Person::new(7, "someone")
}

fn started() -> (Double, Bot) {
    let double = Double::start();
    let bot = Bot::start(&double);
    (double, bot)
}

/// The text of a reply.
fn words(body: &serde_json::Value) -> &str {
    body["embeds"][0]["description"].as_str().expect("an embed with words")
}

#[test]
fn a_slash_command() {
    let (double, _bot) = started();
    for spot in [Spot::channel(), Spot::thread(), Spot::direct(7)] {
        let asked =
            double.send(&events::slash(&spot, &someone(), "ldn ask", &[("question", json!("dose?"))]));
        let reply = double.next_reply_to(asked);
        assert_eq!(reply.way, Way::Callback(4));
        assert_eq!(words(&reply.body), "dose?");
        assert!(!reply.is_private());
        assert_eq!(double.written_in(&spot).len(), 1);
        let question = double.question(asked);
        assert!(question.until_acknowledged().expect("acknowledged") < Duration::from_secs(3));
        assert_eq!(question.until_answered(), question.until_acknowledged());
    }
}

#[test]
fn a_deferred_answer() {
    let (double, _bot) = started();
    let asked = double.send(&events::slash(&Spot::channel(), &someone(), "slow", &[]));
    let reply = double.next_reply_to(asked);
    assert_eq!(reply.way, Way::Edit);
    assert_eq!(words(&reply.body), "at last");
    assert!(reply.is_private(), "it was deferred privately");
    assert_eq!(double.written_in(&Spot::channel()), Vec::<serde_json::Value>::new());
    let message = double.message(reply.message.expect("a message")).expect("it is stored");
    assert_eq!(message["flags"], 64, "it is not loading any more");
    let question = double.question(asked);
    assert!(question.until_answered() >= question.until_acknowledged());
    assert_eq!(double.unanswered(), Vec::<u64>::new());
}

#[test]
fn completion_buttons_and_modals() {
    let (double, _bot) = started();
    let (spot, person) = (Spot::channel(), someone());
    let asked = double.send(&events::autocomplete(&spot, &person, "ldn evidence", "condition", "fib"));
    let reply = double.next_reply_by(Way::Callback(8), asked);
    assert_eq!(reply.body["choices"][0]["name"], "fib");
    let message = double.earlier_message(&spot, &said("first"));
    let asked = double.send(&events::button(&spot, &person, &message, "more:1"));
    let reply = double.next_reply_to(asked);
    assert_eq!((reply.way, words(&reply.body)), (Way::Callback(7), "more"));
    let id = message["id"].as_str().and_then(|id| id.parse().ok()).expect("an id");
    assert_eq!(reply.message, Some(id));
    assert_eq!(words(&double.message(id).expect("it is stored")), "more");
    let asked = double.send(&events::button(&spot, &person, &message, "edit"));
    assert_eq!(double.next_reply_to(asked).body["title"], "Details");
    let filled = [("title", "A leaflet")];
    let asked = double.send(&events::modal_submit(&spot, &person, "details", &filled, Some(&message)));
    assert_eq!(words(&double.next_reply_to(asked).body), "A leaflet");
}

#[test]
fn commands_on_messages_and_with_files() {
    let (double, _bot) = started();
    let (spot, person) = (Spot::channel(), someone());
    let message = events::message(&spot, &person, "what is it?").data;
    let asked = double.send(&events::message_command(&spot, &person, "Ask the knowledge base", &message));
    assert_eq!(words(&double.next_reply_to(asked).body), "what is it?");
    let file = double.attach("leaflet.md", "text/markdown", b"# Leaflet");
    let event = events::slash(&spot, &person.who_may(MANAGE_GUILD), "ldn-admin add", &[]);
    assert_eq!(event.data["member"]["permissions"].as_str().map(|bits| bits.len() > 1), Some(true));
    let asked = double.send(&event.with_file("file", &file));
    assert_eq!(words(&double.next_reply_to(asked).body), "leaflet.md");
}

#[test]
fn messages_that_are_replied_to() {
    let (double, _bot) = started();
    let mention = events::message(&Spot::thread(), &someone(), "dose?").mentioning(&[&Person::bot()]);
    let direct = events::message(&Spot::direct(7), &someone(), "side effects?");
    for event in [mention, direct] {
        let asked = double.send(&event);
        let reply = double.next_reply_to(asked);
        assert_eq!(reply.way, Way::Message);
        assert_eq!(words(&reply.body), event.data["content"].as_str().expect("content"));
        assert!(double.question(asked).until_answered().is_some());
    }
}

#[test]
fn files_are_served() {
    let double = Double::start();
    let file = double.attach("a.md", "text/markdown", b"# A");
    let url = file["url"].as_str().expect("an address").to_owned();
    assert!(url.starts_with(&double.origin()), "{url}");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let got = reqwest::get(&url).await.expect("an answer");
        assert_eq!(got.headers()["content-type"], "text/markdown");
        assert_eq!(got.text().await.expect("a text"), "# A");
        let lost = reqwest::get(url.replace("a.md", "b.md")).await.expect("an answer");
        assert_eq!(lost.status(), 404);
    });
}

#[test]
fn everything_over_tls() {
    let double = Double::start_tls();
    let bot = Bot::with(http_over_tls(&double), GatewayIntents::GUILDS);
    let asked =
        double.send(&events::slash(&Spot::channel(), &someone(), "ldn ask", &[("question", json!("x"))]));
    assert_eq!(words(&double.next_reply_to(asked).body), "x");
    let request = double.next_request("POST", "/interactions/*/*/callback");
    assert_eq!(request.header("host"), Some("discord.com"));
    let file = double.attach("a.md", "text/markdown", b"# A");
    assert!(
        file["url"].as_str().is_some_and(|url| url.starts_with("https://cdn.discordapp.com/attachments/"))
    );
    bot.stop();
}

#[test]
fn commands_are_kept_as_discord_keeps_them() {
    let double = Double::start();
    let http = http(&double);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let option = json!({ "type": 3, "name": "question", "description": "What", "required": true,
        "autocomplete": false, "choices": [], "options": [], "min_value": null });
    let command = |description: &str| {
        json!({ "name": "ldn", "description": description, "options": [
        { "type": 1, "name": "ask", "description": "Asks", "required": false, "options": [option] }] })
    };
    let set = |description: &str| {
        let commands = json!([command(description)]);
        let set = runtime.block_on(http.create_global_commands(&commands));
        set.expect("commands are set").pop().expect("one command")
    };
    let (first, same, other) = (set("Asks"), set("Asks"), set("Asks more"));
    assert_eq!((first.id, first.version), (same.id, same.version));
    assert_eq!(first.id, other.id);
    assert_ne!(first.version, other.version);
    let kept = &double.commands(None)[0];
    assert_eq!(
        kept["options"],
        json!([{ "type": 1, "name": "ask", "description": "Asks", "options": [
            { "type": 3, "name": "question", "description": "What", "required": true }] }])
    );
    assert_eq!(kept["dm_permission"], true);
    let guild = GuildId::new(GUILD);
    let admin = json!([{ "name": "ldn-admin", "description": "Keeps", "default_member_permissions": "32" }]);
    runtime.block_on(http.create_guild_commands(guild, &admin)).expect("commands are set");
    assert_eq!(double.commands(Some(GUILD))[0]["default_member_permissions"], "32");
    assert_eq!(runtime.block_on(http.get_global_commands()).expect("commands").len(), 1);
}

#[test]
fn only_registered_commands_can_be_used() {
    let (double, _bot) = started();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let commands = json!([{ "name": "ldn", "description": "Asks", "options": [
        { "type": 3, "name": "question", "description": "What" }] }]);
    runtime.block_on(http(&double).create_global_commands(&commands)).expect("commands are set");
    let use_it = |command: &str, option: &str| {
        let event = events::slash(&Spot::channel(), &someone(), command, &[(option, json!("x"))]);
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| double.send(&event))).is_ok()
    };
    assert!(use_it("ldn", "question"));
    assert!(!use_it("ldn", "query"));
    assert!(!use_it("lnd", "question"));
}

#[test]
fn hundreds_at_once_are_timed() {
    let settings =
        Settings { checking: Checking::OneIn(10), recorded: 50, echo: false, ..Settings::default() };
    let double = Double::with(settings);
    let _bot = Bot::start(&double);
    let spot = |at: u64| Spot::of(GUILD + at % 50, CHANNEL + 1_000 + at % 50);
    let asked: Vec<u64> = (0..300)
        .map(|at| events::slash(&spot(at), &Person::new(at + 1, "x"), "ldn ask", &[("question", json!("x"))]))
        .map(|event| double.send(&event))
        .collect();
    for id in asked {
        double.next_reply_to(id);
    }
    assert_eq!(double.unanswered(), Vec::<u64>::new());
    let times: Vec<Duration> =
        double.questions().iter().filter_map(|(_, question)| question.until_answered()).collect();
    assert_eq!(times.len(), 300);
    assert_eq!(double.requests().len(), 50, "the oldest are dropped");
}

#[test]
fn what_the_application_may_do_is_told() {
    let event = events::slash(&Spot::channel().without(SEND_MESSAGES), &someone(), "ldn help", &[]);
    let bits: u64 = event.data["app_permissions"].as_str().and_then(|bits| bits.parse().ok()).expect("bits");
    assert_eq!(bits & SEND_MESSAGES, 0);
}
