//! Parses source files in child processes of this program, because the files are untrusted: a parser that crashes,
//! loops or exhausts its memory affects only the child. The child gets the file's bytes on standard input and writes
//! the parsed document to standard output.
//!
//! `protocol` defines the messages between parent and child, `process` runs one child, `restrict` drops the child's
//! privileges before it reads anything, and [`child`] is the child itself.

pub mod child;
mod process;
mod protocol;
mod restrict;

use std::path::{Path, PathBuf};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use rayon::prelude::*;

use self::process::{Child, ChildFailure};
pub use self::protocol::UnitToVerify;
use self::protocol::{ParseRequest, Parsed, Task};
use super::document::Document;
use super::draft::{SourceDraft, SourceFile};
use super::format::{Format, format_of};
use super::problem::Problem;
use super::read::{self, ReadSource, SourceInput};

/// The hidden subcommand that starts the child.
pub const SUBCOMMAND: &str = "parse-sources";

/// The address space limit of a child, in bytes.
pub const MEMORY: u64 = 1 << 30;
/// The processor time limit of a child, in seconds. Small files get less; see `cpu_seconds`.
pub const CPU_SECONDS: u64 = 20;

/// The limits that the parent enforces on a child.
#[derive(Debug, Clone, Copy)]
struct ChildLimits {
    /// How long a child can take for one file.
    wall_clock: Duration,
    /// How much a child can write for one file, in bytes.
    output: usize,
}

impl Default for ChildLimits {
    fn default() -> Self {
        Self { wall_clock: Duration::from_secs(30), output: 64 << 20 }
    }
}

/// Processor time for any file, and in addition for each 2 MiB, in seconds. Real documents need a small part of it.
const CPU_BASE_SECONDS: u64 = 3;
const CPU_SECONDS_PER_2_MIB: u64 = 1;

/// How many files, and how many bytes of files, one child reads. Batches keep a base of thousands of files from
/// starting thousands of processes.
const BATCH_FILES: usize = 256;
const BATCH_BYTES: u64 = 4 << 20;

/// Parses source files in child processes. At most one child per processor runs at a time, plus one for files that
/// moderators add.
pub struct Sandbox {
    program: PathBuf,
    limits: ChildLimits,
    slots: Slots,
    additions: Slots,
}

