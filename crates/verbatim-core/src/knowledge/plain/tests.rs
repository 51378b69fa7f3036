use super::*;

fn check(text: &str, expected: &[&str]) {
    assert_eq!(show(&blocks(text, 1)), expected, "{text}");
}

#[test]
fn items_nest_by_their_indentation() {
    check(
        "Take care:\n  - one that goes\n    on\n  - two:\n      * deep\n      * deeper\n  - three\n\nEnd.",
        &[
            "p Take care:",
            "- one that goes/on < Take care:",
            "- two: < Take care:",
            "- deep < two:",
            "- deeper < two:",
            "- three < Take care:",
            "p End.",
        ],
    );
    check("Do:\n\n7. a\n\n   More.\n\n8. b\n", &["p Do:", "7. a < Do:", "more More. < Do:", "8. b < Do:"]);
    check(
        "It was the dose\n- a high one - that\nhelped.",
        &["p It was the dose/- a high one - that/helped."],
    );
}

#[test]
fn keys_terms_and_questions() {
    check(
        "Text.\n\nDose:   5 mg\nUse:    at night,\n        always",
        &["p Text.", "term Dose: 5 mg", "term Use: at night,/always"],
    );
    check(
        "Text.\n\nRash\n    Stop it.\n\n    Ring us.\n\nEnd.",
        &["p Text.", "term Rash: Stop it./Ring us.", "p End."],
    );
    check(
        "Q: Why\n   so?\nA: It is.\n   Yes.\n\n   More.\n\nEnd.",
        &["? Why/so?", "p It is./Yes. < Why/so?", "p More. < Why/so?", "p End."],
    );
}

#[test]
fn values_after_leaders_are_no_contents() {
    check(
        "Results\n=======\n\npH ............ 7.4\nDose .......... 3 mg\nSodium ........ 140\nPotassium ..... 4\n\nEnd.",
        &["h1 Results", "term pH: 7.4", "term Dose: 3 mg", "term Sodium: 140", "term Potassium: 4", "p End."],
    );
}

#[test]
fn lines_like_page_numbers_can_be_content() {
    check(
        "A kit.\n\n1 of 2\n\nThe first box.\n\n2 of 2\n\nThe second box.",
        &["p A kit.", "p 1 of 2", "p The first box.", "p 2 of 2", "p The second box."],
    );
    let around = "One.\n\nTwo.\n\nThree.\n\nFour.\n\n";
    let text = format!(
        "{around}You find the address of the clinic nearest to you on\nPage 1 of 2\nof the leaflet.\n\n{around}End."
    );
    let shown = show(&blocks(&text, 1));
    assert!(
        shown.contains(
            &"p You find the address of the clinic nearest to you on/Page 1 of 2/of the leaflet.".to_owned()
        ),
        "{shown:?}"
    );
    // A bare number at the foot of only one page.
    check(
        "One is here.\n\u{c}Doses a day:\n\n4\n\u{c}Two is here.",
        &["p One is here.", "p Doses a day:", "p 4", "p Two is here."],
    );
}

#[test]
fn literature_and_contents() {
    check(
        "Title\n\nText.\n\nREFERENCES\n\n[1]  A B. On c.\n     J. 2014.\n[2]  D. 2015.",
        &["h1 Title", "p Text.", "h2 REFERENCES", "ref 1 A B. On c./J. 2014.", "ref 2 D. 2015."],
    );
    check(
        "TITLE\n\n1. One ....... 3\n2. Two ....... 4\n\n1. One\n\nText.\n\n2. Two\n\nMore.",
        &[
            "h1 TITLE",
            "x 1. One ....... 3",
            "x 2. Two ....... 4",
            "h2 1. One",
            "p Text.",
            "h2 2. Two",
            "p More.",
        ],
    );
}

#[test]
fn lists_without_marks() {
    check(
        "Text.\n\nBring:\nyour card\na pen\nLeave at home:\nall rings\nyour watch",
        &[
            "p Text.",
            "p Bring:",
            "- your card < Bring:",
            "- a pen < Bring:",
            "p Leave at home:",
            "- all rings < Leave at home:",
            "- your watch < Leave at home:",
        ],
    );
    check(
        "Text.\n\nWe say:\nit is a line that goes on\nwith another.",
        &["p Text.", "p We say:/it is a line that goes on/with another."],
    );
}

#[test]
fn titles_stand_under_letterheads_and_keys() {
    check(
        "Our Ref: 5\nDate:    2 May\n\nONE TITLE\n\nText goes here.",
        &["term Our Ref: 5", "term Date: 2 May", "h1 ONE TITLE", "p Text goes here."],
    );
    check(
        "SOME BOARD\n\nThe title\n---------\n\nText goes here.",
        &["x SOME BOARD", "h1 The title", "p Text goes here."],
    );
    check(
        "Title\n\nDated text.\n\n* * *\n\nNotes on it\n\n1. One.\n2. Two.",
        &["h1 Title", "p Dated text.", "h2 Notes on it", "1. One.", "2. Two."],
    );
}

