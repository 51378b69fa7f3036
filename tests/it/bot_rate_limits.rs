//! Load limits: people who ask too fast, too many questions at once, and answers that take long.

use std::time::Duration;

use serde_json::json;

use crate::bot::{Bot, CALLBACK, question, raw_text, reader, settings, slash, text};
use crate::fixture::DISCLAIMER;
use crate::world::World;
use discord_double::Double;
use discord_double::events::{self, Event};
use discord_double::fault::Failing;
use discord_double::people::{APPLICATION, Person, Spot};
use discord_double::record::{Reply, Way};
use discord_double::state::Settings;

const QUESTION: &str = "What is the usual dose of melatonin?";

fn asks(person: &Person, spot: &Spot) -> Event {
    events::slash(spot, person, "mel ask", &[("question", json!(QUESTION))])
}

fn mention(person: &Person) -> Event {
    let words = format!("<@{APPLICATION}> {QUESTION}");
    events::message(&Spot::channel(), person, &words).mentioning(&[&Person::bot()])
}

#[track_caller]
fn is_answered(reply: &Reply) {
    assert!(text(&reply.body).contains("2 mg") && !reply.is_private(), "{}", text(&reply.body));
}

#[track_caller]
fn is_refused(reply: &Reply, words: &str) {
    let told = text(&reply.body);
    assert!(
        told.starts_with("Not right now\n") && told.contains(words) && told.ends_with(DISCLAIMER),
        "{told}"
    );
    assert!(reply.is_private(), "the channel does not see it");
    assert!(!raw_text(&reply.body).contains("dose"), "{told}");
}

#[test]
fn who_asks_too_fast_is_told_privately_when_to_ask_again() {
    let bot = Bot::with_settings("[limits]\nuser_per_minute = 2\nguild_per_minute = 5\n");
    let people: Vec<Person> = (0..5).map(|at| Person::new(801 + at, "someone")).collect();
    let (channel, elsewhere) = (Spot::channel(), Spot::of(1_100_000_000_000_000_777, 778));
    is_answered(&bot.reply_to(&asks(&people[0], &channel)));
    let answer = bot.reply_to(&asks(&people[0], &channel));
    is_answered(&answer);
    is_refused(&bot.reply_to(&asks(&people[0], &channel)), "You're asking too quickly.");
    is_refused(&bot.press_by(&people[0], &answer, "In context"), "Try again in ");
    is_answered(&bot.reply_to(&asks(&people[1], &channel)));
    is_answered(&bot.reply_to(&asks(&people[2], &channel)));
    is_answered(&bot.reply_to(&asks(&people[3], &channel)));
    is_refused(&bot.reply_to(&asks(&people[4], &channel)), "This server is sending too many questions.");
    is_answered(&bot.reply_to(&asks(&people[4], &elsewhere)));
    let typed = events::autocomplete(&channel, &people[0], "mel ask", "question", "usual");
    assert_eq!(bot.reply_to(&typed).way, Way::Callback(8), "typing is not counted");
}

#[test]
fn a_mention_over_the_limit_gets_one_direct_message_a_minute() {
    let mut bot = Bot::with_settings("[limits]\nuser_per_minute = 1\n");
    let mut over = Vec::new();
    let (ada, bo) = (reader(), Person::new(811, "bo"));
    for person in [&ada, &bo] {
        is_answered(&bot.reply_to(&mention(person)));
        over.extend((0..4).map(|_| bot.double.send(&mention(person))));
        let direct = Spot::direct(person.id);
        let told = bot.double.wait("a direct message", Duration::from_secs(10), |state| {
            let mut written = state.messages.values().filter(|kept| kept.channel == direct.channel);
            written.next().map(|kept| text(&kept.object))
        });
        assert!(told.contains("Try again in") && told.ends_with(DISCLAIMER), "{told}");
    }
    bot.settle();
    for person in [&ada, &bo] {
        let told = bot.double.written_in(&Spot::direct(person.id));
        assert_eq!(told.len(), 1, "once per minute and person");
    }
    assert!(over.iter().all(|id| bot.double.question(*id).replies.is_empty()), "the channel is not told");
}

