use super::*;
use crate::knowledge::base;

fn lexicon() -> Lexicon {
    let knowledge = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../knowledge");
    Lexicon::new(base::medical(&knowledge).expect("the shipped vocabulary"))
}

/// Whether two sentences of different sources contradict each other on the facet `facet`, in a base about naltrexone,
/// low-dose naltrexone and melatonin.
fn differ_on(lexicon: &Lexicon, facet: &str, one: &str, other: &str) -> bool {
    let subject: Vec<u32> = ["naltrexone", "low-dose-naltrexone", "melatonin"]
        .iter()
        .map(|id| lexicon.concept(id).expect("a concept"))
        .collect();
    let at = lexicon.facets().iter().position(|known| known.id == facet).expect("a facet");
    let question = Question { facets: vec![at as u32], ..Question::default() };
    let asked = Asked { lexicon, question: &question, facet: at as u32, subject: &subject };
    let mut reader = Reader::new(lexicon, &subject);
    let mut read = |text: &str| vec![reader.read(text, &[], &["Naltrexone"])];
    let (one, other) = (read(one), read(other));
    let differ = asked.sources_differ(&one, &other);
    assert_eq!(differ, asked.sources_differ(&other, &one), "the order makes no difference");
    differ
}

#[test]
fn sources_that_cannot_both_be_right() {
    let lexicon = lexicon();
    for (facet, one, other) in [
        (
            "posology",
            "The usual dose of melatonin is 2 mg.",
            "The usual dose of melatonin is 5 mg at bedtime.",
        ),
        ("posology", "The typical dosage is 4.5 mg.", "The usual dose is 1 to 3 mg per day."),
        ("posology", "The maximum dose is 10 mg.", "The maximum dose is 6 mg."),
        (
            "posology",
            "The daily dose for opioid addiction is 50 mg.",
            "The daily dose for opioid addiction is 100 mg.",
        ),
        ("titration", "The starting dose is 0.5 mg.", "The starting dose is 1,500 micrograms."),
        ("onset", "It takes effect after two weeks.", "It takes effect after 3 months."),
        ("pharmacokinetics", "The half-life of naltrexone is 4 hours.", "The half-life is about 13 hours."),
        (
            "frequency-of-effects",
            "Headache occurs in 1 % of people.",
            "Headache occurs in 10 percent of people.",
        ),
        (
            "regulation",
            "Naltrexone was approved by the FDA in 1984.",
            "Naltrexone was approved by the FDA in 1994.",
        ),
        ("regulation", "It is licensed in the UK.", "It is not licensed or approved in the UK, EU and USA."),
        ("regulation", "It is approved for fibromyalgia.", "It is unlicensed for fibromyalgia."),
        ("warnings", "It is safe in pregnancy.", "It is not safe in pregnancy."),
        ("warnings", "It is considered safe for drivers.", "It is unsafe for drivers."),
        ("dependence", "It is not addictive.", "It is addictive."),
        ("guidelines", "It is recommended for fibromyalgia.", "It is not recommended for fibromyalgia."),
    ] {
        assert!(differ_on(&lexicon, facet, one, other), "{one} {other}");
    }
}

