//! Where output goes: results to standard output, remarks and progress to standard error, both with
//! colours only where a terminal shows them.

use std::io::{BufWriter, IsTerminal, Write};
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressStyle};
use tracing::Level;
use tracing::field::Field;
use tracing_subscriber::field::MakeExt;
use tracing_subscriber::filter::FilterFn;
use tracing_subscriber::fmt::format::{Writer, debug_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use crate::config::Config;
use verbatim_core::index::build::Progress;
use verbatim_core::render::terminal::Styled;
use verbatim_core::text::controls::{escaped_json, visible, visible_line};

const ERROR: Style = Style::new().bold().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Red)));
const REMARK: Style = Style::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Yellow)));
/// Columns of text where no terminal says how many it has.
const COLUMNS: usize = 80;

/// Standard output.
pub struct Output {
    out: BufWriter<anstream::AutoStream<std::io::Stdout>>,
}

impl Output {
    /// Standard output, coloured where it is a terminal and `NO_COLOR` is not set.
    pub fn new() -> Self {
        Self { out: BufWriter::new(anstream::AutoStream::auto(std::io::stdout())) }
    }

    /// Prints text with everything shown that is not seen or that a terminal acts on.
    pub fn print(&mut self, text: &str) -> anyhow::Result<()> {
        Ok(self.out.write_all(visible(text).as_bytes())?)
    }

    /// The same with the end of a line.
    pub fn line(&mut self, text: &str) -> anyhow::Result<()> {
        Ok(writeln!(self.out, "{}", visible(text))?)
    }

    /// Prints a reply that was laid out for a terminal.
    pub fn styled(&mut self, text: &Styled) -> anyhow::Result<()> {
        Ok(self.out.write_all(text.as_str().as_bytes())?)
    }

    /// Prints a line of JSON, which keeps every letter.
    pub fn json(&mut self, line: &str) -> anyhow::Result<()> {
        Ok(writeln!(self.out, "{}", escaped_json(line))?)
    }

    /// Sends what was printed on its way.
    pub fn flush(&mut self) -> anyhow::Result<()> {
        Ok(self.out.flush()?)
    }
}

/// Columns to wrap text to.
pub fn width() -> usize {
    let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    columns
        .or_else(|| terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)))
        .unwrap_or(COLUMNS)
}

/// Text wrapped to the terminal, every line behind `indent`.
pub fn wrapped(text: &str, indent: &str) -> String {
    textwrap::fill(
        text,
        textwrap::Options::new(width().clamp(24, 100)).initial_indent(indent).subsequent_indent(indent),
    )
}

/// Tells what went wrong, on standard error. That it cannot be told is no further error.
pub fn complain(text: &str) {
    let _ = writeln!(anstream::stderr(), "{ERROR}verbatim:{ERROR:#} {}", visible(text));
}

/// Tells what should be known, on standard error.
pub fn remark(text: &str) {
    let _ = writeln!(anstream::stderr(), "{REMARK}note:{REMARK:#} {}", visible(text));
}

/// Libraries that carry what people write, the bot's token, or rows of the store. They log them, too: gateway payloads,
/// addresses with a token, statements.
const CARRIERS: [&str; 11] = [
    "serenity",
    "reqwest",
    "hyper",
    "hyper_util",
    "h2",
    "rustls",
    "tungstenite",
    "tokio_tungstenite",
    "sqlx",
    "metrics_exporter_prometheus",
    "tokenizers",
];

/// Starts the log on standard error. Whatever the settings say, see [`is_told`].
pub fn start_log(config: &Config) {
    let filter = EnvFilter::try_from_env("VERBATIM_LOG").unwrap_or_else(|_| EnvFilter::new(&config.log));
    let ours = FilterFn::new(|data| is_told(data.target(), *data.level(), data.is_event()));
    let lines = tracing_subscriber::fmt::layer();
    let lines = match config.log_json {
        true => lines.json().with_writer(|| JsonLog).boxed(),
        false => lines
            .fmt_fields(debug_fn(field).delimited(" "))
            .with_writer(std::io::stderr)
            .with_ansi(std::io::stderr().is_terminal())
            .boxed(),
    };
    let _ = tracing_subscriber::registry().with(filter).with(lines.with_filter(ours)).try_init();
}

