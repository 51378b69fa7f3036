//! Output: results go to standard output, remarks and progress to standard error. Both use colours only on a terminal.

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
/// Text width in columns if the terminal's width is unknown.
const COLUMNS: usize = 80;

/// Standard output.
pub struct Output {
    out: BufWriter<anstream::AutoStream<std::io::Stdout>>,
}

impl Output {
    /// Standard output, coloured if it is a terminal and `NO_COLOR` is not set.
    pub fn new() -> Self {
        Self { out: BufWriter::new(anstream::AutoStream::auto(std::io::stdout())) }
    }

    /// Prints text, with invisible and control characters made visible.
    pub fn print(&mut self, text: &str) -> anyhow::Result<()> {
        Ok(self.out.write_all(visible(text).as_bytes())?)
    }

    /// Like [`Self::print`], with a newline at the end.
    pub fn line(&mut self, text: &str) -> anyhow::Result<()> {
        Ok(writeln!(self.out, "{}", visible(text))?)
    }

    /// Prints a reply that was laid out for a terminal.
    pub fn styled(&mut self, text: &Styled) -> anyhow::Result<()> {
        Ok(self.out.write_all(text.as_str().as_bytes())?)
    }

    /// Prints a line of JSON. Special characters are escaped, so no character is lost.
    pub fn json(&mut self, line: &str) -> anyhow::Result<()> {
        Ok(writeln!(self.out, "{}", escaped_json(line))?)
    }

    /// Flushes the output.
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

/// Wraps text to the terminal's width and indents every line with `indent`.
pub fn wrapped(text: &str, indent: &str) -> String {
    textwrap::fill(
        text,
        textwrap::Options::new(width().clamp(24, 100)).initial_indent(indent).subsequent_indent(indent),
    )
}

/// Prints an error to standard error. A failure to print it is ignored.
pub fn complain(text: &str) {
    let _ = writeln!(anstream::stderr(), "{ERROR}verbatim:{ERROR:#} {}", visible(text));
}

/// Prints a note to standard error.
pub fn remark(text: &str) {
    let _ = writeln!(anstream::stderr(), "{REMARK}note:{REMARK:#} {}", visible(text));
}

/// Libraries that handle messages, questions, the bot's token, or rows of the store, and that also log them: gateway
/// payloads, requests, addresses with a token, SQL statements.
const CARRIERS: [&str; 12] = [
    "serenity",
    "reqwest",
    "hyper",
    "hyper_util",
    "h2",
    "rustls",
    "tungstenite",
    "tokio_tungstenite",
    "sqlx",
    "rmcp",
    "metrics_exporter_prometheus",
    "tokenizers",
];

/// Starts logging to standard error. [`is_told`] applies whatever the settings say.
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

/// Whether a line can be logged at all: every line of the program itself, only errors of libraries, and nothing at any
/// level of the libraries in [`CARRIERS`].
fn is_told(target: &str, level: Level, is_event: bool) -> bool {
    let corpus = target.split("::").next().unwrap_or_default();
    match corpus {
        "verbatim" | "verbatim_core" => true,
        _ if CARRIERS.contains(&corpus) => false,
        _ => is_event && level == Level::ERROR,
    }
}

/// Writes a field of a log line. File names and errors can contain control characters, so they are made visible.
fn field(out: &mut Writer<'_>, field: &Field, value: &dyn std::fmt::Debug) -> std::fmt::Result {
    let value = format!("{value:?}");
    match field.name() {
        "message" => out.write_str(&visible(&value)),
        name => write!(out, "{name}={}", visible(&value)),
    }
}

/// Standard error for a JSON log. Each call to `write` gets one whole line.
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

/// Shows the progress of a build: a bar on a terminal, otherwise one line when the build begins.
pub struct BuildProgress {
    bar: ProgressBar,
    stage: Option<&'static str>,
    base: String,
}

impl BuildProgress {
    /// Creates the display for a build of `base`. Nothing is shown before the first report.
    pub fn new(base: &str) -> Self {
        Self { bar: ProgressBar::hidden(), stage: None, base: visible_line(base).into_owned() }
    }

    /// Updates the display.
    pub fn report(&mut self, progress: Progress) {
        let stage = match progress {
            Progress::Annotating => "reading passages",
            Progress::Indexing => "indexing words",
            Progress::Encoding { .. } => "encoding sentences",
            Progress::Writing => "writing",
            Progress::Testing => "asking the regression questions",
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
            for target in [
                "serenity::gateway::shard",
                "sqlx::query",
                "hyper::proto::h1",
                "tungstenite",
                "rmcp::service",
            ] {
                assert!(!is_told(target, level, true), "{target}");
            }
            assert!(!is_told("verbatim_of_somebody_else", Level::INFO, true));
        }
        assert!(is_told("tantivy::directory", Level::ERROR, true));
        assert!(!is_told("tantivy::directory", Level::WARN, true));
        assert!(!is_told("tantivy", Level::ERROR, false), "a span is not an error event");
    }
}
