"""Converts the weights of a recurrent Keras model (3.x) to a safetensors file with PyTorch's names, gate order and layouts.

    python scripts/convert/keras_lstm_to_safetensors.py model.keras weights.safetensors
    python scripts/convert/keras_lstm_to_safetensors.py model.weights.h5 weights.safetensors

Needs numpy, h5py and safetensors, not Keras. The model is a chain of at most one Embedding, then SimpleRNN, LSTM or GRU layers, alone or
in Bidirectional, then at most one Dense (or TimeDistributed Dense) without activation or with softmax. Dropout and input layers
hold no weights.

    embedding.weight                        [words, dim]
    rnn.weight_ih_l0, rnn.weight_hh_l0      [gates * units, inputs], [gates * units, units]
    rnn.bias_ih_l0, rnn.bias_hh_l0          [gates * units]
    output.weight, output.bias              [out, in], [out]

Layers count on as l1, l2, ..; the backward half of Bidirectional ends with _reverse. Gates: LSTM i, f, c, o in Keras and i, f, g, o in
PyTorch are the same; GRU z, r, h becomes r, z, n. Keras's one bias becomes bias_ih, and bias_hh is 0; a GRU with reset_after has both.
A GRU without reset_after has no counterpart in PyTorch: nlp-rnn reads it with `Reset::Before`. A .weights.h5 file does not tell
activations: they must be Keras's defaults.
"""

import io
import json
import sys
import zipfile

import h5py
import numpy as np
from safetensors.numpy import save_file

GATES = {1: "SimpleRNN", 3: "GRU", 4: "LSTM"}
IGNORED = {"InputLayer", "Dropout", "SpatialDropout1D", "Masking", "Activation"}


def fail(reason):
    sys.exit(f"{sys.argv[1]}: {reason}")


def groups(file):
    """The groups of a weights file that are layers with weights, by the layer's name: path and group."""
    found = {}

    def visit(path, item):
        if path.split("/")[-1] == "vars" and isinstance(item, h5py.Group):
            name = item.attrs.get("name")
            found[path[: -len("vars")].rstrip("/")] = name
    file.visititems(visit)
    return found


def variables(group):
    """The arrays of a layer or cell, in the order of their numbers."""
    stored = group["vars"]
    return [np.array(stored[key], dtype=np.float64) for key in sorted(stored, key=int)]


def cell(group, what):
    """Kernel, recurrent kernel and bias (or None) of a recurrent layer, and its gates."""
    arrays = variables(group["cell"])
    if len(arrays) not in (2, 3):
        fail(f"{what}: {len(arrays)} arrays, where a recurrent cell has 2 or 3")
    kernel, recurrent = arrays[:2]
    units = recurrent.shape[0]
    gates = recurrent.shape[1] // max(units, 1)
    if kernel.shape[1] != recurrent.shape[1] or gates * units != recurrent.shape[1] or gates not in GATES:
        fail(f"{what}: kernels of {kernel.shape} and {recurrent.shape} are not those of SimpleRNN, LSTM or GRU")
    return kernel, recurrent, arrays[2] if len(arrays) == 3 else None, gates


def torch_order(array, gates):
    """The last axis with its gates in PyTorch's order."""
    if gates != 3:
        return array
    update, reset, candidate = np.split(array, 3, axis=-1)
    return np.concatenate([reset, update, candidate], axis=-1)


def recurrent_tensors(parts, suffix):
    kernel, recurrent, bias, gates = parts
    width = recurrent.shape[1]
    if bias is None:
        bias = np.zeros(width)
    if bias.ndim == 1:
        bias = np.stack([bias, np.zeros(width)])
    if bias.shape != (2, width):
        fail(f"a bias of {bias.shape} for {width} sums")
    kernel, recurrent, bias = (torch_order(array, gates) for array in (kernel, recurrent, bias))
    return {
        f"rnn.weight_ih{suffix}": kernel.T,
        f"rnn.weight_hh{suffix}": recurrent.T,
        f"rnn.bias_ih{suffix}": bias[0],
        f"rnn.bias_hh{suffix}": bias[1],
    }


def directions(group, path):
    """The cells of a layer: one, or those of Bidirectional."""
    if "forward_layer" in group:
        return [cell(group[name], f"{path}/{name}") for name in ("forward_layer", "backward_layer")]
    return [cell(group, path)]


def is_recurrent(group):
    return "cell" in group or "forward_layer" in group


