//! Styles: the run and paragraph properties that they set, including those inherited from base styles.

use std::collections::HashMap;

use super::character::{Position, SymbolFont, symbol_font};
use super::role::{StyleRole, role_of_name};
use super::xml::Element;

/// The longest chain of base styles to follow; a chain can be circular.
const LONGEST_CHAIN: usize = 24;
/// The default font size, in half points.
const USUAL_SIZE: i64 = 20;

/// The run properties that are on or off.
const SWITCHES: [&str; 4] = ["b", "vanish", "strike", "dstrike"];

/// Run properties; each is `None` if it is not set.
#[derive(Default)]
pub struct RunProperties {
    /// In the order of [`SWITCHES`].
    switches: [Option<bool>; 4],
    underlined: Option<bool>,
    size: Option<i64>,
    position: Option<Position>,
    font: Option<Option<SymbolFont>>,
    style: Option<String>,
}

/// Paragraph properties; each is `None` if it is not set: the outline level from 0, the list (0 is none) and the level
/// in it, the left indent, the hanging indent, and whether borders or a background make a box.
#[derive(Debug, Clone, Copy, Default)]
pub struct ParagraphProperties {
    pub outline: Option<i64>,
    pub list: Option<i64>,
    pub level: Option<u8>,
    pub left: Option<i64>,
    pub hanging: Option<i64>,
    pub boxed: Option<bool>,
}

/// The effective format of a run, after all styles are applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunFormat {
    pub bold: bool,
    pub underlined: bool,
    /// Whether it is visible: neither hidden nor struck out.
    pub seen: bool,
    /// Its size in half points.
    pub size: i64,
    /// Its vertical position.
    pub position: Position,
    /// A symbol font.
    pub font: Option<SymbolFont>,
}

struct WordStyle {
    /// The role that its name gives it.
    role: Option<StyleRole>,
    base: Option<String>,
    run: RunProperties,
    paragraph: ParagraphProperties,
    first_row_apart: bool,
}

/// The styles of a document.
#[derive(Default)]
pub struct WordStyles {
    by_id: HashMap<String, WordStyle>,
    defaults: RunProperties,
    default_paragraph: Option<String>,
}

impl RunProperties {
    /// Reads run properties.
    pub fn read(properties: Option<&Element>) -> Self {
        let says = |name: &str| properties.and_then(|properties| properties.child(name));
        let font = says("rFonts").and_then(|one| one.attribute("ascii").or_else(|| one.attribute("hAnsi")));
        let aligned = says("vertAlign").and_then(Element::value).map(|value| match value {
            "superscript" => Position::Raised,
            "subscript" => Position::Lowered,
            _ => Position::Line,
        });
        Self {
            switches: SWITCHES.map(|name| says(name).map(Element::is_on)),
            underlined: says("u").and_then(Element::value).map(|line| line != "none"),
            size: says("sz").and_then(Element::number),
            // Some authors raise or lower characters manually.
            position: aligned.or_else(|| says("position").and_then(Element::number).and_then(moved)),
            font: font.map(symbol_font),
            style: says("rStyle").and_then(Element::value).map(str::to_owned),
        }
    }

    /// Whether it is set to hidden.
    pub fn hides(&self) -> bool {
        self.switches[1] == Some(true)
    }
}

fn moved(half_points: i64) -> Option<Position> {
    match half_points {
        3.. => Some(Position::Raised),
        ..=-2 => Some(Position::Lowered),
        _ => None,
    }
}

impl ParagraphProperties {
    /// Reads paragraph properties.
    pub fn read(properties: Option<&Element>) -> Self {
        let Some(properties) = properties else { return Self::default() };
        let indent = |name: &str| properties.child("ind")?.attribute(name)?.parse::<i64>().ok();
        Self {
            outline: properties.number_at(&["outlineLvl"]),
            list: properties.number_at(&["numPr", "numId"]),
            level: properties.number_at(&["numPr", "ilvl"]).and_then(|level| level.try_into().ok()),
            left: indent("left").or_else(|| indent("start")),
            boxed: boxed(properties),
            // A first-line indent overrides a hanging indent from the style.
            hanging: indent("hanging").or_else(|| indent("firstLine").map(|_| 0)),
        }
    }
}

fn boxed(properties: &Element) -> Option<bool> {
    let borders = properties.child("pBdr");
    let drawn = |borders: &Element, side: &str| {
        borders.value_at(&[side]).is_some_and(|line| !matches!(line, "none" | "nil"))
    };
    let around = |borders: &Element| {
        let beside = [["left", "right"], ["start", "end"]];
        let all = |sides: &[&str]| sides.iter().all(|side| drawn(borders, side));
        all(&["top", "bottom"]) && beside.iter().any(|sides| all(sides))
    };
    let fill = properties.child("shd").and_then(|shade| shade.attribute("fill"));
    let filled = fill.map(is_coloured);
    borders.map(around).max(filled)
}

/// Whether a background is visible.
pub fn is_coloured(fill: &str) -> bool {
    !matches!(fill, "auto" | "FFFFFF" | "ffffff" | "")
}

impl WordStyles {
    /// Reads the styles part.
    pub fn read(part: &Element) -> Self {
        let mut styles = Self {
            defaults: RunProperties::read(part.down(&["docDefaults", "rPrDefault", "rPr"])),
            ..Self::default()
        };
        for style in part.all("style") {
            styles.add(style);
        }
        styles
    }

