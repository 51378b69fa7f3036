//! What the pages of a PDF draw: letters at positions, ruling lines, filled areas and pictures. `hayro-interpret` runs
//! the drawing instructions; this module is the device that it draws on.

use std::collections::HashMap;

use hayro_cmap::BfString;
use hayro_interpret::font::{Glyph as FontGlyph, GlyphIdentifier, GlyphRun};
use hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps, InterpreterCache,
    InterpreterSettings, Paint, SoftMask, TransformExt, interpret_page,
};
use hayro_syntax::Pdf;
use kurbo::{Affine, BezPath, PathEl, Point, Rect, Shape};

/// Maximum number of letters read from a file.
const MOST_GLYPHS: usize = 2_000_000;
/// Maximum number of lines, and of areas, examined on a page; drawings have more.
const MOST_RULES: usize = 4_000;
const MOST_AREAS: usize = 400;
/// Maximum width, in points, of a ruling or border line; anything wider is an area.
const WIDEST_RULE: f32 = 3.5;

/// A letter, or several drawn as one.
#[derive(Debug, Clone)]
pub struct Glyph {
    /// Its letters.
    pub text: String,
    /// Its left end.
    pub x0: f32,
    /// Its right end.
    pub x1: f32,
    /// The baseline, measured down from the top of the page.
    pub y: f32,
    /// The font size.
    pub size: f32,
    /// Whether it is rotated.
    pub turned: bool,
    /// How heavy it is.
    pub weight: Weight,
    /// Whether it is italic.
    pub italic: bool,
    /// Whether it is drawn visibly.
    pub painted: bool,
    /// Its colour.
    pub colour: [u8; 3],
    /// Its position in the drawing order.
    pub order: usize,
}

/// How heavy a letter is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Weight {
    /// Regular, according to its font.
    Regular,
    /// Bold, according to its font.
    Bold,
    /// The mean stroke width, if the font does not say.
    Strokes(f32),
}

/// A horizontal or vertical line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RuledLine {
    /// Left end.
    pub x0: f32,
    /// Upper end.
    pub y0: f32,
    /// Right end.
    pub x1: f32,
    /// Lower end.
    pub y1: f32,
}

impl RuledLine {
    /// Whether it is horizontal.
    pub fn is_horizontal(&self) -> bool {
        self.x1 - self.x0 >= self.y1 - self.y0
    }
}

/// A filled rectangle.
#[derive(Debug, Clone, Copy)]
pub struct Area {
    /// Its bounds.
    pub at: RuledLine,
    /// Its colour.
    pub colour: [u8; 3],
    /// Its position in the drawing order.
    pub order: usize,
}

/// What a page draws.
#[derive(Debug, Clone, Default)]
pub struct Ink {
    /// Its width.
    pub width: f32,
    /// Its height.
    pub height: f32,
    /// The letters, in drawing order.
    pub glyphs: Vec<Glyph>,
    /// Ruling lines.
    pub rules: Vec<RuledLine>,
    /// Filled areas.
    pub areas: Vec<Area>,
    /// Small filled shapes that may be list bullets.
    pub dots: Vec<RuledLine>,
    /// The fraction of the page that pictures cover.
    pub pictured: f32,
}

/// Draws all pages. Returns `None` if there are more letters than the limit.
pub fn draw(pdf: &Pdf) -> Option<Vec<Ink>> {
    let cache = InterpreterCache::new();
    let (mut shapes, mut pages, mut drawn) = (HashMap::new(), Vec::new(), 0);
    for page in pdf.pages().iter() {
        let (width, height) = page.render_dimensions();
        let left = MOST_GLYPHS.saturating_sub(drawn);
        let mut turn = Affine::IDENTITY;
        let mut size = (width, height);
        // If the text runs sideways, turn the page and draw it again.
        for again in [true, false] {
            let start = turn * page.initial_transform(true).to_kurbo();
            let bounds = Rect::new(0.0, 0.0, f64::from(size.0), f64::from(size.1));
            let mut context = Context::new(start, bounds, &cache, pdf.xref(), InterpreterSettings::default());
            let ink = Ink { width: size.0, height: size.1, ..Ink::default() };
            let mut device = PageDevice {
                ink,
                shapes,
                clips: vec![bounds],
                opacities: Vec::new(),
                order: 0,
                left,
                quarters: [0; 4],
            };
            interpret_page(page, &mut context, &mut device);
            shapes = device.shapes;
            let most = (0..4).max_by_key(|at| device.quarters.get(*at)).unwrap_or_default();
            if !again || most == 0 || device.quarters.get(most) == device.quarters.first() {
                drawn += device.ink.glyphs.len();
                pages.push(device.ink);
                break;
            }
            turn = upright(most, f64::from(width), f64::from(height));
            size = if most == 2 { (width, height) } else { (height, width) };
        }
        if drawn >= MOST_GLYPHS {
            return None;
        }
    }
    Some(pages)
}

