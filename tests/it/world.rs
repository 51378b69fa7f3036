//! The world of a test: a temporary folder with settings, knowledge and the program's files. Every run is checked: it
//! ends in time, never panics, and prints no control characters into a pipe.

use std::collections::{BTreeMap, HashMap};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, lchown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, LazyLock, Mutex, OnceLock};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;
use verbatim_core::engine::{Engine, OpenedEngine, Place, Resources, reindex_base};
use verbatim_core::knowledge::sandbox::Sandbox;

use crate::fixture;

/// Maximum duration of a run, however busy the machine is.
const LONGEST: Duration = Duration::from_secs(90);
/// A user bound by permissions, for tests that run as root.
const NOBODY: u32 = 65_534;
/// When the first index of a world was built: long before any that the program builds.
const FIRST_BUILT: &str = "2026-01-02T03:04:05Z";

/// The files of a folder by their paths in it.
pub type Files = BTreeMap<String, Vec<u8>>;
/// The first index of some knowledge, built by the first test that needs it.
type FirstIndex = Arc<OnceLock<Files>>;

/// A temporary folder that the program runs in.
pub struct World {
    folder: TempDir,
    program: PathBuf,
    /// The user that runs the program; `None` for the user that runs the test.
    user: Option<u32>,
    environment: Vec<(OsString, OsString)>,
}

/// The result of a run.
#[derive(Debug)]
pub struct Ran {
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
    /// The exit code; -1 if the program was killed.
    pub code: i32,
}

impl World {
    /// The fixture base.
    pub fn new() -> Self {
        let safety = include_str!("../../knowledge/safety.toml");
        Self::empty()
            .file("knowledge/safety.toml", safety)
            .file("knowledge/medical.toml", fixture::MEDICAL)
            .file("knowledge/mel/base.toml", fixture::ABOUT)
            .source("leaflet.md", fixture::LEAFLET)
            .source("review.md", fixture::REVIEW)
    }

    /// Only settings.
    pub fn empty() -> Self {
        let folder = tempfile::Builder::new().prefix("verbatim-it-").tempdir().expect("a temporary folder");
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("an open folder");
        let program = PathBuf::from(env!("CARGO_BIN_EXE_verbatim"));
        std::os::unix::fs::symlink(models(), folder.path().join("models")).expect("a link");
        Self { folder, program, user: None, environment: Vec::new() }.file("verbatim.toml", fixture::SETTINGS)
    }

