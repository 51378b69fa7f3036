//! The title and the levels of headings, by their looks and numbers.

use super::flow::{FlowPart, ReadingOrder};
use super::style::{HeadingLook, HeadingRun, HeadingType, depth, piece};
use crate::knowledge::plain::marks;

/// Minimum font size of a title among other headings, relative to the text.
const TITLE: f32 = 1.1;
/// Maximum number of lines above the title.
const MOST_OVER: usize = 4;
/// Maximum number of headings above the title.
const MOST_HEADINGS_OVER: usize = 2;

/// The headings with their levels. Only the title has level 1.
pub fn levels(flow: &ReadingOrder, mut runs: Vec<HeadingRun>) -> Vec<(HeadingRun, u8)> {
    let mut found = Vec::new();
    if let Some(at) = title(flow, &runs) {
        let title = runs.remove(at);
        runs.drain(..at);
        let under = subtitles(flow, &title, &runs);
        runs.drain(..under);
        found.push((title, 1));
    }
    let ranks = ranks(&runs);
    let mut section = None;
    found.extend(runs.into_iter().map(|run| {
        let numbered = depth(&run.text).is_some();
        let level = match section {
            // In "4. Possible side effects", "Reporting of side effects" may look the same.
            Some((look, level))
                if ranks.inside_numbers && !numbered && run.look == look && !is_back(&run) =>
            {
                level + 1
            }
            _ => ranks.level(&run),
        };
        if numbered {
            section = Some((run.look, level));
        } else if section.is_some_and(|(_, section)| level <= section) {
            section = None;
        }
        (run, u8::try_from(level).unwrap_or(6).min(6))
    }));
    found
}

/// Whether a heading begins the back matter, such as the references, which belongs to no section.
fn is_back(run: &HeadingRun) -> bool {
    marks::is_literature(&run.text) || marks::is_back_matter(&run.text)
}

/// Finds the title: the only heading with the outermost look, at the start of the document.
fn title(flow: &ReadingOrder, runs: &[HeadingRun]) -> Option<usize> {
    let outermost = runs.iter().map(|run| run.look).max()?;
    let at = runs.iter().position(|run| run.look == outermost)?;
    let run = runs.get(at)?;
    let single = runs.iter().filter(|run| run.look == outermost).count() == 1;
    let before = || flow.parts.iter().take(run.at).map(|(part, _)| part);
    let lines = before().filter(|part| matches!(part, FlowPart::Line(_))).count();
    let tables = before().any(|part| matches!(part, FlowPart::Table(..)));
    let large = piece(flow, run.at).is_some_and(|piece| piece.line.size > TITLE * flow.body);
    let heads =
        if large { lines <= MOST_OVER && at <= MOST_HEADINGS_OVER } else { lines == 0 && runs.len() > 2 };
    (single && heads && !tables && run.look.1 > HeadingType::RunIn).then_some(at)
}

/// The number of headings directly below the title that are lines of it: a name or date that is centred below it, or is
/// not bold and unlike all other headings, or is directly followed by a higher heading.
fn subtitles(flow: &ReadingOrder, title: &HeadingRun, runs: &[HeadingRun]) -> usize {
    let mut end = title.end();
    for (at, run) in runs.iter().enumerate() {
        let later = runs.get(at + 1..).unwrap_or_default();
        let centred = is_under(flow, title, run);
        let mut alike = later.iter().filter(|other| other.look == run.look).peekable();
        let is_only =
            if centred { !alike.any(|other| is_under(flow, title, other)) } else { alike.peek().is_none() };
        let bold = piece(flow, run.at).is_some_and(|piece| piece.line.is_bold());
        let over = later.first().is_some_and(|next| next.at == run.end() && next.look > run.look);
        let is_subtitle = over || is_only && (centred || !bold);
        if run.at != end || depth(&run.text).is_some() || !is_subtitle {
            return at;
        }
        end = run.end();
    }
    runs.len()
}

/// Whether a heading is centred below the title.
fn is_under(flow: &ReadingOrder, title: &HeadingRun, run: &HeadingRun) -> bool {
    let (Some(above), Some(line)) = (piece(flow, title.at), piece(flow, run.at)) else { return false };
    let (above, line) = (&above.line, &line.line);
    let apart = (above.x0 + above.x1 - line.x0 - line.x1) / 2.0;
    apart.abs() < 0.3 * line.size && (above.x0 - line.x0).abs() > line.size
}

/// The level of each look.
#[derive(Default)]
struct Ranks {
    looks: Vec<(HeadingLook, usize)>,
    /// The number of levels above the numbered ones; `None` if numbers do not count.
    over_numbers: Option<usize>,
    /// Whether unnumbered headings that look like the numbered ones are inside their sections.
    inside_numbers: bool,
}

impl Ranks {
    fn level(&self, run: &HeadingRun) -> usize {
        let number = depth(&run.text).map(usize::from);
        match (number, self.over_numbers) {
            (Some(number), Some(over)) => number + over,
            _ => {
                let same = self.looks.iter().find(|(look, _)| *look == run.look);
                let nearest = || self.looks.iter().find(|(look, _)| *look <= run.look);
                same.or_else(nearest).map_or(2, |(_, level)| *level)
            }
        }
    }
}

