//! Control characters, bidirectional controls and zero-width characters in every place a text can come from. Control
//! characters are refused on reading and never reach a terminal; the others can neither hide in a label nor reverse the
//! text beside them.

use serde_json::Value;

use crate::bot::{Bot, raw_text, settings, slash};
use crate::fixture::{self, LEAFLET, pdf};
use crate::world::World;
use discord_double::Double;
use discord_double::events;
use discord_double::people::Spot;

/// Sequences for a colour, a window title and the clipboard, and a sequence that begins with a C1 character.
const SEQUENCES: [(&str, &str); 4] = [
    ("\u{1b}[31mred\u{1b}[0m", "U+001B"),
    ("\u{1b}]0;PWNED\u{7}", "U+001B"),
    ("\u{1b}]52;c;ZXZpbA==\u{7}", "U+001B"),
    ("\u{9b}31m", "U+009B"),
];

const FRONT: &str = "+++\ntitle = \"T\"\npublisher = \"P\"\n+++\n";

#[test]
fn a_source_with_a_control_character_is_refused_with_its_place() {
    let (mut world, mut all_told) = (World::new(), Vec::new());
    for (number, (sequence, name)) in SEQUENCES.into_iter().enumerate() {
        for (ending, text, line) in [
            ("txt", format!("{FRONT}One line.\nThe dose {sequence} is 9 mg.\n"), 6),
            ("md", format!("{FRONT}One line.\n\nThe dose {sequence} is 9 mg.\n"), 7),
            ("html", format!("<title>T</title>\n<p>The dose {sequence} is 9 mg.</p>"), 2),
        ] {
            let file = format!("esc-{ending}-{number}.{ending}");
            world = world.source(&file, text);
            all_told.push(format!("sources/{file}:{line}: The file contains a control character ({name})"));
        }
        world = world.source(&format!("esc-html-{number}.html.toml"), "title = \"T\"\n");
    }
    let (mut checked, mut indexed) = (world.run(["check"]).exits(1), world.run(["index"]).succeeds());
    for told in all_told {
        (checked, indexed) = (checked.says(&told), indexed.warns(&told));
    }
    checked.says("Delete it");
    indexed.says("2 sources");
    // Whitespace is not a control character.
    World::new()
        .source("pages.txt", format!("{FRONT}One page.\r\n\u{c}Another\tpage.\r\n"))
        .run(["check"])
        .succeeds();
}

#[test]
fn a_character_reference_is_a_control_character_too() {
    let mut world = World::new();
    let references = ["&#27;", "&#x1B;", "&#x1b", "&#007;"];
    for (number, reference) in references.into_iter().enumerate() {
        let page = format!("<title>T</title>\n<p>One.</p>\n<p>The dose {reference}[31m is 9 mg.</p>");
        let note = format!("{FRONT}One.\n\nThe dose {reference};[31m is 9 mg.\n");
        world = world
            .source(&format!("page-{number}.html"), page)
            .source(&format!("page-{number}.html.toml"), "title = \"T\"\n")
            .source(&format!("note-{number}.md"), note);
    }
    let mut ran = world.run(["check"]).exits(1);
    for number in 0..references.len() {
        for place in [format!("page-{number}.html:3"), format!("note-{number}.md:7")] {
            let told = "A character reference stands for a control character (U+00";
            ran = ran.says(&format!("{place}: {told}"));
        }
    }
    let world = World::new().source("page.html", "<title>&#27;]0;x</title><p>It is dark.</p>");
    world.run(["check"]).exits(1).says("A character reference stands for a control character (U+001B)");
    // Numbers in the Windows-1252 range mean the characters that browsers show.
    let world = World::new()
        .source("page.html", "<title>T</title><p>&#147;It is dark.&#148;</p>")
        .source("page.html.toml", "title = \"T\"\n");
    world.run(["check"]).succeeds();
}

#[test]
fn text_of_a_pdf_with_unknown_letters_is_left_out_and_told() {
    let page = "BT /F1 12 Tf 72 720 Td (Grapefruit juice \\033[31m doubles \\007 the level of melatonin.) Tj \
        0 -60 Td (Melatonin is taken in the evening, half an hour before going to bed.) Tj ET";
    let world =
        World::new().source("handout.pdf", pdf(page)).source("handout.pdf.toml", "title = \"Handout\"\n");
    world.run(["index"]).succeeds();
    let ran = world.run(["ask", "Does grapefruit juice change the level of melatonin?"]);
    assert!(!ran.out.contains(|c: char| c.is_control() && c != '\n'), "{:?}", ran.out);
    assert!(!ran.out.contains("Grapefruit juice"), "{:?}", ran.out);
    world.run(["check"]).succeeds().says("Left out: 1 piece of text");
}

