//! Products of states with the model's matrices.
//!
//! The weights stay 8-bit, as stored: a short question's pass spends its time reading them, and as `f32` they would be
//! four times as many bytes. A panel of columns is widened into a buffer that stays in the CPU cache, and is then
//! multiplied with all rows. `pulp` selects the widest instructions that the CPU supports.

use pulp::{Arch, Simd, WithSimd};

use super::weights::Matrix;

/// The number of columns in a panel: two vectors of the widest instructions.
const PANEL: usize = 32;
/// The number of rows processed at a time: their sums fit in the registers.
const TILE: usize = 6;

/// A matrix that states are multiplied by.
pub(super) struct Product {
    inputs: usize,
    /// All panels in sequence; in each panel, the [`PANEL`] weights of each input in sequence.
    panels: Vec<i8>,
    /// The scale of each column.
    scales: Vec<f32>,
}

impl Product {
    /// Combines matrices side by side, each multiplied by a factor. A matrix has one row per output. All matrices must
    /// have the same number of columns, and their rows together must fill whole panels.
    pub(super) fn of(parts: &[(&Matrix, f32)]) -> Self {
        let inputs = parts.first().map_or(0, |(matrix, _)| matrix.columns());
        let rows: Vec<&[i8]> = parts.iter().flat_map(|(matrix, _)| matrix.rows()).collect();
        let scales =
            parts.iter().flat_map(|(matrix, factor)| matrix.scales().iter().map(move |scale| scale * factor));
        let scales: Vec<f32> = scales.collect();
        assert!(rows.len().is_multiple_of(PANEL), "{} outputs do not fill whole panels", rows.len());
        let mut panels = Vec::with_capacity(inputs * rows.len());
        for rows in rows.chunks_exact(PANEL) {
            for input in 0..inputs {
                panels.extend(rows.iter().map(|row| row[input]));
            }
        }
        Self { inputs, panels, scales }
    }

    /// Multiplies each row of numbers with the matrix.
    pub(super) fn apply(&self, rows: &[f32]) -> Vec<f32> {
        let mut results = vec![0.0; rows.len() / self.inputs * self.scales.len()];
        Arch::new().dispatch(Multiply { product: self, rows, results: &mut results });
        results
    }
}

struct Multiply<'a> {
    product: &'a Product,
    rows: &'a [f32],
    results: &'a mut [f32],
}

impl WithSimd for Multiply<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Product { inputs, panels, scales } = self.product;
        let (inputs, outputs) = (*inputs, scales.len());
        let mut wide = vec![0.0; inputs * PANEL];
        for (number, panel) in panels.chunks_exact(inputs * PANEL).enumerate() {
            for (wide, &weight) in wide.iter_mut().zip(panel) {
                *wide = f32::from(weight);
            }
            let first = number * PANEL;
            let scales = &scales[first..first + PANEL];
            let tiles = self.rows.chunks(TILE * inputs).zip(self.results.chunks_mut(TILE * outputs));
            for (rows, results) in tiles {
                let tile =
                    Tile { rows, inputs, wide: &wide, scales, results: &mut results[first..], outputs };
                match rows.len() / inputs {
                    TILE => tile.multiply::<S, TILE>(simd),
                    5 => tile.multiply::<S, 5>(simd),
                    4 => tile.multiply::<S, 4>(simd),
                    3 => tile.multiply::<S, 3>(simd),
                    2 => tile.multiply::<S, 2>(simd),
                    _ => tile.multiply::<S, 1>(simd),
                }
            }
        }
    }
}

/// A few rows and a panel.
struct Tile<'a> {
    rows: &'a [f32],
    inputs: usize,
    wide: &'a [f32],
    scales: &'a [f32],
    /// The first row's results; those of the next row start `outputs` numbers later.
    results: &'a mut [f32],
    outputs: usize,
}

impl Tile<'_> {
    #[inline(always)]
    fn multiply<S: Simd, const ROWS: usize>(self, simd: S) {
        let columns = 2 * S::F32_LANES;
        let rows: [&[f32]; ROWS] = std::array::from_fn(|row| &self.rows[row * self.inputs..][..self.inputs]);
        for first in (0..PANEL).step_by(columns) {
            let mut sums = [[simd.splat_f32s(0.0); 2]; ROWS];
            for (input, weights) in self.wide.chunks_exact(PANEL).enumerate() {
                let (weights, _) = S::as_simd_f32s(&weights[first..first + columns]);
                for (sums, row) in sums.iter_mut().zip(&rows) {
                    let x = simd.splat_f32s(row[input]);
                    sums[0] = simd.mul_add_e_f32s(x, weights[0], sums[0]);
                    sums[1] = simd.mul_add_e_f32s(x, weights[1], sums[1]);
                }
            }
            let (scales, _) = S::as_simd_f32s(&self.scales[first..first + columns]);
            for (row, sums) in sums.iter().enumerate() {
                let results = &mut self.results[row * self.outputs + first..][..columns];
                let (results, _) = S::as_mut_simd_f32s(results);
                results[0] = simd.mul_f32s(sums[0], scales[0]);
                results[1] = simd.mul_f32s(sums[1], scales[1]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(rows: usize, columns: usize) -> Matrix {
        let weights = (0..rows * columns).map(|at| (at * 37 % 255) as u8 as i8).collect();
        Matrix::of(weights, (0..rows).map(|row| 0.01 + row as f32 / 1000.0).collect(), columns)
    }

    #[test]
    fn each_number_is_the_product_of_a_row_and_a_column() {
        let (one, other) = (matrix(32, 48), matrix(64, 48));
        let product = Product::of(&[(&one, 0.5), (&other, 1.0)]);
        for count in 0..14 {
            let rows: Vec<f32> = (0..count * 48).map(|at| (at % 17) as f32 / 17.0 - 0.4).collect();
            let results = product.apply(&rows);
            assert_eq!(results.len(), count * 96);
            for (row, results) in rows.chunks_exact(48).zip(results.chunks_exact(96)) {
                let halves = (0..32).map(|output| one.dot_row(output, row) * 0.5);
                let expected = halves.chain((0..64).map(|output| other.dot_row(output, row)));
                for (result, expected) in results.iter().zip(expected) {
                    assert!((result - expected).abs() < 1e-3, "{result}, not {expected}");
                }
            }
        }
    }
}