    fn add(&mut self, style: &Element) {
        let Some(id) = style.attribute("styleId") else { return };
        let is_default = matches!(style.attribute("default"), Some("1" | "true" | "on"));
        if is_default && style.attribute("type") == Some("paragraph") {
            self.default_paragraph = Some(id.to_owned());
        }
        let aliases = style.value_at(&["aliases"]).unwrap_or_default();
        let mut names = aliases.split(',').chain(style.value_at(&["name"])).chain([id]);
        let first_row_apart = style.all("tblStylePr").any(|part| {
            let looks_apart = part.is_on_at(&["rPr", "b"]) || part.down(&["tcPr", "shd"]).is_some();
            part.attribute("type") == Some("firstRow") && looks_apart
        });
        let read = WordStyle {
            role: names.find_map(role_of_name),
            base: style.value_at(&["basedOn"]).map(str::to_owned),
            run: RunProperties::read(style.child("rPr")),
            paragraph: ParagraphProperties::read(style.child("pPr")),
            first_row_apart,
        };
        self.by_id.insert(id.to_owned(), read);
    }

    /// A style and its base styles, nearest first.
    fn chain<'s>(&'s self, id: Option<&str>) -> impl Iterator<Item = (&'s str, &'s WordStyle)> + use<'s> {
        let get = |id: &str| self.by_id.get_key_value(id).map(|(id, style)| (id.as_str(), style));
        let base = move |(_, style): &(&'s str, &'s WordStyle)| style.base.as_deref().and_then(get);
        std::iter::successors(id.and_then(get), base).take(LONGEST_CHAIN)
    }

    /// The chain of a paragraph's style, or of the default style if it names none.
    fn paragraph_chain<'s>(
        &'s self,
        id: Option<&str>,
    ) -> impl Iterator<Item = (&'s str, &'s WordStyle)> + use<'s> {
        let known = id.filter(|id| self.by_id.contains_key(*id));
        self.chain(known.or(self.default_paragraph.as_deref()))
    }

    /// The role of a paragraph style.
    pub fn role(&self, id: Option<&str>) -> StyleRole {
        // Some documents use Word's built-in styles without including them.
        if let Some(role) = id.filter(|id| !self.by_id.contains_key(*id)).and_then(role_of_name) {
            return role;
        }
        for (_, style) in self.paragraph_chain(id) {
            match (style.role, style.paragraph.outline) {
                (Some(role), _) => return role,
                (None, Some(level)) => return StyleRole::of_outline(level),
                (None, None) => {}
            }
        }
        StyleRole::Body
    }

    /// The list of a paragraph style: the style that sets it, the list and the level.
    pub fn list(&self, id: Option<&str>) -> Option<(&str, i64, Option<u8>)> {
        self.paragraph_chain(id)
            .find_map(|(id, style)| Some((id, style.paragraph.list?, style.paragraph.level)))
    }

    /// The left indent and the hanging indent of a paragraph style.
    pub fn indent(&self, id: Option<&str>) -> (Option<i64>, Option<i64>) {
        let chain = || self.paragraph_chain(id).map(|(_, style)| &style.paragraph);
        (chain().find_map(|one| one.left), chain().find_map(|one| one.hanging))
    }

    /// Whether a paragraph style makes a box.
    pub fn boxed(&self, id: Option<&str>) -> bool {
        self.paragraph_chain(id).find_map(|(_, style)| style.paragraph.boxed).unwrap_or(false)
    }

    /// Whether a table style sets the first row apart.
    pub fn first_row_apart(&self, id: Option<&str>) -> bool {
        self.chain(id).any(|(_, style)| style.first_row_apart)
    }

    /// The format of a run in a paragraph with a style.
    pub fn format(&self, paragraph: Option<&str>, run: &RunProperties) -> RunFormat {
        let [bold, hidden, struck, struck_twice] = std::array::from_fn(|at| {
            let get = |run: &RunProperties| run.switches.get(at).copied().flatten();
            let of_paragraph = self.paragraph_chain(paragraph).find_map(|(_, style)| get(&style.run));
            let of_run = self.chain(run.style.as_deref()).find_map(|(_, style)| get(&style.run));
            // As in Word, a property that both the paragraph style and the run style switch on is off.
            let styled = of_paragraph.unwrap_or(false) != of_run.unwrap_or(false);
            get(run).unwrap_or_else(|| styled || get(&self.defaults).unwrap_or(false))
        });
        RunFormat {
            bold,
            underlined: self.nearest(paragraph, run, |run| run.underlined).unwrap_or(false),
            seen: !(hidden || struck || struck_twice),
            size: self.nearest(paragraph, run, |run| run.size).unwrap_or(USUAL_SIZE),
            position: self.nearest(paragraph, run, |run| run.position).unwrap_or_default(),
            font: self.nearest(paragraph, run, |run| run.font).flatten(),
        }
    }

    /// The nearest value: from the run, its style, the paragraph's style, or the document defaults.
    fn nearest<T>(
        &self,
        paragraph: Option<&str>,
        run: &RunProperties,
        get: fn(&RunProperties) -> Option<T>,
    ) -> Option<T> {
        let mut chain = self.chain(run.style.as_deref()).chain(self.paragraph_chain(paragraph));
        get(run).or_else(|| chain.find_map(|(_, style)| get(&style.run))).or_else(|| get(&self.defaults))
    }
}
