//! A compact table of sentence vectors, with a search for those nearest to a query.
//!
//! A row is 384 signed bytes and a scale. Each row has the digest of its input, so that reindexing encodes only what
//! has changed. The table is immutable. `scan` implements the search.

use std::io::{self, Write};

use rustc_hash::FxHashMap;

use super::DIMENSIONS;
use super::scan::{self, Sketch};

const MAGIC: [u8; 8] = *b"VBTMVEC\0";
const VERSION: u32 = 1;
const HEADER: usize = MAGIC.len() + 4 + 4 + 8;

/// The number of rows from which a table is searched by sketches first. A smaller table is searched row by row.
const SKETCHED_FROM: usize = 20_000;

/// The digest of a row's input: the encoder's id and the text.
pub type Digest = [u8; 16];

/// An immutable table of vectors.
pub struct Vectors {
    digests: Vec<Digest>,
    scales: Vec<f32>,
    numbers: Vec<i8>,
    /// One per row if the table is large, otherwise empty.
    sketches: Vec<Sketch>,
}

/// One vector as the table stores it: number × scale.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    numbers: [i8; DIMENSIONS],
    scale: f32,
}

/// A vector to search with.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    row: Row,
    sketch: Sketch,
}

/// An error in the bytes of a table of vectors.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum VectorsError {
    /// The file is something else.
    #[error("this is not a table of vectors; run `verbatim index`")]
    Magic,
    /// Another version of the program wrote it.
    #[error("the table of vectors has version {0}, but this program reads {VERSION}; run `verbatim index`")]
    Version(u32),
    /// The vectors belong to another model.
    #[error("the vectors have {0} dimensions, not {DIMENSIONS}; run `verbatim index`")]
    Dimensions(u32),
    /// There are fewer or more bytes than the header says.
    #[error("the table of vectors should have {promised} rows but has {bytes} bytes; run `verbatim index`")]
    Length {
        /// The number of rows according to the header.
        promised: u64,
        /// The actual number of bytes.
        bytes: usize,
    },
    /// A scale is negative or not a number.
    #[error("row {0} of the table of vectors is damaged; run `verbatim index`")]
    Scale(usize),
}

impl Vectors {
    /// Creates a table of these rows, in this order.
    pub fn from_rows(rows: impl IntoIterator<Item = (Digest, Row)>) -> Vectors {
        let (mut digests, mut scales, mut numbers) = (Vec::new(), Vec::new(), Vec::new());
        for (digest, row) in rows {
            digests.push(digest);
            scales.push(row.scale);
            numbers.extend_from_slice(&row.numbers);
        }
        Vectors::new(digests, scales, numbers)
    }

    fn new(digests: Vec<Digest>, scales: Vec<f32>, numbers: Vec<i8>) -> Vectors {
        let (rows, _) = numbers.as_chunks::<DIMENSIONS>();
        let large = rows.len() > SKETCHED_FROM;
        let sketches = if large { rows.iter().map(scan::sketch).collect() } else { Vec::new() };
        Vectors { digests, scales, numbers, sketches }
    }

    /// Writes the table: a header, then all digests, all scales and all numbers, little-endian. Sketches are not
    /// written; reading recomputes them.
    pub fn write_to(&self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(&MAGIC)?;
        out.write_all(&VERSION.to_le_bytes())?;
        out.write_all(&(DIMENSIONS as u32).to_le_bytes())?;
        out.write_all(&(self.len() as u64).to_le_bytes())?;
        out.write_all(self.digests.as_flattened())?;
        for scale in &self.scales {
            out.write_all(&scale.to_le_bytes())?;
        }
        for row in self.rows() {
            out.write_all(&row.map(|number| number as u8))?;
        }
        Ok(())
    }

    /// Reads a table written by [`write_to`](Vectors::write_to), and rejects anything else.
    pub fn read(bytes: &[u8]) -> Result<Vectors, VectorsError> {
        let (count, table) = read_header(bytes)?;
        let wrong = VectorsError::Length { promised: count, bytes: bytes.len() };
        let row = size_of::<Digest>() + size_of::<f32>() + DIMENSIONS;
        let size = usize::try_from(count).ok().and_then(|count| count.checked_mul(row));
        if size != Some(table.len()) {
            return Err(wrong);
        }
        let count = table.len() / row;
        let (digests, rest) = table.split_at(count * size_of::<Digest>());
        let (scales, numbers) = rest.split_at(count * size_of::<f32>());
        let scales: Vec<f32> = scales.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
        if let Some(row) = scales.iter().position(|scale| !(0.0..=1.0).contains(scale)) {
            return Err(VectorsError::Scale(row));
        }
        let numbers = numbers.iter().map(|&byte| byte as i8).collect();
        Ok(Vectors::new(digests.as_chunks().0.to_vec(), scales, numbers))
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.digests.len()
    }

