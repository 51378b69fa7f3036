//! The child process: drops the privileges that it does not need, then parses files one by one until its input ends.

use std::io::{self, Read, Write};
use std::panic::{self, AssertUnwindSafe};
use std::thread;

use super::protocol::{self, ParseRequest, Parsed, Task, UnitToVerify};
use super::restrict;
use crate::knowledge::draft::SourceDraft;
use crate::knowledge::format::format_of;
use crate::knowledge::read::{self, LARGEST};
use crate::knowledge::second::SecondReading;

/// The stack size of the parser thread, in bytes. Parsers recurse into nested structures of a file.
const STACK_BYTES: usize = 128 << 20;
/// The largest request, in bytes: a file, its description and its name.
const LARGEST_REQUEST: usize = 3 * LARGEST as usize;

/// Reads requests from standard input and writes replies to standard output.
///
/// # Errors
/// If a limit cannot be set, or the parent has ended.
pub fn run(cpu_seconds: u64) -> io::Result<()> {
    // The parent reports what went wrong; the panic message of a library is not meant for users.
    panic::set_hook(Box::new(|_| {}));
    let output = restrict::private_output()?;
    restrict::limit_resources(cpu_seconds)?;
    let parser = thread::Builder::new().stack_size(STACK_BYTES).spawn(move || {
        restrict::give_up_access();
        serve(&mut io::stdin().lock(), output)
    })?;
    parser.join().unwrap_or_else(|_| Err(io::Error::other("the parser panicked")))
}

fn serve(input: &mut impl Read, mut output: impl Write) -> io::Result<()> {
    while let Some(request) = protocol::receive::<ParseRequest>(input, LARGEST_REQUEST)? {
        let parsed = panic::catch_unwind(AssertUnwindSafe(|| parse(request))).unwrap_or(Parsed::Panicked);
        protocol::send(&mut output, &parsed)?;
    }
    Ok(())
}

pub(super) fn parse(request: ParseRequest) -> Parsed {
    let ParseRequest { file, bytes, task } = request;
    match task {
        Task::Read { sidecar } => Parsed::Read(read::read_bytes(&file, &bytes, sidecar.as_deref())),
        Task::Describe { metadata } => {
            Parsed::Described(SourceDraft { file_name: file, bytes, metadata }.describe())
        }
        Task::Verify { units } => Parsed::Verified { holds: verify(&file, &bytes, &units) },
        Task::Check => Parsed::Checked(restrict::check()),
    }
}

/// For each unit, whether the second parser finds it in the file; `None` if the second parser cannot read the file.
fn verify(file: &str, bytes: &[u8], units: &[UnitToVerify]) -> Option<Vec<bool>> {
    let reading = SecondReading::of(format_of(file)?, bytes)?;
    Some(units.iter().map(|unit| reading.holds(&unit.text, unit.page)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_request_gets_its_reply_in_order() {
        let mut wire = Vec::new();
        for (file, text) in [("sources/a.md", "It is dark."), ("sources/b.md", "")] {
            let task = Task::Read { sidecar: None };
            let request = ParseRequest { file: file.to_owned(), bytes: text.as_bytes().to_vec(), task };
            protocol::send(&mut wire, &request).expect("a frame");
        }
        let mut output = Vec::new();
        serve(&mut wire.as_slice(), &mut output).expect("it is served");
        let mut output = output.as_slice();
        let mut read = || match protocol::receive(&mut output, 9_999).expect("a frame") {
            Some(Parsed::Read(read)) => read,
            other => panic!("{other:?}"),
        };
        assert_eq!(read().document.map(|document| document.file).as_deref(), Some("sources/a.md"));
        assert_eq!(read().problems[0].what, "The file is empty.");
    }
}
