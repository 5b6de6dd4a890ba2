//! Parts that the shop has cut itself.

use guide_demo::DemoShop;
use shopping_guide::{Evaluation, EvaluationParams, GuideParams, Silent};

use super::{catalog, log, popular_only, train};

/// The parts that [`Evaluation::run`] cuts give the same when they are handed over, to the last digit, tuning included.
#[test]
fn the_parts_of_a_split_by_time_give_the_same() {
    let shop = DemoShop::params().n_products(100).n_shoppers(200);
    let shop = shop.generate().unwrap();
    let how = EvaluationParams::default().shoppers(60).seed(4);
    let params = GuideParams::default();
    let run = Evaluation::run(&shop.catalog, &shop.events, &params, &how, &Silent).unwrap();
    let (train, test) = shop.events.split_last(how.test_fraction).unwrap();
    let mut of = Evaluation::of(&params, &shop.catalog, &train, &test, &how, &Silent).unwrap();
    assert!(of.build.tuned, "within the training part");
    for (of, run) in of.rows.iter_mut().zip(&run.rows) {
        of.seconds = run.seconds;
    }
    assert_eq!(of.rows, run.rows);
    assert_eq!((&of.params, &of.fusion), (&run.params, &run.fusion));
    assert_eq!(of.by_group, run.by_group);
    assert_eq!(
        (of.train_events, of.test_events, of.shoppers, of.pairs),
        (run.train_events, run.test_events, run.shoppers, run.pairs)
    );
    assert_eq!(of.unknown_shoppers, run.unknown_shoppers);
    assert!(run.shoppers == 60 && of.all_shoppers == run.all_shoppers);
}

#[test]
fn a_part_that_nobody_can_be_asked_for_is_an_error() {
    let how = EvaluationParams::default();
    let of = |test: &[(&str, &str)]| {
        let measured = Evaluation::of(
            &popular_only(),
            &catalog(),
            &train(),
            &log(test),
            &how,
            &Silent,
        );
        measured
            .map(|one| one.shoppers)
            .map_err(|error| error.to_string())
    };
    let nobody =
        Err("the set of shoppers with a history and a new held-out product is empty".to_owned());
    assert_eq!(of(&[("zoe", "p0")]), nobody, "unknown");
    assert_eq!(of(&[("one", "p0")]), nobody, "had it");
    assert_eq!(of(&[]), nobody);
    assert_eq!(of(&[("one", "p1")]), Ok(1));
}