impl Sandbox {
    /// Makes a sandbox whose children run `program`, an executable of exactly this version.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let [slots, additions] = [processors, 1].map(Slots::new);
        Self { program: program.into(), limits: ChildLimits::default(), slots, additions }
    }

    /// Makes a sandbox that parses in this process, because unit tests have no program to start.
    #[cfg(test)]
    pub fn in_process() -> Self {
        Self::new("")
    }

    /// Sets other limits.
    #[cfg(test)]
    fn with_limits(self, limits: ChildLimits) -> Self {
        Self { limits, ..self }
    }

    /// Makes a sandbox whose children run the current program, even if its file has been replaced since it started.
    ///
    /// # Errors
    /// If the system does not provide the path of the current program.
    pub fn of_this_program() -> std::io::Result<Self> {
        let running = Path::new("/proc/self/exe");
        let program = if running.exists() { running.to_owned() } else { std::env::current_exe()? };
        Ok(Self::new(program))
    }

    /// Reads source files of the base in `base_folder`, in order. A file that cannot be parsed does not affect others.
    pub fn read_sources(&self, base_folder: &Path, files: &[PathBuf]) -> Vec<ReadSource> {
        let processors = self.slots.count;
        let batches: Vec<&[PathBuf]> = batches(files, processors);
        let read: Vec<Vec<ReadSource>> =
            batches.into_par_iter().map(|batch| self.read_batch(base_folder, batch)).collect();
        read.into_iter().flatten().collect()
    }

    fn read_batch(&self, base_folder: &Path, files: &[PathBuf]) -> Vec<ReadSource> {
        let inputs: Vec<_> = files.iter().map(|file| SourceInput::load(base_folder, file)).collect();
        let requests = inputs.iter().filter_map(|input| input.as_ref().ok()).map(ParseRequest::of).collect();
        let mut outcomes = self.parse(&self.slots, requests).into_iter();
        let read = files.iter().zip(inputs).map(|(file, input)| match input {
            Ok(input) => {
                let outcome = outcomes.next().expect("every request has an outcome");
                let read = read_source(&input, outcome);
                input.finish(file, read)
            }
            Err(problem) => read::failed(problem),
        });
        read.collect()
    }

    /// Reads a submitted file. `file_name` is its path in the base's folder.
    pub fn read_upload(&self, file_name: &str, bytes: &[u8]) -> ReadSource {
        let input = SourceInput::of_bytes(file_name, bytes, None);
        let outcome = self.parse_one(&self.additions, ParseRequest::of(&input));
        read_source(&input, outcome)
    }

    /// Prepares a draft for storing in the base's folder.
    ///
    /// # Errors
    /// Everything that the submitter should fix.
    pub fn prepare(&self, draft: &SourceDraft) -> Result<SourceFile, Vec<Problem>> {
        let name = draft.name().map_err(|problem| vec![problem])?;
        let request = ParseRequest {
            file: draft.file_name.clone(),
            bytes: draft.bytes.clone(),
            task: Task::Describe { metadata: draft.metadata.clone() },
        };
        let outcome = self.parse_one(&self.additions, request);
        let parsed = match outcome {
            Ok(Parsed::Described(parsed)) => parsed,
            Ok(_) => Err(vec![unexpected(&name.file)]),
            Err(failure) => Err(vec![failure.problem(&name.file)]),
        };
        let (metadata, document) = parsed?;
        // The child is trusted only for the description. The file to write is assembled here from the submitted bytes,
        // and must be the one that the child has read.
        let source = draft.described(name, &metadata, document);
        let digest = read::digest(&source.bytes, source.sidecar.as_deref());
        match is_sound(&source.document, &source.file, &digest) {
            true => Ok(source),
            false => Err(vec![unexpected(&source.file)]),
        }
    }

    /// Reads a source file of the base in `base_folder` with the second parser, and returns for each unit whether the
    /// second parser finds it in the file.
    ///
    /// # Errors
    /// If the second parser cannot read the file.
    pub fn verify_units(
        &self,
        base_folder: &Path,
        file: &Path,
        units: Vec<UnitToVerify>,
    ) -> Result<Vec<bool>, Problem> {
        let count = units.len();
        let input = SourceInput::load(base_folder, file)?;
        let bytes = input.bytes.into_owned();
        let request = ParseRequest { file: input.name.clone(), bytes, task: Task::Verify { units } };
        match self.parse_one(&self.slots, request) {
            Ok(Parsed::Verified { holds: Some(holds) }) if holds.len() == count => Ok(holds),
            Ok(Parsed::Verified { holds: None }) => Err(unread_by_second(&input.name)),
            Ok(_) => Err(unexpected(&input.name)),
            Err(failure) => Err(failure.problem(&input.name)),
        }
    }

    /// Tests which restrictions a child has on this machine.
    ///
    /// # Errors
    /// If no child can be started.
    pub fn check(&self) -> Result<Restrictions, Problem> {
        let request = ParseRequest { file: "self-check".to_owned(), bytes: Vec::new(), task: Task::Check };
        match self.parse_one(&self.slots, request) {
            Ok(Parsed::Checked(restrictions)) => Ok(restrictions),
            Ok(_) => Err(unexpected(&self.program)),
            Err(failure) => Err(failure.problem(&self.program)),
        }
    }

    fn parse_one(&self, slots: &Slots, request: ParseRequest) -> Outcome {
        let mut outcomes = self.parse(slots, vec![request]);
        outcomes.pop().expect("a request has an outcome")
    }

    /// Returns the outcome of each request, in order. If a child ends early, another one retries the file that it was
    /// reading, because earlier files may have used up the limits of the first child.
    fn parse(&self, slots: &Slots, requests: Vec<ParseRequest>) -> Vec<Outcome> {
        let _slot = slots.take();
        let mut outcomes: Vec<Outcome> = Vec::with_capacity(requests.len());
        while outcomes.len() < requests.len() {
            let rest = &requests[outcomes.len()..];
            let (replies, failure) = self.run(rest);
            let is_first = replies.is_empty();
            outcomes.extend(replies.into_iter().map(|parsed| match parsed {
                Parsed::Panicked => Err(ChildFailure::Panicked),
                parsed => Ok(parsed),
            }));
            // The first file had the child's full limits, so it is not retried.
            if let Some(failure) = failure.filter(|_| is_first) {
                outcomes.push(Err(failure));
            }
        }
        outcomes
    }

    /// Returns the replies of one child, and the failure that ended it if it did not reply to all requests.
    fn run(&self, requests: &[ParseRequest]) -> (Vec<Parsed>, Option<ChildFailure>) {
        #[cfg(test)]
        if self.program.as_os_str().is_empty() {
            return (requests.iter().cloned().map(child::parse).collect(), None);
        }
        let bytes = requests.iter().map(|request| request.bytes.len() as u64).sum();
        match Child::start(&self.program, cpu_seconds(bytes)) {
            Ok(child) => child.ask(requests, self.limits),
            Err(error) => (Vec::new(), Some(ChildFailure::NotStarted(error.to_string()))),
        }
    }
}

