//! Parameters: plain structs with setters, checks that name the field, and access by field name for command lines and tuning.

use serde::{Serialize, de::DeserializeOwned};

use crate::{Progress, Result, Silent};

/// The parameters of one algorithm.
///
/// A `#[non_exhaustive]` struct with public documented fields, a `Default` whose source is named, and consuming
/// setters made by [`setters!`](crate::setters).
pub trait Params: Clone + Serialize + DeserializeOwned {
    /// Checks every field.
    ///
    /// # Errors
    /// [`Error::Param`](crate::Error::Param) with the name, the value and the range of the first bad field.
    fn validate(&self) -> Result<()>;
}

/// Training: lives on the parameters, so that "predict before fit" cannot be written.
pub trait Fit<D: ?Sized> {
    /// What training makes.
    type Model;

    /// Trains on `data`, reporting to `progress` after each epoch; `progress` may stop the training early.
    ///
    /// # Errors
    /// Bad parameters, unsuitable data, or a diverging loss.
    fn fit_with(&self, data: &D, progress: &dyn Progress) -> Result<Self::Model>;

    /// Trains on `data` in silence.
    ///
    /// # Errors
    /// As [`Fit::fit_with`].
    fn fit(&self, data: &D) -> Result<Self::Model> {
        self.fit_with(data, &Silent)
    }
}

/// Writes one consuming setter a field, with the field's name.
///
/// ```
/// #[derive(Default)]
/// struct WalkParams { steps: usize, seed: u64 }
/// guide_core::setters!(WalkParams { steps: usize, seed: u64 });
/// assert_eq!(WalkParams::default().steps(3).steps, 3);
/// ```
#[macro_export]
macro_rules! setters {
    ($params:ty { $($field:ident: $kind:ty),+ $(,)? }) => {
        impl $params {
            $(
                #[doc = concat!("Sets the field `", stringify!($field), "`.")]
                #[must_use]
                pub fn $field(mut self, $field: $kind) -> Self {
                    self.$field = $field;
                    self
                }
            )+
        }
    };
}

/// The parameters of a model that comes from a file: [`Params::validate`], since a file may hold any numbers, and a model with parameters that no
/// training allows may take for ever to answer.
///
/// # Errors
/// [`Error::Decode`](crate::Error::Decode) of a model of this kind, with the parameter and its value.
pub fn check_params(kind: &str, params: &impl Params) -> Result<()> {
    params
        .validate()
        .map_err(|reason| crate::Error::decode(kind, reason))
}

/// Checks that name the field they refuse.
pub mod ensure {
    use std::fmt::Display;

    use crate::{Error, Result};

    /// `value >= 1`.
    ///
    /// # Errors
    /// [`Error::Param`] otherwise.
    pub fn at_least_one(name: &str, value: usize) -> Result<()> {
        if value >= 1 {
            Ok(())
        } else {
            Err(Error::param(name, value, "at least 1"))
        }
    }

    /// `value` finite and `> 0`.
    ///
    /// # Errors
    /// [`Error::Param`] otherwise.
    pub fn positive(name: &str, value: f32) -> Result<()> {
        if value.is_finite() && value > 0.0 {
            Ok(())
        } else {
            Err(Error::param(name, value, "finite and above 0"))
        }
    }

    /// `value` finite and `>= 0`.
    ///
    /// # Errors
    /// [`Error::Param`] otherwise.
    pub fn not_negative(name: &str, value: impl Into<f64> + Copy + Display) -> Result<()> {
        if (0.0..f64::INFINITY).contains(&value.into()) {
            Ok(())
        } else {
            Err(Error::param(name, value, "finite and not negative"))
        }
    }

    /// `low <= value <= high`.
    ///
    /// # Errors
    /// [`Error::Param`] otherwise, for NaN too.
    pub fn within<T: PartialOrd + Display + Copy>(
        name: &str,
        value: T,
        low: T,
        high: T,
    ) -> Result<()> {
        if (low..=high).contains(&value) {
            Ok(())
        } else {
            Err(Error::param(
                name,
                value,
                format!("between {low} and {high}"),
            ))
        }
    }
}

