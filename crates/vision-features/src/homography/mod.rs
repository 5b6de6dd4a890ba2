//! The projective map between two pictures of a plane, from matches of which some are wrong.
