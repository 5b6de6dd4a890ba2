"""Networks for pictures in PyTorch 2.15.0 on MNIST's idx files, with the JSON lines of `guide images train --json`.

The first network of Keras (seed-cnn), LeNet-5 and ResNet-20, with the starts, AdamW, cosine schedule and normalisation of `guide`. Training
and inference alone are timed: the pictures lie in memory as floats, and each batch is gathered by random places. `guide` makes its
batches from bytes while it trains, which its figures include.
"""

import argparse
import gzip
import json
import math
import pathlib
import resource
import statistics
import time

import numpy
import torch
from torch import nn
from torch.nn import functional


def idx(folder, name):
    for path in [folder / f"{name}-ubyte", folder / f"{name}-ubyte.gz"]:
        if path.exists():
            data = (gzip.open if path.suffix == ".gz" else open)(path, "rb").read()
            axes = data[3]
            shape = [int.from_bytes(data[4 + 4 * axis : 8 + 4 * axis], "big") for axis in range(axes)]
            return numpy.frombuffer(data, numpy.uint8, offset=4 + 4 * axes).reshape(shape)
    raise SystemExit(f"{folder}: no {name}-ubyte")


def glorot(module):
    """The start of Keras."""
    for layer in module.modules():
        if isinstance(layer, (nn.Conv2d, nn.Linear)):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)
    return module


def seed_cnn(side, channels, n_classes):
    cells = ((side - 2) // 2 - 2) // 2
    return glorot(
        nn.Sequential(
            nn.Conv2d(channels, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(64 * cells * cells, 128), nn.ReLU(), nn.Linear(128, n_classes),
        )
    )


def lenet(side, channels, n_classes):
    padding = 2 if side < 32 else 0
    cells = ((side + 2 * padding - 4) // 2 - 4) // 2
    return glorot(
        nn.Sequential(
            nn.Conv2d(channels, 6, 5, padding=padding), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(16 * cells * cells, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, n_classes),
        )
    )


class Block(nn.Module):
    """Two convolutions and a shortcut without weights: every second cell, the new channels 0."""

    def __init__(self, n_in, n_out, stride):
        super().__init__()
        self.stride, self.added = stride, n_out - n_in
        self.conv1 = nn.Conv2d(n_in, n_out, 3, stride, 1, bias=False)
        self.conv2 = nn.Conv2d(n_out, n_out, 3, 1, 1, bias=False)
        self.bn1, self.bn2 = nn.BatchNorm2d(n_out), nn.BatchNorm2d(n_out)

    def forward(self, x):
        y = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        if self.added or self.stride > 1:
            half = self.added // 2
            x = functional.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, half, self.added - half))
        return torch.relu(x + y)


def resnet20(_side, channels, n_classes):
    layers, n_in = [nn.Conv2d(channels, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()], 16
    for n_out in [16, 32, 64]:
        for number in range(3):
            layers.append(Block(n_in, n_out, 2 if number == 0 and n_out > 16 else 1))
            n_in = n_out
    net = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, n_classes))
    for layer in net.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
    return net


NETS = {"seed-cnn": seed_cnn, "lenet": lenet, "resnet20": resnet20}


def resident():
    """Megabytes of this process, and the most it ever had."""
    pages = int(pathlib.Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True, type=pathlib.Path, help="the folder with MNIST's files")
    parser.add_argument("--net", choices=NETS, default="seed-cnn")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--limit", type=int, default=0, help="pictures to train on; 0 for all")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--channels-last", action="store_true", help="the layout that is faster on some processors")
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads)

    parts = []
    for part in ["train", "t10k"]:
        images = torch.from_numpy(idx(args.data, f"{part}-images-idx3").astype("float32") / 255).unsqueeze(1)
        labels = torch.from_numpy(idx(args.data, f"{part}-labels-idx1").astype("int64"))
        parts.append((images, labels))
    (x, y), (test_x, test_y) = parts
    if args.limit:
        x, y = x[: args.limit], y[: args.limit]
    mean, std = x.mean(), x.std(unbiased=False)
    x, test_x = (x - mean) / std, (test_x - mean) / std
    net = NETS[args.net](x.shape[-1], x.shape[1], int(max(y.max(), test_y.max())) + 1)
    if args.channels_last:
        net = net.to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(net.parameters(), args.learning_rate, weight_decay=1e-4)

    def score():
        net.eval()
        with torch.no_grad():
            return torch.cat([net(test_x[start : start + 64]) for start in range(0, len(test_x), 64)])

    speeds, started, before = [], time.perf_counter(), resident()[0]
    for epoch in range(1, args.epochs + 1):
        # The rate of an epoch is that at its begin, as in `guide`.
        for group in optimizer.param_groups:
            group["lr"] = args.learning_rate * 0.5 * (1 + math.cos(math.pi * (epoch - 1) / args.epochs))
        net.train()
        order, total, begun = torch.randperm(len(x)), 0.0, time.perf_counter()
        for start in range(0, len(x), args.batch):
            places = order[start : start + args.batch]
            optimizer.zero_grad(set_to_none=True)
            loss = functional.cross_entropy(net(x[places]), y[places])
            loss.backward()
            optimizer.step()
            total += loss.item() * len(places)
        speeds.append(len(x) / (time.perf_counter() - begun))
        accuracy = (score().argmax(1) == test_y).double().mean().item()
        row = {"epoch": epoch, "loss": total / len(x), "test_accuracy": accuracy, "images_per_s": speeds[-1]}
        print(json.dumps(row), flush=True)
    seconds = time.perf_counter() - started
    begun = time.perf_counter()
    scores = score()
    test_s = time.perf_counter() - begun
    top5 = (scores.topk(5).indices == test_y[:, None]).any(1).double().mean().item()
    log_loss = functional.cross_entropy(scores.double(), test_y).item()
    print(json.dumps({"head": "class", "accuracy": accuracy, "top5": top5, "log_loss": log_loss, "n_test": len(test_y)}))
    print(
        json.dumps(
            {
                "peer": f"torch {torch.__version__}",
                "net": args.net,
                "weights": sum(parameter.numel() for parameter in net.parameters()),
                "n_train": len(x),
                "n_test": len(test_y),
                "images_per_s": statistics.median(speeds),
                "seconds": seconds,
                "epochs": args.epochs,
                "test_s": test_s,
                "test_images_per_s": len(test_y) / test_s,
                "training_mb": resident()[1] - before,
            }
        )
    )


if __name__ == "__main__":
    main()
