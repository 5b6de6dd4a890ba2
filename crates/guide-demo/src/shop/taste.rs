//! The demo shop's products, with what the catalogue does not tell about them.

use guide_core::{Rng, stream};
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};

use super::DemoParams;
use super::words::{BRANDS, CATEGORIES, COLOURS, SERIES};
use shopping_guide::Product;

/// The first day of the log, 2024-01-01, and how many days it has.
pub(super) const FIRST_DAY: i64 = 1_704_067_200;
pub(super) const DAYS: f64 = 700.0;
/// Directions in which styles differ.
pub(super) const N_STYLES: usize = 6;

/// A product with its hidden side.
#[derive(Clone, Debug)]
pub(super) struct Article {
    pub(super) product: Product,
    pub(super) category: usize,
    pub(super) kind: usize,
    pub(super) brand: usize,
    pub(super) colour: usize,
    /// How dear it is for its type, as a logarithm.
    pub(super) dear: f64,
    pub(super) style: [f64; N_STYLES],
    pub(super) quality: f64,
    /// How often it is shown.
    pub(super) shown: f64,
    /// The day from which it is sold.
    pub(super) from_day: f64,
}

impl Article {
    /// Whether it comes after the last day of the log.
    pub(super) fn is_new(&self) -> bool {
        self.from_day >= DAYS
    }
}

/// All products, and the numbers of those of each category.
#[derive(Debug)]
pub(super) struct Shelves {
    pub(super) articles: Vec<Article>,
    pub(super) by_category: Vec<Vec<usize>>,
}

/// A number of the standard normal distribution.
pub(super) fn normal(rng: &mut Rng) -> f64 {
    StandardNormal.sample(rng)
}

/// A direction in the space of styles, of length 1.
pub(super) fn direction(rng: &mut Rng) -> [f64; N_STYLES] {
    let style: [f64; N_STYLES] = std::array::from_fn(|_| normal(rng));
    let length = style.iter().map(|x| x * x).sum::<f64>().sqrt();
    style.map(|x| x / length)
}

pub(super) fn dot(a: &[f64; N_STYLES], b: &[f64; N_STYLES]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

impl Shelves {
    pub(super) fn generate(params: &DemoParams) -> Self {
        let mut rng = stream(params.seed, u64::MAX);
        let brands: Vec<([f64; N_STYLES], f64)> = BRANDS
            .iter()
            .map(|_| (direction(&mut rng), 0.35 * normal(&mut rng)))
            .collect();
        let new = (params.n_products as f64 * f64::from(params.new_products)).round() as usize;
        let old = (params.n_products - new).max(1);
        let articles: Vec<Article> = (0..params.n_products)
            .map(|number| {
                let mut article = article(number, &brands, &mut stream(params.seed, number as u64));
                if number >= old {
                    article.from_day = DAYS;
                }
                article
            })
            .collect();
        let of = |category| {
            let fits = |&number: &usize| articles[number].category == category;
            (0..articles.len()).filter(fits).collect()
        };
        Self {
            by_category: (0..CATEGORIES.len()).map(of).collect(),
            articles,
        }
    }
}

fn article(number: usize, brands: &[([f64; N_STYLES], f64)], rng: &mut Rng) -> Article {
    let category = rng.random_range(0..CATEGORIES.len());
    let shelf = &CATEGORIES[category];
    let kind = rng.random_range(0..shelf.types.len());
    let material = shelf.materials[rng.random_range(0..shelf.materials.len())];
    // A brand stands on three shelves.
    let brand = (category * 7 + rng.random_range(0..8) * 3) % BRANDS.len();
    let colour = rng.random_range(0..COLOURS.len());
    let series = SERIES[rng.random_range(0..SERIES.len())];
    let (brand_style, brand_dear) = brands[brand];
    let own = direction(rng);
    let style: [f64; N_STYLES] = std::array::from_fn(|i| 0.6 * brand_style[i] + 0.8 * own[i]);
    let dear = brand_dear + 0.25 * normal(rng);
    let price = (shelf.types[kind].price * dear.exp() * 2.0).round() / 2.0;
    let (brand_name, colour_name, kind_name) =
        (BRANDS[brand], COLOURS[colour], shelf.types[kind].name);
    let title = format!(
        "{} {} {} {} {} {}{}{}{}{}",
        brand_name.en,
        series.en,
        colour_name.en,
        material.en,
        kind_name.en,
        brand_name.zh,
        series.zh,
        colour_name.zh,
        material.zh,
        kind_name.zh
    );
    let text = format!(
        "A {} {} of {}, {}. {}{}，{}。",
        colour_name.en,
        kind_name.en,
        material.en,
        shelf.use_for.en,
        material.zh,
        kind_name.zh,
        shelf.use_for.zh
    );
    let product = Product::new(format!("P{:05}", number + 1), title)
        .text(text)
        .price((price as f32).max(1.0))
        .attribute("category", shelf.name.en)
        .attribute("type", kind_name.en)
        .attribute("brand", brand_name.en)
        .attribute("colour", colour_name.en)
        .attribute("material", material.en);
    Article {
        product,
        category,
        kind,
        brand,
        colour,
        dear,
        style,
        quality: 0.6 * normal(rng),
        shown: normal(rng).exp(),
        from_day: (rng.random::<f64>() * 1.6 - 1.0).max(0.0) * DAYS,
    }
}
