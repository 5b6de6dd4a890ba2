"""Golden values of nn-core, made with PyTorch on the processor (the version stands in the file).

    python scripts/golden/torch_nn.py > crates/nn-core/tests/golden/torch.json

Weights of linear layers are written as nn-core holds them, [in, out]: the transpose of PyTorch's.
"""

import json
import math

import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(20)


def nested(tensor):
    return [[round(float(x), 8) for x in row] for row in tensor.detach().reshape(-1, tensor.shape[-1]).tolist()]


def layer_case(module, x, transposed=()):
    """y, dx and the weights' gradients for the loss Σ dy·y."""
    module.train()
    x = x.clone().requires_grad_(True)
    y = module(x)
    dy = torch.randn_like(y)
    (y * dy).sum().backward()
    turn = lambda name, t: t.t() if name in transposed else t
    weights = {n: nested(turn(n, p)) for n, p in module.named_parameters()}
    grads = {n: nested(turn(n, p.grad)) for n, p in module.named_parameters()}
    return {"x": nested(x), "y": nested(y), "dy": nested(dy), "dx": nested(x.grad), "weights": weights, "grads": grads}


def layers():
    x = torch.randn(5, 4) * 2
    cases = {"dense": layer_case(nn.Linear(4, 3), x, ["weight"])}
    functions = {
        "relu": nn.ReLU(),
        "leaky-relu": nn.LeakyReLU(0.2),
        "tanh": nn.Tanh(),
        "sigmoid": nn.Sigmoid(),
        "hard-sigmoid": nn.Hardsigmoid(),
        "softmax": nn.Softmax(-1),
        "gelu": nn.GELU(),
        "gelu-tanh": nn.GELU("tanh"),
    }
    for name, function in functions.items():
        cases[name] = layer_case(function, x)

    norm = nn.LayerNorm(4)
    nn.init.normal_(norm.weight)
    nn.init.normal_(norm.bias)
    cases["layer-norm"] = layer_case(norm, x)

    norm = nn.BatchNorm1d(4)
    nn.init.normal_(norm.weight)
    nn.init.normal_(norm.bias)
    cases["batch-norm"] = layer_case(norm, x)
    cases["batch-norm"]["running_mean"] = nested(norm.running_mean[None])
    cases["batch-norm"]["running_var"] = nested(norm.running_var[None])
    cases["batch-norm"]["infer"] = nested(norm.eval()(x))

    table = nn.Embedding(6, 3, padding_idx=2)
    ids = torch.tensor([1, 5, 2, 1])
    y = table(ids)
    dy = torch.randn_like(y)
    (y * dy).sum().backward()
    cases["embedding"] = {
        "ids": ids.tolist(),
        "weights": {"weight": nested(table.weight)},
        "y": nested(y),
        "dy": nested(dy),
        "grads": {"weight": nested(table.weight.grad)},
    }

    chain = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 2))
    cases["chain"] = layer_case(chain, x, ["0.weight", "2.weight"])
    return cases


def losses():
    y, t = torch.randn(5, 3) * 2, torch.randn(5, 3)
    shares = torch.rand(5, 3)
    near_one = torch.tensor([[0.2, 1e-9, 0.999], [1.0, 0.5, -0.3], [0.7, 0.1, 0.4], [0.6, 0.9, 0.3], [0.5, 0.8, 0.2]])
    hold = lambda y: y.clamp(1e-6, 1 - 1e-6)
    huge = torch.tensor([[90.0, -90.0, 3.0]] * 5)
    classes = torch.tensor([0, 2, 1, 1, 0])
    cases = {
        "mse": (y, t, F.mse_loss),
        "mae": (y, t, F.l1_loss),
        "huber": (y, t, lambda y, t: F.huber_loss(y, t, delta=0.7)),
        "bce": (y, shares, F.binary_cross_entropy_with_logits),
        "bce-huge": (huge, shares, F.binary_cross_entropy_with_logits),
        "nce": (near_one, shares, lambda y, t: F.binary_cross_entropy(hold(y), t)),
        "cross-entropy": (y, classes, F.cross_entropy),
        "cross-entropy-huge": (huge, classes, F.cross_entropy),
        "cross-entropy-smooth": (y, classes, lambda y, t: F.cross_entropy(y, t, label_smoothing=0.1)),
        "cross-entropy-ignore": (y, classes, lambda y, t: F.cross_entropy(y, t, ignore_index=1, reduction="sum") / 5),
    }
    out = {}
    for name, (y, t, loss) in cases.items():
        y = y.clone().requires_grad_(True)
        value = loss(y, t)
        value.backward()
        target = t.tolist() if t.dim() == 1 else nested(t)
        out[name] = {"y": nested(y), "t": target, "loss": float(value.detach()), "dy": nested(y.grad)}
    return out


