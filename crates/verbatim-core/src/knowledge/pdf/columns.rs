//! The reading order of a page's parts: columns from left to right, with full-width parts before and after them.

use super::beside::{FURTHER, paired, table_at};
use super::grid::Grid;
use super::words::{PdfLine, PdfWord, lines, mark_scripts};

/// Maximum depth to which regions are divided.
const DEPTH: usize = 6;
/// Maximum number of gutters tried in a region.
const MOST_TRIED: usize = 60;

/// The left, upper, right and lower end of a box.
pub type Bounds = (f32, f32, f32, f32);

/// A word, or a table that is kept whole.
#[derive(Debug, Clone)]
pub enum Atom {
    /// A word.
    Word(PdfWord),
    /// A table.
    Table(Box<Grid>),
}

impl Atom {
    fn sides(&self) -> (f32, f32) {
        match self {
            Self::Word(word) => (word.x0, word.x1),
            Self::Table(grid) => (grid.bounds.0, grid.bounds.2),
        }
    }

    fn baseline(&self) -> f32 {
        match self {
            Self::Word(word) => word.y,
            Self::Table(grid) => grid.bounds.1,
        }
    }

    fn height(&self) -> (f32, f32) {
        match self {
            Self::Word(word) => (word.top(), word.bottom()),
            Self::Table(grid) => (grid.bounds.1, grid.bounds.3),
        }
    }
}

/// A part of a page that is read from top to bottom.
#[derive(Debug, Clone, Default)]
pub struct Region {
    /// Its words and tables.
    pub atoms: Vec<Atom>,
    /// Whether it is in the margin, beside the text.
    pub margin: bool,
}

/// Atoms at about the same height.
struct AtomRow {
    y: f32,
    top: f32,
    bottom: f32,
    atoms: Vec<(f32, f32)>,
    /// Whether it looks like a heading.
    bold: bool,
}

/// Divides a page into regions in their reading order.
pub fn regions(atoms: Vec<Atom>, body: f32, boxes: &[Bounds]) -> Vec<Region> {
    let mut found = Vec::new();
    let (margin, text) = margins(atoms, body);
    let mut waiting = vec![(margin, 0), (text, 0usize)];
    // The last element is processed first, so parts are added in reverse order.
    while let Some((region, depth)) = waiting.pop() {
        match divided(&region, body, boxes).filter(|_| depth < DEPTH && !region.margin) {
            Some(parts) => {
                let parts = parts.into_iter().filter(|part| !part.atoms.is_empty());
                let parts: Vec<_> = parts.map(|part| (part, depth + 1)).collect();
                waiting.extend(parts.into_iter().rev());
            }
            None if region.atoms.is_empty() => {}
            None => found.push(region),
        }
    }
    found
}

/// Separates marginal text, which is small and entirely beside the main text, from the rest.
fn margins(atoms: Vec<Atom>, body: f32) -> (Region, Region) {
    let is_small = |atom: &Atom| matches!(atom, Atom::Word(word) if word.size < 0.95 * body);
    let main = atoms.iter().filter(|atom| !is_small(atom)).map(Atom::sides);
    let (x0, x1) = main.fold((f32::MAX, f32::MIN), |(x0, x1), (from, to)| (x0.min(from), x1.max(to)));
    let outside = |atom: &Atom| is_small(atom) && x0 < x1 && (atom.sides().1 < x0 || atom.sides().0 > x1);
    let (out, text): (Vec<Atom>, Vec<Atom>) = atoms.into_iter().partition(outside);
    // The mark of a footnote may stick out beside its text.
    let hangs = |atom: &Atom| {
        let beside = |other: &&Atom| (other.baseline() - atom.baseline()).abs() < body;
        let apart =
            |other: &Atom| f32::max(other.sides().0 - atom.sides().1, atom.sides().0 - other.sides().1);
        text.iter().filter(beside).any(|other| apart(other) < 0.5 * body)
    };
    let (hanging, margin): (Vec<Atom>, Vec<Atom>) = out.into_iter().partition(hangs);
    let text: Vec<Atom> = text.into_iter().chain(hanging).collect();
    if margin.len() * 4 > text.len() {
        let atoms = text.into_iter().chain(margin).collect();
        return (Region::default(), Region { atoms, margin: false });
    }
    (Region { atoms: margin, margin: true }, Region { atoms: text, margin: false })
}

