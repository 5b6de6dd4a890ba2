//! A folder of class folders: each holds the pictures of one class and has its name.

use std::path::{Path, PathBuf};

use guide_core::{Error, Result};

use super::load::{LoadNotes, Loaded, Unreadable, decode_all, select};
use super::picture_params::PictureParams;
use super::pictures::{Labels, Pictures};

/// The endings of picture files, in lower case.
const ENDINGS: [&str; 3] = ["jpg", "jpeg", "png"];

/// How a folder of class folders is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClassFolder {
    /// How each file becomes a picture.
    pub pictures: PictureParams,
    /// What is done with pictures that cannot be read and with class folders without pictures.
    pub unreadable: Unreadable,
}

guide_core::setters!(ClassFolder {
    pictures: PictureParams,
    unreadable: Unreadable,
});

/// Reads the pictures of `folder/class/file`. The classes are the names of the folders, sorted by their bytes, and the labels
/// have the name `class`; a picture has the name `class/file`. Files are in the order of their names.
///
/// Files that end in `.jpg`, `.jpeg` or `.png`, in small or capital letters, are pictures. Other files, those whose names begin
/// with a dot, and folders within a class folder are passed over and counted.
///
/// ```
/// use vision_cnn::{ClassFolder, PictureParams, read_class_folder};
/// # let folder = tempfile::tempdir()?;
/// # let folder = folder.path();
/// for (class, grey) in [("night", 10), ("day", 200)] {
///     std::fs::create_dir(folder.join(class))?;
///     image::GrayImage::from_pixel(9, 9, image::Luma([grey])).save(folder.join(class).join("1.png"))?;
/// }
/// let params = ClassFolder::default().pictures(PictureParams::default().height(1).width(1).channels(1));
/// let read = read_class_folder(folder, &params)?;
/// assert_eq!(read.pictures.labels("class")?.classes(), ["day", "night"]);
/// assert_eq!((read.pictures.all_pixels(), read.pictures.name(1)), (&[200, 10][..], Some("night/1.png")));
/// assert_eq!(read.notes.to_string(), "");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`Error::Picture`] with the file for the first picture that cannot be read, and [`Error::Empty`] with the folder for a class
/// without pictures, under [`Unreadable::Refuse`]; [`Error::Empty`] if no picture is left; [`Error::Io`]; [`Error::Param`].
pub fn read_class_folder(folder: impl AsRef<Path>, params: &ClassFolder) -> Result<Loaded> {
    let folder = folder.as_ref();
    let mut notes = LoadNotes::default();
    let (mut paths, mut names, mut of) = (Vec::new(), Vec::new(), Vec::new());
    for class in sorted_entries(folder)? {
        let class_name = file_name(&class);
        if class_name.starts_with('.') || !class.is_dir() {
            notes.count("files outside of class folders passed over", || {
                shown(&class)
            });
            continue;
        }
        if class
            .file_name()
            .is_some_and(|name| name.to_str().is_none())
        {
            let reason = "the name of the class folder is not UTF-8; rename it".to_owned();
            return Err(Error::Picture {
                path: class,
                reason,
            });
        }
        let before = paths.len();
        for path in sorted_entries(&class)? {
            let name = file_name(&path);
            // Neither a folder nor a pipe, which would be waited for; a link that leads nowhere is an error of reading.
            let is_file = std::fs::metadata(&path).map_or(true, |about| about.is_file());
            if !is_picture_name(&name) || !is_file {
                notes.count("files that are no pictures passed over", || shown(&path));
                continue;
            }
            names.push(format!("{class_name}/{name}"));
            of.push(class_name.clone());
            paths.push(path);
        }
        if paths.len() == before {
            if params.unreadable == Unreadable::Refuse {
                return Err(Error::empty(format!("class folder {}", class.display())));
            }
            notes.count(EMPTY_CLASSES, || shown(&class));
        }
    }
    let (pixels, kept) = decode_all(&paths, &params.pictures, params.unreadable, &mut notes)?;
    if kept.is_empty() {
        return Err(Error::empty(format!(
            "folder {}, one folder for each class with .jpg, .jpeg or .png files: it",
            folder.display()
        )));
    }
    let (names, of) = (select(&names, &kept), select(&of, &kept));
    let labels = Labels::from_texts("class", &of);
    let pictures = Pictures::new(params.pictures.size(), pixels, vec![labels])?;
    Ok(Loaded {
        pictures: pictures.with_texts(names, Vec::new()),
        notes,
    })
}