#[test]
fn numbered_headings_over_their_text() {
    check(
        "MINUTES OF US\n\n1. Old things\nAll was agreed.\n\n2. New things\n2.1 Deep\nNothing was said.",
        &[
            "h1 MINUTES OF US",
            "h2 1. Old things",
            "p All was agreed.",
            "h2 2. New things",
            "h3 2.1 Deep",
            "p Nothing was said.",
        ],
    );
    check(
        "Title\n\nWords\n\n   Text is in here.\n\n1.  One\n\n   Text is here.\n\n2.  Two\n\n   More is here.",
        &[
            "h1 Title",
            "h2 Words",
            "p Text is in here.",
            "h2 1.  One",
            "p Text is here.",
            "h2 2.  Two",
            "p More is here.",
        ],
    );
}

#[test]
fn lines_that_were_ended_on_purpose() {
    check(
        "Title\n\nIt is a long line of a paragraph, and these go well with it and others:\n\n  one + two\n  one + three\n\nYours truly\nThe team",
        &[
            "h1 Title",
            "p It is a long line of a paragraph, and these go well with it and others:",
            "- one + two < It is a long line of a paragraph, and these go well with it and others:",
            "- one + three < It is a long line of a paragraph, and these go well with it and others:",
            "p Yours truly",
            "p The team",
        ],
    );
    check(
        "Title\n\nMay I swim?\nYes. Go on.\n\nMay I run?\nNo.\n\na.c.   at noon\nh.s.   at night\nx.y.   never",
        &[
            "h1 Title",
            "? May I swim?",
            "p Yes. Go on. < May I swim?",
            "? May I run?",
            "p No. < May I run?",
            "term a.c.: at noon",
            "term h.s.: at night",
            "term x.y.: never",
        ],
    );
    check(
        "Hi\n\nOn Monday he wrote:\n> It is late.\n> Go.",
        &["h1 Hi", "p On Monday he wrote:", "p It is late.", "p Go."],
    );
}

#[test]
fn the_first_line_that_is_set_off_is_the_title() {
    check(
        "MEASLES\n\nIt is catching.\n\nSIGNS\n\nA rash.\n\nCARE\n\nRest.",
        &["h1 MEASLES", "p It is catching.", "h2 SIGNS", "p A rash.", "h2 CARE", "p Rest."],
    );
    check(
        "A Board                 Sheet 4\n\nTHE DOSES\n\nText.\n\nA. ONE\n\nText.\n\nB. TWO\n\nText.",
        &[
            "x A Board                 Sheet 4",
            "h1 THE DOSES",
            "p Text.",
            "h2 A. ONE",
            "p Text.",
            "h2 B. TWO",
            "p Text.",
        ],
    );
    check(
        "        THE LETTER\n     Paper of us all\n\nThe story\n=========\n\nText.\n\nOne\n---\n\nText.",
        &["x THE LETTER", "x Paper of us all", "h1 The story", "p Text.", "h2 One", "p Text."],
    );
    check(
        "Pills: what to ask\nThe clinic, Room 2\n\nText.",
        &["h1 Pills: what to ask", "p The clinic, Room 2", "p Text."],
    );
    check(
        "THE CARE OF A\nBROKEN ARM\n\nText.\n\n1. What to do and\n   what not\n\nText.",
        &["h1 THE CARE OF A BROKEN ARM", "p Text.", "h2 1. What to do and what not", "p Text."],
    );
    check("It is a sentence.\n\nEnd.", &["p It is a sentence.", "p End."]);
}

#[test]
fn weak_headings_stand_under_strong_ones() {
    check(
        "Title\n\nDO IT\n\nAt home\n\nRest.\n\nAt work\n- sit\n- stand\n\nLAST\n\nText.",
        &[
            "h1 Title",
            "h2 DO IT",
            "h3 At home",
            "p Rest.",
            "h3 At work",
            "- sit",
            "- stand",
            "h2 LAST",
            "p Text.",
        ],
    );
    check(
        "Title\n\n1 One\n\nText.\n\n1.1 Deep\n\nText.\n\n2 Two\n\n### Note ###\n\nText.",
        &["h1 Title", "h2 1 One", "p Text.", "h3 1.1 Deep", "p Text.", "h2 2 Two", "h3 Note", "p Text."],
    );
    check(
        "Title\n\nPain:\n\nIt is dull.\n\nCare\n\nRest.",
        &["h1 Title", "h2 Pain:", "p It is dull.", "h2 Care", "p Rest."],
    );
}

