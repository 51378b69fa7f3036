//! The formats of sources. Each property is one `match` over all of them, so that the compiler names what a new format
//! still needs. Its readers are selected in [`super::read`] and [`super::second`].

/// The supported formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// CommonMark with the extensions of common note-taking tools.
    Markdown,
    /// Text without markup.
    Plain,
    /// A web page.
    Html,
    /// A PDF that contains text.
    Pdf,
    /// A Word document.
    Docx,
}

/// The formats as shown to people who choose a file.
pub const FORMAT_NAMES: &str = "Markdown, text, HTML, Word or PDF";

impl Format {
    /// All formats.
    pub const ALL: [Self; 5] = [Self::Markdown, Self::Plain, Self::Html, Self::Pdf, Self::Docx];

    /// Its name as shown to people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Markdown => "Markdown",
            Self::Plain => "plain text",
            Self::Html => "HTML",
            Self::Pdf => "PDF",
            Self::Docx => "Word",
        }
    }

    /// The extensions of its files, in lower case.
    pub fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Markdown => &["md", "markdown"],
            Self::Plain => &["txt"],
            Self::Html => &["html", "htm"],
            Self::Pdf => &["pdf"],
            Self::Docx => &["docx"],
        }
    }

    /// Whether the description of a source is in a sidecar file, because its format has no place for front matter.
    pub fn has_sidecar(self) -> bool {
        match self {
            Self::Markdown | Self::Plain => false,
            Self::Html | Self::Pdf | Self::Docx => true,
        }
    }

    /// The extensions of all formats.
    pub fn all_extensions() -> impl Iterator<Item = &'static str> {
        Self::ALL.iter().flat_map(|format| format.extensions()).copied()
    }
}

/// The format of a file, from its extension; `None` if the file type is not supported.
pub fn format_of(file_name: &str) -> Option<Format> {
    let (_, ending) = file_name.rsplit_once('.')?;
    let ending = ending.to_ascii_lowercase();
    Format::ALL.into_iter().find(|format| format.extensions().contains(&ending.as_str()))
}