def optimizers():
    """50 steps on Σ c (p − a)⁴ / 4 + p·b_t, whose gradient changes with p and with the step."""
    start, c, a = torch.randn(4), torch.tensor([3.0, 0.5, 0.01, 1e-4]), torch.randn(4)
    pushes = torch.randn(50, 4) * 0.1
    make = {
        "sgd": lambda p: torch.optim.SGD(p, 0.05, weight_decay=0.1),
        "momentum": lambda p: torch.optim.SGD(p, 0.02, momentum=0.9),
        "nesterov": lambda p: torch.optim.SGD(p, 0.02, momentum=0.9, nesterov=True, weight_decay=0.01),
        "adagrad": lambda p: torch.optim.Adagrad(p, 0.1),
        "rmsprop": lambda p: torch.optim.RMSprop(p, 0.01, weight_decay=0.01),
        "rmsprop-momentum": lambda p: torch.optim.RMSprop(p, 0.01, momentum=0.5),
        "adam": lambda p: torch.optim.Adam(p, 0.01),
        "adam-decay": lambda p: torch.optim.Adam(p, 0.01, weight_decay=0.1),
        "adamw": lambda p: torch.optim.AdamW(p, 0.01, weight_decay=0.1),
        "adam-clipped": lambda p: torch.optim.Adam(p, 0.01),
    }
    runs = {}
    for name, new in make.items():
        p = start.clone().requires_grad_(True)
        optimizer, path = new([p]), []
        for push in pushes:
            optimizer.zero_grad()
            (c * (p - a) ** 4 / 4 + p * push).sum().backward()
            if name == "adam-clipped":
                nn.utils.clip_grad_norm_([p], 0.5)
            optimizer.step()
            path.append(p.detach().clone())
        runs[name] = nested(torch.stack(path))

    # A table of which each step touches some rows: dense gradients (all moments decay) and sparse ones.
    touched = [[i % 5, (3 * i + 1) % 5] if i % 3 else [2] for i in range(50)]
    table, push = torch.randn(5, 2), torch.randn(50, 2)
    for name, sparse in [("rows-dense", False), ("rows-lazy", True)]:
        rows = nn.Embedding(5, 2, sparse=sparse)
        rows.weight.data.copy_(table)
        optimizer = (torch.optim.SparseAdam if sparse else torch.optim.Adam)(rows.parameters(), 0.01)
        path = []
        for ids, by in zip(touched, push):
            optimizer.zero_grad()
            (rows(torch.tensor(ids)) * by).sum().backward()
            optimizer.step()
            path.append(rows.weight.detach().clone().reshape(-1))
        runs[name] = nested(torch.stack(path))
    return {
        "start": nested(start[None])[0],
        "c": c.tolist(),
        "a": nested(a[None])[0],
        "pushes": nested(pushes),
        "table": nested(table),
        "touched": touched,
        "row_pushes": nested(push),
        "runs": runs,
    }


def schedules():
    weight = [nn.Parameter(torch.zeros(1))]
    watched = [1.0, 0.9, 0.95, 0.95, 0.95, 0.8, 0.8, 0.8, 0.8, 0.8]
    lr = torch.optim.lr_scheduler
    make = {
        "step": lambda o: lr.StepLR(o, 3, 0.5),
        "cosine": lambda o: lr.CosineAnnealingLR(o, 10, 0.1),
        "plateau": lambda o: lr.ReduceLROnPlateau(o, factor=0.5, patience=1),
    }
    out = {"watched": watched}
    for name, new in make.items():
        optimizer = torch.optim.SGD(weight, 1.0)
        schedule, factors = new(optimizer), []
        for loss in watched:
            factors.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            schedule.step(*([loss] if name == "plateau" else []))
        out[name] = factors
    return out


print(json.dumps({"torch": torch.__version__, "layers": layers(), "losses": losses(), "optimizers": optimizers(), "schedules": schedules()}))
