//! Catalogues: rows that are left out, several labels, rare labels, and hostile pictures.

use std::path::Path;

use guide_core::{Error, testing};
use image::{ExtendedColorType, GrayImage, ImageEncoder, Luma};

use super::load::UNREADABLE;
use super::{Catalogue, CatalogueParams, Loaded, PictureParams, Unreadable};

fn params(labels: &[&str]) -> CatalogueParams {
    let labels = labels.iter().map(|&label| label.to_owned()).collect();
    CatalogueParams::default()
        .extension("png".to_owned())
        .labels(labels)
        .pictures(PictureParams::default().height(1).width(1).channels(1))
}

/// Writes the table and a picture of the value `id` for each of `ids`.
fn catalogue(folder: &Path, table: &str, ids: &[u8]) -> Catalogue {
    let path = folder.join("styles.csv");
    std::fs::write(&path, table).unwrap();
    for &id in ids {
        let picture = GrayImage::from_pixel(3, 2, Luma([id]));
        picture.save(folder.join(format!("{id}.png"))).unwrap();
    }
    Catalogue::new(path, folder)
}

fn read(table: &str, ids: &[u8], params: &CatalogueParams) -> Result<Loaded, String> {
    let folder = tempfile::tempdir().unwrap();
    let catalogue = catalogue(folder.path(), table, ids);
    let path = format!("{}/", folder.path().display());
    let read = catalogue.read(params);
    read.map_err(|error| error.to_string().replace(&path, ""))
}

#[test]
fn what_is_left_out_is_counted_with_its_first_line() {
    let table = "id,type,color,name\n\
        1,coat,red,a coat, warm\n\
        2,hat,,a hat\n\
        ,hat,red,no picture\n\
        3,NULL,,nothing\n\
        4,hat,blue,\n\
        5,hat,red,missing\n\
        4,hat,blue,again\n\
        6,coat\n";
    let params = params(&["type", "color"])
        .kept(vec!["name".to_owned()])
        .text_column("name".to_owned());
    let folder = tempfile::tempdir().unwrap();
    let catalogue = catalogue(folder.path(), table, &[1, 2, 3, 4, 6]);
    let refused = catalogue.read(&params).unwrap_err().to_string();
    assert!(
        refused.contains("5.png: ") && refused.contains("line 7 of "),
        "{refused}"
    );
    let params = params.unreadable(Unreadable::Skip);
    let read = catalogue.read(&params).unwrap();
    let pictures = &read.pictures;
    assert_eq!(pictures.all_pixels(), [1, 4, 4]);
    assert_eq!(pictures.labels("type").unwrap().of(), [0, 1, 1]);
    let colors = pictures.labels("color").unwrap();
    assert_eq!(
        (colors.classes(), colors.of()),
        (&["blue".to_owned(), "red".to_owned()][..], &[1, 0, 0][..])
    );
    assert_eq!(
        pictures.texts("name").unwrap(),
        ["a coat, warm", "", "again"]
    );
    assert_eq!(pictures.name(0), Some("1"));
    let missing = folder.path().join("5.png");
    let told = format!(
        "1 rows with unquoted separators, joined in one text (first: line 2); \
         2 rows without `color` left out (first: line 3); \
         1 rows without `id` left out (first: line 4); \
         1 rows without `type` left out (first: line 5); \
         1 rows without a picture file left out (first: line 7, {}); \
         1 rows with a picture of an earlier row, kept (first: line 8)",
        missing.display()
    );
    assert_eq!(read.notes.to_string(), told);
    // Without a text column the first row has more fields than columns.
    let strict = catalogue.read(&params.text_column(String::new())).unwrap();
    assert_eq!(strict.pictures.len(), 2);
    assert_eq!(
        strict
            .notes
            .of("rows with more fields than columns left out"),
        1
    );
}

#[test]
fn rare_labels_are_left_out_until_none_is_left() {
    // Blue is rare, and without its row hats are rare, too.
    let table = "id,type,color\n1,coat,red\n2,coat,red\n3,hat,blue\n4,hat,red\n5,coat,red\n";
    let read = read(
        table,
        &[1, 2, 3, 4, 5],
        &params(&["type", "color"]).min_examples(2),
    )
    .unwrap();
    assert_eq!(read.pictures.all_pixels(), [1, 2, 5]);
    assert_eq!(read.pictures.labels("type").unwrap().classes(), ["coat"]);
    assert_eq!(
        read.notes.to_string(),
        "1 labels of `color` with too few examples left out (first: blue); \
         1 rows of a rare `color` left out (first: line 4); \
         1 labels of `type` with too few examples left out (first: hat); \
         1 rows of a rare `type` left out (first: line 5)"
    );
}

