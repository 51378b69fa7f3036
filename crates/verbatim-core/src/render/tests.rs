//! A small renderer for tests that follows the rules of Discord's client and returns the visible text of markup.
//! Markup that no card uses on purpose is reported as a surprise.

/// The visible result of markup.
#[derive(Debug, Default, PartialEq)]
pub struct Shown {
    /// The text, with lines ended by LF and without quote marks.
    pub text: String,
    /// The lines in a block quote.
    pub quotes: Vec<String>,
    /// The bold parts.
    pub bold: Vec<String>,
    /// Labels and addresses of the links.
    pub links: Vec<(String, String)>,
    /// The parts formatted as code.
    pub code: Vec<String>,
    /// Everything that a card does not use: headings, lists, mentions, emoji, italics, bare addresses …
    pub surprises: Vec<String>,
}

/// Renders `markup`.
pub fn show(markup: &str) -> Shown {
    let mut shown = Shown::default();
    for (number, line) in markup.split('\n').enumerate() {
        if number > 0 {
            shown.text.push('\n');
        }
        let quoted = line.strip_prefix("> ");
        let line = quoted.unwrap_or(line);
        if begins_block(line) {
            shown.surprises.push(format!("block: {line}"));
        }
        let before = shown.text.len();
        inline(line, &mut shown);
        if quoted.is_some() {
            let text = shown.text[before..].to_owned();
            shown.quotes.push(text);
        }
    }
    shown
}

/// Returns whether Discord reads a heading, a list, a quote or small print here.
fn begins_block(line: &str) -> bool {
    let line = line.trim_start();
    let number = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let marks = ["# ", "## ", "### ", "-# ", "- ", "* ", "+ ", "> ", ">>> "];
    marks.iter().any(|mark| line.starts_with(mark))
        || number.len() < line.len() && (number.starts_with(". ") || number.starts_with(") "))
}

fn inline(mut rest: &str, shown: &mut Shown) {
    while let Some(letter) = rest.chars().next() {
        let after = &rest[letter.len_utf8()..];
        let taken = match letter {
            '\\' => escape(after, shown),
            '*' if after.starts_with('*') => bold(after, shown),
            '`' => code(after, shown),
            '[' => link(after, shown),
            '<' => bracketed(after, shown),
            _ => None,
        };
        match taken {
            Some(length) => rest = &after[length..],
            None => {
                if surprising(letter, rest, after) {
                    shown.surprises.push(rest.chars().take(20).collect());
                }
                shown.text.push(letter);
                rest = after;
            }
        }
    }
}

/// Reads `\` and a character that is not a letter, digit or space.
fn escape(after: &str, shown: &mut Shown) -> Option<usize> {
    let letter = after.chars().next().filter(|c| !c.is_ascii_alphanumeric() && !c.is_whitespace())?;
    shown.text.push(letter);
    Some(letter.len_utf8())
}

fn bold(after: &str, shown: &mut Shown) -> Option<usize> {
    let inside = &after[1..];
    let end = unescaped(inside, "**").filter(|&end| end > 0 && !inside[end + 2..].starts_with('*'))?;
    let before = shown.text.len();
    inline(&inside[..end], shown);
    let text = shown.text[before..].to_owned();
    shown.bold.push(text);
    Some(1 + end + 2)
}

fn code(after: &str, shown: &mut Shown) -> Option<usize> {
    let end = after.find('`').filter(|&end| end > 0)?;
    shown.code.push(after[..end].to_owned());
    shown.text.push_str(&after[..end]);
    Some(end + 1)
}

fn link(after: &str, shown: &mut Shown) -> Option<usize> {
    let label = unescaped(after, "](")?;
    // A name that contains brackets is not read as a link.
    if after[..label].contains(['[', ']']) {
        return None;
    }
    let address = &after[label + 2..];
    let length = address.find([')', '(', ' ', '\\'])?;
    if !address[length..].starts_with(')') || !address.starts_with("http") {
        return None;
    }
    let before = shown.text.len();
    inline(&after[..label], shown);
    let name = shown.text[before..].to_owned();
    shown.links.push((name, address[..length].to_owned()));
    Some(label + 2 + length + 1)
}

fn bracketed(after: &str, shown: &mut Shown) -> Option<usize> {
    let end = after.find('>')?;
    let inside = &after[..end];
    let is_address = inside.starts_with("https://") || inside.starts_with("http://");
    if !is_address || inside.contains(' ') {
        return None;
    }
    shown.links.push((inside.to_owned(), inside.to_owned()));
    shown.text.push_str(inside);
    Some(end + 1)
}

fn unescaped(text: &str, what: &str) -> Option<usize> {
    let mut skip = false;
    text.char_indices().find_map(|(at, letter)| {
        let found = !skip && text[at..].starts_with(what);
        skip = !skip && letter == '\\';
        found.then_some(at)
    })
}

fn surprising(letter: char, rest: &str, after: &str) -> bool {
    match letter {
        '*' | '_' | '`' | '<' | '[' => true,
        '~' => after.starts_with('~'),
        '|' => after.starts_with('|'),
        'h' => rest.starts_with("http://") || rest.starts_with("https://"),
        '@' => after.starts_with("everyone") || after.starts_with("here"),
        ':' => {
            let name = after.split(':').next().unwrap_or_default();
            name.len() < after.len() && !name.is_empty() && !name.contains(char::is_whitespace)
        }
        _ => false,
    }
}

#[test]
fn the_renderer_sees_what_a_card_must_not_hold() {
    let nasty = [
        "*a*",
        "_a_",
        "~~a~~",
        "||a||",
        "`a",
        "<@1>",
        "<:a:1>",
        "<t:1>",
        "@everyone",
        ":tada:",
        "https://a.org",
        "# a",
        "-# a",
        "- a",
        "1. a",
        "> > a",
        "[a [b](https://a.org)",
    ];
    for markup in nasty {
        assert!(!show(markup).surprises.is_empty(), "{markup}");
    }
    let shown = show("> a **b** [c](https://a.org) `d`");
    assert_eq!(shown.surprises, [""; 0]);
    assert_eq!((shown.text.as_str(), shown.quotes.len()), ("a b c d", 1));
}
