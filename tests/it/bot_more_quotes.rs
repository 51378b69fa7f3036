//! Continuing from an answer by its buttons: further quotes, topics, and both after the base has changed.

use crate::bot::{Bot, custom_id, labels, reader, settings, text};
use crate::engine_queries::headaches;
use crate::fixture::{self, DISCLAIMER};
use crate::world::World;
use discord_double::Double;
use discord_double::events;
use discord_double::people::Spot;
use discord_double::record::Reply;

/// A bot whose base has more about headaches than fits in an answer.
fn bot() -> Bot {
    let world = World::new()
        .file("verbatim.toml", format!("{}\n[limits]\nuser_per_minute = 1000\n", settings()))
        .source("headaches.md", headaches());
    Bot::with(world, Double::start())
}

/// The lines of a reply that are quotes.
fn quotes(reply: &Reply) -> Vec<String> {
    let told = text(&reply.body).replace("**", "");
    told.lines().filter_map(|line| line.strip_prefix("> ")).map(str::to_owned).collect()
}

#[test]
fn more_goes_on_where_the_answer_ended() {
    let mut bot = bot();
    let first = bot.ask("headache with melatonin");
    let mut seen = quotes(&first);
    assert_eq!(seen.len(), 3, "{}", text(&first.body));
    let (mut reply, mut pressed) = (first.clone(), 0);
    while labels(&reply.body).contains(&"More".to_owned()) {
        reply = bot.press(&reply, "More");
        assert!(reply.is_private(), "the channel has seen the answer");
        let told = text(&reply.body);
        assert!(told.starts_with("More from the sources\n") && told.ends_with(DISCLAIMER), "{told}");
        for quote in quotes(&reply) {
            assert!(!seen.contains(&quote), "shown twice: {quote}");
            seen.push(quote);
        }
        pressed += 1;
        assert!(pressed < 20, "it never ends");
    }
    assert!(pressed >= 2 && seen.len() > 6, "{seen:#?}");
    let voted = bot.press(&reply, "Helpful");
    insta::assert_snapshot!(text(&voted.body), @r"
    Your vote
    Counted as helpful. Press Not helpful to change it.
    This is a base for tests, and no medical advice.
    ");
    let second = quotes(&bot.press(&first, "More"));
    bot.restart();
    assert_eq!(quotes(&bot.press(&first, "More")), second, "it is the same after a restart");
    bot.world.write(
        "knowledge/mel/sources/headaches.md",
        "+++\ntitle = \"Headaches\"\n+++\n\n# Headaches\n\nNone.\n",
    );
    assert!(text(&bot.moderate("reindex", &[]).body).contains("Published"));
    insta::assert_snapshot!(text(&bot.press(&first, "More").body), @r"
    More from the sources
    This knowledge base has been updated since that answer. This is what it says now.

    > • Headache is the most common side effect of melatonin.
    **1** · [Melatonin: the leaflet › Side effects](https://sleep.example.org/leaflet#:~:text=Headache%20is%20the%20most%20common%20side%20effect%20of%20melatonin.) · The Sleep Clinic · 2023-04-05
    This is a base for tests, and no medical advice.
    ");
}

#[test]
fn a_topic_button_shows_the_topic_as_it_is_now() {
    let bot = bot();
    let answer = bot.ask("vivid dreams");
    let topic = bot.press(&answer, "Side effects");
    let told = text(&topic.body);
    assert!(topic.is_private() && told.starts_with("Side effects\n"), "{told}");
    assert!(told.contains("Drowsiness on the next morning") && told.ends_with(DISCLAIMER), "{told}");
    let direct = Spot::direct(reader().id);
    let asked = bot.reply_to(&events::message(&direct, &reader(), "vivid dreams"));
    let message = bot.double.message(asked.message.expect("a message")).expect("it is stored");
    let press = events::button(&direct, &reader(), &message, &custom_id(&asked.body, "Side effects"));
    assert!(
        text(&bot.reply_to(&press).body).starts_with("Side effects\n"),
        "direct messages have buttons, too"
    );
    let about = fixture::ABOUT.replace("name = \"sideeffects\"", "name = \"effects\"");
    bot.world.write("knowledge/mel/base.toml", about);
    assert!(text(&bot.moderate("reindex", &[]).body).contains("Published"));
    insta::assert_snapshot!(text(&bot.press(&answer, "Side effects").body), @r"
    No such topic
    That topic is no longer in this knowledge base. /mel help lists the topics.
    This is a base for tests, and no medical advice.
    ");
}

#[test]
fn an_id_that_is_not_ours_does_no_harm() {
    let bot = bot();
    let answer = bot.ask("vivid dreams");
    let message = bot.double.message(answer.message.expect("a message")).expect("it is stored");
    let ours = custom_id(&answer.body, "In context");
    let cut: String = ours.chars().take(ours.len() - 3).collect();
    for id in
        ["", "x", "v1", "v1z", "v1tmel/", "v1tmel/../..", "v2cmel/AAAA", "v1mmel/____", "v1tmel/opium", &cut]
    {
        let told = bot.reply_to(&events::button(&Spot::channel(), &reader(), &message, id));
        assert!(told.is_private() && text(&told.body).ends_with(DISCLAIMER), "{id}");
        let told = text(&told.body);
        assert!(told.starts_with("Out of date\n") || told.starts_with("No such topic\n"), "{id}: {told}");
    }
    let form = events::modal_submit(&Spot::channel(), &reader(), "v1cmel/AAAA", &[("x", "y")], None);
    let told = bot.reply_to(&form);
    assert!(told.is_private() && text(&told.body).starts_with("Out of date\n"), "{}", text(&told.body));
    assert_eq!(bot.double.message(answer.message.expect("a message")), Some(message), "it is unchanged");
    let message = bot.double.message(answer.message.expect("a message")).expect("it is stored");
    let select = events::select(&Spot::channel(), &reader(), &message, &ours, &["a"]);
    assert!(text(&bot.reply_to(&select).body).ends_with(DISCLAIMER));
}

/// Two passages of a source can have the same words; a number then distinguishes the second.
#[test]
fn the_second_of_two_passages_alike_has_its_buttons_and_its_id() {
    let twice =
        "# Tea\n\n## Morning\n\nValerian tea is drunk hot.\n\n## Evening\n\nValerian tea is drunk hot.\n";
    let world = World::new().file("verbatim.toml", settings()).source("tea.md", twice);
    let bot = Bot::with(world, Double::start());
    let ids = || {
        let shown = text(&bot.press(&bot.ask("Is valerian tea drunk hot?"), "In context").body);
        let ids = shown.split('`').filter(|part| part.starts_with("tea:")).map(str::to_owned);
        ids.collect::<Vec<_>>()
    };
    let first = ids();
    assert_eq!(first.len(), 1, "{first:?}");
    let reason = ("reason", serde_json::json!("It is said twice"));
    let withhold = |id: &str| bot.moderate("withhold", &[("passage", serde_json::json!(id)), reason.clone()]);
    assert!(text(&withhold(&first[0]).body).contains("is hidden now"));
    let second = ids();
    assert_eq!(second, [format!("{}-2", first[0])]);
    assert!(text(&withhold(&second[0]).body).contains("is hidden now"));
    assert!(!text(&bot.ask("Is valerian tea drunk hot?").body).contains("drunk hot."));
}