    /// Returns whether the table has no rows.
    pub fn is_empty(&self) -> bool {
        self.digests.is_empty()
    }

    /// The digest of row `i`.
    pub fn digest(&self, i: usize) -> Option<&Digest> {
        self.digests.get(i)
    }

    /// Copies row `i`, for another table.
    pub fn row(&self, i: usize) -> Option<Row> {
        let numbers = *self.rows().get(i)?;
        Some(Row { numbers, scale: *self.scales.get(i)? })
    }

    /// Maps each digest to the index of its row. Each call builds a new map. If several rows have the same digest, they
    /// are equal and the map holds the first.
    pub fn by_digest(&self) -> FxHashMap<Digest, usize> {
        self.digests.iter().enumerate().rev().map(|(i, digest)| (*digest, i)).collect()
    }

    /// The cosine of the angle between row `i` and the query, at most 1, to 8-bit precision. Returns 0 if there is no
    /// such row.
    pub fn cosine(&self, query: &Query, i: usize) -> f32 {
        match (self.rows().get(i), self.scales.get(i)) {
            (Some(row), Some(scale)) => {
                scan::product(&query.row.numbers, row) as f32 * query.row.scale * scale
            }
            _ => 0.0,
        }
    }

    /// The `n` nearest rows, nearest first. Equally near rows keep the table's order.
    pub fn top(&self, query: &Query, n: usize) -> Vec<(usize, f32)> {
        if self.sketches.is_empty() {
            return scan::best(n, (0..self.len()).map(|i| (i, self.cosine(query, i))));
        }
        let candidates = scan::nearest_sketches(&self.sketches, &query.sketch, (10 * n).max(400));
        scan::best(n, candidates.into_iter().map(|i| (i, self.cosine(query, i))))
    }

    fn rows(&self) -> &[[i8; DIMENSIONS]] {
        self.numbers.as_chunks().0
    }
}

impl Row {
    /// Quantises a vector to 8 bits per number. Missing numbers and NaN become 0; such a row is not near to any query.
    pub fn quantise(vector: &[f32]) -> Row {
        let (numbers, scale) = scan::quantised(vector);
        Row { numbers, scale }
    }
}

impl Query {
    /// Creates a query for rows near to this vector.
    pub fn new(vector: &[f32]) -> Query {
        let row = Row::quantise(vector);
        let sketch = scan::sketch(&row.numbers);
        Query { row, sketch }
    }
}

