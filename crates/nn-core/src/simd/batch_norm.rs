//! The passes of batch normalisation over one block of rows. The loops are plain and compiled for the processor at hand; every path does the
//! same operations in the same order.

use super::{Isa, Kernel, Lanes, run};

/// Mean of each column, and the sum of squares about it.
pub(crate) fn moments(x: &[f32], mean: &mut [f32], squares: &mut [f32]) {
    run(Isa::detect(), Moments { x, mean, squares });
}

struct Moments<'a> {
    x: &'a [f32],
    mean: &'a mut [f32],
    squares: &'a mut [f32],
}

impl Kernel for Moments<'_> {
    type Output = ();

    #[inline(always)]
    fn with<V: Lanes>(self) {
        let Self { x, mean, squares } = self;
        let channels = mean.len();
        mean.fill(0.0);
        squares.fill(0.0);
        for row in x.chunks_exact(channels) {
            mean.iter_mut().zip(row).for_each(|(mean, x)| *mean += x);
        }
        let n = (x.len() / channels).max(1) as f32;
        mean.iter_mut().for_each(|mean| *mean /= n);
        for row in x.chunks_exact(channels) {
            for ((square, x), mean) in squares.iter_mut().zip(row).zip(&*mean) {
                let apart = x - mean;
                *square += apart * apart;
            }
        }
    }
}

/// `y = (x − mean) factor + shift` by column; `coefficients` are these three.
pub(crate) fn scale_and_shift(coefficients: [&[f32]; 3], x: &[f32], y: &mut [f32]) {
    run(Isa::detect(), ScaleAndShift { coefficients, x, y });
}

struct ScaleAndShift<'a> {
    coefficients: [&'a [f32]; 3],
    x: &'a [f32],
    y: &'a mut [f32],
}

impl Kernel for ScaleAndShift<'_> {
    type Output = ();

    #[inline(always)]
    fn with<V: Lanes>(self) {
        let [mean, factor, shift] = self.coefficients;
        let channels = mean.len();
        let rows = self
            .y
            .chunks_exact_mut(channels)
            .zip(self.x.chunks_exact(channels));
        for (y, x) in rows {
            let inputs = x.iter().zip(mean).zip(factor.iter().zip(shift));
            for (y, ((x, mean), (factor, shift))) in y.iter_mut().zip(inputs) {
                *y = (x - mean) * factor + shift;
            }
        }
    }
}

/// `Σ dy` and `Σ dy (x − mean)` of each column.
pub(crate) fn sums(mean: &[f32], x: &[f32], dy: &[f32], sum: &mut [f32], along: &mut [f32]) {
    run(
        Isa::detect(),
        Sums {
            mean,
            x,
            dy,
            sum,
            along,
        },
    );
}

struct Sums<'a> {
    mean: &'a [f32],
    x: &'a [f32],
    dy: &'a [f32],
    sum: &'a mut [f32],
    along: &'a mut [f32],
}

impl Kernel for Sums<'_> {
    type Output = ();

    #[inline(always)]
    fn with<V: Lanes>(self) {
        let Self {
            mean,
            x,
            dy,
            sum,
            along,
        } = self;
        sum.fill(0.0);
        along.fill(0.0);
        let channels = mean.len();
        for (x, dy) in x.chunks_exact(channels).zip(dy.chunks_exact(channels)) {
            let inputs = x.iter().zip(dy).zip(mean);
            for ((sum, along), ((x, dy), mean)) in sum.iter_mut().zip(&mut *along).zip(inputs) {
                *sum += dy;
                *along += dy * (x - mean);
            }
        }
    }
}

/// `dx = factor dy − shift − (x − mean) slope` by column; `coefficients` are mean, factor, shift and slope.
pub(crate) fn input_gradient(coefficients: [&[f32]; 4], x: &[f32], dy: &[f32], dx: &mut [f32]) {
    run(
        Isa::detect(),
        InputGradient {
            coefficients,
            x,
            dy,
            dx,
        },
    );
}

struct InputGradient<'a> {
    coefficients: [&'a [f32]; 4],
    x: &'a [f32],
    dy: &'a [f32],
    dx: &'a mut [f32],
}

impl Kernel for InputGradient<'_> {
    type Output = ();

    #[inline(always)]
    fn with<V: Lanes>(self) {
        let [mean, factor, shift, slope] = self.coefficients;
        let channels = mean.len();
        let inputs = self
            .x
            .chunks_exact(channels)
            .zip(self.dy.chunks_exact(channels));
        for (dx, (x, dy)) in self.dx.chunks_exact_mut(channels).zip(inputs) {
            let by_column = mean.iter().zip(factor).zip(shift.iter().zip(slope));
            for ((dx, (x, dy)), ((mean, factor), (shift, slope))) in
                dx.iter_mut().zip(x.iter().zip(dy)).zip(by_column)
            {
                *dx = factor * dy - shift - (x - mean) * slope;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::random;

    #[test]
    fn every_path_gives_the_same_bits() {
        for (rows, channels) in [(0, 3), (1, 1), (7, 5), (40, 16), (33, 67)] {
            let (x, dy) = (random(rows * channels, 1), random(rows * channels, 2));
            let by_column: Vec<Vec<f32>> = (3..7).map(|seed| random(channels, seed)).collect();
            let [mean, factor, shift, slope] = [0, 1, 2, 3].map(|place| &by_column[place][..]);
            let of = |isa| {
                let mut sums = vec![vec![0.0; channels]; 4];
                let mut arrays = vec![vec![0.0; x.len()]; 2];
                let [a, b, c, d] = &mut sums[..] else {
                    return (sums, arrays);
                };
                run(
                    isa,
                    Moments {
                        x: &x,
                        mean: a,
                        squares: b,
                    },
                );
                run(
                    isa,
                    Sums {
                        mean,
                        x: &x,
                        dy: &dy,
                        sum: c,
                        along: d,
                    },
                );
                let [y, dx] = &mut arrays[..] else {
                    return (sums, arrays);
                };
                run(
                    isa,
                    ScaleAndShift {
                        coefficients: [mean, factor, shift],
                        x: &x,
                        y,
                    },
                );
                run(
                    isa,
                    InputGradient {
                        coefficients: [mean, factor, shift, slope],
                        x: &x,
                        dy: &dy,
                        dx,
                    },
                );
                (sums, arrays)
            };
            let all = Isa::all();
            let plain = of(all[0]);
            for &isa in &all[1..] {
                assert_eq!(of(isa), plain, "{isa:?}, {rows} rows of {channels}");
            }
        }
    }
}
