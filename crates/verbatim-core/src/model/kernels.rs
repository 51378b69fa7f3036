//! The transformer's element-wise work, done in place between two products.
//!
//! candle's own operations would do, but each allocates and walks its result
//! once more, and its `gelu_erf` calls a scalar function of the C library for
//! every number. These loops are written so that the compiler vectorises them
//! for any x86-64.

use candle_core::{CpuStorage, InplaceOp1, InplaceOp2, Layout, Result, bail};

/// As in the model's `layer_norm_eps`.
const EPSILON: f32 = 1e-12;

/// Adds a bias to each row.
pub(super) struct AddBias(pub(super) Vec<f32>);

/// Adds a bias to each row, then applies the exact (`erf`) GELU.
pub(super) struct AddBiasGelu(pub(super) Vec<f32>);

/// Turns each row of scores into shares that add up to 1.
pub(super) struct Softmax {
    pub(super) width: usize,
}

/// Adds a bias and the residual to each row, then normalises it.
pub(super) struct AddNormalise {
    pub(super) bias: Vec<f32>,
    pub(super) normalise: Normalise,
}

/// LayerNorm's learnt numbers.
pub(super) struct Normalise {
    pub(super) gain: Vec<f32>,
    pub(super) shift: Vec<f32>,
}

impl InplaceOp1 for AddBias {
    fn name(&self) -> &'static str {
        "add-bias"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> Result<()> {
        for row in numbers_mut(storage, layout)?.chunks_exact_mut(self.0.len()) {
            for (x, bias) in row.iter_mut().zip(&self.0) {
                *x += bias;
            }
        }
        Ok(())
    }
}

impl InplaceOp1 for AddBiasGelu {
    fn name(&self) -> &'static str {
        "add-bias-gelu"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> Result<()> {
        for row in numbers_mut(storage, layout)?.chunks_exact_mut(self.0.len()) {
            for (x, bias) in row.iter_mut().zip(&self.0) {
                *x = gelu(*x + bias);
            }
        }
        Ok(())
    }
}

impl InplaceOp1 for Softmax {
    fn name(&self) -> &'static str {
        "softmax"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> Result<()> {
        for row in numbers_mut(storage, layout)?.chunks_exact_mut(self.width) {
            let highest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            for x in row.iter_mut() {
                *x = (*x - highest).exp();
            }
            let factor = sum(row, |x| x).recip();
            for x in row.iter_mut() {
                *x *= factor;
            }
        }
        Ok(())
    }
}

impl InplaceOp2 for AddNormalise {
    fn name(&self) -> &'static str {
        "add-normalise"
    }

    fn cpu_fwd(
        &self,
        storage: &mut CpuStorage,
        layout: &Layout,
        residual: &CpuStorage,
        residual_layout: &Layout,
    ) -> Result<()> {
        let width = self.bias.len();
        let rows = numbers_mut(storage, layout)?.chunks_exact_mut(width);
        for (row, residual) in rows.zip(numbers(residual, residual_layout)?.chunks_exact(width)) {
            for ((x, bias), residual) in row.iter_mut().zip(&self.bias).zip(residual) {
                *x += bias + residual;
            }
            self.normalise.apply(row);
        }
        Ok(())
    }
}

impl Normalise {
    /// Brings a row to mean 0 and variance 1, then scales and shifts it.
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

/// A sum over sixteen lanes: a single one would forbid the compiler to reorder,
/// and so to vectorise.
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

/// The error function as the rational approximation that Eigen and XLA use:
/// right to the last few bits of an `f32`, and free of branches and calls.
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

fn numbers<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    match (storage, layout.contiguous_offsets()) {
        (CpuStorage::F32(all), Some((from, to))) => Ok(&all[from..to]),
        _ => bail!("an operand is not contiguous f32"),
    }
}

fn numbers_mut<'a>(storage: &'a mut CpuStorage, layout: &Layout) -> Result<&'a mut [f32]> {
    match (storage, layout.contiguous_offsets()) {
        (CpuStorage::F32(all), Some((from, to))) => Ok(&mut all[from..to]),
        _ => bail!("an operand is not contiguous f32"),
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Tensor};

    use super::*;

    #[test]
    fn gelu_agrees_with_candle() -> Result<()> {
        let inputs: Vec<f32> = (-80_000..=80_000).map(|i| i as f32 / 10_000.0).collect();
        let exact = Tensor::new(inputs.as_slice(), &Device::Cpu)?.gelu_erf()?.to_vec1::<f32>()?;
        for (x, exact) in inputs.iter().zip(exact) {
            assert!((gelu(*x) - exact).abs() <= 2e-6, "gelu({x}) = {}, not {exact}", gelu(*x));
        }
        Ok(())
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
