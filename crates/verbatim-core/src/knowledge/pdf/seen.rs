//! Decides which letters are visible: not transparent, not in the colour of their background, not covered, and not
//! struck out.

use super::ink::{Area, Glyph, Ink, RuledLine, Weight};
use std::collections::HashMap;

/// Minimum difference between two colours for one to be readable on the other.
const CONTRAST: i32 = 24;
/// Minimum ratio of the strokes of bold type to usual strokes.
const BOLD: f32 = 1.22;
/// Maximum ratio of a capital's strokes to those of small letters.
const CAPITAL: f32 = 1.15;

/// Removes invisible letters, and recognises bold type by its strokes.
pub fn keep_seen(pages: &mut [Ink]) {
    for page in &mut *pages {
        let scanned = page.pictured > 0.5 && !page.glyphs.iter().any(|glyph| glyph.painted);
        let (rules, areas) = (std::mem::take(&mut page.rules), std::mem::take(&mut page.areas));
        let mut strikes: Vec<&RuledLine> = rules.iter().filter(|rule| rule.is_horizontal()).collect();
        strikes.sort_by(|a, b| level(a).total_cmp(&level(b)));
        page.glyphs.retain(|glyph| {
            scanned || glyph.painted && stands_out(glyph, &areas) && !is_struck(glyph, &strikes)
        });
        (page.rules, page.areas) = (rules, areas);
        add_bullets(page);
    }
    tell_bold(pages);
}

/// Adds a bullet for each dot drawn before the first letter of a line, if several such dots form a column.
fn add_bullets(page: &mut Ink) {
    let dots = std::mem::take(&mut page.dots);
    for dot in &dots {
        let alike = dots.iter().filter(|other| (other.x0 - dot.x0).abs() < 1.0).count();
        let middle = (dot.y0 + dot.y1) / 2.0;
        let level = |glyph: &Glyph| {
            (0.1 * glyph.size..0.65 * glyph.size).contains(&(glyph.y - middle)) && !glyph.turned
        };
        let before =
            |glyph: &Glyph| level(glyph) && glyph.x1 <= dot.x0 && dot.x0 - glyph.x1 < 2.0 * glyph.size;
        let behind =
            |glyph: &Glyph| level(glyph) && glyph.x0 >= dot.x1 && glyph.x0 - dot.x1 < 3.0 * glyph.size;
        let next =
            page.glyphs.iter().position(behind).filter(|_| alike > 1 && !page.glyphs.iter().any(before));
        if let Some((at, next)) = next.and_then(|at| Some((at, page.glyphs.get(at)?.clone()))) {
            let text = "•".to_owned();
            page.glyphs.insert(at, Glyph { text, x0: dot.x0, x1: dot.x1, order: usize::MAX, ..next });
        }
    }
}

/// Whether a line goes through a letter. The lines are sorted from the top.
fn is_struck(glyph: &Glyph, rules: &[&RuledLine]) -> bool {
    let middle = (glyph.x0 + glyph.x1) / 2.0;
    let from = rules.partition_point(|rule| glyph.y - level(rule) >= 0.45 * glyph.size);
    let near = rules.get(from..).unwrap_or_default();
    !glyph.turned
        && near
            .iter()
            .take_while(|rule| glyph.y - level(rule) >= 0.12 * glyph.size)
            .any(|rule| rule.x0 <= middle && middle <= rule.x1)
}

fn level(rule: &RuledLine) -> f32 {
    (rule.y0 + rule.y1) / 2.0
}

fn stands_out(glyph: &Glyph, areas: &[Area]) -> bool {
    let (x, y) = ((glyph.x0 + glyph.x1) / 2.0, glyph.y - 0.3 * glyph.size);
    let mut ground = [255; 3];
    for area in areas {
        if (area.at.x0..=area.at.x1).contains(&x) && (area.at.y0..=area.at.y1).contains(&y) {
            if area.order > glyph.order {
                return false;
            }
            ground = area.colour;
        }
    }
    let apart = |(one, other): (&u8, &u8)| (i32::from(*one) - i32::from(*other)).abs();
    glyph.colour.iter().zip(&ground).map(apart).max().unwrap_or_default() >= CONTRAST
}

/// Recognises bold type in fonts that do not declare their weight: its strokes are thicker than those of the same
/// letters elsewhere. Letters drawn together have the same weight.
fn tell_bold(pages: &mut [Ink]) {
    let mut strokes: HashMap<&str, Vec<f32>> = HashMap::new();
    for glyph in pages.iter().flat_map(|page| &page.glyphs) {
        if let Weight::Strokes(width) = glyph.weight {
            strokes.entry(&glyph.text).or_default().push(width);
        }
    }
    let small = strokes.iter().filter(|(letter, _)| letter.chars().all(char::is_lowercase));
    let body = median(small.flat_map(|(_, widths)| widths.iter().copied()).collect());
    let usual: HashMap<String, f32> = strokes
        .into_iter()
        .map(|(letter, widths)| (letter.to_owned(), median(widths).min(body * CAPITAL)))
        .collect();
    for page in pages {
        for run in page.glyphs.chunk_by_mut(|one, next| one.order == next.order) {
            let (mut drawn, mut expected) = (0.0, 0.0);
            for glyph in run.iter().filter(|glyph| glyph.text.chars().any(char::is_alphanumeric)) {
                if let Weight::Strokes(width) = glyph.weight {
                    drawn += width;
                    expected += usual.get(&glyph.text).copied().unwrap_or(body);
                }
            }
            let weight = if drawn > expected * BOLD { Weight::Bold } else { Weight::Regular };
            run.iter_mut()
                .filter(|glyph| matches!(glyph.weight, Weight::Strokes(_)))
                .for_each(|glyph| glyph.weight = weight);
        }
    }
}

/// The median; 0 if there are no values.
pub fn median(mut values: Vec<f32>) -> f32 {
    values.sort_by(f32::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
