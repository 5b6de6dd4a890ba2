//! The inner loops compiled a second time for AVX2, chosen at run time. No fused sums, so both forms give the same bits.
#![allow(unsafe_code)]

use super::descriptor::{self, Place};
use super::extrema::{self, Extremum};
use super::orientation;
use crate::pyramid::Plane;

/// Writes the run-time choice between the fast form of a loop and its plain twin.
macro_rules! twice {
    ($name:ident, $avx2:ident = $plain:expr; ($($arg:ident: $kind:ty),*) -> $out:ty) => {
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx2")]
        fn $avx2($($arg: $kind),*) -> $out {
            $plain($($arg),*)
        }

        pub(super) fn $name($($arg: $kind),*) -> $out {
            #[cfg(target_arch = "x86_64")]
            if std::arch::is_x86_feature_detected!("avx2") {
                // SAFETY: the processor has AVX2, which is all that the callee asks for.
                return unsafe { $avx2($($arg),*) };
            }
            $plain($($arg),*)
        }
    };
}

twice!(scan_strip, scan_strip_avx2 = extrema::scan_strip; (layers: &[Plane], first: usize, threshold: f32) -> Vec<Extremum>);
twice!(histogram, histogram_avx2 = orientation::histogram; (layer: &Plane, x: usize, y: usize, scale: f32) -> [f32; 36]);
twice!(histograms, histograms_avx2 = descriptor::histograms; (layer: &Plane, place: &Place) -> [[f32; 8]; 36]);
