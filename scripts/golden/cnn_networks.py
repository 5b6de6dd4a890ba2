"""Scores of networks with torchvision's structure in PyTorch (float64), weights and picture set by a formula.

    python scripts/golden/cnn_networks.py > crates/vision-cnn/tests/golden/networks.json
"""

import json
import sys

import numpy as np
import torch
from torch import nn


def noise(first, n):
    """Numbers between -1 and 1 by a hash of first, first + 1, .., the same in the test."""
    h = (np.arange(first, first + n, dtype=np.uint64) * np.uint64(2654435761)) & np.uint64(0xFFFFFFFF)
    h ^= h >> np.uint64(16)
    h = (h * np.uint64(0x45D9F3B)) & np.uint64(0xFFFFFFFF)
    h ^= h >> np.uint64(16)
    return h.astype(np.float64) / 2.0**31 - 1.0


def fill(model):
    for name, tensor in model.state_dict().items():
        if name.endswith("num_batches_tracked"):
            continue
        values = noise(sum(name.encode()), tensor.numel())
        if name.endswith("running_mean") or (name.endswith("bias")):
            values = 0.1 * values
        elif name.endswith("running_var") or tensor.dim() == 1:
            values = 1.0 + 0.3 * values
        else:
            fan_in = tensor[0].numel()
            values = (6.0 / fan_in) ** 0.5 * values
        values = values.astype(np.float32).astype(np.float64)
        tensor.copy_(torch.from_numpy(values.reshape(tuple(tensor.shape))))


