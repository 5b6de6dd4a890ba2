"""Golden values of the recurrent layers of nlp-rnn, made in float64 with PyTorch 2.15.0 on the processor.

    python scripts/golden/torch_rnn.py crates/nlp-rnn/tests/golden

Writes one file a cell. Weights stand as PyTorch holds them, `weight_ih_l0` being `[gates * hidden, in]`. The loss is
the sum of all outputs and last states, each times a given number, so that these numbers are the gradients that go in.
"""

import json
import sys

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

N, STEPS, N_IN, HIDDEN = 3, 4, 3, 3
LENGTHS = [2, 4, 3]
CELLS = {
    "rnn-tanh": lambda *a, **k: nn.RNN(*a, nonlinearity="tanh", **k),
    "rnn-relu": lambda *a, **k: nn.RNN(*a, nonlinearity="relu", **k),
    "lstm": nn.LSTM,
    "gru": nn.GRU,
}


def flat(tensor):
    return [float(f"{x:.7g}") for x in tensor.detach().reshape(-1).tolist()]


def run(net, x, mask, state, dy, d_state, is_lstm):
    x = x.clone().requires_grad_(True)
    state = [s.clone().requires_grad_(True) for s in state]
    net.zero_grad()
    given = tuple(state) if is_lstm else state[0]
    if mask == "right":
        packed = pack_padded_sequence(x, LENGTHS, batch_first=True, enforce_sorted=False)
        y, last = net(packed, given)
        y, _ = pad_packed_sequence(y, batch_first=True, total_length=STEPS)
    else:
        y, last = net(x, given)
    last = last if is_lstm else (last,)
    loss = (y * dy).sum() + sum((a * b).sum() for a, b in zip(last, d_state))
    loss.backward()
    return {
        "y": flat(y),
        "last": [flat(s) for s in last],
        "dx": flat(x.grad),
        "d_state": [flat(s.grad) for s in state],
        "grads": {name: flat(p.grad) for name, p in net.named_parameters()},
    }


def cell(name):
    torch.manual_seed(7)
    make, is_lstm = CELLS[name], name == "lstm"
    nets = []
    for layers in (1, 2):
        for directions in (1, 2):
            net = make(N_IN, HIDDEN, layers, batch_first=True, bidirectional=directions == 2).double()
            for p in net.parameters():
                nn.init.uniform_(p, -0.8, 0.8)
            width = HIDDEN * directions
            x = torch.randn(N, STEPS, N_IN, dtype=torch.float64)
            dy = torch.randn(N, STEPS, width, dtype=torch.float64)
            shape = (layers * directions, N, HIDDEN)
            n_states = 2 if is_lstm else 1
            given = [torch.randn(shape, dtype=torch.float64) * 0.5 for _ in range(n_states)]
            d_state = [torch.randn(shape, dtype=torch.float64) for _ in range(n_states)]
            cases = []
            for mask in ("none", "right"):
                for begin in ("zero", "given"):
                    state = given if begin == "given" else [torch.zeros_like(s) for s in given]
                    cases.append({"mask": mask, "state": begin, **run(net, x, mask, state, dy, d_state, is_lstm)})
            nets.append(
                {
                    "layers": layers,
                    "directions": directions,
                    "x": flat(x),
                    "dy": flat(dy),
                    "given": [flat(s) for s in given],
                    "d_last": [flat(s) for s in d_state],
                    "weights": {name: flat(p) for name, p in net.named_parameters()},
                    "cases": cases,
                }
            )
    sizes = {"n": N, "steps": STEPS, "n_in": N_IN, "hidden": HIDDEN, "lengths": LENGTHS}
    return {"torch": torch.__version__, **sizes, "nets": nets}


for name in CELLS:
    with open(f"{sys.argv[1]}/torch-{name}.json", "w") as file:
        json.dump(cell(name), file, separators=(",", ":"))
        file.write("\n")