/// A gutter: its position, and the heights between which it runs.
#[derive(Clone, Copy)]
struct Gutter {
    x: f32,
    y0: f32,
    y1: f32,
}

fn divided(region: &Region, body: f32, boxes: &[Bounds]) -> Option<Vec<Region>> {
    let rows = rows(&region.atoms, body);
    let all = gutters(&rows, body);
    // The last element is tried first; sorting puts the longest gutter last.
    let mut waiting = all.clone();
    let mut tried: Vec<Gutter> = Vec::new();
    let mut tables: Vec<(f32, f32)> = Vec::new();
    loop {
        waiting.sort_by(|a, b| a.height().total_cmp(&b.height()));
        let gutter = waiting.pop().filter(|_| tried.len() < MOST_TRIED)?;
        if tried.iter().any(|other| other.is_like(&gutter, body)) {
            continue;
        }
        tried.push(gutter);
        // There may be columns above and below a table.
        if let Some((top, foot)) = tables.iter().find(|(top, foot)| gutter.y0 < *foot && *top < gutter.y1) {
            let around = [Gutter { y1: top - body, ..gutter }, Gutter { y0: foot + 0.3 * body, ..gutter }];
            waiting.extend(around.into_iter().filter(|part| part.height() > 2.0 * body));
            continue;
        }
        match parted(region, gutter, &all, (body, boxes)) {
            Sided::Parts(parts) => return Some(parts),
            Sided::Table(at) => {
                tables.push(whole_table(&rows, at, body));
                tried.pop();
                waiting.push(gutter);
            }
            Sided::Neither => {}
        }
    }
}

/// The height of a table, extended by rows above and below that are about as close as its own rows are to each other.
fn whole_table(rows: &[AtomRow], (top, foot): (f32, f32), body: f32) -> (f32, f32) {
    let inside = |row: &AtomRow| top - 1.0 < row.y && row.y < foot + 1.0;
    let gap = |pair: &[AtomRow]| if let [above, below] = pair { below.y - above.y } else { 0.0 };
    let within = rows.windows(2).filter(|pair| pair.iter().all(inside));
    let most = within.map(gap).fold(body, f32::max) * FURTHER;
    let mut whole = (top, foot);
    for pair in rows.windows(2) {
        if let [above, below] = pair
            && above.y < whole.1 + 1.0
            && gap(pair) < most
        {
            whole.1 = whole.1.max(below.y);
        }
    }
    for pair in rows.windows(2).rev() {
        if let [above, below] = pair
            && below.y > whole.0 - 1.0
            && gap(pair) < most
        {
            whole.0 = whole.0.min(above.y);
        }
    }
    whole
}

impl Gutter {
    fn height(&self) -> f32 {
        self.y1 - self.y0
    }

    fn is_like(&self, other: &Self, body: f32) -> bool {
        let near = |one: f32, other: f32| (one - other).abs() < body;
        near(self.x, other.x) && near(self.y0, other.y0) && near(self.y1, other.y1)
    }
}

/// The part of one side of a gutter that reaches to the nearest gutter of at least the same length.
fn strip(side: &Region, gutter: Gutter, all: &[Gutter], body: f32) -> Region {
    let longer = all.iter().filter(|other| other.y0 < gutter.y0 + body && other.y1 > gutter.y1 - body);
    let mut nearest: Vec<&Atom> = side.atoms.iter().collect();
    for x in longer.map(|other| other.x) {
        let between = |atom: &&Atom| (atom.sides().0 < x) == (gutter.x < x);
        if nearest.iter().any(between) {
            nearest.retain(between);
        }
    }
    Region { atoms: nearest.into_iter().cloned().collect(), margin: false }
}

/// The result of cutting a region at a gutter.
enum Sided {
    Parts(Vec<Region>),
    Table((f32, f32)),
    Neither,
}

