//! Numbering: the formats and counters of list levels, and the marks of notes.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::model::{Label, ListName};
use super::style::ParagraphProperties;
use super::xml::Element;

/// The number of levels in a list.
const LEVELS: usize = 9;
/// The highest number that is written in letters or Roman numerals.
const HIGHEST_IN_LETTERS: i64 = 3_999;
/// The longest label text to store, in characters. Every item repeats it.
const LONGEST_LABEL: usize = 60;

/// Number formats, by Word's names; `chicago` is the sequence of footnote symbols. Other formats are written as decimal
/// digits.
const FORMATS: [&str; 8] =
    ["decimal", "bullet", "none", "lowerLetter", "upperLetter", "lowerRoman", "upperRoman", "chicago"];

/// A level of a list.
#[derive(Debug, Clone)]
struct NumberingLevel {
    start: i64,
    format: &'static str,
    /// The text of the label, with `%1` for the number of the first level.
    text: String,
    place: ParagraphProperties,
    /// The paragraph style that is linked to this level.
    style: Option<String>,
    /// Whether all numbers are decimal, as in the paragraphs of laws.
    legal: bool,
}

type NumberingLevels = BTreeMap<u8, NumberingLevel>;

/// A list of the document: the abstract list that it is based on, and its overrides.
#[derive(Debug, Default)]
struct NumberingList {
    follows: i64,
    starts: BTreeMap<u8, i64>,
    levels: NumberingLevels,
}

/// The lists of a document and their counters.
#[derive(Debug, Default)]
pub struct Numbering {
    abstract_lists: HashMap<i64, NumberingLevels>,
    lists: HashMap<i64, NumberingList>,
    /// The counters of each abstract list. All lists based on it continue its count.
    counted: HashMap<i64, [Option<i64>; LEVELS]>,
    /// The levels of lists that have started, so that their start overrides no longer apply.
    begun: HashSet<(i64, u8)>,
}

impl Numbering {
    /// Reads the numbering part.
    pub fn read(part: &Element) -> Self {
        let mut numbering = Self::default();
        let (mut links, mut linked) = (HashMap::new(), Vec::new());
        let id = |one: &Element, name: &str| one.attribute(name)?.parse::<i64>().ok();
        for one in part.all("abstractNum") {
            let Some(id) = id(one, "abstractNumId") else { continue };
            links.extend(one.value_at(&["styleLink"]).map(|style| (style, id)));
            linked.extend(one.value_at(&["numStyleLink"]).map(|style| (id, style)));
            numbering.abstract_lists.insert(id, levels(one));
        }
        for one in part.all("num") {
            numbering.lists.extend(id(one, "numId").map(|id| (id, list(one))));
        }
        // A list can take its format from a list style.
        for (id, style) in linked {
            let levels = links.get(style).and_then(|link| numbering.abstract_lists.get(link)).cloned();
            numbering.abstract_lists.extend(levels.map(|levels| (id, levels)));
        }
        numbering
    }

    /// Counts a paragraph of a list. Returns its label, if its level displays one, and its indents. `style` is the
    /// style that names the list, if a style does.
    pub fn count(
        &mut self,
        id: i64,
        level: Option<u8>,
        style: Option<&str>,
    ) -> Option<(Option<Label>, ParagraphProperties)> {
        let list = self.lists.get(&id)?;
        let of_style = |style: &str| {
            let levels = self.abstract_lists.get(&list.follows)?;
            levels.iter().find(|(_, level)| level.style.as_deref() == Some(style)).map(|(at, _)| *at)
        };
        let at = style.and_then(of_style).or(level).unwrap_or(0).min(LEVELS as u8 - 1);
        let level = self.level(id, at)?;
        let (start, place, is_bullet) = (level.start, level.place, level.format == "bullet");
        let first = self.begun.insert((id, at));
        let restart = list.starts.get(&at).copied().filter(|_| first);
        let counters = self.counted.entry(list.follows).or_default();
        for (depth, counter) in counters.iter_mut().enumerate().skip(usize::from(at)) {
            let next = counter.map_or(start, |last| last.saturating_add(1));
            *counter = (depth == usize::from(at)).then(|| restart.unwrap_or(next));
        }
        let number = self.number(id, at);
        let shown = is_bullet || number.is_some();
        let label = shown.then_some(Label { list: ListName::Numbered(id), level: at, number });
        Some((label, place))
    }

