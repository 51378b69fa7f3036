//! How the bot stops: stopped twice, stopped while not connected, and killed in the middle of a moderator's command. Pending
//! replies are finished first.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::bot::{
    Bot, CALLBACK, admin, custom_id, moderator, question, reader, settings, slash, text, wait_until,
};
use crate::bot_metrics::figures;
use crate::bot_moderation::{fill, passage, press};
use crate::fixture::{self, changed_leaflet};
use crate::world::World;
use discord_double::Double;
use discord_double::events;
use discord_double::fault::Failing;
use discord_double::people::Spot;

const DOSE: &str = "What is the usual dose of melatonin?";

fn idle() -> Bot {
    Bot::idle(World::new().file("verbatim.toml", settings()).indexed(), Double::start())
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let mut bot = Bot::start();
    bot.double.fail("POST", "/interactions/**", 1, Failing::Slow(Duration::from_secs(9)));
    bot.double.send(&slash("ask", &[("question", json!(DOSE))]));
    bot.double.next_request("POST", "/interactions/**");
    bot.signal("TERM");
    bot.wait_for_log("finishing pending replies first");
    let began = Instant::now();
    bot.signal("INT");
    assert_eq!(bot.ends(), 1, "{}", bot.log());
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    assert!(bot.log().contains("stopping at once"), "{}", bot.log());
}

#[test]
fn it_can_be_stopped_before_it_is_connected() {
    let mut bot = idle();
    bot.double.fail("GET", "/users/@me", 100, Failing::Status(503));
    bot.run();
    bot.wait_for_log("Discord is not responding yet");
    let began = Instant::now();
    bot.stop();
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
}

#[test]
fn it_comes_back_after_an_outage_and_can_be_stopped_in_one() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("one").port();
    let mut bot = Bot::with_settings(&format!("[metrics]\nlisten = \"127.0.0.1:{port}\""));
    let state = |state: &str| figures(port).contains(&format!("verbatim_gateway{{state=\"{state}\"}} 1"));
    assert!(state("connected"));
    bot.double.shut_gateway(true);
    wait_until("it is told", || state("connecting"));
    bot.double.shut_gateway(false);
    bot.double
        .wait("the bot again", Duration::from_secs(40), |state| (state.gateway.ready() > 0).then_some(()));
    assert!(text(&bot.ask(DOSE).body).contains("2 mg"));
    bot.double.shut_gateway(true);
    wait_until("it is told again", || state("connecting"));
    let began = Instant::now();
    bot.stop();
    assert!(began.elapsed() < Duration::from_secs(6), "{:?}", began.elapsed());
}

/// Waits until the moment has come, kills the bot, restarts it, and asks for the dose.
fn dose_after_kill(bot: &mut Bot, moment: &str, has_come: impl Fn(&Bot) -> bool) -> String {
    wait_until(moment, || has_come(bot));
    bot.kill();
    bot.run();
    bot.is_ready();
    text(&bot.ask(DOSE).body)
}

