//! Pictures of key points and of matches.
