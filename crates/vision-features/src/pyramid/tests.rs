use proptest::prelude::*;

use super::*;

type Columns = fn(&[&[f32]], &[f32], [&mut [f32]; 4]);

fn plane(width: usize, height: usize, value: impl Fn(usize, usize) -> f32) -> Plane {
    Plane {
        width,
        height,
        values: (0..width * height)
            .map(|i| value(i % width, i / width))
            .collect(),
    }
}

/// A blur by the book: every pixel from all it reaches, in `f64`.
fn slow_blur(from: &Plane, gaussian: &Gaussian) -> Vec<f64> {
    let r = gaussian.radius() as isize;
    let value = |x: isize, y: isize| -> f64 {
        let mut sum = 0.0;
        for j in -r..=r {
            for i in -r..=r {
                let pixel = from.at(reflect(x + i, from.width), reflect(y + j, from.height));
                let weight = |at: isize| f64::from(gaussian.taps[(at + r) as usize]);
                sum += weight(i) * weight(j) * f64::from(pixel);
            }
        }
        sum
    };
    (0..from.width * from.height)
        .map(|i| value((i % from.width) as isize, (i / from.width) as isize))
        .collect()
}

#[test]
fn mirrors_stand_on_the_outermost_pixels() {
    let seen: Vec<usize> = (-4..8).map(|i| reflect(i, 3)).collect();
    assert_eq!(seen, [0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2, 1]);
    assert_eq!((reflect(-7, 1), reflect(7, 1)), (0, 0));
}

#[test]
fn weights_have_opencvs_count_and_sum_to_one() {
    for (sigma, count) in [
        (1.249, 11),
        (1.2263, 11),
        (1.545, 13),
        (1.9466, 17),
        (2.4525, 21),
        (3.09, 27),
    ] {
        let taps = Gaussian::new(sigma).taps;
        assert_eq!(taps.len(), count, "{sigma}");
        assert!((taps.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        assert!(taps.iter().eq(taps.iter().rev()));
        // The variance of the weights is that of the bell, but for the ends that are cut off.
        let centre = (count / 2) as f32;
        let variance: f32 = taps
            .iter()
            .enumerate()
            .map(|(i, tap)| tap * (i as f32 - centre).powi(2))
            .sum();
        assert!(
            (variance.sqrt() / sigma as f32 - 1.0).abs() < 2e-3,
            "{sigma}: {}",
            variance.sqrt()
        );
    }
}

#[test]
fn doubling_is_linear_between_pixels() {
    let image = GrayImage::new(2, 1, vec![0, 100]).unwrap();
    let mut to = Plane::new(4, 2);
    double(&image, false, &mut to);
    assert_eq!(
        (to.row(0), to.row(1)),
        (
            [0.0, 25.0, 75.0, 100.0].as_slice(),
            [0.0, 25.0, 75.0, 100.0].as_slice()
        )
    );
    double(&image, true, &mut to);
    assert_eq!(to.row(1), [0.0, 50.0, 100.0, 100.0]);

    let column = GrayImage::new(1, 2, vec![0, 100]).unwrap();
    let mut to = Plane::new(2, 4);
    double(&column, false, &mut to);
    assert_eq!(to.values, [0.0, 0.0, 25.0, 25.0, 75.0, 75.0, 100.0, 100.0]);
    double(&column, true, &mut to);
    assert_eq!(
        to.values,
        [0.0, 0.0, 50.0, 50.0, 100.0, 100.0, 100.0, 100.0]
    );
}

#[test]
fn halving_takes_every_second_pixel() {
    let from = plane(5, 3, |x, y| (10 * y + x) as f32);
    let mut to = Plane::new(2, 1);
    halve(&from, &mut to);
    assert_eq!(to.values, [0.0, 2.0]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn blurs_equal_the_book(width in 1_usize..75, height in 1_usize..12, sigma in 0.1_f64..3.5, seed in any::<u32>()) {
        let from = plane(width, height, |x, y| ((seed as usize ^ (x * 7919 + y * 104_729)).wrapping_mul(2_654_435_761) >> 7 & 255) as f32);
        let gaussian = Gaussian::new(sigma);
        let mut to = Plane::new(width, height);
        blur(&from, &gaussian, &mut to);
        for (fast, slow) in to.values.iter().zip(slow_blur(&from, &gaussian)) {
            prop_assert!((f64::from(*fast) - slow).abs() < 2e-4, "{fast} {slow}");
        }
    }

    #[test]
    fn fast_passes_have_the_bits_of_their_plain_twins(width in 0_usize..100, n_taps in 0_usize..15, values in proptest::collection::vec(-300.0_f32..300.0, 2500)) {
        let taps = &values[..2 * n_taps + 1];
        let rows: Vec<&[f32]> = (0..taps.len() + 3).map(|i| &values[40 * i..40 * i + width]).collect();
        let run = |columns: Columns| {
            let mut out = vec![7.0_f32; 4 * width];
            let (a, b) = out.split_at_mut(2 * width);
            let ((a, b), (c, d)) = (a.split_at_mut(width), b.split_at_mut(width));
            columns(&rows, taps, [a, b, c, d]);
            out
        };
        let four = run(simd::columns_4);
        prop_assert_eq!(&four, &run(plain::columns));
        let mut one = vec![7.0; width];
        simd::columns_1(&rows[2..2 + taps.len()], taps, [&mut one]);
        prop_assert_eq!(&one, &four[2 * width..3 * width]);

        let row = &values[100..100 + width + taps.len() - 1];
        let (mut fast, mut slow) = (vec![7.0; width], vec![8.0; width]);
        simd::along(row, taps, &mut fast);
        plain::along(row, taps, &mut slow);
        prop_assert_eq!(fast, slow);
    }
}
