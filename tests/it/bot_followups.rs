//! Follow-up questions, and what happens to replies when messages are deleted or edited.

use std::time::Duration;

use serde_json::{Value, json};

use crate::bot::{Bot, CALLBACK, MESSAGES, mention, raw_text, somebody, text, wait_until};
use crate::fixture::DISCLAIMER;
use discord_double::events::{self, Event};
use discord_double::fault::Failing;
use discord_double::people::{GUILD, Person, Spot, snowflake};
use discord_double::record::Reply;

/// The first question, with a word that no source contains.
const FIRST: &str = "Does melatonin interact with ibuprofen in zygotitis?";
const PRIVATE: [&str; 2] = ["ibuprofen", "zygotitis"];
const FOLLOW_UP: &str = "Read as a follow-up to the question above.";

/// The message that a reply became.
fn sent(bot: &Bot, reply: &Reply) -> Value {
    bot.double.message(reply.message.expect("a message")).expect("it still exists")
}

/// A reply to one of the bot's messages.
fn replying(spot: &Spot, person: &Person, words: &str, to: &Value) -> Event {
    events::message(spot, person, words).replying_to(to)
}

/// Asks, and waits until the bot knows which message its answer became: each reply is in the log by then.
fn asked(bot: &Bot, event: &Event) -> Reply {
    let reply = bot.reply_to(event);
    let replies = bot.double.received("POST", MESSAGES).len() + bot.double.received("POST", CALLBACK).len();
    wait_until("the answer is known", || bot.log().matches(": answered").count() >= replies);
    reply
}

/// Waits until the reply is deleted from its channel.
fn is_deleted(bot: &Bot, reply: &Reply) {
    let id = reply.message.expect("a message");
    wait_until("the reply is deleted", || bot.double.message(id).is_none());
}

/// Waits until the text of the reply is removed.
fn is_blanked(bot: &Bot, reply: &Reply) {
    let id = reply.message.expect("a message");
    wait_until("the reply is blanked", || {
        bot.double.message(id).is_some_and(|message| text(&message).contains("its text was removed"))
    });
    let mut shown = bot.double.message(id).expect("it still exists");
    // The message that it replies to is the asker's own.
    shown["referenced_message"] = Value::Null;
    assert!(text(&shown).ends_with(DISCLAIMER), "{}", text(&shown));
    repeats_nothing(&shown);
    assert_eq!(shown["components"], json!([]), "nothing to press is left");
}

/// No part of the first question is anywhere in a message.
#[track_caller]
fn repeats_nothing(body: &Value) {
    let all = body.to_string().to_lowercase();
    for word in PRIVATE {
        assert!(!all.contains(word), "{word}: {}", raw_text(body));
    }
}

/// Waits until a later event has been answered: events come in order, and this one takes longer.
fn settles(bot: &Bot) {
    bot.reply_to(&mention(&Spot::channel(), &somebody(), "headache?"));
}

#[test]
fn a_question_goes_on_from_the_one_before() {
    let bot = Bot::start();
    let (spot, asker) = (Spot::thread(), somebody());
    let first = bot.reply_to(&mention(&spot, &asker, "Does melatonin interact with ibuprofen?"));
    assert!(text(&first.body).contains("do not cover this: ibuprofen"), "{}", text(&first.body));
    let told = text(&bot.reply_to(&mention(&spot, &asker, "and warfarin?")).body);
    assert!(told.contains("was read as “Does melatonin interact with warfarin?”"), "{told}");
    assert!(told.contains("raise the effect of"), "{told}");
    // Neither another person's questions there nor questions elsewhere continue from it.
    for event in [
        mention(&spot, &somebody(), "and warfarin?"),
        mention(&Spot::channel(), &asker, "and warfarin?"),
        events::message(&Spot::direct(asker.id), &asker, "and warfarin?"),
    ] {
        let told = text(&bot.reply_to(&event).body);
        assert!(!told.contains("read as") && !told.contains("Read as"), "{told}");
    }
}

