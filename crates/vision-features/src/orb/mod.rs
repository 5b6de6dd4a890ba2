//! ORB: oriented FAST corners and rotated BRIEF bits (Rublee, Rabaud, Konolige, Bradski 2011).
