//! The same passes compiled a second time for AVX2, chosen at run time. No fused sums, so both forms give the same bits.
#![allow(unsafe_code)]

use super::plain;

/// Writes the run-time choice between the fast form of a kernel and its plain twin.
macro_rules! twice {
    ($name:ident, $avx2:ident = $plain:expr; ($($arg:ident: $kind:ty),*)) => {
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx2")]
        fn $avx2($($arg: $kind),*) {
            $plain($($arg),*)
        }

        pub(super) fn $name($($arg: $kind),*) {
            #[cfg(target_arch = "x86_64")]
            if std::arch::is_x86_feature_detected!("avx2") {
                // SAFETY: the processor has AVX2, which is all that the callee asks for.
                return unsafe { $avx2($($arg),*) };
            }
            $plain($($arg),*)
        }
    };
}

twice!(columns_4, columns_4_avx2 = plain::columns; (rows: &[&[f32]], taps: &[f32], out: [&mut [f32]; 4]));
twice!(columns_1, columns_1_avx2 = plain::columns; (rows: &[&[f32]], taps: &[f32], out: [&mut [f32]; 1]));
twice!(along, along_avx2 = plain::along; (row: &[f32], taps: &[f32], out: &mut [f32]));
