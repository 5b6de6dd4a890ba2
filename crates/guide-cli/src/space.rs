//! `--space FIELD=VALUES` and `--resource FIELD=FROM..TO` of `guide tune`.

use guide_core::{Params, by_name};
use recsys_core::tune::Tuner;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::settings::Settings;
use crate::usage::usage;

/// Parameters of any algorithm, by field name: what the table of algorithms hands out.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fields(pub Value);

/// Training checks the fields: only there is it known what they are of.
impl Params for Fields {
    fn validate(&self) -> guide_core::Result<()> {
        Ok(())
    }
}

impl Fields {
    /// The value of a field, which may be nested.
    pub fn value_of(&self, name: &str) -> &Value {
        name.split('.').fold(&self.0, |value, part| &value[part])
    }

    /// Every field as it would be given with `--set`.
    pub fn settings(&self) -> Settings {
        let text = |name: &String| match self.value_of(name) {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let fields = by_name::names(self).into_iter();
        Settings {
            fields: fields.map(|name| (name.clone(), text(&name))).collect(),
            seed: None, // it is among the fields
        }
    }
}

/// What one field may be.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// One of these.
    OneOf(Vec<String>),
    /// A whole number, all alike.
    Integers(usize, usize),
    /// A number, all alike.
    Uniform(f32, f32),
    /// A number whose logarithm is drawn evenly.
    LogUniform(f32, f32),
}

/// What a field holds, as far as ranges go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// Whole numbers.
    WholeNumbers,
    /// Numbers of any kind.
    Numbers,
    /// Something else.
    NoNumbers,
}

impl Holds {
    /// What a field holds that takes the values that `reads` says it takes. (What is in it now may be nothing.)
    pub fn of(reads: impl Fn(&str) -> bool) -> Self {
        match (reads("0.5"), reads("1")) {
            (true, _) => Self::Numbers,
            (false, true) => Self::WholeNumbers,
            (false, false) => Self::NoNumbers,
        }
    }
}

impl Values {
    /// Reads `a,b,c`, `LOW..HIGH` or `LOW..HIGH@log`.
    ///
    /// # Errors
    /// A usage error for what is no range, and for a range that the field does not take.
    pub fn read(field: &str, text: &str, holds: Holds) -> anyhow::Result<Self> {
        let Some((low, high)) = text.split_once("..") else {
            let values = text.split(',').map(|value| value.trim().to_owned());
            return Ok(Self::OneOf(values.collect()));
        };
        let (high, log) = match high.trim().strip_suffix("@log") {
            Some(high) => (high, true),
            None => (high, false),
        };
        let (low, high) = (low.trim(), high.trim());
        let refuse = |why: &str| Err(usage(format!("--space {field}={text}: {why}")));
        match holds {
            Holds::NoNumbers => refuse("the field takes no range"),
            Holds::WholeNumbers if log => refuse("@log is for fields that are not whole numbers"),
            Holds::WholeNumbers => match (low.parse(), high.parse()) {
                (Ok(low), Ok(high)) => Ok(Self::Integers(low, high)),
                _ => refuse("the field takes whole numbers"),
            },
            Holds::Numbers => match (low.parse(), high.parse()) {
                (Ok(low), Ok(high)) if log => Ok(Self::LogUniform(low, high)),
                (Ok(low), Ok(high)) => Ok(Self::Uniform(low, high)),
                _ => refuse("the ends of a range are numbers"),
            },
        }
    }

    /// Values to try the type of the field on: all of a list, the ends of a range.
    pub fn samples(&self) -> Vec<String> {
        match self {
            Self::OneOf(values) => values.clone(),
            Self::Integers(low, high) => vec![low.to_string(), high.to_string()],
            Self::Uniform(low, high) | Self::LogUniform(low, high) => {
                vec![low.to_string(), high.to_string()]
            }
        }
    }

    /// `tuner`, which now tries these values for `field`.
    pub fn put<P: Params + Send + Sync>(&self, tuner: Tuner<P>, field: &str) -> Tuner<P> {
        match self {
            Self::OneOf(values) => tuner.one_of(field, values),
            Self::Integers(low, high) => tuner.integers(field, *low, *high),
            Self::Uniform(low, high) => tuner.uniform(field, *low, *high),
            Self::LogUniform(low, high) => tuner.log_uniform(field, *low, *high),
        }
    }
}

/// Reads `FIELD=FROM..TO`, the resource of successive halving.
pub fn resource(text: &str) -> Result<(String, usize, usize), String> {
    let read = || {
        let (field, range) = text.split_once('=')?;
        let (from, to) = range.split_once("..")?;
        let ends = (from.trim().parse().ok()?, to.trim().parse().ok()?);
        Some((field.trim().to_owned(), ends.0, ends.1))
    };
    match read() {
        Some((field, from, to)) if from >= 1 && from <= to => Ok((field, from, to)),
        _ => Err("it must be FIELD=FROM..TO, whole numbers from 1".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_field_says_what_a_range_draws() {
        let read = |text: &str, holds| Values::read("f", text, holds).unwrap();
        let whole = Holds::WholeNumbers;
        assert_eq!(read("16..128", whole), Values::Integers(16, 128));
        assert_eq!(read("0..1", Holds::Numbers), Values::Uniform(0.0, 1.0));
        assert_eq!(read("0.0..1.0", Holds::Numbers), Values::Uniform(0.0, 1.0));
        let log = Values::LogUniform(0.001, 1.0);
        assert_eq!(read("0.001..1.0@log", Holds::Numbers), log);
        let list = ["msd", "cosine"].map(str::to_owned).to_vec();
        assert_eq!(read("msd, cosine", Holds::NoNumbers), Values::OneOf(list));
    }

    #[test]
    fn a_field_holds_what_it_reads() {
        let holds = |name: &str| {
            Holds::of(|value| by_name::set(&recsys_mf::Svd::params(), name, value).is_ok())
        };
        assert_eq!(holds("n_factors"), Holds::WholeNumbers);
        assert_eq!(holds("learning_rate"), Holds::Numbers);
        assert_eq!(holds("lr_bu"), Holds::Numbers, "empty unless set");
        assert_eq!(holds("biased"), Holds::NoNumbers);
    }

    #[test]
    fn ranges_that_a_field_does_not_take_are_usage_errors() {
        let refused = |text: &str, holds| {
            let refused = Values::read("f", text, holds);
            refused.unwrap_err().to_string()
        };
        assert_eq!(
            refused("0.5..3", Holds::WholeNumbers),
            "--space f=0.5..3: the field takes whole numbers"
        );
        assert!(refused("1..8@log", Holds::WholeNumbers).contains("@log"));
        assert!(refused("1..2", Holds::NoNumbers).contains("takes no range"));
        assert!(refused("a..b", Holds::Numbers).contains("are numbers"));
        assert!(resource("n_epochs=9..3").is_err() && resource("n_epochs").is_err());
        assert_eq!(resource("n=1..9"), Ok(("n".to_owned(), 1, 9)));
    }
}
