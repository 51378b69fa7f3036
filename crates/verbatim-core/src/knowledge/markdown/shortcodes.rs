//! Rewrites the shortcodes of static-site generators (`{{< tab "Adults" >}}`) to blocks that the parser knows.

use std::sync::LazyLock;

use regex::Regex;

/// A shortcode: its name after an optional slash, and its arguments.
static SHORTCODE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\{\{[<%]\s*(?<end>/?)(?<name>[\w-]+)(?<arguments>[^{}]*?)/?\s*[>%]\}\}")
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
    let ends = SHORTCODE.captures_iter(source).filter(|found| !found["end"].is_empty());
    let ended: Vec<&str> = ends.filter_map(|found| name(&found)).collect();
    let mut hidden: Option<&str> = None;
    let lines = source.lines().map(|line| {
        let alone = SHORTCODE.captures(line).filter(|found| found[0].len() == line.trim().len());
        let this = alone.as_ref().and_then(name);
        if let Some(open) = hidden {
            if this == Some(open) && alone.is_some_and(|found| !found["end"].is_empty()) {
                hidden = None;
            }
            return String::new();
        }
        let Some((found, name)) = alone.zip(this) else { return inline(line) };
        let is_pair = ended.contains(&name);
        match () {
            () if UNSEEN.contains(&name) && is_pair => {
                hidden = found["end"].is_empty().then_some(name);
                String::new()
            }
            () if ARRANGING.contains(&name) => String::new(),
            () if !found["end"].is_empty() => ":::".to_owned(),
            () if is_pair => match title(&found["arguments"]) {
                Some(title) => format!(":::{name}[{title}]"),
                None => ":::{}".to_owned(),
            },
            () => argument(&found["arguments"], &["caption"]).unwrap_or_default(),
        }
    });
    lines.collect::<Vec<_>>().join("\n") + "\n"
}

fn name<'a>(found: &regex::Captures<'a>) -> Option<&'a str> {
    found.name("name").map(|name| name.as_str())
}

/// A line without the shortcodes in it. A link to one leads to the page itself.
fn inline(line: &str) -> String {
    let mut text = String::new();
    let mut from = 0;
    let mut hidden = false;
    for found in SHORTCODE.captures_iter(line) {
        let whole = found.get_match();
        let before = line.get(from..whole.start()).unwrap_or_default();
        if !hidden {
            text.push_str(before);
        }
        hidden = UNSEEN.contains(&&found["name"]) && found["end"].is_empty();
        if before.ends_with("](") {
            text.push('#');
        }
        from = whole.end();
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
}
