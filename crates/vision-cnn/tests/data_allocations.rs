//! Batches of pictures take no memory once each thread has worked on a picture.
#![allow(clippy::unwrap_used)]

use std::alloc::System;

use cap::Cap;
use vision_cnn::{Augment, Border, Normalization, PictureBatches, Pictures};

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

#[test]
fn a_batch_allocates_nothing() {
    let pixels = (0..64 * 40 * 30 * 3).map(|i| (i * 7 % 251) as u8).collect();
    let pictures = Pictures::new([40, 30, 3], pixels, vec![]).unwrap();
    let plain = PictureBatches::new(&pictures, Normalization::imagenet()).unwrap();
    let augment = Augment::default()
        .crop_area([0.3, 1.0])
        .flip(0.5)
        .rotation(10.0)
        .shift(3)
        .border(Border::White)
        .brightness(0.2)
        .contrast(0.2)
        .erase(0.5);
    let indices: Vec<usize> = (0..64).collect();
    for batches in [
        plain.clone(),
        plain.clone().size(32, 24).unwrap(),
        plain.augment(augment).unwrap(),
    ] {
        let len: usize = batches.shape().iter().product();
        let mut batch = vec![0.0; 64 * len];
        let allocated = guide_core::testing::on_threads(2, || {
            let mut before = 0;
            for epoch in 0..40 {
                // In the first batches each thread meets its first picture and the queues of the threads are filled.
                if epoch == 20 {
                    before = ALLOCATOR.total_allocated();
                }
                batches.batch(&indices, epoch, &mut batch).unwrap();
            }
            ALLOCATOR.total_allocated() - before
        });
        assert_eq!(allocated, 0, "{:?}", batches.shape());
    }
}
