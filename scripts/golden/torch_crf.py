"""Golden values of nlp-rnn's conditional random field, made with pytorch-crf 0.7.2 in double precision.

    python scripts/golden/torch_crf.py > crates/nlp-rnn/tests/golden/torch_crf.json
"""

import importlib.metadata
import json

import torch
from torchcrf import CRF

torch.manual_seed(21)


def case(n_tags, lengths, steps, size):
    crf = CRF(n_tags, batch_first=True).double()
    with torch.no_grad():
        for parameter in crf.parameters():
            parameter.copy_((torch.rand_like(parameter) * 2 - 1) * size)
            parameter.copy_(parameter.float().double())
    n = len(lengths)
    emissions = (torch.randn(n, steps, n_tags) * size).double().requires_grad_(True)
    tags = torch.randint(n_tags, (n, steps))
    mask = torch.arange(steps)[None, :] < torch.tensor(lengths)[:, None]
    likelihoods = crf(emissions, tags, mask=mask, reduction="none")
    (-likelihoods.sum()).backward()
    number = lambda tensor: [float(f"{x:.9g}") for x in tensor.detach().reshape(-1).tolist()]
    return {
        "n_tags": n_tags,
        "steps": steps,
        "lengths": lengths,
        "start": number(crf.start_transitions),
        "transitions": number(crf.transitions),
        "end": number(crf.end_transitions),
        "emissions": number(emissions),
        "tags": tags.reshape(-1).tolist(),
        "log_likelihoods": number(likelihoods),
        "d_emissions": number(emissions.grad),
        "d_start": number(crf.start_transitions.grad),
        "d_transitions": number(crf.transitions.grad),
        "d_end": number(crf.end_transitions.grad),
        "decoded": crf.decode(emissions, mask=mask),
    }


print(json.dumps({
    "made_with": f"pytorch-crf {importlib.metadata.version('pytorch-crf')}, torch {torch.__version__}",
    "cases": [
        case(1, [3, 1], 3, 1.0),
        case(3, [4, 2, 1], 4, 1.0),
        case(5, [7, 3, 6, 1], 8, 3.0),
        case(9, [12, 5], 12, 0.1),
        case(4, [6] * 19, 6, 20.0),
    ],
}))