/// Returns the number of rows and the bytes after the header.
fn read_header(bytes: &[u8]) -> Result<(u64, &[u8]), VectorsError> {
    if !bytes.starts_with(&MAGIC) {
        return Err(VectorsError::Magic);
    }
    let short = VectorsError::Length { promised: 0, bytes: bytes.len() };
    let (header, table) = bytes.split_at_checked(HEADER).ok_or(short)?;
    let (fields, _) = header[MAGIC.len()..].as_chunks::<4>();
    let [version, dimensions, low, high] = [0, 1, 2, 3].map(|i| u32::from_le_bytes(fields[i]));
    if version != VERSION {
        return Err(VectorsError::Version(version));
    }
    if dimensions as usize != DIMENSIONS {
        return Err(VectorsError::Dimensions(dimensions));
    }
    Ok((u64::from(high) << 32 | u64::from(low), table))
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    /// Pseudo-random numbers, the same in every run.
    fn random(seed: u64) -> impl FnMut() -> f32 {
        let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
        }
    }

    fn unit(mut vector: Vec<f32>) -> Vec<f32> {
        let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
        vector.iter_mut().for_each(|x| *x /= length);
        vector
    }

    fn random_unit(seed: u64) -> Vec<f32> {
        unit(std::iter::repeat_with(random(seed)).take(DIMENSIONS).collect())
    }

    fn table(count: u64) -> Vectors {
        let digest = |i: u64| u128::from(i).to_le_bytes();
        Vectors::from_rows((0..count).map(|i| (digest(i), Row::quantise(&random_unit(i + 1)))))
    }

    fn bytes_of(vectors: &Vectors) -> Vec<u8> {
        let mut bytes = Vec::new();
        vectors.write_to(&mut bytes).expect("memory takes all bytes");
        bytes
    }

    #[test]
    fn the_cosine_of_8_bit_rows_is_close_to_the_exact_one() {
        let vectors = table(200);
        let query = random_unit(7);
        for i in 0..200 {
            let exact: f32 = random_unit(i + 1).iter().zip(&query).map(|(a, b)| a * b).sum();
            let found = vectors.cosine(&Query::new(&query), i as usize);
            assert!((found - exact).abs() < 0.01, "row {i}: {found}, not {exact}");
        }
    }

    #[test]
    fn the_nearest_row_to_a_row_is_itself() {
        let vectors = table(100);
        for i in 0..100 {
            let top = vectors.top(&Query::new(&random_unit(i + 1)), 3);
            assert_eq!((top.len(), top[0].0), (3, i as usize));
            assert!((top[0].1 - 1.0).abs() < 0.01);
        }
    }

    #[test]
    fn equally_near_rows_come_in_the_tables_order() {
        let row = Row::quantise(&random_unit(1));
        let vectors = Vectors::from_rows((0..9).map(|i| ([i; 16], row.clone())));
        let places: Vec<usize> =
            vectors.top(&Query::new(&random_unit(1)), 4).into_iter().map(|(i, _)| i).collect();
        assert_eq!(places, [0, 1, 2, 3]);
    }

    /// Uses synthetic vectors in clusters, like sentences: sentences about one subject are close together. Independent
    /// random vectors have no neighbours.
    #[test]
    fn sketches_find_nearly_all_of_the_exact_ten() {
        let centres: Vec<Vec<f32>> = (0..500).map(|i| random_unit(1_000_000 + i)).collect();
        let clustered = |i: u64| {
            let pairs = centres[i as usize % 500].iter().zip(random_unit(i + 1));
            unit(pairs.map(|(c, o)| c + 0.9 * o).collect())
        };
        let rows = (0..SKETCHED_FROM as u64 + 1_000).map(|i| ([0; 16], Row::quantise(&clustered(i))));
        let vectors = Vectors::from_rows(rows);
        assert_eq!(vectors.sketches.len(), vectors.len());
        let mut found = 0;
        for seed in 0..50 {
            let query = Query::new(&clustered(2_000_000 + seed));
            let exact = scan::best(10, (0..vectors.len()).map(|i| (i, vectors.cosine(&query, i))));
            let sketched = vectors.top(&query, 10);
            assert_eq!(sketched.len(), 10);
            found += exact.iter().filter(|hit| sketched.contains(hit)).count();
        }
        assert!(found >= 450, "{found} of 500");
    }

    #[test]
    fn rows_are_found_by_digest_for_reuse() {
        let vectors = table(50);
        let places = vectors.by_digest();
        for i in 0..50 {
            let place = places[vectors.digest(i).expect("a digest")];
            assert_eq!(place, i);
            assert_eq!(vectors.row(place), Some(Row::quantise(&random_unit(i as u64 + 1))));
        }
        assert!(vectors.digest(50).is_none() && vectors.row(50).is_none());
    }

    #[test]
    fn another_magic_version_width_or_length_is_an_error() {
        let bytes = bytes_of(&table(3));
        let changed = |place: usize| {
            let mut bytes = bytes.clone();
            bytes[place] ^= 1;
            Vectors::read(&bytes).err().expect("an error")
        };
        assert_eq!(changed(0), VectorsError::Magic);
        assert_eq!(changed(8), VectorsError::Version(0));
        assert_eq!(changed(12), VectorsError::Dimensions(385));
        assert_eq!(changed(16), VectorsError::Length { promised: 2, bytes: bytes.len() });
        for length in 0..bytes.len() {
            assert!(Vectors::read(&bytes[..length]).is_err(), "{length} bytes");
        }
    }

    proptest! {
        #[test]
        fn reading_never_panics(bytes in vec(any::<u8>(), 0..2000)) {
            let _ = Vectors::read(&bytes);
        }

        #[test]
        fn reading_never_panics_after_a_right_start(
            count in any::<u64>(), tail in vec(any::<u8>(), 0..2000),
        ) {
            let mut bytes = bytes_of(&table(0));
            bytes[16..24].copy_from_slice(&count.to_le_bytes());
            bytes.extend(tail);
            let _ = Vectors::read(&bytes);
        }

        #[test]
        fn what_is_written_is_read(count in 0u64..20) {
            let vectors = table(count);
            let read = Vectors::read(&bytes_of(&vectors)).expect("a table");
            prop_assert_eq!(bytes_of(&read), bytes_of(&vectors));
            prop_assert_eq!(read.len(), count as usize);
        }

        #[test]
        fn any_numbers_quantise_to_a_finite_row(vector in vec(any::<f32>(), 0..500)) {
            let vectors = Vectors::from_rows([([0; 16], Row::quantise(&vector))]);
            prop_assert!(vectors.cosine(&Query::new(&vector), 0).is_finite());
            prop_assert!(Vectors::read(&bytes_of(&vectors)).is_ok());
        }
    }
}