/// A moment of a change, and whether it has come, for a bot that began with this generation.
type Moment = (&'static str, fn(&Bot, &str) -> bool);

/// From the first report until the new generation is live.
const MOMENTS: [Moment; 4] = [
    ("it is reported", |_, _| true),
    ("the index is being built", |bot, _| {
        bot.world.generations().iter().any(|name| name.starts_with(".building")) || is_over(bot)
    }),
    ("the index is built", |bot, before| {
        bot.world.generations().iter().any(|name| name.starts_with('g') && name != before)
    }),
    ("the index is live", |bot, before| bot.world.current() != before),
];

/// Whether there are two generations, so that the moment of building the second is over.
fn is_over(bot: &Bot) -> bool {
    bot.world.generations().iter().filter(|name| name.starts_with('g')).count() > 1
}

#[test]
fn a_reindex_that_is_killed_has_happened_or_not() {
    for (moment, has_come) in MOMENTS {
        let mut bot = Bot::start();
        let before = bot.world.current();
        bot.world.write("knowledge/mel/sources/leaflet.md", changed_leaflet());
        bot.double.next_reply_to(bot.double.send(&admin(&moderator(), "reindex", &[])));
        let shown = dose_after_kill(&mut bot, moment, |bot| has_come(bot, &before));
        let dose = if bot.world.current() == before { "2 mg" } else { "3 mg" };
        assert!(shown.contains(dose), "killed when {moment}, {dose} is live: {shown}");
        let told = text(&bot.moderate("reindex", &[]).body);
        let expected = match (dose, moment) {
            ("2 mg", "the index is built") => "that index is live again",
            ("2 mg", _) => "Published",
            _ => "Nothing has changed",
        };
        assert!(told.contains(expected), "killed when {moment}: {told}");
        assert!(text(&bot.ask(DOSE).body).contains("3 mg"));
        let left = bot.world.generations();
        assert!(left.iter().all(|name| !name.starts_with(".building")), "left behind: {left:?}");
    }
}

#[test]
fn a_source_that_is_being_added_when_it_is_killed_is_there_or_not() {
    for (moment, has_come) in MOMENTS {
        let mut bot = Bot::start();
        let before = bot.world.current();
        let body = "# Valerian\n\nValerian shortens the time to fall asleep by two minutes.\n";
        let attached = bot.double.attach("valerian.md", "text/markdown", body.as_bytes());
        let preview = bot.settled(&admin(&moderator(), "add", &[]).with_file("file", &attached));
        let form = press(&bot, &preview, "Say where it comes from");
        let fields =
            [("title", "Valerian"), ("publisher", ""), ("url", ""), ("published", ""), ("licence", "")];
        let described = fill(&bot, &preview, &form, &fields);
        let message = bot.double.message(preview.message.expect("a message")).expect("the message");
        let publish = custom_id(&described.body, "Publish");
        let pressed = bot.double.send(&events::button(&Spot::channel(), &moderator(), &message, &publish));
        bot.double.next_reply_to(pressed);
        dose_after_kill(&mut bot, moment, |bot| has_come(bot, &before));
        let is_there = bot.world.path("knowledge/mel/sources/valerian.md").exists();
        let shown = text(&bot.ask("Does valerian shorten the time to fall asleep?").body);
        assert_eq!(shown.contains("two minutes"), is_there, "killed when {moment}: {shown}");
        assert!(!bot.world.path("knowledge/mel/.change.toml").exists(), "killed when {moment}");
        let told = text(&bot.moderate("reindex", &[]).body);
        assert!(told.contains("Nothing has changed"), "killed when {moment}: {told}");
    }
}

#[test]
fn a_passage_that_is_being_withheld_when_it_is_killed_is_gone_or_not_also_from_posts() {
    const LIST: &str = "knowledge/mel/withheld.toml";
    let mut bot = Bot::start();
    let id = passage(&bot, "The usual dose");
    let list = |bot: &Bot| std::fs::read_to_string(bot.world.path(LIST)).unwrap_or_default();
    for moment in ["it is asked for", "the passage is on the list", "it is told", "the post is edited"] {
        let posted = bot.ask(DOSE).message.expect("a message");
        wait_until("the post is noted", || {
            bot.world.run(["store", "export"]).out.contains(&posted.to_string())
        });
        let options = [("passage", json!(id)), ("reason", json!("It is out of date"))];
        let asked = bot.double.send(&admin(&moderator(), "withhold", &options));
        let shown = dose_after_kill(&mut bot, moment, |bot| match moment {
            "it is asked for" => true,
            "the passage is on the list" => list(bot).contains(&id),
            "it is told" => !bot.double.question(asked).replies.is_empty(),
            _ => is_edited(bot, posted),
        });
        let is_listed = list(&bot).contains(&id);
        assert!(is_listed || moment == "it is asked for", "killed when {moment}");
        assert_eq!(shown.contains("2 mg"), !is_listed, "killed when {moment}: {shown}");
        if is_listed {
            wait_until("the post is edited", || is_edited(&bot, posted));
            let told = text(&bot.moderate("restore", &[("passage", json!(id))]).body);
            assert!(told.contains("can be quoted again"), "{told}");
        }
    }
}

/// Whether a post no longer quotes what was withheld.
fn is_edited(bot: &Bot, message: u64) -> bool {
    let shown = bot.double.message(message).map(|message| text(&message)).unwrap_or_default();
    shown.contains("withheld by the moderators") && shown.contains(fixture::DISCLAIMER)
}

/// The same for passages withheld while the store could not be written, or before their posts were marked.
#[test]
fn what_was_withheld_meanwhile_is_taken_back_at_the_start() {
    let mut bot = Bot::start();
    let posted = bot.ask(DOSE).message.expect("a message");
    wait_until("the post is noted", || bot.world.run(["store", "export"]).out.contains(&posted.to_string()));
    let id = passage(&bot, "The usual dose");
    bot.stop();
    let entry = format!(
        "[[withheld]]\npassage = \"{id}\"\nby = \"mia\"\nat = \"2026-01-02T03:04:05Z\"\nreason = \"old\"\n"
    );
    bot.world.write("knowledge/mel/withheld.toml", entry);
    bot.forget_log();
    bot.run();
    bot.is_ready();
    wait_until("the post is edited", || is_edited(&bot, posted));
    assert!(!text(&bot.ask(DOSE).body).contains("2 mg"));
    let direct = Spot::direct(reader().id);
    assert!(bot.double.written_in(&direct).is_empty());
}

#[test]
fn what_is_in_flight_is_answered_before_the_bot_stops() {
    for signal in ["TERM", "INT"] {
        let mut bot = Bot::start();
        bot.double.fail("POST", CALLBACK, 20, Failing::Slow(Duration::from_millis(500)));
        let asked: Vec<u64> = (0..20).map(|_| bot.double.send(&question())).collect();
        // The events are on their way; the bot reads them before the signal.
        bot.double.wait("the first requests", Duration::from_secs(10), |state| {
            (state.requests.iter().filter(|request| request.is("POST", CALLBACK)).count() >= 20).then_some(())
        });
        let began = Instant::now();
        bot.signal(signal);
        assert_eq!(bot.ends(), 0, "{}", bot.log());
        assert!(began.elapsed() < Duration::from_secs(15));
        for id in asked {
            assert!(text(&bot.double.next_reply_to(id).body).contains("2 mg"));
        }
        assert_eq!(bot.double.wait_for_close(Duration::from_secs(5)), Some(1_000));
    }
}
