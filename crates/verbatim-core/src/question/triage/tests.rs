use super::*;

const CASES: [(&str, &str); 5] = [
    ("emergency", include_str!("../../../../../tests/fixtures/safety/emergency.txt")),
    ("self_harm", include_str!("../../../../../tests/fixtures/safety/self_harm.txt")),
    ("identifiers", include_str!("../../../../../tests/fixtures/safety/identifiers.txt")),
    ("personal_advice", include_str!("../../../../../tests/fixtures/safety/personal_advice.txt")),
    ("none", include_str!("../../../../../tests/fixtures/safety/none.txt")),
];

fn parse(text: &str) -> Result<Triage, Problem> {
    Triage::parse(Path::new("safety.toml"), text)
}

fn triage() -> Triage {
    parse(include_str!("../../../../../knowledge/safety.toml")).expect("the safety file is valid")
}

/// Explains the category of a message when a test fails.
fn why(triage: &Triage, raw: &str) -> String {
    let plain = plain::plain(raw);
    let matched = triage.matched_lists(&plain);
    triage.first_rule(&plain, matched).map_or_else(String::new, |rule| rule.about.clone())
}

/// The card that the rules call for without the model.
fn notice(triage: &Triage, message: &str) -> Option<Notice> {
    triage.notice(message, None, &|_| false)
}

#[test]
fn every_development_message_is_taken_as_expected() {
    let triage = triage();
    let mut wrong = Vec::new();
    for (expected, messages) in CASES {
        for message in messages.lines() {
            let found = notice(&triage, message).map_or("none", |notice| notice.category.as_str());
            if found != expected {
                wrong.push(format!("{expected} -> {found}: {message} [{}]", why(&triage, message)));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_notice_carries_the_card_of_its_category() {
    let triage = triage();
    let notice = notice(&triage, "He isn’t breathing").expect("an emergency");
    assert_eq!(notice.category, Category::Emergency);
    assert!(notice.text.contains("999 (UK)") && notice.text.contains("116 123"));
}

/// An overdose needs an ambulance first; the card also names the crisis lines.
#[test]
fn the_more_urgent_category_wins() {
    let triage = triage();
    let check = |message: &str, expected: Category| {
        let notice = notice(&triage, message).expect(message);
        assert_eq!(notice.category, expected, "{message}");
    };
    check("I took 40 tablets because I want to die", Category::Emergency);
    check("I want to die, call me on 07700 900123", Category::SelfHarm);
    check("dob 12/03/1971, should I stop my morphine tonight?", Category::Identifiers);
}

#[test]
fn apostrophes_capitals_and_hidden_characters_change_nothing() {
    let triage = triage();
    for message in
        ["i cant breathe", "I CAN’T BREATHE", "I can't\u{200b} breathe", "Ｉ ｃａｎｔ ｂｒｅａｔｈｅ"]
    {
        let found = notice(&triage, message).map(|notice| notice.category);
        assert_eq!(found, Some(Category::Emergency), "{message:?}");
    }
}

#[test]
fn cards() {
    let triage = triage();
    insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false }, {
        for card in &triage.cards {
            insta::assert_snapshot!(format!("safety_card_{}", card.category), card.text);
        }
    });
}

#[test]
fn a_category_is_reviewed_once_it_is_signed_and_dated() {
    let signed = |name: &str, date: &str| {
        let text = small_file("").replacen("reviewed_by = \"\"", &format!("reviewed_by = \"{name}\""), 1);
        let text = text.replacen("reviewed_on = \"\"", &format!("reviewed_on = \"{date}\""), 1);
        parse(&text).expect("valid").unreviewed()
    };
    assert_eq!(signed("", ""), Category::ALL);
    assert_eq!(signed("A. Clinician", ""), Category::ALL);
    assert_eq!(signed("A. Clinician", "2031-01-01"), Category::ALL[1..]);
}

/// The smallest valid file, followed by the lines that a test adds.
fn small_file(end: &str) -> String {
    let sections = ["emergency", "self_harm", "identifiers", "personal_advice"];
    let section =
        |name| format!("[{name}]\ncard = \"Call {{lines}}.\"\nreviewed_by = \"\"\nreviewed_on = \"\"\n");
    let sections: String = sections.map(section).concat();
    let telephone = "[telephone]\nlines = [{ place = \"UK\", call = \"999\" }]\n";
    let rule = "[[emergency.rules]]\nabout = \"a\"\nall_of = [\"fire\"]\n";
    format!("{telephone}{sections}{rule}[words]\n[phrases]\nfire = [\"fire fire\"]\n{end}")
}

#[test]
fn mistakes_in_the_file_name_the_key_and_the_remedy() {
    let fault = |text: String| parse(&text).expect_err(&text).to_string();
    let replaced = |from: &str, to: &str| fault(small_file("").replace(from, to));
    let faults = [
        replaced("[telephone]", "telefone = 1\n[telephone]"),
        replaced("[telephone]", "[telephone"),
        replaced("fire fire", "fire \u{200b}fire\u{1}"),
        replaced("{lines}", "{numbers}"),
        replaced("Call {lines}.", " "),
        replaced("[\"fire\"]", "[\"smoke\"]"),
        replaced("[\"fire\"]", "[]"),
        replaced("fire fire", "Fire"),
        replaced("fire fire", "<nobody> burns"),
        replaced("[\"fire fire\"]", "[]"),
        fault(small_file("smoke = [\"smoke\"]\n")),
    ];
    insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("safety_file_faults", faults.join("\n"));
    });
}

/// Hostile text takes linear time; otherwise this test would take minutes.
#[test]
fn long_hostile_messages_are_read_in_linear_time() {
    let triage = triage();
    for piece in
        ["should i ", "0 7", "i have a ", "my my ", "07700 ", "a@a.", "14 a a ", "born 1/1/", "? ^ . "]
    {
        let message = piece.repeat(200_000 / piece.len());
        assert!(notice(&triage, &message).is_none_or(|notice| !notice.text.is_empty()));
    }
}

mod properties {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;

    static TRIAGE: LazyLock<Triage> = LazyLock::new(triage);

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(message in any::<String>()) {
            notice(&TRIAGE, &message);
        }

        #[test]
        fn words_in_any_order_are_read_without_a_panic(message in "([a-z']{1,8}|[0-9]{1,11}|[-+()@./?!,’ \n]){0,60}") {
            notice(&TRIAGE, &message);
        }

        /// An emergency in a separate sentence is found whatever surrounds it.
        #[test]
        fn an_emergency_is_found_between_other_sentences(
            before in "([a-z]{1,9} ){0,12}", after in "( [a-z]{1,9}){0,12}",
        ) {
            let found = notice(&TRIAGE, &format!("{before}. I can't breathe! {after}"));
            prop_assert_eq!(found.map(|notice| notice.category), Some(Category::Emergency));
        }
    }
}
