use super::*;

const CASES: [(&str, &str); 5] = [
    ("emergency", include_str!("../../../tests/fixtures/safety/emergency.txt")),
    ("self_harm", include_str!("../../../tests/fixtures/safety/self_harm.txt")),
    ("identifiers", include_str!("../../../tests/fixtures/safety/identifiers.txt")),
    ("personal_advice", include_str!("../../../tests/fixtures/safety/personal_advice.txt")),
    ("none", include_str!("../../../tests/fixtures/safety/none.txt")),
];

fn triage() -> Triage {
    Triage::from_toml(include_str!("../../../knowledge/safety.toml")).expect("the safety file is valid")
}

/// Why a message was taken as it was, for the reader of a failed test.
fn why(triage: &Triage, raw: &str) -> String {
    let plain = plain::plain(raw);
    let told = triage.told(&plain);
    triage.first_rule(&plain, told).map_or_else(String::new, |rule| rule.about.clone())
}

#[test]
fn every_development_message_is_taken_as_expected() {
    let triage = triage();
    let mut wrong = Vec::new();
    for (expected, messages) in CASES {
        for message in messages.lines() {
            let found = triage.check(message).map_or("none", |notice| notice.category.as_str());
            if found != expected {
                wrong.push(format!("{expected} -> {found}: {message} [{}]", why(&triage, message)));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
