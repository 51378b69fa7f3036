//! `verbatim config`: what it prints can be written back, and it prints no token.

use std::fs;

use crate::world::World;

/// The settings without comments.
fn values(printed: &str) -> Vec<&str> {
    let values = printed.lines().map(|line| line.strip_suffix("  # default").unwrap_or(line));
    values.filter(|line| !line.starts_with('#')).collect()
}

#[test]
fn the_output_can_be_written_back() {
    let text = "[semantic]\nmodel = \"mine\"\n[answers]\nconfidence = 0.26\n[moderation]\nguilds = [\"7\"]\n\
        [http]\nlisten = \"0.0.0.0:80\"\nallow_remote = true\n[privacy]\ncontact = \"Ask “us”, or\\tA\\\\B.\"\n";
    let world = World::empty().file("verbatim.toml", text);
    let first = world.run(["config"]).succeeds().out;
    for line in ["name = \"mine\"\n", "confidence = 0.26\n", "guilds = [\"7\"]\n", "keep = 3  # default\n"] {
        assert!(first.contains(line), "{line}\n{first}");
    }
    let knowledge = fs::canonicalize(world.path("")).expect("the folder").join("knowledge");
    assert!(first.contains(&format!("knowledge = \"{}\"  # default", knowledge.display())), "{first}");
    world.write("verbatim.toml", &first);
    let second = world.run(["config"]).succeeds().out;
    assert_eq!(values(&second), values(&first));
    assert!(!second.contains("# default"), "{second}");
}

#[test]
fn the_token_is_never_printed() {
    let secret = "MTIz.secret.token";
    let world =
        World::empty().file("token", secret).file("verbatim.toml", "[discord]\ntoken_file = \"token\"\n");
    world.run(["config"]).succeeds().says("# Token: set in").never_says(secret);
    let world = world.variable("DISCORD_TOKEN", secret);
    world.run(["config"]).succeeds().says("# Token: set in DISCORD_TOKEN").never_says(secret);
    World::empty().run(["config"]).succeeds().says("there is no Discord token");
}

#[test]
fn settings_can_be_checked() {
    World::empty().run(["config", "--check"]).succeeds().says("No problems");
    let wrong = World::empty().file("verbatim.toml", "[index]\nkep = 3\n");
    wrong.run(["config", "--check"]).exits(2).warns("Did you mean `keep`?");
}