/// Access to parameters by field name, for command lines (`--set key=value`) and tuning.
///
/// A field of a nested struct is named with a dot: `biases.n_epochs`.
pub mod by_name {
    use serde_json::{Map, Value};

    use super::Params;
    use crate::{Error, Result};

    /// The field names, in the order of the struct.
    pub fn names<P: Params>(params: &P) -> Vec<String> {
        let mut names = Vec::new();
        collect_names(&fields_of(params), "", &mut names);
        names
    }

    /// `params` with the field `name` set to `value`, read as its type wants: a number, `true`, or the name of an enum's
    /// case.
    ///
    /// # Errors
    /// [`Error::UnknownParam`] with the known names, or [`Error::Param`] when `value` does not read as the field's type.
    ///
    /// ```
    /// use guide_core::{Params, Result, by_name};
    /// #[derive(Clone, serde::Serialize, serde::Deserialize)]
    /// struct Walk { steps: usize, seed: u64 }
    /// impl Params for Walk { fn validate(&self) -> Result<()> { Ok(()) } }
    ///
    /// let walk = Walk { steps: 1, seed: 0 };
    /// assert_eq!(by_name::set(&walk, "steps", "12")?.steps, 12);
    /// let error = by_name::set(&walk, "step", "12").err().unwrap();
    /// assert_eq!(error.to_string(), "no parameter `step`; known: steps, seed");
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    pub fn set<P: Params>(params: &P, name: &str, value: &str) -> Result<P> {
        let mut fields = fields_of(params);
        if !names(params).iter().any(|known| known == name) {
            let known = names(params).join(", ");
            return Err(Error::UnknownParam {
                name: name.to_owned(),
                known,
            });
        }
        let read = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
        replace(&mut fields, name, read);
        serde_json::from_value(Value::Object(fields))
            .map_err(|reason| Error::param(name, value, format!("readable ({reason})")))
    }

    fn fields_of<P: Params>(params: &P) -> Map<String, Value> {
        match serde_json::to_value(params) {
            Ok(Value::Object(fields)) => fields,
            _ => Map::new(),
        }
    }

    fn collect_names(fields: &Map<String, Value>, prefix: &str, names: &mut Vec<String>) {
        for (name, value) in fields {
            match value {
                Value::Object(inner) => collect_names(inner, &format!("{prefix}{name}."), names),
                _ => names.push(format!("{prefix}{name}")),
            }
        }
    }

    fn replace(fields: &mut Map<String, Value>, name: &str, value: Value) {
        match name.split_once('.') {
            Some((outer, inner)) => {
                if let Some(Value::Object(fields)) = fields.get_mut(outer) {
                    replace(fields, inner, value);
                }
            }
            None => {
                fields.insert(name.to_owned(), value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    use super::*;
    use crate::Error;

    #[derive(Clone, Debug, Serialize, Deserialize)]
    struct Inner {
        rate: f32,
    }

    #[derive(Clone, Debug, Serialize, Deserialize)]
    struct Outer {
        size: usize,
        inner: Inner,
    }

    impl Params for Outer {
        fn validate(&self) -> Result<()> {
            ensure::at_least_one("size", self.size)?;
            ensure::positive("inner.rate", self.inner.rate)
        }
    }

    #[test]
    fn nested_fields_have_dotted_names() {
        let outer = Outer {
            size: 1,
            inner: Inner { rate: 0.5 },
        };
        assert_eq!(by_name::names(&outer), ["size", "inner.rate"]);
        assert_eq!(
            by_name::set(&outer, "inner.rate", "0.25")
                .unwrap()
                .inner
                .rate,
            0.25
        );
        assert!(matches!(
            by_name::set(&outer, "inner", "3"),
            Err(Error::UnknownParam { .. })
        ));
        crate::testing::refuses(
            &outer,
            &[("size", "0"), ("inner.rate", "-1"), ("size", "many")],
        );
    }
}
