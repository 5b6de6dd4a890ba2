//! Bags and VLADs worked by hand; pictures found by altered ones; files.

use guide_core::testing::{
    params_have_effect, refuses, refuses_forged_payloads, same_for_one_and_two_threads,
    survives_corruption,
};
use guide_core::{Cancel, Error, Fit, Persist, Rng, seeded, stream};
use rand::RngExt;

use super::bag::{InvertedFile, count};
use super::*;
use crate::{Features, Keypoint};

fn at(x: f32, y: f32) -> Keypoint {
    Keypoint {
        x,
        y,
        size: 4.0,
        angle: 0.0,
        response: 1.0,
        octave: 0,
        polarity: 0,
    }
}

/// A descriptor of zeros but for the values at some places.
fn descriptor(values: &[(usize, u8)]) -> [u8; 128] {
    let mut descriptor = [0; 128];
    for &(place, value) in values {
        descriptor[place] = value;
    }
    descriptor
}

fn features(descriptors: Vec<[u8; 128]>) -> Features<[u8; 128]> {
    Features {
        keypoints: vec![at(0.0, 0.0); descriptors.len()],
        descriptors,
    }
}

/// Key points anywhere in 200 x 200 pixels that look like nothing else.
fn random_picture(id: u32, n: usize) -> Features<[u8; 128]> {
    let mut rng = stream(5, id.into());
    Features {
        keypoints: (0..n)
            .map(|_| at(rng.random_range(0.0..200.0), rng.random_range(0.0..200.0)))
            .collect(),
        descriptors: (0..n)
            .map(|_| std::array::from_fn(|_| rng.random()))
            .collect(),
    }
}

/// Where the photo of a picture shows its point.
fn seen_at(x: f64, y: f64) -> (f64, f64) {
    (0.8 * x - 0.3 * y + 70.0, 0.3 * x + 0.8 * y + 10.0)
}

/// The features of a photo of a picture: turned, with noise in the descriptors, and half of the key points gone for others.
fn photo_of(picture: &Features<[u8; 128]>, rng: &mut Rng) -> Features<[u8; 128]> {
    let mut photo = picture.clone();
    let n = photo.len();
    for (index, (keypoint, descriptor)) in photo
        .keypoints
        .iter_mut()
        .zip(&mut photo.descriptors)
        .enumerate()
    {
        let (x, y) = seen_at(keypoint.x.into(), keypoint.y.into());
        (keypoint.x, keypoint.y) = (x as f32, y as f32);
        for value in descriptor {
            let noise: u8 = rng.random_range(0..20);
            *value = if index < n / 2 {
                rng.random()
            } else {
                value.saturating_add(noise)
            };
        }
    }
    photo
}

fn vocabulary(n_words: usize) -> VisualVocabulary {
    let descriptors = random_picture(1000, 400).descriptors;
    let params = VisualVocabulary::params().n_words(n_words);
    params.fit(descriptors.as_slice()).unwrap()
}

/// Pictures 0, 10, 20, ..
fn index(params: PictureIndexParams, n_pictures: u32) -> PictureIndex {
    let mut index = PictureIndex::new(params, vocabulary(12)).unwrap();
    for number in 0..n_pictures {
        index
            .add(10 * number, random_picture(10 * number, 40))
            .unwrap();
    }
    index
}

fn both() -> [PictureIndexParams; 2] {
    [Encoding::Bag, Encoding::Vlad].map(|encoding| PictureIndexParams::default().encoding(encoding))
}

#[test]
fn a_bag_counts_words() {
    assert_eq!(count(vec![3, 0, 3, 3]), [(0, 1), (3, 3)]);
    let (dark, bright) = ([10; 128], [200; 128]);
    let vocabulary = VisualVocabulary::params()
        .n_words(2)
        .fit([dark, bright].as_slice())
        .unwrap();
    let word = vocabulary.words_of(&[bright])[0];
    assert_eq!(vocabulary.word(word), [200.0; 128]);
    let bag = vocabulary.bag(&features(vec![[190; 128], bright, [220; 128]]));
    assert_eq!(bag, [(word, 3)]);
}

