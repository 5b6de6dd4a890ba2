//! Every figure of a small shop, worked by hand.

use serde_json::json;
use shopping_guide::{Evaluation, EvaluationGroup, EvaluationParams, Measured, Silent};

use super::{catalog, close, log, popular_only, train};

/// What is popular, without what the shopper has: `p1 p2` for one, `p3 p4` for few, `n m` for many.
fn measured() -> Evaluation {
    let test = log(&[
        ("one", "p1"),
        ("one", "n"),
        ("one", "p0"), // had it
        ("one", "lost"),
        ("few", "p4"),
        ("many", "n"),
        ("zoe", "p0"),
        ("zoe", "p1"),
        ("yan", "lost"),
    ]);
    let how = EvaluationParams::default().k(2);
    let params = popular_only();
    Evaluation::of(&params, &catalog(), &train(), &test, &how, &Silent).unwrap()
}

#[test]
fn the_row_of_the_guide() {
    let measured = measured();
    assert_eq!((measured.shoppers, measured.pairs), (3, 4));
    assert_eq!((measured.train_events, measured.test_events), (9, 9));
    // Yan took nothing that the catalogue has.
    assert_eq!(
        (measured.unknown_shoppers, measured.unknown_products),
        (1, 2)
    );
    let guide = measured.row("guide").unwrap();
    // One finds p1 of two at the first place, few p4 at the second, many n at the first.
    let second = 1.0 / 3_f64.log2();
    close(guide.recall, (0.5 + 1.0 + 1.0) / 3.0);
    close(guide.ndcg, (1.0 / (1.0 + second) + second + 1.0) / 3.0);
    close(guide.mrr, (1.0 + 0.5 + 1.0) / 3.0);
    assert_eq!(guide.hit_rate, 1.0);
    close(guide.coverage, 6.0 / 7.0);
    // p1 and p2 have the same colour and nothing else; the others share nothing.
    close(guide.diversity.unwrap(), (0.0 + 1.0 + 1.0) / 3.0);
    // Taken by 2 of 3 shoppers, by 1 of 3, and by nobody.
    let bits = [1.5_f64.log2(), 3_f64.log2(), 4_f64.log2()];
    close(guide.novelty.unwrap(), bits.iter().sum::<f64>() / 3.0);
}

#[test]
fn groups_of_shoppers_and_products() {
    use EvaluationGroup::{FewEvents, ManyEvents, NewProducts, OneEvent, SeenProducts};
    let measured = measured();
    let second = 1.0 / 3_f64.log2();
    let expected = [
        (OneEvent, 1, 2, 0.5, 1.0 / (1.0 + second)),
        (FewEvents, 1, 1, 1.0, second),
        (ManyEvents, 1, 1, 1.0, 1.0),
        // Of n, one finds nothing and many all.
        (NewProducts, 2, 2, 0.5, 0.5),
        // Of one only p1 counts, which stands first.
        (SeenProducts, 2, 2, 1.0, (1.0 + second) / 2.0),
    ];
    assert_eq!(measured.by_group.len(), expected.len());
    for (group, shoppers, pairs, recall, ndcg) in expected {
        let found = measured.group(group).unwrap();
        assert_eq!((found.shoppers, found.pairs), (shoppers, pairs), "{group}");
        for name in ["guide", "popular"] {
            let row = found.row(name).unwrap();
            close(row.recall, recall);
            close(row.ndcg, ndcg);
            assert!(row.ndcg_interval.0 <= ndcg && ndcg <= row.ndcg_interval.1);
        }
        // This guide is what is popular.
        let over = found.ndcg_over_popular.unwrap();
        assert_eq!(
            (over.mean, over.interval, over.is_certain),
            (0.0, (0.0, 0.0), false)
        );
        assert_eq!(found.ndcg_times_popular, Some(1.0));
    }
    // The parts of the shoppers add up to the whole.
    let shoppers = &measured.by_group[..3];
    assert_eq!(shoppers.iter().map(|one| one.shoppers).sum::<usize>(), 3);
    let sum: f64 = shoppers
        .iter()
        .map(|one| one.rows[0].recall * one.shoppers as f64)
        .sum();
    close(sum / 3.0, measured.rows[0].recall);
}

#[test]
fn a_group_of_nobody_is_missing() {
    let how = EvaluationParams::default().k(2);
    let params = popular_only();
    let test = log(&[("few", "p4")]);
    let measured = Evaluation::of(&params, &catalog(), &train(), &test, &how, &Silent).unwrap();
    let groups: Vec<EvaluationGroup> = measured.by_group.iter().map(|one| one.group).collect();
    assert_eq!(
        groups,
        [EvaluationGroup::FewEvents, EvaluationGroup::SeenProducts]
    );
}

/// Without its only source the guide answers nothing.
#[test]
fn the_only_source_adds_all() {
    let measured = measured();
    assert_eq!(measured.without.len(), 1, "sources of weight 0 add nothing");
    let without = &measured.without[0];
    assert_eq!(
        (without.source.as_str(), without.measured.name.as_str()),
        ("popular", "without popular")
    );
    assert_eq!(
        (without.measured.recall, without.measured.coverage),
        (0.0, 0.0)
    );
    assert_eq!(
        (without.measured.diversity, without.measured.novelty),
        (None, None)
    );
    close(without.adds_recall.mean, measured.rows[0].recall);
    close(without.adds_ndcg.mean, measured.rows[0].ndcg);
    assert!(without.adds_recall.is_certain);
    assert!(measured.row("without popular").is_some() && measured.row("without").is_none());
}

#[test]
fn figures_as_json() {
    let measured = measured();
    let json = serde_json::to_value(&measured).unwrap();
    assert!(json["rows"][0]["diversity"].is_f64() && json["rows"][0]["novelty"].is_f64());
    assert_eq!(json["by_group"][0]["group"], "one-event");
    assert_eq!(json["by_group"][4]["rows"][1]["name"], "neighbours");
    assert_eq!(json["without"][0]["adds_ndcg"]["is_certain"], true);
    assert_eq!(json["without"][0]["measured"]["diversity"], json!(null));
    // Rows of before, which had less.
    let mut row = json["rows"][0].clone();
    let fields = row.as_object_mut().unwrap();
    fields.remove("diversity");
    fields.remove("novelty");
    let read: Measured = serde_json::from_value(row).unwrap();
    assert_eq!((read.diversity, read.novelty), (None, None));
    assert_eq!(read.recall, measured.rows[0].recall);
    // Parameters of before.
    let how: EvaluationParams = serde_json::from_value(json!({ "k": 2 })).unwrap();
    assert!(how.without_each && how.k == 2);
}
