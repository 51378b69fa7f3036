//! People who ask for too much, or for what is not theirs: endless lists, floods of messages that get a safety card,
//! very long values while typing, and other people's drafts.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::time::Duration;

use serde_json::json;

use crate::bot::{Bot, MANAGE_SERVER, admin, custom_id, labels, moderator, reader, settings, slash, text, wait_until};
use crate::fixture::{self, DISCLAIMER};
use crate::world::World;
use discord_double::Double;
use discord_double::events::{self, Event};
use discord_double::people::{APPLICATION, Person, Spot};
use discord_double::record::{Reply, Way};

/// Maximum number of messages in the answer to a list, and to a topic.
const MOST: usize = 3;
const MOST_OF_A_TOPIC: usize = 10;
/// Number of sources in the large base beside those of the fixture: few enough for quick indexing, and each so long
/// that a card fits three of them.
const MANY: usize = 40;

fn large() -> Bot {
    let mut world = World::new().file("verbatim.toml", settings() + "\n[limits]\nuser_per_minute = 1000\n");
    for number in 0..MANY {
        let long = |what: &str| format!("{what} {}", "word ".repeat(36).trim_end());
        let source = format!(
            "+++\ntitle = \"{}\"\npublisher = \"{}\"\nkind = \"{}\"\nlicence = \"{}\"\nurl = \"https://a.example/{}\"\n+++\n\n\
             Leaflet {number} says nothing of note.\n",
            long(&format!("Leaflet {number}")),
            long("The publisher"),
            long("The kind"),
            long("The licence"),
            "a".repeat(400),
        );
        world = world.source(&format!("many-{number:03}.md"), source);
    }
    Bot::with(world, Double::start())
}

/// The messages of the answer to an event: up to one with the button More, or one with these words of the list's end.
fn part_of_list(bot: &Bot, event: &Event, end: &str) -> Vec<Reply> {
    let id = bot.double.send(event);
    let mut part = Vec::new();
    loop {
        let reply = bot.double.next_reply_to(id);
        let is_last = labels(&reply.body).contains(&"More".to_owned()) || text(&reply.body).contains(end);
        part.push(reply);
        if is_last {
            return part;
        }
    }
}

/// Stops the bot and checks that nobody got more messages than these.
fn no_more_came(mut bot: Bot, count: usize) {
    bot.stop();
    let all: usize = bot.double.questions().iter().map(|(_, asked)| asked.replies.len()).sum();
    assert_eq!(all, count);
}

fn press(bot: &Bot, person: &Person, under: &Reply, id: &str) -> Event {
    let message = bot.double.message(under.message.expect("a message")).expect("it is stored");
    events::button(&Spot::channel(), person, &message, id)
}

/// The sources that messages name.
fn named(replies: &[Reply]) -> Vec<String> {
    let told: String = replies.iter().map(|reply| text(&reply.body) + "\n").collect();
    let ids = told.split('`').filter(|part| part.starts_with("many-") && part.len() == 8);
    ids.map(str::to_owned).collect()
}

#[test]
fn a_long_list_of_sources_comes_in_parts_and_privately() {
    let mut bot = large();
    let mut part = part_of_list(&bot, &slash("sources", &[]), "`review`");
    let mut seen: Vec<String> = Vec::new();
    let (mut parts, mut messages) = (0, 0);
    loop {
        assert!(part.len() <= MOST, "{} messages", part.len());
        for reply in &part {
            assert!(reply.is_private(), "{}", reply.body);
            assert!(text(&reply.body).ends_with(DISCLAIMER));
        }
        assert!(
            part.iter().rev().skip(1).all(|reply| labels(&reply.body).is_empty()),
            "one button is enough"
        );
        seen.extend(named(&part));
        parts += 1;
        messages += part.len();
        assert!(parts < 20, "it never ends");
        let last = part.last().expect("a message").clone();
        if labels(&last.body) != ["More"] {
            break;
        }
        // The position to continue from is stored only in the button.
        if parts == 2 {
            bot.restart();
        }
        let more = press(&bot, &reader(), &last, &custom_id(&last.body, "More"));
        part = part_of_list(&bot, &more, "`review`");
    }
    no_more_came(bot, messages);
    assert!(parts >= 4, "{parts} parts");
    let all: Vec<String> = (0..MANY).map(|number| format!("many-{number:03}")).collect();
    assert_eq!(seen, all, "each one once, in order");
}

