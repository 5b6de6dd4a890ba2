//! The corpus of model files: a small trained model of each kind, and guides that older versions wrote.

use guide_core::{Fit, Persist, Result, stream};
use guide_demo::DemoShop;
use nlp_embed::{Architecture, Glove, Phrases, TrainingText, Vocabulary, Word2Vec, WordVectors};
use rand::RngExt;
use recsys_core::{Duplicates, Interactions, Records, Values};
use recsys_deep::{Dmf, Ncf, NeuMf};
use recsys_mf::{
    Als, Baseline, Bpr, GraphFilter, Ials, Lmf, Nmf, Popular, PureSvd, Random, Svd, Svdpp,
};
use shopping_guide::{Guide, GuideParams};
use vision_features::{
    Encoding, Features, Keypoint, PictureIndex, PictureIndexParams, VisualVocabulary,
};

/// Files of guides that earlier versions wrote.
const OLDER: [&[u8]; 4] = [
    include_bytes!("../../../../crates/shopping-guide/tests/fixtures/v1.guide"),
    include_bytes!("../../../../crates/shopping-guide/tests/fixtures/v2.guide"),
    include_bytes!("../../../../crates/shopping-guide/tests/fixtures/v3.guide"),
    include_bytes!("../../../../crates/shopping-guide/tests/fixtures/v4.guide"),
];

/// Committed models of texts, of rows of numbers and of pictures.
const COMMITTED: [&[u8]; 11] = [
    include_bytes!("../../../../crates/nlp-rnn/tests/fixtures/language-model-tied-v1.model"),
    include_bytes!("../../../../crates/nlp-rnn/tests/fixtures/language-model-gru-v1.model"),
    include_bytes!("../../../../crates/nlp-rnn/tests/fixtures/linear-v1.model"),
    include_bytes!("../../../../crates/nlp-rnn/tests/fixtures/recurrent-v1.model"),
    include_bytes!("../../../../crates/nlp-rnn/tests/fixtures/recurrent-attention-v1.model"),
    include_bytes!("../../../../crates/nlp-rnn/tests/fixtures/tagger-v1.model"),
    include_bytes!("../../../../crates/nlp-rnn/tests/fixtures/tagger-slots-alone-v1.model"),
    include_bytes!("../../../../crates/nn-core/tests/fixtures/classifier-v1.model"),
    include_bytes!("../../../../crates/nn-core/tests/fixtures/classifier-linear-v1.model"),
    include_bytes!("../../../../crates/vision-cnn/tests/fixtures/picture-classifier-v1.model"),
    include_bytes!("../../../../crates/vision-cnn/tests/fixtures/picture-embedder-v1.model"),
];

/// Users and items of the ratings.
const N_USERS: usize = 6;
const N_ITEMS: usize = 5;

/// All files.
///
/// # Errors
/// If a model cannot be trained or written.
pub fn all() -> Result<Vec<Vec<u8>>> {
    let mut files: Vec<Vec<u8>> = OLDER.map(<[u8]>::to_vec).into();
    files.extend(COMMITTED.map(<[u8]>::to_vec));
    files.push(guide()?);
    let data = ratings()?;
    files.extend(neighbours(&data)?);
    files.extend(factors(&data)?);
    files.extend(networks(&data)?);
    files.extend(words()?);
    files.extend(pictures()?);
    Ok(files)
}

fn file<M: Persist>(model: Result<M>) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    model?.write_to(&mut bytes)?;
    Ok(bytes)
}

fn guide() -> Result<Vec<u8>> {
    let shop = DemoShop::params()
        .n_products(8)
        .n_shoppers(6)
        .visits(2.0)
        .generate()?;
    let params = GuideParams::default()
        .tune(false)
        .factors(GuideParams::default().factors.n_factors(3));
    file(
        Guide::builder()
            .catalog(shop.catalog)
            .events(shop.events)
            .params(params)
            .build(),
    )
}

/// Ratings of most users for most items, with weights and times.
fn ratings() -> Result<Interactions> {
    let mut records = Records::builder();
    for user in 0..N_USERS {
        for item in (0..N_ITEMS).filter(|item| (user + 2 * item) % 4 != 0) {
            let values = Values {
                rating: Some((1 + (user * item) % 5) as f32),
                weight: Some((1 + item % 2) as f32),
                time: Some((1000 * user + item) as i64),
            };
            records.push(&format!("u{user}"), &format!("i{item}"), values)?;
        }
    }
    Interactions::new(&records.finish().with_scale(1.0, 5.0)?, Duplicates::Refuse)
}

