//! Reads the model's files, checks their digests and provides the weights.
//!
//! Every byte is verified: a byte that differs from what training wrote is an error that names the file, because a
//! slightly wrong model would silently give slightly wrong answers.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use safetensors::SafeTensors;

use super::error::EncoderError;
use crate::text::digest::sha256;

const SUMS: &str = "SHA256SUMS";

/// A folder of model files with their expected digests.
pub(super) struct Folder {
    path: PathBuf,
    digests: HashMap<String, String>,
}

/// The tensors of one file, by name.
pub(super) struct Weights<'a> {
    path: &'a Path,
    tensors: SafeTensors<'a>,
}

/// A matrix as stored: 8-bit rows with one scale each.
pub(super) struct Matrix {
    rows: Vec<i8>,
    scales: Vec<f32>,
    columns: usize,
}

impl Folder {
    pub(super) fn open(path: &Path) -> Result<Folder, EncoderError> {
        let sums = path.join(SUMS);
        let text = fs::read_to_string(&sums).map_err(|source| unreadable(&sums, source))?;
        let digests = text
            .lines()
            .filter_map(|line| line.split_once("  "))
            .map(|(digest, name)| (name.to_owned(), digest.to_owned()))
            .collect();
        Ok(Folder { path: path.to_owned(), digests })
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The expected digest of a file.
    pub(super) fn digest(&self, name: &str) -> Result<&str, EncoderError> {
        let digest = self.digests.get(name).map(String::as_str);
        let missing = || unfit(&self.path.join(SUMS), format!("it has no digest for {name}"));
        digest.filter(|digest| digest.len() == 64 && digest.is_ascii()).ok_or_else(missing)
    }

    /// Reads the whole file and checks its digest.
    pub(super) fn read(&self, name: &str) -> Result<Vec<u8>, EncoderError> {
        let path = self.path(name);
        let expected = self.digest(name)?;
        let bytes = fs::read(&path).map_err(|source| unreadable(&path, source))?;
        let found = sha256(&bytes);
        if found != expected {
            return Err(EncoderError::Damaged { path, found, expected: expected.to_owned() });
        }
        Ok(bytes)
    }
}

impl<'a> Weights<'a> {
    pub(super) fn parse(path: &'a Path, bytes: &'a [u8]) -> Result<Weights<'a>, EncoderError> {
        let tensors = SafeTensors::deserialize(bytes).map_err(|error| unfit(path, error))?;
        Ok(Weights { path, tensors })
    }

    /// Reads a vector that is not quantised: a bias or a gain.
    pub(super) fn vector(&self, name: &str, length: usize) -> Result<Vec<f32>, EncoderError> {
        let bytes = self.bytes(name, &[length], 4)?;
        let numbers = bytes.chunks_exact(4);
        Ok(numbers.map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect())
    }

    pub(super) fn matrix(&self, name: &str, rows: usize, columns: usize) -> Result<Matrix, EncoderError> {
        let bytes = self.bytes(name, &[rows, columns], 1)?;
        let numbers = bytes.iter().map(|&byte| byte as i8).collect();
        Ok(Matrix::of(numbers, self.vector(&format!("{name}.scale"), rows)?, columns))
    }

    fn bytes(&self, name: &str, shape: &[usize], width: usize) -> Result<&[u8], EncoderError> {
        let found = self.tensors.tensor(name).map_err(|error| unfit(self.path, error))?;
        let bytes = found.data();
        if found.shape() != shape || bytes.len() != shape.iter().product::<usize>() * width {
            let reason = format!("{name} has the shape {:?}, not {shape:?}", found.shape());
            return Err(unfit(self.path, reason));
        }
        // The tensor view borrows from the file's bytes, not from itself.
        Ok(bytes)
    }
}

impl Matrix {
    /// The number of rows.
    pub(super) fn len(&self) -> usize {
        self.scales.len()
    }

    pub(super) fn of(rows: Vec<i8>, scales: Vec<f32>, columns: usize) -> Self {
        Self { rows, scales, columns }
    }

    /// The number of columns.
    pub(super) fn columns(&self) -> usize {
        self.columns
    }

    /// The rows as stored.
    pub(super) fn rows(&self) -> impl Iterator<Item = &[i8]> {
        self.rows.chunks_exact(self.columns)
    }

    /// The scale of each row.
    pub(super) fn scales(&self) -> &[f32] {
        &self.scales
    }

    /// The dot product of one row, dequantised, with a vector of the same length.
    pub(super) fn dot_row(&self, row: usize, numbers: &[f32]) -> f32 {
        let weights = &self.rows[row * self.columns..(row + 1) * self.columns];
        let sum: f32 = weights.iter().zip(numbers).map(|(&weight, x)| f32::from(weight) * x).sum();
        sum * self.scales[row]
    }

    /// Adds one row, dequantised, to `sum`.
    pub(super) fn add_row(&self, row: usize, sum: &mut [f32]) {
        let from = row * self.columns;
        let scale = self.scales[row];
        for (x, &weight) in sum.iter_mut().zip(&self.rows[from..from + self.columns]) {
            *x += f32::from(weight) * scale;
        }
    }
}

pub(super) fn unfit(path: &Path, reason: impl ToString) -> EncoderError {
    EncoderError::Unfit { path: path.to_owned(), reason: reason.to_string() }
}

fn unreadable(path: &Path, source: std::io::Error) -> EncoderError {
    EncoderError::Unreadable { path: path.to_owned(), source }
}
