//! The table of algorithms: a name, how to train it, and the parameters that `--set` may change.

use guide_core::{Fit, Params, Progress, Result, by_name};
use recsys_cf::KnnParams;
use recsys_core::{Interactions, RatingPredictor, Recommender};
use serde_json::{Value, json};

use crate::output::Output;

/// `--set key=value` pairs and the seed of the command line.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Field names and values, in the order given.
    pub fields: Vec<(String, String)>,
    /// Put into the field `seed` of algorithms that draw numbers.
    pub seed: Option<u64>,
}

impl Settings {
    /// `params` with the settings in place.
    fn apply<P: Params>(&self, mut params: P) -> Result<P> {
        if let Some(seed) = self
            .seed
            .filter(|_| by_name::names(&params).iter().any(|name| name == "seed"))
        {
            params = by_name::set(&params, "seed", &seed.to_string())?;
        }
        for (name, value) in &self.fields {
            params = by_name::set(&params, name, value)?;
        }
        params.validate()?;
        Ok(params)
    }
}

type Train<Model> = fn(&Settings, &Interactions, &dyn Progress) -> Result<Box<Model>>;

/// One row of the table.
pub struct Algorithm {
    /// The name people type.
    pub name: &'static str,
    /// Trains a predictor of ratings, where it is one.
    pub ratings: Option<Train<dyn RatingPredictor>>,
    /// Trains a ranking of items, where it is one.
    pub ranking: Option<Train<dyn Recommender>>,
    /// The parameters with their defaults.
    pub parameters: fn() -> Value,
}

fn train<P: Params + Fit<Interactions>>(
    params: P,
    settings: &Settings,
    data: &Interactions,
    progress: &dyn Progress,
) -> Result<P::Model> {
    settings.apply(params)?.fit_with(data, progress)
}

/// Writes a row: the name, what the algorithm does, and the parameters that it starts from.
macro_rules! algorithm {
    ($name:literal, ratings, $params:expr) => {
        Algorithm {
            ranking: None,
            ..algorithm!($name, both, $params)
        }
    };
    ($name:literal, ranking, $params:expr) => {
        Algorithm {
            name: $name,
            ratings: None,
            ranking: Some(|settings, data, progress| {
                Ok(Box::new(train($params, settings, data, progress)?))
            }),
            parameters: || serde_json::to_value($params).unwrap_or_default(),
        }
    };
    ($name:literal, both, $params:expr) => {
        Algorithm {
            ratings: Some(|settings, data, progress| {
                Ok(Box::new(train($params, settings, data, progress)?))
            }),
            ..algorithm!($name, ranking, $params)
        }
    };
}

/// Every algorithm, in the order of the documentation.
pub const ALGORITHMS: &[Algorithm] = &[
    algorithm!("random", both, recsys_mf::Random::params()),
    algorithm!("popular", both, recsys_mf::Popular::params()),
    algorithm!("baseline", both, recsys_mf::Baseline::params()),
    algorithm!("knn-basic", both, KnnParams::basic()),
    algorithm!("knn-means", both, KnnParams::means()),
    algorithm!("knn-zscore", both, KnnParams::zscore()),
    algorithm!("knn-baseline", both, KnnParams::baseline()),
    algorithm!("slope-one", both, recsys_cf::SlopeOne::params()),
    algorithm!("co-clustering", both, recsys_cf::CoClustering::params()),
    algorithm!("item-cosine", ranking, recsys_cf::ItemCosine::params()),
    algorithm!("item-tfidf", ranking, recsys_cf::ItemTfidf::params()),
    algorithm!("item-bm25", ranking, recsys_cf::ItemBm25::params()),
    algorithm!("rp3beta", ranking, recsys_cf::Rp3Beta::params()),
    algorithm!("ease", ranking, recsys_cf::Ease::params()),
    algorithm!("slim", ranking, recsys_cf::Slim::params()),
    algorithm!("svd", both, recsys_mf::Svd::params()),
    algorithm!("svdpp", both, recsys_mf::Svdpp::params()),
    algorithm!("nmf", both, recsys_mf::Nmf::params()),
    algorithm!("als", both, recsys_mf::Als::params()),
    algorithm!("ials", ranking, recsys_mf::Ials::params()),
    algorithm!("bpr", ranking, recsys_mf::Bpr::params()),
    algorithm!("lmf", ranking, recsys_mf::Lmf::params()),
    algorithm!("pure-svd", ranking, recsys_mf::PureSvd::params()),
    algorithm!("ncf", both, recsys_deep::NcfParams::default()),
    algorithm!("gmf", ranking, recsys_deep::NeuMf::gmf()),
    algorithm!("mlp", ranking, recsys_deep::NeuMf::mlp()),
    algorithm!("neumf", ranking, recsys_deep::NeuMf::params()),
    algorithm!("dmf", ranking, recsys_deep::Dmf::params()),
];

/// The algorithm called `name`.
///
/// # Errors
/// In words for the command line, with all names.
pub fn find(name: &str) -> anyhow::Result<&'static Algorithm> {
    ALGORITHMS
        .iter()
        .find(|algorithm| algorithm.name == name)
        .ok_or_else(|| {
            let known: Vec<&str> = ALGORITHMS.iter().map(|algorithm| algorithm.name).collect();
            anyhow::anyhow!("no algorithm `{name}`; known: {}", known.join(", "))
        })
}

/// Runs `guide algorithms`.
pub fn list(output: &Output) {
    let row = |algorithm: &Algorithm| {
        let does = match (algorithm.ratings.is_some(), algorithm.ranking.is_some()) {
            (true, true) => "ratings, ranking",
            (true, false) => "ratings",
            _ => "ranking",
        };
        json!({ "algo": algorithm.name, "for": does, "parameters": (algorithm.parameters)() })
    };
    output.rows(&ALGORITHMS.iter().map(row).collect::<Vec<_>>());
}

#[cfg(test)]
mod tests {
    use super::*;
    use recsys_core::testing;

    #[test]
    fn every_algorithm_trains_from_its_defaults() {
        let data =
            Interactions::new(&testing::small_ratings(1), recsys_core::Duplicates::Last).unwrap();
        let settings = Settings {
            fields: Vec::new(),
            seed: Some(3),
        };
        for algorithm in ALGORITHMS {
            assert!((algorithm.parameters)().is_object(), "{}", algorithm.name);
            if let Some(train) = algorithm.ratings {
                train(&settings, &data, &guide_core::Silent).unwrap();
            }
            if let Some(train) = algorithm.ranking {
                train(&settings, &data, &guide_core::Silent).unwrap();
            }
        }
    }

    #[test]
    fn an_unknown_key_lists_the_known_ones() {
        let settings = Settings {
            fields: vec![("factors".into(), "8".into())],
            seed: None,
        };
        let error = settings
            .apply(recsys_mf::Svd::params())
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("no parameter `factors`; known: n_factors, "),
            "{error}"
        );
        assert!(
            find("svdx").is_err_and(|error| error.to_string().contains("known: random, popular"))
        );
    }
}