    /// Adds a file, by its path in the world.
    pub fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.write(path, content);
        self
    }

    /// Adds a source to the fixture base.
    pub fn source(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        self.file(&format!("knowledge/mel/sources/{name}"), content)
    }

    /// Sets an environment variable.
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Runs as a user bound by permissions: the user that runs the test, or `nobody` if that is root.
    pub fn bound_by_permissions(mut self) -> Self {
        if fs::metadata("/proc/self").expect("/proc tells who we are").uid() != 0 {
            return self;
        }
        give(self.folder.path(), NOBODY);
        let program = self.path("verbatim");
        // The checkout's folder may be closed to other users; a hard link to the binary costs nothing. Its owner must
        // not change, because the file is the checkout's own.
        fs::hard_link(&self.program, &program)
            .or_else(|_| fs::copy(&self.program, &program).map(drop))
            .expect("the binary can be brought into the world");
        self.program = program;
        self.user = Some(NOBODY);
        let own = self.path("models");
        fs::remove_file(&own).expect("the link to the checkout's models");
        fs::create_dir_all(own.join("reader")).expect("a folder");
        for entry in fs::read_dir(models().join("reader")).expect("the model") {
            let entry = entry.expect("a file");
            fs::copy(entry.path(), own.join("reader").join(entry.file_name())).expect("a copy");
        }
        self
    }

    /// A path in the world.
    pub fn path(&self, inside: &str) -> PathBuf {
        self.folder.path().join(inside)
    }

    /// Writes a file, creating its parent folders.
    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a parent folder")).expect("folders can be made");
        fs::write(&path, content).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }

    /// Sets the permissions of a file or folder.
    pub fn permit(&self, path: &str, mode: u32) {
        fs::set_permissions(self.path(path), fs::Permissions::from_mode(mode))
            .expect("permissions can be set");
    }

    /// The program, ready to start in the world. The test's own environment does not affect it.
    pub fn command<I: IntoIterator<Item: AsRef<OsStr>>>(&self, arguments: I) -> Command {
        let mut command = Command::new(&self.program);
        command.args(arguments);
        self.prepare(&mut command);
        command
    }

    fn prepare(&self, command: &mut Command) {
        let stray = ["COLUMNS", "NO_COLOR", "CLICOLOR_FORCE", "CLICOLOR", "VERBATIM_LOG", "RUST_LOG"];
        stray.iter().for_each(|name| {
            command.env_remove(name);
        });
        command.current_dir(self.folder.path()).envs(self.environment.iter().cloned());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        if let Some(user) = self.user {
            command.uid(user).gid(user);
        }
    }

    /// Runs the program to its end.
    pub fn run<I: IntoIterator<Item: AsRef<OsStr>>>(&self, arguments: I) -> Ran {
        finish(self.command(arguments), b"")
    }

    /// Runs the program with `input` on its standard input.
    pub fn run_with<I: IntoIterator<Item: AsRef<OsStr>>>(
        &self,
        arguments: I,
        input: impl AsRef<[u8]>,
    ) -> Ran {
        finish(self.command(arguments), input.as_ref())
    }

    /// Runs the program with files limited to `blocks` of 512 bytes, which simulates a full disk.
    pub fn run_on_full_disk<I: IntoIterator<Item: AsRef<OsStr>>>(&self, blocks: u32, arguments: I) -> Ran {
        finish(self.command_on_full_disk(blocks, arguments), b"")
    }

    /// The program, ready to start with files limited to `blocks` of 512 bytes.
    pub fn command_on_full_disk<I>(&self, blocks: u32, arguments: I) -> Command
    where
        I: IntoIterator<Item: AsRef<OsStr>>,
    {
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"");
        let mut command = Command::new("sh");
        command.args(["-c", &script, "sh"]).arg(&self.program).args(arguments);
        self.prepare(&mut command);
        command
    }

    /// Asks for a reply as JSON.
    pub fn ask_json(&self, question: &str) -> Value {
        let ran = self.run(["ask", "--json", question]);
        serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("no JSON ({error}): {ran:?}"))
    }

    /// Asks for the usual dose, and returns the dose in the answer.
    pub fn dose(&self) -> String {
        let ran = self.run(["ask", "What is the usual dose of melatonin?"]).succeeds();
        let words: Vec<&str> = ran.out.split_whitespace().collect();
        let mg = words.iter().position(|word| *word == "mg,").unwrap_or_else(|| panic!("no dose: {ran:?}"));
        words[mg - 1].to_owned()
    }

    /// Builds the index. The first index of the fixture base is built in-process, once for all worlds with the same
    /// knowledge, and dated to the beginning of 2026.
    pub fn indexed(self) -> Self {
        if self.path("index").exists() {
            self.run(["index"]).succeeds();
            return self;
        }
        for (path, bytes) in first_index(&self).get().expect("it is built") {
            self.write(&format!("index/{path}"), bytes);
        }
        if let Some(user) = self.user {
            give(&self.path("index"), user);
        }
        self
    }

    /// All files below a folder, without folders that are links, such as the models.
    pub fn files(&self, folder: &str) -> Files {
        let (root, mut found) = (self.path(folder), Files::new());
        let mut open = vec![root.clone()];
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(&folder).expect("a folder") {
                let entry = entry.expect("an entry");
                let path = entry.path();
                if entry.file_type().expect("a type").is_dir() {
                    open.push(path);
                    continue;
                }
                // Not a link to a folder, and not a file that is gone by now, such as SQLite's journal.
                let Ok(bytes) = fs::read(&path) else { continue };
                let inside = path.strip_prefix(&root).expect("it is inside").display().to_string();
                found.insert(inside, bytes);
            }
        }
        found
    }

    /// The live generation's name.
    pub fn current(&self) -> String {
        fs::read_to_string(self.path("index/mel/CURRENT")).expect("a live generation").trim().to_owned()
    }

    /// The names in the folder of generations, sorted.
    pub fn generations(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.path("index/mel")) else { return Vec::new() };
        let name = |entry: std::io::Result<fs::DirEntry>| entry.expect("an entry").file_name().into_string();
        let mut names: Vec<String> = entries.map(|entry| name(entry).expect("a plain name")).collect();
        names.sort();
        names
    }
}

impl Ran {
    /// Asserts that the program succeeds.
    #[track_caller]
    pub fn succeeds(self) -> Self {
        self.exits(0)
    }

    /// Asserts that the program exits with `code`.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "\n{}\n{}", self.out, self.err);
        self
    }

    /// Asserts that standard output contains these words, ignoring line breaks.
    #[track_caller]
    pub fn says(self, words: &str) -> Self {
        assert!(
            one_line(&self.out).contains(&one_line(words)),
            "not said: {words}\n{}\n{}",
            self.out,
            self.err
        );
        self
    }

    /// Asserts that standard error contains these words.
    #[track_caller]
    pub fn warns(self, words: &str) -> Self {
        assert!(
            one_line(&self.err).contains(&one_line(words)),
            "not told: {words}\n{}\n{}",
            self.out,
            self.err
        );
        self
    }

    /// Asserts that neither contains these words.
    #[track_caller]
    pub fn never_says(self, words: &str) -> Self {
        let both = one_line(&format!("{} {}", self.out, self.err));
        assert!(!both.contains(&one_line(words)), "said: {words}\n{}\n{}", self.out, self.err);
        self
    }
}