/// Ranks looks from the outermost: numbered headings have the level of their number, others come below all previous
/// looks.
fn ranks(runs: &[HeadingRun]) -> Ranks {
    let numbers = |look: HeadingLook| {
        runs.iter().filter(move |run| run.look == look).filter_map(|run| depth(&run.text))
    };
    let is_numbered = runs.iter().filter(|run| depth(&run.text).is_some()).count() > 1;
    let mut looks: Vec<HeadingLook> = runs.iter().map(|run| run.look).collect();
    looks.sort_by(|a, b| b.cmp(a));
    looks.dedup();
    let count = |look: HeadingLook| runs.iter().filter(|run| run.look == look).count();
    // Looks that only stand between sections whose numbers go on across them are inside these sections.
    let (inside, looks) = looks.into_iter().partition::<Vec<_>, _>(|look| {
        is_numbered && numbers(*look).next().is_none() && is_inside(runs, *look)
    });
    let mut looks: Vec<HeadingLook> = looks.into_iter().chain(inside).collect();
    let mut ranks =
        Ranks { looks: Vec::new(), over_numbers: is_numbered.then_some(0), inside_numbers: false };
    ranks.inside_numbers =
        is_numbered && looks.iter().any(|look| numbers(*look).next().is_some() && is_inside(runs, *look));
    let (mut deepest, mut numbered) = (1, false);
    // A look that only the first heading has says nothing about the ranking; otherwise all others would rank below it.
    let first = runs.first().map(|run| run.look);
    let single =
        |look: HeadingLook| first == Some(look) && count(look) == 1 && numbers(look).next().is_none();
    if looks.len() > 1 && looks.first().is_some_and(|look| single(*look)) {
        looks.remove(0);
    }
    for look in looks {
        let over = ranks.over_numbers.unwrap_or_default();
        let found = numbers(look).map(|level| usize::from(level) + over).filter(|_| is_numbered);
        let (least, most) =
            found.fold((usize::MAX, 0), |(least, most), level| (least.min(level), most.max(level)));
        if most > 0 {
            (deepest, numbered) = (deepest.max(most), true);
            ranks.looks.push((look, least));
            continue;
        }
        // A single heading of another look before the numbered ones, such as a summary, does not rank above them.
        let beside = is_numbered && !numbered && count(look) == 1;
        ranks.looks.push((look, deepest + 1));
        deepest += usize::from(!beside);
        if is_numbered && !numbered && !beside {
            ranks.over_numbers = Some(over + 1);
        }
    }
    ranks
}

/// Whether the headings of an unnumbered look stand inside numbered sections: most of them follow a numbered heading, and
/// the numbers after them go on instead of starting again at 1.
fn is_inside(runs: &[HeadingRun], look: HeadingLook) -> bool {
    let is_first = |run: &HeadingRun| run.text.trim_start_matches(['1', '.']).starts_with(' ');
    let (mut before, mut after, mut open) = (0, 0, false);
    for run in runs {
        match depth(&run.text) {
            Some(2) if open && is_first(run) && after > 0 => return false,
            Some(_) => open = true,
            None if run.look != look => {}
            None if open => after += 1,
            None => before += 1,
        }
    }
    after > 2 * before
}

#[cfg(test)]
mod tests {
    use super::{HeadingLook, HeadingRun, ranks};
    use crate::knowledge::pdf::style::HeadingType;

    fn found(of: &[(&str, HeadingLook)]) -> Vec<usize> {
        let runs: Vec<HeadingRun> = of
            .iter()
            .enumerate()
            .map(|(at, (text, look))| HeadingRun { at, lines: 1, look: *look, text: (*text).to_owned() })
            .collect();
        let ranks = ranks(&runs);
        runs.iter().map(|run| ranks.level(run)).collect()
    }

    #[test]
    fn numbers_go_before_looks() {
        let (bold, marked) = ((100, HeadingType::Plain), (100, HeadingType::Marked));
        let levels = found(&[
            ("1. One", bold),
            ("1.1 Two", bold),
            ("Three", marked),
            ("2. Four", bold),
            ("Five", marked),
        ]);
        assert_eq!(levels, [2, 3, 4, 2, 4]);
    }

    #[test]
    fn unnumbered_looks_go_by_size() {
        let (large, small) = ((140, HeadingType::Plain), (100, HeadingType::Plain));
        assert_eq!(found(&[("One", large), ("Two", small), ("Three", large)]), [2, 3, 2]);
        assert_eq!(
            found(&[("Part A", large), ("1 Two", small), ("Part B", large), ("1 Three", small)]),
            [2, 3, 2, 3]
        );
    }

    #[test]
    fn a_look_of_the_first_alone_stands_beside_the_next() {
        let (large, small) = ((140, HeadingType::Plain), (100, HeadingType::Plain));
        assert_eq!(found(&[("One", large), ("Two", small), ("Three", small)]), [2, 2, 2]);
    }
}
