//! Saves and loads a guide without an import of the trait [`Persist`].

use std::io::{Read, Write};
use std::path::Path;

use guide_core::{Persist, Result};

use super::Guide;

/// The same calls as those of [`Persist`], which a program needs to import only for code that is generic over models.
impl Guide {
    /// Saves the guide to `path`: written to a temporary file beside it, synced, then renamed, so that no half-written file
    /// remains.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io) with the path, [`Error::Memory`](crate::Error::Memory) for a guide above 8 GiB.
    ///
    /// ```
    /// use shopping_guide::{Event, Events, Guide, Query};
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("my.shop");
    /// let orders = [(1, "mug"), (1, "bowl"), (2, "mug")];
    /// let events = Events::new(orders.map(|(shopper, product)| Event::purchase(shopper, product)))?;
    /// let guide = Guide::builder().events(events).build()?;
    /// guide.save(&path)?;
    /// let query = Query::shopper("2");
    /// assert_eq!(Guide::load(&path)?.recommend(&query)?, guide.recommend(&query)?);
    /// # Ok::<(), shopping_guide::Error>(())
    /// ```
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        Persist::save(self, path)
    }

    /// Loads a guide from `path`.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io) or [`Error::File`](crate::Error::File) with the path. The
    /// [kind](crate::Error::kind) of the latter tells a file of another format or version from a damaged one.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        <Self as Persist>::load(path)
    }

    /// Writes the guide, as [`Guide::save`] does.
    ///
    /// # Errors
    /// As [`Guide::save`], without a path.
    pub fn write_to(&self, writer: &mut dyn Write) -> Result<()> {
        Persist::write_to(self, writer)
    }

    /// Reads a guide of at most 8 GiB.
    ///
    /// # Errors
    /// As [`Guide::load`], without a path.
    pub fn read_from(reader: &mut dyn Read) -> Result<Self> {
        <Self as Persist>::read_from(reader)
    }
}
