//! The messages between parent and child. Each is a frame: a length (four bytes, little-endian) and that many bytes of
//! postcard. A child replies to each request before it reads the next one.

use std::io::{self, Read, Write};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::Restrictions;
use crate::knowledge::document::Document;
use crate::knowledge::metadata::SourceMetadata;
use crate::knowledge::problem::Problem;
use crate::knowledge::read::{ReadSource, SourceInput};

/// A file to parse.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ParseRequest {
    /// Its path in the base's folder; for a draft, the submitted file name.
    pub file: String,
    /// The file's contents.
    pub bytes: Vec<u8>,
    /// What to do with it.
    pub task: Task,
}

/// What a child should do with a file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Task {
    /// Read it in the same way as indexing.
    Read {
        /// The text of its sidecar file.
        sidecar: Option<String>,
    },
    /// Read it as it will be stored in the base's folder, described by `metadata`.
    Describe {
        /// Its description.
        metadata: SourceMetadata,
    },
    /// Read it with the second parser, and search it for units.
    Verify {
        /// The units that the reader found in the file.
        units: Vec<UnitToVerify>,
    },
    /// Test the restrictions of the child.
    Check,
}

/// A unit to search for with the second parser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitToVerify {
    /// Its words.
    pub text: String,
    /// The page of a PDF on which its passage begins, counted from 1.
    pub page: Option<u32>,
}

/// The reply to a request, one variant per task.
#[derive(Debug, Serialize, Deserialize)]
pub enum Parsed {
    /// To [`Task::Read`].
    Read(ReadSource),
    /// To [`Task::Describe`]: the complete description and the document.
    Described(Result<(SourceMetadata, Document), Vec<Problem>>),
    /// To [`Task::Verify`].
    Verified {
        /// For each unit, whether the second parser finds it; `None` if the second parser cannot read the file.
        holds: Option<Vec<bool>>,
    },
    /// To [`Task::Check`].
    Checked(Restrictions),
    /// To any task: the parser panicked, and the child continues.
    Panicked,
}

impl ParseRequest {
    /// Makes the request to read a source.
    pub fn of(input: &SourceInput<'_>) -> Self {
        let task = Task::Read { sidecar: input.sidecar.clone() };
        Self { file: input.name.clone(), bytes: input.bytes.to_vec(), task }
    }
}

/// Writes a frame.
///
/// # Errors
/// If the other side has ended.
pub fn send(output: &mut impl Write, message: &impl Serialize) -> io::Result<()> {
    let bytes = postcard::to_stdvec(message).map_err(io::Error::other)?;
    let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
    output.write_all(&length.to_le_bytes())?;
    output.write_all(&bytes)?;
    output.flush()
}

/// Reads a frame; `None` if the other side has ended.
///
/// # Errors
/// `FileTooLarge` for a frame over `largest` bytes; `InvalidData` for one that contains something else.
pub fn receive<T: DeserializeOwned>(input: &mut impl Read, largest: usize) -> io::Result<Option<T>> {
    let mut length = [0; 4];
    match input.read_exact(&mut length) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    }
    let length = u32::from_le_bytes(length) as usize;
    if length > largest {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    let mut bytes = Vec::new();
    input.take(length as u64).read_to_end(&mut bytes)?;
    if bytes.len() < length {
        return Ok(None);
    }
    postcard::from_bytes(&bytes).map(Some).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_follow_each_other_and_a_torn_one_is_none() {
        let mut wire = Vec::new();
        send(&mut wire, &"one").expect("a frame");
        send(&mut wire, &"two").expect("a frame");
        let mut input = &wire[..wire.len() - 1];
        assert_eq!(receive::<String>(&mut input, 99).expect("a frame").as_deref(), Some("one"));
        assert_eq!(receive::<String>(&mut input, 99).expect("an end"), None);
        assert_eq!(receive::<String>(&mut input, 99).expect("an end"), None);
    }

    #[test]
    fn a_frame_that_is_too_long_is_refused_before_it_is_read() {
        let mut input: &[u8] = &[255, 255, 255, 255, 0];
        let error = receive::<String>(&mut input, 64).expect_err("it is too long");
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
    }
}
