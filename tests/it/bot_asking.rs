//! What readers ask, over the wire.

use serde_json::json;

use crate::bot::{Bot, labels, reader, slash, text};
use crate::fixture::DISCLAIMER;
use crate::support::events;
use crate::support::people::{APPLICATION, Person, Spot};

#[test]
fn a_question_is_answered_with_quotes_and_the_disclaimer() {
    let bot = Bot::start();
    let reply = bot.ask("What is the usual dose of melatonin?");
    let shown = text(&reply.body);
    assert!(shown.contains("2 mg, taken one to two hours before bedtime"), "{shown}");
    assert!(shown.ends_with(DISCLAIMER), "{shown}");
    assert!(!reply.is_private());
    assert!(labels(&reply.body).contains(&"In context".to_owned()), "{}", reply.body);
    let private =
        bot.reply_to(&slash("ask", &[("question", json!("usual dose?")), ("private", json!(true))]));
    assert!(private.is_private());
}

#[test]
fn a_mention_is_replied_to_where_it_stands() {
    let bot = Bot::start();
    let words = format!("<@{APPLICATION}> Is headache a side effect?");
    let mention = events::message(&Spot::thread(), &reader(), &words).mentioning(&[&Person::bot()]);
    let reply = bot.reply_to(&mention);
    assert!(text(&reply.body).contains("Headache"), "{}", reply.body);
}
