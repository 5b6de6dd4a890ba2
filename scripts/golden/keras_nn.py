"""Golden values of nn-core, made with Keras 3 on the PyTorch backend: Adam's steps and the table of a model.

    KERAS_BACKEND=torch python scripts/golden/keras_nn.py > crates/nn-core/tests/golden/keras.json

The problem is that of torch_nn.py, read from its golden file.
"""

import json
import os
import pathlib

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy

GOLDEN = pathlib.Path(__file__).parents[2] / "crates/nn-core/tests/golden/torch.json"


def adam(problem, weight_decay=None):
    """50 steps of Adam; the gradient c (p − a)³ + push is written out."""
    c, a = numpy.array(problem["c"], "f4"), numpy.array(problem["a"], "f4")
    p = keras.Variable(numpy.array(problem["start"], "f4"))
    make = keras.optimizers.AdamW if weight_decay else keras.optimizers.Adam
    optimizer = make(0.01, **({"weight_decay": weight_decay} if weight_decay else {}))
    path = []
    for push in problem["pushes"]:
        now = keras.ops.convert_to_numpy(p)
        gradient = c * (now - a) ** 3 + numpy.array(push, "f4")
        optimizer.apply([keras.ops.convert_to_tensor(gradient)], [p])
        path.append([round(float(x), 8) for x in keras.ops.convert_to_numpy(p)])
    return path


def summary():
    model = keras.Sequential(
        [
            keras.Input((64,)),
            keras.layers.Dense(32, name="dense"),
            keras.layers.ReLU(name="re_lu"),
            keras.layers.BatchNormalization(name="batch_normalization"),
            keras.layers.Dropout(0.5, name="dropout"),
            keras.layers.Dense(1000, name="dense_1"),
        ],
        name="tower",
    )
    lines = []
    model.summary(print_fn=lambda text, line_break=False: lines.append(text), line_length=78)
    return "\n".join(lines)


problem = json.loads(GOLDEN.read_text())["optimizers"]
print(json.dumps({"keras": keras.__version__, "adam": adam(problem), "adamw": adam(problem, 0.1), "summary": summary()}))
