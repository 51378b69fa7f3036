//! Detects contradictions between sources: quotes from two sources that make statements on the question that cannot
//! both be true. Users take this warning seriously, so it appears only in clear cases. If the two may be about different
//! things, there is no warning.
//!
//! The vocabulary defines what can be compared: a facet names the measures that answer it ([`Facet::states`]) and the
//! words that are affirmed or denied ([`Facet::claims`]).

mod statement;
mod words;

use self::statement::{Reader, Statement};
use super::quantity;
use super::reply::Cited;
use crate::index::snapshot::Snapshot;
use crate::knowledge::lexicon::{Facet, Lexicon, Measure};
use crate::question::understand::Question;

/// The minimum share of the shorter statement's words that the other must have too, for doses and for everything else.
const ALIKE_DOSE: f32 = 0.5;
const ALIKE: f32 = 0.6;

/// Whether `quotes`, which answer `question`, come from sources that contradict each other on it.
pub fn conflict(snapshot: &Snapshot, question: &Question, quotes: &[Cited]) -> bool {
    let facets = question.facets.iter().filter(|&&at| {
        let facet = &snapshot.lexicon.facets()[at as usize];
        !facet.states.is_empty() || !facet.claims.is_empty()
    });
    let facets: Vec<u32> = facets.copied().collect();
    let may =
        |cited: &&Cited| facets.iter().any(|&at| may_state(&snapshot.lexicon.facets()[at as usize], cited));
    let stating: Vec<&Cited> = quotes.iter().filter(may).collect();
    if stating.windows(2).all(|pair| pair[0].quote.source() == pair[1].quote.source()) {
        return false;
    }
    let mut reader = Reader::new(&snapshot.lexicon, &snapshot.subject);
    let mut sources: Vec<(&str, Vec<Statement>)> = Vec::new();
    for cited in stating {
        let statements = reader.statements(&snapshot.corpus, cited);
        match sources.iter_mut().find(|(source, _)| *source == cited.quote.source()) {
            Some((_, stated)) => stated.extend(statements),
            None => sources.push((cited.quote.source(), statements)),
        }
    }
    facets.into_iter().any(|facet| {
        let asked = Asked { lexicon: &snapshot.lexicon, question, facet, subject: &snapshot.subject };
        sources.iter().enumerate().any(|(at, (_, one))| {
            sources.iter().skip(at + 1).any(|(_, other)| asked.sources_differ(one, other))
        })
    })
}

/// Whether a quote could state anything on a facet. This quick check settles nearly all questions.
fn may_state(facet: &Facet, cited: &Cited) -> bool {
    let lower = cited.quote.text().to_lowercase();
    !facet.states.is_empty() && quantity::may_stand_in(&lower)
        || facet.claims.iter().any(|claim| lower.contains(claim.as_str()))
}

/// One facet of a question.
struct Asked<'a> {
    lexicon: &'a Lexicon,
    question: &'a Question,
    facet: u32,
    subject: &'a [u32],
}

impl Asked<'_> {
    fn facet(&self) -> &Facet {
        &self.lexicon.facets()[self.facet as usize]
    }

    /// Whether the statements of two sources cannot both be true. Sources that agree in any value of a kind do not
    /// differ in that kind.
    fn sources_differ(&self, one: &[Statement], other: &[Statement]) -> bool {
        let pairs = || one.iter().flat_map(|one| other.iter().map(move |other| (one, other)));
        let in_measure = self.facet().states.iter().any(|&measure| {
            !pairs().any(|(one, other)| one.agrees(other, measure))
                && pairs().any(|(one, other)| self.apart(one, other, measure))
        });
        let claims = |(one, other): (&Statement, &Statement), opposite: bool| match (
            one.claims(self.facet),
            other.claims(self.facet),
        ) {
            (Some(one), Some(other)) => (one != other) == opposite,
            _ => false,
        };
        let comparable = |(one, other): &(&Statement, &Statement)| self.comparable(one, other, ALIKE);
        in_measure
            || !pairs().any(|pair| claims(pair, false))
                && pairs().filter(comparable).any(|pair| claims(pair, true))
    }

    fn apart(&self, one: &Statement, other: &Statement, measure: Measure) -> bool {
        let alike = if measure == Measure::Mass { ALIKE_DOSE } else { ALIKE };
        one.measures(measure) && other.measures(measure) && self.comparable(one, other, alike)
    }

    /// Whether both are about the question, and about the same thing in nearly the same words.
    fn comparable(&self, one: &Statement, other: &Statement, alike: f32) -> bool {
        [one, other].into_iter().all(|stated| self.speaks(stated))
            && one.is_of_the_same(other)
            && one.alike(other) >= alike
    }

    /// Whether a statement is firm, does not stand under a heading of another facet, and names the concepts in the
    /// question.
    fn speaks(&self, stated: &Statement) -> bool {
        let decisive = self.question.concepts.iter().filter(|&&at| {
            self.lexicon.concepts()[at as usize].kind.is_decisive() && !self.subject.contains(&at)
        });
        stated.firm
            && (stated.section.is_empty() || stated.section.contains(&self.facet))
            && decisive.into_iter().all(|at| stated.names(*at))
    }
}

#[cfg(test)]
mod tests;
