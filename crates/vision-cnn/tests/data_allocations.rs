//! Batches of pictures take no memory once each thread has worked on a picture, and readers none that a header merely claims.
#![allow(clippy::unwrap_used)]

use std::alloc::System;

use cap::Cap;
use vision_cnn::{
    Augment, Border, Normalization, PictureBatches, PictureParams, Pictures, read_idx,
};

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

/// One test: the count is the whole process's, and what the harness allocates to start another test would be counted too.
#[test]
fn claims_and_batches_take_no_memory() {
    a_claim_takes_no_memory();
    a_batch_allocates_nothing();
}

fn a_claim_takes_no_memory() {
    let folder = tempfile::tempdir().unwrap();
    let [images, labels, png] =
        ["images", "labels", "huge.png"].map(|name| folder.path().join(name));
    // 65,535 pictures of 256 x 256 are just below 4 GiB; three bytes are there.
    let head = [0, 0, 8, 3, 0, 0, 255, 255, 0, 0, 1, 0, 0, 0, 1, 0, 7, 7, 7];
    std::fs::write(&images, head).unwrap();
    std::fs::write(&labels, [0, 0, 8, 1, 0, 0, 0, 1, 0]).unwrap();
    // The signature and the header of a PNG of 8,000 x 8,000 grey pixels, with its checksum.
    let header = b"\0\0\0\x0dIHDR\0\0\x1f\x40\0\0\x1f\x40\x08\0\0\0\0";
    let crc = crc32fast::hash(&header[4..]);
    let bytes = [b"\x89PNG\r\n\x1a\n", &header[..], &crc.to_be_bytes()].concat();
    std::fs::write(&png, bytes).unwrap();
    let before = ALLOCATOR.total_allocated();
    let error = read_idx(&images, &labels).unwrap_err().to_string();
    assert!(
        error.ends_with("are 4294901760 bytes of pictures, but 3 are there"),
        "{error}"
    );
    let error = PictureParams::default().read(&png).unwrap_err().to_string();
    assert!(
        error.contains("its header claims 8000x8000 pixels"),
        "{error}"
    );
    let allocated = ALLOCATOR.total_allocated() - before;
    assert!(allocated < 1 << 20, "{allocated} bytes");
}

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
            // Each thread meets each picture of each epoch.
            rayon::broadcast(|_| {
                let mut one = vec![0.0; len];
                for epoch in 0..20 {
                    for index in 0..64 {
                        batches.batch(&[index], epoch, &mut one).unwrap();
                    }
                }
            });
            let mut before = 0;
            for epoch in 0..20 {
                if epoch == 2 {
                    before = ALLOCATOR.total_allocated();
                }
                batches.batch(&indices, epoch, &mut batch).unwrap();
            }
            ALLOCATOR.total_allocated() - before
        });
        assert_eq!(allocated, 0, "{:?}", batches.shape());
    }
}
