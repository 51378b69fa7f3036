//! Joins letters into words and words into lines, by their positions.

use unicode_normalization::char::compose;

use super::ink::{Glyph, Ink, RuledLine, Weight};
use super::seen::median;

/// Minimum gap between words beyond the gap between letters, as a multiple of the font size.
const WORD_GAP: f32 = 0.15;

/// Letters of one style without a gap between them.
#[derive(Debug, Clone, Default)]
pub struct PdfWord {
    /// The letters.
    pub text: String,
    /// Left end.
    pub x0: f32,
    /// Right end.
    pub x1: f32,
    /// Baseline.
    pub y: f32,
    /// Font size.
    pub size: f32,
    /// Whether it is bold.
    pub bold: bool,
    /// Whether it is italic.
    pub italic: bool,
    /// Whether a space is drawn before it.
    pub spaced: bool,
    /// Whether it is underlined.
    pub underlined: bool,
    /// Whether its letters are spaced out.
    pub tracked: bool,
    /// Raised (1) or lowered (-1) small type.
    pub script: i8,
}

impl PdfWord {
    /// The upper end of its letters.
    pub fn top(&self) -> f32 {
        self.y - 0.75 * self.size
    }

    /// The lower end of its letters.
    pub fn bottom(&self) -> f32 {
        self.y + 0.22 * self.size
    }

    /// The middle of its letters.
    pub fn middle(&self) -> (f32, f32) {
        ((self.x0 + self.x1) / 2.0, self.y - 0.3 * self.size)
    }

    /// Whether its middle is inside a rectangle.
    pub fn is_in(&self, x0: f32, y0: f32, x1: f32, y1: f32) -> bool {
        let (x, y) = self.middle();
        x0 <= x && x <= x1 && y0 <= y && y <= y1
    }
}

/// The words of a page, in drawing order.
pub fn words(page: &Ink) -> Vec<PdfWord> {
    let mut words = Vec::new();
    let mut strip: Vec<&Glyph> = Vec::new();
    for glyph in page.glyphs.iter().filter(|glyph| !glyph.turned) {
        if strip.last().is_some_and(|last| !goes_on(last, glyph)) {
            cut(&strip, &mut words);
            strip.clear();
        }
        // Some PDFs make bold type by drawing the same letters twice.
        let twice =
            |other: &&&Glyph| other.text == glyph.text && (other.x0 - glyph.x0).abs() < 0.1 * glyph.size;
        if !strip.iter().rev().take(2).any(|other| twice(&other)) {
            strip.push(glyph);
        }
    }
    cut(&strip, &mut words);
    mark_underlined(&mut words, &page.rules);
    words
}

/// Marks words above a line that ends where words do.
fn mark_underlined(words: &mut [PdfWord], rules: &[RuledLine]) {
    let largest = words.iter().map(|word| word.size).fold(0.0, f32::max);
    let mut by_y: Vec<usize> = (0..words.len()).collect();
    let y = |at: usize| words.get(at).map_or(0.0, |word| word.y);
    by_y.sort_by(|a, b| y(*a).total_cmp(&y(*b)));
    let mut underlined = Vec::new();
    for rule in rules.iter().filter(|rule| rule.is_horizontal()) {
        let level = (rule.y0 + rule.y1) / 2.0;
        let from = by_y.partition_point(|at| y(*at) < level - 0.3 * largest);
        let near = by_y.get(from..).unwrap_or_default().iter().take_while(|at| y(**at) <= level);
        let over = |at: &&usize| {
            words.get(**at).is_some_and(|word| {
                let middle = (word.x0 + word.x1) / 2.0;
                (0.0..0.3 * word.size).contains(&(level - word.y)) && rule.x0 < middle && middle < rule.x1
            })
        };
        let over: Vec<usize> = near.filter(over).copied().collect();
        let ends = |by: fn(&PdfWord) -> f32, end: f32| {
            let mut over = over.iter().filter_map(|at| words.get(*at));
            over.any(|word| (by(word) - end).abs() < 0.3 * word.size)
        };
        if ends(|word| word.x0, rule.x0) && ends(|word| word.x1, rule.x1) {
            underlined.extend(over);
        }
    }
    for at in underlined {
        words.get_mut(at..=at).unwrap_or_default().iter_mut().for_each(|word| word.underlined = true);
    }
}

fn goes_on(last: &Glyph, next: &Glyph) -> bool {
    let gap = next.x0 - last.x1;
    (next.y - last.y).abs() < 0.06 * last.size
        && (next.size / last.size.max(0.1) - 1.0).abs() < 0.06
        && gap > -0.6 * last.size
        && gap < 3.0 * last.size
}

