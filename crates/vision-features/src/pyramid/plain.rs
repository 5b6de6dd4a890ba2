//! The two passes of a blur. Sums run over the taps from first to last for every pixel, whatever the width of a register.

/// Pixels that are summed side by side.
const ACROSS: usize = 16;

/// `out[r][x] = Σ_t taps[t] rows[r + t][x]`: `R` rows of a blur down the columns.
#[inline(always)]
pub(super) fn columns<const R: usize>(rows: &[&[f32]], taps: &[f32], mut out: [&mut [f32]; R]) {
    let width = out[0].len();
    let whole = width - width % ACROSS;
    // Row `t` weighs `taps[t - r]` in the sum `r`, which is nothing where there is no such tap.
    let weights = |t: usize| -> [f32; R] {
        std::array::from_fn(|r| {
            t.checked_sub(r)
                .and_then(|t| taps.get(t))
                .map_or(0.0, |&tap| tap)
        })
    };
    let weights: Vec<[f32; R]> = (0..rows.len()).map(weights).collect();
    for x in (0..whole).step_by(ACROSS) {
        let mut sums = [[0.0_f32; ACROSS]; R];
        for (row, weights) in rows.iter().zip(&weights) {
            let Some(values) = row[x..].first_chunk::<ACROSS>() else {
                return;
            };
            for (sums, &weight) in sums.iter_mut().zip(weights) {
                for (sum, &value) in sums.iter_mut().zip(values) {
                    *sum += weight * value;
                }
            }
        }
        for (out, sums) in out.iter_mut().zip(&sums) {
            out[x..x + ACROSS].copy_from_slice(sums);
        }
    }
    for x in whole..width {
        let mut sums = [0.0_f32; R];
        for (row, weights) in rows.iter().zip(&weights) {
            for (sum, &weight) in sums.iter_mut().zip(weights) {
                *sum += weight * row[x];
            }
        }
        for (out, sum) in out.iter_mut().zip(sums) {
            out[x] = sum;
        }
    }
}

/// `out[x] = Σ_t taps[t] row[x + t]`: one row of a blur along it; `row` is longer by the reach of the taps on both sides.
#[inline(always)]
pub(super) fn along(row: &[f32], taps: &[f32], out: &mut [f32]) {
    const WIDE: usize = 2 * ACROSS;
    let width = out.len();
    let whole = width - width % WIDE;
    for x in (0..whole).step_by(WIDE) {
        let mut sums = [0.0_f32; WIDE];
        for (t, &tap) in taps.iter().enumerate() {
            let Some(values) = row[x + t..].first_chunk::<WIDE>() else {
                return;
            };
            for (sum, &value) in sums.iter_mut().zip(values) {
                *sum += tap * value;
            }
        }
        out[x..x + WIDE].copy_from_slice(&sums);
    }
    for x in whole..width {
        let values = &row[x..x + taps.len()];
        out[x] = taps
            .iter()
            .zip(values)
            .fold(0.0, |sum, (tap, value)| sum + tap * value);
    }
}
