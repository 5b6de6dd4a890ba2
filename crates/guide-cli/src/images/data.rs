//! Labelled pictures of any of the known layouts, and the part of them that is tested on.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, ValueEnum};
use guide_core::{Error, printable, printable_path};
use vision_cnn::{
    Catalogue, CatalogueParams, ClassFolder, Framing, LoadNotes, Mnist, PictureParams, Pictures,
    Unreadable, read_cifar10, read_class_folder, read_mnist,
};

use crate::output::log;
use crate::tables::TextTableArgs;
use crate::usage::{at_least_one, usage};

use super::report::without_rare;

/// How a set of pictures is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// The four idx files of MNIST or a set of its form.
    Mnist,
    /// The files of CIFAR-10's binary version.
    Cifar10,
    /// A folder with a folder for each class.
    Folders,
    /// A table with a column of pictures.
    Catalogue,
}

impl Format {
    fn name(self) -> &'static str {
        match self {
            Self::Mnist => "mnist",
            Self::Cifar10 => "cifar10",
            Self::Folders => "folders",
            Self::Catalogue => "catalogue",
        }
    }
}

/// What is done with a picture that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum OnBadPicture {
    /// Ends the command with an error that names the file.
    Stop,
    /// Leaves the picture out and counts it.
    Skip,
}

/// How a picture of another shape is fitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Frame {
    /// The whole picture, its shape changed.
    Stretch,
    /// The largest part in the middle.
    Crop,
    /// The whole picture with a white border.
    Pad,
}

/// Where the pictures are and how they are read.
#[derive(Args)]
pub struct DataArgs {
    /// The pictures: a folder with MNIST's idx files, CIFAR-10's binary files or a folder for each class, or a catalogue (a table with
    /// a column of pictures).
    #[arg(long, value_name = "PATH")]
    pub data: PathBuf,
    /// The layout of --data [default: detected by the names of the files].
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// The folder of a catalogue's pictures [default: `images` beside the table].
    #[arg(long, value_name = "DIR")]
    images: Option<PathBuf>,
    /// The columns of a catalogue's labels, separated by commas: a head for each.
    #[arg(long, value_name = "NAMES", value_delimiter = ',', value_parser = crate::usage::listed)]
    labels: Vec<String>,
    /// The column of a catalogue that names the picture [default: id].
    #[arg(long, value_name = "NAME")]
    picture_column: Option<String>,
    /// What follows a dot after the value of the picture column, for example jpg.
    #[arg(long, value_name = "ENDING")]
    extension: Option<String>,
    /// The column of free text to which the surplus fields of a row belong [default: such rows are left out].
    #[arg(long, value_name = "NAME")]
    text_column: Option<String>,
    #[command(flatten)]
    tables: TextTableArgs,
    /// Rows of a picture [default: 64; eval: as the network was trained].
    #[arg(long, value_parser = at_least_one())]
    height: Option<usize>,
    /// Columns of a picture [default: 64; eval: as the network was trained].
    #[arg(long, value_parser = at_least_one())]
    width: Option<usize>,
    /// Read the pictures of folders and catalogues in grey.
    #[arg(long)]
    grey: bool,
    /// How pictures of another shape are fitted [default: stretch]. `eval` does not know how the network was trained: say the same.
    #[arg(long, value_enum)]
    frame: Option<Frame>,
    /// What is done with a picture that cannot be read or is not there [default: stop].
    #[arg(long, value_enum)]
    on_bad_picture: Option<OnBadPicture>,
    /// Leave out labels with fewer pictures.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = at_least_one())]
    min_count: usize,
}

/// What a trained network says of the pictures it takes.
pub struct Wanted {
    /// Height, width and channels.
    pub size: [usize; 3],
    /// The names of the sets of labels.
    pub labels: Vec<String>,
}

/// Pictures that were read.
pub struct Read {
    /// To train on, or all where there is one part only.
    pub pictures: Pictures,
    /// The test part that the data has itself.
    pub test: Option<Pictures>,
    /// The layout.
    pub format: &'static str,
}

/// Rows and columns of a picture unless said.
const SIDE: usize = 64;

impl DataArgs {
    /// All files and folders that are read, by their flags.
    pub fn inputs(&self) -> Vec<(&'static str, &Path)> {
        let images = self.images.as_deref().map(|images| ("--images", images));
        [("--data", self.data.as_path())]
            .into_iter()
            .chain(images)
            .collect()
    }