/// Whether a line may be told at all: the program's own, and of libraries the errors; of those that carry what people
/// write nothing, at no level.
fn is_told(target: &str, level: Level, is_event: bool) -> bool {
    let corpus = target.split("::").next().unwrap_or_default();
    match corpus {
        "verbatim" | "verbatim_core" => true,
        _ if CARRIERS.contains(&corpus) => false,
        _ => is_event && level == Level::ERROR,
    }
}

/// A field of a line of the log: a file's name or an error may hold what a terminal acts on.
fn field(out: &mut Writer<'_>, field: &Field, value: &dyn std::fmt::Debug) -> std::fmt::Result {
    let value = format!("{value:?}");
    match field.name() {
        "message" => out.write_str(&visible(&value)),
        name => write!(out, "{name}={}", visible(&value)),
    }
}

/// Standard error for a log in JSON. A line comes in one piece.
struct JsonLog;

impl Write for JsonLog {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        std::io::stderr().write_all(escaped_json(&String::from_utf8_lossy(line)).as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        std::io::stderr().flush()
    }
}

/// Shows how far a build is: a bar on a terminal, a line a stage elsewhere.
pub struct BuildProgress {
    bar: ProgressBar,
    stage: Option<&'static str>,
    base: String,
}

impl BuildProgress {
    /// For a build of `base`. Nothing is shown before the build reports.
    pub fn new(base: &str) -> Self {
        Self { bar: ProgressBar::hidden(), stage: None, base: visible_line(base).into_owned() }
    }

    /// Takes a report.
    pub fn report(&mut self, progress: Progress) {
        let stage = match progress {
            Progress::Annotating => "reading passages",
            Progress::Indexing => "indexing words",
            Progress::Encoding { .. } => "encoding sentences",
            Progress::Writing => "writing",
            Progress::Testing => "asking the base's own questions",
            Progress::Publishing => "publishing",
        };
        if self.stage != Some(stage) {
            self.begin(stage);
        }
        if let Progress::Encoding { done, of } = progress {
            self.bar.set_length(of as u64);
            self.bar.set_position(done as u64);
        }
    }

    fn begin(&mut self, stage: &'static str) {
        if self.stage.is_none() && std::io::stderr().is_terminal() {
            self.bar = ProgressBar::new(0);
            let style = ProgressStyle::with_template("{prefix} {spinner} {wide_msg} {bar:24} {pos}/{len}");
            self.bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            self.bar.set_prefix(format!("Building the index of `{}`:", self.base));
            self.bar.enable_steady_tick(Duration::from_millis(100));
        } else if self.stage.is_none() {
            let _ = writeln!(std::io::stderr(), "Building the index of `{}` …", self.base);
        }
        self.stage = Some(stage);
        self.bar.set_message(stage);
    }
}

impl Drop for BuildProgress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("no panic").write(line)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_of_the_log_shows_what_it_repeats() {
        let lines = Lines::default();
        let writer = lines.clone();
        let layer = tracing_subscriber::fmt::layer()
            .fmt_fields(debug_fn(field).delimited(" "))
            .with_writer(move || writer.clone())
            .with_ansi(false)
            .without_time();
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            let _span = tracing::info_span!("span", base = %"\u{9b}b").entered();
            tracing::warn!(file = %"a\u{1b}]52;c\u{7}", name = "\u{202e}n", "said \u{9b}31m");
        });
        let told = String::from_utf8(lines.0.lock().expect("no panic").clone()).expect("text");
        insta::assert_snapshot!(told.trim(), @r#"WARN span{base=\u{9b}b}: verbatim::cli::output::tests: said \u{9b}31m file=a\u{1b}]52;c\u{7} name="\u{202e}n""#);
    }

    #[test]
    fn nothing_is_told_by_libraries_that_carry_what_people_write() {
        for level in [Level::TRACE, Level::INFO, Level::ERROR] {
            assert!(is_told("verbatim::discord::ask", level, true));
            for target in ["serenity::gateway::shard", "sqlx::query", "hyper::proto::h1", "tungstenite"] {
                assert!(!is_told(target, level, true), "{target}");
            }
            assert!(!is_told("verbatim_of_somebody_else", Level::INFO, true));
        }
        assert!(is_told("tantivy::directory", Level::ERROR, true));
        assert!(!is_told("tantivy::directory", Level::WARN, true));
        assert!(!is_told("tantivy", Level::ERROR, false), "a span's fields are no error");
    }
}
