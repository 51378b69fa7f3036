//! Formats a reply for a terminal: wrapped to its width, with the words of the question in bold. Styles are ANSI
//! escapes; the caller strips them if they are not wanted. Only this file creates [`Styled`] text. It makes control
//! characters visible and isolates the direction of all text: see [`crate::text::controls`].

use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use textwrap::{Options, WordSeparator, WordSplitter};

use super::{highlight, layout, wording};
use crate::answer::reply::{Body, Cited, CitedReference, Kind, Reply};
use crate::knowledge::lexicon::Lexicon;
use crate::question::triage::Category;
use crate::text::controls::{isolation, label, one_line, printable, visible, visible_line};
use crate::text::span::Span;

/// The minimum and maximum width that text is wrapped to, in columns.
const NARROWEST: usize = 24;
const WIDEST: usize = 100;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const WARNING: Style = Style::new().bold().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Yellow)));

/// The note above quotes that contradict each other.
const DIFFER: &str = "The sources differ on this; their dates are shown.";

/// Text for a terminal whose only escape sequences are the styles that this file sets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Styled(String);

impl Styled {
    /// Creates text without styles, with invisible characters made visible.
    pub fn plain(text: &str) -> Self {
        Self(visible(text).into_owned())
    }

    /// The text, with its styles as ANSI escapes.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Appends `other`.
    pub fn and(mut self, other: &Self) -> Self {
        self.0.push_str(&other.0);
        self
    }

    /// Ends a paragraph.
    fn blank_line(&mut self) {
        self.0.push('\n');
    }

    /// Adds a line: `before`, which is white space or a mark, then `text` in `style`.
    fn line(&mut self, before: &str, style: &Style, text: &str) {
        let (open, close) = isolation(text);
        writeln!(self.0, "{before}{style}{open}{text}{close}{style:#}")
            .expect("writing to a string cannot fail");
    }
}

/// Formats replies for a terminal.
pub struct Terminal<'a> {
    width: usize,
    lexicon: &'a Lexicon,
}

impl<'a> Terminal<'a> {
    /// Creates a formatter for a terminal of `width` columns. `lexicon` finds the words of the question.
    pub fn new(width: usize, lexicon: &'a Lexicon) -> Self {
        Self { width: width.clamp(NARROWEST, WIDEST), lexicon }
    }

    /// Formats the whole reply.
    pub fn reply(&self, reply: &Reply) -> Styled {
        self.reply_with(reply, &[])
    }

    /// Formats the whole reply and the passages around its quotes.
    pub fn reply_with(&self, reply: &Reply, passages: &[Cited]) -> Styled {
        let body = reply.body();
        let mut out = Styled::default();
        for repair in &body.repairs {
            self.paragraph(&mut out, "", &DIM, &visible(&wording::read_as(repair)));
        }
        if !body.repairs.is_empty() {
            out.blank_line();
        }
        if let Some(notice) = &body.notice {
            let style = if notice.category == Category::PersonalAdvice { &BOLD } else { &WARNING };
            notice.text.lines().for_each(|line| self.paragraph(&mut out, "", style, line));
            out.blank_line();
        }
        self.outcome(&mut out, reply);
        if body.differ {
            self.paragraph(&mut out, "", &WARNING, DIFFER);
            out.blank_line();
        }
        let question = reply.question().unwrap_or_default();
        for (number, cited) in (1..).zip(&body.quotes) {
            self.cited(&mut out, &format!("{number}"), cited, question);
        }
        self.too_long(&mut out, body);
        if let Some(uncovered) = wording::uncovered(body) {
            self.paragraph(&mut out, "", &BOLD, &visible(&one_line(&uncovered)));
            out.blank_line();
        }
        if !body.related.is_empty() {
            self.paragraph(&mut out, "", &Style::new(), wording::RELATED);
            out.blank_line();
            body.related.iter().for_each(|cited| self.cited(&mut out, "·", cited, question));
        }
        if !passages.is_empty() {
            self.paragraph(&mut out, "", &Style::new(), wording::IN_CONTEXT);
            out.blank_line();
            passages.iter().for_each(|passage| self.cited(&mut out, "·", passage, question));
        }
        if !body.topics.is_empty() && body.kind != Kind::Invalid {
            self.paragraph(&mut out, "", &DIM, &visible(&format!("Topics: {}", body.topics.join(", "))));
        }
        out.and(&self.disclaimer(reply))
    }

    fn outcome(&self, out: &mut Styled, reply: &Reply) {
        let body = reply.body();
        let text = match (body.kind, &body.why) {
            (Kind::Invalid, Some(why)) => why.clone(),
            (Kind::NotCovered, _) => wording::not_covered(body),
            (Kind::Answer, _) if body.quotes.is_empty() && body.too_long.is_empty() => {
                wording::NO_MORE.to_owned()
            }
            _ => return,
        };
        self.paragraph(out, "", &BOLD, &visible(&text));
        if body.fixed.is_some() {
            let titles = format!("{}{}.", wording::looked_in(body), body.looked_in.join("; "));
            self.paragraph(out, "", &Style::new(), &visible(&titles));
        }
        out.blank_line();
    }

