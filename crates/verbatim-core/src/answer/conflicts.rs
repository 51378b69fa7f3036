//! Whether the sources differ: two quotes of different sources state what cannot both be so, on the very
//! matter that was asked. A reader takes that seriously, so it is said only where little can speak against
//! it; where the two may be about different things, nothing is said.
//!
//! The vocabulary says what can be compared: a facet names the measures that answer it ([`Facet::states`]),
//! and words that are affirmed or denied ([`Facet::claims`]).

mod statement;
mod words;

use self::statement::{Reader, Statement};
use super::quantity;
use super::reply::Cited;
use crate::index::snapshot::Snapshot;
use crate::knowledge::lexicon::{Facet, Lexicon, Measure};
use crate::question::understand::Question;

/// So large a share of the words of the shorter statement stands in the other, too: those of a dose, and
/// those of anything else.
const ALIKE_DOSE: f32 = 0.5;
const ALIKE: f32 = 0.6;

/// Whether `quotes`, which answer `question`, are from sources that differ on it.
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

/// Whether a quote could state something on a facet at all. Nearly all questions end here, without a word
/// being read closely.
fn may_state(facet: &Facet, cited: &Cited) -> bool {
    let lower = cited.quote.text().to_lowercase();
    !facet.states.is_empty() && quantity::may_stand_in(&lower)
        || facet.claims.iter().any(|claim| lower.contains(claim.as_str()))
}

/// What was asked, in one of its facets.
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

    /// Whether what one source states cannot be so where the other is right. Where they agree in anything of
    /// the kind, they do not differ.
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

    /// Whether both speak of what was asked, and of the same thing in nearly the same words.
    fn comparable(&self, one: &Statement, other: &Statement, alike: f32) -> bool {
        [one, other].into_iter().all(|stated| self.speaks(stated))
            && one.is_of_the_same(other)
            && one.alike(other) >= alike
    }

    /// Whether a statement is firm, is under no heading of another facet, and names what the question names.
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
