//! Two guides on the same later events.

use guide_demo::DemoShop;
use shopping_guide::{
    Catalog, Comparison, Error, Evaluation, EvaluationParams, Event, EventKind, Events, Guide,
    GuideParams, Product,
};

use super::{catalog, close, log, popular_only, train};

fn popular(catalog: Catalog, events: Events) -> Guide {
    let builder = Guide::builder().catalog(catalog).events(events);
    builder.params(popular_only()).build().unwrap()
}

/// `b` lacks the product `p1` and the shopper `one`, and knows the shopper `new`, who took `p4`.
fn two() -> [Guide; 2] {
    let rest = catalog();
    let rest = rest.products().iter().filter(|one| one.id != "p1");
    let rest = Catalog::new(rest.map(|product| Product::clone(product))).unwrap();
    let events = train();
    let others = events.iter().filter(|event| &*event.shopper != "one");
    let others = others.chain([Event::purchase("new", "p4")]);
    let others = Events::new(others).unwrap();
    [popular(catalog(), train()), popular(rest, others)]
}

fn compare(later: &Events, how: &EvaluationParams) -> Comparison {
    let [a, b] = two();
    Evaluation::compare(&a, &b, later, how).unwrap()
}

#[test]
fn a_comparison_by_hand() {
    let mut later = log(&[
        ("one", "p1"),
        ("one", "p1"), // again: one pair
        ("few", "p3"),
        ("few", "p0"),   // had it
        ("few", "lost"), // in no catalogue
        ("zoe", "p0"),   // nobody knows her
        ("new", "p0"),
    ]);
    later.push(&Event::view("few", "p4")).unwrap();
    let how = EvaluationParams::default()
        .k(1)
        .only(Some(EventKind::Purchase));
    let compared = compare(&later, &how);
    assert_eq!(
        (compared.shoppers, compared.all_shoppers, compared.pairs),
        (3, 3, 3)
    );
    assert_eq!(compared.events, 4);
    let skipped = compared.skipped;
    assert_eq!((skipped.other_kind, skipped.unknown_shopper), (1, 1));
    assert_eq!((skipped.unknown_product, skipped.not_recommended), (1, 1));
    assert_eq!(compared.events + skipped.count(), later.len());
    assert_eq!((compared.unknown_to_a, compared.unknown_to_b), (1, 1));
    // a: one gets p1 (p0 is had), few p3, new p0, as everybody whom it does not know.
    assert_eq!((compared.a.recall, compared.a.hit_rate), (1.0, 1.0));
    // b: to one it answers p0 or p2, for it lacks p1. It counts p0 and p2 by few, many, and p4 by many and new: few gets p4, new p0.
    close(compared.b.recall, 1.0 / 3.0);
    close(compared.ndcg.mean, -2.0 / 3.0);
    close(compared.recall.mean, -2.0 / 3.0);
    close(compared.hit_rate.mean, -2.0 / 3.0);
    assert_eq!(
        (compared.a.name.as_str(), compared.b.name.as_str()),
        ("a", "b")
    );
}

#[test]
fn what_can_be_asked_of_neither_is_an_error() {
    let [a, b] = two();
    for later in [log(&[]), log(&[("zoe", "p0")]), log(&[("few", "p0")])] {
        let refused = Evaluation::compare(&a, &b, &later, &EvaluationParams::default());
        assert!(matches!(refused, Err(Error::Empty { .. })), "{refused:?}");
    }
    let bad = Evaluation::compare(
        &a,
        &b,
        &log(&[("one", "p1")]),
        &EvaluationParams::default().k(0),
    );
    assert!(bad.unwrap_err().to_string().contains("`k`"));
}

struct Shop {
    guide: Guide,
    popular: Guide,
    later: Events,
}

fn shop() -> Shop {
    let shop = DemoShop::params().n_products(150).n_shoppers(300);
    let shop = shop.generate().unwrap();
    let (train, later) = shop.events.split_last(0.1).unwrap();
    let params = popular_only();
    let fusion = params.fusion.clone().neighbours(1.0).popular(0.1);
    let builder = Guide::builder()
        .catalog(shop.catalog.clone())
        .events(train.clone());
    Shop {
        guide: builder
            .params(GuideParams::default().tune(false).fusion(fusion))
            .build()
            .unwrap(),
        popular: popular(shop.catalog, train),
        later,
    }
}

#[test]
fn a_guide_with_neighbours_beats_what_is_popular() {
    let Shop {
        guide,
        popular,
        later,
    } = shop();
    let how = EvaluationParams::default();
    let compared = Evaluation::compare(&popular, &guide, &later, &how).unwrap();
    assert!(
        compared.ndcg.interval.0 > 0.0 && compared.recall.interval.0 > 0.0,
        "{compared:?}"
    );
    assert!(compared.is_certain());
    assert_eq!(compared.better(), Some("b"));
    let back = Evaluation::compare(&guide, &popular, &later, &how).unwrap();
    assert_eq!(back.better(), Some("a"));
    close(back.ndcg.mean, -compared.ndcg.mean);
    assert_eq!(
        (&back.a.ndcg, back.a.ndcg_interval),
        (&compared.b.ndcg, compared.b.ndcg_interval)
    );
    assert_eq!(compared.events + compared.skipped.count(), later.len());
}

#[test]
fn equal_guides_do_not_differ() {
    let Shop { guide, later, .. } = shop();
    let compared =
        Evaluation::compare(&guide, &guide.clone(), &later, &EvaluationParams::default()).unwrap();
    for difference in [compared.recall, compared.ndcg, compared.hit_rate] {
        assert_eq!(
            (difference.mean, difference.interval, difference.is_certain),
            (0.0, (0.0, 0.0), false)
        );
    }
    assert_eq!(compared.better(), None);
    assert!(compared.shoppers > 50 && compared.a.recall > 0.0);
    assert_eq!(compared.a.recall, compared.b.recall);
}

/// A guide is compared by what an evaluation of it finds.
#[test]
fn a_comparison_finds_what_an_evaluation_does() {
    let shop = DemoShop::params().n_products(150).n_shoppers(300);
    let shop = shop.generate().unwrap();
    let how = EvaluationParams::default().shoppers(50).seed(2);
    let (train, later) = shop.events.split_last(0.1).unwrap();
    let params = GuideParams::default().tune(false);
    let measured = Evaluation::of(
        &params,
        &shop.catalog,
        &train,
        &later,
        &how,
        &shopping_guide::Silent,
    )
    .unwrap();
    let builder = Guide::builder().catalog(shop.catalog).events(train);
    let guide = builder.params(params).build().unwrap();
    let compared = Evaluation::compare(&guide, &guide, &later, &how).unwrap();
    assert_eq!(
        (compared.shoppers, compared.pairs),
        (measured.shoppers, measured.pairs)
    );
    assert_eq!(compared.all_shoppers, measured.all_shoppers);
    let row = &measured.rows[0];
    assert_eq!(
        (compared.a.recall, compared.a.ndcg, compared.a.hit_rate),
        (row.recall, row.ndcg, row.hit_rate)
    );
    assert_eq!(compared.b.ndcg_interval, row.ndcg_interval);
    let json = serde_json::to_string(&compared).unwrap();
    let read: Comparison = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (read.skipped, read.shoppers),
        (compared.skipped, compared.shoppers)
    );
    close(read.ndcg.mean, compared.ndcg.mean);
}