fn neighbours(data: &Interactions) -> Result<Vec<Vec<u8>>> {
    use recsys_cf::{CoClustering, Ease, ItemBm25, ItemCosine, KnnParams, Rp3Beta, Slim, SlopeOne};
    Ok(vec![
        file(KnnParams::basic().fit(data))?,
        file(KnnParams::means().user_based(false).fit(data))?,
        file(KnnParams::zscore().fit(data))?,
        file(KnnParams::baseline().fit(data))?,
        file(SlopeOne::params().fit(data))?,
        file(
            CoClustering::params()
                .n_user_clusters(2)
                .n_item_clusters(2)
                .fit(data),
        )?,
        file(ItemCosine::params().k(3).fit(data))?,
        file(ItemBm25::params().k(3).fit(data))?,
        file(Rp3Beta::params().k(3).fit(data))?,
        file(Slim::params().fit(data))?,
        file(Ease::params().fit(data))?,
    ])
}

fn factors(data: &Interactions) -> Result<Vec<Vec<u8>>> {
    Ok(vec![
        file(Random::params().fit(data))?,
        file(Popular::params().fit(data))?,
        file(Baseline::params().fit(data))?,
        file(Svd::params().n_factors(3).n_epochs(2).fit(data))?,
        file(Svdpp::params().n_factors(3).n_epochs(2).fit(data))?,
        file(Nmf::params().n_factors(3).n_epochs(2).fit(data))?,
        file(Als::params().n_factors(3).n_epochs(2).fit(data))?,
        file(Ials::params().n_factors(3).n_epochs(2).fit(data))?,
        file(Bpr::params().n_factors(3).n_epochs(2).fit(data))?,
        file(Lmf::params().n_factors(3).n_epochs(2).fit(data))?,
        file(PureSvd::params().n_factors(2).fit(data))?,
        file(GraphFilter::params().n_factors(2).fit(data))?,
    ])
}

fn networks(data: &Interactions) -> Result<Vec<Vec<u8>>> {
    let neu_mf = |params: recsys_deep::NeuMfParams| {
        file(params.n_factors(3).n_epochs(1).validation(false).fit(data))
    };
    Ok(vec![
        file(
            Ncf::params()
                .n_factors(3)
                .hidden(vec![4])
                .n_epochs(1)
                .validation(0.0)
                .fit(data),
        )?,
        neu_mf(NeuMf::gmf())?,
        neu_mf(NeuMf::mlp().hidden(vec![4]))?,
        neu_mf(
            NeuMf::params()
                .n_tower_factors(2)
                .hidden(vec![4])
                .pretrain_epochs(0),
        )?,
        file(
            Dmf::params()
                .hidden(vec![4, 3])
                .item_hidden(vec![4, 3])
                .n_epochs(1)
                .validation(false)
                .fit(data),
        )?,
    ])
}

fn words() -> Result<Vec<Vec<u8>>> {
    let sentences = vec![
        vec!["red", "coat", "warm"],
        vec!["blue", "coat", "warm"],
        vec!["red", "coat", "new"],
    ];
    let vocabulary = Vocabulary::params().min_count(1).build(&sentences)?;
    let text = TrainingText {
        vocabulary: &vocabulary,
        sentences: &sentences,
    };
    let word2vec = Word2Vec::params().dim(3).epochs(1).sample(0.0);
    let (words, rows) = Glove::params().dim(3).epochs(1).fit(&text)?.into_parts();
    Ok(vec![
        file(word2vec.clone().fit(&text))?,
        file(word2vec.clone().max_n(4).n_buckets(20).fit(&text))?,
        file(
            word2vec
                .architecture(Architecture::Cbow)
                .hierarchical_softmax(true)
                .negative(0)
                .fit(&text),
        )?,
        file(Glove::params().dim(3).epochs(1).fit(&text))?,
        file(
            Phrases::params()
                .min_count(1)
                .threshold(0.1)
                .fit(&sentences),
        )?,
        file(WordVectors::new(words, rows))?,
    ])
}

fn pictures() -> Result<Vec<Vec<u8>>> {
    let vocabulary = || {
        let descriptors: Vec<[u8; 128]> =
            (0..12).flat_map(|id| picture(id, 1).descriptors).collect();
        VisualVocabulary::params()
            .n_words(2)
            .n_iterations(2)
            .fit(descriptors.as_slice())
    };
    let mut files = vec![file(vocabulary())?];
    for encoding in [Encoding::Bag, Encoding::Vlad] {
        let mut index = PictureIndex::new(
            PictureIndexParams::default().encoding(encoding),
            vocabulary()?,
        )?;
        index.add(7, picture(0, 3))?;
        index.add(9, picture(1, 6))?;
        files.push(file(Ok(index))?);
    }
    Ok(files)
}

/// Features of `n` key points, the same for the same `id`.
pub fn picture(id: u64, n: usize) -> Features<[u8; 128]> {
    let mut rng = stream(5, id);
    let mut keypoints = Vec::new();
    let mut descriptors = Vec::new();
    for _ in 0..n {
        let (x, y) = (rng.random_range(0.0..200.0), rng.random_range(0.0..200.0));
        keypoints.push(Keypoint {
            x,
            y,
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
