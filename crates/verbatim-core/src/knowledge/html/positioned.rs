//! Pages that place every line at its own coordinates, as PDF exports do. They are converted to plain text, and the
//! plain-text parser handles running headers, columns, lists by their indentation, and words hyphenated at line ends.

use scraper::{ElementRef, Html};

use super::style::ElementStyles;
use super::table;
use crate::text::digits;

/// The fewest positioned pieces that make a page of this kind.
const FEWEST: usize = 20;
/// The characters that underline headings, by heading size.
const UNDERLINES: [char; 4] = ['=', '-', '~', '^'];
/// The widest indentation, in columns.
const WIDEST: i32 = 300;

/// A piece of a line.
#[derive(Debug, Clone)]
struct PositionedText {
    page: ego_tree::NodeId,
    left: i32,
    top: i32,
    size: i32,
    bold: bool,
    text: String,
}

/// A line: its pieces from left to right.
struct PositionedLine {
    top: i32,
    size: i32,
    pieces: Vec<PositionedText>,
}

/// Converts the page to plain text. Returns `None` if the page does not position its text by coordinates.
pub fn text(html: &Html, styles: &ElementStyles) -> Option<String> {
    let pieces = pieces(html, styles);
    let placed: usize = pieces.iter().map(|piece| piece.text.len()).sum();
    let body = html.root_element().child_elements().find(|element| element.value().name() == "body")?;
    if pieces.len() < FEWEST || placed * 10 < table::text(body, styles).one_line().len() * 8 {
        return None;
    }
    let usual = usual(pieces.iter().map(|piece| (piece.size, piece.text.len())));
    let mut writer = LineWriter::new(&pieces, usual);
    for page in pieces.chunk_by(|piece, next| piece.page == next.page) {
        writer.page(&lines(page));
    }
    Some(writer.out)
}

fn pieces(html: &Html, styles: &ElementStyles) -> Vec<PositionedText> {
    let place = |element: ElementRef<'_>| {
        let look = styles.look(element);
        let top = look.top.or(look.bottom.map(|bottom| -bottom))?;
        let piece = PositionedText {
            page: element.parent()?.id(),
            left: look.left.filter(|_| look.placed == Some(true))?,
            top,
            size: look.size.unwrap_or(16).max(1),
            bold: look.bold == Some(true),
            text: words(element, styles),
        };
        (!styles.is_unseen(element) && !piece.text.trim().is_empty()).then_some(piece)
    };
    let leaf =
        |element: &ElementRef<'_>| element.child_elements().all(|inside| styles.look(inside).left.is_none());
    html.root_element().descendent_elements().filter(leaf).filter_map(place).collect()
}

/// The text of a piece. A space at its start or end separates it from its neighbours.
fn words(element: ElementRef<'_>, styles: &ElementStyles) -> String {
    let blank = |c: Option<char>| if c.is_some_and(char::is_whitespace) { " " } else { "" };
    let first = element.text().next().and_then(|text| text.chars().next());
    let last = element.text().last().and_then(|text| text.chars().next_back());
    format!("{}{}{}", blank(first), table::text(element, styles).one_line(), blank(last))
}

/// The value that applies to most of the text.
fn usual(values: impl Iterator<Item = (i32, usize)>) -> i32 {
    let mut counts = std::collections::BTreeMap::new();
    values.for_each(|(value, count)| *counts.entry(value).or_insert(0) += count);
    counts.into_iter().max_by_key(|(_, count)| *count).map_or(16, |(value, _)| value)
}

/// Groups pieces into lines. Small pieces that are raised or lowered join the line that they overlap.
fn lines(pieces: &[PositionedText]) -> Vec<PositionedLine> {
    let mut sorted: Vec<PositionedText> = pieces.to_vec();
    sorted.sort_by_key(|piece| (piece.top + piece.size, piece.left));
    let (mut lines, mut small): (Vec<PositionedLine>, Vec<PositionedText>) = (Vec::new(), Vec::new());
    for piece in sorted {
        match lines.last_mut() {
            _ if digits::can_shift(piece.text.trim()) && piece.text.trim().len() < 4 => small.push(piece),
            Some(line) if (line.top + line.size - piece.top - piece.size).abs() <= 2 => {
                line.pieces.push(piece)
            }
            _ => lines.push(PositionedLine { top: piece.top, size: piece.size, pieces: vec![piece] }),
        }
    }
    for mut piece in small {
        let middle = piece.top + piece.size / 2;
        let reaches =
            |line: &&mut PositionedLine| (line.top..=line.top + line.size * 5 / 4).contains(&middle);
        match lines
            .iter_mut()
            .filter(reaches)
            .min_by_key(|line| (line.top + line.size - piece.top - piece.size).abs())
        {
            Some(line) => {
                if piece.size * 5 <= line.size * 4 {
                    let raised = middle < line.top + line.size / 2;
                    let shifted =
                        if raised { digits::raised(&piece.text) } else { digits::lowered(&piece.text) };
                    piece.text = shifted.unwrap_or(piece.text);
                }
                line.pieces.push(piece);
            }
            None => lines.push(PositionedLine { top: piece.top, size: piece.size, pieces: vec![piece] }),
        }
    }
    lines.sort_by_key(|line| line.top);
    lines.iter_mut().for_each(|line| line.pieces.sort_by_key(|piece| piece.left));
    lines
}

struct LineWriter {
    out: String,
    /// The left edge of the text, and the usual font size.
    left: i32,
    usual: i32,
    /// The sizes of headings, largest first.
    sizes: Vec<i32>,
    /// The header of the last table: where its columns start, and its lines.
    heads: Option<(Vec<i32>, String)>,
}