#[test]
fn a_long_list_is_shown_to_the_channel_only_when_asked_for_and_only_its_beginning() {
    let bot = large();
    let public = part_of_list(&bot, &slash("sources", &[("private", json!(false))]), "`review`");
    assert_eq!(public.len(), MOST);
    assert!(public.iter().all(|reply| !reply.is_private()));
    let last = public.last().expect("a message");
    let more = press(&bot, &Person::new(888, "bo"), last, &custom_id(&last.body, "More"));
    let more = part_of_list(&bot, &more, "`review`");
    assert!(!more.is_empty() && more.iter().all(Reply::is_private), "only the asker sees the rest");
    // Parts that do not exist, and lists that are not for users.
    let ids = [
        ("v1zAP8lmel/s", "There is nothing more to show."),
        ("v1z__8lmel/s", "There is nothing more to show."),
        ("v1zAP8tmel/sideeffects", "There is nothing more to show."),
        ("v1zAP8tmel/nothing", "There is nothing more to show."),
        ("v1zAAAlmel/s", "Type / to see"),
        ("v1zAAEzAAElmel/s", "Type / to see"),
        ("v1lmel/a", "for the moderators"),
        ("v1lmel/d", "for the moderators"),
        ("v1zAAElmel/d", "for the moderators"),
        ("v1lmel/g12", "for the moderators"),
    ];
    for (id, told) in ids {
        let reply = bot.reply_to(&press(&bot, &reader(), last, id));
        assert!(reply.is_private() && text(&reply.body).contains(told), "{id}: {}", text(&reply.body));
    }
    no_more_came(bot, public.len() + more.len() + ids.len());
}

#[test]
fn lists_for_moderators_come_in_parts_too() {
    let bot = large();
    let mut part = part_of_list(&bot, &admin(&moderator(), "sources", &[]), "review: ");
    let (mut seen, mut parts, mut messages) = (BTreeSet::new(), 0, 0);
    loop {
        assert!(part.len() <= MOST && part.iter().all(Reply::is_private));
        let told: String = part.iter().map(|reply| text(&reply.body) + "\n").collect();
        seen.extend(told.lines().filter_map(|line| line.split_once(": ")).map(|(id, _)| id.to_owned()));
        parts += 1;
        messages += part.len();
        let last = part.last().expect("a message").clone();
        if !labels(&last.body).contains(&"More".to_owned()) {
            break;
        }
        let more = press(&bot, &moderator(), &last, &custom_id(&last.body, "More"));
        part = part_of_list(&bot, &more, "review: ");
    }
    no_more_came(bot, messages);
    assert!(parts > 1 && (0..MANY).all(|number| seen.contains(&format!("many-{number:03}"))), "{seen:?}");
}

#[test]
fn a_long_topic_comes_in_parts() {
    let mut body = String::from("+++\ntitle = \"Guide\"\n+++\n\n# Guide\n\n## Steps\n");
    for number in 0..110 {
        write!(body, "\nStep {number} of the guide is {}.\n", "done slowly and ".repeat(40).trim_end())
            .expect("a string");
    }
    let topic = "\n[[topic]]\nname = \"guide\"\ntitle = \"Guide\"\ndescription = \"All steps\"\n\
                 show = [{ source = \"guide\", section = \"Steps\" }]\n";
    let world = World::new()
        .file("verbatim.toml", settings())
        .file("knowledge/mel/base.toml", format!("{}{topic}", fixture::ABOUT))
        .source("guide.md", body);
    let bot = Bot::with(world, Double::start());
    let mut part = part_of_list(&bot, &slash("guide", &[]), "Step 109");
    assert_eq!(part.len(), MOST_OF_A_TOPIC);
    assert!(part.iter().all(|reply| !reply.is_private()), "a topic is for the channel");
    let (mut told, mut messages) = (String::new(), 0);
    for _ in 0..10 {
        messages += part.len();
        told.extend(part.iter().map(|reply| text(&reply.body) + "\n"));
        let last = part.last().expect("a message").clone();
        if !labels(&last.body).contains(&"More".to_owned()) {
            break;
        }
        let more = press(&bot, &reader(), &last, &custom_id(&last.body, "More"));
        part = part_of_list(&bot, &more, "Step 109");
        assert!(part.len() <= MOST_OF_A_TOPIC && part.iter().all(Reply::is_private));
    }
    no_more_came(bot, messages);
    for number in 0..110 {
        assert_eq!(told.matches(&format!("Step {number} of the guide")).count(), 1, "step {number}");
    }
}