#[test]
fn columns_and_paths_are_checked() {
    let table = "id,type\n../1,coat\n1,coat\n";
    let refused = |table, params: &CatalogueParams| read(table, &[1], params).unwrap_err();
    assert_eq!(
        refused(table, &params(&["kind"])),
        "unknown column of styles.csv (there are: id, type) `kind`"
    );
    assert_eq!(
        refused(table, &params(&["type"])),
        "styles.csv:2: the picture `../1.png` is not a path within the folder of pictures"
    );
    let skipped = params(&["type"]).unreadable(Unreadable::Skip);
    let loaded = read(table, &[1], &skipped).unwrap();
    assert_eq!((loaded.pictures.len(), loaded.notes.of(UNREADABLE)), (1, 1));
    assert_eq!(
        refused("id,type\n7,coat\n", &skipped).replace("7.png", ""),
        "catalogue styles.csv, after 1 rows without a picture file left out (first: line 2, ), is empty"
    );
    let bad = [("min_examples", "0"), ("labels", "[]")];
    testing::refuses(&params(&["type"]), &bad);
}

/// A picture of 24 x 20 pixels of this kind, as PNG.
fn png(kind: ExtendedColorType, bytes: &[u8], exif: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = image::codecs::png::PngEncoder::new(&mut file);
    if !exif.is_empty() {
        encoder.set_exif_metadata(exif.to_vec()).unwrap();
    }
    encoder.write_image(bytes, 24, 20, kind).unwrap();
    file
}

#[test]
fn hostile_files_are_refused_by_name_or_counted() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut jpeg = Vec::new();
    image::codecs::jpeg::JpegEncoder::new(&mut jpeg)
        .write_image(&[9; 480], 24, 20, ExtendedColorType::L8)
        .unwrap();
    let mut huge = png(ExtendedColorType::L8, &[9; 480], &[]);
    huge[16..24].copy_from_slice(&[0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30]);
    let crc = crc32fast::hash(&huge[12..29]);
    huge[29..33].copy_from_slice(&crc.to_be_bytes());
    let files: [(&str, Vec<u8>, &str); 5] = [
        (
            "cut.jpg",
            jpeg[..jpeg.len() - 3].to_vec(),
            "the JPEG was cut off before its end",
        ),
        (
            "huge.jpg",
            huge,
            "a picture of 30000x30000 pixels; at most 67108864 (max_pixels) are read. Make it smaller and try again",
        ),
        (
            "text.jpg",
            b"not a picture".to_vec(),
            "its first bytes are of no picture that is known; only PNG and JPEG are read",
        ),
        ("empty.jpg", vec![], "the file is empty"),
        (
            "page.jpg",
            b"<!DOCTYPE html><html>".to_vec(),
            "HTML page; only PNG and JPEG are read: the server sent a page in place of the data; download the file itself",
        ),
    ];
    let table = folder.join("table.csv");
    let params = params(&["type"]).extension("jpg".to_owned());
    std::fs::write(folder.join("good.jpg"), &jpeg).unwrap();
    let mut rows = "id,type\ngood,a\n".to_owned();
    for (name, bytes, reason) in &files {
        std::fs::write(folder.join(name), bytes).unwrap();
        let stem = name.trim_end_matches(".jpg");
        std::fs::write(&table, format!("id,type\ngood,a\n{stem},b\n")).unwrap();
        let error = Catalogue::new(&table, folder).read(&params).unwrap_err();
        let path = folder.join(name);
        let told = format!("{}: not a readable picture: {reason}", path.display());
        assert_eq!(error.to_string(), told);
        assert!(matches!(error, Error::Picture { .. }));
        rows += &format!("{stem},b\n");
    }
    std::fs::write(&table, rows).unwrap();
    let skipped = params.unreadable(Unreadable::Skip);
    let read = Catalogue::new(&table, folder).read(&skipped).unwrap();
    assert_eq!((read.pictures.len(), read.notes.of(UNREADABLE)), (1, 5));
    assert_eq!(read.pictures.labels("type").unwrap().classes(), ["a"]);
}

#[test]
fn every_kind_of_picture_is_read() {
    let params = PictureParams::default().height(20).width(24);
    let read = |bytes: &[u8]| params.decode(bytes).unwrap();
    let red = |rgb: [u8; 3]| rgb.repeat(480);
    for (kind, pixel, expected) in [
        (ExtendedColorType::L8, &[9][..], [9; 3]),
        (ExtendedColorType::La8, &[9, 0], [255; 3]),
        (ExtendedColorType::Rgb8, &[200, 1, 2], [200, 1, 2]),
        (ExtendedColorType::Rgba8, &[200, 1, 2, 255], [200, 1, 2]),
        (ExtendedColorType::Rgba8, &[0, 0, 0, 51], [204; 3]),
        (ExtendedColorType::L16, &[7, 7], [7; 3]),
        (
            ExtendedColorType::Rgb16,
            &[200, 200, 1, 1, 2, 2],
            [200, 1, 2],
        ),
    ] {
        assert_eq!(
            read(&png(kind, &pixel.repeat(480), &[])),
            red(expected),
            "{kind:?}"
        );
    }
    // A camera held upright (EXIF orientation 6): 24 x 20 becomes 20 x 24.
    let exif = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let mut pixels = [0; 480];
    pixels[..24].fill(255); // the first row becomes the last column
    let upright = PictureParams::default().height(24).width(20).channels(1);
    let read = upright
        .decode(&png(ExtendedColorType::L8, &pixels, exif))
        .unwrap();
    for row in read.chunks(20) {
        assert_eq!((row[18], row[19]), (0, 255));
    }
}