/// The transform that turns a page so that text running downwards (1), to the left (2) or upwards (3) runs to the
/// right.
fn upright(quarter: usize, width: f64, height: f64) -> Affine {
    Affine::new(match quarter {
        1 => [0.0, -1.0, 1.0, 0.0, 0.0, width],
        2 => [-1.0, 0.0, 0.0, -1.0, width, height],
        3 => [0.0, 1.0, -1.0, 0.0, height, 0.0],
        _ => [1.0, 0.0, 0.0, 1.0, 0.0, 0.0],
    })
}

/// What is known about the shape of a glyph.
#[derive(Clone, Copy)]
struct Form {
    weight: Weight,
    italic: bool,
    /// Its lower and upper end relative to the baseline, in thousandths of the font size.
    ends: (f64, f64),
}

struct PageDevice {
    ink: Ink,
    shapes: HashMap<GlyphIdentifier, Form>,
    clips: Vec<Rect>,
    opacities: Vec<f32>,
    order: usize,
    left: usize,
    /// The numbers of letters that run to the right, downwards, to the left and upwards.
    quarters: [usize; 4],
}

impl PageDevice {
    fn clip(&self) -> Rect {
        self.clips.last().copied().unwrap_or_default()
    }

    /// The colour of a paint, and whether it is opaque enough to be visible.
    fn colour(&self, paint: &Paint<'_>) -> ([u8; 3], bool) {
        let opacity: f32 = self.opacities.iter().product();
        match paint {
            Paint::Color(colour) => {
                let [red, green, blue, alpha] = colour.to_rgba().to_rgba8();
                ([red, green, blue], f32::from(alpha) / 255.0 * opacity > 0.12)
            }
            Paint::Pattern(_) => ([0, 0, 0], opacity > 0.12),
        }
    }

    fn form(&mut self, glyph: &FontGlyph<'_>) -> Form {
        let FontGlyph::Outline(outline) = glyph else {
            return Form { weight: Weight::Regular, italic: false, ends: (0.0, 700.0) };
        };
        let ends = || {
            let bounds = outline.outline().bounding_box();
            (bounds.y0, bounds.y1)
        };
        *self.shapes.entry(outline.identifier()).or_insert_with(|| match outline.font_data() {
            Some(font) => {
                let name = font.postscript_name.unwrap_or_default().to_lowercase();
                let heavy =
                    ["bold", "black", "heavy", "semibd", "demi"].iter().any(|word| name.contains(word));
                let heavy = heavy || font.weight.is_some_and(|weight| weight >= 600);
                let italic = font.is_italic || name.contains("italic") || name.contains("oblique");
                Form { weight: if heavy { Weight::Bold } else { Weight::Regular }, italic, ends: ends() }
            }
            None => {
                let path = outline.outline();
                let strokes = 2.0 * path.area().abs() / path.perimeter(1.0).max(1.0);
                Form { weight: Weight::Strokes(strokes as f32), italic: false, ends: ends() }
            }
        })
    }

    fn add_rule(&mut self, at: Rect) {
        let seen = at.inflate(0.1, 0.1).intersect(self.clip().inflate(1.0, 1.0));
        if self.ink.rules.len() < MOST_RULES && seen.area() > 0.0 {
            let (x0, y0, x1, y1) = (at.x0 as f32, at.y0 as f32, at.x1 as f32, at.y1 as f32);
            self.ink.rules.push(RuledLine { x0, y0, x1, y1 });
        }
    }

