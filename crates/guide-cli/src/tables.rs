//! Flags that say how tables are written.

use clap::Args;
use shopping_guide::{EventKind, TableFormat};

use crate::usage::usage;

/// How tables of texts are written. What is not said is found out from the files.
#[derive(Args)]
pub struct TextTableArgs {
    /// Separator of the columns, one character; `\t` for a tab.
    #[arg(long, value_name = "CHARACTER")]
    sep: Option<String>,
    /// Encoding, for example windows-1252, gbk, big5, shift_jis or utf-16le.
    #[arg(long, value_name = "LABEL")]
    encoding: Option<String>,
    /// The first row is data; the columns are called 1, 2, ..
    #[arg(long)]
    no_heading: bool,
    /// Double quotes are characters like any other.
    #[arg(long)]
    no_quotes: bool,
}

impl TextTableArgs {
    /// A flag that was given, for commands that take tables among other things.
    pub fn first_given(&self) -> (&'static str, bool) {
        let flags = [
            ("--sep", self.sep.is_some()),
            ("--encoding", self.encoding.is_some()),
            ("--no-heading", self.no_heading),
            ("--no-quotes", self.no_quotes),
        ];
        flags.into_iter().find(|flag| flag.1).unwrap_or(flags[0])
    }

    /// How the tables are written.
    ///
    /// # Errors
    /// A usage error for a separator of several characters.
    pub fn format(&self) -> anyhow::Result<TableFormat> {
        let mut format = TableFormat::default();
        if let Some(text) = &self.sep {
            format.separator = Some(one_character("--sep", text)?);
        }
        format.encoding = self.encoding.clone();
        if self.no_heading {
            format = format.no_heading();
        }
        if self.no_quotes {
            format = format.no_quotes();
        }
        Ok(format)
    }
}

/// How the catalogue and the event log are written. What is not said is found out from the files.
#[derive(Args)]
pub struct TableArgs {
    /// Separator of both tables, one character; `\t` for a tab.
    #[arg(long, value_name = "CHARACTER")]
    sep: Option<String>,
    /// Separator of the catalogue.
    #[arg(long, value_name = "CHARACTER")]
    catalog_sep: Option<String>,
    /// Separator of the event log.
    #[arg(long, value_name = "CHARACTER")]
    event_sep: Option<String>,
    /// Encoding of both tables, for example windows-1252, gbk, big5, shift_jis or utf-16le.
    #[arg(long, value_name = "LABEL")]
    encoding: Option<String>,
    /// Encoding of the catalogue.
    #[arg(long, value_name = "LABEL")]
    catalog_encoding: Option<String>,
    /// Encoding of the event log.
    #[arg(long, value_name = "LABEL")]
    event_encoding: Option<String>,
    /// The first row of both tables is data; the columns are called 1, 2, ..
    #[arg(long)]
    no_heading: bool,
    /// The first row of the catalogue is data.
    #[arg(long)]
    catalog_no_heading: bool,
    /// The first row of the event log is data.
    #[arg(long)]
    event_no_heading: bool,
    /// Double quotes in both tables are characters like any other.
    #[arg(long)]
    no_quotes: bool,
    /// What a word in the column of kinds means: view, cart, purchase or rating. May be given several times.
    #[arg(long, value_name = "WORD=KIND", value_parser = crate::usage::key_value)]
    map: Vec<(String, String)>,
}

impl TableArgs {
    /// How the catalogue is written.
    ///
    /// # Errors
    /// A usage error for a separator of several characters.
    pub fn catalog(&self) -> anyhow::Result<TableFormat> {
        let separator = self.catalog_sep.as_ref().map(|sep| ("--catalog-sep", sep));
        self.format(
            separator,
            self.catalog_encoding.as_ref(),
            self.catalog_no_heading,
        )
    }

    /// How the event log is written.
    ///
    /// # Errors
    /// As [`TableArgs::catalog`].
    pub fn events(&self) -> anyhow::Result<TableFormat> {
        let separator = self.event_sep.as_ref().map(|sep| ("--event-sep", sep));
        self.format(
            separator,
            self.event_encoding.as_ref(),
            self.event_no_heading,
        )
    }

    fn format(
        &self,
        separator: Option<(&str, &String)>,
        encoding: Option<&String>,
        no_heading: bool,
    ) -> anyhow::Result<TableFormat> {
        let mut format = TableFormat::default();
        if let Some((flag, text)) = separator.or(self.sep.as_ref().map(|sep| ("--sep", sep))) {
            format.separator = Some(one_character(flag, text)?);
        }
        format.encoding = encoding.or(self.encoding.as_ref()).cloned();
        if no_heading || self.no_heading {
            format = format.no_heading();
        }
        if self.no_quotes {
            format = format.no_quotes();
        }
        Ok(format)
    }

    /// The words of the column of kinds with their meanings.
    ///
    /// # Errors
    /// A usage error for an unknown kind.
    pub fn kinds(&self) -> anyhow::Result<Vec<(String, EventKind)>> {
        let kinds = self.map.iter().map(|(word, kind)| {
            if word.is_empty() {
                return Err(usage(format!("--map ={kind}: the word is empty")));
            }
            let kind = match kind.as_str() {
                "view" => EventKind::View,
                "cart" => EventKind::Cart,
                "purchase" => EventKind::Purchase,
                "rating" => EventKind::Rating,
                _ => {
                    return Err(usage(format!(
                        "--map {word}={kind}: no kind `{kind}`; known: view, cart, purchase, rating"
                    )));
                }
            };
            Ok((word.clone(), kind))
        });
        kinds.collect()
    }
}

/// The one ASCII character of a flag.
fn one_character(flag: &str, text: &str) -> anyhow::Result<char> {
    let text = if text == "\\t" { "\t" } else { text };
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        (Some(character), None) if character.is_ascii() && !"\"\r\n".contains(character) => {
            Ok(character)
        }
        _ => Err(usage(format!(
            "{flag} must be one ASCII character that is no quote and no line end, or \\t, but is {text:?}"
        ))),
    }
}