#[test]
fn questions_that_stand_alone() {
    check(
        "Title\n\n1. May I eat?\n\nYes.\n\nMore.\n\n2. May I run? I am old.\n\nNo.",
        &[
            "h1 Title",
            "? May I eat?",
            "p Yes. < May I eat?",
            "p More. < May I eat?",
            "? May I run? I am old.",
            "p No. < May I run? I am old.",
        ],
    );
    check(
        "Title\n\nWHY ME?\n\nSo.\n\nWHERE?\n\nHere.",
        &["h1 Title", "h2 WHY ME?", "p So.", "h2 WHERE?", "p Here."],
    );
}

#[test]
fn tables_with_tabs_and_their_notes() {
    check(
        "Title\n\nDoses by age\nAge\tDose\tWhen\nold\t5 mg**\t\n\nLeft:\n\tone:\ta\n\ttwo:\tb\n\nNotes\n¹ Once.\n** Off label.",
        &[
            "h1 Title",
            "caption Doses by age",
            "head Age | Dose | When < Doses by age",
            "row old | 5 mg** | < head",
        ]
        .map(|line| line.replace("< head", "< Age | Dose | When"))
        .iter()
        .map(String::as_str)
        .chain([
            "p Left:",
            "term one: a < Left:",
            "term two: b < Left:",
            "h2 Notes",
            "note Once.",
            "note Off label.",
        ])
        .collect::<Vec<_>>(),
    );
}

#[test]
fn what_is_around_the_text_is_furniture() {
    check(
        "Our site\nSkip to content\n\nPills\n\nText.\n\nShare this page\nEmail\n\nForm 5     1/1",
        &[
            "x Our site",
            "x Skip to content",
            "h1 Pills",
            "p Text.",
            "x Share this page",
            "x Email",
            "x Form 5     1/1",
        ],
    );
    check(
        "PRESS RELEASE\n\nA pill is recalled\n\nText.\n\nENDS\n\nMore.",
        &["x PRESS RELEASE", "h1 A pill is recalled", "p Text.", "x ENDS", "p More."],
    );
}

#[test]
fn no_input_breaks_it() {
    for text in [
        "",
        "\u{c}\u{c}",
        "---",
        ">>>>",
        "- ",
        "|\n|",
        "a\n---\n",
        "Q:",
        "\t\t-\tx",
        "[1]",
        "1.\n2.",
        ": : :",
    ] {
        let _ = blocks(text, 1);
    }
}

#[test]
fn warnings_boxes_and_lists_without_marks() {
    check(
        "Text.\n\n    *** WARNING ***\n    Do not. Ever.\n\nMore.",
        &["p Text.", "! WARNING", "p Do not. Ever. < WARNING", "p More."],
    );
    check(
        "Text.\n\n*******\n* Do  *\n* not *\n*******\n\n!!  Do not\n!!  stop.",
        &["p Text.", "p Do/not", "p Do not/stop."],
    );
    check(
        "Text.\n\nCommon (may affect up to 1 in 10 people)\n   headache\n   feeling sick\n\nMore.",
        &[
            "p Text.",
            "p Common (may affect up to 1 in 10 people)",
            "- headache < Common (may affect up to 1 in 10 people)",
            "- feeling sick < Common (may affect up to 1 in 10 people)",
            "p More.",
        ],
    );
    check(
        "Any of these:\n\n - a    - b\n - c    - d\n",
        &[
            "p Any of these:",
            "- a < Any of these:",
            "- b < Any of these:",
            "- c < Any of these:",
            "- d < Any of these:",
        ],
    );
}

#[test]
fn sections_are_found_by_the_contents_and_by_their_numbers() {
    check(
        "Leaflet\n\n1. One thing ..... 1\n2. Two things .... 2\n1. One thing\nText is here.\n1.1 Inside\nMore.\n2. Two things\nEnd.",
        &[
            "h1 Leaflet",
            "x 1. One thing ..... 1",
            "x 2. Two things .... 2",
            "h2 1. One thing",
            "p Text is here.",
            "h3 1.1 Inside",
            "p More.",
            "h2 2. Two things",
            "p End.",
        ],
    );
    check(
        "Title\n\n1 One\n\nText.\n\n2 Two\n\n2.1 First\n\n   a) one\n   b) two\n\n== STORAGE ======\n\nText.",
        &[
            "h1 Title",
            "h2 1 One",
            "p Text.",
            "h2 2 Two",
            "h3 2.1 First",
            "a) one",
            "b) two",
            "h3 STORAGE",
            "p Text.",
        ],
    );
}

#[test]
fn each_line_of_an_export_is_a_paragraph() {
    let long = format!("Word {}.", "word ".repeat(40).trim());
    check(
        &format!("Title\n{long}\nHeading one\n{long}\nHeading two\n{long}\n•\tone\n•\ttwo\n{long}\n"),
        &[
            "h1 Title",
            &format!("p {long}"),
            "h2 Heading one",
            &format!("p {long}"),
            "h2 Heading two",
            &format!("p {long}"),
            "- one",
            "- two",
            &format!("p {long}"),
        ],
    );
}