/// Cuts the region at a gutter, if both sides are columns.
fn parted(region: &Region, gutter: Gutter, all: &[Gutter], (body, boxes): (f32, &[Bounds])) -> Sided {
    let mut parts: [Region; 4] = Default::default();
    for atom in &region.atoms {
        let ((x0, x1), (top, bottom)) = (atom.sides(), atom.height());
        let middle = (top + bottom) / 2.0;
        let part = match () {
            _ if middle < gutter.y0 => 0,
            _ if middle > gutter.y1 => 3,
            _ if (x0 + x1) / 2.0 < gutter.x => 1,
            _ => 2,
        };
        if let Some(part) = parts.get_mut(part) {
            part.atoms.push(atom.clone());
        }
    }
    let [above, mut left, mut right, below] = parts;
    // A box beside text is read after it.
    match (is_box(&left, boxes), is_box(&right, boxes)) {
        (true, false) => return Sided::Parts(vec![above, right, left, below]),
        (false, true) => return Sided::Parts(vec![above, left, right, below]),
        _ => {}
    }
    let strips = (strip(&left, gutter, all, body), strip(&right, gutter, all, body));
    match kind((&left, &strips.0), (&right, &strips.1), body) {
        Sides::Columns => Sided::Parts(vec![above, left, right, below]),
        Sides::Table(at) => Sided::Table(at),
        Sides::NoteLeft => {
            left.margin = true;
            right.atoms.extend(above.atoms.into_iter().chain(below.atoms));
            Sided::Parts(vec![right, left])
        }
        Sides::NoteRight => {
            right.margin = true;
            left.atoms.extend(above.atoms.into_iter().chain(below.atoms));
            Sided::Parts(vec![left, right])
        }
        Sides::Neither => Sided::Neither,
    }
}

/// Whether everything in a region is inside one box.
fn is_box(region: &Region, boxes: &[Bounds]) -> bool {
    let inside = |atom: &Atom, (x0, y0, x1, y1): &Bounds| match atom {
        Atom::Word(word) => word.is_in(*x0, *y0, *x1, *y1),
        Atom::Table(_) => false,
    };
    boxes.iter().any(|bounds| region.atoms.len() > 1 && region.atoms.iter().all(|atom| inside(atom, bounds)))
}

enum Sides {
    Columns,
    /// Columns of a table, between these heights.
    Table((f32, f32)),
    NoteLeft,
    NoteRight,
    Neither,
}

/// Measurements of one side of a gutter.
struct Side {
    lines: Vec<PdfLine>,
    width: f32,
    /// The fraction of lines that are about as long as the column is wide.
    full: f32,
    size: f32,
    letters: usize,
    italic: bool,
    tabular: bool,
}

fn side(region: &Region) -> Side {
    let words = region
        .atoms
        .iter()
        .filter_map(|atom| if let Atom::Word(word) = atom { Some(word.clone()) } else { None });
    let lines: Vec<PdfLine> = lines(words.collect());
    let sides = region.atoms.iter().map(Atom::sides);
    let (x0, x1) = sides.fold((f32::MAX, f32::MIN), |(x0, x1), (from, to)| (x0.min(from), x1.max(to)));
    let width = (x1 - x0).max(1.0);
    let full = lines.iter().filter(|line| line.x1 - x0 > 0.72 * width).count();
    let letters: usize = lines.iter().map(|line| line.text().len()).sum();
    Side {
        width,
        full: full as f32 / lines.len().max(1) as f32,
        size: super::seen::median(lines.iter().map(|line| line.size).collect()),
        letters: letters / lines.len().max(1),
        italic: lines.iter().all(PdfLine::is_italic),
        tabular: region.atoms.iter().any(|atom| matches!(atom, Atom::Table(_))),
        lines,
    }
}

/// Classifies the two sides of a gutter, by everything on each side and by the strips next to the gutter.
fn kind(left: (&Region, &Region), right: (&Region, &Region), body: f32) -> Sides {
    let is_note = |note: &Side, text: &Side| {
        let small = note.size < 0.95 * text.size || note.italic;
        note.width < 0.35 * text.width
            && small
            && note.letters > 5
            && note.width > 3.0 * body
            && note.lines.len() < 20
    };
    let (all_left, all_right) = (side(left.0), side(right.0));
    let (left, right) = (side(left.1), side(right.1));
    let even = left.width.min(right.width) > 0.6 * left.width.max(right.width);
    let filled = left.full.min(right.full) > 0.33 && left.full.max(right.full) >= 0.5;
    let many = left.lines.len().min(right.lines.len()) >= 2 && left.lines.len() + right.lines.len() >= 8;
    let wide = left.letters.max(right.letters) >= 18;
    let tables = left.tabular && right.full > 0.4 || right.tabular && left.full > 0.4;
    if is_note(&all_left, &all_right) {
        Sides::NoteLeft
    } else if is_note(&all_right, &all_left) {
        Sides::NoteRight
    } else if let Some(at) = table_at(&left.lines, &right.lines) {
        Sides::Table(at)
    } else if let Some(at) = paired(&left.lines, &right.lines) {
        Sides::Table(at)
    } else if even && wide && (filled && many || tables) {
        Sides::Columns
    } else {
        Sides::Neither
    }
}

