use proptest::prelude::*;

use super::*;
use crate::render::tests::show;

fn seen(markup: &Markup) -> String {
    let shown = show(markup.as_str());
    assert_eq!(shown.surprises, [""; 0], "{}", markup.as_str());
    shown.text
}

/// Everything that Discord reads as markup, and text that only looks like markup.
const NASTY: &[&str] = &[
    "*a* **b** ***c***",
    "_a_ __b__ snake_case_word",
    "~~a~~ ~5 mg",
    "`a` ``b`` ```c```",
    "||a||",
    "> a\n>>> b",
    "# a\n## b\n-# c",
    "- a\n* b\n+ c\n  - d",
    "1. a\n23) b\n 4.5 mg\n٣. c",
    "[a](https://evil.example) [a] (b)",
    "[a]: https://evil.example",
    "<https://evil.example> https://evil.example http://a_b_c.example/*x*",
    "<@123> <@!123> <@&123> <#123> </ldn ask:123> <id:customize>",
    "<:ldn:123> <a:ldn:123> :tada: 1:100:5 10:30",
    "<t:1700000000:R>",
    "@everyone @here a@b.example",
    "discord.gg/abc https://discord.gg/abc",
    "\\ \\* \\\\ ¯\\_(ツ)_/¯ C:\\a",
    "a\u{301}* x\u{302}_ 👩‍👩‍👧 🇬🇧 *️⃣ #️⃣",
    "שלום *עולם* \u{202e}abc_\u{202c}",
];

#[test]
fn a_text_shows_letter_for_letter() {
    for text in NASTY {
        assert_eq!(seen(&Markup::text(text)), isolated(text));
    }
    insta::assert_snapshot!(
        Markup::text("- 1. See [NHS](https://nhs.uk) <@1> :x: 4.5 mg (about 1/10th) a_b - c").as_str(),
        @r"\- 1. See \[NHS\]\(https\://nhs.uk) \<\@1\> \:x\: 4.5 mg (about 1/10th) a\_b - c"
    );
}

#[test]
fn what_is_typed_stays_in_its_line() {
    assert_eq!(seen(&Markup::label("a\n\n# b\u{202e}\u{0}\tc")), r"a # b\u{202e}\u{0} c");
}

#[test]
fn a_long_line_is_cut_between_words_and_its_markup_ends() {
    let page = Address::new("https://a.org/a%20b").expect("an address");
    let line = Markup::text("Read: 2 ")
        .and(&Markup::bold("long words"))
        .and(&Markup::own(" of "))
        .and(&Markup::link("the page", 80, &page));
    let cut = |most| line.cut(most).as_str().to_owned();
    assert_eq!(cut(line.units()), line.as_str());
    assert_eq!(cut(line.units() - 1), r"Read\: 2 **long words** of…");
    assert_eq!(cut(21), r"Read\: 2 **long…**");
    assert_eq!(cut(8), r"Read\:…");
    assert_eq!(Markup::text("aaaaaaaa").cut(4).as_str(), "aaa…");
    for most in 1..line.units() {
        assert!(line.cut(most).units() <= most);
        seen(&line.cut(most));
    }
}

proptest! {
    #[test]
    fn a_cut_text_shows_a_beginning(text in "[a-z *_<>`:א\\[\\]\\\\]{0,60}", most in 1usize..80) {
        let whole = Markup::text(&text);
        let cut = whole.cut(most);
        prop_assert!(cut.units() <= most);
        let bare = |text: &str| text.replace(['\u{2068}', '\u{2069}', '…'], "");
        prop_assert!(bare(&isolated(&text)).starts_with(bare(&seen(&cut)).trim_end()));
    }
}

#[test]
fn bold_keeps_characters_whole() {
    let text = "naïve cafe\u{301} 4.5 mg";
    let span = |part: &str| {
        let at = text.find(part).expect("a part");
        Span::new(at, at + part.len())
    };
    let markup = Markup::emphasised(text, &[span("cafe"), span("4.5 mg")]);
    assert_eq!(markup.as_str(), "naïve **cafe\u{301}** **4.5 mg**");
    assert_eq!(show(markup.as_str()).bold, ["cafe\u{301}", "4.5 mg"]);
}

#[test]
fn names_that_upset_a_link_stand_beside_it() {
    let address = Address::new("https://a.org/x_(y)").expect("an address");
    let link = |label: &str| Markup::link(label, 80, &address).as_str().to_owned();
    insta::assert_snapshot!(link("Low-dose *x*"), @r"[Low-dose \*x\*](https://a.org/x_%28y%29)");
    insta::assert_snapshot!(link("A \u{202e}weiver"), @r"A \\u{202e}weiver ([source](https://a.org/x_%28y%29))");
    insta::assert_snapshot!(link("A [review]"), @r"A \[review\] ([source](https://a.org/x_%28y%29))");
    insta::assert_snapshot!(link("https://b.org"), @r"https\://b.org ([source](https://a.org/x_%28y%29))");
}

#[test]
fn a_short_text_ends_between_words() {
    insta::assert_snapshot!(Markup::short("one two three four", 12).as_str(), @"one two…");
    insta::assert_snapshot!(Markup::short("****************", 9).as_str(), @r"\*\*\*\*…");
    assert_eq!(Markup::short("👩‍👩‍👧👩‍👩‍👧", 9).as_str(), "👩‍👩‍👧…");
    assert_eq!(Markup::short("abc", 0).as_str(), "");
    assert_eq!(plain("a *b*\nc", 80), "a *b* c");
    assert_eq!(units(&plain(&"é".repeat(200), 80)), 80);
}

fn nasty() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(NASTY).prop_map(str::to_owned),
        "[-*_~`|<>#\\[\\]()@:\\\\.+0-9 \n]{0,12}",
        "\\PC{0,8}",
    ];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, rng_seed: proptest::test_runner::RngSeed::Fixed(7), ..ProptestConfig::default() })]

    #[test]
    fn any_text_shows_letter_for_letter(text in nasty(), at in any::<prop::sample::Index>()) {
        prop_assert_eq!(seen(&Markup::text(&text)), isolated(&text));
        prop_assert_eq!(seen(&Markup::label(&text)), crate::text::controls::label(&text));
        // The same with a part in bold, wherever it begins and ends.
        let line = text.replace('\n', " ");
        let ends: Vec<usize> = line.char_indices().map(|(at, _)| at).chain([line.len()]).collect();
        let start = at.index(ends.len());
        let span = Span::new(ends[start], ends[(start + 5).min(ends.len() - 1)]);
        prop_assert_eq!(seen(&Markup::emphasised(&line, &[span])), isolated(&line));
    }

    #[test]
    fn a_short_text_is_a_beginning(text in nasty(), most in 1usize..60) {
        let short = Markup::short(&text, most);
        prop_assert!(short.units() <= most);
        let shown = seen(&short);
        // Ignores the isolates and compares the visible letters.
        let shown = shown.replace(['\u{2068}', '\u{2069}'], "");
        prop_assert!(visible(&text).starts_with(shown.trim_end_matches('…')), "{}", shown);
    }

    #[test]
    fn a_link_is_one_link(label in nasty()) {
        let address = Address::new("https://a.org/b").expect("an address");
        let shown = show(Markup::link(&label.replace('\n', " "), 200, &address).as_str());
        prop_assert_eq!(shown.surprises, [""; 0]);
        prop_assert_eq!(shown.links.len(), 1);
    }

    #[test]
    fn code_ends_where_it_should(id in nasty()) {
        let shown = show(Markup::code(&id).as_str());
        prop_assert_eq!(shown.surprises, [""; 0]);
    }
}