    /// The folders whose files are read, each with its flag. Without --images a catalogue has its pictures in the folder `images` beside the table.
    pub fn folders(&self) -> Vec<(&'static str, PathBuf)> {
        let mut folders = vec![("--data", self.data.clone())];
        match &self.images {
            Some(images) => folders.push(("--images", images.clone())),
            None if self.data.is_dir() => {}
            None => folders.push(("--data", self.data.with_file_name("images"))),
        }
        folders.retain(|(_, folder)| folder.is_dir());
        folders
    }

    /// Reads the pictures in the size that a trained network wants, if there is one. What was left out, and what was found out about the
    /// layout, is said on standard error.
    ///
    /// # Errors
    /// A usage error for flags that do not go with the layout; those of the readers.
    pub fn read(&self, wanted: Option<&Wanted>) -> anyhow::Result<Read> {
        let format = match self.format {
            Some(format) => format,
            None => {
                let format = guess(&self.data)?;
                let (path, name) = (printable_path(&self.data), format.name());
                log(&format!("{path}: read as {name} (--format says another)"));
                format
            }
        };
        self.check(format)?;
        let mut notes = LoadNotes::default();
        let (pictures, test) = match format {
            Format::Mnist => {
                let Mnist { train, test, .. } = read_mnist(&self.data)?;
                (train, Some(test))
            }
            Format::Cifar10 => self.cifar10()?,
            Format::Folders => {
                let params = ClassFolder::default()
                    .pictures(self.pictures(wanted))
                    .unreadable(self.unreadable());
                let read = read_class_folder(&self.data, &params)?;
                notes = read.notes;
                (read.pictures, None)
            }
            Format::Catalogue => {
                let read = self.catalogue(wanted)?;
                notes = read.notes;
                (read.pictures, None)
            }
        };
        for (what, count, first) in notes.iter() {
            let path = printable_path(&self.data);
            let (what, first) = (printable(what), printable(first));
            log(&format!("{path}: {count} {what} (first: {first})"));
        }
        let rare = |pictures: Pictures| -> anyhow::Result<Pictures> {
            match self.min_count {
                0 | 1 => Ok(pictures),
                least => Ok(without_rare(pictures, least)?),
            }
        };
        // A catalogue has left them out before it decoded the pictures, but those that cannot be read are rare afterwards.
        let pictures = rare(pictures)?;
        if pictures.is_empty() {
            return Err(usage(format!(
                "--min-count {}: no label has so many pictures",
                self.min_count
            )));
        }
        Ok(Read {
            pictures,
            test,
            format: format.name(),
        })
    }

