//! The literature that the sources cite for the quotes, with links to the registers: in full if there is space,
//! otherwise by number and links. An entry is never shown in part.

use rustc_hash::FxHashSet;

use super::{Card, FIELD_NAME, FIELD_VALUE, FIELDS};
use crate::answer::reply::{Cited, CitedReference};
use crate::render::address::Address;
use crate::render::escape::Markup;
use crate::text::controls::one_line;

/// Entries are shown in full if they have at most this many units in total.
const FULL: usize = 2 * FIELD_VALUE;
/// The maximum number of entries shown in full.
const MOST_IN_FULL: usize = 30;
/// The maximum length in units of an entry's words, and of those of an entry without a link if space is short.
const ENTRY: usize = 500;
const SHORT_ENTRY: usize = 90;
/// The maximum length of a marker in units.
const MARKER: usize = 24;
/// The maximum number of entries considered. More could never fit on one card.
const LOOKED_AT: usize = 150;

/// One source and its cited entries.
pub struct Cites<'a> {
    /// The source's title.
    pub title: &'a str,
    /// The source's id.
    pub source: &'a str,
    /// The entries, without duplicates.
    pub entries: Vec<&'a CitedReference>,
}

/// Returns the entries that the sources cite for these quotes, in the order of the quotes.
pub fn cited_by(quotes: &[Cited]) -> Vec<Cites<'_>> {
    let mut all: Vec<Cites> = Vec::new();
    for cited in quotes.iter().filter(|cited| !cited.references.is_empty()) {
        let source = cited.quote.source();
        let at = all.iter().position(|cites| cites.source == source).unwrap_or_else(|| {
            all.push(Cites { title: &cited.title, source, entries: Vec::new() });
            all.len() - 1
        });
        let key = |entry: &'_ CitedReference| (entry.marker.clone(), entry.text.clone());
        let mut seen: FxHashSet<_> = all[at].entries.iter().map(|entry| key(entry)).collect();
        let new = cited.references.iter().filter(|entry| seen.insert(key(entry)));
        all[at].entries.extend(new);
    }
    all
}

/// Adds the entries cited for these quotes as fields, as many as fit.
pub fn push(card: &mut Card, quotes: &[Cited]) {
    let all = cited_by(quotes);
    if all.is_empty() {
        return;
    }
    let several = all.len() > 1;
    let draw = |draw: fn(&CitedReference) -> Markup| -> Vec<(Markup, Markup)> {
        let lines = |cites: &Cites| {
            let name = name(cites.title, several);
            cites.entries.iter().map(|entry| (name.clone(), draw(entry))).collect::<Vec<_>>()
        };
        all.iter().flat_map(lines).take(LOOKED_AT).collect()
    };
    let total: usize = all.iter().map(|cites| cites.entries.len()).sum();
    let full = if total <= MOST_IN_FULL { Some(fields(&draw(full), 0)) } else { None };
    let full = full.filter(|fields| fit(card, fields, FULL));
    for (name, value) in full.unwrap_or_else(|| shortest(card, &draw(links), total)) {
        card.push_field(name, value);
    }
}

/// Draws as many whole entries as fit, and the number of entries left out.
fn shortest(card: &Card, lines: &[(Markup, Markup)], total: usize) -> Vec<(Markup, Markup)> {
    let with = |count: usize| fields(&lines[..count], total - count);
    let fits = |fields: &[(Markup, Markup)]| fit(card, fields, card.left());
    let all = with(lines.len());
    if fits(&all) {
        return all;
    }
    let counts: Vec<usize> = (0..lines.len()).collect();
    let fitting = counts.partition_point(|&count| fits(&with(count)));
    fitting.checked_sub(1).map_or_else(Vec::new, with)
}

/// Returns whether all fields fit on the card, in at most `most` units.
fn fit(card: &Card, fields: &[(Markup, Markup)], most: usize) -> bool {
    let units: usize = fields.iter().map(|(name, value)| name.units() + value.units()).sum();
    units <= most.min(card.left()) && card.fields().len() + fields.len() <= FIELDS
}

/// Groups the lines under their names, with as many per field as fit.
fn fields(lines: &[(Markup, Markup)], left_out: usize) -> Vec<(Markup, Markup)> {
    let mut lines = lines.to_vec();
    if left_out > 0 {
        let name = lines.last().map_or_else(|| name("", false), |(name, _)| name.clone());
        let and = if lines.is_empty() { "" } else { "and " };
        let entries = if lines.is_empty() && left_out == 1 {
            "1 work".to_owned()
        } else {
            format!("{and}{left_out} more")
        };
        lines.push((name, Markup::text(&format!("{entries}; press Sources"))));
    }
    let mut fields: Vec<(Markup, Markup)> = Vec::new();
    for (name, line) in lines {
        match fields.last_mut() {
            Some((last, value)) if *last == name && value.units() + 1 + line.units() <= FIELD_VALUE => {
                *value = std::mem::take(value).and(&Markup::own("\n")).and(&line);
            }
            _ => fields.push((name, line)),
        }
    }
    fields
}

fn name(title: &str, several: bool) -> Markup {
    match several {
        true => Markup::own("Cited by ").and(&Markup::short(title, FIELD_NAME / 2)),
        false => Markup::own("The source cites"),
    }
}

/// Formats an entry with its links.
fn full(entry: &CitedReference) -> Markup {
    line(entry, Markup::short(&one_line(&entry.text), ENTRY))
}

/// Formats an entry as its number and links, or as its first words if it has no link.
fn links(entry: &CitedReference) -> Markup {
    let words = match addresses(entry).next() {
        Some(_) => Markup::default(),
        None => Markup::short(&one_line(&entry.text), SHORT_ENTRY),
    };
    line(entry, words)
}

/// Formats an entry's line: marker, words, links.
pub fn line(entry: &CitedReference, words: Markup) -> Markup {
    let marker = Markup::text("[").and(&Markup::short(&entry.marker, MARKER)).and(&Markup::text("]"));
    let links = addresses(entry).map(|(name, address)| Markup::own_link(name, &address));
    Markup::join([marker, words, Markup::join(links, " · ")], " ")
}

fn addresses(entry: &CitedReference) -> impl Iterator<Item = (&'static str, Address)> {
    let doi = entry.doi.as_deref().and_then(Address::doi).map(|address| ("DOI", address));
    let pubmed = entry.pmid.as_deref().and_then(Address::pubmed).map(|address| ("PubMed", address));
    let central = entry.pmcid.as_deref().and_then(Address::pubmed_central).map(|address| ("PMC", address));
    [doi, pubmed, central].into_iter().flatten()
}
