//! How the bot stops: stopped twice, stopped while not connected, and killed in the middle of a moderator's command.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::bot::{Bot, admin, custom_id, moderator, reader, settings, slash, text};
use crate::bot_buttons::figures;
use crate::bot_moderation::{fill, passage, press, wait_until};
use crate::fixture::{self, changed_leaflet, long_source};
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
    std::thread::sleep(Duration::from_millis(500));
    let began = Instant::now();
    bot.stop();
    assert!(began.elapsed() < Duration::from_secs(6), "{:?}", began.elapsed());
}

/// A bot whose index takes a while to build.
fn slow() -> Bot {
    let world = World::new()
        .file("verbatim.toml", settings())
        .source("long.md", long_source(30, "Sleep is long."))
        .indexed();
    Bot::with(world, Double::start())
}

/// Kills the bot this long after the first report of a change, restarts it, and asks for the dose.
fn dose_after_kill(bot: &mut Bot, moment: Duration) -> String {
    std::thread::sleep(moment);
    bot.kill();
    bot.run();
    bot.is_ready();
    text(&bot.ask(DOSE).body)
}

/// From the first report until after the end of the change.
const MOMENTS: [u64; 4] = [0, 60, 300, 1_500];

#[test]
fn a_reindex_that_is_killed_has_happened_or_not() {
    for moment in MOMENTS {
        let mut bot = slow();
        let before = bot.world.current();
        bot.world.write("knowledge/mel/sources/leaflet.md", changed_leaflet());
        bot.double.next_reply_to(bot.double.send(&admin(&moderator(), "reindex", &[])));
        let shown = dose_after_kill(&mut bot, Duration::from_millis(moment));
        let dose = if bot.world.current() == before { "2 mg" } else { "3 mg" };
        assert!(shown.contains(dose), "after {moment} ms {dose} is live: {shown}");
        let told = text(&bot.moderate("reindex", &[]).body);
        assert!(told.contains(if dose == "2 mg" { "Published" } else { "Nothing has changed" }), "{told}");
        assert!(text(&bot.ask(DOSE).body).contains("3 mg"));
        let left = bot.world.generations();
        assert!(left.iter().all(|name| !name.starts_with(".building")), "left behind: {left:?}");
    }
}

#[test]
fn a_source_that_is_being_added_when_it_is_killed_is_there_or_not() {
    for moment in MOMENTS {
        let mut bot = slow();
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
        dose_after_kill(&mut bot, Duration::from_millis(moment));
        let is_there = bot.world.path("knowledge/mel/sources/valerian.md").exists();
        let shown = text(&bot.ask("Does valerian shorten the time to fall asleep?").body);
        assert_eq!(shown.contains("two minutes"), is_there, "after {moment} ms: {shown}");
        assert!(!bot.world.path("knowledge/mel/.change.toml").exists(), "after {moment} ms");
        let told = text(&bot.moderate("reindex", &[]).body);
        assert!(told.contains("Nothing has changed"), "after {moment} ms: {told}");
    }
}

#[test]
fn a_passage_that_is_being_withheld_when_it_is_killed_is_gone_or_not_also_from_posts() {
    let mut bot = Bot::start();
    let (mut withheld, id) = (0, passage(&bot, "The usual dose"));
    for moment in [0, 1, 2, 4, 8, 16, 40, 400] {
        let posted = bot.ask(DOSE).message.expect("a message");
        wait_until("the post is noted", || {
            bot.world.run(["store", "export"]).out.contains(&posted.to_string())
        });
        let options = [("passage", json!(id)), ("reason", json!("It is out of date"))];
        bot.double.send(&admin(&moderator(), "withhold", &options));
        let shown = dose_after_kill(&mut bot, Duration::from_millis(moment));
        let list = std::fs::read_to_string(bot.world.path("knowledge/mel/withheld.toml")).unwrap_or_default();
        let is_listed = list.contains(&id);
        assert_eq!(shown.contains("2 mg"), !is_listed, "after {moment} ms: {shown}");
        if is_listed {
            withheld += 1;
            is_taken_back(&bot, posted);
            let told = text(&bot.moderate("restore", &[("passage", json!(id))]).body);
            assert!(told.contains("can be quoted again"), "{told}");
        }
    }
    assert!(withheld > 0, "every kill came too early");
}

#[track_caller]
fn is_taken_back(bot: &Bot, message: u64) {
    wait_until("the post is edited", || {
        let shown = bot.double.message(message).map(|message| text(&message)).unwrap_or_default();
        shown.contains("withheld by the moderators") && shown.contains(fixture::DISCLAIMER)
    });
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
    is_taken_back(&bot, posted);
    assert!(!text(&bot.ask(DOSE).body).contains("2 mg"));
    let direct = Spot::direct(reader().id);
    assert!(bot.double.written_in(&direct).is_empty());
}