#[test]
fn sources_that_say_different_things_and_agree() {
    let lexicon = lexicon();
    for (facet, one, other) in [
        // The same, within the stated ranges.
        ("posology", "The usual dose is 4.5 mg.", "The usual dose is 1.5 to 4.5 mg."),
        ("posology", "The usual dose is about 4 mg.", "The usual dose is 4.5 mg."),
        ("posology", "The usual dose is 4.5mg.", "The usual dose is 4500 micrograms."),
        ("onset", "It takes effect after 4 weeks.", "It takes effect after a month, or 1 month exactly."),
        // About another drug, disease, group, place, part or time of day.
        ("posology", "The dose of naltrexone is 50 mg.", "The dose of LDN is 4.5 mg."),
        ("posology", "The daily dose for opioid addiction is 50 mg.", "The daily dose is 4.5 mg."),
        ("posology", "The dose for fibromyalgia is 4.5 mg.", "The dose for Crohn's disease is 3 mg."),
        ("posology", "The dose in children is 1 mg.", "The dose is 4.5 mg."),
        ("posology", "The starting dose is 1.5 mg.", "The usual dose is 4.5 mg."),
        ("posology", "The maximum dose is 10 mg.", "The usual dose is 4.5 mg."),
        ("posology", "The dose in the morning is 1 mg.", "The dose at night is 3 mg."),
        ("posology", "The dose is 2 mg twice a day.", "The dose is 4 mg a day."),
        ("posology", "Each tablet contains 2 mg of melatonin.", "Each tablet contains 5 mg of melatonin."),
        ("posology", "Doses of 100 μg/kg were given.", "Doses of 4.5 mg were given."),
        ("regulation", "It is approved in Norway.", "It is not approved in the UK."),
        (
            "regulation",
            "Naltrexone is approved for opioid addiction.",
            "It is not approved for chronic pain.",
        ),
        (
            "regulation",
            "Naltrexone was approved by the FDA in 1984.",
            "It is not licensed or approved in the UK.",
        ),
        ("regulation", "It was approved by the FDA in 1984.", "It was approved by the EMA in 1995."),
        ("warnings", "It is safe in pregnancy.", "It is not safe in kidney failure."),
        ("warnings", "It has a long history of safe use at large doses.", "It is not safe."),
        // Indefinite, negated, or about one study.
        ("posology", "The usual dose is not 2 mg.", "The usual dose is 5 mg."),
        ("posology", "The dose may be 2 mg.", "The dose is 5 mg."),
        ("posology", "Is the usual dose 2 mg?", "The usual dose is 5 mg."),
        ("posology", "In one trial the dose was 2 mg.", "In another trial the dose was 5 mg."),
        (
            "frequency-of-effects",
            "In 2014, 20 % of all doctors prescribed it.",
            "71 % of the patients improved.",
        ),
        ("warnings", "It might not be safe.", "It is safe."),
        ("warnings", "There is no evidence that it is safe.", "It is safe."),
        ("warnings", "It is not sedating, and it is safe.", "It is safe."),
        ("warnings", "It is not unsafe.", "It is safe."),
        ("warnings", "Keep it in a safe place.", "It is not safe."),
        // Not about the question.
        ("undesirable-effects", "Headache occurs at a dose of 2 mg.", "Headache occurs at a dose of 5 mg."),
        ("storage", "It is safe.", "It is not safe."),
    ] {
        assert!(!differ_on(&lexicon, facet, one, other), "{one} {other}");
    }
}

#[test]
fn what_both_have_in_common_speaks_for_agreement() {
    let lexicon = lexicon();
    let subject = vec![lexicon.concept("naltrexone").expect("a concept")];
    let facet = lexicon.facets().iter().position(|known| known.id == "posology").expect("a facet") as u32;
    let question = Question { facets: vec![facet], ..Question::default() };
    let asked = Asked { lexicon: &lexicon, question: &question, facet, subject: &subject };
    let mut reader = Reader::new(&lexicon, &subject);
    let mut read = |text: &str, headings: &[&str]| reader.read(text, headings, &["Naltrexone"]);
    let one = vec![read("The usual dose is 4.5 mg.", &[]), read("The usual dose is 3 mg.", &[])];
    let other = vec![read("The usual dose is 3 mg.", &[])];
    assert!(!asked.sources_differ(&one, &other), "the two sources share a value");
    let under = vec![read("The usual dose is 4.5 mg.", &["Overdose"])];
    assert!(!asked.sources_differ(&under, &other), "it stands under a heading of another facet");
    let under = vec![read("The usual dose is 4.5 mg.", &["Dosage"])];
    assert!(asked.sources_differ(&under, &other));
    let under = vec![read("The usual dose is 4.5 mg.", &["Dosage in fibromyalgia"])];
    assert!(!asked.sources_differ(&under, &other), "its heading names a disease");
    let pain = lexicon.concept("chronic-pain").expect("a concept");
    let question = Question { facets: vec![facet], concepts: vec![pain], ..Question::default() };
    let asked = Asked { question: &question, ..asked };
    assert!(!asked.sources_differ(&one[..1], &other), "neither names the disease that was asked about");
}
