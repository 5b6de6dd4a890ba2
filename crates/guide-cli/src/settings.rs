//! `--set key=value` and `--seed`: parameters by field name.

use guide_core::{Error, Params, Result, by_name};

use crate::usage::usage;

/// `--set key=value` pairs and the seed of the command line.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Field names and values, in the order given.
    pub fields: Vec<(String, String)>,
    /// Put into the field `seed` of algorithms that draw numbers.
    pub seed: Option<u64>,
}

impl Settings {
    /// `params` with the settings in place, whether they go together or not.
    pub fn put<P: Params>(&self, mut params: P) -> Result<P> {
        if let Some(seed) = self
            .seed
            .filter(|_| by_name::names(&params).iter().any(|name| name == "seed"))
        {
            params = by_name::set(&params, "seed", &seed.to_string())?;
        }
        for (name, value) in &self.fields {
            params = by_name::set(&params, name, value).map_err(in_words)?;
        }
        Ok(params)
    }

    /// `params` with the settings in place, validated.
    pub fn apply<P: Params>(&self, params: P) -> Result<P> {
        let params = self.put(params)?;
        params.validate()?;
        Ok(params)
    }

    /// Refuses `--set` for a command that has no parameters.
    pub fn refuse(&self, command: &str) -> anyhow::Result<()> {
        match self.fields.first() {
            None => Ok(()),
            Some((name, _)) => Err(usage(format!(
                "--set {name}: `guide {command}` has no parameters"
            ))),
        }
    }
}

/// A value that does not read as its field's type: the reason names a type of Rust, and people want to know what is allowed.
fn in_words(error: Error) -> Error {
    match error {
        Error::Param {
            name,
            value,
            expected,
        } => Error::Param {
            expected: allowed(&expected).unwrap_or(expected),
            name,
            value,
        },
        other => other,
    }
}

fn allowed(expected: &str) -> Option<String> {
    let reason = expected.strip_prefix("readable (")?.strip_suffix(')')?;
    let (_, wanted) = reason.rsplit_once("expected ")?;
    Some(match wanted {
        "usize" | "u64" | "u32" => "a whole number from 0".to_owned(),
        "f32" | "f64" => "a number".to_owned(),
        "a boolean" => "`true` or `false`".to_owned(),
        names => names.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use recsys_cf::KnnParams;

    fn refused(name: &str, value: &str) -> String {
        let settings = Settings {
            fields: vec![(name.to_owned(), value.to_owned())],
            seed: None,
        };
        let refused = settings.apply(KnnParams::basic());
        refused.unwrap_err().to_string()
    }

    #[test]
    fn refusals_say_what_is_allowed() {
        let error = refused("similarity", "foo");
        assert!(
            error.starts_with("parameter `similarity` must be one of `msd`, `cosine`, "),
            "{error}"
        );
        assert_eq!(
            refused("user_based", "yes"),
            "parameter `user_based` must be `true` or `false`, but is yes"
        );
        assert_eq!(
            refused("k", "many"),
            "parameter `k` must be a whole number from 0, but is many"
        );
        assert!(refused("kk", "1").starts_with("no parameter `kk`; known: estimate, "));
    }
}