const CRY: &str = "I want to kill myself";
const CARD: &str = "You deserve to talk to a person now";

fn mention(spot: &Spot, person: &Person, words: &str) -> Event {
    events::message(spot, person, &format!("<@{APPLICATION}> {words}")).mentioning(&[&Person::bot()])
}

#[test]
fn a_flood_by_one_person_gets_one_card_in_the_channel() {
    let mut bot = Bot::with_settings("[limits]\nuser_per_minute = 1000");
    let spot = Spot::channel();
    let first = bot.reply_to(&mention(&spot, &reader(), CRY));
    assert!(text(&first.body).contains(CARD) && first.way == Way::Message);
    let flood = [0; 200].map(|_| bot.double.send(&mention(&spot, &reader(), CRY)));
    // Another card, another person and another channel get their own message.
    let other =
        bot.reply_to(&mention(&spot, &reader(), "I took 40 tablets of melatonin and I can't breathe"));
    assert!(text(&other.body).contains("This may be an emergency"), "{}", text(&other.body));
    assert!(text(&bot.reply_to(&mention(&spot, &Person::new(901, "bo"), CRY)).body).contains(CARD));
    assert!(text(&bot.reply_to(&mention(&Spot::thread(), &reader(), CRY)).body).contains(CARD));
    let direct = Spot::direct(reader().id);
    assert!(text(&bot.reply_to(&events::message(&direct, &reader(), CRY)).body).contains(CARD));
    bot.settle();
    assert!(flood.iter().all(|id| bot.double.question(*id).replies.is_empty()), "the card is above");
    assert_eq!(bot.double.written_in(&direct).len(), 1, "for the direct message");
    assert_eq!(bot.double.received("POST", "/channels/*/messages").len(), 5);
}

#[test]
fn in_a_flood_by_many_everybody_gets_the_card_and_the_channel_few() {
    let mut bot = Bot::start();
    let spot = Spot::channel();
    let people: Vec<Person> = (0..12).map(|at| Person::new(2_000 + at, "someone")).collect();
    let asked: Vec<u64> = people.iter().map(|person| bot.double.send(&mention(&spot, person, CRY))).collect();
    let direct = |person: &Person| bot.double.written_in(&Spot::direct(person.id));
    let has_card = |at: usize| {
        let told = bot.double.question(asked[at]).replies.into_iter().map(|reply| text(&reply.body));
        let told: Vec<String> = told.chain(direct(&people[at]).iter().map(text)).collect();
        told.iter().any(|told| told.contains(CARD) && told.ends_with(DISCLAIMER))
    };
    wait_until("everybody has the card", || (0..people.len()).all(has_card));
    let here = asked.iter().filter(|id| !bot.double.question(**id).replies.is_empty()).count();
    assert!((1..=6).contains(&here), "{here} cards in the channel");
    // Hundreds more from the same people get no further card, but a new person does.
    let before = bot.double.received("POST", "/channels/*/messages").len();
    for at in 0..300 {
        bot.double.send(&mention(&spot, &people[at % people.len()], CRY));
    }
    let late = Person::new(3_000, "someone");
    // They would get a direct message, but their direct messages are closed.
    bot.double.refuse_direct_messages(late.id);
    let asked = bot.double.send(&mention(&spot, &late, CRY));
    assert!(text(&bot.double.next_reply_to(asked).body).contains(CARD));
    bot.settle();
    let more = bot.double.received("POST", "/channels/*/messages").len() - before;
    assert!(more < 31, "{more} messages, one of them for the late one");
}

#[test]
fn a_flood_of_commands_is_answered_each_time_and_privately() {
    let bot = Bot::with_settings("[limits]\nuser_per_minute = 1");
    let ask = || bot.ask(CRY);
    assert!(text(&ask().body).contains(CARD));
    for _ in 0..5 {
        let again = ask();
        let told = text(&again.body);
        assert!(
            again.is_private() && told.starts_with("See the message above") && told.ends_with(DISCLAIMER),
            "{told}"
        );
        assert!(told.chars().count() < 250, "it is short: {told}");
    }
    let other =
        events::slash(&Spot::channel(), &Person::new(901, "bo"), "mel ask", &[("question", json!(CRY))]);
    assert!(text(&bot.reply_to(&other).body).contains(CARD));
    let emergency = bot.ask("I took 40 tablets of melatonin and I can't breathe");
    assert!(text(&emergency.body).contains("This may be an emergency"));
}

