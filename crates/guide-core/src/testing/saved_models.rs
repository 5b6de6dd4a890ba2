//! Committed model files: each must load with every later version of the code and give the same answers.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::{Persist, Result};

/// Largest difference of an answer from the recorded one, of `max(1, |recorded|)`.
const TOLERANCE: f64 = 1e-5;

/// What a model answers, by name: numbers to 7 digits, and words.
///
/// ```
/// let mut answers = guide_core::testing::Answers::default();
/// answers.numbers("ratings of ann", [3.5, 4.0]);
/// answers.words("nearest to coat", ["jacket"]);
/// ```
#[derive(Debug, Default)]
pub struct Answers(Map<String, Value>);

impl Answers {
    /// Adds numbers.
    ///
    /// # Panics
    /// If the name is taken or a number is not finite.
    pub fn numbers(&mut self, name: &str, values: impl IntoIterator<Item = f32>) {
        let to_json = |value: f32| {
            assert!(value.is_finite(), "`{name}` has {value}");
            let rounded: f64 = format!("{value:.6e}").parse().unwrap_or_default();
            json!(rounded)
        };
        self.add(name, values.into_iter().map(to_json).collect());
    }

    /// Adds words.
    ///
    /// # Panics
    /// If the name is taken.
    pub fn words<W: Into<String>>(&mut self, name: &str, words: impl IntoIterator<Item = W>) {
        let words = words.into_iter().map(|word| Value::String(word.into()));
        self.add(name, words.collect());
    }

    fn add(&mut self, name: &str, values: Vec<Value>) {
        let before = self.0.insert(name.to_owned(), Value::Array(values));
        assert!(before.is_none(), "two answers are named `{name}`");
    }
}

/// What is done with the committed files.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Task {
    Check,
    WriteMissing,
}

/// A folder of committed model files `NAME-vVERSION.model`, each with its recorded answers in `NAME-vVERSION.json`.
///
/// A crate lists its models once, in a function that [`saved_models!`](crate::saved_models) calls. A file that is there is never overwritten.
///
/// # Panics
/// All methods panic if a check fails, as tests do.
pub struct SavedModels {
    folder: PathBuf,
    task: Task,
    /// Names of the files that were looked at.
    seen: BTreeSet<String>,
}

impl SavedModels {
    /// Checks the files of `folder`.
    pub fn check(folder: impl AsRef<Path>) -> Self {
        Self::new(folder.as_ref(), Task::Check)
    }

    /// Trains and writes what `folder` does not hold yet.
    pub fn write_missing(folder: impl AsRef<Path>) -> Self {
        let created = std::fs::create_dir_all(folder.as_ref());
        assert!(
            created.is_ok(),
            "{}: {created:?}",
            folder.as_ref().display()
        );
        Self::new(folder.as_ref(), Task::WriteMissing)
    }

    fn new(folder: &Path, task: Task) -> Self {
        Self {
            folder: folder.to_owned(),
            task,
            seen: BTreeSet::new(),
        }
    }

    /// One model: the file of the current version must be there, and the files of all versions must answer as recorded.
    pub fn model<M: Persist>(
        &mut self,
        name: &str,
        train: impl FnOnce() -> Result<M>,
        answers: impl Fn(&M) -> Result<Answers>,
    ) {
        let current = self.path_of::<M>(name);
        if self.task == Task::WriteMissing && !current.exists() {
            let model = done(name, train());
            done(name, model.save(&current));
        }
        for version in 1..=M::VERSION {
            let stem = format!("{name}-v{version}");
            let file = format!("{stem}.model");
            let path = self.folder.join(&file);
            if !path.exists() {
                assert!(
                    version < M::VERSION,
                    "{file} is missing: write it before the format changes"
                );
                continue;
            }
            let model = done(&file, M::load(&path));
            self.seen.insert(file.clone());
            self.answers(&stem, done(&file, answers(&model)));
        }
    }

    /// The path of the model file `NAME-vVERSION.model` of the current version.
    pub fn path_of<M: Persist>(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}-v{}.model", M::VERSION))
    }

    /// The path of a file of another kind, written by `write` if it is missing and missing files are to be written.
    pub fn file(&mut self, name: &str, write: impl FnOnce(&Path) -> Result<()>) -> PathBuf {
        let path = self.folder.join(name);
        if self.task == Task::WriteMissing && !path.exists() {
            done(name, write(&path));
        }
        assert!(path.exists(), "{name} is missing");
        self.seen.insert(name.to_owned());
        path
    }

    /// Compares `answers` with those in `STEM.json`: words must be equal, numbers within 1e-5 of `max(1, |recorded|)`.
    pub fn answers(&mut self, stem: &str, answers: Answers) {
        let name = format!("{stem}.json");
        let path = self.folder.join(&name);
        let got = Value::Object(answers.0);
        if self.task == Task::WriteMissing && !path.exists() {
            done(&name, std::fs::write(&path, format!("{got}\n")));
        }
        let text = done(&name, std::fs::read_to_string(&path));
        let recorded = serde_json::from_str::<Value>(&text);
        if let Err(difference) = same(&done(&name, recorded), &got) {
            panic!("{name}: {difference}");
        }
        self.seen.insert(name);
    }

    /// Asserts that every `.model`, `.json` and `.safetensors` file of the folder was checked.
    pub fn finish(self) {
        let folder = self.folder.display().to_string();
        for entry in done(&folder, std::fs::read_dir(&self.folder)) {
            let name = done(&folder, entry).file_name();
            let name = name.to_string_lossy();
            let ours = [".model", ".json", ".safetensors"]
                .iter()
                .any(|end| name.ends_with(end));
            assert!(
                !ours || self.seen.contains(&*name),
                "{folder}: nothing checks {name}"
            );
        }
    }
}

