//! Data stored about people: it can be shown and deleted, and is then in no file.

use serde_json::{Value, json};

use crate::bot::{Bot, admin, custom_id, labels, reader, settings, text, wait_until};
use crate::bot_moderation::passage;
use crate::fixture::DISCLAIMER;
use crate::world::World;
use discord_double::Double;
use discord_double::events;
use discord_double::people::{APPLICATION, MANAGE_GUILD, Person, Spot};
use discord_double::record::Reply;

const DOSE: &str = "What is the usual dose of melatonin?";

/// A moderator whose id and name occur nowhere by chance.
fn mirabel() -> Person {
    Person::new(1_234_567_890_123_456_789, "mirabel-quaint").who_may(MANAGE_GUILD)
}

/// The files of the world that contain a person's id, as SQLite stores numbers or as digits, or their name.
fn naming(world: &World, person: &Person) -> Vec<String> {
    let forms = [
        person.id.to_be_bytes().to_vec(),
        person.id.to_le_bytes().to_vec(),
        person.id.to_string().into_bytes(),
        person.name.clone().into_bytes(),
    ];
    let holds =
        |bytes: &[u8]| forms.iter().any(|form| bytes.windows(form.len()).any(|window| window == form));
    world.files(".").into_iter().filter(|(_, bytes)| holds(bytes)).map(|(file, _)| file).collect()
}

/// A bot with which Mirabel has withheld a passage, set a channel, voted, and had a command refused.
fn with_traces(world: World) -> Bot {
    let bot = Bot::with(world, Double::start());
    let answer = bot.ask(DOSE);
    bot.press_by(&mirabel(), &answer, "Helpful");
    bot.press(&answer, "Helpful");
    let id = passage(&bot, "warfarin");
    let options = [("passage", json!(id)), ("reason", json!("It is out of date"))];
    bot.settled(&admin(&mirabel(), "withhold", &options));
    bot.settled(&admin(&mirabel(), "channel", &[("mode", json!("private"))]));
    bot.settled(&admin(&Person { permissions: 0, ..mirabel() }, "status", &[]));
    wait_until("the refusal is noted", || text(&bot.moderate("audit", &[]).body).contains("refused status"));
    let found = naming(&bot.world, &mirabel());
    assert!(found.len() >= 2, "{found:?}");
    bot
}

#[test]
fn what_is_forgotten_is_in_no_file_while_the_bot_runs() {
    let bot = with_traces(World::new().file("verbatim.toml", settings()));
    let broken = format!("this was a database once, and {} stood in it. ", mirabel().id).repeat(90);
    bot.world.write("verbatim.db.broken-2026", broken);
    // Comments that a moderator has written into the list by hand.
    let list = bot.world.path("knowledge/mel/withheld.toml");
    let entries = std::fs::read_to_string(&list).expect("the list");
    let by_hand = format!("# Seen by {}.\n{entries}\n# The end.\n", mirabel().id);
    bot.world.write("knowledge/mel/withheld.toml", &by_hand);
    // And a file left behind by a program that was killed while writing.
    bot.world.write("knowledge/mel/.withheld.toml.new", &by_hand);
    bot.world.write("knowledge/mel/..change.toml.new", format!("list = \"{}\"", mirabel().name));
    let forget = ["store".to_owned(), "forget".to_owned(), "--user".to_owned(), mirabel().id.to_string()];
    let told = bot.world.run(&forget).succeeds();
    for line in [
        "vote: 1 row deleted",
        "channel: 1 row anonymised",
        "mel/withheld.toml: 1 entry anonymised",
        "verbatim.db.broken-2026: deleted",
    ] {
        assert!(told.out.contains(line), "{line}: {}", told.out);
    }
    assert_eq!(naming(&bot.world, &mirabel()), Vec::<String>::new());
    let now = std::fs::read_to_string(&list).expect("the list");
    assert!(now.contains("by = \"a moderator\"") && now.ends_with("\n# The end.\n"), "{now}");
    // The moderation acts stay, and so do the settings, other people's votes, and the withheld passages.
    let audit = text(&bot.moderate("audit", &[]).body);
    for line in ["someone whose data was deleted: withhold", "someone whose data was deleted: refused status"]
    {
        assert!(audit.contains(line), "{line}: {audit}");
    }
    assert!(bot.ask("usual dose?").is_private());
    assert!(text(&bot.moderate("status", &[]).body).contains("Votes: 1 helpful"));
    // Neither the bot's memory nor stopping it brings anything back.
    let mut bot = bot;
    bot.restart();
    assert_eq!(naming(&bot.world, &mirabel()), Vec::<String>::new());
    bot.world.run(&forget).succeeds().says("vote: 0 rows deleted");
}