    fn add_filled(&mut self, parts: &[Rect], colour: [u8; 3], white: bool, are_rectangles: bool) {
        if let [one, other] = parts {
            let (outer, inner) = if one.area() > other.area() { (one, other) } else { (other, one) };
            let border = f64::max(inner.x0 - outer.x0, inner.y0 - outer.y0);
            if outer.contains_rect(*inner) && border <= f64::from(WIDEST_RULE) && inner.area() > 0.0 {
                // Two nested rectangles form the border of a box, on the sides where they differ.
                sides(*outer, *inner).into_iter().for_each(|side| self.add_rule(side));
                return;
            }
        }
        for part in parts {
            let part = &part.intersect(self.clip());
            if !white && is_dot(part) && self.ink.dots.len() < MOST_AREAS {
                self.ink.dots.push(RuledLine {
                    x0: part.x0 as f32,
                    y0: part.y0 as f32,
                    x1: part.x1 as f32,
                    y1: part.y1 as f32,
                });
                continue;
            }
            let (thin, long) = (part.width().min(part.height()), part.width().max(part.height()));
            if thin <= f64::from(WIDEST_RULE) && long > 2.0 * thin {
                if !white {
                    self.add_rule(*part);
                }
            } else if are_rectangles && self.ink.areas.len() < MOST_AREAS {
                let at = RuledLine {
                    x0: part.x0 as f32,
                    y0: part.y0 as f32,
                    x1: part.x1 as f32,
                    y1: part.y1 as f32,
                };
                self.ink.areas.push(Area { at, colour, order: self.order });
            }
        }
    }

    fn add_glyph(&mut self, glyph: &FontGlyph<'_>, placed: Affine, colour: [u8; 3], seen: bool) {
        let text = match glyph.as_unicode() {
            Some(BfString::Char(letter)) => letter.to_string(),
            Some(BfString::String(letters)) => letters,
            None => unnamed(glyph).to_string(),
        };
        let advance = match glyph {
            FontGlyph::Outline(outline) => outline.advance_width(),
            FontGlyph::Type3(shape) => shape.advance_width().map(|width| width.min(1000.0)),
        };
        let [a, b, c, d, _, _] = placed.as_coeffs();
        let (start, end) =
            (placed * Point::ZERO, placed * Point::new(f64::from(advance.unwrap_or(500.0)), 0.0));
        let size = (c.hypot(d) * 1000.0) as f32;
        let turned = b.abs() > 0.02 * a.abs() || a < 0.0;
        let quarter = if a.abs() > b.abs() { usize::from(a < 0.0) * 2 } else { 1 + usize::from(b < 0.0) * 2 };
        if let Some(count) = self.quarters.get_mut(quarter) {
            *count += 1;
        }
        let middle = start.midpoint(end) - kurbo::Vec2::new(0.0, f64::from(size) * 0.25);
        let painted = seen && size >= 2.2 && self.clip().contains(middle);
        let form = self.form(glyph);
        let italic = form.italic || (c.abs() > 0.1 * d.abs() && !turned);
        let (x0, x1, y) = (start.x.min(end.x) as f32, start.x.max(end.x) as f32, start.y as f32);
        let order = self.order;
        if x0.is_finite() && x1.is_finite() && y.is_finite() && size.is_finite() {
            let weight = form.weight;
            let (y, size) = if text.chars().all(|c| c.is_ascii_digit()) {
                set_off(y, size, form.ends)
            } else {
                (y, size)
            };
            let glyph = Glyph { text, x0, x1, y, size, turned, weight, italic, painted, colour, order };
            self.ink.glyphs.push(glyph);
        }
    }
}

impl<'a> Device<'a> for PageDevice {
    fn draw_path(&mut self, path: &BezPath, props: DrawProps<'a>, mode: &DrawMode) {
        self.order += 1;
        let (colour, seen) = self.colour(&props.paint);
        let white = colour.iter().all(|part| *part > 245);
        let path = props.transform * path;
        match mode {
            _ if !seen => {}
            DrawMode::Stroke(_) if white => {}
            DrawMode::Stroke(_) => {
                let straight = path.segments().filter(|segment| matches!(segment, kurbo::PathSeg::Line(_)));
                for line in straight.take(MOST_RULES).map(|segment| segment.bounding_box()) {
                    if line.width().min(line.height()) < 0.5 && line.width().max(line.height()) > 1.0 {
                        self.add_rule(line);
                    }
                }
            }
            _ => {
                let rectangles = is_rectangular(&path);
                self.add_filled(&parts(&path), colour, white, rectangles);
            }
        }
    }

