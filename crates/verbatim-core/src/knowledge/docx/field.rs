//! Fields: instructions, and the text that each gave when it was last carried out.

/// The longest instruction that is kept, in bytes. Those of reference managers hold whole entries, which nothing here
/// needs.
const LONGEST_INSTRUCTION: usize = 200;

/// A field.
#[derive(Debug, Default)]
pub struct Field {
    instruction: String,
    /// Whether its result has begun.
    pub in_result: bool,
    /// Whether words stand in its result.
    pub gave_text: bool,
}

impl Field {
    /// Adds to its instruction.
    pub fn instruct(&mut self, text: &str) {
        let left = LONGEST_INSTRUCTION.saturating_sub(self.instruction.len());
        self.instruction.push_str(text.get(..text.floor_char_boundary(left)).unwrap_or_default());
    }

    /// Whether its instruction begins with a word.
    fn is(&self, verb: &str) -> bool {
        self.instruction.split_whitespace().next().is_some_and(|word| word.eq_ignore_ascii_case(verb))
    }

    /// Whether its result is a table of contents.
    pub fn is_contents(&self) -> bool {
        self.in_result && ["TOC", "INDEX", "TOA"].iter().any(|verb| self.is(verb))
    }

    /// Whether its result is a bibliography.
    pub fn is_bibliography(&self) -> bool {
        // What follows may hold the titles of what is cited.
        let mut names = self.instruction.split_whitespace().skip(1).take(2).map(str::to_uppercase);
        let mut kept = || names.any(|name| name.contains("BIBL") || name.contains("REFLIST"));
        self.in_result && (self.is("BIBLIOGRAPHY") || self.is("ADDIN") && kept())
    }

    /// Whether it counts tables or figures.
    pub fn counts(&self) -> bool {
        self.is("SEQ")
    }

    /// The code and font of a field such as `SYMBOL 179 \f "Symbol"` that gave no text of its own.
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
