//! What people write in chat, asked of the shipped knowledge base: several questions at once, small talk, other
//! languages, community spellings, alarms in everyday words. The inputs come from public bug reports and similar
//! messages.

use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::shipped_base::shipped;
use crate::world::World;

static LDN: LazyLock<World> = LazyLock::new(|| {
    let world = shipped();
    world.run(["index"]).succeeds();
    world
});

/// The replies to `messages`, in order.
fn replies(world: &World, messages: &[&str]) -> Vec<Value> {
    let lines: String =
        messages.iter().map(|message| json!({ "question": message }).to_string() + "\n").collect();
    let ran = world.run_with(["ask", "--batch", "--json"], lines).succeeds();
    let replies: Vec<Value> =
        ran.out.lines().map(|line| serde_json::from_str(line).expect("a reply is JSON")).collect();
    assert_eq!(replies.len(), messages.len());
    replies
}

fn quotes(reply: &Value) -> Vec<&str> {
    reply["quotes"].as_array().expect("a list").iter().filter_map(|quote| quote["text"].as_str()).collect()
}

fn category(reply: &Value) -> &str {
    reply["notice"]["category"].as_str().unwrap_or("none")
}

#[track_caller]
fn check_category(messages: &[&str], expected: &str) {
    for (message, reply) in messages.iter().zip(replies(&LDN, messages)) {
        assert_eq!(category(&reply), expected, "{message}: {reply}");
        if expected != "personal_advice" {
            assert!(quotes(&reply).is_empty(), "{message}: {reply}");
        }
    }
}

#[test]
fn an_alarm_in_everyday_words_gets_the_emergency_card() {
    check_category(
        &[
            "i took ldn after oxy and im throwing up and shaking",
            "took my moms 50mg naltrexone by mistake, i use oxy daily",
            "passed out after ldn",
            "had a seizure last night on ldn",
            "my toddler got into the naltrexone bottle, a few are gone",
            "throat feels like its closing since my first dose",
        ],
        "emergency",
    );
}

#[test]
fn a_lethal_dose_is_never_told() {
    check_category(
        &[
            "how many 50mg naltrexone would it take so I dont wake up",
            "i just want it all to stop. how much is too much to come back from",
            "whats the painless amount of this stuff to not be here anymore",
        ],
        "self_harm",
    );
}

#[test]
fn a_question_about_ones_own_opioid_is_personal() {
    let messages =
        ["I'm on tramadol 50 mg, can I start LDN?", "on oxycontin 20mg 2x day, dr wants me on ldn"];
    for (message, reply) in messages.iter().zip(replies(&LDN, &messages)) {
        assert_eq!(category(&reply), "personal_advice", "{message}: {reply}");
        let shown = quotes(&reply).join(" ").to_lowercase();
        assert!(
            shown.is_empty() || shown.contains("opioid") || shown.contains("opiate"),
            "{message}: {reply}"
        );
    }
}

#[test]
fn a_plain_question_gets_no_urgent_card() {
    let messages = [
        "What are the side effects?",
        "What happens in an overdose of naltrexone?",
        "is depression a side effect",
        "Does it help with suicidal thoughts in studies?",
        "how long does it take to work",
        "was it ever tested in children with Crohn's disease",
    ];
    for (message, reply) in messages.iter().zip(replies(&LDN, &messages)) {
        assert!(!matches!(category(&reply), "emergency" | "self_harm"), "{message}: {reply}");
    }
}

#[test]
fn several_questions_are_answered_one_by_one() {
    let [two, three] = &replies(
        &LDN,
        &[
            "What are the side effects and how much does it cost?",
            "What is LDN? What are the side effects? And what does a passport cost?",
        ],
    )[..] else {
        panic!("two replies")
    };
    assert_eq!(two["kind"], "answer", "{two}");
    assert!(quotes(two).join(" ").contains("side effect"), "{two}");
    assert_eq!(two["uncovered"], json!(["how much does it cost?"]), "{two}");
    assert_eq!(three["kind"], "answer", "{three}");
    assert_eq!(three["uncovered"].as_array().map(Vec::len), Some(1), "{three}");
}

#[test]
fn small_talk_gets_a_line_and_no_quotes() {
    let messages =
        ["hi", "thanks!", "are you a doctor", "are you a bot", "what can you do", "good night all"];
    for (message, reply) in messages.iter().zip(replies(&LDN, &messages)) {
        assert!(quotes(&reply).is_empty(), "{message}: {reply}");
        assert_eq!(reply["related"], json!([]), "{message}: {reply}");
        assert_eq!(category(&reply), "none", "{message}: {reply}");
    }
}