#[test]
fn a_follow_up_by_another_person_repeats_nothing_of_the_first_question() {
    let bot = Bot::start();
    let (spot, asker, other) = (Spot::channel(), somebody(), somebody());
    let first = asked(&bot, &mention(&spot, &asker, FIRST));
    let answer = sent(&bot, &first);
    assert!(PRIVATE.iter().any(|word| text(&answer).contains(word)), "{}", text(&answer));
    let second = asked(&bot, &replying(&spot, &other, "and warfarin?", &answer));
    let told = text(&second.body);
    assert!(told.starts_with(FOLLOW_UP) && told.ends_with(DISCLAIMER), "{told}");
    repeats_nothing(&second.body);
    // A combined question belongs to nobody: it is repeated neither to its two askers nor to a third person.
    for (person, to) in [(&other, &second), (&asker, &second), (&somebody(), &second)] {
        let third = asked(&bot, &replying(&spot, person, "and caffeine?", &sent(&bot, to)));
        assert!(text(&third.body).starts_with(FOLLOW_UP), "{}", text(&third.body));
        repeats_nothing(&third.body);
    }
    let on = asked(&bot, &mention(&spot, &other, "and in children?"));
    repeats_nothing(&on.body);
    // A person who asked all of it is told how a follow-up was read.
    let own = asked(&bot, &replying(&spot, &asker, "and warfarin?", &answer));
    let told = text(&own.body);
    assert!(told.contains("was read as “Does melatonin interact with warfarin in zygotitis?”"), "{told}");
}

#[test]
fn what_the_sources_lack_is_told_in_the_words_of_whoever_asks() {
    let bot = Bot::start();
    let (spot, asker, other) = (Spot::channel(), somebody(), somebody());
    let first = asked(&bot, &mention(&spot, &asker, "Does melatonin interact with warfarin in zygotitis?"));
    let follow_up = replying(&spot, &other, "and ibuprofen?", &sent(&bot, &first));
    let told = text(&asked(&bot, &follow_up).body);
    assert!(told.contains("do not cover this: ibuprofen") && !told.contains("zygotitis"), "{told}");
    let words = "and with codeine?";
    let first = asked(&bot, &mention(&spot, &asker, "Does melatonin help with zygotitis?"));
    let told = text(&asked(&bot, &replying(&spot, &other, words, &sent(&bot, &first))).body);
    assert!(!told.contains("zygotitis"), "{told}");
}

/// Another person is not told of the first person's misspelling.
#[test]
fn how_a_word_of_somebody_elses_was_read_is_not_told() {
    let bot = Bot::start();
    let (spot, asker) = (Spot::channel(), somebody());
    let first = asked(&bot, &mention(&spot, &asker, "Does melatonin interact with warfarrin?"));
    assert!(text(&first.body).contains("“warfarrin” was read as “warfarin”"), "{}", text(&first.body));
    let follow_up = replying(&spot, &somebody(), "and with drowsines?", &sent(&bot, &first));
    let told = text(&asked(&bot, &follow_up).body);
    assert!(told.contains(FOLLOW_UP) && !told.contains("warfarrin"), "{told}");
}

/// The bold words of a quote reveal what was asked.
#[test]
fn no_word_of_somebody_elses_is_shown_in_a_quote() {
    let bot = Bot::start();
    let (spot, asker) = (Spot::channel(), somebody());
    let first = asked(&bot, &mention(&spot, &asker, "Do people report vivid dreams?"));
    for (person, is_own) in [(&somebody(), false), (&asker, true)] {
        let follow_up = replying(&spot, person, "and in the first week?", &sent(&bot, &first));
        let told = raw_text(&asked(&bot, &follow_up).body);
        assert!(told.contains("dreams"), "{told}");
        assert_eq!(told.contains("dreams**"), is_own, "{told}");
        assert!(told.contains("week**"), "{told}");
    }
}

#[test]
fn what_was_asked_privately_is_gone_on_from_nowhere() {
    let bot = Bot::start();
    let (spot, asker) = (Spot::channel(), somebody());
    let private = [("question", json!(FIRST)), ("private", json!(true))];
    bot.reply_to(&events::slash(&spot, &asker, "mel ask", &private));
    bot.reply_to(&events::message(&Spot::direct(asker.id), &asker, FIRST));
    let said = events::message_object(snowflake(), &spot, &somebody(), FIRST);
    bot.reply_to(&events::message_command(&spot, &asker, "Ask the knowledge base", &said));
    let told = bot.reply_to(&mention(&spot, &asker, "and warfarin?"));
    assert!(!text(&told.body).contains("read as"), "{}", text(&told.body));
    repeats_nothing(&told.body);
}

