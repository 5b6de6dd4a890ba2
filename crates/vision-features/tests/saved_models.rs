//! Model files that are committed: each later version of the code must load them and answer the same.
#![allow(clippy::unwrap_used)]

use guide_core::testing::{Answers, SavedModels};
use guide_core::{Fit, Result, stream};
use rand::RngExt;
use vision_features::{
    Encoding, Features, Keypoint, PictureIndex, PictureIndexParams, VisualVocabulary,
};

/// Features of `n` key points, the same for the same `id`.
fn picture(id: u64, n: usize) -> Features<[u8; 128]> {
    let mut rng = stream(5, id);
    let mut keypoints = Vec::new();
    let mut descriptors = Vec::new();
    for _ in 0..n {
        keypoints.push(Keypoint {
            x: rng.random_range(0.0..200.0),
            y: rng.random_range(0.0..200.0),
            size: 4.0,
            angle: 0.0,
            response: 1.0,
            octave: 0,
            polarity: 0,
        });
        descriptors.push(std::array::from_fn(|_| rng.random()));
    }
    Features {
        keypoints,
        descriptors,
    }
}

fn vocabulary() -> Result<VisualVocabulary> {
    let pictures = (0..12).flat_map(|id| picture(id, 1).descriptors);
    let descriptors: Vec<[u8; 128]> = pictures.collect();
    let params = VisualVocabulary::params().n_words(2).n_iterations(2);
    params.fit(descriptors.as_slice())
}

fn words(model: &VisualVocabulary) -> Result<Answers> {
    let photo = picture(1, 6);
    let mut answers = Answers::default();
    let words = (0..model.n_words() as u32).flat_map(|word| model.word(word).to_vec());
    answers.numbers("words", words);
    let bag = model.bag(&photo).into_iter();
    answers.numbers("bag", bag.flat_map(|(word, n)| [word as f32, n as f32]));
    answers.numbers("vlad", model.vlad(&photo));
    Ok(answers)
}

fn found(index: &PictureIndex) -> Result<Answers> {
    let mut answers = words(index.vocabulary())?;
    let found = index.search(&picture(1, 6), 3, &|_| true)?;
    answers.numbers("pictures", found.iter().map(|found| found.picture as f32));
    answers.numbers("picture scores", found.iter().map(|found| found.score));
    answers.numbers("inliers", found.iter().map(|found| found.inliers as f32));
    Ok(answers)
}

fn index(encoding: Encoding) -> Result<PictureIndex> {
    let params = PictureIndexParams::default().encoding(encoding);
    let mut index = PictureIndex::new(params, vocabulary()?)?;
    index.add(7, picture(0, 3))?;
    index.add(9, picture(1, 6))?;
    index.add(2, picture(2, 5))?;
    Ok(index)
}

fn all(saved: &mut SavedModels) {
    saved.model("visual-vocabulary", vocabulary, words);
    saved.model("picture-index-bag", || index(Encoding::Bag), found);
    saved.model("picture-index-vlad", || index(Encoding::Vlad), found);
}

guide_core::saved_models!(all);
