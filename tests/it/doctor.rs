//! `verbatim doctor`: what it finds, that it changes nothing, and that it prints no secret.

use std::net::TcpListener;

use serde_json::Value;

use crate::bot::settings;
use crate::fixture::changed_leaflet;
use crate::world::{Files, Ran, World};
use discord_double::Double;
use discord_double::people::{EMBED_LINKS, GUILD, Spot};

const MESSAGE_CONTENT: u64 = 1 << 15;

/// The status of each check, as `check=status`, and what it says.
fn findings(ran: &Ran) -> Vec<(String, String)> {
    let lines = ran.out.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    lines
        .map(|line| {
            let text = |key: &str| line[key].as_str().expect("text").to_owned();
            (format!("{}={}", text("check"), text("status")), format!("{} {}", text("what"), text("remedy")))
        })
        .collect()
}

#[track_caller]
fn check_finds(ran: &Ran, status: &str, words: &str) {
    let found = findings(ran);
    let (_, said) = found.iter().find(|(check, _)| check == status).unwrap_or_else(|| panic!("{found:#?}"));
    assert!(said.contains(words), "{said}");
}

fn state(world: &World) -> Vec<Files> {
    let files = world.files("");
    vec![files.into_iter().filter(|(path, _)| !path.starts_with("models")).collect()]
}

fn online(world: World, double: &Double) -> World {
    world.variable("DISCORD_API", &double.origin()).variable("DISCORD_TOKEN", &double.token())
}

#[test]
fn a_sound_installation_passes_and_nothing_is_changed() {
    let world = World::new().indexed();
    let before = state(&world);
    let ran = world.run(["doctor"]).succeeds();
    ran.says("ok index mel:").says("ok model:").says("ok coefficients:").says("0 failures,");
    let ran = world.run(["doctor", "--json"]).succeeds();
    check_finds(&ran, "safety cards=warning", "no clinician has signed");
    check_finds(&ran, "token=warning", "not set");
    check_finds(&ran, "store=ok", "is made at the first start");
    assert_eq!(state(&world), before);
}

#[test]
fn each_fault_is_found_with_its_remedy() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address");
    let world = World::new().indexed();
    let live = world.path("index/mel").join(world.current()).join("corpus.bin");
    let sound = std::fs::read(&live).expect("the corpus");
    world.write(
        "verbatim.toml",
        format!("[base]\ndefault = \"mal\"\n[http]\nlisten = \"{address}\"\nkeys_file = \"k\"\n"),
    );
    world.write("k", "nonsense");
    world.write("verbatim.db", "this is no database at all, though it is as long as one could be".repeat(64));
    std::fs::write(&live, "nothing").expect("a file");
    let before = state(&world);
    let ran = world.run(["doctor", "--json"]).exits(1);
    check_finds(&ran, "index mel=failure", "verbatim index");
    check_finds(&ran, "default base=failure", "`mal`");
    check_finds(&ran, "store=failure", "the store is broken");
    check_finds(&ran, "web service=warning", "is in use");
    check_finds(&ran, "keys=failure", "No program may ask");
    check_finds(&ran, "public address=warning", "http.public_url");
    assert_eq!(state(&world), before);
    std::fs::write(&live, sound).expect("a file");
    world.write("knowledge/mel/sources/leaflet.md", changed_leaflet());
    check_finds(&world.run(["doctor", "--json"]), "index mel=warning", "outdated");
    world.write("verbatim.toml", "[paths]\nknowlege = \"k\"\n");
    check_finds(&world.run(["doctor", "--json"]).exits(1), "settings=failure", "Did you mean `knowledge`?");
}

#[test]
fn discord_confirms_the_account_and_no_token_is_printed() {
    let double = Double::start();
    let world = online(World::new().file("verbatim.toml", settings()).indexed(), &double);
    let ran = world.run(["doctor", "--online", "--json"]).succeeds();
    check_finds(&ran, "Discord=ok", "the token is accepted");
    check_finds(&ran, "intents=ok", "no privileged intent");
    check_finds(&ran, &format!("server {GUILD}=ok"), "all permissions");
    check_finds(&ran, "clock=ok", "Discord's");
    ran.never_says(&double.token());
    let wrong = "a-token-that-is-wrong";
    let world = world.variable("DISCORD_TOKEN", wrong);
    let ran = world.run(["doctor", "--online", "--json"]).exits(1);
    check_finds(&ran, "Discord=failure", "Discord rejected the token");
    ran.never_says(wrong);
}

#[test]
fn a_missing_intent_permission_or_membership_is_a_failure() {
    let double = Double::start();
    double.disallow_intents(MESSAGE_CONTENT);
    double.add_guild(&Spot::of(777, 778).without(EMBED_LINKS));
    let more = "[discord]\nmessage_content = true\n[moderation]\nguilds = [\"777\", \"999\"]\n";
    let world = World::new().file("verbatim.toml", format!("{}{more}", crate::fixture::SETTINGS));
    let ran = online(world.indexed(), &double).run(["doctor", "--online", "--json"]).exits(1);
    check_finds(&ran, "intents=failure", "Message Content");
    check_finds(&ran, "server 777=failure", "Embed Links");
    check_finds(&ran, "server 999=failure", "not a member");
}