#[test]
fn what_is_pressed_under_a_follow_up_repeats_nothing_either() {
    let bot = Bot::start();
    let (spot, asker, other) = (Spot::channel(), somebody(), somebody());
    let first = asked(&bot, &mention(&spot, &asker, "Does melatonin interact with warfarin in zygotitis?"));
    let second = asked(&bot, &replying(&spot, &other, "and caffeine?", &sent(&bot, &first)));
    let buttons = crate::bot::labels(&second.body);
    assert!(buttons.contains(&"In context".to_owned()), "{buttons:?}: {}", text(&second.body));
    for label in &buttons {
        let pressed = bot.press_by(&somebody(), &second, label);
        repeats_nothing(&pressed.body);
    }
    repeats_nothing(&second.body);
}

#[test]
fn a_deleted_question_takes_its_reply_and_its_conversation_with_it() {
    let bot = Bot::start();
    for spot in [Spot::channel(), Spot::thread(), Spot::direct(snowflake())] {
        let asker = somebody();
        let question = mention(&spot, &asker, FIRST);
        let first = asked(&bot, &question);
        bot.double.send(&events::message_delete(&spot, question.id));
        is_deleted(&bot, &first);
        let told = bot.reply_to(&mention(&spot, &asker, "and warfarin?"));
        assert!(!text(&told.body).contains("was read as"), "{}", text(&told.body));
        repeats_nothing(&told.body);
    }
}

#[test]
fn a_deleted_question_is_forgotten_also_where_others_went_on_from_it() {
    let bot = Bot::start();
    let (spot, asker, other) = (Spot::channel(), somebody(), somebody());
    let question = mention(&spot, &asker, FIRST);
    let first = asked(&bot, &question);
    let answer = sent(&bot, &first);
    let own = asked(&bot, &replying(&spot, &asker, "and warfarin?", &answer));
    assert!(text(&own.body).contains("zygotitis"), "{}", text(&own.body));
    let others = asked(&bot, &replying(&spot, &other, "and caffeine?", &answer));
    bot.double.send(&events::message_delete(&spot, question.id));
    is_deleted(&bot, &first);
    // The follow-up still exists, so its reply stays, without what it repeated of the first question.
    is_blanked(&bot, &own);
    let stands = bot.double.message(others.message.expect("a message")).expect("it still exists");
    assert_eq!(stands["edited_timestamp"], Value::Null, "it repeats nothing");
    for (person, reply) in [(&asker, &own), (&other, &others)] {
        let told = bot.reply_to(&replying(&spot, person, "and headache?", &sent(&bot, reply)));
        let shown = text(&told.body);
        assert!(!shown.contains("was read as") && !shown.contains(FOLLOW_UP), "{shown}");
        repeats_nothing(&told.body);
    }
}

#[test]
fn many_messages_that_are_deleted_at_once_take_their_replies_along() {
    let bot = Bot::with_settings("[limits]\nuser_per_minute = 1000\n");
    let (spot, asker) = (Spot::channel(), somebody());
    let questions = [0; 3].map(|_| mention(&spot, &asker, FIRST));
    let replies = [0, 1, 2].map(|at: usize| asked(&bot, &questions[at]));
    let mut ids: Vec<u64> = questions.iter().map(|question| question.id).collect();
    ids.extend((0..90).map(|_| snowflake()));
    bot.double.send(&events::message_delete_bulk(&spot, &ids));
    replies.iter().for_each(|reply| is_deleted(&bot, reply));
    let told = bot.reply_to(&mention(&spot, &asker, "and warfarin?"));
    repeats_nothing(&told.body);
}

#[test]
fn a_reply_that_may_not_be_deleted_is_blanked() {
    let bot = Bot::start();
    let (spot, asker) = (Spot::channel(), somebody());
    let question = mention(&spot, &asker, FIRST);
    let reply = asked(&bot, &question);
    bot.double.fail(
        "DELETE",
        "/channels/*/messages/*",
        1,
        Failing::Refused(403, 50_013, "Missing Permissions"),
    );
    bot.double.send(&events::message_delete(&spot, question.id));
    is_blanked(&bot, &reply);
}

