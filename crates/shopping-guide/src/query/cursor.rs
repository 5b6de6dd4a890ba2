//! Where the next page of an answer begins.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Where the next page of an answer begins: [`Answer::next`](crate::Answer::next) gives it, [`Query::page`](crate::Query::page)
/// takes it. A text that a front end keeps and sends back as it is; what is in it may change from one version to the next.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(String);

impl Cursor {
    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Cursor {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Cursor {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
