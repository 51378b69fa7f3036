use super::*;

/// The blocks of a text, one per line: a symbol for the kind, the text, and the lead-in.
fn shown(text: &str) -> Vec<String> {
    crate::knowledge::plain::show(&blocks(text, 1))
}

fn check(text: &str, expected: &[&str]) {
    assert_eq!(shown(text), expected, "{text}");
}

#[test]
fn callouts_and_alerts() {
    check("> [!note]- A title\n> Text.\n\nEnd.", &["! A title", "p Text. < A title", "p End."]);
    check("> [!WARNING]\n> Text.", &["! Warning", "p Text. < Warning"]);
    check("!!! tip \"\"\n    Text.\n\nEnd.", &["p Text.", "p End."]);
    check("> **Take care**\n> Text.", &["! Take care", "p Text. < Take care"]);
    check("> **Never stop.**", &["p Never stop."]);
}

#[test]
fn notes_terms_and_questions() {
    check("A.[^b] C.[^a]\n\n[^a]: D.\n[^b]: E.", &["p A.¹ C.²", "note D.", "note E."]);
    check("Term\n:   One. Two.\n", &["term Term: One. Two."]);
    check(
        "**Why?**\nSo.\n\nMore.\n\n# H\n\nT.",
        &["? Why?", "p So. < Why?", "p More. < Why?", "h1 H", "p T."],
    );
    check("Q: Why?\nA: So.", &["? Why?", "p So. < Why?"]);
    check(
        "<details>\n<summary>Why?</summary>\n\nSo.\n\n</details>\n\nEnd.",
        &["? Why?", "p So. < Why?", "p End."],
    );
}

#[test]
fn furniture() {
    check(
        "[A](/a) · [B](/b)\n\n# T\n\n- [C](#c)\n\n## C\n\nText [d](#d).",
        &["x A · B", "h1 T", "x C", "h2 C", "p Text d."],
    );
    check("Text.\n\n- [C](https://c.org)", &["p Text.", "- C"]);
}

#[test]
fn unseen_words_stay_out() {
    check("A ~~b~~ <del>c</del> <!-- d -->e 10<sup>9</sup>/L.", &["p A   e 10⁹/L."]);
    check("<div hidden>\n\nA.\n\n</div>\n\nB.", &["p B."]);
    check("Take 5~10 or 20~30 mg.", &["p Take 5~10 or 20~30 mg."]);
    check("nee\u{ad}dle [[a|b]] ![c](d).", &["p needle b ."]);
}

#[test]
fn items_keep_their_letters_and_count() {
    check("a. One.\nb. Two.\n\n> (a) x\n> (b) y", &["a. One.", "b. Two.", "(a) x", "(b) y"]);
    check("1. One.\n1. Two.\n   - In.\n1. Three.", &["1. One.", "2. Two.", "- In. < Two.", "3. Three."]);
    check("(@) One.\n\n(@) Two.", &["1. One.", "2. Two."]);
    check("3. One.\n5. Two.", &["3. One.", "5. Two."]);
    check("!!! note\n    a) One.\n    b) Two.", &["! Note", "a) One. < Note", "b) Two. < Note"]);
}

#[test]
fn paragraphs_in_a_part_that_can_be_pressed() {
    check(
        "A.\n\n<div role=button aria-expanded=false>\n\nB.\n\nC.\n\n</div>\n\nD.",
        &["p A.", "p B.", "p C.", "p D."],
    );
}

#[test]
fn literature() {
    check(
        "# T\n\nA.\n\n## References\n\n1. B. C.\n2. D.",
        &["h1 T", "p A.", "h2 References", "ref 1 B. C.", "ref 2 D."],
    );
}

#[test]
fn no_input_breaks_it() {
    for text in [
        "",
        "<",
        "<!--",
        "> [!",
        "!!!",
        "---\n---",
        "{",
        "%%",
        "|\n|-|",
        "[^a]: ",
        ":::",
        "<p hidden",
        "**?**",
    ] {
        let _ = blocks(text, 1);
    }
}
