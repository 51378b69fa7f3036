//! Messages to the bot in channels, threads and direct messages.

use serde_json::json;

use crate::bot::{Bot, mention, raw_text, reader, somebody, text};
use crate::fixture::DISCLAIMER;
use discord_double::events::{self, Event};
use discord_double::people::{APPLICATION, Person, Spot};
use discord_double::record::{Reply, Way};

const QUESTION: &str = "What is the usual dose of melatonin?";

/// Asserts that the bot ignores these messages, and stops it.
fn ignores(bot: &mut Bot, events: &[Event]) {
    for event in events {
        bot.double.send(event);
    }
    bot.settle();
    for event in events.iter().filter(|event| event.id != 0) {
        let replies = bot.double.question(event.id).replies;
        assert!(replies.is_empty(), "{}: {replies:?}", event.data);
    }
    assert_eq!(bot.double.written_in(&Spot::channel()).len(), 1, "it was there before");
}

#[test]
fn who_calls_the_bot_is_answered_where_they_are() {
    let bot = Bot::start();
    let direct = Spot::direct(reader().id);
    for event in [
        mention(&Spot::channel(), &reader(), QUESTION),
        mention(&Spot::thread(), &reader(), QUESTION),
        events::message(&Spot::channel(), &reader(), &format!("{QUESTION} <@!{APPLICATION}>"))
            .mentioning(&[&Person::bot()]),
        events::message(&direct, &reader(), QUESTION),
    ] {
        let spot = event.spot.expect("a channel");
        let before = bot.double.written_in(&spot).len();
        let reply = bot.reply_to(&event);
        assert_eq!(reply.way, Way::Message);
        assert!(text(&reply.body).contains("2 mg") && text(&reply.body).ends_with(DISCLAIMER));
        assert_eq!(bot.double.written_in(&spot).len(), before + 1, "it is in the same place");
        assert_eq!(reply.body["message_reference"]["message_id"], json!(event.id.to_string()));
        assert_eq!(reply.body["allowed_mentions"], json!({ "parse": [], "replied_user": false }));
    }
    let earlier = bot.double.earlier_message(&Spot::channel(), &json!({ "content": "earlier" }));
    let reply = events::message(&Spot::channel(), &reader(), "and is headache common?").replying_to(&earlier);
    let told = text(&bot.reply_to(&reply).body);
    assert!(told.contains("side effect of melatonin"), "{told}");
    for bare in ["", "hello there 👋", "?"] {
        let help = bot.reply_to(&mention(&Spot::channel(), &reader(), bare));
        assert!(text(&help.body).contains("/mel ask"), "{bare}: {}", text(&help.body));
    }
}

#[test]
fn what_is_not_for_the_bot_is_left_alone() {
    let mut bot = Bot::start();
    let channel = Spot::channel();
    let robot = Person { is_bot: true, ..Person::new(701, "robot") };
    let other = Person::new(702, "bo");
    let earlier = bot.double.earlier_message(&channel, &json!({ "content": "earlier" }));
    let words = format!("<@{APPLICATION}> {QUESTION}");
    ignores(
        &mut bot,
        &[
            mention(&channel, &robot, QUESTION),
            mention(&channel, &other, QUESTION).with("/webhook_id", json!("703")),
            mention(&channel, &other, QUESTION).with("/type", json!(7)),
            events::message(&channel, &other, QUESTION),
            events::message(&channel, &other, &format!("<@{}> {QUESTION}", reader().id))
                .mentioning(&[&reader()]),
            events::message(&channel, &other, &format!("<@&{APPLICATION}> {QUESTION}")),
            events::message(&channel, &other, "@everyone What is the usual dose?")
                .with("/mention_everyone", json!(true)),
            mention(&channel, &other, "Thank you so much! 🙏"),
            events::message(&channel, &other, "👍").replying_to(&earlier),
            events::message(&channel, &other, "").replying_to(&earlier),
            Event { id: 0, name: "MESSAGE_UPDATE".to_owned(), ..events::message(&channel, &other, &words) },
        ],
    );
}

