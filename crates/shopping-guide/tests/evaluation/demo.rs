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

/// The figures of the commit before lists were measured for diversity and novelty, to the last digit. Without factors, whose
/// rounding depends on the kernels of the machine.
#[test]
fn figures_stay() {
    let measured = measured(
        FusionParams::default().factors(0.0),
        &EvaluationParams::default(),
    );
    assert_eq!((measured.shoppers, measured.pairs), (103, 572));
    type Row = (&'static str, f64, (f64, f64), f64, f64, f64);
    let expected: [Row; 5] = [
        (
            "guide",
            0.5856323510235559,
            (0.5146016335336723, 0.6572747545620189),
            0.4025501094934118,
            0.39569320916408307,
            0.94,
        ),
        (
            "neighbours",
            0.6312130917499277,
            (0.5584014104431008, 0.7079673293265524),
            0.41161620345559696,
            0.3768919272687797,
            0.9466666666666667,
        ),
        (
            "attributes",
            0.5600882175125464,
            (0.48315032261348645, 0.6420215484750037),
            0.3894585243498175,
            0.39460317545396767,
            1.0,
        ),
        (
            "trending",
            0.20970610549422655,
            (0.16178918169209427, 0.2621314769373021),
            0.1281153234839873,
            0.15115520682189354,
            0.2,
        ),
        (
            "popular",
            0.25917780423777,
            (0.20528275107087213, 0.3106487902604406),
            0.16513991385433324,
            0.1989440240710192,
            0.18666666666666668,
        ),
    ];
    for (name, recall, interval, ndcg, mrr, coverage) in expected {
        let row = measured.row(name).unwrap();
        assert_eq!(
            (row.recall, row.recall_interval),
            (recall, interval),
            "{name}"
        );
        assert_eq!(
            (row.ndcg, row.mrr, row.coverage),
            (ndcg, mrr, coverage),
            "{name}"
        );
    }
}
