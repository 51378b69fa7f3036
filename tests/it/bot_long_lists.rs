//! Long lists and topics come in parts, and a part only when it is asked for.

use std::collections::BTreeSet;
use std::fmt::Write;

use serde_json::json;

use crate::bot::{Bot, admin, custom_id, labels, moderator, reader, settings, slash, text};
use crate::fixture::{self, DISCLAIMER};
use crate::world::World;
use discord_double::Double;
use discord_double::events::{self, Event};
use discord_double::people::{Person, Spot};
use discord_double::record::Reply;

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