class Basic(nn.Module):
    def __init__(self, n_in, channels, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(n_in, channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.downsample = shortcut(n_in, channels, stride)

    def forward(self, x):
        y = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        return torch.relu(y + (x if self.downsample is None else self.downsample(x)))


class Bottleneck(nn.Module):
    def __init__(self, n_in, channels, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(n_in, channels, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.conv3 = nn.Conv2d(channels, 4 * channels, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * channels)
        self.downsample = shortcut(n_in, 4 * channels, stride)

    def forward(self, x):
        y = torch.relu(self.bn1(self.conv1(x)))
        y = self.bn3(self.conv3(torch.relu(self.bn2(self.conv2(y)))))
        return torch.relu(y + (x if self.downsample is None else self.downsample(x)))


def shortcut(n_in, n_out, stride):
    if stride == 1 and n_in == n_out:
        return None
    return nn.Sequential(nn.Conv2d(n_in, n_out, 1, stride, bias=False), nn.BatchNorm2d(n_out))


class ResNet(nn.Module):
    def __init__(self, block, blocks):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        n_in = 64
        for stage, n_blocks in enumerate(blocks):
            layers = []
            for number in range(n_blocks):
                stride = 2 if stage > 0 and number == 0 else 1
                layers.append(block(n_in, 64 << stage, stride))
                n_in = (64 << stage) * (1 if block is Basic else 4)
            setattr(self, f"layer{stage + 1}", nn.Sequential(*layers))
        self.fc = nn.Linear(n_in, 1000)

    def forward(self, x):
        x = self.maxpool(torch.relu(self.bn1(self.conv1(x))))
        for stage in range(4):
            x = getattr(self, f"layer{stage + 1}")(x)
        return self.fc(x.mean((2, 3)))


class SmallBasic(nn.Module):
    """He et al. 2016, section 4.2, shortcuts of option A."""

    def __init__(self, n_in, channels, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(n_in, channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.stride, self.more = stride, channels - n_in

    def forward(self, x):
        y = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        short = x[:, :, :: self.stride, :: self.stride]
        before = self.more // 2
        short = nn.functional.pad(short, (0, 0, 0, 0, before, self.more - before))
        return torch.relu(y + short)


class SmallResNet(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        n_in = 16
        for stage in range(3):
            layers = []
            for number in range(n):
                layers.append(SmallBasic(n_in, 16 << stage, 2 if stage > 0 and number == 0 else 1))
                n_in = 16 << stage
            setattr(self, f"layer{stage + 1}", nn.Sequential(*layers))
        self.linear = nn.Linear(64, 10)

    def forward(self, x):
        x = torch.relu(self.bn1(self.conv1(x)))
        for stage in range(3):
            x = getattr(self, f"layer{stage + 1}")(x)
        return self.linear(x.mean((2, 3)))


class Flattened(nn.Module):
    """`features`, average pooling, `classifier`: AlexNet and VGG."""

    def __init__(self, features, size, classifier):
        super().__init__()
        self.features = features
        self.avgpool = nn.AdaptiveAvgPool2d(size)
        self.classifier = classifier

    def forward(self, x):
        return self.classifier(torch.flatten(self.avgpool(self.features(x)), 1))


def vgg(convolutions, norm):
    layers, n_in = [], 3
    for n_layers, n_out in zip(convolutions, [64, 128, 256, 512, 512]):
        for _ in range(n_layers):
            layers.append(nn.Conv2d(n_in, n_out, 3, padding=1))
            if norm:
                layers.append(nn.BatchNorm2d(n_out))
            layers.append(nn.ReLU())
            n_in = n_out
        layers.append(nn.MaxPool2d(2, 2))
    classifier = nn.Sequential(
        nn.Linear(512 * 7 * 7, 4096), nn.ReLU(), nn.Dropout(), nn.Linear(4096, 4096), nn.ReLU(), nn.Dropout(), nn.Linear(4096, 1000)
    )
    return Flattened(nn.Sequential(*layers), 7, classifier)


def alexnet():
    features = nn.Sequential(
        nn.Conv2d(3, 64, 11, 4, 2), nn.ReLU(), nn.MaxPool2d(3, 2),
        nn.Conv2d(64, 192, 5, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2),
        nn.Conv2d(192, 384, 3, padding=1), nn.ReLU(),
        nn.Conv2d(384, 256, 3, padding=1), nn.ReLU(),
        nn.Conv2d(256, 256, 3, padding=1), nn.ReLU(), nn.MaxPool2d(3, 2),
    )
    classifier = nn.Sequential(
        nn.Dropout(), nn.Linear(256 * 6 * 6, 4096), nn.ReLU(), nn.Dropout(), nn.Linear(4096, 4096), nn.ReLU(), nn.Linear(4096, 1000)
    )
    return Flattened(features, 6, classifier)


NETWORKS = [
    ("resnet18", lambda: ResNet(Basic, [2, 2, 2, 2]), [64, 48]),
    ("resnet50", lambda: ResNet(Bottleneck, [3, 4, 6, 3]), [64, 48]),
    ("resnet20", lambda: SmallResNet(3), [32, 32]),
    ("vgg11", lambda: vgg([1, 1, 2, 2, 2], False), [64, 48]),
    ("vgg11-bn", lambda: vgg([1, 1, 2, 2, 2], True), [64, 48]),
    ("alexnet", alexnet, [96, 80]),
]


def main():
    torch.set_grad_enabled(False)
    found = {"torch": torch.__version__}
    for name, make, (height, width) in NETWORKS:
        torch.set_default_dtype(torch.float64)
        model = make().eval()
        fill(model)
        picture = torch.from_numpy(noise(7, 3 * height * width).astype(np.float32).astype(np.float64).reshape(1, 3, height, width))
        scores = model(picture)[0]
        parameters = sum(p.numel() for p in model.parameters())
        found[name] = {"input": [height, width, 3], "classes": len(scores), "parameters": parameters,
                       "scores": [float(f"{x:.9g}") for x in scores[:10].tolist()], "norm": float(f"{scores.norm().item():.9g}")}
        print(name, found[name]["norm"], file=sys.stderr)
    json.dump(found, sys.stdout)
    print()


if __name__ == "__main__":
    main()
