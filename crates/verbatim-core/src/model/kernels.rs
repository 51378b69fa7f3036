//! The transformer's element-wise operations, done in place between two matrix products.
//!
//! The loops are written so that the compiler vectorises them; `pulp` selects the widest instructions that the CPU
//! supports.

use pulp::Arch;

/// As in the model's `layer_norm_eps`.
const EPSILON: f32 = 1e-12;

/// The learned parameters of LayerNorm.
pub(super) struct Normalise {
    pub(super) gain: Vec<f32>,
    pub(super) shift: Vec<f32>,
}

/// Adds a bias to each row.
pub(super) fn add_bias(rows: &mut [f32], bias: &[f32]) {
    Arch::new().dispatch(|| {
        for row in rows.chunks_exact_mut(bias.len()) {
            for (x, bias) in row.iter_mut().zip(bias) {
                *x += bias;
            }
        }
    });
}

/// Adds a bias to each row, then applies the exact (`erf`) GELU.
pub(super) fn add_bias_gelu(rows: &mut [f32], bias: &[f32]) {
    Arch::new().dispatch(|| {
        for row in rows.chunks_exact_mut(bias.len()) {
            for (x, bias) in row.iter_mut().zip(bias) {
                *x = gelu(*x + bias);
            }
        }
    });
}

/// Adds a bias and the residual to each row, then normalises the row.
pub(super) fn add_normalise(rows: &mut [f32], bias: &[f32], residual: &[f32], normalise: &Normalise) {
    Arch::new().dispatch(|| {
        let width = bias.len();
        for (row, residual) in rows.chunks_exact_mut(width).zip(residual.chunks_exact(width)) {
            for ((x, bias), residual) in row.iter_mut().zip(bias).zip(residual) {
                *x += bias + residual;
            }
            normalise.apply(row);
        }
    });
}

/// Computes the attention of one head within one text: each row of `results` becomes the average of the values,
/// weighted by how well its query matches the keys. `table` holds a row of `stride` numbers per word piece; the head's
/// query, key and value, `width` numbers each, start at `places`. `results` has a row of `stride / 3` numbers per word
/// piece.
pub(super) fn attend(table: &[f32], stride: usize, places: [usize; 3], width: usize, results: &mut [f32]) {
    Arch::new().dispatch(|| {
        let [query, key, value] = places;
        let count = table.len() / stride;
        // Transposed keys, so that each number of a query is multiplied with all keys at once.
        let mut keys = vec![0.0; count * width];
        for (piece, row) in table.chunks_exact(stride).enumerate() {
            for (column, &x) in row[key..key + width].iter().enumerate() {
                keys[column * count + piece] = x;
            }
        }
        let mut shares = vec![0.0; count];
        for (row, result) in table.chunks_exact(stride).zip(results.chunks_exact_mut(stride / 3)) {
            shares.fill(0.0);
            for (&x, keys) in row[query..query + width].iter().zip(keys.chunks_exact(count)) {
                for (share, key) in shares.iter_mut().zip(keys) {
                    *share += x * key;
                }
            }
            softmax(&mut shares);
            let result = &mut result[query..query + width];
            result.fill(0.0);
            for (&share, row) in shares.iter().zip(table.chunks_exact(stride)) {
                for (x, value) in result.iter_mut().zip(&row[value..value + width]) {
                    *x += share * value;
                }
            }
        }
    });
}

/// Turns scores into weights that add up to 1.
#[inline(always)]
pub(super) fn softmax(scores: &mut [f32]) {
    let highest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    for x in scores.iter_mut() {
        *x = (*x - highest).exp();
    }
    let factor = sum(scores, |x| x).recip();
    for x in scores.iter_mut() {
        *x *= factor;
    }
}

impl Normalise {
    /// Normalises a row to mean 0 and variance 1, then scales and shifts it.
    #[inline(always)]
    pub(super) fn apply(&self, row: &mut [f32]) {
        let count = row.len() as f32;
        let mean = sum(row, |x| x) / count;
        let variance = sum(row, |x| (x - mean) * (x - mean)) / count;
        let factor = (variance + EPSILON).sqrt().recip();
        for ((x, gain), shift) in row.iter_mut().zip(&self.gain).zip(&self.shift) {
            *x = (*x - mean) * factor * gain + shift;
        }
    }
}

