//! What a quantity of a sentence says: an interval, a unit, and how its bound was worded.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// A number in a sentence with its unit and its bound. All spans are ranges of bytes of the sentence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Quantity {
    /// Everything that belongs to it: number, unit, and the words of the bound.
    pub span: Range<usize>,
    /// The number with its unit; of a range, from the first number to the last.
    pub amount: Range<usize>,
    /// The number without unit; of a range or a sum with coins, from the first number to the last.
    pub number: Range<usize>,
    /// The values that it allows.
    pub interval: Interval,
    /// Its unit, or `None` for a bare number.
    pub unit: Option<Unit>,
    /// How the interval was said.
    pub bound: Bound,
}

/// The values between two ends. A missing end is open to infinity.
///
/// ```
/// let below = shopping_guide::quantities("under 50 dollars")[0].interval;
/// assert!(below.contains(49.99) && !below.contains(50.0));
/// let within = shopping_guide::quantities("500元以内")[0].interval;
/// assert!(within.contains(500.0) && !within.contains(500.01));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Interval {
    /// The lowest value.
    pub from: Option<f64>,
    /// The highest value.
    pub to: Option<f64>,
    /// Whether the lowest value is itself allowed.
    pub from_included: bool,
    /// Whether the highest value is itself allowed.
    pub to_included: bool,
}

impl Interval {
    /// The one value, if it is one.
    #[must_use]
    pub fn exact(&self) -> Option<f64> {
        self.from.filter(|from| Some(*from) == self.to)
    }

    /// Whether a value lies in the interval. NaN lies in none.
    #[must_use]
    pub fn contains(&self, value: f64) -> bool {
        let above = self
            .from
            .is_none_or(|from| value > from || self.from_included && value == from);
        let below = self
            .to
            .is_none_or(|to| value < to || self.to_included && value == to);
        above && below && !value.is_nan()
    }
}

/// The unit of a quantity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Unit {
    /// What it measures.
    pub kind: UnitKind,
    /// As written in the sentence, `inch` or 英寸.
    pub written: String,
    /// The normal form: the ISO 4217 code of a currency or the sign that several share (`$`, `¥`, `kr`, `Rs`); the symbol of a
    /// unit of measure (`cm`, `GB`); the English word of what is counted (`pair`); the system of a size (`EU`) or nothing.
    pub symbol: String,
    /// A value times this is in the base unit of the kind, see [`UnitKind`]. 1 for money.
    pub factor: f64,
}

/// What a unit measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum UnitKind {
    /// Money. Coins are converted: 50 cents are 0.5 `$`, 五毛 is 0.5 CNY.
    Money,
    /// Metres.
    Length,
    /// Square metres.
    Area,
    /// Litres.
    Volume,
    /// Kilograms.
    Weight,
    /// Bytes.
    Storage,
    /// Watts.
    Power,
    /// Volts.
    Voltage,
    /// Ampere hours.
    Charge,
    /// Hertz.
    Frequency,
    /// Pixels.
    Pixels,
    /// Degrees Celsius.
    Temperature,
    /// Seconds.
    Duration,
    /// A year of the calendar.
    Date,
    /// Seconds.
    Age,
    /// Parts of one: 20 % are 0.2.
    Percent,
    /// The number of a size of clothes or shoes: `size 42`, 42码.
    Size,
    /// Things: pieces, pairs, boxes.
    Count,
}

/// How a quantity's interval was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Bound {
    /// The number alone.
    Exact,
    /// `about`, 左右, 几百. The interval is the number as said: the tolerance is for the caller.
    About,
    /// `under`, `at most`, 以内.
    AtMost,
    /// `over`, `at least`, 以上.
    AtLeast,
    /// Two ends.
    Between,
}
