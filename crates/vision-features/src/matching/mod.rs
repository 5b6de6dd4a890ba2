//! Nearest descriptors by brute force, and which of them to believe.
