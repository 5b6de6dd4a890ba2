//! The languages in which reasons are worded.

use std::fmt;
use std::str::FromStr;

use guide_core::{Error, Result};
use serde::{Deserialize, Serialize};

/// The language of the texts in an answer. As text, and in JSON, its language code: `en` or `zh`.
///
/// ```
/// use shopping_guide::Language;
/// assert_eq!("zh-CN".parse::<Language>()?, Language::Chinese);
/// assert_eq!(Language::English.to_string(), "en");
/// # Ok::<(), shopping_guide::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum Language {
    /// English, `en`.
    #[default]
    English,
    /// Chinese in simplified characters, `zh`.
    Chinese,
}

impl Language {
    /// All languages.
    pub const ALL: [Self; 2] = [Self::English, Self::Chinese];

    /// The language code: `en` or `zh`.
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::English => "english",
            Self::Chinese => "chinese",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Reads a language code, with or without a region (`zh`, `zh-CN`, `en_GB`), or the English name. Case does not matter.
impl FromStr for Language {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let plain = text.trim().to_ascii_lowercase();
        let code = plain.split(['-', '_']).next().unwrap_or_default();
        let mut all = Self::ALL.into_iter();
        let found = all.find(|one| one.code() == code || one.name() == plain);
        found.ok_or_else(|| Error::unknown("language (known: en, zh)", text))
    }
}

impl TryFrom<String> for Language {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<Language> for String {
    fn from(language: Language) -> Self {
        language.code().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_read_by_its_code_or_name() {
        for (text, language) in [
            ("en", Language::English),
            ("EN_us", Language::English),
            ("English", Language::English),
            (" zh-Hans-CN", Language::Chinese),
            ("chinese", Language::Chinese),
        ] {
            assert_eq!(text.parse::<Language>().unwrap(), language, "{text}");
        }
        for text in ["", "e", "de", "zhx", "-zh"] {
            let error = text.parse::<Language>().unwrap_err().to_string();
            let expected = format!("unknown language (known: en, zh) `{text}`");
            assert_eq!(error, expected);
        }
        let json = serde_json::to_string(&Language::Chinese).unwrap();
        assert_eq!(json, "\"zh\"");
        let again: Language = serde_json::from_str(&json).unwrap();
        assert_eq!(again, Language::Chinese);
    }
}
