//! What the inner loops share: rounding, and the choice at run time between a loop and its twin for AVX2.

/// 1.5 · 2^23: added to a number below 2^22, the low bits of the sum are that number rounded half to even.
pub(crate) const ROUND: f32 = 12_582_912.0;

/// Writes `$name`, which runs `$avx2` where the processor has AVX2 and `$plain` elsewhere.
///
/// With `=` the twin is `$plain` itself, compiled a second time; with `or` it stands beside. Neither may fuse sums, so that
/// both give the same bits.
macro_rules! twice {
    ($name:ident, $avx2:ident = $plain:expr; ($($arg:ident: $kind:ty),*) $(-> $out:ty)?) => {
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx2")]
        fn $avx2($($arg: $kind),*) $(-> $out)? {
            $plain($($arg),*)
        }

        $crate::simd::twice!($name, $avx2 or $plain; ($($arg: $kind),*) $(-> $out)?);
    };
    ($name:ident, $avx2:ident or $plain:expr; ($($arg:ident: $kind:ty),*) $(-> $out:ty)?) => {
        #[inline]
        pub(super) fn $name($($arg: $kind),*) $(-> $out)? {
            #[cfg(target_arch = "x86_64")]
            if std::arch::is_x86_feature_detected!("avx2") {
                // SAFETY: the processor has AVX2, which is all that the callee asks for.
                return unsafe { $avx2($($arg),*) };
            }
            $plain($($arg),*)
        }
    };
}

pub(crate) use twice;
