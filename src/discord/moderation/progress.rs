//! Progress of a change to a base, for the message that the moderator watches.

use std::sync::Arc;

use parking_lot::Mutex;

use verbatim_core::index::build::Progress;
use verbatim_core::render::escape::Markup;

/// The stages in order, as shown to the moderator.
const STAGES: [&str; 4] = ["reading", "indexing", "testing", "publishing"];

/// Progress of a change. The worker thread writes it; the task that updates the message reads it.
#[derive(Clone, Default)]
pub struct Stage {
    state: Arc<Mutex<StageState>>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct StageState {
    at: usize,
    encoded: Option<(usize, usize)>,
}

impl Stage {
    /// Records a progress report from the engine.
    pub fn report(&self, progress: Progress) {
        let mut state = self.state.lock();
        let (at, encoded) = match progress {
            Progress::Annotating | Progress::Indexing | Progress::Writing => (1, None),
            Progress::Encoding { done, of } => (1, Some((done, of))),
            Progress::Testing => (2, None),
            Progress::Publishing => (3, None),
        };
        *state = StageState { at, encoded };
    }

    /// A line such as "reading ✓ → **indexing** (512 of 2,000 sentences) → testing → publishing".
    pub fn line(&self) -> Markup {
        let state = *self.state.lock();
        let part = |(number, name): (usize, &&str)| match number.cmp(&state.at) {
            std::cmp::Ordering::Less => Markup::text(name).and(&Markup::own(" ✓")),
            std::cmp::Ordering::Greater => Markup::text(name),
            std::cmp::Ordering::Equal => {
                let so_far = state.encoded.map(|(done, of)| format!(" ({done} of {of} sentences)"));
                Markup::bold(name).and(&Markup::text(&so_far.unwrap_or_else(|| " …".to_owned())))
            }
        };
        Markup::join(STAGES.iter().enumerate().map(part), " → ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_what_is_done_and_what_comes() {
        let stage = Stage::default();
        insta::assert_snapshot!(stage.line().as_str(), @"**reading** … → indexing → testing → publishing");
        stage.report(Progress::Encoding { done: 5, of: 90 });
        insta::assert_snapshot!(stage.line().as_str(), @"reading ✓ → **indexing** (5 of 90 sentences) → testing → publishing");
        stage.report(Progress::Publishing);
        insta::assert_snapshot!(stage.line().as_str(), @"reading ✓ → indexing ✓ → testing ✓ → **publishing** …");
    }
}
