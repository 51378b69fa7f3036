//! Scans a table of 8-bit rows with exact products, and with sketches that avoid most of those products.
//!
//! A sketch holds only the sign of each number: 48 bytes for 384 numbers. The share of signs in which two vectors
//! differ grows with the angle between them, so the nearest few hundred sketches include nearly all of the nearest
//! rows.

use super::DIMENSIONS;

const WORDS: usize = DIMENSIONS / 64;

/// The signs of a row's numbers, one bit each.
pub(super) type Sketch = [u64; WORDS];

pub(super) fn sketch(row: &[i8; DIMENSIONS]) -> Sketch {
    let mut sketch = [0; WORDS];
    for (word, numbers) in sketch.iter_mut().zip(row.chunks_exact(64)) {
        for (bit, &number) in numbers.iter().enumerate() {
            *word |= u64::from(number < 0) << bit;
        }
    }
    sketch
}

/// Quantises a vector to 8-bit numbers and a scale. Numbers outside −1 to 1 are clamped; NaN becomes 0.
pub(super) fn quantised<const N: usize>(vector: &[f32]) -> ([i8; N], f32) {
    let finite = |x: f32| if x.is_finite() { x.clamp(-1.0, 1.0) } else { 0.0 };
    let largest = vector.iter().map(|&x| finite(x).abs()).fold(0.0, f32::max);
    let scale = largest / 127.0;
    let mut numbers = [0; N];
    if scale > 0.0 {
        for (number, &x) in numbers.iter_mut().zip(vector) {
            *number = (finite(x) / scale).round() as i8;
        }
    }
    (numbers, scale)
}

/// The dot product of two rows. In this form the compiler widens to 16 bits and multiplies and adds pairs (`pmaddwd`),
/// eight numbers at a time on any x86-64. The sum cannot overflow: 384 · 128² is far below 2³¹.
pub(super) fn product(a: &[i8; DIMENSIONS], b: &[i8; DIMENSIONS]) -> i32 {
    a.iter().zip(b).map(|(&a, &b)| i32::from(a) * i32::from(b)).sum()
}

/// Returns the `n` best of the scored rows, best first. Equal scores keep the table's order.
pub(super) fn best(n: usize, scored: impl Iterator<Item = (usize, f32)>) -> Vec<(usize, f32)> {
    let order = |a: &(usize, f32), b: &(usize, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
    let mut all: Vec<(usize, f32)> = scored.collect();
    if n < all.len() && n > 0 {
        all.select_nth_unstable_by(n - 1, order);
    }
    all.truncate(n);
    all.sort_unstable_by(order);
    all
}

/// Returns the indices of the `n` sketches that differ least from the query's.
///
/// There are only 385 possible distances, so a first pass counts the sketches at each distance. The distance at which
/// the count reaches `n` is the limit for the second pass.
pub(super) fn nearest_sketches(sketches: &[Sketch], query: &Sketch, n: usize) -> Vec<usize> {
    let distances: Vec<u16> = sketches.iter().map(|sketch| distance(sketch, query)).collect();
    let mut counts = [0usize; DIMENSIONS + 1];
    for &distance in &distances {
        counts[usize::from(distance)] += 1;
    }
    let mut total = 0;
    let limit = counts.iter().position(|count| {
        total += count;
        total >= n
    });
    let limit = limit.unwrap_or(DIMENSIONS);
    let near = distances.iter().enumerate().filter(|(_, distance)| usize::from(**distance) <= limit);
    near.map(|(place, _)| place).collect()
}

/// The number of signs in which two sketches differ.
fn distance(a: &Sketch, b: &Sketch) -> u16 {
    a.iter().zip(b).map(|(a, b)| (a ^ b).count_ones() as u16).sum()
}
