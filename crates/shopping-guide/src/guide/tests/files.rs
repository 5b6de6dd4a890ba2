//! The guide as one file, whole and damaged.

use guide_core::{model_file, seeded, testing};
use rand::RngExt;

use super::*;
use crate::{Persist, Query, Result};

fn ask(guide: &Guide) -> Result<Vec<Answer>> {
    let product = &guide.catalog().products()[0].id;
    let queries = [
        Query::shopper("ann").keep_seen(),
        Query::shopper("cleo").attribute("colour", "blue"),
        Query::history([product]).price_to(8.0),
        Query::nobody().context(product),
        Query::nobody().likes("colour", "red"),
    ];
    queries.iter().map(|query| guide.recommend(query)).collect()
}

/// The payload of the guide's file: what stands behind the header.
fn payload(guide: &Guide) -> Vec<u8> {
    let mut bytes = Vec::new();
    guide.write_to(&mut bytes).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.guide");
    guide.save(&path).unwrap();
    let header = model_file::inspect(&path).unwrap();
    bytes.split_off(bytes.len() - header.payload_bytes as usize)
}

/// What reading a file with this payload and a fitting checksum does.
fn read(payload: &[u8]) -> Result<Guide> {
    let guide = Guide::decode(Guide::VERSION, payload)?;
    guide.check()?;
    Ok(guide)
}

#[test]
fn a_loaded_guide_answers_as_the_saved_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.guide");
    for guide in [
        Guide::builder()
            .catalog(
                Catalog::new([
                    Product::new("mug", "Mug")
                        .attribute("colour", "red")
                        .price(1.0)
                        .group("g")
                        .time(7)
                        .available(true),
                    Product::new("b", "B").attribute("colour", "blue"),
                ])
                .unwrap(),
            )
            .build()
            .unwrap(),
        guide(),
        Guide::builder().catalog(catalog()).build().unwrap(),
    ] {
        guide.save(&path).unwrap();
        let loaded = Guide::load(&path).unwrap();
        assert_eq!(loaded, guide);
        let json = serde_json::to_value(&guide).unwrap();
        assert_eq!(serde_json::from_value::<Guide>(json).unwrap(), guide);
        assert_eq!(ask(&loaded).unwrap(), ask(&guide).unwrap());
        assert_eq!(
            loaded.explain("ann", "tray").ok(),
            guide.explain("ann", "tray").ok()
        );
    }
    let header = model_file::inspect(&path).unwrap();
    assert_eq!((header.kind.as_str(), header.version), ("guide", 4));
    assert_eq!(
        (&header.about["n_products"], &header.about["n_shoppers"]),
        (&6.into(), &0.into())
    );
    assert_eq!(header.about["params"]["fusion"]["k"], 60.0);
}

/// A file of this version may lack parameters that a later one has: these have their defaults.
#[test]
fn parameters_that_a_file_lacks_have_their_defaults() {
    let guide = with(GuideParams::default().seed(7).tune(false));
    let mut json = serde_json::to_value(&guide).unwrap();
    let mut params: serde_json::Value =
        serde_json::from_str(json["params"].as_str().unwrap()).unwrap();
    params["fusion"].as_object_mut().unwrap().remove("depth");
    params["factors"]
        .as_object_mut()
        .unwrap()
        .remove("n_epochs");
    params.as_object_mut().unwrap().remove("tune_budget");
    json["params"] = serde_json::json!(params.to_string());
    let read: Guide = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(read, guide);
    params["depht"] = serde_json::json!(3);
    json["params"] = serde_json::json!(params.to_string());
    let error = serde_json::from_value::<Guide>(json).unwrap_err();
    assert!(
        error.to_string().contains("unknown field `depht`"),
        "{error}"
    );
}

/// Every bit of every number comes back.
#[test]
fn parameters_come_back_bit_by_bit() {
    let mut rng = seeded(6);
    let mut guide = guide();
    for _ in 0..500 {
        let mut draw = || {
            let exponent: f32 = rng.random_range(-5.9..5.9);
            10_f32.powf(exponent)
        };
        guide.params.fusion = crate::FusionParams::default().k(draw()).popular(draw());
        guide.params.attributes.attribute_weight = f32::from_bits(rng.random_range(1..0x7f80_0000));
        guide.params.trending_half_life_days = f32::from_bits(rng.random_range(1..0x7f80_0000));
        let read = read(&payload(&guide)).unwrap();
        let bits = |guide: &Guide| {
            let params = guide.params();
            [
                params.fusion.k,
                params.fusion.popular,
                params.attributes.attribute_weight,
                params.trending_half_life_days,
            ]
            .map(f32::to_bits)
        };
        assert_eq!(bits(&read), bits(&guide));
    }
}

