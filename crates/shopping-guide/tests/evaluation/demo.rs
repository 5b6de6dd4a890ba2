//! The demo shop: what each source adds, and figures that stay.

use guide_demo::DemoShop;
use shopping_guide::{Evaluation, EvaluationParams, FusionParams, GuideParams, Measured, Silent};

fn measured(fusion: FusionParams, how: &EvaluationParams) -> Evaluation {
    let shop = DemoShop::params().n_products(150).n_shoppers(200);
    let shop = shop.generate().unwrap();
    let params = GuideParams::default().tune(false).fusion(fusion);
    Evaluation::run(&shop.catalog, &shop.events, &params, how, &Silent).unwrap()
}

/// All but the name and the seconds.
fn figures(row: &Measured) -> Measured {
    let mut row = row.clone();
    row.name.clear();
    row.seconds = 0.0;
    row
}

/// What is measured without a source is what a guide with the weight 0 for it finds.
#[test]
fn without_a_source_is_with_its_weight_at_0() {
    let how = EvaluationParams::default().k(10);
    let given = FusionParams::default;
    let all = measured(given(), &how);
    let sources: Vec<&str> = all.without.iter().map(|one| one.source.as_str()).collect();
    assert_eq!(
        sources,
        ["neighbours", "factors", "attributes", "trending", "popular"]
    );
    for (source, fusion) in [
        ("neighbours", given().neighbours(0.0)),
        ("factors", given().factors(0.0)),
        ("attributes", given().attributes(0.0)),
        ("trending", given().trending(0.0)),
    ] {
        let other = measured(fusion, &how);
        let without = all.without.iter().find(|one| one.source == source).unwrap();
        assert_eq!(
            figures(&without.measured),
            figures(&other.rows[0]),
            "{source}"
        );
        let adds = all.rows[0].recall - other.rows[0].recall;
        assert!((without.adds_recall.mean - adds).abs() < 1e-9);
        let adds = all.rows[0].ndcg - other.rows[0].ndcg;
        assert!((without.adds_ndcg.mean - adds).abs() < 1e-9);
        let (low, high) = without.adds_ndcg.interval;
        assert!(low <= adds && adds <= high && low < high);
        assert!(other.without.iter().all(|one| one.source != source));
    }
    let none = measured(given(), &how.without_each(false));
    assert!(none.without.is_empty());
    let figures_of = |one: &Evaluation| one.rows.iter().map(figures).collect::<Vec<_>>();
    assert_eq!(figures_of(&none), figures_of(&all));
}
