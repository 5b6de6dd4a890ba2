//! Category paths: `Home > Kitchen > Cups` lies below `Home > Kitchen` and `Home`.

use super::product::same_but_for_case;

/// What stands between two levels of a path in a catalogue. Readers write every path so.
pub(crate) const BETWEEN: &str = " > ";

/// The paths above `value`, the nearest first. Empty if `value` is no path.
pub(crate) fn ancestors(value: &str) -> impl Iterator<Item = &str> {
    let ends = value.rmatch_indices(BETWEEN).map(|(at, _)| &value[..at]);
    ends.filter(|above| !above.trim().is_empty())
}

/// `value` as a path with [`BETWEEN`] between its levels, which `separator` stands between in `value`.
///
/// Empty levels are dropped, so that `>>` is read as `>`, and `/Home/Kitchen` as `Home > Kitchen`.
pub(crate) fn canonical(value: &str, separator: char) -> String {
    let levels = value.split(separator).map(str::trim);
    let levels: Vec<&str> = levels.filter(|level| !level.is_empty()).collect();
    levels.join(BETWEEN)
}

/// A value that a query asks for: an attribute's value, or a part of a category path.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Place {
    value: String,
    /// The levels of `value` under each way of writing a path.
    readings: Vec<Vec<String>>,
    /// Whether a path must begin with the levels. If not, they may stand anywhere in it.
    from_root: bool,
}

impl Place {
    /// What `value` asks for: the value, and paths that begin with it.
    pub(crate) fn new(value: &str) -> Self {
        let mut readings = vec![vec![value.trim().to_owned()]];
        for separator in ['>', '/', '|'] {
            if value.contains(separator) {
                let levels = value.split(separator).map(str::trim);
                let levels: Vec<String> = levels
                    .filter(|level| !level.is_empty())
                    .map(str::to_owned)
                    .collect();
                if !levels.is_empty() {
                    readings.push(levels);
                }
            }
        }
        Self {
            value: value.to_owned(),
            readings,
            from_root: true,
        }
    }

    /// The same, for paths that have the levels anywhere, as `Kitchen` stands in `Home > Kitchen > Cups`.
    pub(crate) fn at_any_level(self) -> Self {
        Self {
            from_root: false,
            ..self
        }
    }

    /// Whether a product's value is the one asked for or lies below it. Case is ignored.
    pub(crate) fn holds(&self, own: &str) -> bool {
        self.found_in(own).is_some()
    }

    /// The part of a product's value that is asked for: the whole value, or the path to the last level that was asked for.
    pub(crate) fn found_in<'o>(&self, own: &'o str) -> Option<&'o str> {
        if same_but_for_case(own, &self.value) {
            return Some(own);
        }
        if !own.contains(BETWEEN) {
            return None;
        }
        // The levels, with the place at which each ends.
        let mut end = 0;
        let levels: Vec<(&str, usize)> = own
            .split(BETWEEN)
            .map(|level| {
                end += level.len();
                let ends = end;
                end += BETWEEN.len();
                (level.trim(), ends)
            })
            .collect();
        self.readings.iter().find_map(|asked| {
            let same = |own: &&[(&str, usize)]| {
                let mut pairs = own.iter().zip(asked);
                pairs.all(|((own, _), asked)| same_but_for_case(own, asked))
            };
            let mut windows = levels.windows(asked.len());
            let found = match self.from_root {
                true => windows.next().filter(same),
                false => windows.find(same),
            };
            found.and_then(|found| own.get(..found.last()?.1))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_lies_below_each_of_its_beginnings() {
        let above: Vec<&str> = ancestors("Home > Kitchen > Cups").collect();
        assert_eq!(above, ["Home > Kitchen", "Home"]);
        for no_path in ["a>b", " > b", "", "a"] {
            assert_eq!(ancestors(no_path).count(), 0, "{no_path}");
        }
        for asked in [
            "Home",
            "home > KITCHEN",
            "Home/Kitchen",
            "Home|Kitchen",
            "Home>Kitchen>Cups",
        ] {
            assert!(Place::new(asked).holds("Home > Kitchen > Cups"), "{asked}");
        }
        for asked in [
            "Kitchen",
            "Hom",
            "Home > Cups",
            "Home > Kitchen > Cups > Red",
            ">",
            "",
        ] {
            assert!(!Place::new(asked).holds("Home > Kitchen > Cups"), "{asked}");
        }
        let kitchen = Place::new("kitchen").at_any_level();
        assert_eq!(
            kitchen.found_in("Home > Kitchen > Cups"),
            Some("Home > Kitchen")
        );
        assert_eq!(
            Place::new("home/kitchen").found_in("Home > Kitchen > Cups"),
            Some("Home > Kitchen")
        );
        assert!(kitchen.holds("Home > Kitchen > Cups") && !kitchen.holds("Kitchenette"));
        assert!(Place::new("S/M").holds("s/m"));
    }

    #[test]
    fn paths_are_written_in_one_way() {
        assert_eq!(canonical("Home >> Kitchen", '>'), "Home > Kitchen");
        assert_eq!(canonical("/Home/Kitchen/", '/'), "Home > Kitchen");
        assert_eq!(canonical("Home > Kitchen", '>'), "Home > Kitchen");
    }
}
