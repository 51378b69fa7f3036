//! English words that change what a sentence is about, or that leave its statement open. These are general words;
//! medical words are in the vocabulary.

use std::sync::Arc;

use rustc_hash::FxHashSet;

use crate::text::words::Analyser;

/// Words that leave open whether, when, for whom or how much something is so.
const OPEN: &str = "\
    may might could can would should whether if unless except although possibly possible perhaps \
    probably likely unlikely suggest suggests suggested appear appears seem seems theoretically \
    potential potentially unclear unknown uncertain thought believed hypothesis hypothesised \
    hypothesized known shown proven established some sometimes often most mostly many few several couple \
    vary varies varied depend depends depending individual individually only also still yet evidence \
    doubt proof information data reason question claim claims claimed";

/// Words of a sentence about one study, report or product, whose statements need not hold elsewhere.
const SPECIAL: &str = "\
    trial trials study studies studied participant participants volunteer volunteers cohort sample \
    samples group groups arm arms placebo review analysis research researchers rat rats mice mouse \
    animal animals dog dogs vitro experiment experiments case cases report reports reported survey \
    investigated measured observed randomised tablet tablets capsule capsules contain contains strength \
    strengths available formulation formulations pack packs product products brand brands \
    compared than versus";

/// Words that restrict a statement to a part of the matter. Two comparable sentences have the same ones.
const PART: &str = "\
    start starts starting started initial initially begin first maintenance maximum maximal max minimum \
    highest lowest high low higher lower large larger small smaller increase increased raise raised \
    reduce reduced lowered halved doubled titrate titrated gradually single loading weekly twice thrice \
    times every each hourly child children adult adults elderly older younger men women pregnant renal \
    hepatic kidney liver oral orally injection injected intravenous topical sublingual cream implant \
    chronic chronically overdose alone together combined combination longer long short term ultra total \
    extra additional plus";

/// Words that deny what follows them.
const DENYING: &str = "\
    not no never neither nor without cannot isnt arent wasnt werent hasnt havent hadnt doesnt dont didnt \
    cant wont lacks lacking";

/// Words that make what follows them a claim.
const STATING: &str = "\
    is are was were be been being isnt arent wasnt werent remains considered has have had";

/// Words that accompany a number.
const UNITS: &str = "\
    mg mcg ng g gram grams minute minutes hour hours day days week weeks month months year years percent \
    daily one two three four five six seven eight nine ten eleven twelve";

/// Times of day: two statements that name different ones are about different doses.
const DAYTIMES: [&str; 4] = [
    "morning mornings breakfast",
    "noon lunch afternoon",
    "evening evenings",
    "night nights nightly bedtime bed",
];

/// A set of words, in the normal form in which words are compared.
pub(super) struct Words(FxHashSet<Arc<str>>);

impl Words {
    fn new(list: &str, analyser: &mut Analyser) -> Self {
        Self(analyser.words(list).into_iter().map(|word| word.form).collect())
    }

    /// Whether the set contains a word, given in normal form.
    pub(super) fn has(&self, form: &str) -> bool {
        self.0.contains(form)
    }
}

/// All word lists.
pub(super) struct Lists {
    pub(super) open: Words,
    pub(super) special: Words,
    pub(super) part: Words,
    pub(super) denying: Words,
    pub(super) stating: Words,
    pub(super) units: Words,
    /// One per time of day.
    pub(super) daytimes: [Words; 4],
}

impl Lists {
    pub(super) fn new(analyser: &mut Analyser) -> Self {
        let mut words = |list| Words::new(list, analyser);
        Self {
            open: words(OPEN),
            special: words(SPECIAL),
            part: words(PART),
            denying: words(DENYING),
            stating: words(STATING),
            units: words(UNITS),
            daytimes: DAYTIMES.map(words),
        }
    }
}