/// Cuts the letters of a line into words, at spaces and at gaps wider than those between letters.
fn cut(strip: &[&Glyph], words: &mut Vec<PdfWord>) {
    let gaps = strip.windows(2).filter_map(|pair| match pair {
        [a, b] if a.text.ends_with(char::is_alphabetic) && b.text.starts_with(char::is_alphabetic) => {
            Some((b.x0 - a.x1) / a.size.max(0.1))
        }
        _ => None,
    });
    let gaps: Vec<f32> = gaps.collect();
    let tracking = if gaps.len() > 2 { median(gaps).clamp(0.0, 0.5) } else { 0.0 };
    let (mut word, mut spaced, mut heavy) = (PdfWord::default(), false, 0usize);
    let mut last: Option<&Glyph> = None;
    for glyph in strip {
        let wide = last.is_some_and(|last| glyph.x0 - last.x1 > (tracking + WORD_GAP) * glyph.size);
        let blank = glyph.text.trim().is_empty();
        let styled = word.italic != glyph.italic || (heavy > 0) != (glyph.weight == Weight::Bold);
        if (wide || blank || styled) && !word.text.is_empty() {
            finish(&mut word, heavy, tracking, words);
            heavy = 0;
        }
        spaced |= wide || blank;
        let before = last.replace(glyph);
        if blank {
            continue;
        }
        if word.text.is_empty() {
            word = PdfWord { x0: glyph.x0, y: glyph.y, size: glyph.size, spaced, ..PdfWord::default() };
            word.italic = glyph.italic;
            spaced = false;
        }
        word.x1 = word.x1.max(glyph.x1);
        heavy += usize::from(glyph.weight == Weight::Bold);
        match before.and_then(|accent| accented(accent, glyph)) {
            Some(letter) => {
                word.text.pop();
                word.text.push(letter);
            }
            None => push_plain(&mut word.text, &glyph.text),
        }
    }
    finish(&mut word, heavy, tracking, words);
}

/// The letter that an accent and the letter drawn below it make, as in documents made with TeX.
fn accented(accent: &Glyph, letter: &Glyph) -> Option<char> {
    let mark = match accent.text.as_str() {
        "`" => '\u{300}',
        "´" => '\u{301}',
        "ˆ" => '\u{302}',
        "˜" => '\u{303}',
        "¯" => '\u{304}',
        "˘" => '\u{306}',
        "˙" => '\u{307}',
        "¨" => '\u{308}',
        "˚" => '\u{30a}',
        "˝" => '\u{30b}',
        "ˇ" => '\u{30c}',
        "¸" => '\u{327}',
        _ => return None,
    };
    let mut letters = letter.text.chars().map(|c| if c == 'ı' { 'i' } else { c });
    let (base, None) = (letters.next()?, letters.next()) else { return None };
    let middle = (accent.x0 + accent.x1) / 2.0;
    compose(base, mark).filter(|_| letter.x0 < middle && middle < letter.x1)
}

fn finish(word: &mut PdfWord, heavy: usize, tracking: f32, words: &mut Vec<PdfWord>) {
    let mut word = std::mem::take(word);
    if !word.text.is_empty() {
        word.bold = heavy > 0;
        word.tracked = tracking > 0.04;
        words.push(word);
    }
}

/// Appends letters, with ligatures split and invisible characters left out.
fn push_plain(text: &mut String, letters: &str) {
    for letter in letters.chars() {
        match letter {
            '\u{fb00}' => text.push_str("ff"),
            '\u{fb01}' => text.push_str("fi"),
            '\u{fb02}' => text.push_str("fl"),
            '\u{fb03}' => text.push_str("ffi"),
            '\u{fb04}' => text.push_str("ffl"),
            '\u{fb05}' | '\u{fb06}' => text.push_str("st"),
            '\u{e000}'..='\u{f8ff}' => text.push('\u{fffd}'),
            // A drawn soft hyphen looks like a hyphen; many fonts use one glyph for both.
            '\u{ad}' => text.push('-'),
            _ if letter.is_control() => {}
            _ => text.push(letter),
        }
    }
}

/// A line of words.
#[derive(Debug, Clone, Default)]
pub struct PdfLine {
    /// Its words, from left to right.
    pub words: Vec<PdfWord>,
    /// Left end.
    pub x0: f32,
    /// Right end.
    pub x1: f32,
    /// Baseline.
    pub y: f32,
    /// The most common font size of its letters.
    pub size: f32,
}

impl PdfLine {
    /// Whether all its words are bold, not counting marks and raised digits.
    pub fn is_bold(&self) -> bool {
        let mut lettered =
            self.words.iter().filter(|word| word.text.contains(char::is_alphabetic)).peekable();
        lettered.peek().is_some() && lettered.all(|word| word.bold)
    }

    /// Whether all its words are italic.
    pub fn is_italic(&self) -> bool {
        self.words.iter().all(|word| word.italic)
    }

    /// Its text.
    pub fn text(&self) -> String {
        text_of(&self.words)
    }

    /// Makes a line from words and measures its ends, baseline and font size.
    pub fn measured(mut words: Vec<PdfWord>) -> Self {
        words.sort_by(|a, b| a.x0.total_cmp(&b.x0));
        let x0 = words.iter().map(|word| word.x0).fold(f32::MAX, f32::min);
        let x1 = words.iter().map(|word| word.x1).fold(f32::MIN, f32::max);
        let main = words.iter().filter(|word| word.script == 0).max_by_key(|word| word.text.len());
        let (y, size) = main.or(words.first()).map_or((0.0, 0.0), |word| (word.y, word.size));
        Self { words, x0, x1, y, size }
    }
}