def chain_of_config(config, file):
    """The layers of a .keras file in their order."""
    paths = {}
    for path, name in groups(file).items():
        paths.setdefault(name, path)
    chain = []
    for layer in config["config"]["layers"]:
        kind, settings = layer["class_name"], layer["config"]
        name = settings["name"]
        if kind in IGNORED:
            continue
        inner = settings["layer"]["config"] if kind in ("Bidirectional", "TimeDistributed") else settings
        what = f"layer `{name}` ({kind})"
        if kind == "Bidirectional" and settings.get("merge_mode") != "concat":
            fail(f"{what}: merge_mode is {settings.get('merge_mode')}, and must be concat")
        wanted = {"SimpleRNN": ("tanh", None), "LSTM": ("tanh", "sigmoid"), "GRU": ("tanh", "sigmoid")}
        inner_kind = settings["layer"]["class_name"] if inner is not settings else kind
        if inner_kind in wanted:
            got = (inner.get("activation"), inner.get("recurrent_activation"))
            if got != wanted[inner_kind]:
                fail(f"{what}: activations {got}, where PyTorch has {wanted[inner_kind]}")
            if inner.get("go_backwards") and kind != "Bidirectional":
                fail(f"{what}: go_backwards has no counterpart outside Bidirectional")
        elif inner_kind == "Dense":
            if inner.get("activation") not in (None, "linear", "softmax"):
                fail(f"{what}: activation {inner['activation']}, and must be linear or softmax")
            if inner is not settings:
                name = inner["name"]
        elif inner_kind != "Embedding":
            fail(f"{what}: only Embedding, SimpleRNN, LSTM, GRU, Bidirectional of them, and Dense are converted")
        if name not in paths:
            fail(f"{what}: its weights are not in the file")
        chain.append((paths[name], file[paths[name]]))
    return chain


def chain_of_weights(file):
    """The layers of a .weights.h5 file: it does not tell their order, which follows from names and widths."""
    tops = {}
    for path in groups(file):
        if "/" in path:
            tops.setdefault("/".join(path.split("/")[:2]), file["/".join(path.split("/")[:2])])
    if not tops:
        fail("no layers in the way of Keras 3; load the model in Keras and save it as .keras")
    number = lambda path: int(path.rsplit("_", 1)[1]) if path.rsplit("_", 1)[-1].isdigit() else 0
    recurrent = sorted((path for path in tops if is_recurrent(tops[path])), key=number)
    classes = {path.removesuffix(f"_{number(path)}") for path in recurrent}
    if len(classes) > 1:
        fail("layers of several kinds, whose order the file does not tell; save the model as .keras")
    plain = [path for path in tops if path not in recurrent and "vars" in tops[path] and len(tops[path]["vars"])]
    embedding = [path for path in plain if len(tops[path]["vars"]) == 1]
    dense = [path for path in plain if len(tops[path]["vars"]) == 2]
    others = set(plain) - set(embedding) - set(dense)
    if others or len(embedding) > 1 or len(dense) > 1:
        fail(f"layers {sorted(plain)} beside {recurrent}: at most one Embedding and one Dense are converted")
    return [(path, tops[path]) for path in embedding + recurrent + dense]


def convert(chain):
    tensors, level, width = {}, 0, None
    for path, group in chain:
        if is_recurrent(group):
            if "output.weight" in tensors:
                fail(f"{path}: a recurrent layer behind Dense")
            parts = directions(group, path)
            for part, end in zip(parts, ("", "_reverse")):
                if width is not None and part[0].shape[0] != width:
                    fail(f"{path}: {part[0].shape[0]} inputs behind a layer of {width}")
                tensors |= recurrent_tensors(part, f"_l{level}{end}")
            width = sum(part[1].shape[0] for part in parts)
            level += 1
            continue
        if "layer" in group and "vars" not in group:
            group = group["layer"]
        arrays = variables(group)
        if len(arrays) == 1 and not tensors:
            tensors["embedding.weight"], width = arrays[0], arrays[0].shape[1]
        elif len(arrays) == 2 and level > 0 and "output.weight" not in tensors:
            if arrays[0].shape[0] != width:
                fail(f"{path}: {arrays[0].shape[0]} inputs behind a layer of {width}")
            tensors |= {"output.weight": arrays[0].T, "output.bias": arrays[1]}
        else:
            fail(f"{path}: not an Embedding in front, nor one Dense with bias behind the recurrent layers")
    if level == 0:
        fail("no recurrent layer")
    return {name: np.ascontiguousarray(array, dtype=np.float32) for name, array in tensors.items()}


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    source, target = sys.argv[1:]
    if zipfile.is_zipfile(source):
        with zipfile.ZipFile(source) as archive:
            config = json.loads(archive.read("config.json"))
            weights = io.BytesIO(archive.read("model.weights.h5"))
        with h5py.File(weights, "r") as file:
            tensors = convert(chain_of_config(config, file))
    else:
        with h5py.File(source, "r") as file:
            tensors = convert(chain_of_weights(file))
    save_file(tensors, target)
    for name, array in tensors.items():
        print(f"{name}: {list(array.shape)}")


main()
