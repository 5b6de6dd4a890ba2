//! The negatives of the sampled protocol: one test interaction a line, with the items it is ranked among.

use std::path::Path;

use guide_core::table::TableSource;
use guide_core::{Error, Result};

use super::lines::Lines;
use crate::{Ids, ItemId, SampledCase, UserId};

/// Reads lines of `(user,item)⇥negative⇥negative ..`, as the NCF paper's data has them.
///
/// Names in `ids`, those of training, have their numbers; others get numbers behind them, which the models do not know.
///
/// # Errors
/// [`Error::Io`]; [`Error::Parse`] for another form, an empty name and bytes that are not UTF-8; [`Error::Empty`] without a line.
///
/// ```
/// use recsys_core::{Ids, ItemId, SampledCase, UserId, read};
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("test.negative");
/// std::fs::write(&path, "(0,2)\t1\t3\n")?;
/// let cases = read::negatives(&path, &Ids::numbered(1, 4))?;
/// let (user, positive) = (UserId(0), ItemId(2));
/// assert_eq!(cases, [SampledCase { user, positive, negatives: vec![ItemId(1), ItemId(3)] }]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn negatives(path: impl AsRef<Path>, ids: &Ids) -> Result<Vec<SampledCase>> {
    let path = path.as_ref();
    let mut ids = ids.clone();
    let source = TableSource::file(path)?;
    let mut lines = Lines::open(&source, None)?;
    let mut cases = Vec::new();
    while let Some(line) = lines.next()? {
        let mut fields = line
            .split('\t')
            .map(str::trim)
            .filter(|field| !field.is_empty());
        let pair = fields
            .next()
            .and_then(|field| field.strip_prefix('(')?.strip_suffix(')')?.split_once(','));
        let Some((user, positive)) = pair else {
            return Err(lines.error("the line does not start with `(user,item)`"));
        };
        if user.trim().is_empty() {
            return Err(lines.error("the user is empty"));
        }
        if positive.trim().is_empty() {
            return Err(lines.error("the item is empty"));
        }
        let user = UserId(ids.users.insert(user.trim()));
        let positive = ItemId(ids.items.insert(positive.trim()));
        let negatives: Vec<ItemId> = fields.map(|name| ItemId(ids.items.insert(name))).collect();
        if negatives.is_empty() {
            return Err(lines.error("no negative behind `(user,item)`"));
        }
        cases.push(SampledCase {
            user,
            positive,
            negatives,
        });
    }
    if cases.is_empty() {
        return Err(Error::empty(path.display()));
    }
    Ok(cases)
}