/// The note on class folders without pictures that are left out under [`Unreadable::Skip`].
const EMPTY_CLASSES: &str = "class folders without pictures left out";

/// What a folder holds, in the order of the names' bytes.
fn sorted_entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let io = |source| Error::io(folder, source);
    let entries = std::fs::read_dir(folder).map_err(io)?;
    let paths = entries.map(|entry| Ok(entry?.path()));
    let mut paths: Vec<PathBuf> = paths.collect::<std::io::Result<_>>().map_err(io)?;
    paths.sort_unstable();
    Ok(paths)
}

fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

fn is_picture_name(name: &str) -> bool {
    let ending = name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty());
    ending.is_some_and(|(stem, ending)| {
        !stem.starts_with('.') && ENDINGS.contains(&ending.to_ascii_lowercase().as_str())
    })
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(test)]
mod tests {
    use image::{GrayImage, Luma};

    use super::super::load::UNREADABLE;
    use super::*;

    fn small(unreadable: Unreadable) -> ClassFolder {
        let pictures = PictureParams::default().height(1).width(1).channels(1);
        ClassFolder::default()
            .pictures(pictures)
            .unreadable(unreadable)
    }

    fn save(folder: &Path, file: &str, value: u8) {
        let path = folder.join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let picture = GrayImage::from_pixel(3, 2, Luma([value]));
        picture
            .save_with_format(path, image::ImageFormat::Png)
            .unwrap();
    }

    #[test]
    fn classes_and_files_are_sorted_and_the_rest_is_counted() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        for (value, file) in ["b/2.PNG", "b/10.jpg", "a/x.jpeg", "c/1.png"]
            .into_iter()
            .enumerate()
        {
            save(folder, file, value as u8);
        }
        save(folder, "a/.hidden.png", 9);
        save(folder, "a/more/deep.png", 9);
        save(folder, "top.png", 9);
        std::fs::write(folder.join("b/notes.txt"), "a text").unwrap();
        let read = read_class_folder(folder, &small(Unreadable::Refuse)).unwrap();
        let labels = read.pictures.labels("class").unwrap();
        assert_eq!(
            (labels.classes().len(), labels.of()),
            (3, &[0, 1, 1, 2][..])
        );
        assert_eq!(read.pictures.all_pixels(), [2, 1, 0, 3]);
        assert_eq!(read.pictures.name(1), Some("b/10.jpg"));
        let path = folder.display();
        let told = format!(
            "3 files that are no pictures passed over (first: {path}/a/.hidden.png); \
             1 files outside of class folders passed over (first: {path}/top.png)"
        );
        assert_eq!(read.notes.to_string(), told);
    }

    #[test]
    fn empty_classes_and_texts_are_refused_or_counted() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let refused = |unreadable| {
            let read = read_class_folder(folder, &small(unreadable));
            let message = read.unwrap_err().to_string();
            message.replace(&folder.display().to_string(), "DATA")
        };
        let nothing =
            "folder DATA, one folder for each class with .jpg, .jpeg or .png files: it is empty";
        assert_eq!(refused(Unreadable::Refuse), nothing);
        std::fs::create_dir(folder.join("hats")).unwrap();
        assert_eq!(
            refused(Unreadable::Refuse),
            "class folder DATA/hats is empty"
        );
        assert_eq!(refused(Unreadable::Skip), nothing);
        save(folder, "coats/1.png", 7);
        std::fs::create_dir(folder.join("shoes")).unwrap();
        std::fs::write(folder.join("shoes/1.jpg"), "a text").unwrap();
        let read = read_class_folder(folder, &small(Unreadable::Skip)).unwrap();
        assert_eq!(read.pictures.len(), 1);
        assert_eq!(read.pictures.labels("class").unwrap().classes(), ["coats"]);
        assert_eq!(
            (read.notes.of(UNREADABLE), read.notes.of(EMPTY_CLASSES)),
            (1, 1)
        );
        std::fs::remove_dir(folder.join("hats")).unwrap();
        let error = refused(Unreadable::Refuse);
        assert!(
            error.starts_with("DATA/shoes/1.jpg: not a readable picture: "),
            "{error}"
        );
    }
}
