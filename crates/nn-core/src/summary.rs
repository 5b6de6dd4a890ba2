//! The table of a model's layers, as Keras prints it.

use std::fmt;

use crate::{Layer, Shape, WeightId, Weights};

/// Layers, output shapes and numbers of parameters; its `Display` is the table. A tensor that two layers share counts in the row of
/// each, and once in the sums.
///
/// ```
/// use nn_core::{Activation, Dense, Init, Sequential, Weights, summary};
/// let mut weights = Weights::new();
/// let net = Sequential::new(&[64])
///     .push(Dense::new(&mut weights, "0", 64, 32, Init::GlorotUniform, 0))?
///     .push(Activation::Relu)?;
/// let table = summary("tower", &net, &weights, net.input()).to_string();
/// assert!(table.contains("│ dense (Dense)                    │ (None, 32)              │         2,080 │"));
/// assert!(table.contains(" Total params: 2,080 (8.12 KB)"));
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Summary {
    name: String,
    rows: Vec<Row>,
    /// Each tensor once, with its numbers and whether they are trained.
    tensors: Vec<(WeightId, usize, bool)>,
}

#[derive(Clone, Debug)]
struct Row {
    kind: &'static str,
    shape: Vec<usize>,
    count: usize,
}

/// The table of `layer` for inputs of this shape.
pub fn summary(name: &str, layer: &dyn Layer, weights: &Weights, input: Shape) -> Summary {
    let mut summary = Summary::new(name);
    layer.describe(input, weights, &mut summary);
    summary
}

impl Summary {
    /// A table without rows for a model of this name.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            rows: Vec::new(),
            tensors: Vec::new(),
        }
    }

    /// Adds a layer of this kind and output shape (the batch axis left out) with these tensors.
    pub fn row(
        &mut self,
        kind: &'static str,
        shape: &[usize],
        weights: &Weights,
        ids: &[WeightId],
    ) {
        let count = |id: &WeightId| weights.get(*id).len();
        self.rows.push(Row {
            kind,
            shape: shape.to_vec(),
            count: ids.iter().map(count).sum(),
        });
        for &id in ids {
            if self.tensors.iter().all(|&(known, ..)| known != id) {
                self.tensors
                    .push((id, count(&id), weights.role(id).is_trained()));
            }
        }
    }

    /// Trained numbers and buffers, those of a shared tensor once.
    pub fn params(&self) -> (usize, usize) {
        let sum = |trained: bool| {
            let tensors = self.tensors.iter().filter(|tensor| tensor.2 == trained);
            tensors.map(|tensor| tensor.1).sum()
        };
        (sum(true), sum(false))
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
            let params = thousands(row.count);
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
