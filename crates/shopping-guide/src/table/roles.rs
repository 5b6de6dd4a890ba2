//! Which column of a table has which role, and why.

use std::path::Path;

use guide_core::{Error, Result};

use crate::read_report::{ColumnUse, UnusedColumn};
use crate::value::number;

/// Columns that roles are given to, by name or by guess.
pub(crate) struct Roles<'h> {
    path: &'h Path,
    headings: &'h [String],
    taken: Vec<Taken>,
    /// Columns that must not get a role, because the caller says so.
    ignored: Vec<usize>,
}

struct Taken {
    column: usize,
    role: &'static str,
    why: String,
}

impl<'h> Roles<'h> {
    /// No role is given yet.
    pub(crate) fn new(path: &'h Path, headings: &'h [String]) -> Self {
        Self {
            path,
            headings,
            taken: Vec::new(),
            ignored: Vec::new(),
        }
    }

    /// The column for `role`: the one called `said`, or the first that is still free among `names` in their order.
    ///
    /// Headings are compared without case, spaces and punctuation.
    pub(crate) fn find(
        &mut self,
        role: &'static str,
        said: Option<&str>,
        names: &[&str],
    ) -> Result<Option<usize>> {
        if let Some(name) = said {
            let column = self.named(name)?;
            self.give_because(column, role, "said");
            return Ok(Some(column));
        }
        let by = |part: fn(&str) -> &str| {
            names.iter().find_map(|name| {
                let fits = |column: &usize| {
                    plain(part(&self.headings[*column])) == *name && self.is_free(*column)
                };
                (0..self.headings.len()).find(fits)
            })
        };
        // Of a nested JSON object the last key alone may be known: `items.product_id`.
        let found = by(|heading| heading).or_else(|| by(last_key));
        if let Some(column) = found {
            self.give_because(column, role, "its heading");
        }
        Ok(found)
    }

    /// As [`Roles::find`], but there must be one. `flag` is how the command line says a column.
    pub(crate) fn require(
        &mut self,
        role: &'static str,
        said: Option<&str>,
        names: &[&str],
        flag: &str,
    ) -> Result<usize> {
        if let Some(column) = self.find(role, said, names)? {
            return Ok(column);
        }
        Err(no_column(self.path, self.headings, role, flag))
    }

    /// The column called `name`, or number `#1`, `#2`, ...
    pub(crate) fn named(&self, name: &str) -> Result<usize> {
        named(self.path, self.headings, name)
    }

    /// Takes the columns called `names` out of every guess.
    pub(crate) fn ignore(&mut self, names: &[String]) -> Result<()> {
        for name in names {
            let column = self.named(name)?;
            self.ignored.push(column);
        }
        Ok(())
    }

    /// Whether `column` has no role and may get one.
    pub(crate) fn is_free(&self, column: usize) -> bool {
        self.role(column).is_none() && !self.ignored.contains(&column)
    }

    /// Gives `column` a role.
    pub(crate) fn give_because(
        &mut self,
        column: usize,
        role: &'static str,
        why: impl Into<String>,
    ) {
        self.taken.push(Taken {
            column,
            role,
            why: why.into(),
        });
    }

    /// What `column` is used as.
    pub(crate) fn role(&self, column: usize) -> Option<&'static str> {
        let taken = self.taken.iter().find(|taken| taken.column == column);
        taken.map(|taken| taken.role)
    }

    /// Columns that have a role, in the order of the file.
    pub(crate) fn given(&self) -> Vec<ColumnUse> {
        let mut taken: Vec<&Taken> = self.taken.iter().collect();
        taken.sort_by_key(|taken| taken.column);
        let used = taken.into_iter().map(|taken| ColumnUse {
            heading: self.headings[taken.column].clone(),
            role: taken.role.to_owned(),
            why: taken.why.clone(),
        });
        used.collect()
    }

    /// Columns without a role, in the order of the file, with the reason that `why` gives.
    pub(crate) fn unused(&self, why: impl Fn(usize, &str) -> String) -> Vec<UnusedColumn> {
        let free = (0..self.headings.len()).filter(|&column| self.role(column).is_none());
        let unused = free.map(|column| UnusedColumn {
            heading: self.headings[column].clone(),
            why: match self.ignored.contains(&column) {
                true => "said to be ignored".to_owned(),
                false => why(column, &self.headings[column]),
            },
        });
        unused.collect()
    }
}

/// What stands behind the last point of a heading; the heading if it has none.
fn last_key(heading: &str) -> &str {
    heading.rsplit_once('.').map_or(heading, |(_, last)| last)
}

/// The column called `name`, without regard to case, spaces and punctuation, or number `#1`, `#2`, ...
///
/// # Errors
/// [`Error::Parse`] with the headings.
pub(crate) fn named(path: &Path, headings: &[String], name: &str) -> Result<usize> {
    let exact = headings.iter().position(|heading| heading == name);
    let alike = || {
        let name = plain(name);
        headings
            .iter()
            .position(|heading| !name.is_empty() && plain(heading) == name)
    };
    let numbered = || {
        let number: usize = name.strip_prefix('#')?.parse().ok()?;
        number
            .checked_sub(1)
            .filter(|&column| column < headings.len())
    };
    exact.or_else(numbered).or_else(alike).ok_or_else(|| {
        let reason = format!("no column `{name}`; there are: {}", headings.join(", "));
        Error::parse(path, 1, reason)
    })
}

/// The error that no column looks like `role`. `flag` is how the command line says a column.
pub(crate) fn no_column(path: &Path, headings: &[String], role: &str, flag: &str) -> Error {
    let are_numbers = headings
        .iter()
        .enumerate()
        .all(|(at, name)| *name == (at + 1).to_string());
    let heading = match headings.iter().any(|heading| number(heading).is_some()) {
        true if are_numbers => " (the file has no heading, so the columns are numbered)",
        true => " (the first row looks like data; --no-heading numbers the columns)",
        false if headings.len() == 1 => {
            " (if the heading stands further down, delete the lines above it)"
        }
        false => "",
    };
    let headings = headings.join(", ");
    let reason = format!(
        "no column looks like the {role}; say which with {flag} {role}=COLUMN, one of: {headings}{heading}"
    );
    Error::parse(path, 1, reason)
}

/// A heading in lower case, letters and digits only.
pub(crate) fn plain(heading: &str) -> String {
    let characters = heading.chars().filter(|c| c.is_alphanumeric());
    characters.flat_map(char::to_lowercase).collect()
}
