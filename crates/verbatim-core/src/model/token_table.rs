//! The 8-bit vectors of the word pieces of many units, in one memory-mapped file: a question reads only the few units
//! that are candidates.
//!
//! ```text
//! magic, version, units, rows      8 + 4 + 4 + 8 bytes
//! rows                             a scale (f32) and TOKEN_DIMENSIONS signed bytes each
//! offsets                          the first row of each unit and the end, 4 bytes each
//! ```

use std::io::{self, Seek, SeekFrom, Write};
use std::ops::Deref;

use super::TOKEN_DIMENSIONS;
use super::late_interaction::product;
use super::scan;

const MAGIC: [u8; 8] = *b"VBTMTOK\0";
const VERSION: u32 = 1;
const HEADER: usize = MAGIC.len() + 4 + 4 + 8;
const SCALE: usize = size_of::<f32>();
const ROW: usize = SCALE + TOKEN_DIMENSIONS;

/// The vector of one word piece: number × scale.
#[derive(Debug, Clone, PartialEq)]
pub struct TokenRow {
    numbers: [i8; TOKEN_DIMENSIONS],
    scale: f32,
}

/// The vectors of many units, in owned or memory-mapped bytes.
pub struct TokenTable<B> {
    bytes: B,
    offsets: Vec<u32>,
}

/// Writes a table unit by unit, so that a large table is never entirely in memory.
pub struct TokenWriter<W> {
    out: W,
    offsets: Vec<u32>,
}

/// The vectors of one unit.
#[derive(Debug, Clone, Copy)]
pub struct UnitTokens<'a> {
    rows: &'a [[u8; ROW]],
}

/// An error in the bytes of a table of word pieces.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum TokenTableError {
    /// The file is something else, or has another version.
    #[error("this is not a table of word pieces of version {VERSION}; run `verbatim index`")]
    Header,
    /// The file is shorter or longer than its header says, or an offset is out of order.
    #[error("the table of word pieces is damaged; run `verbatim index`")]
    Damaged,
}

impl TokenRow {
    /// Quantises a vector of length 1 to 8 bits per number.
    pub fn quantise(vector: &[f32; TOKEN_DIMENSIONS]) -> Self {
        let (numbers, scale) = scan::quantised(vector);
        Self { numbers, scale }
    }

    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(&self.scale.to_le_bytes())?;
        out.write_all(&self.numbers.map(|number| number as u8))
    }

    fn read(bytes: &[u8; ROW]) -> Self {
        let (scale, numbers) = parts(bytes);
        Self { numbers: numbers.map(|number| number as i8), scale }
    }
}

fn parts(row: &[u8; ROW]) -> (f32, &[u8; TOKEN_DIMENSIONS]) {
    let (scale, numbers) = row.split_first_chunk::<SCALE>().expect("a row begins with its scale");
    (f32::from_le_bytes(*scale), numbers.first_chunk().expect("the rest is its numbers"))
}

impl<B: Deref<Target = [u8]>> TokenTable<B> {
    /// Reads a table.
    ///
    /// # Errors
    /// [`TokenTableError`], if a [`TokenWriter`] did not write the table.
    pub fn read(bytes: B) -> Result<Self, TokenTableError> {
        let header = bytes.get(..HEADER).filter(|header| header.starts_with(&MAGIC));
        let (fields, _) = header.ok_or(TokenTableError::Header)?[MAGIC.len()..].as_chunks::<4>();
        let [version, units, low, high] = [0, 1, 2, 3].map(|at| u32::from_le_bytes(fields[at]));
        if version != VERSION {
            return Err(TokenTableError::Header);
        }
        let rows = usize::try_from(u64::from(high) << 32 | u64::from(low)).ok();
        let start = rows.and_then(|rows| rows.checked_mul(ROW)?.checked_add(HEADER));
        let offsets = start.and_then(|start| bytes.get(start..)).ok_or(TokenTableError::Damaged)?;
        let (offsets, rest) = offsets.as_chunks::<4>();
        let offsets: Vec<u32> = offsets.iter().map(|at| u32::from_le_bytes(*at)).collect();
        let sound = rest.is_empty()
            && offsets.len() == units as usize + 1
            && offsets.is_sorted()
            && offsets.first() == Some(&0)
            && offsets.last().map(|&end| end as usize) == rows;
        if sound { Ok(Self { bytes, offsets }) } else { Err(TokenTableError::Damaged) }
    }

    /// The number of units.
    pub fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Returns whether the table has no units.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The vectors of a unit; `None` if there is no such unit.
    pub fn unit(&self, at: usize) -> Option<UnitTokens<'_>> {
        let (start, end) = (*self.offsets.get(at)? as usize, *self.offsets.get(at + 1)? as usize);
        let (rows, _) = self.bytes.get(HEADER..)?.as_chunks::<ROW>();
        Some(UnitTokens { rows: rows.get(start..end)? })
    }
}

