//! Sessions: identify, resume, identify again.

use std::time::Duration;

use serenity::all::GatewayIntents;

use super::client::{Bot, http, http_with_token};
use discord_double::Double;
use discord_double::events;
use discord_double::people::{GUILD, Person, Spot};
use discord_double::session::{GUILD_MESSAGES, MESSAGE_CONTENT};
use discord_double::state::Settings;

fn someone() -> Person {
    Person::new(7, "someone")
}

/// A double and a bot that is ready.
fn connected() -> (Double, Bot) {
    let double = Double::start();
    let bot = Bot::start(&double);
    double.wait_until_ready(1);
    bot.wait_to_hear("ready, 1 guilds", 1);
    (double, bot)
}

/// Sends a message, and waits until the bot has heard it once more.
fn say(double: &Double, bot: &Bot, text: &str) {
    double.send(&events::message(&Spot::direct(7), &someone(), text));
    bot.wait_to_hear(&format!("message `{text}`"), 1);
}

#[test]
fn a_client_identifies() {
    let (double, bot) = connected();
    bot.wait_to_hear("guild, 1 channels, 1 threads", 1);
    let identifies = double.identifies();
    assert_eq!(identifies.len(), 1);
    assert_eq!(identifies[0].token, double.token());
    assert_eq!(identifies[0].shard, [0, 1]);
    assert_eq!(identifies[0].intents & (GUILD_MESSAGES | MESSAGE_CONTENT), GUILD_MESSAGES);
    assert!(double.received("GET", "/gateway/bot").len() + double.received("GET", "/gateway").len() > 0);
    bot.stop();
    assert_eq!(double.wait_for_close(Duration::from_secs(5)), Some(1000));
    assert_eq!(bot.wait_to_end(), "stopped");
    assert_eq!(double.resumes_asked(), 0);
}

#[test]
fn the_gateway_is_on_loopback() {
    let double = Double::start();
    assert!(double.gateway_is_loopback());
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let http = http(&double);
    let given = runtime.block_on(async { (http.get_gateway().await, http.get_bot_gateway().await) });
    let addresses = [given.0.expect("an address").url, given.1.expect("an address").url];
    for address in addresses {
        assert!(address.starts_with("ws://127.0.0.1:"), "{address}");
    }
}

#[test]
fn a_wrong_token_is_refused() {
    let double = Double::start();
    let bot = Bot::with(http_with_token(&double, "wrong"), GatewayIntents::GUILDS);
    double.wait_for_identifies(1);
    assert_eq!(bot.wait_to_end(), "Sent invalid authentication");
}

#[test]
fn intents_that_are_not_granted_are_refused() {
    let double = Double::start();
    double.disallow_intents(MESSAGE_CONTENT);
    let bot = Bot::with(http(&double), GatewayIntents::GUILDS | GatewayIntents::MESSAGE_CONTENT);
    assert_eq!(bot.wait_to_end(), "Disallowed gateway intents were provided");
}

#[test]
fn what_was_missed_is_replayed() {
    let (double, bot) = connected();
    double.cut();
    double.send(&events::message(&Spot::direct(7), &someone(), "missed"));
    double.wait_for_resumes(1);
    bot.wait_to_hear("message `missed`", 1);
    bot.wait_to_hear("resumed", 1);
    say(&double, &bot, "after");
    let heard = bot.heard();
    assert_eq!(heard.iter().filter(|heard| *heard == "message `missed`").count(), 1, "{heard:?}");
    assert_eq!(double.identifies().len(), 1);
}

#[test]
fn each_gentle_end_is_resumed() {
    let (double, bot) = connected();
    for (count, end) in (1..).zip([
        Double::reconnect as fn(&Double),
        |double| double.invalidate(true),
        |double| double.close(4000),
        |double| double.close(1001),
        Double::cut,
    ]) {
        end(&double);
        double.wait_for_resumes(count);
        bot.wait_to_hear("resumed", count);
    }
    say(&double, &bot, "still here");
    assert_eq!(double.identifies().len(), 1);
    assert_eq!(double.connections(), 6);
}

/// Ends the session so that the client must identify again, which fires `ready` again.
fn identifies_again(settings: Settings, end: impl FnOnce(&Double)) {
    let double = Double::with(settings);
    let bot = Bot::start(&double);
    bot.wait_to_hear("ready, 1 guilds", 1);
    end(&double);
    double.wait_for_identifies(2);
    bot.wait_to_hear("ready, 1 guilds", 2);
    double.acknowledge_heartbeats(true);
    say(&double, &bot, "back again");
    assert_eq!(double.resumes(), 0);
}

/// Runs all cases at once, because serenity waits five seconds each time.
#[test]
fn each_hard_end_identifies_again() {
    let quick = Settings { heartbeat: Duration::from_millis(500), ..Settings::default() };
    std::thread::scope(|threads| {
        threads.spawn(|| identifies_again(Settings::default(), |double| double.invalidate(false)));
        threads.spawn(|| identifies_again(Settings::default(), |double| double.close(4009)));
        threads.spawn(|| {
            identifies_again(Settings::default(), |double| {
                double.refuse_resumes(1);
                double.reconnect();
            });
        });
        threads.spawn(|| identifies_again(quick, |double| double.acknowledge_heartbeats(false)));
    });
}

#[test]
fn heartbeats_are_counted_and_acknowledged() {
    let double = Double::with(Settings { heartbeat: Duration::from_millis(200), ..Settings::default() });
    let _bot = Bot::start(&double);
    double.wait("three heartbeats", Duration::from_secs(10), |state| {
        (state.gateway.heartbeats >= 3).then_some(())
    });
    assert_eq!(double.connections(), 1);
}

#[test]
fn unknown_and_repeated_events_do_no_harm() {
    let (double, bot) = connected();
    let unknown = events::Event::raw("SOMETHING_NEW", serde_json::json!({ "a": [1] }));
    double.send(&unknown);
    double.text("{ this is no JSON");
    let twice = double.send(&events::message(&Spot::direct(7), &someone(), "twice"));
    bot.wait_to_hear("message `twice`", 1);
    double.repeat(twice);
    bot.wait_to_hear("message `twice`", 2);
    // The bot hears its own answers too, as with Discord.
    bot.wait_to_hear("message ``", 2);
    assert_eq!(double.connections(), 1);
}

#[test]
fn guilds_and_channels_go() {
    let (double, bot) = connected();
    double.send(&events::channel_delete(&Spot::channel()));
    bot.wait_to_hear(&format!("channel {} gone", Spot::channel().channel), 1);
    double.send(&events::guild_delete(GUILD, true));
    bot.wait_to_hear("guild gone, unavailable: true", 1);
    double.send(&events::guild_delete(GUILD, false));
    bot.wait_to_hear("guild gone, unavailable: false", 1);
}

#[test]
fn content_is_hidden_without_the_intent() {
    let (double, bot) = connected();
    double.send(&events::message(&Spot::channel(), &someone(), "among themselves"));
    bot.wait_to_hear("message ``", 1);
    let mention = events::message(&Spot::channel(), &someone(), "to the bot").mentioning(&[&Person::bot()]);
    double.send(&mention);
    bot.wait_to_hear("message `to the bot`", 1);
    let own = double.earlier_message(&Spot::channel(), &super::client::said("earlier"));
    double.send(&events::message(&Spot::channel(), &someone(), "as a reply").replying_to(&own));
    bot.wait_to_hear("message `as a reply`", 1);
    say(&double, &bot, "directly");
    assert!(!bot.heard().contains(&"message `among themselves`".to_owned()));
}