    fn level(&self, id: i64, at: u8) -> Option<&NumberingLevel> {
        let list = self.lists.get(&id)?;
        list.levels.get(&at).or_else(|| self.abstract_lists.get(&list.follows)?.get(&at))
    }

    /// The number as displayed. Returns `None` for bullets and empty labels.
    fn number(&self, id: i64, at: u8) -> Option<String> {
        let level = self.level(id, at).filter(|level| level.format != "bullet")?;
        let counters = self.counted.get(&self.lists.get(&id)?.follows)?;
        let mut written = String::new();
        let mut text = level.text.chars().peekable();
        while let Some(c) = text.next() {
            let digit = text.peek().and_then(|next| next.to_digit(10)).filter(|_| c == '%');
            let Some(at) = digit.and_then(|digit| u8::try_from(digit).ok()?.checked_sub(1)) else {
                written.push(c);
                continue;
            };
            text.next();
            let Some(other) = self.level(id, at) else { continue };
            let count = counters.get(usize::from(at)).copied().flatten().unwrap_or(other.start);
            written.push_str(&if level.legal { count.to_string() } else { formatted(count, other.format) });
        }
        let written = written.trim();
        (!written.is_empty()).then(|| written.to_owned())
    }
}

fn levels(parent: &Element) -> NumberingLevels {
    parent.all("lvl").filter_map(|one| Some((one.attribute("ilvl")?.parse().ok()?, level(one)))).collect()
}

fn level(one: &Element) -> NumberingLevel {
    NumberingLevel {
        start: one.number_at(&["start"]).unwrap_or(0),
        format: format_of(one.value_at(&["numFmt"]).unwrap_or_default()),
        text: one.value_at(&["lvlText"]).unwrap_or_default().chars().take(LONGEST_LABEL).collect(),
        place: ParagraphProperties::read(one.child("pPr")),
        style: one.value_at(&["pStyle"]).map(str::to_owned),
        legal: one.is_on_at(&["isLgl"]),
    }
}

fn list(one: &Element) -> NumberingList {
    let mut list = NumberingList {
        follows: one.number_at(&["abstractNumId"]).unwrap_or(-1),
        ..NumberingList::default()
    };
    for other in one.all("lvlOverride") {
        let Some(at) = other.attribute("ilvl").and_then(|level| level.parse().ok()) else { continue };
        list.starts.extend(other.number_at(&["startOverride"]).map(|start| (at, start)));
        list.levels.extend(other.child("lvl").map(|one| (at, level(one))));
    }
    list
}

fn format_of(name: &str) -> &'static str {
    FORMATS.into_iter().find(|known| *known == name).unwrap_or("decimal")
}

fn formatted(number: i64, format: &str) -> String {
    let in_letters = (1..=HIGHEST_IN_LETTERS).contains(&number);
    match format {
        "none" | "bullet" => String::new(),
        "lowerLetter" if in_letters => sign_of("abcdefghijklmnopqrstuvwxyz", number),
        "upperLetter" if in_letters => sign_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ", number),
        "lowerRoman" if in_letters => roman(number),
        "upperRoman" if in_letters => roman(number).to_uppercase(),
        "chicago" if in_letters => sign_of("*†‡§", number),
        _ => number.to_string(),
    }
}

/// The symbol for a number: once in the first round, twice in the second, as in Word.
fn sign_of(signs: &str, number: i64) -> String {
    let at = usize::try_from(number.saturating_sub(1)).unwrap_or(0);
    let round = at.checked_div(signs.chars().count()).unwrap_or(0);
    let sign = signs.chars().cycle().nth(at).map(String::from);
    sign.unwrap_or_default().repeat(round.saturating_add(1))
}

