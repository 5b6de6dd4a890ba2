"""Golden values of the recurrent layers of nlp-rnn, made in float64 with Keras 3.15.1 on the PyTorch 2.15.0 backend.

    KERAS_BACKEND=torch python scripts/golden/keras_rnn.py crates/nlp-rnn/tests/golden

Writes one file a cell. Weights stand as Keras holds them, `kernel` being `[in, gates * hidden]`. The loss is the sum of all
outputs and last states, each times a given number, so that these numbers are the gradients that go in. With `"output":
"previous"` masked steps repeat the output before (Keras's default in one direction), with `"zero"` they write 0
(`zero_output_for_mask`, which Bidirectional always sets).
"""

import json
import os
import sys

os.environ["KERAS_BACKEND"] = "torch"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import keras
import torch

keras.config.set_floatx("float64")
N, STEPS, N_IN, HIDDEN = 3, 4, 3, 3
LENGTHS = [2, 4, 3]
CELLS = {
    "simple": (keras.layers.SimpleRNN, {}),
    "lstm": (keras.layers.LSTM, {}),
    "gru-after": (keras.layers.GRU, {"reset_after": True}),
    "gru-before": (keras.layers.GRU, {"reset_after": False}),
}


def flat(tensor):
    return [float(f"{x:.7g}") for x in tensor.detach().reshape(-1).tolist()]


def mask_of(kind):
    if kind == "none":
        return None
    rows = [[t < length for t in range(STEPS)] for length in LENGTHS]
    return torch.tensor([row[::-1] if kind == "left" else row for row in rows])


def halves(layer):
    return [layer.forward_layer, layer.backward_layer] if isinstance(layer, keras.layers.Bidirectional) else [layer]


def run(stack, n_states, x, mask, state, dy, d_state):
    x = x.clone().requires_grad_(True)
    state = [s.clone().requires_grad_(True) for s in state]
    parts = [part for layer in stack for part in halves(layer)]
    for part in parts:
        for weight in part.trainable_weights:
            weight.value.grad = None
    y, last, at = x, [], 0
    for layer in stack:
        n = n_states * len(halves(layer))
        y, *ends = layer(y, mask=mask_of(mask), initial_state=state[at : at + n])
        last += ends
        at += n
    loss = (y * dy).sum() + sum((a * b).sum() for a, b in zip(last, d_state))
    loss.backward()
    return {
        "y": flat(y),
        "last": [flat(s) for s in last],
        "dx": flat(x.grad),
        "d_state": [flat(s.grad) for s in state],
        "grads": [[flat(w.value.grad) for w in part.trainable_weights] for part in parts],
    }


def cell(name):
    torch.manual_seed(7)
    make, options = CELLS[name]
    n_states = 2 if name == "lstm" else 1
    nets = []
    for layers in (1, 2):
        for directions in (1, 2):
            for output in ("zero", "previous") if directions == 1 else ("zero",):
                def one():
                    layer = make(
                        HIDDEN, return_sequences=True, return_state=True, bias_initializer="normal", unit_forget_bias=False, **options
                    ) if name == "lstm" else make(
                        HIDDEN, return_sequences=True, return_state=True, bias_initializer="normal", **options
                    )
                    layer.zero_output_for_mask = output == "zero"
                    return keras.layers.Bidirectional(layer) if directions == 2 else layer

                stack = [one() for _ in range(layers)]
                width = HIDDEN * directions
                stack[0].build((N, STEPS, N_IN))
                for layer in stack[1:]:
                    layer.build((N, STEPS, width))
                parts = [part for layer in stack for part in halves(layer)]
                for part in parts:
                    for weight in part.trainable_weights:
                        weight.assign(torch.rand(weight.shape, dtype=torch.float64) * 1.6 - 0.8)
                x = torch.randn(N, STEPS, N_IN, dtype=torch.float64)
                dy = torch.randn(N, STEPS, width, dtype=torch.float64)
                count = n_states * len(parts)
                given = [torch.randn(N, HIDDEN, dtype=torch.float64) * 0.5 for _ in range(count)]
                d_state = [torch.randn(N, HIDDEN, dtype=torch.float64) for _ in range(count)]
                cases = []
                for mask in ("none", "right", "left") if output == "zero" else ("right", "left"):
                    for begin in ("zero", "given"):
                        state = given if begin == "given" else [torch.zeros_like(s) for s in given]
                        case = run(stack, n_states, x, mask, state, dy, d_state)
                        cases.append({"mask": mask, "state": begin, **case})
                nets.append(
                    {
                        "layers": layers,
                        "directions": directions,
                        "output": output,
                        "x": flat(x),
                        "dy": flat(dy),
                        "given": [flat(s) for s in given],
                        "d_last": [flat(s) for s in d_state],
                        "weights": [[flat(w.value) for w in part.trainable_weights] for part in parts],
                        "cases": cases,
                    }
                )
    sizes = {"n": N, "steps": STEPS, "n_in": N_IN, "hidden": HIDDEN, "lengths": LENGTHS}
    return {"keras": keras.__version__, "torch": torch.__version__, **sizes, "nets": nets}


for name in CELLS:
    with open(f"{sys.argv[1]}/keras-{name}.json", "w") as file:
        json.dump(cell(name), file, separators=(",", ":"))
        file.write("\n")
