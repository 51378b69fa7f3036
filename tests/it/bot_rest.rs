//! REST requests that fail: replies come once, and what fails for good is logged once.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crate::bot::{Bot, CALLBACK, MESSAGES, question, reader, settings, somebody, text};
use crate::fixture::{self, DISCLAIMER};
use crate::world::World;
use discord_double::Double;
use discord_double::events::{self, Event};
use discord_double::fault::Failing;
use discord_double::people::{APPLICATION, Person, Spot};
use discord_double::state::Forbidden;

fn mention(spot: &Spot, person: &Person) -> Event {
    let words = format!("<@{APPLICATION}> What is the usual dose of melatonin?");
    events::message(spot, person, &words).mentioning(&[&Person::bot()])
}

#[test]
fn a_reply_comes_once_whatever_becomes_of_a_request() {
    let mut bot = Bot::start();
    let mut questions = Vec::new();
    let failures = [
        Failing::RateLimited { retry_after: 0.2, is_global: false },
        Failing::Status(500),
        Failing::Status(502),
        Failing::Slow(Duration::from_millis(400)),
        Failing::Cut,
        Failing::AnswerLost,
        Failing::Garbage,
    ];
    for failing in failures {
        // For a callback, a success status means that it arrived, whatever the body says.
        if failing != Failing::Garbage {
            bot.double.fail("POST", CALLBACK, 1, failing.clone());
        }
        let asked = bot.double.send(&question());
        let shown = text(&bot.double.next_reply_to(asked).body);
        assert!(shown.contains("2 mg") && shown.ends_with(DISCLAIMER), "{failing:?}: {shown}");
        bot.double.fail("POST", MESSAGES, 1, failing.clone());
        let mentioned = bot.double.send(&mention(&Spot::channel(), &reader()));
        assert!(text(&bot.double.next_reply_to(mentioned).body).contains("2 mg"), "{failing:?}");
        questions.extend([(asked, failing.clone()), (mentioned, failing)]);
        bot.double.heal();
    }
    bot.settle();
    for (question, failing) in questions {
        assert_eq!(bot.double.question(question).replies.len(), 1, "{failing:?}");
    }
}

#[test]
fn no_message_of_a_long_reply_comes_twice() {
    let topic = |number: usize| {
        let title = "long ".repeat(40);
        format!(
            "\n[[topic]]\nname = \"topic-{number}\"\ntitle = \"{title}\"\ndescription = \"A topic\"\n\
             show = [{{ source = \"leaflet\", section = \"Dose\" }}]\n"
        )
    };
    let topics: String = (0..36).map(topic).collect();
    let world = World::new()
        .file("verbatim.toml", settings())
        .file("knowledge/mel/base.toml", format!("{}{}{topics}", fixture::ABOUT, fixture::LONG_TOPIC))
        .source("guide.md", fixture::guide());
    let mut bot = Bot::with(world, Double::start());
    let guide = || events::slash(&Spot::channel(), &somebody(), "mel guide", &[]);
    let whole = bot.double.send(&guide());
    bot.wait_for_log_count("answered", 1);
    let mut asked = Vec::new();
    for failing in [
        Failing::AnswerLost,
        Failing::Garbage,
        Failing::Status(500),
        Failing::Slow(Duration::from_millis(400)),
        Failing::RateLimited { retry_after: 0.2, is_global: false },
    ] {
        bot.double.fail("POST", "/webhooks/*/*", 1, failing.clone());
        asked.push((bot.double.send(&guide()), failing));
        bot.wait_for_log_count("answered", asked.len() + 1);
    }
    // Help takes several messages, too.
    let person = somebody();
    let words = format!("<@{APPLICATION}>");
    bot.double.send(&events::message(&Spot::channel(), &person, &words).mentioning(&[&Person::bot()]));
    // The notice about a missing permission is a direct message.
    bot.double.forbid(&Spot::thread(), Some(Forbidden::Writing));
    let direct = Spot::direct(person.id);
    bot.double.fail("POST", &format!("/channels/{}/messages", direct.channel), 1, Failing::AnswerLost);
    bot.double.send(&mention(&Spot::thread(), &person));
    bot.settle();
    assert_eq!(bot.double.written_in(&direct).len(), 1);
    let pages = bot.double.question(whole).replies.len();
    for (asked, failing) in asked {
        let replies = bot.double.question(asked).replies;
        let distinct: BTreeSet<String> = replies.iter().map(|reply| reply.body.to_string()).collect();
        assert_eq!(distinct.len(), replies.len(), "{failing:?}");
        // A request of which nobody knows whether it had an effect is not sent again.
        let is_unclear = matches!(failing, Failing::Status(500) | Failing::Garbage);
        let fewest = if is_unclear { pages - 1 } else { pages };
        assert!(replies.len() >= fewest, "{failing:?}: {} of {pages}", replies.len());
    }
    let sent = bot.double.received("POST", MESSAGES);
    assert!(sent.len() > 3, "{}", sent.len());
    for request in &sent {
        assert_eq!(request.body["enforce_nonce"], true, "{}", request.line());
    }
    let bodies: BTreeSet<String> = sent.iter().map(|request| request.body["embeds"].to_string()).collect();
    let nonces: BTreeSet<String> = sent.iter().map(|request| request.body["nonce"].to_string()).collect();
    assert_eq!(bodies.len(), nonces.len(), "each message has a nonce of its own");
}