#[test]
fn the_bases_own_files_are_refused_too() {
    let about = |with: &str| fixture::ABOUT.replace("title = \"Melatonin\"", with);
    for (path, text, line) in [
        ("knowledge/mel/base.toml", about(r#"title = "Mel\u001b]0;PWNED\u0007""#), 2),
        ("knowledge/mel/base.toml", about("title = \"Mel\u{9b}31m\""), 2),
        ("knowledge/mel/base.toml", about("\"\\u001b[31m\" = 1\ntitle = \"M\""), 2),
        (
            "knowledge/medical.toml",
            format!(
                "{}\n[[concept]]\nid = \"x\"\ntitle = \"\\u001b[2J\"\nkind = \"drug\"\nnames = [\"x\"]\n",
                fixture::MEDICAL
            ),
            0,
        ),
        (
            "knowledge/mel/questions.toml",
            "[[question]]\nask = \"What is \\u001b[2J?\"\nexpect = [\"x\"]\n".to_owned(),
            2,
        ),
        (
            "knowledge/mel/withheld.toml",
            "[[withheld]]\npassage = \"a:0\"\nby = \"\\u009b31m\"\nat = \"x\"\nreason = \"x\"\n".to_owned(),
            3,
        ),
    ] {
        let world = World::new().file(path, text);
        let told = match line {
            0 => format!("{path}:"),
            line => format!("{path}:{line}: The file contains a control character (U+00"),
        };
        world.run(["check"]).exits(1).says(&told).says("control character (U+00");
    }
    let world = World::new().source("note.md", "+++\ntitle = \"A\\u001b[31m\"\n+++\nIt is dark.\n");
    world.run(["check"]).exits(1).says("`title` contains a line break or another control character.");
}

#[test]
fn what_is_repeated_of_names_and_arguments_is_shown() {
    let evil = "\u{1b}]0;PWNED\u{7}";
    let shown = r"\u{1b}]0;PWNED\u{7}";
    let world = World::new().source(&format!("{evil}.md"), LEAFLET).source(&format!("{evil}/more.md"), "");
    world
        .run(["check"])
        .exits(1)
        .says(&format!("sources/{shown}.md"))
        .says(&format!("sources/{shown}/more.md"));
    world.run(["index"]).succeeds().warns(&format!("sources/{shown}.md"));
    world.run(["ask", &format!("--{evil}")]).exits(2).warns(shown);
    world.run(["ask", "--base", evil, "dose?"]).exits(2).warns(shown);
    world.run([evil]).exits(2).warns(shown);
    world.run(["completions", evil]).exits(2).warns(shown);
    world.run(["topic", evil]).exits(2).warns(shown);
    world.run(["rollback", evil]).exits(1).warns(shown);
    world.run(["eval", "--set", evil]).warns(shown);
    world.run(["--config", evil, "ask", "dose?"]).exits(2).warns(shown);
    world.run_with(["chat"], format!(":{evil}\n")).says(&format!("There is no command :{shown}"));
    world.run(["ask", &format!("{evil} dose?")]).exits(2).says("control characters");
    // JSON keeps it, escaped.
    let line = world.run(["ask", "--json", "usual dose \u{9b}31m?"]).out;
    let reply: Value = serde_json::from_str(&line).expect("JSON");
    assert_eq!(reply["kind"], "invalid");
    let link = World::new();
    std::os::unix::fs::symlink(format!("/{evil}"), link.path("knowledge/mel/sources/link.md"))
        .expect("a link");
    link.run(["check"]).exits(1).says("sources/link.md");
    World::new()
        .file("verbatim.toml", format!("[base]\ndefault = \"{evil}\"\n"))
        .run(["ask", "dose?"])
        .exits(2);
    World::new()
        .file("verbatim.toml", "[base]\ndefault = \"\\u001b]0;PWNED\\u0007\"\n")
        .run(["ask", "dose?"])
        .exits(2)
        .warns(shown);
}

/// With colours, as in a terminal: the only sequences are our own.
#[test]
fn at_a_terminal_only_our_own_colours_are_set() {
    let world = World::new()
        .variable("CLICOLOR_FORCE", "1")
        .source("\u{1b}]0;PWNED\u{7}.md", LEAFLET)
        .source("bidi.md", format!("+++\ntitle = \"A \u{202e}title\"\n+++\n{TEXT}\n"));
    for arguments in [
        &["check"][..],
        &["index"],
        &["ask", "Is the night dark?"],
        &["ask", "--explain", "Is the night dark?"],
        &["sources"],
        &["topic"],
        &["ask", "--\u{1b}[2J"],
    ] {
        let output = world.command(arguments).output().expect("the program");
        for bytes in [output.stdout, output.stderr] {
            let text = String::from_utf8(bytes).expect("text");
            let mut rest = text.as_str();
            while let Some((_, after)) = rest.split_once('\u{1b}') {
                let colour = after.strip_prefix('[').and_then(|codes| codes.split_once('m'));
                let (codes, after) = colour.unwrap_or_else(|| panic!("{arguments:?}: {text:?}"));
                assert!(codes.chars().all(|c| c.is_ascii_digit() || c == ';'), "{arguments:?}: {text:?}");
                rest = after;
            }
            assert!(
                !text.contains(|c: char| c.is_control() && !"\n\t\u{1b}".contains(c)),
                "{arguments:?}: {text:?}"
            );
        }
    }
}

/// The body of `bidi.md`: an override, a zero-width space, an isolate.
const TEXT: &str = "The night is \u{202e}dark\u{202c}, \u{200b}\u{2066}x\u{2069} and still.";

/// Checks that nothing in `line` reaches beyond its own isolate.
#[track_caller]
fn is_isolated(line: &str) {
    let mut depth = 0;
    for letter in line.chars() {
        match letter {
            '\u{2066}'..='\u{2068}' => depth += 1,
            '\u{2069}' => depth -= 1,
            '\u{202a}'..='\u{202e}' | '\u{200e}' | '\u{200f}' | '\u{61c}' => assert!(depth > 0, "{line:?}"),
            _ => {}
        }
        assert!(depth >= 0, "{line:?}");
    }
    assert_eq!(depth, 0, "{line:?}");
}

fn bidi() -> World {
    let source = format!(
        "+++\ntitle = \"A \u{202e}title\u{200b}\"\npublisher = \"P \u{2067}u\u{e0041}\"\n+++\n\n# Night \u{202d}fall\n\n{TEXT}\n\n\
         מינון נמוך של נלטרקסון night.\n"
    );
    let about = fixture::ABOUT.replace("title = \"Dosage\"", "title = \"Do\u{202e}sage\"");
    World::new()
        .file("verbatim.toml", settings())
        .file("knowledge/mel/base.toml", about)
        .source("bidi.md", source)
}

#[test]
fn a_terminal_isolates_quotes_and_shows_what_labels_hide() {
    let world = bidi().indexed();
    let ran = world.run(["ask", "Is the night dark and still?"]).succeeds();
    ran.out.lines().for_each(is_isolated);
    assert!(ran.out.contains(TEXT), "the letters of a quote stay: {:?}", ran.out);
    for label in [r"A \u{202e}title\u{200b}", r"P \u{2067}u\u{e0041}", r"Night \u{202d}fall"] {
        assert!(ran.out.contains(label), "{label}: {:?}", ran.out);
    }
    world.run(["sources"]).succeeds().says(r"bidi: A \u{202e}title\u{200b}");
    let json = world.ask_json("Is the night dark and still?");
    assert_eq!(json["quotes"][0]["text"], TEXT, "JSON keeps every letter");
    assert_eq!(json["quotes"][0]["title"], "A \u{202e}title\u{200b}");
}

#[test]
fn discord_gets_isolated_quotes_and_labels_that_hide_nothing() {
    let bot = Bot::with(bidi(), Double::start());
    let answer = bot.ask("Is the night dark and still?");
    let told = raw_text(&answer.body).replace("**", "");
    told.lines().for_each(is_isolated);
    assert!(told.contains(TEXT), "the letters of a quote stay: {told:?}");
    let shown = crate::bot::text(&answer.body);
    assert!(shown.contains(r"A \u{202e}title\u{200b}") && shown.contains(r"Night \u{202d}fall"), "{shown}");
    for reply in [
        bot.press(&answer, "In context"),
        bot.press(&answer, "Sources"),
        bot.reply_to(&slash("sources", &[])),
        bot.reply_to(&slash("help", &[])),
        bot.reply_to(&slash("dosage", &[])),
        bot.moderate("sources", &[]),
    ] {
        raw_text(&reply.body).lines().for_each(is_isolated);
    }
    assert!(crate::bot::text(&bot.moderate("sources", &[]).body).contains(r"A \u{202e}title\u{200b}"));
    let typed = |command: &str, option: &str, words: &str| {
        events::autocomplete(&Spot::channel(), &crate::bot::moderator(), command, option, words)
    };
    for event in [
        typed("mel-admin remove", "source", "bidi"),
        typed("mel-admin withhold", "passage", "The night"),
        typed("mel-admin withhold", "passage", "מינון"),
        typed("mel ask", "question", "Do"),
    ] {
        let offered = bot.reply_to(&event).body;
        let choices = offered["choices"].as_array().cloned().unwrap_or_default();
        assert!(!choices.is_empty(), "{}", event.data);
        for choice in choices {
            let name = choice["name"].as_str().expect("a name");
            is_isolated(name);
            assert!(!name.contains(['\u{202e}', '\u{200b}']) && name.chars().count() <= 100, "{name:?}");
        }
    }
    let commands = serde_json::Value::from(bot.double.commands(None)).to_string();
    assert!(!commands.contains('\u{202e}'), "{commands}");
}

#[test]
fn what_a_moderator_types_keeps_no_list_from_being_read() {
    let mut bot = Bot::start();
    let id = crate::bot_moderation::passage(&bot, "The usual dose");
    let reason = "Out\u{7} of \u{1b}[31mdate \u{202e}";
    let options = [("passage", serde_json::json!(id)), ("reason", serde_json::json!(reason))];
    let told = crate::bot::text(&bot.moderate("withhold", &options).body);
    assert!(told.contains("is hidden now"), "{told}");
    let list = std::fs::read_to_string(bot.world.path("knowledge/mel/withheld.toml")).expect("the list");
    assert!(list.contains("[31mdate") && !list.contains(|c: char| c.is_control() && c != '\n'), "{list}");
    bot.restart();
    assert!(!crate::bot::text(&bot.ask("What is the usual dose of melatonin?").body).contains("2 mg"));
    bot.world.run(["check"]).succeeds();
}

#[test]
fn the_log_shows_what_it_repeats() {
    let bot = Bot::with(
        World::new().file("verbatim.toml", settings()).source("\u{1b}]0;PWNED\u{7}.md", LEAFLET),
        Double::start(),
    );
    bot.moderate("reindex", &[]);
    let log = bot.log();
    assert!(!log.contains(|c: char| c.is_control() && !"\n\t".contains(c)), "{log:?}");
}

#[test]
fn a_sidecar_that_leads_out_of_the_folder_is_not_followed() {
    let world = World::new()
        .file("secret.toml", "title = \"The secret\"\npublisher = \"Nobody\"\n")
        .source("page.html", "<title>Page</title><p>The night is dark.</p>");
    std::os::unix::fs::symlink(world.path("secret.toml"), world.path("knowledge/mel/sources/page.html.toml"))
        .expect("a link");
    world.run(["check"]).exits(1).says("page.html.toml: This link points outside the folder");
    world.run(["index"]).succeeds().warns("This link points outside the folder").says("3 sources");
    world.run(["sources"]).succeeds().never_says("The secret").says("page: Page");
    // A link that stays in the folder is followed.
    let world = World::new()
        .source("about.toml", "title = \"About the page\"\n")
        .source("page.html", "<title>Page</title><p>The night is dark.</p>");
    std::os::unix::fs::symlink("about.toml", world.path("knowledge/mel/sources/page.html.toml"))
        .expect("a link");
    world.run(["sources"]).says("page: About the page");
    // The base's own files may be links: an operator makes them.
    let world = World::new().file("shared/base.toml", fixture::ABOUT);
    std::fs::remove_file(world.path("knowledge/mel/base.toml")).expect("it is there");
    std::os::unix::fs::symlink(world.path("shared/base.toml"), world.path("knowledge/mel/base.toml"))
        .expect("a link");
    world.run(["check"]).succeeds();
}