/// `--moderator` is the old name of `--user`, and a name that is not in the audit log can be given.
#[test]
fn a_name_goes_from_the_list_also_without_a_store() {
    let entry = |passage: &str, by: &str| {
        format!(
            "[[withheld]]\npassage = \"{passage}\"\nby = \"{by}\"\nat = \"2026-01-02\"\nreason = \"old\"\n\n"
        )
    };
    let list =
        format!("{}{}", entry("leaflet:000000000001", "jo"), entry("leaflet:000000000002", "mirabel-quaint"));
    let world = World::new().file("knowledge/mel/withheld.toml", &list);
    let id = mirabel().id.to_string();
    world.run(["store", "forget", "--moderator", &id]).succeeds().never_says("withheld.toml");
    let named = world.run(["store", "forget", "--user", &id, "--name", &mirabel().name]).succeeds();
    named.says("mel/withheld.toml: 1 entry anonymised").says("nothing is stored yet");
    let now = std::fs::read_to_string(world.path("knowledge/mel/withheld.toml")).expect("the list");
    assert_eq!(now, list.replace("mirabel-quaint", "a moderator"));
    assert!(!world.path("verbatim.db").exists(), "forgetting creates no store");
    // A list that cannot be read may name a person, so nothing is forgotten halfway.
    world.write("knowledge/mel/withheld.toml", "[[withheld]\nby = \"mirabel-quaint\"\n");
    world.run(["store", "forget", "--user", &id, "--name", &mirabel().name]).exits(1).warns("withheld.toml");
    world.run(["store", "forget", "--user", "1", "--name", "nobody"]).succeeds();
    world.run(["store", "forget", "--message", "1", "--name", "nobody"]).exits(2);
}

#[test]
fn a_message_is_forgotten() {
    let bot = Bot::start();
    let answer = bot.ask(DOSE);
    let message = answer.message.expect("a message").to_string();
    bot.press(&answer, "Helpful");
    let stored = || bot.world.run(["store", "export"]).succeeds().out.matches(&message).count();
    wait_until("post, quotes and vote are noted", || stored() >= 3);
    let told = bot.world.run(["store", "forget", "--message", &message]).succeeds();
    assert!(
        told.out.contains("post: 1 row deleted") && told.out.contains("vote: 1 row deleted"),
        "{}",
        told.out
    );
    assert_eq!(stored(), 0);
}

fn privacy(bot: &Bot, spot: &Spot, person: &Person) -> Reply {
    bot.reply_to(&events::slash(spot, person, "mel privacy", &[]))
}

/// Presses a button of a message that only one person sees.
fn press(bot: &Bot, person: &Person, under: &Value, id: u64, label: &str) -> Reply {
    let message = bot.double.message(id).expect("the message");
    bot.settled(&events::button(&Spot::channel(), person, &message, &custom_id(under, label)))
}

