//! SIFT: blobs of the scale space, described by histograms of gradients (Lowe 2004).