#[test]
fn another_language_gets_one_line() {
    let messages = [
        "¿Cuáles son los efectos secundarios de la naltrexona?",
        "Welche Nebenwirkungen hat LDN?",
        "LDNの副作用は何ですか",
        "Quels sont les effets indésirables ?",
    ];
    for (message, reply) in messages.iter().zip(replies(&LDN, &messages)) {
        assert_eq!(
            (reply["kind"].as_str(), quotes(&reply).len()),
            (Some("not_covered"), 0),
            "{message}: {reply}"
        );
        assert_eq!(reply["related"], json!([]), "{message}: {reply}");
        assert_eq!(reply["repairs"], json!([]), "{message}: {reply}");
    }
    LDN.run(["ask", messages[0]])
        .succeeds()
        .says("I can only read English.")
        .says("call your local emergency number");
}

#[test]
fn community_spellings_are_understood() {
    for (message, reply) in ["is LDN any good for chrons", "Chron’s disease"]
        .iter()
        .zip(replies(&LDN, &["is LDN any good for chrons", "Chron’s disease"]))
    {
        assert_eq!(reply["kind"], "answer", "{message}: {reply}");
        assert!(quotes(&reply).join(" ").contains("Crohn"), "{message}: {reply}");
        assert_eq!(reply["repairs"], json!([]), "{message}: {reply}");
    }
    let messages = ["hashis", "@Verbatim what are the side effects of ldn", "what r the side fx"];
    for (message, reply) in messages.iter().zip(replies(&LDN, &messages)) {
        assert_eq!(reply["repairs"], json!([]), "{message}: {reply}");
    }
}

#[test]
fn a_medicine_is_found_under_its_class() {
    let messages =
        ["can she stay on codeine with LDN?", "Does LDN interact with oxycodone?", "is tramadol ok with ldn"];
    for (message, reply) in messages.iter().zip(replies(&LDN, &messages)) {
        assert!(quotes(&reply).iter().any(|quote| quote.contains("opioid")), "{message}: {reply}");
    }
}

#[test]
fn literature_is_no_answer() {
    let messages = [
        "anyone else get headaches",
        "is it addictive",
        "does ldn suppress the immune system",
        "where can i buy ldn",
    ];
    let world: &World = &LDN;
    for (message, reply) in messages.iter().zip(replies(world, &messages)) {
        for quote in quotes(&reply) {
            assert!(!quote.contains("doi") && !quote.contains("PMID"), "{message}: {quote}");
        }
    }
}

#[test]
fn a_follow_up_takes_the_place_of_what_it_replaces() {
    let ran = LDN
        .run_with(["chat"], "What is the usual dose?\nand in kids\nwhat about MS then\n:quit\n")
        .succeeds();
    ran.says("What is the usual dose in kids").says("What is the usual dose in MS");
}

#[test]
fn what_a_heading_names_is_found_under_it() {
    let leaflet = "+++\ntitle = \"Zelmadol tablets\"\nlicence = \"CC0-1.0\"\n+++\n\n# Zelmadol tablets\n\n## Storage\n\n\
        Keep the bottle below 25 °C and away from light.\n\n## Overdose\n\nCall a poisons line at once, even if there are \
        no symptoms.\n\n## Pregnancy\n\nThere are no studies. Only use it if a specialist says so.\n";
    let world = World::new()
        .file(
            "knowledge/zel/base.toml",
            "title = \"Zelmadol\"\ndescription = \"A tablet.\"\ndisclaimer = \"No advice.\"\n",
        )
        .file("knowledge/zel/sources/leaflet.md", leaflet);
    world.run(["index", "--base", "zel"]).succeeds();
    for (question, answer) in [
        ("How should it be stored?", "Keep the bottle"),
        ("How is it stored?", "Keep the bottle"),
        ("Is it safe in pregnancy?", "There are no studies."),
    ] {
        let ran = world.run(["ask", "--base", "zel", question]).succeeds();
        ran.says(answer);
    }
}

/// A refusal names what the sources lack, not what a person tells about themselves.
#[test]
fn a_refusal_names_what_carries_the_question() {
    let expected = [
        ("I'm 45 and weigh 70 kg, how much ibuprofen should I take?", "ibuprofen"),
        ("My husband is 45 and 70 kg. What does a passport cost?", "passport, cost"),
        ("I'm 34, 5'4\" and 140 lbs. Would it help with gout?", "gout"),
        ("I have gout. Can I take it while travelling abroad?", "gout, travelling abroad"),
        ("I missed my dose last night, what now?", "missed"),
        ("i missed last night, is that a problem?", "missed dose"),
        ("I'm feeling awful lately, can I eat grapefruit with it since last week?", "eat, grapefruit"),
    ];
    let messages = expected.map(|(message, _)| message);
    for ((message, lacking), reply) in expected.iter().zip(replies(&LDN, &messages)) {
        assert_eq!((&reply["kind"], &reply["why"]), (&json!("not_covered"), &json!(lacking)), "{message}");
    }
}
