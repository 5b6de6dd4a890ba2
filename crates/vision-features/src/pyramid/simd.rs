//! The same passes compiled a second time for AVX2, chosen at run time. No fused sums, so both forms give the same bits.
#![allow(unsafe_code)]

use super::plain;
use crate::simd::twice;

twice!(columns_4, columns_4_avx2 = plain::columns; (rows: &[&[f32]], taps: &[f32], out: [&mut [f32]; 4]));
twice!(columns_1, columns_1_avx2 = plain::columns; (rows: &[&[f32]], taps: &[f32], out: [&mut [f32]; 1]));
twice!(along, along_avx2 = plain::along; (row: &[f32], taps: &[f32], out: &mut [f32]));
