use proptest::prelude::*;

use super::*;

/// Checks that `parts`, joined by spaces, are divided into the same parts again.
fn check(parts: &[&str]) {
    let text = parts.join(" ");
    let found: Vec<&str> = sentences(&text).iter().map(|span| span.of(&text)).collect();
    assert_eq!(found, parts);
}

#[test]
fn ordinary_sentences() {
    check(&["It is safe.", "Is it?", "It is!", "Not yet"]);
    check(&["Reported since the mid-1980s.", "The dose is 3.0 mg.", "Over 0.2% took 4.5mg; most did not."]);
    check(&["The side effect is vivid dreams, As a side effect, vivid dreams develop."]);
    check(&["12 patients took part in 2014.", "9 left."]);
    check(&["Does it work? ", "yes"].map(str::trim));
    assert!(sentences("").is_empty());
    assert!(sentences(" \n\u{a0} ").is_empty());
}

#[test]
fn citation_markers_belong_to_the_sentence_before() {
    check(&["Evidence is lacking.[1][2]", "It was found.[3]", "Next."]);
    check(&["Not approved in the UK, EU and USA.[citation needed]", "It is."]);
    check(&["They \"prescribed it in Norway.\"[12]", "So."]);
    check(&["Evidence is lacking. [1] [2]", "It was. [citation needed]", "End."]);
    check(&["It stops pain;[5] it may also help.[4]", "Yes."]);
    check(&["Evidence is lacking.12", "Naltrexone helps.3,4", "End."]);
    check(&["Evidence is lacking.¹²", "It is."]);
    check(&["It said \"...trials are needed on [low-dose naltrexone].\"[5]", "So."]);
}

#[test]
fn abbreviations_do_not_end_a_sentence() {
    check(&["Advanced by Dr. Ian Zagon and Prof. J. R. Smith, St. Mary's."]);
    check(&["Opioids, e.g. Morphine, i.e. Strong ones, cf. Fig. 2, vs. Placebo, approx. 5 mg, ca. 1990."]);
    check(&["See No. 5 of Jan. 2014, p. 3, vol. 2.", "No.", "The end."]);
    check(&["Pain, fever, etc. were seen.", "Pain, fever, etc.", "Others were not."]);
    check(&[
        "As Younger et al. (2014) and Smith et al. Journal of Pain say.",
        "By Smith et al.",
        "The dose is low.",
    ]);
    check(&["E. coli and C. difficile were found by J. Smith and C. P. Jones.", "They died."]);
    check(&["Take vitamin D.", "Naltrexone is not hepatitis C.", "Patients with MS.", "The end."]);
    check(&["It lowers TNF-A.", "Naltrexone helps J.-P. Sartre and St. John's wort."]);
    check(&[
        "The U.S. Food and Drug Administration acts in the U.S.",
        "It is.",
        "Take it b.i.d.",
        "Naltrexone at night.",
    ]);
    check(&["IV. Results of A. Smith.", "B. The rest."]);
    check(&["1. Start with 1.5 mg.", "2. Go on."]);
}

#[test]
fn stops_inside_words_and_names_do_not_count() {
    check(&["See https://doi.org/10.1002/pds.4110 or doi:10.1002/pds.4110.", "Or example.org."]);
    check(&["It is in 24 (10). doi follows.", "\"...trials are necessary"].map(str::trim));
    check(&["It ended... and began.", "It ended…", "Then it began."]);
}

#[test]
fn brackets_and_quotations_are_kept_whole() {
    check(&["It works (see Smith. Also Jones) in mice.", "(This is one. This is two.)", "End."]);
    check(&["They say “It cures all. It is safe.” without proof.", "It is not."]);
    check(&["They say \"It cures all. It is safe.\"", "It is not."]);
    check(&["\"What is it?\" he asked.", "Nothing (!) at all."]);
    let long = format!("({} It was. It is.)", "word ".repeat(100));
    assert_eq!(sentences(&long).len(), 2);
}

#[test]
fn lower_case_names_begin_sentences() {
    check(&["It blocks receptors.", "mRNA falls.", "eGFR rises.", "β-endorphin rises."]);
    check(&["It blocks receptors. and then it goes on."]);
}

#[test]
fn other_scripts() {
    assert_eq!(sentences("低用量。有効？「はい。とても。」と言った。終").len(), 4);
    check(&["ما هو؟", "هذا دواء.", "نعم."]);
    check(&["यह दवा है।", "हाँ।"]);
    check(&["Это лекарство.", "Оно помогает."]);
}

#[test]
#[allow(clippy::disallowed_methods, reason = "the test measures time")]
fn long_texts_take_no_longer_than_their_length() {
    let started = std::time::Instant::now();
    for unit in [
        "a", ".", ". ", "a. ", "(", ".)", ".[a]", "a.[1] ", "a.[?", "\"a. ", "a (b. ", "J. ", "。", "a . ",
        ". (",
    ] {
        let text = unit.repeat(500_000 / unit.len());
        assert!(sentences(&text).len() <= text.len());
    }
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}

proptest! {
    #[test]
    fn spans_cover_every_character_once(text in "[ \n.!?。…\"“”()\\[\\]a-cA-C1-3é]{0,120}|\\PC{0,80}") {
        let spans = sentences(&text);
        let mut from = 0;
        for span in &spans {
            prop_assert!(span.start as usize >= from);
            prop_assert!(text[from..span.start as usize].trim().is_empty());
            prop_assert_eq!(span.of(&text).trim(), span.of(&text));
            prop_assert!(!span.is_empty());
            from = span.end as usize;
        }
        prop_assert!(text[from..].trim().is_empty());
    }
}