#[test]
fn cosines_of_tf_idf_by_hand() {
    let mut file = InvertedFile::new(4);
    file.add(&[(0, 2)]);
    file.add(&[(0, 1), (1, 1)]);
    file.add(&[(2, 1)]);
    // Word 0 is in two of three pictures, 1 in one: idf ln(1 + 3/2) and ln(1 + 3/1).
    let (of_0, of_1) = (2.5f32.ln(), 4.0f32.ln());
    let found = file.search(&[(0, 1), (1, 1)], 9, |_| true);
    let ids: Vec<u32> = found.iter().map(|hit| hit.id).collect();
    assert_eq!(ids, [1, 0]);
    assert!((found[0].score - 1.0).abs() < 1e-6);
    assert!((found[1].score - of_0 / of_0.hypot(of_1)).abs() < 1e-6);
    assert!(file.search(&[(3, 5)], 9, |_| true).is_empty());

    // A picture more changes what the words weigh: 1 + 4/3 and 1 + 4/1.
    file.add(&[(0, 1)]);
    let (of_0, of_1) = ((7.0f32 / 3.0).ln(), 5.0f32.ln());
    let found = file.search(&[(0, 1), (1, 1)], 9, |id| id != 1);
    assert!((found[0].score - of_0 / of_0.hypot(of_1)).abs() < 1e-6);
}

#[test]
fn vlad_by_hand() {
    let words = [descriptor(&[]), descriptor(&[(0, 100)])];
    let vocabulary = VisualVocabulary::params()
        .n_words(2)
        .fit(words.as_slice())
        .unwrap();
    let [zero, hundred] = words.map(|word| vocabulary.words_of(&[word])[0] as usize);
    // Residuals of the first word: 4 + 5 = 9 at 1 and 16 at 2, roots 3 and 4, over their length 5: .6 and .8. Of the second
    // -4 at 0, root -2, over its length: -1. The whole has length √2 then.
    let picture = features(vec![
        descriptor(&[(1, 4)]),
        descriptor(&[(1, 5), (2, 16)]),
        descriptor(&[(0, 96)]),
    ]);
    let vlad = vocabulary.vlad(&picture);
    let mut expected = vec![0.0; 256];
    (expected[128 * zero + 1], expected[128 * zero + 2]) = (0.6, 0.8);
    expected[128 * hundred] = -1.0;
    for (got, expected) in vlad.iter().zip(expected) {
        assert!((got - expected / 2.0f32.sqrt()).abs() < 1e-6);
    }
    assert_eq!(vocabulary.vlad(&features(Vec::new())), [0.0; 256]);
}

#[test]
fn vocabularies_have_the_same_bits_for_any_number_of_threads() {
    let descriptors = random_picture(3, 3000).descriptors;
    let params = VisualVocabulary::params().n_words(50).n_iterations(5);
    same_for_one_and_two_threads(|| params.fit(descriptors.as_slice()).unwrap());
}

#[test]
fn parameters_of_vocabularies() {
    let params = VisualVocabulary::params().n_words(20).n_iterations(3);
    let bad = [
        ("n_words", "0"),
        ("n_iterations", "0"),
        ("max_descriptors", "0"),
    ];
    refuses(&params, &bad);
    let descriptors = random_picture(3, 700).descriptors;
    let changes = [
        ("n_words", "19"),
        ("n_iterations", "2"),
        ("max_descriptors", "500"),
        ("seed", "1"),
    ];
    params_have_effect(&params, &changes, |params| {
        let fitted = params.fit(descriptors.as_slice()).unwrap();
        let words = (0..fitted.n_words() as u32).map(|word| fitted.word(word).to_vec());
        words.collect::<Vec<_>>()
    });
    for few in [&descriptors[..0], &descriptors[..19]] {
        assert!(matches!(params.fit(few), Err(Error::Unsuitable { .. })));
    }
    // Stopped after the first round.
    let cancel = Cancel::default();
    cancel.cancel();
    let stopped = params.fit_with(descriptors.as_slice(), &cancel).unwrap();
    let once = params.n_iterations(1).fit(descriptors.as_slice()).unwrap();
    assert_eq!(stopped.word(7), once.word(7));
}

#[test]
fn parameters_of_indices() {
    refuses(&PictureIndexParams::default(), &[("min_inliers", "4")]);
    let bad =
        PictureIndexParams::default().matching(crate::MatchParams::default().ratio(Some(0.0)));
    let error = PictureIndex::new(bad, vocabulary(2)).unwrap_err();
    assert!(
        error.to_string().starts_with("parameter `ratio`"),
        "{error}"
    );

    let photo = photo_of(&random_picture(10, 40), &mut seeded(1));
    let changes = [
        ("encoding", "bag"),
        ("n_rerank", "0"),
        ("min_inliers", "30"),
        ("matching.ratio", "0.05"),
        ("ransac.threshold", "1e-7"),
    ];
    let params = PictureIndexParams::default().n_rerank(2);
    params_have_effect(&params, &changes, |params| {
        index(params.clone(), 5)
            .search(&photo, 5, &|_| true)
            .unwrap()
    });
}

