//! The analyser as a Tantivy tokenizer, so that sources and questions are split into the same terms.

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

use crate::text::words::Analyser;

/// The name under which the tokenizer is registered.
pub const NAME: &str = "verbatim";

/// Splits a text into stems; a hyphenated compound has the position of its last part.
#[derive(Default)]
pub struct StemTokenizer {
    analyser: Analyser,
}

/// The stems of one text.
pub struct StemStream {
    tokens: std::vec::IntoIter<Token>,
    token: Token,
}

impl Clone for StemTokenizer {
    /// A copy starts with an empty cache.
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Tokenizer for StemTokenizer {
    type TokenStream<'a> = StemStream;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> StemStream {
        let mut position = 0;
        let tokens: Vec<Token> = self
            .analyser
            .words(text)
            .into_iter()
            .map(|word| {
                position += usize::from(!word.compound);
                Token {
                    offset_from: word.span.start as usize,
                    offset_to: word.span.end as usize,
                    position: position.saturating_sub(1),
                    text: word.stem.to_string(),
                    position_length: 1,
                }
            })
            .collect();
        StemStream { tokens: tokens.into_iter(), token: Token::default() }
    }
}

impl TokenStream for StemStream {
    fn advance(&mut self) -> bool {
        let next = self.tokens.next();
        let found = next.is_some();
        self.token = next.unwrap_or_default();
        found
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_becomes_stems_at_their_places() {
        let mut tokenizer = StemTokenizer::default();
        let mut stream = tokenizer.token_stream("Taking low-dose 4.5mg");
        let mut found = Vec::new();
        while stream.advance() {
            found.push((stream.token().text.clone(), stream.token().position));
        }
        let expected = [("take", 0), ("low", 1), ("dose", 2), ("lowdos", 2), ("4.5", 3), ("mg", 4)];
        assert_eq!(found, expected.map(|(stem, at)| (stem.to_owned(), at)));
    }
}
