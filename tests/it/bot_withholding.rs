//! A list of withheld passages that breaks while the bot runs: no passage comes back, moderators are told, and what
//! they withhold meanwhile stays withheld.

use serde_json::json;

use crate::bot::{Bot, text, wait_until};
use crate::bot_moderation::passage;
use crate::fixture::DISCLAIMER;

const LIST: &str = "knowledge/mel/withheld.toml";
const DOSE: &str = "What is the usual dose of melatonin?";
const DREAMS: &str = "Do some people report vivid dreams in the first week?";

fn withhold(bot: &Bot, passage: &str) -> String {
    text(
        &bot.moderate("withhold", &[("passage", json!(passage)), ("reason", json!("It is out of date"))])
            .body,
    )
}

#[track_caller]
fn is_hidden(bot: &Bot, question: &str, words: &str) {
    let shown = text(&bot.ask(question).body);
    assert!(!shown.contains(words) && shown.contains(DISCLAIMER), "{shown}");
}

#[test]
fn what_is_withheld_stays_hidden_while_the_list_is_broken() {
    let mut bot = Bot::start();
    let first = bot.world.current();
    let (dose, dreams) = (passage(&bot, "The usual dose"), passage(&bot, "Some people report"));
    withhold(&bot, &dose);
    let again = withhold(&bot, &dose);
    assert!(again.contains("was already withheld by mia on <t:"), "Discord shows the time: {again}");
    bot.moderate("reindex", &[]);
    let sound = std::fs::read_to_string(bot.world.path(LIST)).expect("the list");

    bot.world.write(LIST, format!("{sound}\n[[withheld]\n"));
    bot.wait_for_log("Withheld passages stay withheld.");
    let status = text(&bot.moderate("status", &[]).body);
    assert!(status.contains("cannot be used. Withheld passages stay hidden (1 passage)."), "{status}");
    assert!(status.contains("withheld.toml:7: "), "{status}");
    let told = withhold(&bot, &dreams);
    assert!(told.contains("is hidden now") && told.contains("The list cannot be used"), "{told}");
    let rolled_back = text(&bot.moderate("rollback", &[("to", json!(first))]).body);
    let live = format!("Live again: generation {first} from <t:");
    assert!(rolled_back.contains(&live), "{rolled_back}");
    let refused = text(&bot.moderate("restore", &[("passage", json!(dose))]).body);
    assert!(refused.contains("not done") && refused.contains("withheld.toml:7: "), "{refused}");
    for round in 0..2 {
        is_hidden(&bot, DOSE, "2 mg");
        is_hidden(&bot, DREAMS, "vivid dreams");
        let complaints = bot.log().matches("Withheld passages stay withheld.").count();
        assert_eq!(complaints, 1, "{}", bot.log());
        if round == 0 {
            bot.restart();
        }
    }

    bot.world.write(LIST, &sound);
    let now = || std::fs::read_to_string(bot.world.path(LIST)).expect("the list");
    wait_until("the pending passage is on the list", || now().contains(&dreams));
    is_hidden(&bot, DREAMS, "vivid dreams");
    let restored = text(&bot.moderate("restore", &[("passage", json!(dreams))]).body);
    assert!(restored.contains("can be quoted again"), "{restored}");
    assert!(text(&bot.ask(DREAMS).body).contains("vivid dreams"));
    is_hidden(&bot, DOSE, "2 mg");
}

/// Editing the list by hand requires neither a restart nor a new index.
#[test]
fn what_is_put_on_the_list_by_hand_is_hidden_within_seconds() {
    let bot = Bot::start();
    let dose = passage(&bot, "The usual dose");
    let posted = bot.ask(DOSE).message.expect("a message");
    wait_until("the post is noted", || bot.world.run(["store", "export"]).out.contains(&posted.to_string()));
    bot.world.write(LIST, format!("[[withheld]]\npassage = \"{dose}\"\n"));
    wait_until("the post is edited", || {
        bot.double
            .message(posted)
            .is_some_and(|message| text(&message).contains("withheld by the moderators"))
    });
    is_hidden(&bot, DOSE, "2 mg");
}