#[test]
fn a_damaged_file_never_panics() {
    testing::survives_corruption(&guide(), 10_000, 3);
}

/// A checksum says nothing about who wrote the file: changed bytes under a fitting one give an error, or a guide that
/// answers without a panic.
#[test]
fn a_forged_file_never_panics() {
    let good = payload(&guide());
    let mut rng = seeded(4);
    let mut answered = 0;
    for _ in 0..5_000 {
        let mut forged = good.clone();
        for _ in 0..rng.random_range(1..6) {
            let at = rng.random_range(0..forged.len());
            forged[at] = match rng.random_range(0..3) {
                0 => rng.random(),
                1 => [0, 1, 250, 251, 252, 253, 255][rng.random_range(0..7)],
                _ => forged[at].wrapping_add(1),
            };
        }
        if let Ok(guide) = read(&forged) {
            answered += 1;
            let _ = ask(&guide);
            let shopper = guide.shoppers().next().unwrap_or_default().to_owned();
            let product = guide.catalog().products()[0].id.clone();
            let _ = guide.explain(&shopper, &product);
            let _ = (guide.history(&shopper), guide.popularity());
        }
    }
    assert!(answered > 100, "{answered} forged files were read");
}

#[test]
fn random_payloads_never_panic() {
    let mut rng = seeded(5);
    for _ in 0..5_000 {
        let payload: Vec<u8> = (0..rng.random_range(0..300))
            .map(|_| rng.random())
            .collect();
        assert!(read(&payload).is_err());
    }
}

#[test]
fn parts_that_contradict_each_other_are_refused() {
    let refused = |damage: fn(&mut Guide)| {
        let mut guide = guide();
        damage(&mut guide);
        guide.check().unwrap_err().to_string()
    };
    let shorter = || catalog().retain(|product| product.id != "soap");
    let other = || {
        let catalog = shorter();
        Guide::builder()
            .catalog(catalog)
            .events(events())
            .build()
            .unwrap()
    };
    assert_eq!(
        refused(|guide| guide.catalog = Catalog::default()),
        "cannot decode `guide`: no product"
    );
    let mut guide = guide();
    guide.neighbours = other().neighbours;
    let error = guide.check().unwrap_err().to_string();
    assert_eq!(
        error,
        "cannot decode `guide`: products and their numbers do not fit together"
    );
    let mut guide = super::guide();
    guide.factors = other().factors;
    let error = guide.check().unwrap_err().to_string();
    assert_eq!(
        error,
        "cannot decode `guide`: products and their factors do not fit together"
    );
    let mut guide = super::guide();
    guide.attributes = other().attributes;
    let error = guide.check().unwrap_err().to_string();
    assert_eq!(
        error,
        "cannot decode `guide`: terms and products do not fit together"
    );
    let error = refused(|guide| guide.owned.truncate(1));
    assert_eq!(
        error,
        "cannot decode `guide`: interactions and what is owned do not fit together"
    );
    // Whatever format it comes in.
    let mut json = serde_json::to_value(super::guide()).unwrap();
    json["owned"] = serde_json::json!([true]);
    let read = serde_json::from_value::<Guide>(json);
    assert_eq!(read.unwrap_err().to_string(), error);
    for trending in [true, false] {
        let mut guide = super::guide();
        let popular = other().popular;
        if trending {
            guide.trending = Some(popular);
        } else {
            guide.popular = popular;
        }
        let error = guide.check().unwrap_err().to_string();
        assert_eq!(
            error,
            "cannot decode `guide`: popularity and products do not fit together"
        );
    }
    let error = refused(|guide| guide.params.fusion.popular = f32::NAN);
    assert_eq!(
        error,
        "cannot decode `guide`: parameter `fusion.popular` must be between 0.000001 and 1000000, but is NaN"
    );
}

#[test]
fn a_list_of_what_is_left_out_may_be_longer_than_a_description() {
    let mut guide = guide();
    guide.params.leave_out = (0..70_000)
        .map(|number| format!("article-{number:08}"))
        .collect();
    assert_eq!(guide.about()["params"]["leave_out"], 70_000);
    let mut bytes = Vec::new();
    guide.write_to(&mut bytes).unwrap();
    let read = Guide::read_from(&mut bytes.as_slice()).unwrap();
    assert_eq!(read, guide);
}
