//! The kinds of values in `verbatim.toml`. Each is checked where it is read; the error names the value and the remedy,
//! and [`super::Config::parse`] adds the file, the line and the key.

use std::fmt::Display;
use std::num::NonZeroU32;
use std::path::PathBuf;

use serde::de::Error;
use serde::{Deserialize, Deserializer};
use tracing_subscriber::EnvFilter;

/// A whole number from `LEAST` to `MOST`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "i64")]
pub struct Whole<const LEAST: u32, const MOST: u32>(u32);

/// A number of days, at most ten years: a larger number is a typo, and dates would go out of range.
pub type Days = Whole<0, 3_660>;
/// A number of weeks, at most ten years.
pub type Weeks = Whole<0, 522>;
/// A number that is at least 1.
pub type Count = Whole<1, { u32::MAX }>;

impl<const LEAST: u32, const MOST: u32> Whole<LEAST, MOST> {
    /// Makes a number that is in range.
    ///
    /// # Panics
    /// If it is not.
    pub const fn new(number: u32) -> Self {
        assert!(LEAST <= number && number <= MOST, "the number is in range");
        Self(number)
    }

    /// The number.
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl Count {
    /// The number, for a library that takes no zero.
    pub fn non_zero(self) -> NonZeroU32 {
        NonZeroU32::new(self.0).unwrap_or(NonZeroU32::MIN)
    }
}

impl<const LEAST: u32, const MOST: u32> TryFrom<i64> for Whole<LEAST, MOST> {
    type Error = String;

    fn try_from(number: i64) -> Result<Self, String> {
        let is_in_range = |number: &u32| (LEAST..=MOST).contains(number);
        u32::try_from(number).ok().filter(is_in_range).map(Self).ok_or_else(|| match MOST {
            u32::MAX if number < i64::from(LEAST) => format!("{number} is too small. Write {LEAST} or more."),
            _ => format!("{number} is out of range. Write a number from {LEAST} to {MOST}."),
        })
    }
}

/// A number from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(try_from = "f32")]
pub struct Share(pub f32);

impl TryFrom<f32> for Share {
    type Error = String;

    fn try_from(number: f32) -> Result<Self, String> {
        match (0.0..=1.0).contains(&number) {
            true => Ok(Self(number)),
            false => Err(format!("{number} is out of range. Write a number from 0 to 1.")),
        }
    }
}

/// The name of a base.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct BaseName(pub String);

impl TryFrom<String> for BaseName {
    type Error = &'static str;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        match name.trim().is_empty() {
            true => Err("the name is empty. Name a folder in knowledge/."),
            false => Ok(Self(name)),
        }
    }
}

/// The name of a model's folder.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct ModelName(pub String);

impl TryFrom<String> for ModelName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        match name.as_str() {
            "none" | "all-minilm-l6-v2" => Err(format!(
                "`{name}` was for an earlier version, which could run without the model. Write \"reader\", or leave \
                 the setting out."
            )),
            _ => Ok(Self(name)),
        }
    }
}

/// A log filter, in the syntax of [`EnvFilter`].
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct LogFilter(pub String);

impl TryFrom<String> for LogFilter {
    type Error = String;

    fn try_from(filter: String) -> Result<Self, String> {
        match EnvFilter::try_new(&filter) {
            Ok(_) => Ok(Self(filter)),
            Err(error) => {
                Err(format!("`{filter}` is invalid: {error}. Write error, warn, info, debug or trace."))
            }
        }
    }
}

/// The path of a file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "PathBuf")]
pub struct FilePath(pub PathBuf);

impl TryFrom<PathBuf> for FilePath {
    type Error = &'static str;

    fn try_from(path: PathBuf) -> Result<Self, Self::Error> {
        match path.as_os_str().is_empty() {
            true => Err("the path is empty. Name a file, such as \"verbatim.db\"."),
            false => Ok(Self(path)),
        }
    }
}

/// A Discord id. Ids are strings because some editors cannot handle TOML integers that long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct DiscordId(pub u64);

impl TryFrom<String> for DiscordId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.trim().parse().ok().filter(|&id| id != 0).map(Self).ok_or_else(|| {
            format!(
                "`{text}` is not a Discord id. In Discord, turn on Developer Mode, right-click and choose Copy ID; \
                 write it in quotes."
            )
        })
    }
}

/// Maximum length of a [`Contact`], in characters: it shares a message with other text.
const LONGEST_CONTACT: usize = 300;

/// Whom users can ask about their data, on one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact(pub String);

impl TryFrom<String> for Contact {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        match line.chars().count() {
            0..=LONGEST_CONTACT => Ok(Self(line)),
            length => Err(format!(
                "the text has {length} characters. Shorten it to {LONGEST_CONTACT} characters or fewer."
            )),
        }
    }
}

/// Reads a string whose empty value means that nothing is set.
///
/// # Errors
/// If it is not empty and invalid.
pub fn unless_empty<'de, D, T>(from: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: TryFrom<String>,
    T::Error: Display,
{
    match String::deserialize(from)?.trim() {
        "" => Ok(None),
        text => T::try_from(text.to_owned()).map(Some).map_err(D::Error::custom),
    }
}