type Outcome = Result<Parsed, ChildFailure>;

/// The restrictions that the operating system enforces on a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Restrictions {
    /// Memory is limited.
    pub memory: bool,
    /// No file can be opened.
    pub files: bool,
    /// No socket can be opened.
    pub network: bool,
    /// No process can be started.
    pub processes: bool,
}

impl Restrictions {
    /// What a child is not prevented from doing, in words.
    pub fn missing(self) -> Vec<&'static str> {
        let all = [
            (self.memory, "using unlimited memory"),
            (self.files, "opening files"),
            (self.network, "using the network"),
            (self.processes, "starting programs"),
        ];
        all.into_iter().filter(|(is_denied, _)| !is_denied).map(|(_, what)| what).collect()
    }
}

/// The processor time that a child gets for files with this total size, in seconds.
fn cpu_seconds(bytes: u64) -> u64 {
    (CPU_BASE_SECONDS + CPU_SECONDS_PER_2_MIB * bytes.div_ceil(2 << 20)).min(CPU_SECONDS)
}

/// Divides a list of files into batches, one per child. Each PDF is a separate batch: PDFs take long, and most files
/// that end a child are PDFs.
fn batches(files: &[PathBuf], processors: usize) -> Vec<&[PathBuf]> {
    let most_files = files.len().div_ceil(processors).clamp(1, BATCH_FILES);
    let size = |file: &PathBuf| std::fs::metadata(file).map_or(0, |data| data.len());
    let is_pdf = |file: &PathBuf| format_of(&file.to_string_lossy()) == Some(Format::Pdf);
    let mut batches = Vec::new();
    let (mut start, mut bytes) = (0, 0);
    for (at, file) in files.iter().enumerate() {
        let more = size(file);
        let is_full = at - start >= most_files || bytes + more > BATCH_BYTES;
        if at > start && (is_full || is_pdf(file) || is_pdf(&files[at - 1])) {
            batches.push(&files[start..at]);
            (start, bytes) = (at, 0);
        }
        bytes += more;
    }
    if start < files.len() {
        batches.push(&files[start..]);
    }
    batches
}

fn read_source(input: &SourceInput<'_>, outcome: Outcome) -> ReadSource {
    match outcome {
        Ok(Parsed::Read(read)) => {
            let sound = read.document.as_ref().is_none_or(|document| {
                is_sound(document, &input.name, &read::digest(&input.bytes, input.sidecar.as_deref()))
            });
            if sound { read } else { read::failed(unexpected(&input.name)) }
        }
        Ok(_) => read::failed(unexpected(&input.name)),
        Err(failure) => read::failed(failure.problem(&input.name)),
    }
}

/// Whether a document sent by a child belongs to this file and is valid.
fn is_sound(document: &Document, file: &str, digest: &str) -> bool {
    document.file == file && document.digest == digest && document.validate().is_ok()
}

fn unexpected(file: impl AsRef<Path>) -> Problem {
    let what = "The process that reads source files sent something other than this file's text.";
    Problem::new(file, what, "Restart the program. If the problem remains, report it together with the file.")
}

fn unread_by_second(file: &str) -> Problem {
    let what = "The second parser finds no text in the file.";
    Problem::new(file, what, "Compare the units with the file by eye; `verbatim read --html` shows them.")
}

/// A counting semaphore.
struct Slots {
    count: usize,
    free: Mutex<usize>,
    returned: Condvar,
}

impl Slots {
    fn new(count: usize) -> Self {
        Self { count, free: Mutex::new(count), returned: Condvar::new() }
    }

    fn take(&self) -> Slot<'_> {
        let mut free = self.free.lock();
        self.returned.wait_while(&mut free, |free| *free == 0);
        *free -= 1;
        Slot(self)
    }
}

