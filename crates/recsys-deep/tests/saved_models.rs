//! Model files and weight files that are committed: each later version of the code must load them and answer the same.
#![allow(clippy::unwrap_used)]

use guide_core::testing::{Answers, SavedModels};
use guide_core::{Fit, Persist, Result};
use recsys_core::testing::{Recorded, recorded_events, recorded_ratings};
use recsys_deep::{Dmf, DmfLoss, DmfParams, Ncf, NcfParams, NeuMf, NeuMfParams};

fn ncf(seed: u64) -> NcfParams {
    let params = Ncf::params().n_factors(6).n_epochs(40).validation(0.0);
    params.learning_rate(0.02).batch_size(8).seed(seed)
}

fn neumf(params: NeuMfParams, seed: u64) -> NeuMfParams {
    let params = params
        .n_factors(6)
        .n_tower_factors(5)
        .n_epochs(8)
        .weight_decay(0.001);
    let params = params.learning_rate(0.01).batch_size(16);
    params.hidden(vec![12, 7]).seed(seed)
}

fn dmf(seed: u64) -> DmfParams {
    let params = Dmf::params().hidden(vec![9, 8]).n_epochs(5).batch_size(16);
    params.learning_rate(0.01).seed(seed)
}

fn ncf_answers(model: &Ncf) -> Result<Answers> {
    Recorded::of(model).ratings().scores().fold_in().answers()
}

fn neumf_answers(model: &NeuMf) -> Result<Answers> {
    Recorded::of(model).scores().fold_in().answers()
}

fn dmf_answers(model: &Dmf) -> Result<Answers> {
    let recorded = Recorded::of(model).scores().fold_in().similar_items();
    recorded.answers()
}

/// A network's weights as `safetensors` that another training wrote: loaded into the committed model.
macro_rules! weights {
    ($saved:ident, $name:literal, $kind:ty, $train:expr, $answers:expr) => {
        let train = $train;
        $saved.model($name, || train(0), $answers);
        let file = concat!($name, ".safetensors");
        let path = $saved.file(file, |path| train(1)?.save_weights(path));
        let mut model = <$kind>::load($saved.path_of::<$kind>($name)).unwrap();
        model.load_weights(path).unwrap();
        $saved.answers(concat!($name, "-safetensors"), $answers(&model).unwrap());
    };
}

fn all(saved: &mut SavedModels) {
    let (rated, events) = (recorded_ratings(), recorded_events());
    let deep = |seed| ncf(seed).hidden(vec![12, 7]).fit(&rated);
    weights!(saved, "ncf", Ncf, deep, ncf_answers);
    saved.model(
        "ncf-one-layer",
        || ncf(0).hidden(vec![11]).fit(&rated),
        ncf_answers,
    );
    let net = |params: fn() -> NeuMfParams| {
        let data = &events;
        move |seed| neumf(params(), seed).fit(data)
    };
    weights!(saved, "neumf-gmf", NeuMf, net(NeuMf::gmf), neumf_answers);
    weights!(saved, "neumf-mlp", NeuMf, net(NeuMf::mlp), neumf_answers);
    weights!(saved, "neumf", NeuMf, net(NeuMf::params), neumf_answers);
    let pretrained = || neumf(NeuMf::params(), 0).pretrain_epochs(2).fit(&rated);
    saved.model("neumf-pretrained", pretrained, neumf_answers);
    let bce = |seed| dmf(seed).fit(&rated);
    weights!(saved, "dmf-bce", Dmf, bce, dmf_answers);
    let nce = |seed| {
        let params = dmf(seed).hidden(vec![10, 9, 8]).item_hidden(vec![7, 8]);
        params.loss(DmfLoss::Nce).fit(&rated)
    };
    weights!(saved, "dmf-nce", Dmf, nce, dmf_answers);
    let params = dmf(0).loss(DmfLoss::Nce);
    saved.model("dmf-nce-events", || params.fit(&events), dmf_answers);
    saved.model("dmf-bce-events", || dmf(0).fit(&events), dmf_answers);
}

guide_core::saved_models!(all);
