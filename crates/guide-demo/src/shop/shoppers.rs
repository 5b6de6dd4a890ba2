//! The demo shop's shoppers: their tastes, and what they do on each visit.

use std::collections::BTreeSet;

use guide_core::{Result, Rng, stream};
use rand::RngExt;
use rayon::prelude::*;

use super::DemoParams;
use super::taste::{Article, DAYS, FIRST_DAY, N_STYLES, Shelves, direction, dot, normal};
use super::words::{BRANDS, CATEGORIES, COLOURS};
use shopping_guide::{Event, EventKind, Events};

/// Products that a visitor comes across before choosing.
const SHOWN: usize = 40;
/// Of these, how many are looked at, at most.
const MOST_VIEWS: usize = 6;

/// What a shopper likes.
struct Taste {
    categories: Vec<f64>,
    brands: Vec<f64>,
    colours: Vec<f64>,
    style: [f64; N_STYLES],
    /// How much the shopper minds dear products.
    thrift: f64,
}

impl Taste {
    fn new(rng: &mut Rng) -> Self {
        let mut liking = |n: usize, favourites: usize, low: f64| {
            let mut weights = vec![low; n];
            for _ in 0..favourites {
                weights[rng.random_range(0..n)] += 1.0;
            }
            weights
        };
        Self {
            categories: liking(CATEGORIES.len(), 3, 0.04),
            brands: liking(BRANDS.len(), 4, 0.0),
            colours: liking(COLOURS.len(), 2, 0.0),
            style: direction(rng),
            thrift: 0.8 + 0.8 * normal(rng),
        }
    }

    /// How well an article fits someone who bought articles of these categories and types: what goes with them is
    /// wanted more, one more of the same less.
    fn fit(&self, article: &Article, bought: &[(usize, usize)]) -> f64 {
        let company = (article.category, article.kind ^ 1);
        let wanted = f64::from(u8::from(bought.contains(&company)));
        let owned = f64::from(u8::from(bought.contains(&(article.category, article.kind))));
        wanted - owned
            + 1.8 * dot(&self.style, &article.style)
            + 0.9 * self.brands[article.brand]
            + 0.9 * self.colours[article.colour]
            - self.thrift * article.dear
            + 0.5 * article.quality
    }
}

/// One thing a shopper did: which article, what, the stars of a rating, and when.
struct Deed {
    article: usize,
    kind: EventKind,
    stars: Option<f32>,
    time: i64,
    visit: usize,
}

/// The log of all shoppers, by time.
pub(super) fn visits(params: &DemoParams, shelves: &Shelves) -> Result<Events> {
    let shoppers: Vec<Vec<Deed>> = (0..params.n_shoppers)
        .into_par_iter()
        .map(|number| deeds(params, shelves, number))
        .collect();
    let mut log: Vec<(usize, &Deed)> = Vec::new();
    for (number, deeds) in shoppers.iter().enumerate() {
        log.extend(deeds.iter().map(|deed| (number, deed)));
    }
    log.sort_by_key(|(_, deed)| deed.time); // stable: a shopper's deeds keep their order
    let mut events = Events::default();
    for (number, deed) in log {
        let shopper = id(number);
        let basket = format!("{shopper}-{}", deed.visit + 1);
        let product = &shelves.articles[deed.article].product.id;
        let mut event = Event::new(&shopper, product, deed.kind)
            .time(deed.time)
            .basket(&basket);
        event.value = deed.stars;
        events.push(&event)?;
    }
    Ok(events)
}

fn id(number: usize) -> String {
    format!("S{:05}", number + 1)
}

/// Shoppers who only say what they like, of what the shop has.
pub(super) fn newcomers(
    params: &DemoParams,
    shelves: &Shelves,
) -> Vec<(String, Vec<(String, String)>)> {
    let there = |of: fn(&Article) -> usize| -> BTreeSet<usize> {
        shelves.articles.iter().map(of).collect()
    };
    let categories = there(|article| article.category);
    let (brands, colours) = (
        there(|article| article.brand),
        there(|article| article.colour),
    );
    let best = |weights: &[f64], there: &BTreeSet<usize>| {
        let by_weight = |a: &usize, b: &usize| weights[*a].total_cmp(&weights[*b]).then(b.cmp(a));
        there.iter().copied().max_by(by_weight).unwrap_or(0)
    };
    let newcomer = |number: usize| {
        let taste = Taste::new(&mut shopper_stream(params, number));
        let likes = vec![
            (
                "category".to_owned(),
                CATEGORIES[best(&taste.categories, &categories)]
                    .name
                    .en
                    .to_owned(),
            ),
            (
                "brand".to_owned(),
                BRANDS[best(&taste.brands, &brands)].en.to_owned(),
            ),
            (
                "colour".to_owned(),
                COLOURS[best(&taste.colours, &colours)].en.to_owned(),
            ),
        ];
        (id(number), likes)
    };
    (params.n_shoppers..params.n_shoppers + params.new_shoppers)
        .map(newcomer)
        .collect()
}

