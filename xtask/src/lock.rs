//! The lock file of the programs in `examples/downstream`, which have dependencies of their own.

/// The lock file `own` with the versions of `ours`. Of `own` alone come packages of which `ours` has no version that would do as well:
/// cargo then drops from the joined file what nothing needs.
pub fn joined(ours: &str, own: &str) -> String {
    let known: Vec<_> = packages(ours).map(name_and_series).collect();
    let is_new = |package: &&str| !known.contains(&name_and_series(package));
    let more = packages(own).filter(is_new);
    more.fold(ours.trim_end().to_owned(), |joined, package| {
        format!("{joined}\n\n[[package]]\n{}", package.trim())
    }) + "\n"
}

fn packages(lock: &str) -> impl Iterator<Item = &str> {
    lock.split("[[package]]").skip(1)
}

/// The name of a package, and the part of its version that changes when programs of an earlier version may no longer build.
fn name_and_series(package: &str) -> (&str, String) {
    let field = |name: &str| {
        let mut fields = package.lines().filter_map(|line| line.split_once(" = "));
        let found = fields.find(|(field, _)| *field == name);
        found.map_or("", |(_, value)| value.trim_matches('"'))
    };
    let numbers: Vec<&str> = field("version").splitn(3, '.').collect();
    let series = match numbers[..] {
        ["0", "0", _] => field("version").to_owned(),
        ["0", minor, _] => format!("0.{minor}"),
        _ => numbers[0].to_owned(),
    };
    (field("name"), series)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_ours_replace_those_that_they_can() {
        let lock = |packages: &[(&str, &str)]| {
            packages
                .iter()
                .fold("version = 4\n".to_owned(), |lock, (name, version)| {
                    format!("{lock}\n[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n")
                })
        };
        let ours = lock(&[("serde", "1.0.9"), ("rand", "0.10.1"), ("syn", "3.0.0")]);
        let own = lock(&[
            ("serde", "1.0.8"),
            ("rand", "0.9.3"),
            ("syn", "2.1.0"),
            ("axum", "0.8.1"),
        ]);
        let expected = lock(&[
            ("serde", "1.0.9"),
            ("rand", "0.10.1"),
            ("syn", "3.0.0"),
            ("rand", "0.9.3"),
            ("syn", "2.1.0"),
            ("axum", "0.8.1"),
        ]);
        assert_eq!(joined(&ours, &own), expected);
        assert_eq!(joined(&ours, &expected), expected);
    }
}
