//! Block quotations: plain ones, admonitions with their titles, and the panels of tabs.

use super::super::openings::{bold_title, callout};
use super::super::pieces::MarkdownPiece;
use super::MarkdownWriter;
use crate::knowledge::blocks::FilePosition;

/// What a block quotation stands for.
pub(super) enum Quote {
    Plain,
    Admonition,
    /// The panel of a tab below a heading of this level.
    Tab(u8),
}

impl MarkdownWriter<'_> {
    /// Opens a block quotation. Returns whether the next piece was its title and is processed.
    pub(super) fn open_quote(&mut self, rest: &[MarkdownPiece]) -> bool {
        self.open_container();
        if let [MarkdownPiece::Text(words), ..] = rest
            && let Some(tab) = words.text.trim().strip_prefix("[!tab] ")
        {
            // The tab is a heading as long as its panel goes on.
            self.quotes.push(Quote::Tab(self.level));
            self.blocks.at(FilePosition::Line(words.line));
            let (title, text) = tab.split_once('\n').unwrap_or((tab, ""));
            self.blocks.heading(self.level.saturating_add(1).min(6), title.trim());
            if !text.trim().is_empty() {
                self.say(text.trim());
            }
            return true;
        }
        let title = match rest {
            [MarkdownPiece::Text(words), ..] if self.notes == 0 => {
                let alone = matches!(rest.get(1), None | Some(MarkdownPiece::CloseQuote));
                callout(words.text.trim()).or_else(|| bold_title(words, alone))
            }
            _ => None,
        };
        self.quotes.push(if title.is_some() { Quote::Admonition } else { Quote::Plain });
        let Some((title, text)) = title else { return false };
        let name = title.clone();
        let is_sentence = |title: &String| title.ends_with(['.', '!']) && title.contains(' ');
        match title.filter(is_sentence) {
            Some(sentence) => {
                self.blocks.open_admonition(None);
                self.say(&sentence);
            }
            None => self.blocks.open_admonition(name.as_deref()),
        }
        if !text.is_empty() {
            self.say(&text);
        }
        true
    }

    pub(super) fn open_plain_quote(&mut self) {
        self.open_container();
        self.quotes.push(Quote::Plain);
    }

    pub(super) fn close_quote(&mut self) {
        self.close_container();
        match self.quotes.pop() {
            Some(Quote::Admonition) => self.blocks.close_admonition(),
            Some(Quote::Tab(level)) => {
                self.blocks.end_section(level.saturating_add(1));
                self.level = level;
            }
            Some(Quote::Plain) | None => {}
        }
    }
}
