//! The plain twins of the fast kernels: what they compute, one number at a time.

/// [`dot`](super::dot), one number at a time.
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// [`axpy`](super::axpy), one number at a time.
pub fn axpy(alpha: f32, x: &[f32], y: &mut [f32]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y += alpha * x;
    }
}

/// [`axpy_both`](super::axpy_both), one number at a time.
pub fn axpy_both(alpha: f32, beta: f32, x: &[f32], y: &mut [f32], z: &mut [f32]) {
    axpy(alpha, x, y);
    axpy(beta, x, z);
}

/// [`rating_step`](super::rating_step), one number at a time.
pub fn rating_step(
    p: &mut [f32],
    q: &mut [f32],
    target: f32,
    scale: f32,
    rate: f32,
    decay: f32,
) -> f32 {
    let error = target - scale * dot(p, q);
    factor_step(p, q, scale * rate * error, decay);
    error
}

/// [`factor_step`](super::factor_step), one number at a time.
pub fn factor_step(p: &mut [f32], q: &mut [f32], step: f32, decay: f32) {
    for (p, q) in p.iter_mut().zip(q) {
        let (old_p, old_q) = (*p, *q);
        *p = decay * old_p + step * old_q;
        *q = decay * old_q + step * old_p;
    }
}

/// [`pair_step`](super::pair_step), one number at a time.
pub fn pair_step(u: &mut [f32], i: &mut [f32], j: &mut [f32], step: f32, decay: f32) {
    for ((u, i), j) in u.iter_mut().zip(i).zip(j) {
        let (old_u, old_i, old_j) = (*u, *i, *j);
        *u = decay * old_u + step * (old_i - old_j);
        *i = decay * old_i + step * old_u;
        *j = decay * old_j - step * old_u;
    }
}

/// [`gemv`](super::gemv), one number at a time.
pub fn gemv(a: &[f32], x: &[f32], y: &mut [f32]) {
    for (row, y) in y.iter_mut().enumerate() {
        *y = dot(&a[row * x.len()..(row + 1) * x.len()], x);
    }
}

/// [`residual_pull`](super::residual_pull), one number at a time.
pub fn residual_pull(
    rows: &[f32],
    weights: &[f32],
    targets: &[f32],
    x: &[f32],
    out: &mut [f32],
) -> f64 {
    let mut pull = 0.0;
    if x.is_empty() {
        return pull;
    }
    for ((row, weight), target) in rows.chunks_exact(x.len()).zip(weights).zip(targets) {
        let product = dot(row, x);
        pull += f64::from(target * product);
        axpy(target - weight * product, row, out);
    }
    pull
}

/// [`squared_distance`](super::squared_distance), one number at a time.
pub fn squared_distance(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(x, y)| (x - y) * (x - y)).sum()
}

/// [`count_from`](super::count_from), one number at a time.
pub fn count_from(numbers: &[f32], least: f32) -> usize {
    numbers.iter().filter(|&&number| number >= least).count()
}

/// [`places_from`](super::places_from), one number at a time.
pub fn places_from(numbers: &[f32], least: f32, places: &mut Vec<u32>) {
    let numbered = (0..).zip(numbers);
    places.extend(
        numbered
            .filter(|&(_, &number)| number >= least)
            .map(|(place, _)| place),
    );
}

/// [`byte_dots`](super::byte_dots), one number at a time.
pub fn byte_dots(rows: &[i8], x: &[i16], y: &mut [i32]) {
    if x.is_empty() {
        return y.fill(0);
    }
    for (y, row) in y.iter_mut().zip(rows.chunks_exact(x.len())) {
        *y = row
            .iter()
            .zip(x)
            .map(|(&a, &b)| i32::from(a) * i32::from(b))
            .sum();
    }
}

/// [`matmul`](super::matmul), one number at a time: `c[i, j] = Σ_k a[i, k] b[k, j]`.
pub fn matmul(
    a: ndarray::ArrayView2<'_, f32>,
    b: ndarray::ArrayView2<'_, f32>,
) -> ndarray::Array2<f32> {
    ndarray::Array2::from_shape_fn((a.nrows(), b.ncols()), |(i, j)| {
        (0..a.ncols()).map(|k| a[[i, k]] * b[[k, j]]).sum()
    })
}

/// [`logistic_step`](super::logistic_step), one number at a time.
pub fn logistic_step(
    (x, inputs): (&[f32], &[u32]),
    (y, outputs): (&mut [f32], &[u32]),
    dim: usize,
    labels: &[f32],
    rate: f32,
    errors: &mut [f32],
    pull: &mut [f32],
) {
    let row = |number: u32| number as usize * dim..(number as usize + 1) * dim;
    let pairs = || (0..inputs.len()).flat_map(|i| (0..outputs.len()).map(move |j| (i, j)));
    pull.fill(0.0);
    for (error, (i, j)) in errors.iter_mut().zip(pairs()) {
        let (x, y) = (&x[row(inputs[i])], &y[row(outputs[j])]);
        *error = rate * (labels[j] - 1.0 / (1.0 + (-dot(x, y)).exp()));
        axpy(*error, y, &mut pull[row(i as u32)]);
    }
    for (error, (i, j)) in errors.iter().zip(pairs()) {
        axpy(*error, &x[row(inputs[i])], &mut y[row(outputs[j])]);
    }
}
