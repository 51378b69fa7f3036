//! Calibration of the confidence: of the questions with a confidence of 0.8, eight in ten should have an answer in the
//! sources.

use super::cases::{Case, Right};
use verbatim_core::answer::reply::Reply;

/// The confidence of each question, and whether the sources answer it.
#[derive(Debug, Default)]
pub struct Calibration {
    given: Vec<(f32, bool)>,
}

/// Questions whose confidence lies in the same interval of 0.1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bin {
    /// The lower bound.
    pub from: f32,
    /// How many questions.
    pub count: usize,
    /// Their mean confidence.
    pub confidence: f32,
    /// The share of them that the sources answer.
    pub answerable: f32,
}

/// What a threshold would do.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TradeOff {
    /// The lowest confidence that is answered.
    pub threshold: f32,
    /// The share of answerable questions that reach it.
    pub answered: f32,
    /// The share of other questions that do not.
    pub refused: f32,
}

impl Calibration {
    /// Adds the reply to a case. Messages for triage are ignored.
    pub fn add(&mut self, case: &Case, reply: &Reply) {
        let answerable = match &case.right {
            Right::Answer { .. } => true,
            Right::NotCovered(_) => false,
            Right::Safety(_) => return,
        };
        self.given.push((reply.body().confidence, answerable));
    }

    /// The area under the ROC curve: how often an answerable question has a higher confidence than an unanswerable
    /// question. `None` if either kind is missing.
    pub fn area(&self) -> Option<f64> {
        let of = |sort: bool| self.given.iter().filter(move |(_, answerable)| *answerable == sort);
        let pairs = of(true).count() * of(false).count();
        let worth = |one: f32, other: f32| match one.total_cmp(&other) {
            std::cmp::Ordering::Greater => 1.0,
            std::cmp::Ordering::Equal => 0.5,
            std::cmp::Ordering::Less => 0.0,
        };
        let won: f64 = of(true).flat_map(|one| of(false).map(|other| worth(one.0, other.0))).sum();
        (pairs > 0).then(|| won / pairs as f64)
    }

    /// The reliability of the confidence in bins of 0.1. Empty bins are left out.
    pub fn bins(&self) -> Vec<Bin> {
        let bin = |tenth: u8| {
            let of_bin = |confidence: f32| ((confidence * 10.0) as u8).min(9) == tenth;
            let held: Vec<_> = self.given.iter().filter(|(confidence, _)| of_bin(*confidence)).collect();
            let count = held.len();
            let mean = |sum: f32| sum / count.max(1) as f32;
            Bin {
                from: f32::from(tenth) / 10.0,
                count,
                confidence: mean(held.iter().map(|(confidence, _)| confidence).sum()),
                answerable: mean(held.iter().filter(|(_, answerable)| *answerable).count() as f32),
            }
        };
        (0..10).map(bin).filter(|bin| bin.count > 0).collect()
    }

    /// The effect of each of `thresholds`.
    pub fn trade_offs(&self, thresholds: &[f32]) -> Vec<TradeOff> {
        let share = |sort: bool, right: &dyn Fn(f32) -> bool| {
            let of: Vec<f32> = self
                .given
                .iter()
                .filter(|(_, answerable)| *answerable == sort)
                .map(|(given, _)| *given)
                .collect();
            of.iter().filter(|given| right(**given)).count() as f32 / of.len().max(1) as f32
        };
        let of = |&threshold: &f32| TradeOff {
            threshold,
            answered: share(true, &|given| given >= threshold),
            refused: share(false, &|given| given < threshold),
        };
        thresholds.iter().map(of).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn area_bins_and_trade_offs() {
        let given = vec![(0.95, true), (0.85, true), (0.3, true), (0.3, false), (0.1, false)];
        let calibration = Calibration { given };
        assert_eq!(calibration.area(), Some(5.5 / 6.0));
        let bins = calibration.bins();
        assert_eq!(
            bins.iter().map(|bin| (bin.from, bin.count)).collect::<Vec<_>>(),
            [(0.1, 1), (0.3, 2), (0.8, 1), (0.9, 1)]
        );
        assert_eq!(bins[1].answerable, 0.5);
        let trade = calibration.trade_offs(&[0.5]);
        assert_eq!((trade[0].answered, trade[0].refused), (2.0 / 3.0, 1.0));
        assert_eq!(Calibration::default().area(), None);
    }
}
