//! The table of algorithms: a name, how to train it, and the parameters that `--set` may change.

use guide_core::{Fit, Params, Progress, Result};
use recsys_cf::KnnParams;
use recsys_core::{Interactions, RatingPredictor, Recommender};
use serde_json::{Value, json};

use crate::output::Output;
use crate::settings::Settings;
use crate::usage::usage;

type Train<Model> = fn(&Settings, &Interactions, &dyn Progress) -> Result<Box<Model>>;

/// One row of the table.
pub struct Algorithm {
    /// The name people type.
    pub name: &'static str,
    /// Trains a predictor of ratings, where it is one.
    pub ratings: Option<Train<dyn RatingPredictor>>,
    /// Trains a ranking of items.
    pub ranking: Train<dyn Recommender>,
    /// The parameters, with settings in place that need not go together.
    pub parameters: fn(&Settings) -> Result<Value>,
    /// Refuses settings under which it cannot train.
    check: fn(&Settings) -> Result<()>,
}

impl Algorithm {
    /// How to train a predictor of ratings.
    ///
    /// # Errors
    /// A usage error where it is none.
    pub fn to_rate(&self) -> anyhow::Result<Train<dyn RatingPredictor>> {
        self.ratings.ok_or_else(|| {
            usage(format!(
                "`{}` ranks items but predicts no ratings: use `guide ranking`",
                self.name
            ))
        })
    }
}

fn train<P: Params + Fit<Interactions>>(
    params: P,
    settings: &Settings,
    data: &Interactions,
    progress: &dyn Progress,
) -> Result<P::Model> {
    settings.apply(params)?.fit_with(data, progress)
}

/// Writes a row: the name, whether it ranks or both ranks and predicts ratings, and the parameters that it starts from.
macro_rules! algorithm {
    ($name:literal, ranking, $params:expr) => {
        Algorithm {
            name: $name,
            ratings: None,
            ranking: |settings, data, progress| {
                Ok(Box::new(train($params, settings, data, progress)?))
            },
            parameters: |settings| Ok(json!(settings.put($params)?)),
            check: |settings| settings.apply($params).map(|_| ()),
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
    algorithm!("graph-filter", ranking, recsys_mf::GraphFilter::params()),
    algorithm!("ncf", both, recsys_deep::NcfParams::default()),
    algorithm!("gmf", ranking, recsys_deep::NeuMf::gmf()),
    algorithm!("mlp", ranking, recsys_deep::NeuMf::mlp()),
    algorithm!("neumf", ranking, recsys_deep::NeuMf::params()),
    algorithm!("dmf", ranking, recsys_deep::Dmf::params()),
];

/// The algorithms called `names`, each of which takes `settings`: nothing is trained before all are known to be right.
///
/// # Errors
/// A usage error for an unknown name, with all names, and for settings that one of them refuses.
pub fn chosen(names: &[String], settings: &Settings) -> anyhow::Result<Vec<&'static Algorithm>> {
    let choose = |name: &String| {
        let algorithm = find(name)?;
        (algorithm.check)(settings).map_err(|error| usage(format!("{name}: {error}")))?;
        Ok(algorithm)
    };
    names.iter().map(choose).collect()
}

fn find(name: &str) -> anyhow::Result<&'static Algorithm> {
    let found = ALGORITHMS.iter().find(|algorithm| algorithm.name == name);
    found.ok_or_else(|| {
        let known: Vec<&str> = ALGORITHMS.iter().map(|algorithm| algorithm.name).collect();
        usage(format!(
            "no algorithm `{name}`; known: {}",
            known.join(", ")
        ))
    })
}

/// Runs `guide algorithms`.
pub fn list(settings: &Settings, output: &Output) -> anyhow::Result<()> {
    settings.refuse("algorithms")?;
    let row = |algorithm: &Algorithm| {
        let does = match algorithm.ratings {
            Some(_) => "ratings, ranking",
            None => "ranking",
        };
        let parameters = (algorithm.parameters)(&Settings::default())?;
        Ok(json!({ "algo": algorithm.name, "for": does, "parameters": parameters }))
    };
    let rows: Vec<Value> = ALGORITHMS.iter().map(row).collect::<Result<_>>()?;
    output.rows(&rows)
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
            let parameters = (algorithm.parameters)(&settings).unwrap();
            assert!(parameters.is_object(), "{}", algorithm.name);
            if let Some(train) = algorithm.ratings {
                train(&settings, &data, &guide_core::Silent).unwrap();
            }
            (algorithm.ranking)(&settings, &data, &guide_core::Silent).unwrap();
        }
    }

    #[test]
    fn every_name_and_setting_is_looked_at_before_the_first_training() {
        let names = ["svd", "knn-basic"].map(str::to_owned);
        let settings = |name: &str| Settings {
            fields: vec![(name.to_owned(), "8".to_owned())],
            seed: None,
        };
        let refused = |name| chosen(&names, &settings(name)).map(|_| ()).unwrap_err();
        let error = refused("n_factors").to_string();
        assert!(
            error.starts_with("knn-basic: no parameter `n_factors`; known: estimate, "),
            "{error}"
        );
        assert!(chosen(&names[..1], &settings("n_factors")).is_ok());
        let unknown = chosen(&["svdx".to_owned()], &Settings::default());
        let error = unknown.map(|_| ()).unwrap_err().to_string();
        assert!(error.contains("known: random, popular"), "{error}");
    }
}
