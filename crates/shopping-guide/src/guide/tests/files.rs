//! The guide as one file, whole and damaged.

use std::sync::Arc;

use guide_core::model_file::{SectionReader, SectionWriter};
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
pub(super) fn payload(guide: &Guide) -> Vec<u8> {
    let mut bytes = Vec::new();
    guide.write_to(&mut bytes).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.guide");
    guide.save(&path).unwrap();
    let header = model_file::inspect(&path).unwrap();
    bytes.split_off(bytes.len() - header.payload_bytes as usize)
}

/// What reading a file with this payload and a fitting checksum does.
pub(super) fn read(payload: &[u8]) -> Result<Guide> {
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
    assert_eq!((header.kind.as_str(), header.version), ("guide", 5));
    assert_eq!(
        (&header.about["n_products"], &header.about["n_shoppers"]),
        (&6.into(), &0.into())
    );
    assert_eq!(header.about["params"]["fusion"]["k"], 60.0);
}

/// The payload of a guide with other bytes in a section, or none where they are `None`.
pub(super) fn with_section(guide: &Guide, name: &str, bytes: Option<Vec<u8>>) -> Vec<u8> {
    let good = payload(guide);
    let sections = SectionReader::new("guide", &good).unwrap();
    assert!(sections.has(name), "{name}");
    let mut forged = SectionWriter::new("guide");
    for (known, _) in sections.names() {
        let own = || Some(sections.bytes(known).unwrap().to_vec());
        let bytes = if known == name { bytes.clone() } else { own() };
        bytes
            .into_iter()
            .for_each(|bytes| forged.bytes(known, bytes));
    }
    forged.finish()
}

/// A file of this version may lack parameters that a later one has: these have their defaults.
#[test]
fn parameters_that_a_file_lacks_have_their_defaults() {
    let guide = with(GuideParams::default().seed(7).tune(false));
    let mut params = serde_json::to_value(guide.params()).unwrap();
    params["fusion"].as_object_mut().unwrap().remove("depth");
    params["factors"]
        .as_object_mut()
        .unwrap()
        .remove("n_epochs");
    params.as_object_mut().unwrap().remove("tune_budget");
    let with = |params: &serde_json::Value| {
        let text = params.to_string().into_bytes();
        read(&with_section(&guide, "params", Some(text)))
    };
    assert_eq!(with(&params).unwrap(), guide);
    params["depht"] = serde_json::json!(3);
    let error = with(&params).unwrap_err();
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
        let params = Arc::make_mut(&mut guide.params);
        params.fusion = crate::FusionParams::default().k(draw()).popular(draw());
        params.attributes.attribute_weight = f32::from_bits(rng.random_range(1..0x7f80_0000));
        params.trending_half_life_days = f32::from_bits(rng.random_range(1..0x7f80_0000));
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
    let shorter = catalog().retain(|product| product.id != "soap");
    let other = Guide::builder().catalog(shorter).events(events());
    let other = payload(&other.build().unwrap());
    let other = SectionReader::new("guide", &other).unwrap();
    let error = |name: &str, bytes: Option<Vec<u8>>| {
        let forged = with_section(&guide(), name, bytes);
        read(&forged).unwrap_err().to_string()
    };
    let of_other = |name: &str| error(name, Some(other.bytes(name).unwrap().to_vec()));
    let none = guide_core::model_file::encode_payload("guide", &Catalog::default()).unwrap();
    assert_eq!(
        error("catalog", Some(none)),
        "cannot decode `guide`: no product"
    );
    assert_eq!(
        of_other("catalog"),
        "cannot decode `guide`: terms and products do not fit together"
    );
    assert_eq!(
        of_other("attributes"),
        "cannot decode `guide`: terms and products do not fit together"
    );
    for name in ["source.neighbours", "source.factors"] {
        assert!(of_other(name).starts_with("cannot decode"), "{name}");
    }
    // One event of every column fewer than the others have.
    for (name, width) in [("products", 4), ("kinds", 1), ("times", 4)] {
        let name = format!("log.{name}");
        let good = payload(&guide());
        let sections = SectionReader::new("guide", &good).unwrap();
        let mut bytes = sections.bytes(&name).unwrap().to_vec();
        bytes.truncate(bytes.len() - width);
        let error = error(&name, Some(bytes));
        assert_eq!(
            error,
            "cannot decode `guide`: the columns of the log do not fit together"
        );
    }
    let numbers = |numbers: &[u32]| {
        numbers
            .iter()
            .flat_map(|n| n.to_le_bytes())
            .collect::<Vec<u8>>()
    };
    let n = guide().log.len();
    assert_eq!(
        error("log.products", Some(numbers(&vec![99; n]))),
        "cannot decode `guide`: an event has a product that the catalogue lacks"
    );
    let falling: Vec<u32> = (0..n as u32).map(|place| 5 - place % 6).collect();
    assert_eq!(
        error("log.products", Some(numbers(&falling))),
        "cannot decode `guide`: events are not sorted by shopper and product"
    );
    assert_eq!(
        error("log.kinds", Some(vec![9; n])),
        "cannot decode `guide`: an event of kind 9"
    );
    assert_eq!(
        error("log.kinds", Some(vec![3; n])),
        "cannot decode `guide`: an event has a value that no event can have"
    );
    assert_eq!(
        error("log.baskets", Some(numbers(&vec![0; n]))),
        "cannot decode `guide`: an event is in a basket without a name"
    );
    let mut about =
        guide_core::model_file::encode_payload("guide", &guide().log.weighing()).unwrap();
    about.extend(guide_core::model_file::encode_payload("guide", &(0_i64, i64::MAX / 2)).unwrap());
    assert_eq!(
        error("log.about", Some(about)),
        "cannot decode `guide`: an event of no year that there is"
    );
    assert_eq!(
        error("log.shoppers.sorted", Some(numbers(&[3, 2, 1, 0]))),
        "cannot decode `ids`: names stand twice or are not in order"
    );
    assert_eq!(
        error("log.starts", None),
        "cannot decode `guide`: section `log.starts` is missing"
    );
    assert!(error("source.popular", Some(vec![1])).contains("bytes of the source `popular`"));
    let mut bad = guide();
    Arc::make_mut(&mut bad.params).fusion.popular = f32::NAN;
    let text = serde_json::to_string(bad.params()).unwrap();
    let text = text.replace("\"popular\":null", "\"popular\":0.0");
    assert_eq!(
        error("params", Some(text.into_bytes())),
        "cannot decode `guide`: parameter `fusion.popular` must be between 0.000001 and 1000000, but is 0"
    );
}

/// A file without a source is a guide without it; what a source was trained on must be there.
#[test]
fn a_source_may_be_left_out_of_a_file() {
    let read = read(&with_section(&guide(), "source.factors", None)).unwrap();
    assert!(read.fitted("factors").is_none() && read.fitted("neighbours").is_some());
    assert!(!products(&read.recommend(&Query::shopper("ann")).unwrap()).is_empty());
}

#[test]
fn a_list_of_what_is_left_out_may_be_longer_than_a_description() {
    let mut guide = guide();
    Arc::make_mut(&mut guide.params).leave_out = (0..70_000)
        .map(|number| format!("article-{number:08}"))
        .collect();
    assert_eq!(guide.about()["params"]["leave_out"], 70_000);
    let mut bytes = Vec::new();
    guide.write_to(&mut bytes).unwrap();
    let read = Guide::read_from(&mut bytes.as_slice()).unwrap();
    assert_eq!(read, guide);
}