/// Sums in sixteen lanes. With a single accumulator the compiler could not reorder the additions and so could not
/// vectorise them.
#[inline(always)]
fn sum(row: &[f32], of: impl Fn(f32) -> f32) -> f32 {
    let mut lanes = [0f32; 16];
    let chunks = row.chunks_exact(lanes.len());
    let rest: f32 = chunks.remainder().iter().map(|&x| of(x)).sum();
    for chunk in chunks {
        for (lane, &x) in lanes.iter_mut().zip(chunk) {
            *lane += of(x);
        }
    }
    rest + lanes.iter().sum::<f32>()
}

#[inline(always)]
fn gelu(x: f32) -> f32 {
    0.5 * x * (1.0 + erf(x * std::f32::consts::FRAC_1_SQRT_2))
}

/// The error function, as the rational approximation that Eigen and XLA use: accurate to the last few bits of an `f32`,
/// without branches or calls.
#[inline(always)]
fn erf(x: f32) -> f32 {
    let x = x.clamp(-4.0, 4.0);
    let square = x * x;
    let above = [
        -2.726_142_4e-10,
        2.770_681_3e-8,
        -2.101_024e-6,
        -5.692_506_4e-5,
        -7.349_906_4e-4,
        -2.954_6e-3,
        -1.609_603_3e-2,
    ];
    let below = [-1.456_607_2e-5, -2.133_740_6e-4, -1.682_827e-3, -7.373_329e-3, -1.426_473_9e-2];
    let polynomial = |terms: &[f32]| terms.iter().fold(0.0, |sum, term| sum * square + term);
    x * polynomial(&above) / polynomial(&below)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gelu_agrees_with_its_integral() {
        // erf by Simpson's rule, in double precision.
        let erf = |x: f64| {
            let steps = 400;
            let step = x / f64::from(steps);
            let at = |i: i32| (-(f64::from(i) * step).powi(2)).exp();
            let inner: f64 = (1..steps).map(|i| at(i) * if i % 2 == 1 { 4.0 } else { 2.0 }).sum();
            (at(0) + inner + at(steps)) * step / 3.0 * 2.0 / std::f64::consts::PI.sqrt()
        };
        for x in (-800..=800).map(|i| f64::from(i) / 100.0) {
            let exact = 0.5 * x * (1.0 + erf(x / std::f64::consts::SQRT_2));
            let found = f64::from(gelu(x as f32));
            assert!((found - exact).abs() <= 2e-6, "gelu({x}) = {found}, not {exact}");
        }
    }

    #[test]
    fn attention_mixes_the_values_by_how_queries_meet_keys() {
        // Two heads of two numbers. The first word piece's query matches both keys equally, the second's only its own.
        let far = 50.0;
        let table = [
            [0.0, 0.0, 9.0, 9.0, far, 0.0, 9.0, 9.0, 1.0, 2.0, 9.0, 9.0],
            [0.0, far, 9.0, 9.0, 0.0, far, 9.0, 9.0, 3.0, 6.0, 9.0, 9.0],
        ]
        .concat();
        let mut results = vec![7.0; 8];
        attend(&table, 12, [0, 4, 8], 2, &mut results);
        assert_eq!(results, [2.0, 4.0, 7.0, 7.0, 3.0, 6.0, 7.0, 7.0]);
    }

    #[test]
    fn a_normalised_row_has_mean_zero_and_variance_one() {
        let normalise = Normalise { gain: vec![1.0; 100], shift: vec![0.0; 100] };
        let mut row: Vec<f32> = (0..100).map(|i| (i * i) as f32).collect();
        normalise.apply(&mut row);
        assert!((sum(&row, |x| x) / 100.0).abs() < 1e-5);
        assert!((sum(&row, |x| x * x) / 100.0 - 1.0).abs() < 1e-5);
    }
}
