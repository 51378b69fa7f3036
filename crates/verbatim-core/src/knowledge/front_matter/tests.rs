use super::*;

fn problems(toml: &str) -> Vec<String> {
    parse("s.md", toml, 2).1.iter().map(ToString::to_string).collect()
}

fn check(toml: &str, expected: &str) {
    assert_eq!(problems(&format!("title = \"T\"\n{toml}")), [expected]);
}

#[test]
fn everything_in_order() {
    let toml = "title = \" T \"\npublisher = \"\"\nurl = \"https://a.b/c?d=(e)\"\nlicence = \"CC BY-SA\"\n\
        published = \"2023\"\nretrieved = 2023-04-05\nkind = \"leaflet\"\n";
    let (found, problems) = parse("s.md", toml, 2);
    assert_eq!(problems, []);
    let some = |words: &str| Some(words.to_owned());
    assert_eq!(
        found,
        SourceMetadata {
            title: "T".to_owned(),
            publisher: None,
            url: some("https://a.b/c?d=(e)"),
            licence: some("CC BY-SA"),
            published: some("2023"),
            retrieved: some("2023-04-05"),
            kind: some("leaflet"),
        }
    );
}

#[test]
fn the_text_begins_behind_the_second_fence() {
    let parts = split("+++\r\ntitle = \"T\"\n+++\n\nText\n+++\n");
    assert_eq!(parts.front_matter, Some((Notation::Toml, "title = \"T\"\n")));
    assert_eq!((parts.body, parts.body_line), ("\nText\n+++\n", 4));
    assert_eq!(split("Text\n+++\n").front_matter, None);
    assert!(split("+++\ntitle").unclosed && split("+++").unclosed);
    assert_eq!(split("+++\n+++").front_matter, Some((Notation::Toml, "")));
}

#[test]
fn wrong_keys_and_types_are_named() {
    check("license = \"MIT\"", "s.md:3: There is no front matter key `license`. Did you mean `licence`?");
    check(
        "weather = \"dry\"",
        "s.md:3: There is no front matter key `weather`. \
         Known keys: title, publisher, url, licence, published, retrieved, kind.",
    );
    check(
        "published = 2023",
        "s.md:3: `published` is of type integer, but must be a string. \
         Put it in quotation marks: `published = \"…\"`.",
    );
    check(
        "\nkind = [\"a\"]",
        "s.md:4: `kind` is of type array, but must be a string. Put it in quotation marks: `kind = \"…\"`.",
    );
}

#[test]
fn wrong_values_are_told_and_left_out() {
    let url = "`url` is not a web address. \
        Write the full address, beginning with https:// or http://, or leave it empty.";
    for wrong in
        ["mdwiki.org", "ftp://a.b", "https://", "https://a b.c", "javascript:alert(1)", "https://a.b/<c>"]
    {
        check(&format!("url = \"{wrong}\""), &format!("s.md:3: {url}"));
    }
    let date = "`published` is not a valid date. \
        Write it as \"2023-04-05\", \"2023-04\" or \"2023\", or leave it empty.";
    for wrong in
        ["2023-02-29", "2023-13", "23", "2023-4-5", "5 April 2023", "2023-04-05-06", "+202", "２０２３"]
    {
        check(&format!("published = \"{wrong}\""), &format!("s.md:3: {date}"));
    }
    check("published = 2023-04-05T10:00:00", &format!("s.md:3: {date}"));
    check(
        &format!("kind = \"{}\"", "x".repeat(201)),
        "s.md:3: `kind` has 201 characters; at most 200 are allowed. Shorten it.",
    );
    check(
        "kind = \"a\\nb\"",
        "s.md:3: `kind` contains a line break or another control character. Write it on one line.",
    );
}

#[test]
fn dates_are_compared_as_far_as_they_are_known() {
    assert_eq!(
        problems("title = \"T\"\npublished = \"2023-04-05\"\nretrieved = \"2023\""),
        Vec::<String>::new()
    );
    check(
        "published = \"2023-04-05\"\nretrieved = \"2023-03\"",
        "s.md:4: The publication date is later than the date on which the source was retrieved. Correct one of the two dates.",
    );
}

#[test]
fn a_title_is_wanted() {
    let told = "The source has no title. Add `title = \"…\"` with the document's title.";
    assert_eq!(problems("kind = \"a\""), [format!("s.md:2: {told}")]);
    assert_eq!(problems("\ntitle = \" \""), [format!("s.md:3: {told}")]);
}

#[test]
fn broken_toml_names_its_line() {
    let found = parse("s.md", "title = \"T\"\nkind: leaflet\n", 2);
    assert_eq!(found.0, SourceMetadata::default());
    assert_eq!(found.1[0].line, Some(3), "{:?}", found.1);
}

#[test]
fn a_hundred_thousand_unknown_keys_give_a_short_list() {
    let toml: String = (0..100_000).map(|number| format!("k{number} = 1\n")).collect();
    let (_, problems) = parse("a.md", &toml, 2);
    // Twenty keys, the number of further keys, and the missing title.
    assert_eq!(problems.len(), 22);
    assert_eq!(problems[20].what, "The front matter has 99980 more unknown keys.");
    assert_eq!(problems[20].line, Some(22));
}

#[test]
fn front_matter_of_other_tools() {
    let parts = split("---\ntitle: A\ntags: [x, y]\npublished: 2024\nlayout: page\n---\n\nText\n");
    let (notation, text) = parts.front_matter.expect("it is YAML");
    assert_eq!((notation, parts.body, parts.body_line), (Notation::Yaml, "\nText\n", 7));
    let (found, problems) = read("s.md", notation, text);
    assert_eq!(problems, []);
    assert_eq!((found.title.as_str(), found.published.as_deref()), ("A", Some("2024")));
    let parts = split("{\n \"title\": \"B\",\n \"a\": {\"b\": 1}\n}\n\nText");
    let (notation, text) = parts.front_matter.expect("it is JSON");
    assert_eq!((notation, parts.body_line), (Notation::Json, 5));
    assert_eq!(read("s.md", notation, text).0.title, "B");
    for rule in ["---\n\nText without end", "---\nA sentence.\n---\nText", "{ a brace }\n\nText", "***\nText"]
    {
        assert_eq!(split(rule).front_matter, None, "{rule}");
    }
}

#[test]
fn front_matter_that_cannot_be_read_is_told() {
    let told = |text: &str| {
        read("s.md", Notation::Yaml, text).1.iter().map(|problem| problem.what.clone()).collect::<Vec<_>>()
    };
    assert!(
        told("title: [a").first().is_some_and(|what| what.starts_with("The front matter cannot be read"))
    );
    assert_eq!(told("layout: page"), ["The source has no title."]);
}