/// Makes the two tests of a crate's committed models: one checks all files of its folder `tests/fixtures`, an ignored one writes those that
/// are missing, for the first time or after a raise of a `VERSION`.
///
/// The argument is a function that lists the models: `fn all(saved: &mut SavedModels)`.
#[macro_export]
macro_rules! saved_models {
    ($all:path) => {
        #[test]
        fn committed_models_answer_as_recorded() {
            let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");
            let mut saved = $crate::testing::SavedModels::check(folder);
            $all(&mut saved);
            saved.finish();
        }

        #[test]
        #[ignore = "writes the files that are missing: cargo test -p CRATE --test saved_models -- --ignored"]
        fn write_missing_models() {
            let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");
            let mut saved = $crate::testing::SavedModels::write_missing(folder);
            $all(&mut saved);
            saved.finish();
        }
    };
}

fn done<T>(what: &str, result: std::result::Result<T, impl Display>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{what}: {error}"),
    }
}

/// Where `got` differs from `recorded`.
fn same(recorded: &Value, got: &Value) -> std::result::Result<(), String> {
    match (recorded, got) {
        (Value::Object(a), Value::Object(b)) => {
            if !a.keys().eq(b.keys()) {
                let names = |map: &Map<String, Value>| map.keys().cloned().collect::<Vec<_>>();
                return Err(format!("recorded are {:?}, not {:?}", names(a), names(b)));
            }
            let mut both = a.iter().zip(b.values());
            both.try_for_each(|((name, a), b)| {
                same(a, b).map_err(|reason| format!("`{name}` {reason}"))
            })
        }
        (Value::Array(a), Value::Array(b)) => {
            if a.len() != b.len() {
                return Err(format!("has {} values, recorded are {}", b.len(), a.len()));
            }
            let mut both = a.iter().zip(b).enumerate();
            both.try_for_each(|(at, (a, b))| {
                same(a, b).map_err(|reason| format!("at {at} {reason}"))
            })
        }
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (
                a.as_f64().unwrap_or(f64::NAN),
                b.as_f64().unwrap_or(f64::NAN),
            );
            if (a - b).abs() <= TOLERANCE * a.abs().max(1.0) {
                Ok(())
            } else {
                Err(format!("is {b}, recorded is {a}"))
            }
        }
        (a, b) if a == b => Ok(()),
        (a, b) => Err(format!("is {b}, recorded is {a}")),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize)]
    struct Line {
        slope: f32,
    }

    impl Persist for Line {
        const KIND: &'static str = "line";
        const VERSION: u16 = 1;

        fn check(&self) -> Result<()> {
            Ok(())
        }
    }

    fn check(saved: &mut SavedModels, slope: f32, add: f32) {
        let train = || Ok(Line { slope });
        saved.model("line", train, |line| {
            let mut answers = Answers::default();
            answers.numbers("at 1 and 2", [line.slope + add, 2.0 * line.slope]);
            answers.words("names", ["a"]);
            Ok(answers)
        });
    }

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        check(&mut SavedModels::write_missing(folder.path()), 0.5, 0.0);
        folder
    }

    #[test]
    fn a_file_is_written_once_and_checked() {
        let folder = folder();
        // The second training is not written: the file still answers as the first.
        check(&mut SavedModels::write_missing(folder.path()), 7.0, 0.0);
        let mut saved = SavedModels::check(folder.path());
        check(&mut saved, 9.0, 9e-6);
        saved.finish();
    }

    #[test]
    #[should_panic(expected = "line-v1.json: `at 1 and 2` at 0 is 0.50002, recorded is 0.5")]
    fn a_changed_answer_is_found() {
        check(&mut SavedModels::check(folder().path()), 0.5, 2e-5);
    }

    #[test]
    #[should_panic(expected = "line-v1.model is missing")]
    fn a_missing_file_is_found() {
        check(
            &mut SavedModels::check(tempfile::tempdir().unwrap().path()),
            0.5,
            0.0,
        );
    }

    #[test]
    #[should_panic(expected = "nothing checks other-v1.model")]
    fn a_file_without_a_check_is_found() {
        let folder = folder();
        std::fs::write(folder.path().join("other-v1.model"), "").unwrap();
        let mut saved = SavedModels::check(folder.path());
        check(&mut saved, 0.5, 0.0);
        saved.finish();
    }

    #[test]
    fn differences_are_named() {
        let differs = |a: Value, b: Value| same(&a, &b).unwrap_err();
        assert_eq!(
            differs(json!({"a": [1.0]}), json!({"a": [1.0, 2.0]})),
            "`a` has 2 values, recorded are 1"
        );
        assert_eq!(
            differs(json!({"a": []}), json!({"b": []})),
            r#"recorded are ["a"], not ["b"]"#
        );
        assert_eq!(
            differs(json!(["x"]), json!(["y"])),
            r#"at 0 is "y", recorded is "x""#
        );
        assert_eq!(same(&json!(1e6), &json!(1e6 + 1.0)), Ok(()));
    }
}
