//! Safety cards: who gets them, where, and how often.

use std::time::Duration;

use serde_json::json;

use crate::bot::{Bot, MESSAGES, mention, reader, slash, somebody, text, wait_until};
use crate::fixture::DISCLAIMER;
use discord_double::events::{self, Event};
use discord_double::fault::Failing;
use discord_double::people::{GUILD, Person, Spot};
use discord_double::record::Way;

const CRY: &str = "I want to kill myself";
const CARD: &str = "You deserve to talk to a person now";
/// A word that occurs in no source and no file of the program.
const MARKER: &str = "quixotrybdis";

#[test]
fn who_needs_help_gets_the_card_whatever_stands_in_the_way() {
    let bot = Bot::with_settings("[limits]\nuser_per_minute = 1\nguild_per_minute = 2\n");
    let cards = [
        ("I took 40 tablets of melatonin and I can't breathe", "This may be an emergency", false),
        ("I want to kill myself", "You deserve to talk to a person now", false),
        ("I'm Jane Doe, dob 12/03/1971, NHS number 9994580760, dose?", "Please delete it", false),
    ];
    bot.ask("usual dose?");
    let refused = bot.ask("usual dose?");
    assert!(text(&refused.body).contains("Try again in"), "the limit is reached");
    for (words, card, _) in cards {
        let words = format!("{words} {MARKER}");
        let slashed = bot.ask(&words);
        assert!(slashed.is_private(), "nobody saw what was typed, and the card would tell");
        let mentioned = bot.reply_to(&mention(&Spot::channel(), &reader(), &words));
        let direct = bot.reply_to(&events::message(&Spot::direct(reader().id), &reader(), &words));
        for reply in [slashed, mentioned, direct] {
            let told = text(&reply.body);
            assert!(told.contains(card) && told.ends_with(DISCLAIMER), "{told}");
            assert!(!reply.body.to_string().contains(MARKER) && !told.contains("Jane"), "{told}");
            assert_eq!(reply.body["components"], json!([]), "it has no buttons");
        }
    }
    let silent = Spot::thread();
    bot.double.forbid(&silent, Some(discord_double::state::Forbidden::Writing));
    let eve = Person::new(611, "eve");
    bot.double.send(&mention(&silent, &eve, "I want to kill myself"));
    let told = bot.double.wait("the card as a direct message", Duration::from_secs(10), |state| {
        let direct = Spot::direct(eve.id).channel;
        state.messages.values().find(|kept| kept.channel == direct).map(|kept| text(&kept.object))
    });
    assert!(told.contains("You deserve to talk to a person now"), "{told}");
}

#[test]
fn personal_advice_is_refused_beside_the_quotes() {
    let bot = Bot::start();
    let reply = bot.ask("I'm 45 and weigh 70kg, how much melatonin should I take, the usual dose?");
    let told = text(&reply.body);
    assert!(told.starts_with("I cannot advise on one person's treatment"), "{told}");
    assert!(!reply.is_private());
    assert!(told.contains("2 mg") && told.ends_with(DISCLAIMER), "{told}");
    let alone = bot.ask("I'm 45 and weigh 70 kg, how much ibuprofen should I take?");
    let told = text(&alone.body);
    assert!(told.starts_with("I cannot advise on one person's treatment") && !told.contains("mg"), "{told}");
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
    assert_eq!(bot.double.received("POST", MESSAGES).len(), 5);
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
    let before = bot.double.received("POST", MESSAGES).len();
    for at in 0..300 {
        bot.double.send(&mention(&spot, &people[at % people.len()], CRY));
    }
    let late = Person::new(3_000, "someone");
    // They would get a direct message, but their direct messages are closed.
    bot.double.refuse_direct_messages(late.id);
    let asked = bot.double.send(&mention(&spot, &late, CRY));
    assert!(text(&bot.double.next_reply_to(asked).body).contains(CARD));
    bot.settle();
    let more = bot.double.received("POST", MESSAGES).len() - before;
    assert!(more < 31, "{more} messages, one of them for the late one");
}