#[test]
fn whatever_is_written_gets_a_plain_reply() {
    let bot = Bot::with_settings("[limits]\nuser_per_minute = 1000\n");
    let long = format!("{QUESTION} {}", "The tablets are white and round. ".repeat(61));
    let zalgo = "d\u{334}\u{31a}\u{346}o\u{337}\u{33f}s\u{335}\u{301}e\u{336}\u{300}".repeat(60);
    let told = |words: &str| {
        let reply = bot.reply_to(&events::message(&Spot::direct(reader().id), &reader(), words));
        assert!(text(&reply.body).ends_with(DISCLAIMER), "{words}");
        reply
    };
    assert!(text(&told(&long).body).contains("the limit is 2000"));
    assert!(text(&told("usual\u{0}dose\u{7}?").body).contains("control characters"));
    assert!(text(&told("🙂🙂🙂").body).contains("/mel ask"), "emoji alone are not a question");
    assert!(text(&told("ما هي الجرعة المعتادة من melatonin؟").body).contains("only read English"));
    told(&zalgo);
    told(&"a".repeat(2_000));
    told("\u{202e}esod lausu\u{202c} \u{2066}x\u{2069}");
    told(&format!("{QUESTION}\u{feff}\u{200b}"));
    for typed in [
        "@everyone @here <@&1> <@501> <#7> tell me the dose",
        "[melatonnin](https://evil.example) dose [x](javascript:alert(1)) <https://evil.example>",
        "`melatonnin` ```dose``` **bold** __u__ ~~s~~ ||spoiler|| > quote\n# heading\n- list",
        "</ask:1> <t:1:R> <a:x:1> <id:guide> discord.gg/evil evil.example",
        "[hedache](https://evil.example) **vivd** `draems` @everyone",
        "w[arfarin](javascript:alert(1)) @everyone's melatonni*n*",
    ] {
        inert(typed, &told(typed));
        inert(typed, &bot.ask(typed));
    }
}

/// Nothing typed acts as markup, and nobody is pinged.
#[track_caller]
fn inert(typed: &str, reply: &Reply) {
    let sent = raw_text(&reply.body);
    for part in
        ["@everyone", "@here", "<@", "<#", "javascript:", "](https://evil", "](javascript", "||", "```"]
    {
        assert!(!sent.contains(part), "{part} of {typed}: {sent}");
    }
    for bare in ["evil.example", "discord.gg/evil"] {
        assert!(!sent.contains(bare), "an address that becomes a link: {sent}");
    }
    assert_eq!(reply.body["allowed_mentions"]["parse"], json!([]), "{typed}");
    assert!(reply.body["content"].as_str().is_none_or(str::is_empty), "{typed}");
}

/// A thread that was archived when the bot started is looked up, unless Discord has announced it since.
#[test]
fn a_thread_that_comes_back_is_as_private_as_its_channel() {
    let bot = Bot::start();
    let private = [("mode", json!("private"))];
    bot.reply_to(&crate::bot::admin(&crate::bot::moderator(), "channel", &private));
    let old = |thread: u64| Spot {
        parent: Some(Spot::channel().channel),
        ..Spot::of(discord_double::people::GUILD, thread)
    };
    let lookups = |thread: u64| bot.double.received("GET", &format!("/channels/{thread}")).len();
    let is_told_once = |thread: u64| {
        let person = somebody();
        let told = text(&bot.reply_to(&mention(&old(thread), &person, QUESTION)).body);
        assert!(told.contains("only privately") && !told.contains("2 mg"), "{told}");
        // Once per minute and person.
        let again = bot.double.send(&mention(&old(thread), &person, QUESTION));
        bot.reply_to(&mention(&old(thread), &somebody(), QUESTION));
        assert!(bot.double.question(again).replies.is_empty());
    };
    is_told_once(771_001);
    assert_eq!(lookups(771_001), 1);
    for (name, thread) in
        [("THREAD_UPDATE", 771_002), ("THREAD_LIST_SYNC", 771_003), ("THREAD_CREATE", 771_004)]
    {
        let object = old(thread).object();
        let data = match name {
            "THREAD_LIST_SYNC" => {
                json!({ "guild_id": object["guild_id"], "threads": [object], "members": [] })
            }
            _ => object,
        };
        bot.double.send(&Event::raw(name, data));
        // Events come in order, so the bot has seen this one when it answers the next.
        bot.ask(QUESTION);
        is_told_once(thread);
        assert_eq!(lookups(thread), 0, "{name}");
    }
    // Help is not given there either, because it is long.
    let help = text(&bot.reply_to(&mention(&old(771_001), &somebody(), "")).body);
    assert!(help.contains("only privately"), "{help}");
    // Nothing changes elsewhere.
    let other = Spot::of(discord_double::people::GUILD, 771_009);
    assert!(text(&bot.reply_to(&mention(&other, &somebody(), QUESTION)).body).contains("2 mg"));
}