    /// Refuses flags that another layout has.
    fn check(&self, format: Format) -> anyhow::Result<()> {
        let is_sized = matches!(format, Format::Folders | Format::Catalogue);
        let of_files = [
            ("--height", self.height.is_some()),
            ("--width", self.width.is_some()),
            ("--grey", self.grey),
            ("--frame", self.frame.is_some()),
            ("--on-bad-picture", self.on_bad_picture.is_some()),
        ];
        let of_catalogues = [
            ("--labels", !self.labels.is_empty()),
            ("--images", self.images.is_some()),
            ("--extension", self.extension.is_some()),
            ("--picture-column", self.picture_column.is_some()),
            ("--text-column", self.text_column.is_some()),
            self.tables.first_given(),
        ];
        let wrong = |flags: &[(&'static str, bool)]| flags.iter().find(|flag| flag.1).map(|f| f.0);
        if let Some(flag) = wrong(&of_files).filter(|_| !is_sized) {
            let name = format.name();
            return Err(usage(format!(
                "{flag}: pictures of the layout {name} have their own size and colours, and are in one file"
            )));
        }
        if let Some(flag) = wrong(&of_catalogues).filter(|_| format != Format::Catalogue) {
            let name = format.name();
            return Err(usage(format!(
                "{flag}: only a catalogue has it, and {} is read as {name} (--format)",
                printable_path(&self.data)
            )));
        }
        Ok(())
    }

    fn pictures(&self, wanted: Option<&Wanted>) -> PictureParams {
        let [height, width, channels] = match wanted {
            Some(wanted) => wanted.size,
            None => [SIDE, SIDE, 3],
        };
        PictureParams::default()
            .height(self.height.unwrap_or(height))
            .width(self.width.unwrap_or(width))
            .channels(if self.grey { 1 } else { channels })
            .framing(match self.frame {
                None | Some(Frame::Stretch) => Framing::Stretch,
                Some(Frame::Crop) => Framing::Crop,
                Some(Frame::Pad) => Framing::Pad,
            })
    }

    fn unreadable(&self) -> Unreadable {
        match self.on_bad_picture {
            None | Some(OnBadPicture::Stop) => Unreadable::Refuse,
            Some(OnBadPicture::Skip) => Unreadable::Skip,
        }
    }

    fn catalogue(&self, wanted: Option<&Wanted>) -> anyhow::Result<vision_cnn::Loaded> {
        let labels = match wanted {
            Some(wanted) if self.labels.is_empty() => wanted.labels.clone(),
            _ => self.labels.clone(),
        };
        if labels.is_empty() {
            return Err(usage(
                "--labels: say which columns of the catalogue are labels",
            ));
        }
        let images = match &self.images {
            Some(images) => images.clone(),
            None => {
                let images = self.data.with_file_name("images");
                if !images.is_dir() {
                    let path = printable_path(&images);
                    return Err(usage(format!(
                        "--images: say where the pictures are; there is no folder {path}"
                    )));
                }
                let path = printable_path(&images);
                log(&format!(
                    "the pictures are looked for in {path} (--images says another)"
                ));
                images
            }
        };
        let extension = self.extension.as_deref().unwrap_or_default();
        let params = CatalogueParams::default()
            .picture_column(
                self.picture_column
                    .clone()
                    .unwrap_or_else(|| "id".to_owned()),
            )
            .extension(extension.trim_start_matches('.').to_owned())
            .labels(labels)
            .text_column(self.text_column.clone().unwrap_or_default())
            .min_examples(self.min_count)
            .pictures(self.pictures(wanted))
            .unreadable(self.unreadable());
        let catalogue = Catalogue::new(&self.data, &images).format(self.tables.format()?);
        Ok(catalogue.read(&params)?)
    }

    /// The files `data_batch_*` and the file `test_batch`, or one file.
    fn cifar10(&self) -> anyhow::Result<(Pictures, Option<Pictures>)> {
        if self.data.is_file() {
            return Ok((read_cifar10(&[&self.data])?, None));
        }
        let (mut train, mut test, mut passed_over) = (Vec::new(), Vec::new(), Vec::new());
        let names = names_in(&self.data)?;
        for name in &names {
            // A file that was unpacked beside its archive holds the same pictures.
            let plain = name.strip_suffix(".gz");
            let is_twice = plain.is_some_and(|plain| names.iter().any(|other| other == plain));
            match cifar_part(name).filter(|_| !is_twice) {
                Some(CifarPart::Train) => train.push(self.data.join(name)),
                Some(CifarPart::Test) => test.push(self.data.join(name)),
                None => passed_over.push(name),
            }
        }
        if let Some(first) = passed_over.first() {
            let (path, first) = (printable_path(&self.data), printable(first));
            let count = passed_over.len();
            log(&format!(
                "{path}: {count} other files are not read (first: {first})"
            ));
        }
        if train.is_empty() {
            let what = format!("{}: the list of data_batch_*.bin", self.data.display());
            return Err(Error::empty(what).into());
        }
        let test = match test.is_empty() {
            true => None,
            false => Some(read_cifar10(&test)?),
        };
        Ok((read_cifar10(&train)?, test))
    }
}

enum CifarPart {
    Train,
    Test,
}

fn cifar_part(name: &str) -> Option<CifarPart> {
    let plain = name.strip_suffix(".gz").unwrap_or(name);
    let stem = plain.strip_suffix(".bin")?;
    match stem {
        "test_batch" => Some(CifarPart::Test),
        stem if stem.starts_with("data_batch") => Some(CifarPart::Train),
        _ => None,
    }
}

/// The names in a folder, sorted.
fn names_in(folder: &Path) -> anyhow::Result<Vec<String>> {
    let entries = std::fs::read_dir(folder).map_err(|error| Error::io(folder, error))?;
    let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    let mut names = names
        .collect::<std::io::Result<Vec<String>>>()
        .with_context(|| folder.display().to_string())?;
    names.sort_unstable();
    Ok(names)
}

/// The layout of what lies at `path`, by the names that are there.
fn guess(path: &Path) -> anyhow::Result<Format> {
    if !path.is_dir() {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        std::fs::metadata(path).map_err(|error| Error::io(path, error))?;
        return Ok(match cifar_part(&name) {
            Some(_) => Format::Cifar10,
            None => Format::Catalogue,
        });
    }
    let names = names_in(path)?;
    if names.iter().any(|name| name.starts_with("train-images")) {
        return Ok(Format::Mnist);
    }
    if names.iter().any(|name| cifar_part(name).is_some()) {
        return Ok(Format::Cifar10);
    }
    let is_class = |name: &&String| !name.starts_with('.') && path.join(name).is_dir();
    if names.iter().filter(is_class).count() > 1 {
        return Ok(Format::Folders);
    }
    let path = printable_path(path);
    Err(usage(format!(
        "--data {path}: neither train-images-idx3-ubyte nor data_batch_1.bin nor two folders of classes are in it; for a catalogue, name its table; --format says what it is"
    )))
}