struct Slot<'a>(&'a Slots);

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        *self.0.free.lock() += 1;
        self.0.returned.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_files_get_little_time_and_none_more_than_the_limit() {
        assert_eq!([0, 1, 1 << 20, 3 << 20, 16 << 20, 99 << 20].map(cpu_seconds), [3, 4, 4, 5, 11, 20]);
    }

    #[test]
    fn a_batch_is_of_text_files_and_a_pdf_stands_alone() {
        let files = ["a.md", "b.pdf", "c.md", "d.html", "e.txt", "f.pdf"].map(PathBuf::from);
        let sizes: Vec<usize> = batches(&files, 2).into_iter().map(<[PathBuf]>::len).collect();
        assert_eq!(sizes, [1, 1, 3, 1]);
        let many = vec![PathBuf::from("a.md"); 1_000];
        assert_eq!(batches(&many, 2).len(), 4);
        assert_eq!(batches(&many[..4], 2).len(), 2);
        assert!(batches(&[], 2).is_empty());
    }

    #[test]
    fn units_are_held_against_a_second_reading() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("a.md");
        std::fs::write(&file, "Take *one* tablet.\n\nRest.\n").expect("a file");
        let unit = |text: &str| UnitToVerify { text: text.to_owned(), page: None };
        let units = vec![unit("Take one tablet."), unit("Take two tablets."), unit("tablet. Rest.")];
        let verify = |file: &Path, units| Sandbox::in_process().verify_units(folder.path(), file, units);
        assert_eq!(verify(&file, units), Ok(vec![true, false, false]));
        std::fs::write(&file, "…").expect("a file");
        let problem = verify(&file, vec![unit("Rest.")]).expect_err("it has no letters");
        assert_eq!(problem.what, "The second parser finds no text in the file.");
    }

    /// The problem from a child that runs a script in `tests/fixtures/children`.
    fn read_by(script: &str) -> String {
        let program =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/children").join(script);
        let limits = ChildLimits { wall_clock: Duration::from_millis(300), output: 1_000 };
        let read = Sandbox::new(program).with_limits(limits).read_upload("sources/a.md", b"It is dark.");
        assert!(read.document.is_none());
        assert_eq!(read.problems[0].path, Path::new("sources/a.md"));
        read.problems[0].what.clone()
    }

    #[test]
    fn what_a_child_does_wrong_is_a_problem_of_the_file() {
        let expected = [
            ("ends-at-once", "The file cannot be read: the parser ended without a result."),
            ("never-ends", "Reading the file takes longer than 0.3 seconds."),
            ("writes-without-end", "The file expands to more than 0 MiB."),
            ("writes-nonsense", "The file cannot be read: the parser ended without a result."),
            ("fails", "The file cannot be read: the parser ended with exit status: 3."),
            ("out-of-memory", "Reading the file takes more than 1024 MiB of memory."),
            ("out-of-stack", "The parts of the file are nested too deeply to be read."),
            (
                "out-of-time",
                "Reading the file takes more than 4 seconds of processor time, the limit for a file of its size.",
            ),
        ];
        for (script, what) in expected {
            assert_eq!(read_by(script), what, "{script}");
        }
    }

    /// It leaves no process behind, not even a zombie.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_child_that_takes_too_long_is_killed_and_reaped() {
        let nappers = || {
            let tasks = std::fs::read_dir("/proc/self/task").expect("/proc").flatten();
            let lists = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok());
            let ids: Vec<String> =
                lists.flat_map(|list| list.split(' ').map(str::to_owned).collect::<Vec<_>>()).collect();
            let name = |id: &String| std::fs::read_to_string(format!("/proc/{id}/comm")).unwrap_or_default();
            ids.iter().filter(|id| name(id).trim() == "naps").count()
        };
        let sandbox =
            Sandbox::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/children/naps"));
        let sandbox = sandbox.with_limits(ChildLimits { wall_clock: Duration::from_millis(300), output: 9 });
        std::thread::scope(|scope| {
            let reading = scope.spawn(|| sandbox.read_upload("sources/a.md", b"It is dark."));
            while nappers() == 0 && !reading.is_finished() {
                std::thread::yield_now();
            }
            assert!(!reading.is_finished(), "it was seen while it ran");
        });
        assert_eq!(nappers(), 0);
    }

    #[test]
    fn no_more_children_run_than_there_are_slots() {
        use std::sync::Barrier;
        use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

        let (slots, running, most) = (Slots::new(2), AtomicUsize::new(0), AtomicUsize::new(0));
        let both = Barrier::new(2);
        std::thread::scope(|scope| {
            for _ in 0..6 {
                scope.spawn(|| {
                    let _slot = slots.take();
                    most.fetch_max(1 + running.fetch_add(1, SeqCst), SeqCst);
                    both.wait();
                    running.fetch_sub(1, SeqCst);
                });
            }
        });
        assert_eq!(most.into_inner(), 2);
    }

    #[test]
    fn a_child_inherits_no_environment() {
        assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some(), "there is something to inherit");
        assert_eq!(
            read_by("tells-environment"),
            "The file cannot be read: the parser ended with exit status: 4."
        );
    }

    #[test]
    fn a_program_that_is_not_there_is_a_problem_of_every_file() {
        let sandbox = Sandbox::new("/nowhere/verbatim");
        let read = sandbox.read_upload("sources/a.md", b"It is dark.");
        assert!(read.document.is_none());
        assert!(read.problems[0].what.starts_with("The process that reads source files cannot be started:"));
    }
}