    /// Says where the sources answer in sentences that are too long to quote.
    fn too_long(&self, out: &mut Styled, body: &Body) {
        let Some(statement) = wording::too_long(body) else { return };
        self.paragraph(out, "", &BOLD, statement);
        out.blank_line();
        for cited in &body.too_long {
            self.origin(out, cited);
        }
        out.blank_line();
    }

    /// Formats the disclaimer, as shown under a reply.
    pub fn disclaimer(&self, reply: &Reply) -> Styled {
        let mut out = Styled::default();
        self.paragraph(&mut out, "", &DIM, reply.disclaimer());
        out
    }

    /// Adds a quote with its origin and the literature that the source cites.
    pub fn cited(&self, out: &mut Styled, mark: &str, cited: &Cited, question: &str) {
        let lines = layout::lines(cited);
        for (number, line) in lines.all().enumerate() {
            let text = printable(&one_line(line)).into_owned();
            let is_own = number >= lines.lead_ins.len();
            let spans = if is_own { highlight::matches(question, &text, self.lexicon) } else { Vec::new() };
            let margin = if number == 0 { format!("{mark:>2}  ") } else { " ".repeat(4) };
            self.wrapped(out, &text, &margin, &spans);
        }
        self.origin(out, cited);
        for flag in cited.flags.iter().filter_map(|flag| wording::flag(*flag)) {
            self.paragraph(out, "    ", &WARNING, flag);
        }
        for reference in &cited.references {
            self.paragraph(out, "    ", &DIM, &reference_line(reference));
        }
        out.blank_line();
    }

    /// Adds the place of a quote, its publisher, date and address.
    fn origin(&self, out: &mut Styled, cited: &Cited) {
        let place: Vec<String> =
            std::iter::once(cited.title.as_str()).chain(wording::headings(cited)).map(label).collect();
        let mut origin = vec![place.join(" › ")];
        origin.extend(wording::page(cited));
        origin.extend(cited.publisher.as_deref().map(label));
        origin.push(label(wording::dated(cited)));
        self.paragraph(out, "    ", &DIM, &format!("— {}", origin.join(" · ")));
        if let Some(url) = &cited.url {
            out.line("    ", &DIM, &visible_line(url));
        }
    }

    /// Adds a paragraph in which every line is isolated. Labels in it must be made with [`label`].
    fn paragraph(&self, out: &mut Styled, indent: &str, style: &Style, text: &str) {
        let inner = if indent.is_empty() { String::new() } else { format!("{indent}  ") };
        let options = options(self.width).initial_indent(indent).subsequent_indent(&inner);
        for line in textwrap::wrap(&printable(text), options) {
            out.line("", style, &line);
        }
    }

    /// Wraps `text` after a margin and sets the spans of `text` in bold. Wrapping only turns spaces into line breaks,
    /// so every line can be found again in `text`.
    fn wrapped(&self, out: &mut Styled, text: &str, margin: &str, spans: &[Span]) {
        let indent = " ".repeat(margin.chars().count());
        let options = options(self.width.saturating_sub(indent.len()).max(NARROWEST - 4));
        let mut at = 0;
        for (number, wrapped) in textwrap::wrap(text, options).iter().enumerate() {
            let start = at + text.get(at..).and_then(|rest| rest.find(wrapped.as_ref())).unwrap_or(0);
            let line = Span::new(start, start + wrapped.len());
            let (open, close) = isolation(line.of(text));
            let margin = if number == 0 { margin } else { &indent };
            out.0.extend([
                margin,
                open.as_str(),
                emphasised(text, line, spans).as_str(),
                close.as_str(),
                "\n",
            ]);
            at = line.end as usize;
        }
    }
}

/// Breaks lines only at spaces: a DOI stays in one piece, and a citation marker stays with its sentence.
fn options<'a>(width: usize) -> Options<'a> {
    Options::new(width)
        .break_words(false)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation)
}

/// Returns the part `line` of `text`, with the spans that overlap it in bold.
fn emphasised(text: &str, line: Span, spans: &[Span]) -> String {
    let mut out = String::new();
    let mut plain = line;
    for span in spans.iter().filter_map(|span| span.meet(line)) {
        out.push_str(Span { start: plain.start, end: span.start }.of(text));
        write!(out, "{BOLD}{}{BOLD:#}", span.of(text)).expect("writing to a string cannot fail");
        plain.start = span.end;
    }
    out + plain.of(text)
}

fn reference_line(reference: &CitedReference) -> String {
    format!("cites [{}] {}", label(&reference.marker), one_line(&reference.text))
}
