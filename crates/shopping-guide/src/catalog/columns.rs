//! Which columns of a table of products have which role: said by the caller.

use guide_core::table::TableFormat;

/// Which columns of a table are what. What is not said is guessed from the headings and the values.
///
/// A column is named by its heading, without regard to case, spaces and punctuation, or by its number: `#3` is the third.
///
/// ```
/// use shopping_guide::{Catalog, CatalogColumns};
/// let table = "Artikel;Titel;Preis\n7;Tasse;4,5\n";
/// let columns = CatalogColumns::default().id("Artikel").title("Titel").price("Preis");
/// let (catalog, report) = Catalog::read_from(table.as_bytes(), &columns)?;
/// let cup = catalog.get("7").unwrap();
/// assert_eq!((cup.title.as_str(), cup.price, report.kept), ("Tasse", Some(4.5), 1));
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct CatalogColumns {
    /// The product's id.
    pub id: Option<String>,
    /// Its title.
    pub title: Option<String>,
    /// A longer text.
    pub text: Option<String>,
    /// Its regular price, used where the sale price is empty.
    pub price: Option<String>,
    /// Its reduced price.
    pub sale_price: Option<String>,
    /// Where its picture is.
    pub picture: Option<String>,
    /// When it was created or published.
    pub time: Option<String>,
    /// What is in stock: a number of pieces, or words such as `in stock` and `sold out`.
    pub stock: Option<String>,
    /// Whether it is on sale: words such as `active`, `draft`, `archived`, `published`.
    pub status: Option<String>,
    /// The variant group, for example Shopify's `Handle`.
    pub group: Option<String>,
    /// The store view or language of a row. Rows of one product in several languages are one product.
    pub store_view: Option<String>,
    /// All columns that are attributes. `None`: chosen by [`Catalog::read`](crate::Catalog::read), together with `forced`.
    pub attributes: Option<Vec<String>>,
    /// Columns that are attributes whatever their values are.
    pub forced: Vec<String>,
    /// Columns that are not read.
    pub ignored: Vec<String>,
    /// How the table is written.
    pub format: TableFormat,
}

macro_rules! roles {
    ($($(#[$doc:meta])* $role:ident),* $(,)?) => {
        $(
            $(#[$doc])*
            #[must_use]
            pub fn $role(mut self, heading: impl Into<String>) -> Self {
                self.$role = Some(heading.into());
                self
            }
        )*
    };
}

impl CatalogColumns {
    roles! {
        /// Says the column of the id.
        id,
        /// Says the column of the title.
        title,
        /// Says the column of the longer text.
        text,
        /// Says the column of the regular price.
        price,
        /// Says the column of the reduced price.
        sale_price,
        /// Says the column of the picture.
        picture,
        /// Says the column of the time at which the product was created or published.
        time,
        /// Says the column of the stock.
        stock,
        /// Says the column of the status.
        status,
        /// Says the column of the variant group.
        group,
        /// Says the column of the store view or language.
        store_view,
    }

    /// Says the columns that are attributes, and that no other column is.
    #[must_use]
    pub fn attributes<S: Into<String>>(mut self, headings: impl IntoIterator<Item = S>) -> Self {
        self.attributes = Some(headings.into_iter().map(Into::into).collect());
        self
    }

    /// Says that a column is an attribute, whatever its values are. The others are chosen as before.
    #[must_use]
    pub fn attribute(mut self, heading: impl Into<String>) -> Self {
        self.forced.push(heading.into());
        self
    }

    /// Says that a column is not read.
    #[must_use]
    pub fn ignore(mut self, heading: impl Into<String>) -> Self {
        self.ignored.push(heading.into());
        self
    }

    /// Says how the table is written.
    #[must_use]
    pub fn format(mut self, format: TableFormat) -> Self {
        self.format = format;
        self
    }
}
