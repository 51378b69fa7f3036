//! Controls one child: starts it, sends it requests, reads its replies, and ends it if it takes too long or writes too
//! much.

use std::io::{self, Read};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{self, Command, ExitStatus, Stdio};
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use rustix::process::Signal;

use super::protocol::{self, ParseRequest, Parsed};
use super::{ChildLimits, MEMORY, SUBCOMMAND};
use crate::knowledge::problem::Problem;

/// How much of a child's standard error is read, in bytes. It shows which limit was exceeded, and is never displayed.
const STANDARD_ERROR: u64 = 4 << 10;

/// A child that waits for requests.
pub struct Child {
    process: process::Child,
    cpu_seconds: u64,
}

/// Why a child gave no reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChildFailure {
    /// The operating system could not start it; contains its error message.
    NotStarted(String),
    /// It exceeded the memory limit.
    Memory,
    /// It exceeded this limit on processor time, in seconds.
    Cpu(u64),
    /// It exceeded this time limit.
    WallClock(Duration),
    /// It exceeded this output limit, in bytes.
    Output(usize),
    /// It ran out of stack.
    Nesting,
    /// It ended in another way; contains the operating system's description.
    Crashed(String),
    /// Its parser panicked on the file.
    Panicked,
    /// It sent something that is not a reply, or ended without one.
    Silent,
}

impl Child {
    /// Starts a child of `program`. It inherits no environment, which may contain secrets.
    ///
    /// # Errors
    /// The operating system's error.
    pub fn start(program: &Path, cpu_seconds: u64) -> io::Result<Self> {
        let process = Command::new(program)
            .args([SUBCOMMAND, "--cpu-seconds", &cpu_seconds.to_string()])
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        Ok(Self { process, cpu_seconds })
    }

    /// Lets the child parse files. Returns its replies, and the failure that ended it if some are missing. Afterwards
    /// the child has ended and has been reaped.
    pub fn ask(
        mut self,
        requests: &[ParseRequest],
        limits: ChildLimits,
    ) -> (Vec<Parsed>, Option<ChildFailure>) {
        let mut input = self.process.stdin.take().expect("it is piped");
        let mut output = self.process.stdout.take().expect("it is piped");
        let error = self.process.stderr.take().expect("it is piped");
        let (sender, receiver) = sync_channel(1);
        thread::scope(|scope| {
            scope.spawn(move || {
                // A child that has ended no longer reads; its exit status says why.
                let _ = requests.iter().try_for_each(|request| protocol::send(&mut input, request));
            });
            scope.spawn(move || listen(&mut output, limits.output, requests.len(), &sender));
            let complaint = scope.spawn(move || complaint(error));
            let mut replies = Vec::with_capacity(requests.len());
            let mut ended = None;
            while replies.len() < requests.len() && ended.is_none() {
                match receiver.recv_timeout(limits.wall_clock) {
                    Ok(Ok(reply)) => replies.push(reply),
                    Ok(Err(error)) if error.kind() == io::ErrorKind::FileTooLarge => {
                        ended = Some(ChildFailure::Output(limits.output));
                    }
                    Ok(Err(_)) => ended = Some(ChildFailure::Silent),
                    Err(RecvTimeoutError::Timeout) => {
                        ended = Some(ChildFailure::WallClock(limits.wall_clock))
                    }
                    Err(RecvTimeoutError::Disconnected) => break,
                }
            }
            drop(receiver);
            if ended.is_some() {
                let _ = self.process.kill();
            }
            let status = self.process.wait();
            let complaint = complaint.join().unwrap_or_default();
            if replies.len() < requests.len() && ended.is_none() {
                ended = Some(self.failure(status, &complaint));
            }
            (replies, ended)
        })
    }

    fn failure(&self, status: io::Result<ExitStatus>, complaint: &str) -> ChildFailure {
        if complaint.contains("memory allocation of") || complaint.contains("out of memory") {
            return ChildFailure::Memory;
        }
        if complaint.contains("overflowed its stack") {
            return ChildFailure::Nesting;
        }
        match status {
            Ok(status) if was_out_of_time(status) => ChildFailure::Cpu(self.cpu_seconds),
            Ok(status) if status.success() => ChildFailure::Silent,
            Ok(status) => ChildFailure::Crashed(status.to_string()),
            Err(error) => ChildFailure::Crashed(error.to_string()),
        }
    }
}

/// Forwards replies until there are `count`, or until an error.
fn listen(output: &mut impl Read, largest: usize, count: usize, sender: &SyncSender<io::Result<Parsed>>) {
    for _ in 0..count {
        let Some(reply) = protocol::receive(output, largest).transpose() else { return };
        let is_last = reply.is_err();
        if sender.send(reply).is_err() || is_last {
            return;
        }
    }
}

/// The beginning of the child's standard error. The rest is read and dropped, so that the child never blocks.
fn complaint(mut error: impl Read) -> String {
    let mut start = Vec::new();
    let _ = error.by_ref().take(STANDARD_ERROR).read_to_end(&mut start);
    let _ = io::copy(&mut error, &mut io::sink());
    String::from_utf8_lossy(&start).into_owned()
}

fn was_out_of_time(status: ExitStatus) -> bool {
    status.signal() == Some(Signal::XCPU.as_raw())
}

impl ChildFailure {
    /// The problem to report to the author of the file.
    pub fn problem(&self, file: impl AsRef<Path>) -> Problem {
        let file = file.as_ref();
        let what = match self {
            Self::NotStarted(why) => {
                let what = format!("The process that reads source files cannot be started: {why}.");
                let remedy = "Check that the program's file exists and is executable, and that memory and processes are available.";
                return Problem::new(file, what, remedy);
            }
            Self::Memory => format!("Reading the file takes more than {} MiB of memory.", MEMORY >> 20),
            Self::Cpu(seconds) => format!(
                "Reading the file takes more than {seconds} seconds of processor time, the limit for a file of its size."
            ),
            Self::WallClock(limit) => {
                format!("Reading the file takes longer than {} seconds.", limit.as_secs_f64())
            }
            Self::Output(limit) => format!("The file expands to more than {} MiB.", limit >> 20),
            Self::Nesting => "The parts of the file are nested too deeply to be read.".to_owned(),
            Self::Panicked => {
                "The file cannot be read: its structure is not what the parser of its format expects."
                    .to_owned()
            }
            Self::Crashed(how) => format!("The file cannot be read: the parser ended with {how}."),
            Self::Silent => "The file cannot be read: the parser ended without a result.".to_owned(),
        };
        Problem::new(file, what, REMEDY)
    }
}

/// What to do about a file that exceeds a limit or ends the parser.
const REMEDY: &str = "Save its text as Markdown or plain text, in several files if it is long, or remove it.";
