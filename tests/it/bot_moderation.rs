//! Moderator commands.

use serde_json::json;

use crate::bot::{Bot, CURATORS, admin, custom_id, labels, moderator, reader, text, wait_until};
use crate::fixture;
use crate::world::World;
use discord_double::events::{self, Event};
use discord_double::people::{Person, Spot};
use discord_double::record::{Reply, Way};

#[test]
fn only_moderators_moderate_and_every_refusal_is_noted() {
    let bot = Bot::start();
    let refused = bot.reply_to(&admin(&reader(), "status", &[]));
    assert!(refused.is_private());
    assert!(text(&refused.body).contains("for the moderators"), "{}", text(&refused.body));
    let wrong_role = Person::new(505, "wu").with_role(CURATORS + 1);
    assert!(text(&bot.reply_to(&admin(&wrong_role, "status", &[])).body).contains("for the moderators"));
    let curator = Person::new(503, "cy").with_role(CURATORS);
    let status = bot.reply_to(&admin(&curator, "status", &[]));
    assert!(status.is_private());
    let shown = text(&status.body);
    for part in
        ["Live: generation g", "2 sources", "running for", "Discord: connected", "No clinician has signed"]
    {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    // A refusal is answered first and noted afterwards.
    let noted = || text(&bot.moderate("audit", &[]).body);
    wait_until("both refusals are noted", || noted().matches("refused status").count() == 2);
    assert!(text(&bot.moderate("sources", &[]).body).contains("leaflet: Melatonin: the leaflet"));
}

#[test]
fn a_reindex_tells_how_far_it_is_and_what_changed() {
    let bot = Bot::start();
    let before = bot.world.current();
    let unchanged = bot.moderate("reindex", &[]);
    assert!(unchanged.is_private() || unchanged.way == Way::Edit);
    assert!(text(&unchanged.body).contains("Nothing has changed"), "{}", text(&unchanged.body));
    bot.world.write("knowledge/mel/sources/leaflet.md", fixture::changed_leaflet());
    let told = text(&bot.moderate("reindex", &[]).body);
    for part in ["Published: generation g", "1 source changed: leaflet", "1 changed, 0 removed"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert_ne!(bot.world.current(), before);
    assert!(text(&bot.ask("What is the usual dose of melatonin?").body).contains("3 mg"));
    let back = text(&bot.moderate("rollback", &[]).body);
    assert!(back.contains(&format!("Live again: generation {before}")), "{back}");
    assert!(text(&bot.ask("What is the usual dose of melatonin?").body).contains("2 mg"));
    let audit = text(&bot.moderate("audit", &[]).body);
    assert!(audit.contains("rollback: done") && audit.contains("reindex: done"), "{audit}");
}

/// A bot whose base has a regression question about the dose, which must pass before anything is published.
fn questioned() -> Bot {
    let question = "[[question]]\nask = \"What is the usual dose of melatonin?\"\nexpect = [\"2 mg\"]\n";
    let world = World::new()
        .file("verbatim.toml", crate::bot::settings())
        .file("knowledge/mel/questions.toml", question);
    Bot::with(world, discord_double::Double::start())
}

#[test]
fn a_failed_own_question_refuses_unless_it_is_forced() {
    let bot = questioned();
    bot.world.write("knowledge/mel/sources/leaflet.md", fixture::changed_leaflet());
    let before = bot.world.current();
    let refused = text(&bot.moderate("reindex", &[]).body);
    for part in ["Nothing was published", "What is the usual dose of melatonin?", "force:True"] {
        assert!(refused.contains(part), "{part}: {refused}");
    }
    assert_eq!(bot.world.current(), before);
    assert!(text(&bot.ask("What is the usual dose of melatonin?").body).contains("2 mg"));
    let forced = text(&bot.moderate("reindex", &[("force", json!(true))]).body);
    assert!(forced.contains("0 of 1 pass"), "{forced}");
    assert!(text(&bot.moderate("audit", &[]).body).contains("reindex (forced): done"));
}

#[test]
fn a_withheld_passage_is_gone_at_once_also_from_what_was_posted() {
    let mut bot = Bot::start();
    let asked = "What is the usual dose of melatonin?";
    let posted = bot.ask(asked);
    let message = posted.message.expect("a message");
    let id = passage(&bot, "The usual dose");
    // A post is noted a moment after the answer is sent.
    let kept = || bot.world.run(["store", "export"]).out;
    wait_until("the post is noted", || kept().contains(&message.to_string()));
    let options = [("passage", json!(id)), ("reason", json!("It is out of date"))];
    let told = text(&bot.moderate("withhold", &options).body);
    assert!(told.contains("is hidden now") && told.contains("1 post"), "{told}");
    let now = text(&bot.ask(asked).body);
    assert!(!now.contains("2 mg"), "{now}");
    wait_until("the post is edited", || {
        let shown = bot.double.message(message).map(|message| text(&message)).unwrap_or_default();
        shown.contains("withheld by the moderators") && shown.contains(fixture::DISCLAIMER)
    });
    bot.moderate("reindex", &[]);
    bot.restart();
    assert!(!text(&bot.ask(asked).body).contains("2 mg"));
    let restored = text(&bot.moderate("restore", &[("passage", json!(id))]).body);
    assert!(restored.contains("can be quoted again"), "{restored}");
    assert!(text(&bot.ask(asked).body).contains("2 mg"));
    let unknown = [("passage", json!("leaflet:000000000000")), ("reason", json!("x"))];
    assert!(text(&bot.moderate("withhold", &unknown).body).contains("there is no passage"));
}

/// The id of the passage that begins with these words, as autocomplete offers it.
pub fn passage(bot: &Bot, words: &str) -> String {
    let typed = events::autocomplete(&Spot::channel(), &moderator(), "mel-admin withhold", "passage", words);
    let offered = bot.reply_to(&typed);
    let choices = offered.body["choices"].as_array().cloned().unwrap_or_default();
    choices[0]["value"].as_str().expect("a passage").to_owned()
}

#[test]
fn a_source_is_added_after_a_preview_and_removed_after_a_question() {
    let bot = Bot::start();
    let body = "# Valerian\n\n## Effect\n\nValerian shortens the time to fall asleep by two minutes.\n";
    let attached = bot.double.attach("Valerian_Notes.md", "text/markdown", body.as_bytes());
    let upload = admin(&moderator(), "add", &[]).with_file("file", &attached);
    let preview = bot.settled(&upload);
    let shown = text(&preview.body);
    for part in ["valerian-notes", "2 sections", "Valerian shortens the time"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let form = press(&bot, &preview, "Say where it comes from");
    assert_eq!(form.way, Way::Callback(9), "{}", form.body);
    let wrong = [
        ("title", "Valerian"),
        ("publisher", "The Herb Society"),
        ("url", "nonsense"),
        ("published", ""),
        ("licence", ""),
    ];
    let described = fill(&bot, &preview, &form, &wrong);
    assert!(text(&described.body).contains("beginning with https://"), "{}", text(&described.body));
    let right = [
        ("title", "Valerian"),
        ("publisher", "The Herb Society"),
        ("url", "https://herb.example.org/v"),
        ("published", "2024-05"),
        ("licence", ""),
    ];
    let described = fill(&bot, &preview, &form, &right);
    let publish = custom_id(&described.body, "Publish");
    let told = settle_press(&bot, &preview, &publish);
    assert!(text(&told.body).contains("1 source added: valerian-notes"), "{}", text(&told.body));
    let answer = text(&bot.ask("Does valerian shorten the time to fall asleep?").body);
    assert!(answer.contains("by two minutes") && answer.contains("The Herb Society"), "{answer}");

    let asked = bot.moderate("remove", &[("source", json!("valerian-notes"))]);
    assert_eq!(labels(&asked.body), ["Remove it", "Keep it"]);
    let told = settle_press(&bot, &asked, &custom_id(&asked.body, "Remove it"));
    assert!(text(&told.body).contains("1 source removed: valerian-notes"), "{}", text(&told.body));
    let kept = std::fs::read_dir(bot.world.path("knowledge/mel/removed")).expect("the folder").count();
    assert_eq!(kept, 1, "the file is moved aside");
    // The draft is gone, and its buttons say so.
    let gone = settle_press(&bot, &preview, &publish);
    assert!(text(&gone.body).contains("attach it again"), "{}", text(&gone.body));
}

#[test]
fn what_cannot_be_a_source_is_told_and_changes_nothing() {
    let bot = Bot::start();
    for (name, bytes, told) in [
        ("notes.exe", b"MZ".to_vec(), "cannot be used as a source"),
        ("empty.md", Vec::new(), "cannot be used as a source"),
        ("broken.pdf", b"%PDF-1.4 nothing".to_vec(), "cannot be used as a source"),
        ("large.txt", vec![b'a'; (8 << 20) + 1], "at most 8 MiB"),
    ] {
        let attached = bot.double.attach(name, "application/octet-stream", &bytes);
        let shown = bot.settled(&admin(&moderator(), "add", &[]).with_file("file", &attached));
        assert!(text(&shown.body).contains(told), "{name}: {}", text(&shown.body));
        assert!(labels(&shown.body).is_empty(), "{name}");
    }
    // The declared size is not trusted.
    let mut lying = bot.double.attach("lying.txt", "text/plain", &vec![b'a'; (8 << 20) + 1]);
    lying["size"] = json!(10);
    let shown = bot.settled(&admin(&moderator(), "add", &[]).with_file("file", &lying));
    assert!(text(&shown.body).contains("at most 8 MiB"), "{}", text(&shown.body));
    let mut gone = bot.double.attach("gone.md", "text/markdown", b"# A\n\nB.\n");
    gone["url"] = json!(format!("{}/attachments/1/2/gone.md", bot.double.origin()));
    let shown = bot.settled(&admin(&moderator(), "add", &[]).with_file("file", &gone));
    assert!(text(&shown.body).contains("did not deliver the file"), "{}", text(&shown.body));
    let mut foreign = bot.double.attach("notes.md", "text/markdown", b"# A\n\nB.\n");
    foreign["url"] = json!("https://evil.example.org/notes.md");
    let shown = bot.settled(&admin(&moderator(), "add", &[]).with_file("file", &foreign));
    assert!(text(&shown.body).contains("does not come from Discord"), "{}", text(&shown.body));
}

#[test]
fn gaps_are_counted_and_channels_are_minded() {
    let mut bot = Bot::start();
    bot.ask("Does melatonin interact with ibuprofen?");
    bot.ask("Can I take melatonin with ibuprofen?");
    wait_until("the gaps are counted", || text(&bot.moderate("gaps", &[]).body).contains("2 × ibuprofen"));
    let without = text(&bot.moderate("channel", &[("mode", json!("unasked"))]).body);
    assert!(without.contains("Message Content") && without.contains("message_content = true"), "{without}");
    let private = text(&bot.moderate("channel", &[("mode", json!("private"))]).body);
    assert!(private.contains("only privately"), "{private}");
    assert!(bot.ask("usual dose?").is_private());
    bot.restart();
    assert!(bot.ask("usual dose?").is_private(), "it holds after a restart");
    bot.moderate("channel", &[("mode", json!("asked"))]);
    assert!(!bot.ask("usual dose?").is_private());
}

#[test]
fn a_channel_can_be_answered_unasked() {
    let bot = Bot::with_settings("[discord]\nmessage_content = true");
    let said = events::message(&Spot::channel(), &reader(), "What is the usual dose of melatonin?");
    bot.moderate("channel", &[("mode", json!("unasked"))]);
    assert!(text(&bot.reply_to(&said).body).contains("2 mg"));
}

/// Presses a button of the latest message that a moderator saw.
pub fn press(bot: &Bot, under: &Reply, label: &str) -> Reply {
    bot.press_by(&moderator(), under, label)
}

fn settle_press(bot: &Bot, under: &Reply, custom_id: &str) -> Reply {
    bot.settled(&press_id(bot, &moderator(), under, custom_id))
}

/// A click on the button with this id, which may be one that the message does not have.
fn press_id(bot: &Bot, person: &Person, under: &Reply, custom_id: &str) -> Event {
    let message = bot.double.message(under.message.expect("a message")).expect("the message");
    events::button(&Spot::channel(), person, &message, custom_id)
}

pub fn fill(bot: &Bot, under: &Reply, form: &Reply, fields: &[(&str, &str)]) -> Reply {
    let message = bot.double.message(under.message.expect("a message")).expect("the message");
    let id = form.body["custom_id"].as_str().expect("an id");
    bot.reply_to(&events::modal_submit(&Spot::channel(), &moderator(), id, fields, Some(&message)))
}

#[test]
fn two_changes_at_once_are_told_apart() {
    let world = World::new()
        .file("verbatim.toml", crate::bot::settings())
        .source("long.md", fixture::long_source(60, "Sleep is long."));
    let bot = Bot::with(world, discord_double::Double::start());
    bot.world.write("knowledge/mel/sources/leaflet.md", fixture::changed_leaflet());
    let first = bot.double.send(&admin(&moderator(), "reindex", &[]));
    let started = bot.double.next_reply_to(first);
    assert!(text(&started.body).contains("→"), "{}", text(&started.body));
    let other = Person::new(504, "oz").who_may(crate::bot::MANAGE_SERVER);
    let second = bot.reply_to(&admin(&other, "reindex", &[]));
    let told = text(&second.body);
    assert!(told.contains("Another change is under way") && told.contains("<@502>"), "{told}");
    // Questions are still answered meanwhile.
    assert!(text(&bot.ask("What is the usual dose of melatonin?").body).contains(" mg"));
    let mut last = bot.double.next_reply_to(first);
    while text(&last.body).contains('→') {
        last = bot.double.next_reply_to(first);
    }
    assert!(text(&last.body).contains("Published"), "{}", text(&last.body));
}

#[test]
fn what_is_withheld_of_a_long_topic_is_taken_back_from_its_own_message_alone() {
    let about = format!("{}{}", fixture::ABOUT, fixture::LONG_TOPIC);
    let world = World::new()
        .file("verbatim.toml", crate::bot::settings())
        .file("knowledge/mel/base.toml", about)
        .source("guide.md", fixture::guide());
    let bot = Bot::with(world, discord_double::Double::start());
    let asked = bot.double.send(&crate::bot::slash("guide", &[]));
    let first = bot.double.next_reply_to(asked).message.expect("a message");
    let second = bot.double.next_reply_to(asked);
    assert_eq!(second.way, Way::FollowUp);
    let second = second.message.expect("a message");
    let shown = |id: u64| text(&bot.double.message(id).expect("it is stored")).replace("**", "");
    // The night that the second message begins with.
    let night = (2..40).map(|night| format!("In night {night} ")).find(|night| shown(second).contains(night));
    let id = passage(&bot, &night.expect("a night"));
    wait_until("the posts are noted", || {
        let kept = bot.world.run(["store", "export"]).out;
        kept.contains(&first.to_string()) && kept.contains(&second.to_string())
    });
    let options = [("passage", json!(id)), ("reason", json!("It is out of date"))];
    let told = text(&bot.moderate("withhold", &options).body);
    assert!(told.contains("1 post"), "{told}");
    wait_until("the post is edited", || shown(second).contains("withheld by the moderators"));
    assert!(shown(first).contains("In night 1 "), "{}", shown(first));
}

#[test]
fn a_draft_that_regression_questions_refuse_can_be_published_all_the_same() {
    let bot = questioned();
    let attached = bot.double.attach("leaflet.md", "text/markdown", fixture::changed_leaflet().as_bytes());
    let preview = bot.settled(&admin(&moderator(), "add", &[]).with_file("file", &attached));
    let form = press(&bot, &preview, "Say where it comes from");
    let fields = [
        ("title", "Melatonin: the leaflet"),
        ("publisher", ""),
        ("url", ""),
        ("published", ""),
        ("licence", ""),
    ];
    let described = fill(&bot, &preview, &form, &fields);
    let refused = settle_press(&bot, &preview, &custom_id(&described.body, "Publish"));
    assert!(text(&refused.body).contains("Nothing was published"), "{}", text(&refused.body));
    assert_eq!(labels(&refused.body), ["Publish anyway", "Cancel"]);
    assert!(text(&bot.ask("What is the usual dose of melatonin?").body).contains("2 mg"));
    let forced = settle_press(&bot, &preview, &custom_id(&refused.body, "Publish anyway"));
    assert!(text(&forced.body).contains("0 of 1 pass"), "{}", text(&forced.body));
    assert!(text(&bot.ask("What is the usual dose of melatonin?").body).contains("3 mg"));
    assert!(text(&bot.moderate("audit", &[]).body).contains("add (forced)"));
}

/// Another source that reads doubtfully is one question, failed regression questions are another.
#[test]
fn a_draft_is_published_anyway_only_over_what_the_moderator_has_seen() {
    let bot = questioned();
    bot.world.write("knowledge/mel/sources/doses.md", fixture::DOUBTFUL);
    let attached = bot.double.attach("leaflet.md", "text/markdown", fixture::changed_leaflet().as_bytes());
    let preview = bot.settled(&admin(&moderator(), "add", &[]).with_file("file", &attached));
    let form = press(&bot, &preview, "Say where it comes from");
    let fields = [("title", "Leaflet"), ("publisher", ""), ("url", ""), ("published", ""), ("licence", "")];
    let described = fill(&bot, &preview, &form, &fields);
    let doubted = settle_press(&bot, &preview, &custom_id(&described.body, "Publish"));
    assert!(text(&doubted.body).contains("doses.md"), "{}", text(&doubted.body));
    assert_eq!(labels(&doubted.body), ["Publish anyway", "Cancel"]);
    let refused = settle_press(&bot, &preview, &custom_id(&doubted.body, "Publish anyway"));
    let told = text(&refused.body);
    assert!(told.contains("1 of 1 regression questions failed"), "{told}");
    let published = settle_press(&bot, &preview, &custom_id(&refused.body, "Publish anyway"));
    let told = text(&published.body);
    assert!(told.contains("0 of 1 pass") && told.contains("Confirmed"), "{told}");
    assert!(text(&bot.moderate("audit", &[]).body).contains("add (forced)"));
}

/// A start publishes a doubtful source, because the base could not answer otherwise, and says so.
#[test]
fn the_status_names_a_source_that_nobody_has_confirmed() {
    let world =
        World::new().file("verbatim.toml", crate::bot::settings()).source("doses.md", fixture::DOUBTFUL);
    let bot = Bot::as_is(world, discord_double::Double::start());
    let status = || text(&bot.moderate("status", &[]).body);
    assert!(status().contains("Nobody has confirmed it"), "{}", status());
    bot.moderate("reindex", &[("force", json!(true))]);
    assert!(!status().contains("Nobody has confirmed it"), "{}", status());
}

#[test]
fn buttons_and_forms_of_moderators_are_theirs_alone() {
    let bot = Bot::start();
    let attached = bot.double.attach("tea.md", "text/markdown", b"# Tea\n\nTea is hot.\n");
    let preview = bot.settled(&admin(&moderator(), "add", &[]).with_file("file", &attached));
    let form = press(&bot, &preview, "Say where it comes from");
    let message = bot.double.message(preview.message.expect("a message")).expect("the message");
    let spot = Spot::channel();
    let form_id = form.body["custom_id"].as_str().expect("an id");
    let fields = [("title", "Tea"), ("publisher", ""), ("url", ""), ("published", ""), ("licence", "")];
    let described = fill(&bot, &preview, &form, &fields);
    let publish = custom_id(&described.body, "Publish");
    let removal = bot.moderate("remove", &[("source", json!("review"))]);
    let removing = bot.double.message(removal.message.expect("a message")).expect("the message");
    for attempt in [
        events::modal_submit(&spot, &reader(), form_id, &fields, Some(&message)),
        events::button(&spot, &reader(), &message, &publish),
        events::button(&spot, &reader(), &removing, &custom_id(&removal.body, "Remove it")),
        // A moderator of a server that is not in the settings, and one in direct messages.
        events::button(&Spot::of(4_242, 4_243), &moderator(), &message, &publish),
        events::slash(&Spot::of(4_242, 4_243), &moderator(), "mel-admin reindex", &[]),
    ] {
        let told = bot.double.next_reply_to(bot.double.send_outdated(&attempt));
        assert!(told.is_private() && text(&told.body).contains("for the moderators"), "{}", text(&told.body));
    }
    let typed = events::autocomplete(&spot, &reader(), "mel-admin withhold", "passage", "usual");
    assert_eq!(bot.reply_to(&typed).body["choices"], json!([]), "passages are offered only to moderators");
    wait_until("the refusals are noted", || {
        text(&bot.moderate("audit", &[]).body).matches(": refused ").count() == 5
    });
    let sources = text(&bot.moderate("sources", &[]).body);
    assert!(sources.contains("review:") && !sources.contains("tea:"), "{sources}");
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
    let other = Person::new(504, "oz").who_may(crate::bot::MANAGE_SERVER);
    let fields = [("title", "Evil"), ("publisher", ""), ("url", ""), ("published", ""), ("licence", "")];
    for (person, told) in
        [(&other, "Another moderator attached this file"), (&reader(), "for the moderators")]
    {
        for id in [&cancel, &details, &publish] {
            let reply = bot.reply_to(&press_id(&bot, person, &preview, id));
            assert_eq!(reply.way, Way::Callback(4), "the moderator's message stays: {}", reply.body);
            assert!(reply.is_private() && text(&reply.body).contains(told), "{id}: {}", text(&reply.body));
        }
        let form = events::modal_submit(&Spot::channel(), person, &details, &fields, None);
        let reply = bot.reply_to(&form);
        assert!(reply.is_private() && text(&reply.body).contains(told), "{}", text(&reply.body));
    }
    // None of this changed anything: the draft's moderator can continue.
    let form = bot.reply_to(&press_id(&bot, &moderator(), &preview, &details));
    assert_eq!(form.way, Way::Callback(9), "{}", form.body);
    assert!(!form.body.to_string().contains("Evil"), "{}", form.body);
    let cancelled = bot.reply_to(&press_id(&bot, &moderator(), &preview, &cancel));
    assert!(text(&cancelled.body).contains("Nothing was changed"), "{}", text(&cancelled.body));
    let gone = bot.reply_to(&press_id(&bot, &moderator(), &preview, &cancel));
    assert!(gone.is_private() && text(&gone.body).contains("attach it again"), "{}", text(&gone.body));
    assert!(!bot.world.path("knowledge/mel/sources/valerian.md").exists());
}
