//! What each part of the program brings: every question is answered with all parts and without each of them, and
//! the differences are told with the interval that paired resampling gives.

use super::cases::{Case, Right};
use super::score::Report;
use crate::answer::rules::{PARTS, Part, Rules};
use crate::engine::Engine;

/// The figures that are compared: of the questions that have an answer, and of those that have none.
pub const FIGURES: [&str; 4] = ["hit1", "hit_shown", "answered", "refused"];
/// How often the questions are drawn anew.
const DRAWS: usize = 2_000;

/// A difference in a share: without the part, less with it. Negative is what the part brings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    /// The difference that was measured.
    pub by: f64,
    /// The 95 % interval of it: the 2.5th and 97.5th percentile of 2,000 samples (Efron 1979,
    /// doi:10.1214/aos/1176344552), the same questions drawn with the part and without.
    pub interval: (f64, f64),
}

/// What leaving a part out does to each of [`FIGURES`]; `None` where no question is counted for it.
pub struct Ablated {
    /// The part.
    pub part: Part,
    /// Its name.
    pub name: &'static str,
    /// In the order of [`FIGURES`].
    pub changes: [Option<Change>; 4],
}

/// The outcome of a case for each of [`FIGURES`]; `None` where it is not counted.
type Outcome = [Option<bool>; 4];

/// Answers all questions without each part in turn. Messages that are for triage are left out. `done` is told how
/// many of the [`PARTS`] have been left out.
pub fn ablate(engine: &Engine, cases: &[Case], done: &mut dyn FnMut(usize)) -> Vec<Ablated> {
    let cases: Vec<&Case> = cases.iter().filter(|case| !matches!(case.right, Right::Safety(_))).collect();
    let rules = engine.resources().rules;
    let with = outcomes(engine, &cases, &rules);
    let ablated = |(at, &(part, name)): (usize, &(Part, &'static str))| {
        let without = outcomes(engine, &cases, &rules.without(part));
        done(at + 1);
        Ablated { part, name, changes: std::array::from_fn(|figure| change(&with, &without, figure)) }
    };
    PARTS.iter().enumerate().map(ablated).collect()
}

fn outcomes(engine: &Engine, cases: &[&Case], rules: &Rules) -> Vec<Outcome> {
    let snapshot = engine.snapshot();
    let outcome = |case: &&Case| {
        let mut report = Report::default();
        report.add(case, &engine.ask_by(&case.ask, rules), &snapshot.library);
        let figure = |name: &str| report.figures.get(name).map(|share| share.right == share.of);
        let refused = match &case.right {
            Right::NotCovered(sort) => figure(sort),
            _ => None,
        };
        [figure("hit1"), figure("hit_shown"), figure("answered"), refused]
    };
    cases.iter().map(outcome).collect()
}

fn change(with: &[Outcome], without: &[Outcome], figure: usize) -> Option<Change> {
    let pair = |(with, without): (&Outcome, &Outcome)| {
        Some(f64::from(u8::from(without[figure]?)) - f64::from(u8::from(with[figure]?)))
    };
    let differences: Vec<f64> = with.iter().zip(without).filter_map(pair).collect();
    if differences.is_empty() {
        return None;
    }
    let count = differences.len();
    let mut draw = Draws(0);
    let mut means: Vec<f64> = (0..DRAWS)
        .map(|_| (0..count).map(|_| differences[draw.below(count)]).sum::<f64>() / count as f64)
        .collect();
    means.sort_by(f64::total_cmp);
    let at = |share: f64| means[(share * (DRAWS - 1) as f64).round() as usize];
    Some(Change { by: differences.iter().sum::<f64>() / count as f64, interval: (at(0.025), at(0.975)) })
}

/// SplitMix64 (Steele, Lea and Flood 2014, doi:10.1145/2660193.2660195): the same draws at every run.
struct Draws(u64);

impl Draws {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % bound as u64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_has_an_interval_that_holds_it() {
        let outcome = |right: bool| [Some(right), None, None, None];
        let with: Vec<Outcome> = (0..40).map(|_| outcome(true)).collect();
        let without: Vec<Outcome> = (0..40).map(|at| outcome(at % 4 != 0)).collect();
        let Change { by, interval: (low, high) } = change(&with, &without, 0).expect("questions are counted");
        assert_eq!(by, -0.25);
        assert!((-0.42..=-0.3).contains(&low) && (-0.2..=-0.08).contains(&high), "{low} {high}");
        assert_eq!(change(&with, &without, 1), None);
        assert_eq!(change(&with, &with, 0), Some(Change { by: 0.0, interval: (0.0, 0.0) }));
    }
}