#[test]
fn what_fails_for_good_is_not_tried_without_end() {
    let mut bot = Bot::start();
    bot.double.fail("POST", CALLBACK, 1_000, Failing::Status(500));
    for _ in 0..3 {
        bot.double.send(&question());
    }
    bot.double.wait_for_answered("POST", CALLBACK, 15);
    bot.wait_for_log("Discord is not responding");
    bot.stop();
    let tries = bot.double.received("POST", CALLBACK).len();
    assert_eq!(tries, 15, "five for each question");
}

#[test]
fn what_is_gone_is_logged_once_and_not_tried_again() {
    let mut bot = Bot::start();
    bot.double.fail("POST", CALLBACK, 1, Failing::Slow(Duration::from_millis(200)));
    let expired = bot.double.send(&question());
    bot.double.expire(expired);
    let gone = Spot::of(discord_double::people::GUILD, 4_711);
    bot.double.fail("POST", "/channels/4711/messages", 9, Failing::Refused(404, 10_003, "Unknown Channel"));
    for _ in 0..3 {
        bot.double.send(&mention(&gone, &reader()));
    }
    bot.wait_for_log("could not respond to an interaction: it is gone");
    bot.wait_for_log("could not reply to a message: it is gone");
    assert!(text(&bot.reply_to(&question()).body).contains("2 mg"));
    bot.settle();
    let log = bot.log();
    assert_eq!(log.matches("could not respond to an interaction: it is gone").count(), 1, "{log}");
    assert_eq!(log.matches("could not reply to a message").count(), 1, "{log}");
    let tried = bot.double.received("POST", &format!("/interactions/{expired}/*/callback"));
    assert_eq!(tried.len(), 1, "nothing is retried");
    assert_eq!(bot.double.received("POST", "/channels/4711/messages").len(), 3, "nothing is retried");
}

#[test]
fn who_asks_where_the_bot_may_not_write_is_told_what_is_lacking() {
    let mut bot = Bot::start();
    let silent = Spot::thread();
    bot.double.forbid(&silent, Some(Forbidden::Writing));
    for _ in 0..2 {
        bot.double.send(&mention(&silent, &reader()));
    }
    let direct = Spot::direct(reader().id);
    let told = bot.double.wait("a direct message", Duration::from_secs(10), |state| {
        let written = state.messages.values().find(|kept| kept.channel == direct.channel);
        written.map(|kept| kept.object.clone())
    });
    let shown = text(&told);
    assert!(shown.contains("Send Messages in Threads") && shown.contains("View Channel"), "{shown}");
    bot.wait_for_log(
        "cannot reply to a message: the bot lacks a permission there; it needs View Channel, Send Messages",
    );
    let closed = Person::new(987_654_321_012_345_678, "eve");
    bot.double.refuse_direct_messages(closed.id);
    bot.double.send(&mention(&silent, &closed));
    bot.wait_for_log("cannot send a direct message");
    bot.settle();
    assert!(!bot.log().contains(&closed.id.to_string()), "who asked is in the log: {}", bot.log());
    assert_eq!(bot.double.written_in(&direct).len(), 1, "once per minute and person");
}

#[test]
fn slow_answers_of_discord_are_waited_for() {
    let bot = Bot::start();
    bot.double.fail("POST", CALLBACK, 1, Failing::Slow(Duration::from_millis(2_500)));
    bot.double.fail("POST", MESSAGES, 1, Failing::Slow(Duration::from_secs(5)));
    let asked = [bot.double.send(&question()), bot.double.send(&mention(&Spot::channel(), &reader()))];
    bot.double.next_request("POST", MESSAGES);
    // Questions are answered meanwhile without waiting for them.
    let began = Instant::now();
    let other = Person::new(831, "bo");
    assert!(text(&bot.reply_to(&mention(&Spot::channel(), &other)).body).contains("2 mg"));
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    for id in asked {
        assert!(text(&bot.double.next_reply_to(id).body).contains("2 mg"));
        assert_eq!(bot.double.question(id).replies.len(), 1);
    }
}
