//! A user who was not trained on: its own vector is fitted, and all else stays.

use guide_core::ndarray::{Array2, s};
use nn_core::{Dense, Grads, Init, Optimizer, OptimizerState};

use crate::pair_net::{Inputs, PairNet, dim};
use crate::pairs::{Columns, Pairs};
use crate::scorer::user_vector;

/// Steps over the whole history.
const STEPS: usize = 200;

/// The vector `[p ; p']` that gives the least loss on `columns` (their users are not looked at), from the mean user on by
/// steps of Adam; its distance from there is held by `pull` times its square.
pub(crate) fn fit_user(net: &PairNet, mean_user: usize, pairs: &Pairs<'_>, pull: f32) -> Vec<f32> {
    let columns: &Columns = &pairs.columns;
    let start = user_vector(net, mean_user);
    let n = columns.items.len();
    if n == 0 {
        return start;
    }
    let n_product = dim(&net.product);
    let mut inputs = net.gather(&vec![mean_user as u32; n], &columns.items);
    // The vector as the bias of a layer without inputs: what an optimiser can move.
    let mut own = Dense::new(0, start.len(), Init::Zeros, 0);
    let mut grads = Grads::of(&own);
    let mut unused = Grads::of(&net.head);
    let mut state = OptimizerState::new(Optimizer::adam(0.05), &own);
    let mut user = start.clone();
    for _ in 0..STEPS {
        put_user(&mut inputs, &user, n_product);
        let (scores, pass) = net.head.forward(&inputs);
        let (_, dy) = pairs.loss(scores, columns, 1.0 / n as f32);
        let d = net.head.backward(&inputs, &pass, &dy, unused.as_mut());
        grads.clear();
        let sum = grads.as_mut()[1].dense();
        add_columns(&d.p, &mut sum[..n_product]);
        add_columns(&d.x, &mut sum[n_product..]);
        for ((g, x), start) in sum.iter_mut().zip(&user).zip(&start) {
            *g += 2.0 * pull * (x - start) / n as f32;
        }
        state.step(&mut own, &mut grads, 1.0);
        if let Some(moved) = &own.bias {
            user = start
                .iter()
                .zip(moved)
                .map(|(start, moved)| start + moved)
                .collect();
        }
    }
    user
}

/// The same user in every pair.
fn put_user(inputs: &mut Inputs, user: &[f32], n_product: usize) {
    let (p, p_tower) = user.split_at(n_product);
    let put = |rows: &mut Array2<f32>, vector: &[f32]| {
        for mut row in rows.slice_mut(s![.., ..vector.len()]).rows_mut() {
            row.iter_mut().zip(vector).for_each(|(x, v)| *x = *v);
        }
    };
    put(&mut inputs.p, p);
    put(&mut inputs.x, p_tower);
}

/// Adds up the first columns of `d`.
fn add_columns(d: &Array2<f32>, sum: &mut [f32]) {
    for row in d.rows() {
        sum.iter_mut().zip(row).for_each(|(sum, d)| *sum += d);
    }
}
