//! Rewrites the shortcodes of static-site generators (`{{< tab "Adults" >}}`) to blocks that the parser knows.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::Regex;

/// A shortcode: its name after an optional slash, and its arguments.
static SHORTCODE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\{\{[<%]\s*(?<end>/?)\s*(?<name>[\w-]+)(?<arguments>[^{}]*?)/?\s*[>%]\}\}")
        .expect("the pattern is a constant")
});
/// An argument in quotation marks, with its name if it has one.
static ARGUMENT: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"(?:([\w-]+)=)?"([^"]*)""#).expect("the pattern is a constant"));

/// Shortcodes that only arrange others.
const ARRANGING: &[&str] = &["tabs", "tabpane", "columns", "column", "row", "cards", "steps"];
/// Shortcodes whose content visitors do not see as text.
const UNSEEN: &[&str] = &["comment", "button", "highlight"];

/// Rewrites a text. The number of lines stays the same.
pub fn rewrite(source: &str) -> String {
    if !source.contains("{{<") && !source.contains("{{%") {
        return source.to_owned();
    }
    // How many ends of each shortcode are still to come.
    let mut to_come: HashMap<&str, usize> = HashMap::new();
    for found in SHORTCODE.captures_iter(source).filter(|found| !found["end"].is_empty()) {
        if let Some(name) = name(&found) {
            *to_come.entry(name).or_default() += 1;
        }
    }
    let mut hidden: Option<&str> = None;
    let mut text = String::with_capacity(source.len());
    for line in source.lines() {
        let ends: Vec<&str> = SHORTCODE
            .captures_iter(line)
            .filter(|found| !found["end"].is_empty())
            .filter_map(|found| name(&found))
            .collect();
        for end in &ends {
            to_come.entry(*end).and_modify(|count| *count = count.saturating_sub(1));
        }
        let is_pair = |name: &str| to_come.get(name).is_some_and(|count| *count > 0);
        if let Some(open) = hidden {
            if ends.contains(&open) {
                hidden = None;
            }
            text.push('\n');
            continue;
        }
        let alone = SHORTCODE.captures(line).filter(|found| found[0].len() == line.trim().len());
        let Some((found, name)) = alone.as_ref().and_then(|found| Some((found, name(found)?))) else {
            text.push_str(&inline(line));
            text.push('\n');
            continue;
        };
        let is_end = !found["end"].is_empty();
        match () {
            () if UNSEEN.contains(&name) => hidden = (!is_end && is_pair(name)).then_some(name),
            () if ARRANGING.contains(&name) => {}
            () if is_end => text.push_str(":::"),
            () if is_pair(name) => match title(&found["arguments"]) {
                Some(title) => text.push_str(&format!(":::{name}[{title}]")),
                None => text.push_str(":::{}"),
            },
            () => text.push_str(&argument(&found["arguments"], &["caption"]).unwrap_or_default()),
        }
        text.push('\n');
    }
    text
}

fn name<'a>(found: &regex::Captures<'a>) -> Option<&'a str> {
    found.name("name").map(|name| name.as_str())
}

/// A line without the shortcodes in it. A link to one leads to the page itself.
fn inline(line: &str) -> String {
    let found: Vec<_> = SHORTCODE.captures_iter(line).collect();
    let mut text = String::new();
    let (mut from, mut hidden) = (0, None);
    for (at, shortcode) in found.iter().enumerate() {
        let whole = shortcode.get_match();
        let before = line.get(from..whole.start()).unwrap_or_default();
        from = whole.end();
        let (name, is_end) = (&shortcode["name"], !shortcode["end"].is_empty());
        if hidden.is_some_and(|open| open == name) && is_end {
            hidden = None;
            continue;
        }
        if hidden.is_some() {
            continue;
        }
        text.push_str(before);
        if before.ends_with("](") {
            text.push('#');
        }
        let ends = |later: &regex::Captures<'_>| !later["end"].is_empty() && &later["name"] == name;
        if UNSEEN.contains(&name) && !is_end && found.iter().skip(at + 1).any(ends) {
            hidden = Some(name);
        }
    }
    text + line.get(from..).unwrap_or_default()
}

fn title(arguments: &str) -> Option<String> {
    let named = argument(arguments, &["title", "name", "header", "summary"]);
    let first = || {
        ARGUMENT.captures(arguments).filter(|found| found.get(1).is_none()).map(|found| found[2].to_owned())
    };
    named.or_else(first).filter(|title| !title.trim().is_empty())
}

/// The value of the first argument with one of these names.
fn argument(arguments: &str, names: &[&str]) -> Option<String> {
    ARGUMENT
        .captures_iter(arguments)
        .find(|found| found.get(1).is_some_and(|name| names.contains(&name.as_str())))
        .map(|found| found[2].to_owned())
}

#[cfg(test)]
mod tests {
    use super::rewrite;

    #[test]
    fn shortcodes_become_boxes_and_words() {
        let page = "{{< tabs >}}\n{{% tab name=\"Adults\" %}}\nTake ([here]({{< relref \"a.md\" >}} \"PDF\")).\n{{% /tab %}}\n\
                    {{< /tabs >}}\n{{% alert color=\"warning\" %}}\nStop.\n{{% /alert %}}\n{{< toc >}}\n\
                    {{< figure src=\"a.png\" caption=\"A boy.\" >}}\n{{% comment %}}\nNo.\n{{% /comment %}}\n\
                    {{< button href=\"/b\" >}}Book{{< /button >}}";
        let plain = [
            "",
            ":::tab[Adults]",
            "Take ([here](# \"PDF\")).",
            ":::",
            "",
            ":::{}",
            "Stop.",
            ":::",
            "",
            "A boy.",
            "",
            "",
            "",
            "",
        ];
        assert_eq!(rewrite(page).lines().collect::<Vec<_>>(), plain);
    }

    #[test]
    fn nothing_is_hidden_that_has_no_end() {
        let page = "{{< button >}}Book{{< /button >}}\n{{< button href=\"/b\" >}}\nRead this.\n\
                    Press {{< button \"b\" >}} to stop.\n{{< highlight text >}}\na\n{{< / highlight >}}\nEnd.";
        let plain = ["", "", "Read this.", "Press  to stop.", "", "", "", "End."];
        assert_eq!(rewrite(page).lines().collect::<Vec<_>>(), plain);
    }
}