fn roman(number: i64) -> String {
    const VALUES: [i64; 13] = [1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1];
    const SIGNS: [&str; 13] = ["m", "cm", "d", "cd", "c", "xc", "l", "xl", "x", "ix", "v", "iv", "i"];
    let mut left = number;
    let mut part = |(value, sign): (i64, &str)| {
        let times = left.checked_div(value).unwrap_or(0);
        left = left.saturating_sub(times.saturating_mul(value));
        sign.repeat(usize::try_from(times).unwrap_or(0))
    };
    VALUES.into_iter().zip(SIGNS).map(&mut part).collect()
}

/// The counter for the marks of footnotes or endnotes.
#[derive(Debug)]
pub struct NoteMarks {
    format: &'static str,
    next: i64,
}

impl NoteMarks {
    /// Reads the note settings of a document, from its sections or else from its settings part. `properties` is
    /// `footnotePr` or `endnotePr`.
    pub fn read(properties: &str, body: &Element, settings: &Element) -> Self {
        let section = body.down(&["sectPr", properties]);
        let inner = || body.children.iter().find_map(|one| one.down(&["pPr", "sectPr", properties]));
        let sources = [section.or_else(inner), settings.child(properties)];
        let find = |what: &str| sources.iter().flatten().find_map(|one| one.child(what));
        let usual = if properties == "endnotePr" { "lowerRoman" } else { "decimal" };
        Self {
            format: format_of(find("numFmt").and_then(Element::value).unwrap_or(usual)),
            next: find("numStart").and_then(Element::number).unwrap_or(1),
        }
    }

    /// Returns the mark of the next note.
    pub fn next(&mut self) -> String {
        let mark = formatted(self.next, self.format);
        self.next = self.next.saturating_add(1);
        mark
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::docx::xml::MOST_NODES;

    /// The numbers of items of a list with three levels, each given as list and level. List 2 restarts its count.
    fn numbers(legal: &str, items: &[(i64, u8)]) -> Vec<String> {
        let level = |at: u8, format: &str, text: &str| {
            format!(
                "<lvl ilvl='{at}'><start val='1'/><numFmt val='{format}'/>{legal}<lvlText val='{text}'/></lvl>"
            )
        };
        let levels = [
            level(0, "upperRoman", "%1."),
            level(1, "lowerLetter", "%1.%2)"),
            level(2, "decimal", "%1.%2.%3"),
        ];
        let xml = format!(
            "<numbering><abstractNum abstractNumId='7'>{}</abstractNum><num numId='1'><abstractNumId val='7'/></num>\
             <num numId='2'><abstractNumId val='7'/><lvlOverride ilvl='0'><startOverride val='1'/></lvlOverride></num>\
             </numbering>",
            levels.concat()
        );
        let mut numbering = Numbering::read(&Element::parse(&xml, &mut MOST_NODES.clone()).unwrap());
        let mut number = |&(id, level): &(i64, u8)| {
            numbering.count(id, Some(level), None).unwrap().0.unwrap().number.unwrap()
        };
        items.iter().map(&mut number).collect()
    }

    #[test]
    fn lists_count_on_and_begin_anew() {
        let items = [(1, 0), (1, 1), (1, 1), (1, 0), (1, 1), (2, 0), (2, 0)];
        assert_eq!(numbers("", &items), ["I.", "I.a)", "I.b)", "II.", "II.a)", "I.", "II."]);
    }

    #[test]
    fn legal_numbers_are_all_figures() {
        let items = [(1, 0), (1, 1), (1, 2), (1, 2), (1, 1), (1, 2)];
        assert_eq!(numbers("<isLgl/>", &items), ["1.", "1.1)", "1.1.1", "1.1.2", "1.2)", "1.2.1"]);
    }

    #[test]
    fn numbers_are_written_in_their_formats() {
        let cases =
            [(4, "lowerRoman", "iv"), (27, "upperLetter", "AA"), (3, "decimal", "3"), (5, "chicago", "**")];
        for (number, format, written) in cases {
            assert_eq!(formatted(number, format_of(format)), written);
        }
    }
}