#[test]
fn a_person_sees_what_is_stored_and_deletes_what_is_theirs() {
    let bot = with_traces(World::new().file("verbatim.toml", settings()));
    let asked = privacy(&bot, &Spot::channel(), &mirabel());
    let shown = text(&asked.body);
    assert!(asked.is_private() && shown.ends_with(DISCLAIMER), "{shown}");
    for part in ["are not stored", "365 days", "730 days", "180 days", "104 weeks", "run this server's bot"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let id = asked.message.expect("a message");
    let sure = press(&bot, &mirabel(), &asked.body, id, "Delete my data");
    assert_eq!(labels(&sure.body), ["Delete", "Keep"]);
    let kept = press(&bot, &mirabel(), &sure.body, id, "Keep");
    assert!(text(&kept.body).contains("Nothing was deleted"), "{}", text(&kept.body));
    assert!(!naming(&bot.world, &mirabel()).is_empty());
    let deleted = press(&bot, &mirabel(), &sure.body, id, "Delete");
    let told = text(&deleted.body);
    assert!(told.contains("Deleted: 1 vote") && told.contains("1 passage in lists"), "{told}");
    assert!(told.ends_with(DISCLAIMER), "{told}");
    assert_eq!(naming(&bot.world, &mirabel()), Vec::<String>::new());
    assert!(text(&bot.moderate("status", &[]).body).contains("Votes: 1 helpful"));
    let again = press(&bot, &mirabel(), &sure.body, id, "Delete");
    assert!(text(&again.body).contains("Nothing was stored about you"), "{}", text(&again.body));
}

#[test]
fn the_contact_of_the_settings_is_shown_also_in_direct_messages() {
    let bot = Bot::with_settings("[privacy]\ncontact = \"Write to privacy@example.org\"");
    let direct = Spot::direct(reader().id);
    assert!(text(&privacy(&bot, &direct, &reader()).body).contains("Write to privacy@example.org"));
}

/// After a person's data is deleted, no question continues from their earlier ones.
#[test]
fn the_last_question_is_forgotten_too() {
    let bot = Bot::start();
    let mention = |words: &str| {
        events::message(&Spot::channel(), &reader(), &format!("<@{APPLICATION}> {words}"))
            .mentioning(&[&Person::bot()])
    };
    assert!(text(&bot.reply_to(&mention(DOSE)).body).contains("2 mg"));
    let asked = privacy(&bot, &Spot::channel(), &reader());
    let id = asked.message.expect("a message");
    let sure = press(&bot, &reader(), &asked.body, id, "Delete my data");
    let deleted = text(&press(&bot, &reader(), &sure.body, id, "Delete").body);
    assert!(deleted.contains("1 remembered question"), "{deleted}");
    let next = text(&bot.reply_to(&mention("And for children?")).body);
    assert!(!next.contains("was read as"), "{next}");
}

/// While the base is being changed, an earlier list could come back, so nothing is forgotten halfway.
#[test]
fn nobody_is_forgotten_while_the_list_is_in_use() {
    let bot = with_traces(World::new().file("verbatim.toml", settings()));
    let lock = std::fs::File::options()
        .read(true)
        .write(true)
        .open(bot.world.path("index/mel/LOCK"))
        .expect("the lock");
    lock.lock().expect("locked");
    let id = mirabel().id.to_string();
    bot.world.run(["store", "forget", "--user", &id]).exits(1).warns("nothing was deleted from the store");
    let asked = privacy(&bot, &Spot::channel(), &mirabel());
    let message = asked.message.expect("a message");
    let sure = press(&bot, &mirabel(), &asked.body, message, "Delete my data");
    let told = text(&press(&bot, &mirabel(), &sure.body, message, "Delete").body);
    assert!(told.contains("Try again") && told.ends_with(DISCLAIMER), "{told}");
    assert!(bot.world.run(["store", "export"]).out.contains(&id));
    lock.unlock().expect("unlocked");
    bot.world.run(["store", "forget", "--user", &id]).succeeds();
    assert_eq!(naming(&bot.world, &mirabel()), Vec::<String>::new());
}

/// A reader of older pages of the store keeps them in its files: that is not a success.
#[test]
fn what_a_reader_keeps_in_the_files_is_told_with_an_exit_code() {
    let bot = with_traces(World::new().file("verbatim.toml", settings()));
    let other = rusqlite::Connection::open(bot.world.path("verbatim.db")).expect("the store");
    other.execute_batch("BEGIN; SELECT count(*) FROM audit").expect("a reader");
    let id = mirabel().id.to_string();
    let told = bot.world.run(["store", "forget", "--user", &id]).exits(1);
    assert!(
        told.out.contains("vote: 1 row deleted") && told.err.contains("run the same command again"),
        "{told:?}"
    );
    other.execute_batch("COMMIT").expect("let go");
    bot.world.run(["store", "forget", "--user", &id]).succeeds();
    assert_eq!(naming(&bot.world, &mirabel()), Vec::<String>::new());
}

/// A crash must not write questions to disk, and nobody else may read the stored data.
#[cfg(target_os = "linux")]
#[test]
fn the_process_leaves_no_core_and_its_files_are_its_own() {
    use std::os::unix::fs::PermissionsExt;
    let bot =
        Bot::with(World::new().file("verbatim.toml", settings()).file("verbatim.db", ""), Double::start());
    bot.ask(DOSE);
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", bot.process())).expect("limits");
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).expect("a limit");
    assert_eq!(core.split_whitespace().filter(|word| *word == "0").count(), 2, "{core}");
    let mode = |name: &str| bot.world.path(name).metadata().expect(name).permissions().mode() & 0o777;
    wait_until("the post is noted", || !bot.world.run(["store", "export"]).out.is_empty());
    bot.world.write("export.jsonl", "an older one");
    bot.world.permit("export.jsonl", 0o644);
    bot.world.run(["store", "export", "--output", "export.jsonl"]).succeeds();
    for name in ["verbatim.db", "verbatim.db-wal", "verbatim.db-shm", "export.jsonl"] {
        assert_eq!(mode(name), 0o600, "{name}");
    }
    bot.wait_for_log("verbatim.db: other users of this machine could read it; its mode is 0600 now");
}
