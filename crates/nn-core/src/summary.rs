//! The table of a model's layers, as Keras prints it.

use std::fmt;

use crate::{Weights, count};

/// Layers, output shapes and numbers of parameters; its `Display` is the table.
///
/// ```
/// use nn_core::{Activation, Dense, Init, Layer, summary};
/// let net = Dense::new(64, 32, Init::GlorotUniform, 0).then(Activation::Relu.layer());
/// let table = summary("tower", &net, &[64]).to_string();
/// assert!(table.contains("│ dense (Dense)                    │ (None, 32)              │         2,080 │"));
/// assert!(table.contains(" Total params: 2,080 (8.12 KB)"));
/// ```
#[derive(Clone, Debug)]
pub struct Summary {
    name: String,
    shape: Vec<usize>,
    rows: Vec<Row>,
}

#[derive(Clone, Debug)]
struct Row {
    kind: &'static str,
    shape: Vec<usize>,
    trained: usize,
    buffers: usize,
}

/// The summary of `layer` for inputs of `shape`, the batch axis left out.
pub fn summary(name: &str, layer: &impl crate::Layer, shape: &[usize]) -> Summary {
    let mut summary = Summary::new(name, shape);
    layer.describe(&mut summary);
    summary
}

impl Summary {
    /// A table without rows for a model of this name, whose input has this shape, the batch axis left out.
    pub fn new(name: &str, shape: &[usize]) -> Self {
        Self {
            name: name.to_owned(),
            shape: shape.to_vec(),
            rows: Vec::new(),
        }
    }

    /// The output shape of the last row: the input shape of the next.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Adds a layer of this kind and output shape, the batch axis left out.
    pub fn row(&mut self, kind: &'static str, shape: &[usize], layer: &dyn Weights) {
        let (trained, buffers) = count(layer);
        self.shape = shape.to_vec();
        self.rows.push(Row {
            kind,
            shape: shape.to_vec(),
            trained,
            buffers,
        });
    }

    /// Adds a layer that keeps the shape.
    pub fn same(&mut self, kind: &'static str, layer: &dyn Weights) {
        let shape = self.shape.clone();
        self.row(kind, &shape, layer);
    }

    /// Trained numbers and buffers of all rows.
    pub fn params(&self) -> (usize, usize) {
        self.rows.iter().fold((0, 0), |(trained, buffers), row| {
            (trained + row.trained, buffers + row.buffers)
        })
    }

    /// The layer's name: its kind in small letters, numbered from the second on.
    fn label(&self, index: usize) -> (String, String) {
        let kind = self.rows[index].kind;
        let earlier = self.rows[..index]
            .iter()
            .filter(|row| row.kind == kind)
            .count();
        let mut name = String::new();
        let mut after_small = false;
        for letter in kind.chars() {
            if letter.is_uppercase() && after_small {
                name.push('_');
            }
            after_small = letter.is_lowercase();
            name.extend(letter.to_lowercase());
        }
        if earlier > 0 {
            name.push_str(&format!("_{earlier}"));
        }
        (name, format!("({kind})"))
    }
}

const WIDTHS: [usize; 3] = [32, 23, 13];

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = |ends: [char; 3], fill: &str| {
            let cells = WIDTHS.map(|width| fill.repeat(width + 2));
            let [left, middle, right] = ends;
            format!("{left}{}{right}", cells.join(&middle.to_string()))
        };
        let cells = |bar: char, cells: [&str; 3]| {
            let [a, b, c] = WIDTHS;
            let [x, y, z] = [fit(cells[0], a), fit(cells[1], b), fit(cells[2], c)];
            format!("{bar} {x:<a$} {bar} {y:<b$} {bar} {z:>c$} {bar}")
        };
        writeln!(f, "Model: \"{}\"", self.name)?;
        writeln!(f, "{}", line(['┏', '┳', '┓'], "━"))?;
        writeln!(
            f,
            "{}",
            cells('┃', ["Layer (type)", "Output Shape", "Param #"])
        )?;
        writeln!(f, "{}", line(['┡', '╇', '┩'], "━"))?;
        for (index, row) in self.rows.iter().enumerate() {
            if index > 0 {
                writeln!(f, "{}", line(['├', '┼', '┤'], "─"))?;
            }
            let axes: Vec<String> = row.shape.iter().map(ToString::to_string).collect();
            let shape = format!("(None, {})", axes.join(", "));
            let params = thousands(row.trained + row.buffers);
            let (name, kind) = self.label(index);
            let label = format!("{name} {kind}");
            if label.chars().count() <= WIDTHS[0] {
                writeln!(f, "{}", cells('│', [&label, &shape, &params]))?;
            } else {
                writeln!(f, "{}", cells('│', [&name, &shape, &params]))?;
                writeln!(f, "{}", cells('│', [&kind, "", ""]))?;
            }
        }
        writeln!(f, "{}", line(['└', '┴', '┘'], "─"))?;
        let (trained, buffers) = self.params();
        let counts = [
            ("Total", trained + buffers),
            ("Trainable", trained),
            ("Non-trainable", buffers),
        ];
        for (what, count) in counts {
            writeln!(
                f,
                " {what} params: {} ({})",
                thousands(count),
                bytes(4 * count)
            )?;
        }
        Ok(())
    }
}

/// The text, cut with a sign when it is too long for its column.
fn fit(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width - 1).chain(['…']).collect()
}

fn thousands(count: usize) -> String {
    let digits = count.to_string();
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .filter_map(|group| std::str::from_utf8(group).ok())
        .collect();
    groups.join(",")
}

fn bytes(count: usize) -> String {
    let (mut size, mut unit) = (count as f64, 0);
    while size >= 1024.0 && unit < 3 {
        (size, unit) = (size / 1024.0, unit + 1);
    }
    format!("{size:.2} {}", ["B", "KB", "MB", "GB"][unit])
}