fn rows(atoms: &[Atom], body: f32) -> Vec<AtomRow> {
    let mut sorted: Vec<(f32, &Atom)> = Vec::new();
    let (mut words, mut of_words): (Vec<PdfWord>, Vec<&Atom>) = (Vec::new(), Vec::new());
    let mut by_height: Vec<&Atom> = atoms.iter().collect();
    by_height.sort_by(|a, b| a.baseline().total_cmp(&b.baseline()));
    for atom in by_height {
        match atom {
            Atom::Word(word) => {
                words.push(word.clone());
                of_words.push(atom);
            }
            Atom::Table(grid) => {
                // A table counts as a row every few points of its height.
                let steps = ((grid.bounds.3 - grid.bounds.1) / 10.0).clamp(1.0, 200.0) as usize;
                sorted.extend((0..=steps).map(|step| (grid.bounds.1 + 10.0 * step as f32, atom)));
            }
        }
    }
    // Raised and lowered words belong to the row of their base word.
    let hosts = mark_scripts(&mut words);
    sorted.extend(
        of_words.into_iter().zip(hosts).map(|(atom, host)| (host.map_or(atom.baseline(), |(y, _)| y), atom)),
    );
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut rows: Vec<AtomRow> = Vec::new();
    for (y, atom) in sorted {
        let bold = matches!(atom, Atom::Word(word) if word.bold);
        let (top, bottom) = if matches!(atom, Atom::Word(_)) { atom.height() } else { (y, y) };
        match rows.last_mut() {
            Some(row) if y - row.y < 0.35 * body => {
                row.atoms.push(atom.sides());
                row.bold &= bold;
                (row.top, row.bottom) = (row.top.min(top), row.bottom.max(bottom));
            }
            _ => rows.push(AtomRow { y, top, bottom, atoms: vec![atom.sides()], bold }),
        }
    }
    rows
}

/// The runs of rows that a vertical strip crosses without touching a word, with words on both sides.
fn gutters(rows: &[AtomRow], body: f32) -> Vec<Gutter> {
    let all = rows.iter().flat_map(|row| &row.atoms);
    let (low, high) = all.fold((f32::MAX, f32::MIN), |(low, high), (x0, x1)| (low.min(*x0), high.max(*x1)));
    let mut found = Vec::new();
    let half = 0.4 * body;
    let steps = ((high - low) / 2.0).clamp(0.0, 2_000.0) as usize;
    for x in (0..steps).map(|step| low + 2.0 * step as f32) {
        let crossed = |row: &AtomRow| row.atoms.iter().any(|(x0, x1)| *x0 < x + half && *x1 > x - half);
        let mut run: Vec<&AtomRow> = Vec::new();
        for row in rows {
            if crossed(row) {
                found.extend(gutter(x, &run, Some(row)));
                run.clear();
                continue;
            }
            run.push(row);
        }
        found.extend(gutter(x, &run, None));
    }
    found
}

fn gutter(x: f32, run: &[&AtomRow], next: Option<&AtomRow>) -> Option<Gutter> {
    let mut run = run;
    let is_right = |row: &AtomRow| row.atoms.iter().any(|(x0, _)| *x0 > x);
    let is_left = |row: &AtomRow| row.atoms.iter().any(|(x0, _)| *x0 < x);
    // A short heading above full-width text belongs below the columns.
    while let Some((row, rest)) = run.split_last()
        && next.is_some()
        && row.bold
        && !is_right(row)
    {
        run = rest;
    }
    let (left, right) =
        (run.iter().filter(|row| is_left(row)).count(), run.iter().filter(|row| is_right(row)).count());
    let (first, last) = (run.first()?, run.last()?);
    let y1 = next.map_or(last.bottom, |next| last.bottom.min(next.top));
    (left >= 2 && right >= 2).then_some(Gutter { x, y0: first.top, y1 })
}