#[test]
fn a_card_that_could_not_be_sent_comes_at_the_next_message() {
    let bot = Bot::start();
    bot.double.fail("POST", "/channels/*/messages", 5, discord_double::fault::Failing::Status(503));
    bot.double.send(&mention(&Spot::channel(), &reader(), CRY));
    bot.wait_for_log("Discord is not responding");
    assert!(text(&bot.reply_to(&mention(&Spot::channel(), &reader(), CRY)).body).contains(CARD));
}

#[test]
fn a_very_long_value_costs_nothing_while_it_is_typed() {
    let questions: String = (0..80)
        .map(|at| format!("[[question]]\nask = \"What is the usual dose of melatonin in trial number {at}?\"\nexpect = [\"2 mg\"]\n\n"))
        .collect();
    let world =
        World::new().file("verbatim.toml", settings()).file("knowledge/mel/questions.toml", questions);
    let bot = Bot::with(world, Double::start());
    let typed = |words: &str| events::autocomplete(&Spot::channel(), &reader(), "mel ask", "question", words);
    // Only the first hundred characters count, whatever they are.
    let beginning = "What is the usual dose of melatonin in trial number 7";
    let padded = format!("{beginning:<100}{}", "x".repeat(5_900));
    let offered = |words: &str| bot.reply_to(&typed(words)).body["choices"].clone();
    assert_eq!(offered(&padded), offered(&format!("{beginning:<100}")));
    assert!(offered(&padded).as_array().is_some_and(|choices| !choices.is_empty()));
    assert_eq!(offered(&"ä".repeat(6_000)), offered(&"ä".repeat(100)));
    // Many people typing at once delay nobody's question.
    for _ in 0..200 {
        bot.double.send(&typed(&"melatonin dose ".repeat(400)));
    }
    let asked =
        bot.double.send(&slash("ask", &[("question", json!("What is the usual dose of melatonin?"))]));
    assert!(text(&bot.double.next_reply_to(asked).body).contains("2 mg"));
    let waited = bot.double.question(asked).until_acknowledged().expect("an answer");
    assert!(waited < Duration::from_secs(2), "{waited:?}");
}

#[test]
fn a_draft_is_its_moderators_own() {
    let bot = Bot::start();
    let body = "# Valerian\n\nValerian shortens the time to fall asleep by two minutes.\n";
    let attached = bot.double.attach("valerian.md", "text/markdown", body.as_bytes());
    let preview = bot.settled(&admin(&moderator(), "add", &[]).with_file("file", &attached));
    let details = custom_id(&preview.body, "Say where it comes from");
    let cancel = custom_id(&preview.body, "Cancel");
    // The buttons of two drafts differ by one letter.
    let publish = details.replacen("v1d", "v1p", 1);
    let other = Person::new(504, "oz").who_may(MANAGE_SERVER);
    let fields = [("title", "Evil"), ("publisher", ""), ("url", ""), ("published", ""), ("licence", "")];
    for (person, told) in [(&other, "attach it again"), (&reader(), "for the moderators")] {
        for id in [&cancel, &details, &publish] {
            let reply = bot.reply_to(&press(&bot, person, &preview, id));
            assert_eq!(reply.way, Way::Callback(4), "the moderator's message stays: {}", reply.body);
            assert!(reply.is_private() && text(&reply.body).contains(told), "{id}: {}", text(&reply.body));
        }
        let form = events::modal_submit(&Spot::channel(), person, &details, &fields, None);
        let reply = bot.reply_to(&form);
        assert!(reply.is_private() && text(&reply.body).contains(told), "{}", text(&reply.body));
    }
    // None of this changed anything: the draft's moderator can continue.
    let form = bot.reply_to(&press(&bot, &moderator(), &preview, &details));
    assert_eq!(form.way, Way::Callback(9), "{}", form.body);
    assert!(!form.body.to_string().contains("Evil"), "{}", form.body);
    let cancelled = bot.reply_to(&press(&bot, &moderator(), &preview, &cancel));
    assert!(text(&cancelled.body).contains("Nothing was changed"), "{}", text(&cancelled.body));
    let gone = bot.reply_to(&press(&bot, &moderator(), &preview, &cancel));
    assert!(gone.is_private() && text(&gone.body).contains("attach it again"), "{}", text(&gone.body));
    assert!(!bot.world.path("knowledge/mel/sources/valerian.md").exists());
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
