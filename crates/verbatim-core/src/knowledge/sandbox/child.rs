//! The child: gives up what it does not need, then parses one file after another until its input ends.

use std::io::{self, Read, Write};
use std::panic::{self, AssertUnwindSafe};
use std::thread;

use super::protocol::{self, Parsed, Request, Task, UnitToVerify};
use super::restrict;
use crate::knowledge::draft::SourceDraft;
use crate::knowledge::read::{self, LARGEST};
use crate::knowledge::second::SecondReading;

/// Parsers recurse into what a file nests.
const STACK_BYTES: usize = 128 << 20;
/// The largest request: a file, its description and its name.
const LARGEST_REQUEST: usize = 3 * LARGEST as usize;

/// Reads requests from standard input and writes replies to standard output.
///
/// # Errors
/// Where a limit cannot be set, or the parent is gone.
pub fn run(cpu_seconds: u64) -> io::Result<()> {
    // The parent tells what went wrong; a library's panic is no text for people.
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
    while let Some(request) = protocol::receive::<Request>(input, LARGEST_REQUEST)? {
        let parsed = panic::catch_unwind(AssertUnwindSafe(|| parse(request))).unwrap_or(Parsed::Panicked);
        protocol::send(&mut output, &parsed)?;
    }
    Ok(())
}

pub(super) fn parse(request: Request) -> Parsed {
    let Request { file, bytes, task } = request;
    match task {
        Task::Read { sidecar } => Parsed::Read(read::read_bytes(&file, &bytes, sidecar.as_deref())),
        Task::Describe { about } => {
            Parsed::Described(SourceDraft { file_name: file, bytes, about }.describe())
        }
        Task::Verify { units } => Parsed::Verified { holds: verify(&file, &bytes, &units) },
        Task::Check => Parsed::Checked(restrict::check()),
    }
}

/// For each unit, whether a second reading of the file holds it; `None` where there is no second reading.
fn verify(file: &str, bytes: &[u8], units: &[UnitToVerify]) -> Option<Vec<bool>> {
    let reading = SecondReading::of(read::format_of(file)?, bytes)?;
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
            let request = Request { file: file.to_owned(), bytes: text.as_bytes().to_vec(), task };
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