#[test]
fn an_altered_picture_is_found_and_where_it_is() {
    for params in both() {
        let by_geometry = index(params.clone(), 30);
        let (picture, mut rng) = (random_picture(170, 40), seeded(9));
        let found = by_geometry
            .search(&photo_of(&picture, &mut rng), 3, &|_| true)
            .unwrap();
        assert_eq!(found.len(), 3);
        assert_eq!((found[0].picture, found[0].inliers), (170, 20));
        assert_eq!((found[1].inliers, found[1].homography), (0, None));
        assert!(found[1].score >= found[2].score);
        let (x, y) = found[0].homography.unwrap().apply(30.0, 90.0).unwrap();
        let (true_x, true_y) = seen_at(30.0, 90.0);
        assert!((x - true_x).abs() < 1e-2 && (y - true_y).abs() < 1e-2);

        // Itself, by words alone too.
        for index in [by_geometry, index(params.n_rerank(0), 30)] {
            let found = index.search(&picture, 1, &|_| true).unwrap();
            assert_eq!((found[0].picture, found.len()), (170, 1));
            assert!((found[0].score - 1.0).abs() < 1e-5);
        }
    }
}

#[test]
fn a_place_counts_once_however_many_key_points_it_has() {
    // Four places with two directions each, as SIFT gives them, agree with any photo of four places.
    let mut picture = random_picture(20, 8);
    for twin in 0..4 {
        picture.keypoints[twin + 4] = picture.keypoints[twin];
    }
    let mut index = index(PictureIndexParams::default().n_rerank(9), 3);
    let photo = picture.clone();
    index.add(5, picture.clone()).unwrap();
    picture.keypoints[7] = at(150.0, 30.0);
    index.add(6, picture).unwrap();
    let inliers = |photo: &Features<[u8; 128]>, id: u32| {
        let found = index.search(photo, 9, &|other| other == id).unwrap();
        (found[0].inliers, found[0].homography.is_some())
    };
    assert_eq!(inliers(&photo, 5), (0, false));
    let mut photo = photo;
    photo.keypoints[7] = at(150.0, 30.0);
    assert_eq!(inliers(&photo, 6), (5, true));
}

#[test]
fn geometry_overrules_words() {
    // The same words as the photo at places that fit nothing, and half of the words at the right places.
    let photo = random_picture(1, 40);
    let mut shuffled = photo.clone();
    shuffled.keypoints = random_picture(2, 40).keypoints;
    for params in both() {
        for (n_rerank, expected) in [(0, 1), (1, 1), (2, 2)] {
            let params = params.clone().n_rerank(n_rerank);
            let mut index = PictureIndex::new(params, vocabulary(12)).unwrap();
            index.add(1, shuffled.clone()).unwrap();
            index.add(2, photo_of(&photo, &mut seeded(4))).unwrap();
            let found = index.search(&photo, 2, &|_| true).unwrap();
            assert_eq!(found[0].picture, expected);
        }
    }
}

#[test]
fn searches_have_the_same_bits_for_any_number_of_threads() {
    for params in both() {
        let photo = photo_of(&random_picture(30, 40), &mut seeded(2));
        same_for_one_and_two_threads(|| {
            let index = index(params.clone(), 30);
            index.search(&photo, 30, &|_| true).unwrap()
        });
    }
}

#[test]
fn only_what_is_kept_is_found() {
    for params in both() {
        let index = index(params.n_rerank(3), 8);
        let photo = random_picture(30, 40);
        let found = index
            .search(&photo, 100, &|id| id != 30 && id < 60)
            .unwrap();
        let mut ids: Vec<u32> = found.iter().map(|found| found.picture).collect();
        ids.sort_unstable();
        assert_eq!(ids, [0, 10, 20, 40, 50]);
        assert!(index.search(&photo, 3, &|_| false).unwrap().is_empty());
        assert!(index.search(&photo, 0, &|_| true).unwrap().is_empty());
    }
}

