//! Which values each field may take.

use guide_core::{Error, Params, Result, Rng, by_name, ensure, stream};
use rand::RngExt;

/// Fields and the values they are set to.
pub(super) type Settings = Vec<(String, String)>;

/// The values of one field.
#[derive(Clone, Debug)]
enum Values {
    OneOf(Vec<String>),
    Uniform(f32, f32),
    LogUniform(f32, f32),
    Integers(usize, usize),
}

/// The values of all fields that are searched.
#[derive(Clone, Debug, Default)]
pub(super) struct Space {
    fields: Vec<(String, Values)>,
}

impl Space {
    pub(super) fn one_of(&mut self, field: &str, values: Vec<String>) {
        self.fields.push((field.to_owned(), Values::OneOf(values)));
    }

    pub(super) fn uniform(&mut self, field: &str, low: f32, high: f32) {
        self.fields
            .push((field.to_owned(), Values::Uniform(low, high)));
    }

    pub(super) fn log_uniform(&mut self, field: &str, low: f32, high: f32) {
        self.fields
            .push((field.to_owned(), Values::LogUniform(low, high)));
    }

    pub(super) fn integers(&mut self, field: &str, low: usize, high: usize) {
        self.fields
            .push((field.to_owned(), Values::Integers(low, high)));
    }

    pub(super) fn names(&self, field: &str) -> bool {
        self.fields.iter().any(|(name, _)| name == field)
    }

    /// Checks that the fields are there, once each, and can take their values.
    pub(super) fn check<P: Params>(&self, base: &P) -> Result<()> {
        if self.fields.is_empty() {
            return Err(Error::empty("the space of parameters"));
        }
        for (place, (field, values)) in self.fields.iter().enumerate() {
            if self.fields[..place]
                .iter()
                .any(|(before, _)| before == field)
            {
                return Err(Error::Duplicate {
                    what: "field of the space".to_owned(),
                    id: field.clone(),
                });
            }
            match values {
                Values::OneOf(values) if values.is_empty() => {
                    return Err(Error::empty(format!("the list of values for `{field}`")));
                }
                Values::OneOf(values) => {
                    for value in values {
                        by_name::set(base, field, value)?;
                    }
                }
                Values::Uniform(low, high) | Values::LogUniform(low, high) => {
                    let positive = *low > 0.0 || matches!(values, Values::Uniform(..));
                    if !(low <= high && (high - low).is_finite() && positive) {
                        let expected = "a range with finite ends, the lower first (and above 0 for a logarithm)";
                        return Err(Error::param(field, format!("{low}..={high}"), expected));
                    }
                    by_name::set(base, field, &low.to_string())?;
                }
                Values::Integers(low, high) => {
                    if low > high {
                        return Err(Error::param(
                            field,
                            format!("{low}..={high}"),
                            "a range, the lower end first",
                        ));
                    }
                    by_name::set(base, field, &low.to_string())?;
                }
            }
        }
        Ok(())
    }

    /// Every combination, the last field running fastest.
    pub(super) fn grid(&self) -> Result<Vec<Settings>> {
        let mut grid: Vec<Settings> = vec![vec![]];
        for (field, values) in &self.fields {
            let Values::OneOf(values) = values else {
                return Err(Error::param(
                    field,
                    "a range",
                    "a list of values, for a grid",
                ));
            };
            let longer = |settings: &Settings| {
                let settings = settings.clone();
                values
                    .iter()
                    .map(move |value| {
                        let mut settings = settings.clone();
                        settings.push((field.clone(), value.clone()));
                        settings
                    })
                    .collect::<Vec<_>>()
            };
            grid = grid.iter().flat_map(longer).collect();
        }
        Ok(grid)
    }

    /// `n` settings, each from its own stream of `seed`, without repetitions.
    pub(super) fn draw(&self, n: usize, seed: u64) -> Result<Vec<Settings>> {
        ensure::at_least_one("n_trials", n)?;
        let mut drawn: Vec<Settings> = Vec::with_capacity(n);
        for trial in 0..n {
            let mut rng = stream(seed, trial as u64);
            let fields = self.fields.iter();
            let settings: Settings = fields
                .map(|(field, values)| (field.clone(), values.draw(&mut rng)))
                .collect();
            if !drawn.contains(&settings) {
                drawn.push(settings);
            }
        }
        Ok(drawn)
    }
}

impl Values {
    fn draw(&self, rng: &mut Rng) -> String {
        match self {
            Self::OneOf(values) => values[rng.random_range(0..values.len())].clone(),
            Self::Uniform(low, high) => rng.random_range(*low..=*high).to_string(),
            Self::LogUniform(low, high) => {
                let drawn = rng.random_range(low.ln()..=high.ln()).exp();
                drawn.clamp(*low, *high).to_string()
            }
            Self::Integers(low, high) => rng.random_range(*low..=*high).to_string(),
        }
    }
}
