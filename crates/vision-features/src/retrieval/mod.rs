//! Which product is in this photo: visual words, and a second look by geometry.
