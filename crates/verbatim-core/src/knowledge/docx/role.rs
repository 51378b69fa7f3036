//! Derives the role of a paragraph from the name or id of its style. Word always uses English names for its built-in
//! styles, but writes their ids in the user's language without non-ASCII letters. Other programs vary.

/// The role of a style. Heading levels start at 1, list levels at 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StyleRole {
    #[default]
    Body,
    Title,
    Subtitle,
    Heading(u8),
    Caption,
    /// A line of a table of contents, or its heading.
    Contents,
    Bullet(u8),
    Number(u8),
    /// A continuation paragraph of an item.
    Further,
    /// An entry of the bibliography.
    Bibliography,
    /// A term of a definition list, and its description.
    Term,
    Description,
}

// Style names in the languages that such documents are written in, without non-ASCII letters.
const HEADINGS: &str =
    "heading berschrift titre ttulo titolo kop rubrik overskrift nagwek otsikko nadpis encabezado";
const TITLES: &str = "title titel titre ttulo titolo tittel tytu nzev otsikko puesto";
const SUBTITLES: &str = "subtitle untertitel soustitre subttulo sottotitolo ondertitel undertittel underrubrik undertitel podtytu podnadpis";
const CAPTIONS: &str = "caption beschriftung lgende descripcin epgrafe didascalia legenda bijschrift billedtekst \
    bildtext beskrivning bildetekst popisek titulek";
/// Caption styles of particular programs. A number after the name makes it a different style.
const CAPTIONS_OF_PROGRAMS: &str = "tablecaption tabletitle captiontable";
const CONTENTS: &str = "tocheading tableofcontents tableoffigures contentsheading contentheading indexheading \
    inhaltsverzeichnis inhaltsverzeichnisberschrift enttedetabledesmatires ttulotdc titolosommario \
    kopvaninhoudsopgave abbildungsverzeichnis";
/// Names for the lines of a table of contents, before their level.
const CONTENTS_LINES: &str = "toc contents verzeichnis tm tdc sommario inhopg innehll ndice";
const BULLETS: &str = "listbullet aufzhlungszeichen listepuces listaconvietas puntoelenco lijstopsomteken punktlista \
    punktliste opstillingpunkttegn listapunktowana bulletlist bulletedlist bullet bullets bulletpoint bulletpoints \
    listparagraphbullet";
const NUMBERS: &str = "listnumber listennummer listenumros listaconnmeros numeroelenco lijstnummering numreradlista \
    nummerertliste opstillingtalellerbogst listanumerowana numberedlist numberlist";
const FURTHER: &str = "listcontinue listenfortsetzung listecontinue continuarlista elencocontinua";
const BIBLIOGRAPHY: &str = "bibliography literaturverzeichnis bibliographie bibliografa bibliografia \
    endnotebibliography references referenceslist referencelist";

impl StyleRole {
    /// The role for an outline level: 0 to 8 are headings.
    pub fn of_outline(level: i64) -> Self {
        match u8::try_from(level) {
            Ok(level @ 0..=8) => Self::Heading(level.saturating_add(1)),
            _ => Self::Body,
        }
    }

    /// The level of an item, from 0, and whether it is bulleted.
    pub fn list_level(self) -> Option<(u8, bool)> {
        match self {
            Self::Bullet(level) => Some((level, true)),
            Self::Number(level) => Some((level, false)),
            _ => None,
        }
    }

    /// Whether it is the title or a heading.
    pub fn is_heading(self) -> bool {
        matches!(self, Self::Title | Self::Heading(_))
    }
}

/// The role for a style's name or id. Returns `None` if the name is unknown.
pub fn role_of_name(name: &str) -> Option<StyleRole> {
    let folded: String = name
        .to_lowercase()
        .chars()
        .filter(|c| c.is_ascii() && !matches!(c, ' ' | '-' | '_' | '(' | ')'))
        .collect();
    let stem = folded.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = folded.get(stem.len()..).unwrap_or_default();
    let level: Option<u8> = digits.parse().ok().filter(|level| (1..=9).contains(level));
    let below = level.map_or(0, |level| level.saturating_sub(1));
    let is = |names: &str| names.split(' ').any(|known| known == stem);
    let bare = digits.is_empty();
    Some(match level {
        Some(level) if is(HEADINGS) => StyleRole::Heading(level),
        // Pages has a heading style without a level.
        None if bare && stem == "heading" => StyleRole::Heading(1),
        Some(_) if is(CONTENTS_LINES) => StyleRole::Contents,
        None if bare && is(TITLES) => StyleRole::Title,
        None if bare && is(SUBTITLES) => StyleRole::Subtitle,
        None if bare && is(CAPTIONS_OF_PROGRAMS) => StyleRole::Caption,
        // LibreOffice and Pandoc use these names for definition lists.
        None if bare && is("listheading definitionterm") => StyleRole::Term,
        None if bare && is("listcontents definition") => StyleRole::Description,
        _ if is(CONTENTS) => StyleRole::Contents,
        _ if is(CAPTIONS) => StyleRole::Caption,
        _ if is(BULLETS) => StyleRole::Bullet(below),
        _ if is(NUMBERS) => StyleRole::Number(below),
        _ if is(FURTHER) => StyleRole::Further,
        _ if is(BIBLIOGRAPHY) => StyleRole::Bibliography,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn styles_are_known_in_many_languages() {
        for name in
            ["heading 1", "Heading1", "Überschrift 1", "berschrift1", "Titre 1", "Título 1", "Nagłówek 1"]
        {
            assert_eq!(role_of_name(name), Some(StyleRole::Heading(1)), "{name}");
        }
        for name in ["Title", "Titel", "Titre", "Ttulo"] {
            assert_eq!(role_of_name(name), Some(StyleRole::Title), "{name}");
        }
        assert_eq!(role_of_name("List Bullet 2"), Some(StyleRole::Bullet(1)));
        assert_eq!(role_of_name("Aufzhlungszeichen"), Some(StyleRole::Bullet(0)));
        assert_eq!(role_of_name("toc 2"), Some(StyleRole::Contents));
        assert_eq!(role_of_name("TOC Heading"), Some(StyleRole::Contents));
        assert_eq!(role_of_name("Body Text 2"), None);
        assert_eq!(role_of_name("表題"), None);
    }
}