#[test]
fn what_is_in_flight_is_bounded() {
    let bot = Bot::with_settings("[limits]\nin_flight = 1\n");
    bot.double.fail("POST", "/interactions/**", 1, Failing::Slow(Duration::from_millis(800)));
    let slow = bot.double.send(&asks(&reader(), &Spot::channel()));
    bot.double.next_request("POST", "/interactions/**");
    let other = Person::new(821, "bo");
    is_refused(&bot.reply_to(&asks(&other, &Spot::channel())), "Many questions are waiting right now.");
    is_answered(&bot.double.next_reply_to(slow));
    bot.wait_for_log("answered");
    is_answered(&bot.reply_to(&asks(&other, &Spot::channel())));
}

#[test]
fn an_answer_that_takes_long_is_deferred_and_comes() {
    // With the encoder, and with a different question each time: so many wait that the last ones wait for over a
    // second.
    let world = World::new().file(
        "verbatim.toml",
        crate::bot::settings()
            + "\n[limits]\nuser_per_minute = 10000\nguild_per_minute = 10000\nin_flight = 100000\n",
    );
    let double =
        Double::with(Settings { acknowledge_within: Duration::from_secs(60), ..Settings::default() });
    let bot = Bot::with(world, double);
    let mut crowd = 32;
    let (asked, deferred) = loop {
        let event = |at: usize| {
            let question = format!("What is the usual dose of melatonin in trial {at} of {crowd}?");
            slash("ask", &[("question", json!(question)), ("private", json!(at.is_multiple_of(2)))])
        };
        let asked: Vec<u64> = (0..crowd).map(|at| bot.double.send(&event(at))).collect();
        let mut deferred = 0;
        for id in &asked {
            let reply = bot.double.next_reply_to(*id);
            deferred += usize::from(reply.way == Way::Edit);
        }
        if deferred > 0 || crowd > 4_000 {
            break (asked, deferred);
        }
        crowd *= 2;
    };
    assert!(deferred > 0, "none of {crowd} questions at once took a second");
    for (at, id) in asked.iter().enumerate() {
        let asked = bot.double.question(*id);
        let reply = &asked.replies[0];
        let until = asked.until_acknowledged().expect("an acknowledgement");
        assert!(until < Duration::from_secs(3), "{until:?}");
        assert!(text(&reply.body).ends_with(DISCLAIMER), "{}", reply.body);
        assert_eq!(reply.is_private(), at % 2 == 0, "it stays as private as it was asked");
        assert_eq!(asked.replies.len(), 1);
    }
}

#[test]
fn everyone_is_acknowledged_in_time_when_many_ask_at_once() {
    let text = settings() + "\n[limits]\nuser_per_minute = 1000\n";
    let bot = Bot::with(World::new().file("verbatim.toml", text), Double::start());
    bot.double.fail("POST", CALLBACK, 300, Failing::Slow(Duration::from_millis(100)));
    let asked: Vec<u64> = (0..40).map(|_| bot.double.send(&question())).collect();
    for id in asked {
        bot.double.next_reply_to(id);
        let waited = bot.double.question(id).until_acknowledged().expect("an acknowledgement");
        assert!(waited < Duration::from_secs(3), "{waited:?}");
    }
}

/// A thread's low priority cannot be raised again, so no thread that talks to Discord may ever have one.
#[test]
#[cfg(target_os = "linux")]
fn only_threads_that_answer_have_a_low_priority() {
    let bot = Bot::start();
    for _ in 0..3 {
        is_answered(&bot.reply_to(&asks(&reader(), &Spot::channel())));
    }
    let process = format!("/proc/{}", bot.process());
    // The 17th value after the name, which is in brackets.
    let nice = |folder: &str| {
        let stat = std::fs::read_to_string(format!("{folder}/stat")).unwrap_or_default();
        let nice = stat.rsplit_once(") ").and_then(|(_, rest)| rest.split(' ').nth(16)?.parse::<i32>().ok());
        nice.unwrap_or(0)
    };
    let usual = nice(&process);
    let mut low = 0;
    for thread in std::fs::read_dir(format!("{process}/task")).expect("threads") {
        let folder = thread.expect("a thread").path().display().to_string();
        if nice(&folder) > usual {
            let name = std::fs::read_to_string(format!("{folder}/comm")).unwrap_or_default();
            assert_eq!(name.trim(), "answers");
            low += 1;
        }
    }
    assert!(low > 0 || usual >= 10, "no thread gives way");
}