impl<W: Write + Seek> TokenWriter<W> {
    /// Creates a writer for a table that starts at the current position of `out`, the start of its file.
    ///
    /// # Errors
    /// As [`Write::write_all`].
    pub fn new(mut out: W) -> io::Result<Self> {
        // Filled in at the end; until then the file is not a valid table.
        out.write_all(&[0; HEADER])?;
        Ok(Self { out, offsets: vec![0] })
    }

    /// Writes the next unit.
    ///
    /// # Errors
    /// As [`Write::write_all`], and if the table would have more than 2^32 rows.
    pub fn add(&mut self, unit: &[TokenRow]) -> io::Result<()> {
        let end = self.offsets.last().copied().unwrap_or_default().checked_add(unit.len() as u32);
        self.offsets.push(end.ok_or_else(|| io::Error::other("too many word pieces"))?);
        unit.iter().try_for_each(|row| row.write(&mut self.out))
    }

    /// Completes the table.
    ///
    /// # Errors
    /// As [`Write::write_all`].
    pub fn finish(mut self) -> io::Result<W> {
        for offset in &self.offsets {
            self.out.write_all(&offset.to_le_bytes())?;
        }
        self.out.seek(SeekFrom::Start(0))?;
        self.out.write_all(&MAGIC)?;
        self.out.write_all(&VERSION.to_le_bytes())?;
        self.out.write_all(&(self.offsets.len() as u32 - 1).to_le_bytes())?;
        let rows = self.offsets.last().copied().unwrap_or_default();
        self.out.write_all(&u64::from(rows).to_le_bytes())?;
        self.out.flush()?;
        Ok(self.out)
    }
}

/// Returns the bytes of a table of these units.
#[cfg(test)]
pub(super) fn encoded(units: &[Vec<TokenRow>]) -> Vec<u8> {
    let mut writer = TokenWriter::new(io::Cursor::new(Vec::new())).expect("memory takes all bytes");
    units.iter().for_each(|unit| writer.add(unit).expect("memory takes all bytes"));
    writer.finish().expect("memory takes all bytes").into_inner()
}

impl UnitTokens<'_> {
    /// Copies the vectors, for another table.
    pub fn to_rows(self) -> Vec<TokenRow> {
        self.rows.iter().map(TokenRow::read).collect()
    }

    /// The highest cosine between a word piece and any of the unit's; −1 if the unit has none.
    #[inline(always)]
    pub fn best_match(self, token: &TokenRow) -> f32 {
        let cosine = |row: &[u8; ROW]| {
            let (scale, numbers) = parts(row);
            product(&token.numbers, numbers) as f32 * scale * token.scale
        };
        self.rows.iter().map(cosine).fold(-1.0, f32::max)
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn row(seed: u8) -> TokenRow {
        TokenRow::quantise(&std::array::from_fn(|at| f32::from((at as u8).wrapping_mul(seed)) / 255.0 - 0.5))
    }

    #[test]
    fn what_is_written_is_read() {
        let units = [vec![row(1), row(2)], Vec::new(), vec![row(3)]];
        let table = TokenTable::read(encoded(&units)).expect("a table");
        assert_eq!(table.len(), 3);
        for (at, unit) in units.iter().enumerate() {
            assert_eq!(&table.unit(at).expect("a unit").to_rows(), unit);
        }
        assert!(table.unit(3).is_none());
        assert_eq!(table.unit(1).expect("a unit").best_match(&row(1)), -1.0);
    }

    #[test]
    fn a_damaged_table_is_not_read() {
        let bytes = encoded(&[vec![row(1), row(2)], vec![row(3)]]);
        for length in 0..bytes.len() {
            assert!(TokenTable::read(&bytes[..length]).is_err(), "{length} bytes");
        }
        for place in (0..HEADER).chain(bytes.len() - 12..bytes.len()) {
            let mut bytes = bytes.clone();
            bytes[place] ^= 0x40;
            assert!(TokenTable::read(bytes).is_err(), "byte {place}");
        }
    }

    proptest! {
        #[test]
        fn reading_never_panics(tail in vec(any::<u8>(), 0..2000), units in any::<u32>(), rows in any::<u64>()) {
            let mut bytes = encoded(&[]);
            bytes[12..16].copy_from_slice(&units.to_le_bytes());
            bytes[16..24].copy_from_slice(&rows.to_le_bytes());
            bytes.extend(tail);
            let _ = TokenTable::read(bytes.as_slice()).map(|table| table.unit(0).is_some());
        }
    }
}