#[test]
fn pictures_without_key_points() {
    for params in both() {
        let mut index = index(params, 3);
        let none = features(Vec::new());
        assert!(index.search(&none, 5, &|_| true).unwrap().is_empty());
        index.add(5, none).unwrap();
        assert_eq!(index.len(), 4);
        let found = index.search(&random_picture(10, 40), 5, &|_| true).unwrap();
        assert_eq!(found.len(), 3);
        assert!(found.iter().all(|found| found.picture != 5));
    }
    let empty = index(PictureIndexParams::default(), 0);
    assert!(empty.is_empty());
    assert!(
        empty
            .search(&random_picture(1, 9), 5, &|_| true)
            .unwrap()
            .is_empty()
    );
}

#[test]
fn bad_features_are_refused() {
    let mut index = index(PictureIndexParams::default(), 2);
    let error = index.add(10, random_picture(3, 5)).unwrap_err();
    assert_eq!(error.to_string(), "duplicate picture: 10");
    let mut uneven = random_picture(3, 5);
    uneven.keypoints.pop();
    let mut nowhere = random_picture(3, 5);
    nowhere.keypoints[2].y = f32::NAN;
    for (bad, reason) in [
        (uneven, "descriptors: expected shape [4, 128], got [5, 128]"),
        (
            nowhere,
            "coordinate of key point 2 is NaN, which is not finite",
        ),
    ] {
        let error = index.search(&bad, 1, &|_| true).unwrap_err();
        assert_eq!(error.to_string(), reason);
        assert_eq!(index.add(11, bad).unwrap_err().to_string(), reason);
    }
    assert_eq!(index.len(), 2);
}

#[test]
fn a_saved_index_finds_the_same() {
    for params in both() {
        let index = index(params, 12);
        let mut file = Vec::new();
        index.write_to(&mut file).unwrap();
        let read = PictureIndex::read_from(&mut file.as_slice()).unwrap();
        let photo = photo_of(&random_picture(50, 40), &mut seeded(3));
        let search = |index: &PictureIndex| index.search(&photo, 12, &|_| true).unwrap();
        assert_eq!(search(&read), search(&index));
        assert_eq!((read.len(), read.params()), (12, index.params()));
        let mut read = read;
        assert!(matches!(
            read.add(110, random_picture(1, 2)),
            Err(Error::Duplicate { .. })
        ));
    }
}

#[test]
fn damaged_and_forged_files_are_refused() {
    let photo = random_picture(10, 40);
    survives_corruption(&vocabulary(3), 300, 1);
    for forged in refuses_forged_payloads(&vocabulary(3), 300) {
        assert_eq!(forged.vlad(&photo).len(), 128 * forged.n_words());
    }
    for params in both() {
        let index = index(params, 3);
        survives_corruption(&index, 100, 2);
        for forged in refuses_forged_payloads(&index, 300) {
            // It answers or refuses; it does not panic.
            let _ = forged.search(&photo, 3, &|_| true);
        }
    }
}

#[test]
fn files_that_contradict_themselves_are_refused() {
    let index = serde_json::to_value(index(PictureIndexParams::default(), 3)).unwrap();
    let refused = |pointer: &str, value: serde_json::Value| {
        let mut index = index.clone();
        *index.pointer_mut(pointer).unwrap() = value;
        serde_json::from_value::<PictureIndex>(index)
            .unwrap_err()
            .to_string()
    };
    use serde_json::json;
    for (pointer, value, reason) in [
        (
            "/pictures/1/words/3",
            json!(12),
            "picture 10: word 12 of 12",
        ),
        (
            "/pictures/1/words",
            json!([1, 2]),
            "40 places with 40 descriptors and 2 words",
        ),
        (
            "/pictures/2/descriptors",
            json!([7; 256].to_vec()),
            "40 places with 2 descriptors",
        ),
        (
            "/pictures/2/descriptors",
            json!([7; 127].to_vec()),
            "127 bytes are no descriptors",
        ),
        ("/pictures/2/places/0/1", json!(1e300), "a key point at inf"),
        ("/pictures/2/id", json!(0), "duplicate picture: 0"),
        ("/params/min_inliers", json!(1), "parameter `min_inliers`"),
        (
            "/vocabulary/params/n_words",
            json!(11),
            "where 11 of 128 numbers",
        ),
        (
            "/vocabulary/words/data/5",
            json!(1e300),
            "no bytes have as their mean",
        ),
    ] {
        let error = refused(pointer, value);
        assert!(error.contains(reason), "{pointer}: {error}");
    }
}
