//! Fields: an instruction, and the result from its last update.

/// The longest instruction to store, in bytes. Instructions of reference managers contain whole entries, which are not
/// needed here.
const LONGEST_INSTRUCTION: usize = 200;

/// A field.
#[derive(Debug, Default)]
pub struct WordField {
    instruction: String,
    /// Whether its result has started.
    pub in_result: bool,
    /// Whether its result contains text.
    pub gave_text: bool,
}

impl WordField {
    /// Appends to its instruction.
    pub fn instruct(&mut self, text: &str) {
        let left = LONGEST_INSTRUCTION.saturating_sub(self.instruction.len());
        self.instruction.push_str(text.get(..text.floor_char_boundary(left)).unwrap_or_default());
    }

    /// Whether its instruction starts with a word.
    fn is(&self, verb: &str) -> bool {
        self.instruction.split_whitespace().next().is_some_and(|word| word.eq_ignore_ascii_case(verb))
    }

    /// Whether its result is a table of contents.
    pub fn is_contents(&self) -> bool {
        self.in_result && ["TOC", "INDEX", "TOA"].iter().any(|verb| self.is(verb))
    }

    /// Whether its result is a bibliography.
    pub fn is_bibliography(&self) -> bool {
        // The rest of the instruction can contain titles of cited works.
        let mut names = self.instruction.split_whitespace().skip(1).take(2).map(str::to_uppercase);
        let mut kept = || names.any(|name| name.contains("BIBL") || name.contains("REFLIST"));
        self.in_result && (self.is("BIBLIOGRAPHY") || self.is("ADDIN") && kept())
    }

    /// Whether it counts tables or figures.
    pub fn counts(&self) -> bool {
        self.is("SEQ")
    }

    /// The code and font of a field such as `SYMBOL 179 \f "Symbol"` that has no result text.
    pub fn symbol(&self) -> Option<(u32, &str)> {
        if self.gave_text || !self.is("SYMBOL") {
            return None;
        }
        let mut words = self.instruction.split_whitespace().skip(1);
        let code = words.next()?;
        let code = match code.strip_prefix("0x") {
            Some(code) => u32::from_str_radix(code, 16).ok()?,
            None => code.parse().ok()?,
        };
        let font = words.skip_while(|word| *word != "\\f").nth(1).unwrap_or_default();
        Some((code, font.trim_matches('"')))
    }
}