/// If the user deletes a question while it is being answered, there is no answer: neither one that is yet to be sent
/// nor one that is on its way.
#[test]
fn a_question_that_is_deleted_before_it_is_answered_gets_no_answer() {
    let mut bot = Bot::start();
    let spot = Spot::channel();
    // The deletion overtakes the question.
    let early = mention(&spot, &somebody(), FIRST);
    bot.double.send(&events::message_delete(&spot, early.id));
    settles(&bot);
    bot.double.send(&early);
    // The answer is on its way.
    let written = |bot: &Bot| bot.double.received("POST", MESSAGES).len();
    settles(&bot);
    let before = written(&bot);
    bot.double.fail("POST", MESSAGES, 1, Failing::Slow(Duration::from_millis(600)));
    let (asker, late) = (somebody(), FIRST);
    let late = mention(&spot, &asker, late);
    bot.double.send(&late);
    bot.double.wait("the answer on its way", Duration::from_secs(10), |state| {
        let all = state.requests.iter().filter(|request| request.is("POST", MESSAGES));
        (all.count() > before).then_some(())
    });
    bot.double.send(&events::message_delete(&spot, late.id));
    let reply = bot.double.next_reply_to(late.id);
    is_deleted(&bot, &reply);
    assert_eq!(written(&bot), before + 1);
    let told = bot.reply_to(&mention(&spot, &asker, "and warfarin?"));
    repeats_nothing(&told.body);
    // Safety cards are removed too.
    let cry = mention(&spot, &somebody(), "I want to kill myself");
    let card = bot.reply_to(&cry);
    settles(&bot);
    bot.double.send(&events::message_delete(&spot, cry.id));
    is_deleted(&bot, &card);
    bot.settle();
    assert!(bot.double.question(early.id).replies.is_empty());
}

#[test]
fn an_edited_question_is_forgotten_and_not_repeated_any_more() {
    let bot = Bot::start();
    let (spot, asker) = (Spot::channel(), somebody());
    let question = mention(&spot, &asker, FIRST);
    let lacking = asked(&bot, &question);
    assert!(text(&lacking.body).contains("do not cover this"), "{}", text(&lacking.body));
    let asked_well = mention(&spot, &asker, "What is the usual dose of melatonin?");
    let answer = asked(&bot, &asked_well);
    // A link preview is not an edit.
    let preview = events::message_edit(&question, "unchanged").with("/edited_timestamp", Value::Null);
    bot.double.send(&preview);
    settles(&bot);
    let shown = bot.double.message(lacking.message.expect("a message")).expect("it still exists");
    assert!(text(&shown).contains("do not cover this"));
    bot.double.send(&events::message_edit(&question, "Never mind."));
    is_blanked(&bot, &lacking);
    // An answer that only quotes stays, but later questions no longer continue from it.
    bot.double.send(&events::message_edit(&asked_well, "Never mind."));
    settles(&bot);
    let shown = bot.double.message(answer.message.expect("a message")).expect("it still exists");
    assert!(text(&shown).contains("2 mg") && shown["edited_timestamp"] == Value::Null);
    let told = text(&bot.reply_to(&mention(&spot, &asker, "and warfarin?")).body);
    assert!(!told.contains("was read as"), "{told}");
    // It is deleted with its question.
    bot.double.send(&events::message_delete(&spot, asked_well.id));
    is_deleted(&bot, &answer);
}

/// The bot remembers replies only in memory: after a restart, the reply to a deleted question stays, and no question
/// continues from it.
#[test]
fn a_restart_forgets_conversations() {
    let mut bot = Bot::start();
    let (spot, asker) = (Spot::channel(), somebody());
    let question = mention(&spot, &asker, "What is the usual dose of melatonin?");
    let answer = asked(&bot, &question);
    bot.restart();
    bot.double.send(&events::message_delete(&spot, question.id));
    let told = text(&bot.reply_to(&mention(&spot, &asker, "and warfarin?")).body);
    assert!(!told.contains("was read as"), "{told}");
    settles(&bot);
    assert!(bot.double.message(answer.message.expect("a message")).is_some());
}

#[test]
fn a_reply_that_is_taken_back_is_noted_as_a_post_no_more() {
    let bot = Bot::start();
    let spot = Spot::of(GUILD, snowflake());
    let question = mention(&spot, &somebody(), "What is the usual dose of melatonin?");
    let answer = asked(&bot, &question);
    let id = answer.message.expect("a message").to_string();
    let kept = || bot.world.run(["store", "export"]).out;
    wait_until("the post is noted", || kept().contains(&id));
    bot.double.send(&events::message_delete(&spot, question.id));
    wait_until("the post is forgotten", || !kept().contains(&id));
}
