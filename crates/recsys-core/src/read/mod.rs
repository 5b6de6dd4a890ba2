//! Readers: files become [`Records`](crate::Records) line by line, plain or gzip by their content.
//!
//! A byte order mark, CRLF and empty lines are taken in stride; anything else that does not read, a line of more than 16 MiB too, is
//! [`Error::Parse`](guide_core::Error::Parse) with the file, the line and the reason, and a file without a record is
//! [`Error::Empty`](guide_core::Error::Empty). To read a test file so that the numbers mean what they mean in
//! training, give the training ids to the `_with` form: known names keep their numbers, new ones come behind.

mod adjacency;
mod delimited;
mod lines;
mod negatives;

pub use adjacency::{adjacency, adjacency_with};
pub use delimited::Delimited;
pub use negatives::negatives;