/// The text of the words of a line.
pub fn text_of(words: &[PdfWord]) -> String {
    let mut text = String::new();
    let mut last: Option<&PdfWord> = None;
    for word in words {
        if last.is_some_and(|last| {
            word.spaced && word.x0 - last.x1 > 0.05 * word.size
                || word.x0 - last.x1 > WORD_GAP * last.size.min(word.size)
        }) {
            text.push(' ');
        }
        push_script(&mut text, word);
        last = Some(word);
    }
    text
}

fn push_script(text: &mut String, word: &PdfWord) {
    // A footnote mark whose character is unknown.
    if word.script > 0 && word.text == "\u{fffd}" {
        return;
    }
    let mapped: Option<String> = match word.script {
        0 => None,
        1.. => word.text.chars().map(raised).collect(),
        _ => word.text.chars().map(lowered).collect(),
    };
    text.push_str(mapped.as_deref().unwrap_or(&word.text));
}

fn raised(letter: char) -> Option<char> {
    if letter == ',' {
        return Some(letter);
    }
    let at = "0123456789+-−–=()ni".chars().position(|other| other == letter)?;
    "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁼⁽⁾ⁿⁱ".chars().nth(at)
}

fn lowered(letter: char) -> Option<char> {
    let at = "0123456789+-−–=()".chars().position(|other| other == letter)?;
    "₀₁₂₃₄₅₆₇₈₉₊₋₋₋₌₍₎".chars().nth(at)
}

/// Whether a small word is raised (1) or lowered (-1) beside a larger one.
fn script_beside(small: &PdfWord, large: &PdfWord) -> Option<i8> {
    let up = large.y - small.y;
    let touches = small.x0 - large.x1 < 0.3 * large.size && large.x0 - small.x1 < 0.6 * large.size;
    let apart = small.x1 < large.x0 + 0.3 * large.size || small.x0 > large.x1 - 0.3 * large.size;
    let fits = touches && apart && small.size < 0.86 * large.size;
    if fits && (0.12 * large.size..0.8 * large.size).contains(&up) {
        Some(1)
    } else if fits && (-0.6 * large.size..-0.03 * large.size).contains(&up) {
        Some(-1)
    } else {
        None
    }
}

/// Joins the words of one column into lines, from the top.
pub fn lines(mut words: Vec<PdfWord>) -> Vec<PdfLine> {
    words.sort_by(|a, b| a.y.total_cmp(&b.y));
    let hosts = mark_scripts(&mut words);
    let mut rows: Vec<(f32, f32, Vec<PdfWord>)> = Vec::new();
    let mut scripts = Vec::new();
    for (word, host) in words.into_iter().zip(hosts) {
        if let Some((y, x)) = host {
            scripts.push((y, x, word));
            continue;
        }
        match rows.last_mut() {
            Some((y, size, row)) if word.y - *y < 0.35 * size.min(word.size) => row.push(word),
            _ => rows.push((word.y, word.size, vec![word])),
        }
    }
    for (y, _, word) in scripts {
        let nearest = rows.iter_mut().min_by(|a, b| (a.0 - y).abs().total_cmp(&(b.0 - y).abs()));
        if let Some((_, _, row)) = nearest {
            row.push(word);
        }
    }
    rows.into_iter().map(|(_, _, row)| PdfLine::measured(row)).collect()
}

/// Marks raised and lowered words, given words from the top, and returns the baseline that each belongs on.
pub fn mark_scripts(words: &mut [PdfWord]) -> Vec<Option<(f32, f32)>> {
    let mut hosts: Vec<Option<(f32, f32)>> = vec![None; words.len()];
    for round in 0..2 {
        for at in 0..words.len() {
            let Some(small) = words.get(at).filter(|word| word.script == 0) else { continue };
            let near = |other: &PdfWord| (other.y - small.y).abs() < 1.3 * other.size.max(small.size);
            let back = words.iter().enumerate().take(at).rev().take(400).take_while(|(_, other)| near(other));
            let ahead = words.iter().enumerate().skip(at + 1).take(400).take_while(|(_, other)| near(other));
            let mut best: Option<(f32, i8, f32)> = None;
            for (of, large) in back.chain(ahead) {
                let found = match hosts.get(of).copied().flatten() {
                    // Beside another raised or lowered word, such as a charge after an index.
                    Some((y, _)) if round == 1 => {
                        let host = PdfWord { y, size: large.size * 1.5, ..large.clone() };
                        script_beside(small, &host).map(|script| (y, script))
                    }
                    None => script_beside(small, large).map(|script| (large.y, script)),
                    _ => None,
                };
                let Some((y, script)) = found else { continue };
                let gap = (small.x0 - large.x1).abs().min((large.x0 - small.x1).abs());
                if best.is_none_or(|(other, _, _)| gap < other) {
                    best = Some((gap, script, y));
                }
            }
            if let (Some((_, script, y)), Some(word)) = (best, words.get_mut(at)) {
                word.script = script;
                if let Some(host) = hosts.get_mut(at) {
                    *host = Some((y, word.x0));
                }
            }
        }
    }
    hosts
}