#[test]
fn a_flood_of_commands_is_answered_each_time_and_privately() {
    let bot = Bot::with_settings("[limits]\nuser_per_minute = 1");
    // Each time with the card: only the user sees it, and they may have dismissed the one before.
    for _ in 0..5 {
        let card = bot.ask(CRY);
        let told = text(&card.body);
        assert!(card.is_private() && told.contains(CARD) && told.ends_with(DISCLAIMER), "{told}");
    }
    let elsewhere = events::slash(&Spot::thread(), &reader(), "mel ask", &[("question", json!(CRY))]);
    assert!(text(&bot.reply_to(&elsewhere).body).contains(CARD));
    let other =
        events::slash(&Spot::channel(), &Person::new(901, "bo"), "mel ask", &[("question", json!(CRY))]);
    assert!(text(&bot.reply_to(&other).body).contains(CARD));
    let emergency = bot.ask("I took 40 tablets of melatonin and I can't breathe");
    assert!(text(&emergency.body).contains("This may be an emergency"));
}

#[test]
fn a_card_that_is_gone_is_shown_again() {
    let bot = Bot::start();
    let answered = || bot.log().matches("answered sent=").count();
    let cry = |spot: &Spot, person: &Person| {
        let before = answered();
        let asked = bot.double.send(&mention(spot, person, CRY));
        let reply = bot.double.next_reply_to(asked);
        assert!(text(&reply.body).contains(CARD), "{}", text(&reply.body));
        // Only then does the bot know which message is the card.
        wait_until("the answer is recorded", || answered() > before);
        (asked, reply.message.expect("a message"))
    };
    let without_embeds = |spot: &Spot, card: u64| {
        let data = bot.double.message(card).expect("the card");
        let update = Event { guild: spot.guild, ..Event::raw("MESSAGE_UPDATE", data) };
        update.with("/embeds", json!([])).with("/flags", json!(4))
    };
    type Change<'a> = &'a dyn Fn(&Spot, u64, u64) -> Event;
    let changes: [Change<'_>; 4] = [
        &|spot, _, card| events::message_delete(spot, card),
        &|spot, _, card| events::message_delete_bulk(spot, &[card]),
        &|spot, _, card| without_embeds(spot, card),
        // Then the bot deletes the card.
        &|spot, asked, _| events::message_delete(spot, asked),
    ];
    for (at, change) in changes.into_iter().enumerate() {
        let (spot, person) = (Spot::of(GUILD, 880_000 + at as u64), somebody());
        let (asked, card) = cry(&spot, &person);
        bot.double.send(&change(&spot, asked, card));
        cry(&spot, &person);
    }
}

#[test]
fn whatever_a_user_typed_is_read() {
    let bot = Bot::start();
    let channel = Spot::channel();
    let direct = somebody();
    let said = |content: &str| {
        let said = events::message_object(77, &channel, &Person::new(9, "bob"), content);
        events::message_command(&channel, &somebody(), "Ask the knowledge base", &said)
    };
    let typed = |command: &str, option: &str, words: &str| {
        events::slash(&channel, &somebody(), command, &[(option, json!(words))])
    };
    for event in [
        mention(&channel, &somebody(), "<:kms:1>"),
        mention(&channel, &somebody(), "thanks <a:kms:1>"),
        mention(&channel, &somebody(), "What is the usual dose of melatonin? I will </kill myself:1>"),
        events::message(&Spot::direct(direct.id), &direct, "hi <:iWant_toDie:1>"),
        said("<:kms:1>"),
        said("What is the usual dose of melatonin? <:kms:1>"),
        typed("mel ask", "question", "<:i_want_to_die:1> what is the usual dose of melatonin?"),
        // Discord does not restrict an option with autocomplete to the choices, and clients show commands that are gone.
        typed("mel topic", "name", "i want to die"),
        typed("mel opium", "condition", "i want to die"),
        typed("xyz ask", "question", "i want to die"),
    ] {
        let asked = bot.double.send_outdated(&event);
        let told = text(&bot.double.next_reply_to(asked).body);
        assert!(told.contains(CARD), "{}: {told}", event.data);
    }
    let chosen = bot.reply_to(&slash("dosage", &[]));
    assert!(text(&chosen.body).contains("2 mg"));
}

#[test]
fn a_card_that_could_not_be_sent_comes_at_the_next_message() {
    let bot = Bot::start();
    bot.double.fail("POST", MESSAGES, 5, Failing::Status(503));
    bot.double.send(&mention(&Spot::channel(), &reader(), CRY));
    bot.wait_for_log("Discord is not responding");
    assert!(text(&bot.reply_to(&mention(&Spot::channel(), &reader(), CRY)).body).contains(CARD));
}