    fn push_clip_path(&mut self, clip: &ClipPath) {
        self.clips.push(self.clip().intersect(clip.path.bounding_box()));
    }

    fn push_transparency_group(&mut self, opacity: f32, _: Option<SoftMask<'a>>, _: BlendMode) {
        self.opacities.push(opacity);
    }

    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, mode: &DrawMode) {
        self.order += 1;
        let (colour, seen) = self.colour(&props.paint);
        let seen = seen && !matches!(mode, DrawMode::Invisible);
        for glyph in run.glyphs() {
            if self.ink.glyphs.len() < self.left {
                self.add_glyph(glyph, props.transform * glyph.transform(), colour, seen);
            }
        }
    }

    fn draw_image(&mut self, image: Image<'a, '_>, props: ImageDrawProps<'a>) {
        let size = Rect::new(0.0, 0.0, f64::from(image.width()), f64::from(image.height()));
        let covered = props.transform.transform_rect_bbox(size).intersect(self.clip()).area();
        self.ink.pictured += covered as f32 / (self.ink.width * self.ink.height).max(1.0);
    }

    fn pop_clip(&mut self) {
        if self.clips.len() > 1 {
            self.clips.pop();
        }
    }

    fn pop_transparency_group(&mut self) {
        self.opacities.pop();
    }
}

/// The baseline and size of a digit whose glyph itself is raised or lowered, as if it were a small digit off the
/// baseline.
fn set_off(y: f32, size: f32, (low, high): (f64, f64)) -> (f32, f32) {
    let small = (1.0..550.0).contains(&(high - low));
    match () {
        () if small && low > 200.0 => (y - low as f32 / 1000.0 * size, 0.6 * size),
        () if small && low < -60.0 => (y - low as f32 / 1000.0 * size, 0.6 * size),
        () => (y, size),
    }
}

/// Whether a shape is small and about as wide as high, like a bullet.
fn is_dot(part: &Rect) -> bool {
    (1.0..9.0).contains(&part.width()) && (0.8..1.25).contains(&(part.width() / part.height().max(0.1)))
}

/// The text of a glyph without a name: a mark that symbol fonts have at its usual code. Letters are never guessed.
fn unnamed(glyph: &FontGlyph<'_>) -> char {
    let code = u8::try_from(glyph.char_code()).unwrap_or_default();
    let is_mark = matches!(glyph, FontGlyph::Type3(_)) && code.is_ascii_punctuation();
    if is_mark { char::from(code) } else { '\u{fffd}' }
}

/// The sides of a rectangle that the rectangle inside it does not reach.
fn sides(of: Rect, inner: Rect) -> Vec<Rect> {
    let all = [
        (inner.y0 - of.y0, Rect::new(of.x0, of.y0, of.x1, of.y0)),
        (of.y1 - inner.y1, Rect::new(of.x0, of.y1, of.x1, of.y1)),
        (inner.x0 - of.x0, Rect::new(of.x0, of.y0, of.x0, of.y1)),
        (of.x1 - inner.x1, Rect::new(of.x1, of.y0, of.x1, of.y1)),
    ];
    all.into_iter().filter(|(apart, _)| *apart > 0.05).map(|(_, side)| side).collect()
}

/// The bounds of each closed part of a path.
fn parts(path: &BezPath) -> Vec<Rect> {
    let mut found: Vec<Rect> = Vec::new();
    let mut points: Vec<Point> = Vec::new();
    let bounds = |points: &[Point]| {
        let mut points = points.iter();
        points
            .next()
            .map(|first| points.fold(Rect::from_points(*first, *first), |all, point| all.union_pt(*point)))
    };
    for element in path.elements() {
        if let PathEl::MoveTo(_) = element {
            found.extend(bounds(&points));
            points.clear();
        }
        points.extend(element.end_point());
    }
    found.extend(bounds(&points));
    found.truncate(MOST_RULES);
    found
}

/// Whether all sides of a path are horizontal or vertical.
fn is_rectangular(path: &BezPath) -> bool {
    path.segments().all(|segment| match segment {
        kurbo::PathSeg::Line(line) => {
            (line.p0.x - line.p1.x).abs() < 0.1 || (line.p0.y - line.p1.y).abs() < 0.1
        }
        _ => false,
    })
}