/// How an in-process test has source files parsed: in child processes of the program itself.
pub fn sandbox() -> Sandbox {
    Sandbox::new(env!("CARGO_BIN_EXE_verbatim"))
}

/// The checkout's models.
fn models() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("models")
}

/// The model and the safety cards, loaded once for all tests that ask in-process.
pub fn resources() -> Arc<Resources> {
    static SHARED: LazyLock<Arc<Resources>> = LazyLock::new(own_resources);
    SHARED.clone()
}

/// The same for one test alone.
pub fn own_resources() -> Arc<Resources> {
    let knowledge = Path::new(env!("CARGO_MANIFEST_DIR")).join("knowledge");
    Arc::new(Resources::open(&knowledge, &models(), "reader", sandbox()).expect("resources"))
}

/// Opens the fixture base in-process.
pub fn open(world: &World) -> OpenedEngine {
    open_with(world, resources())
}

/// Opens the fixture base with these resources.
pub fn open_with(world: &World, resources: Arc<Resources>) -> OpenedEngine {
    Engine::open(resources, place(world, 1), FIRST_BUILT, &mut |_| {}).expect("an engine")
}

/// Builds the index in-process, with the date that the test gives: generations are distinguished by the second.
pub fn index_at(world: &World, made: &str) {
    reindex_base(&resources(), &place(world, 3), made, true, &mut |_| {}).expect("an index");
}

/// The first index of this world's knowledge, which is built in this world if there is none yet.
fn first_index(world: &World) -> FirstIndex {
    static BUILT: LazyLock<Mutex<HashMap<Files, FirstIndex>>> = LazyLock::new(Mutex::default);
    let knowledge = world.files("knowledge");
    let first = BUILT.lock().expect("nobody panicked").entry(knowledge).or_default().clone();
    first.get_or_init(|| {
        reindex_base(&resources(), &place(world, 3), FIRST_BUILT, false, &mut |_| {}).expect("an index");
        world.files("index")
    });
    first
}

fn place(world: &World, keep: usize) -> Place {
    let (knowledge, index) = (world.path("knowledge"), world.path("index"));
    Place { knowledge, index, base: fixture::BASE.to_owned(), keep }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Starts a command, writes its input, and waits for its end with a timeout.
fn finish(mut command: Command, input: &[u8]) -> Ran {
    if !input.is_empty() {
        command.stdin(Stdio::piped());
    }
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let out = gather(child.stdout.take().expect("a pipe"));
    let err = gather(child.stderr.take().expect("a pipe"));
    if let Some(mut pipe) = child.stdin.take() {
        // A program that stops reading early is judged by its output.
        let _ = pipe.write_all(input);
    }
    let status = wait(&mut child).unwrap_or_else(|| panic!("{command:?} does not end"));
    let text = |bytes: std::thread::JoinHandle<Vec<u8>>| {
        String::from_utf8(bytes.join().expect("the pipe is read")).expect("the program prints UTF-8")
    };
    let ran = Ran { out: text(out), err: text(err), code: status.code().unwrap_or(-1) };
    assert!(!ran.err.contains("panicked at"), "{command:?}\n{}", ran.err);
    let acts = |letter: char| letter.is_control() && !"\n\t".contains(letter);
    assert!(!ran.out.contains(acts) && !ran.err.contains(acts), "control characters in a pipe: {ran:?}");
    ran
}

fn gather(mut pipe: impl Read + Send + 'static) -> std::thread::JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes).expect("a pipe can be read");
        bytes
    })
}

/// Waits for a process. Kills it and returns `None` if it does not end.
pub fn wait(child: &mut Child) -> Option<ExitStatus> {
    let begin = Instant::now();
    loop {
        match child.try_wait().expect("a child can be waited for") {
            Some(status) => return Some(status),
            None if begin.elapsed() > LONGEST => {
                let _ = child.kill();
                return None;
            }
            None => std::thread::sleep(Duration::from_millis(3)),
        }
    }
}

/// Gives a folder and everything in it to a user.
fn give(path: &Path, user: u32) {
    lchown(path, Some(user), Some(user)).expect("root can give a file away");
    if path.is_dir() && !path.is_symlink() {
        fs::read_dir(path).expect("a folder").for_each(|entry| give(&entry.expect("an entry").path(), user));
    }
}
