"""A safetensors file written by PyTorch (2.15.0) and safetensors: the chain of torch_nn.py's golden file.

    python scripts/golden/torch_safetensors.py

Run after torch_nn.py; the numbers are those of its golden file.
"""

import json
import pathlib

import torch
from safetensors.torch import save_file
from torch import nn

GOLDEN = pathlib.Path(__file__).parents[2] / "crates/nn-core/tests/golden"
weights = json.loads((GOLDEN / "torch.json").read_text())["layers"]["chain"]["weights"]
chain = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 2))
state = {}
for name, values in weights.items():
    tensor = torch.tensor(values)
    state[name] = tensor.t().contiguous() if name.endswith("weight") else tensor[0]
chain.load_state_dict(state)
save_file(chain.state_dict(), GOLDEN / "chain.safetensors")