impl LineWriter {
    fn new(pieces: &[PositionedText], usual: i32) -> Self {
        let mut sizes: Vec<i32> =
            pieces.iter().filter(|piece| piece.bold || piece.size > usual).map(|piece| piece.size).collect();
        sizes.sort_unstable_by(|a, b| b.cmp(a));
        sizes.dedup();
        let left = pieces.iter().map(|piece| piece.left).min().unwrap_or_default();
        Self { out: String::new(), left, usual, sizes, heads: None }
    }

    fn page(&mut self, lines: &[PositionedLine]) {
        if !self.out.is_empty() {
            self.out.push('\u{c}');
        }
        let steps = lines.windows(2).filter_map(|pair| Some((pair.get(1)?.top - pair.first()?.top, 1)));
        let step = usual(steps);
        let (mut before, mut begun) = (None, false);
        for line in lines {
            if before.is_some_and(|top: i32| (line.top - top) * 5 > step * 7) {
                self.out.push('\n');
            }
            before = Some(line.top);
            begun |= self.line(line, begun);
        }
    }

    /// Adds a line and returns whether it is part of a table.
    fn line(&mut self, line: &PositionedLine, begun: bool) -> bool {
        let (text, starts) = self.set(line);
        let bold = line.pieces.iter().all(|piece| piece.bold);
        let stands_out = bold && line.size >= self.usual || line.size * 20 > self.usual * 23;
        if starts.len() > 1 {
            let of_table =
                self.heads.as_ref().filter(|(heads, _)| starts.iter().all(|start| heads.contains(start)));
            if bold {
                let heads = format!("{text}\n{}\n", ruler(&text));
                self.out.push_str(&heads);
                self.heads = Some((starts, heads));
                return true;
            }
            // The table continues on the next page.
            if let Some((_, heads)) = of_table.filter(|_| !begun) {
                self.out.push_str(&format!("\n{heads}"));
            }
            self.out.push_str(&text);
            self.out.push('\n');
            return true;
        }
        if stands_out && !starts.is_empty() {
            let rank = self.sizes.iter().position(|size| *size == line.size).unwrap_or_default();
            let sign = UNDERLINES.get(rank).copied().unwrap_or('^');
            let words = text.trim();
            let rule: String = std::iter::repeat_n(sign, words.chars().count().max(3)).collect();
            self.out.push_str(&format!("\n{words}\n{rule}\n\n"));
            return false;
        }
        self.out.push_str(&text);
        self.out.push('\n');
        false
    }

    /// The text of a line, with columns as wide as two fifths of the font size, and the starts of the parts between
    /// wide gaps.
    fn set(&self, line: &PositionedLine) -> (String, Vec<i32>) {
        let (mut text, mut starts) = (String::new(), Vec::new());
        let mut end: Option<(i32, i32)> = None;
        for piece in &line.pieces {
            let width =
                i32::try_from(piece.text.chars().count()).unwrap_or(WIDEST).saturating_mul(piece.size) / 2;
            let gap = end.map(|(end, width)| (piece.left - end, width));
            let column = (piece.left - self.left).saturating_mul(5) / self.usual.max(1) / 2;
            match gap {
                Some((gap, before)) if gap * 2 <= piece.size * 3 || gap * 6 <= before => {
                    if gap * 4 > piece.size && !text.ends_with(' ') {
                        text.push(' ');
                    }
                }
                _ => {
                    let missing =
                        column.clamp(0, WIDEST) - i32::try_from(text.chars().count()).unwrap_or(WIDEST);
                    let least = if text.is_empty() { 0 } else { 3 };
                    text.truncate(text.trim_end().len());
                    text.extend(std::iter::repeat_n(
                        ' ',
                        usize::try_from(missing.max(least)).unwrap_or_default(),
                    ));
                    starts.push(piece.left);
                }
            }
            text.push_str(if text.is_empty() { piece.text.trim_start() } else { &piece.text });
            end = Some((piece.left.saturating_add(width), width));
        }
        (text, starts)
    }
}

/// An underline for each part of a line.
fn ruler(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let blank = |at: usize| chars.get(at).is_none_or(|c| *c == ' ');
    (0..chars.len())
        .map(|at| if blank(at) && (blank(at + 1) || at > 0 && blank(at - 1)) { ' ' } else { '-' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::controls::one_line;

    fn at(left: usize, top: usize, words: &str) -> String {
        format!("<span style='position:absolute;left:{left}px;top:{top}px;font-size:10px'>{words}</span>")
    }

    #[test]
    fn lines_are_gathered_by_their_coordinates() {
        let mut page = at(0, 40, "goes on here.") + &at(0, 26, "A line that") + &at(60, 26, " is long");
        page += &at(20, 60, "b").replace("10px'", "10px;font-weight:bold'");
        page += &at(90, 60, "c").replace("10px'", "10px;font-weight:bold'");
        for row in 0..10 {
            page += &(at(20, 74 + row * 14, "x") + &at(90, 74 + row * 14, "y"));
        }
        let read = |page: &str| {
            let html = Html::parse_document(page);
            text(&html, &ElementStyles::of(&html))
        };
        let found = read(&page).unwrap_or_default();
        let lines = found.lines().map(one_line);
        let lines: Vec<String> = lines.filter(|line| !line.is_empty()).take(5).collect();
        assert_eq!(lines, ["A line that is long", "goes on here.", "b c", "- -", "x y"]);
        assert!(read("<p>Words.</p>").is_none());
    }
}