fn shopper_stream(params: &DemoParams, number: usize) -> Rng {
    stream(params.seed, (1 << 32) + number as u64)
}

fn deeds(params: &DemoParams, shelves: &Shelves, number: usize) -> Vec<Deed> {
    let mut rng = shopper_stream(params, number);
    let taste = Taste::new(&mut rng);
    let n_visits = (f64::from(params.visits) * (0.7 * normal(&mut rng) - 0.245).exp())
        .round()
        .max(1.0) as usize;
    let mut days: Vec<f64> = (0..n_visits).map(|_| rng.random::<f64>() * DAYS).collect();
    days.sort_unstable_by(f64::total_cmp);
    let mut bought: Vec<usize> = Vec::new();
    let mut kinds: Vec<(usize, usize)> = Vec::new();
    let mut deeds = Vec::new();
    for (visit, day) in days.into_iter().enumerate() {
        let mut time = FIRST_DAY + (day * 86_400.0) as i64;
        for article in looked_at(&taste, shelves, day, (&bought, &kinds), &mut rng) {
            let mut deed = |kind, stars, wait| {
                time += wait;
                deeds.push(Deed {
                    article,
                    kind,
                    stars,
                    time,
                    visit,
                });
            };
            let Article {
                category,
                kind,
                quality,
                ..
            } = shelves.articles[article];
            let fit = taste.fit(&shelves.articles[article], &kinds);
            deed(EventKind::View, None, 40);
            if rng.random::<f64>() < logistic(fit - 1.6) {
                deed(EventKind::Cart, None, 25);
                if rng.random::<f64>() < logistic(fit - 0.4) {
                    deed(EventKind::Purchase, None, 60);
                    bought.push(article);
                    kinds.push((category, kind));
                    if rng.random::<f64>() < 0.4 {
                        let stars = (2.6 + 0.5 * fit + 0.8 * quality + 0.4 * normal(&mut rng))
                            .round()
                            .clamp(1.0, 5.0);
                        deed(EventKind::Rating, Some(stars as f32), 30);
                    }
                }
            }
        }
    }
    deeds
}

/// The articles that a visitor looks at: of those shown on a favourite shelf, the ones that fit best.
fn looked_at(
    taste: &Taste,
    shelves: &Shelves,
    day: f64,
    (bought, kinds): (&[usize], &[(usize, usize)]),
    rng: &mut Rng,
) -> Vec<usize> {
    let category = draw(&taste.categories, rng);
    let shelf = &shelves.by_category[category];
    let on_sale: Vec<usize> = shelf
        .iter()
        .copied()
        .filter(|&number| shelves.articles[number].from_day <= day)
        .collect();
    if on_sale.is_empty() {
        return Vec::new();
    }
    // Summed up once: with thousands of articles on a shelf, a pass for each that is shown takes minutes.
    let shown = on_sale.iter().map(|&number| shelves.articles[number].shown);
    let up_to: Vec<f64> = shown
        .scan(0.0, |sum, shown| {
            *sum += shown;
            Some(*sum)
        })
        .collect();
    let total = up_to[up_to.len() - 1];
    let mut seen: Vec<(usize, f64)> = Vec::new();
    for _ in 0..SHOWN {
        let drawn = rng.random::<f64>() * total;
        let place = up_to.partition_point(|&sum| sum < drawn);
        let number = on_sale[place.min(on_sale.len() - 1)];
        if !bought.contains(&number) && seen.iter().all(|entry| entry.0 != number) {
            let noise = -(-rng.random::<f64>().max(1e-12).ln()).ln(); // Gumbel: a random choice by fit
            seen.push((
                number,
                taste.fit(&shelves.articles[number], kinds) + 0.5 * noise,
            ));
        }
    }
    seen.sort_by(|a, b| b.1.total_cmp(&a.1));
    seen.truncate(rng.random_range(2..=MOST_VIEWS));
    seen.into_iter().map(|entry| entry.0).collect()
}

/// An index, drawn in proportion to `weights`.
fn draw(weights: &[f64], rng: &mut Rng) -> usize {
    let total: f64 = weights.iter().sum();
    let mut left = rng.random::<f64>() * total;
    for (index, weight) in weights.iter().enumerate() {
        left -= weight;
        if left <= 0.0 {
            return index;
        }
    }
    weights.len() - 1
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}
