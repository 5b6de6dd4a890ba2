"""Golden values of vision-cnn's layers, made with PyTorch and Keras in float64 (the versions stand in the file).

    python scripts/golden/vision_cnn.py crates/vision-cnn/tests/golden

Inputs, weights and gradients of outputs are numbers by a formula (`noise`), which the test computes too; the files hold results alone. Pictures
are written [n, height, width, channels], kernels [height, width, in / groups, out].
"""

import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import tensorflow as tf
import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

torch.set_default_dtype(torch.float64)


def noise(shape, seed):
    i = np.arange(int(np.prod(shape)), dtype=np.int64)
    return (((i * 7919 + i * i * 31 + seed * 611953) % 2003) / 1001.5 - 1).reshape(shape)


def flat(array):
    return [round(float(x), 5) for x in np.asarray(array).reshape(-1)]


def nchw(array):
    return torch.tensor(np.ascontiguousarray(np.transpose(array, (0, 3, 1, 2))))


def nhwc(tensor):
    return np.transpose(tensor.detach().numpy(), (0, 2, 3, 1))


CONVS = [
    # input, out, kernel, stride, padding [top, bottom, left, right], dilation, groups, relu
    ([5, 6, 3], 4, [3, 3], [1, 1], [0, 0, 0, 0], [1, 1], 1, False),
    ([5, 4, 2], 3, [3, 3], [1, 1], [1, 1, 1, 1], [1, 1], 1, True),
    ([6, 5, 2], 3, [3, 3], [2, 2], [1, 1, 1, 1], [1, 1], 1, False),
    ([7, 6, 2], 2, [3, 2], [2, 3], [1, 0, 2, 1], [1, 1], 1, True),
    ([7, 8, 2], 3, [3, 3], [1, 1], [2, 2, 2, 2], [2, 2], 1, False),
    ([8, 7, 2], 2, [2, 3], [2, 1], [1, 2, 0, 3], [3, 2], 1, False),
    ([7, 7, 1], 2, [3, 2], [3, 2], [2, 2, 1, 1], [2, 3], 1, False),
    ([4, 5, 4], 6, [3, 3], [1, 1], [1, 1, 1, 1], [1, 1], 2, True),
    ([5, 5, 4], 4, [3, 3], [2, 1], [1, 1, 0, 1], [1, 1], 4, False),
    ([5, 4, 3], 6, [2, 2], [1, 2], [1, 0, 0, 0], [2, 1], 3, False),
    ([4, 3, 5], 7, [1, 1], [1, 1], [0, 0, 0, 0], [1, 1], 1, True),
    ([5, 4, 3], 4, [1, 1], [2, 2], [0, 0, 0, 0], [1, 1], 1, False),
    ([6, 3, 1], 2, [1, 3], [1, 1], [0, 0, 1, 1], [1, 1], 1, False),
    ([3, 7, 2], 2, [3, 5], [1, 2], [3, 3, 4, 4], [1, 1], 1, False),
    ([9, 8, 3], 3, [7, 7], [2, 2], [3, 3, 3, 3], [1, 1], 1, True),
    ([2, 2, 1], 2, [2, 2], [5, 5], [0, 0, 0, 0], [1, 1], 1, False),
]


def conv(number, case):
    picture, out, kernel, stride, (top, bottom, left, right), dilation, groups, relu = case
    x = nchw(noise([2, *picture], number)).requires_grad_(True)
    w = noise([*kernel, picture[2] // groups, out], number + 100)
    w = torch.tensor(np.ascontiguousarray(np.transpose(w, (3, 2, 0, 1)))).requires_grad_(True)
    b = torch.tensor(noise([out], number + 200)).requires_grad_(True)
    y = F.conv2d(F.pad(x, (left, right, top, bottom)), w, b, stride, 0, dilation, groups)
    y = F.relu(y) if relu else y
    y.backward(nchw(noise(nhwc(y).shape, number + 300)))
    return {
        "input": picture, "out": out, "kernel": kernel, "stride": stride, "padding": [top, bottom, left, right],
        "dilation": dilation, "groups": groups, "relu": relu, "y": flat(nhwc(y)), "dx": flat(nhwc(x.grad)),
        "dw": flat(np.transpose(w.grad.numpy(), (2, 3, 1, 0))), "db": flat(b.grad),
    }


SAMES = [
    ([5, 6, 2], 3, [3, 3], [2, 2], [1, 1], 1),
    ([7, 4, 2], 2, [4, 2], [1, 1], [1, 1], 1),
    ([6, 7, 2], 2, [3, 2], [1, 1], [2, 3], 1),
    ([5, 5, 4], 2, [2, 5], [3, 2], [1, 1], 2),
]


def same(number, case):
    picture, out, kernel, stride, dilation, groups = case
    x = tf.Variable(noise([2, *picture], number))
    layer = keras.layers.Conv2D(out, kernel, stride, "same", dilation_rate=dilation, groups=groups, dtype="float64")
    layer.build([None, *picture])
    layer.kernel.assign(noise([*kernel, picture[2] // groups, out], number + 100))
    layer.bias.assign(noise([out], number + 200))
    with tf.GradientTape() as tape:
        y = layer(x)
        loss = tf.reduce_sum(y * noise(y.shape, number + 300))
    dx, dw, db = tape.gradient(loss, [x, layer.kernel, layer.bias])
    return {
        "input": picture, "out": out, "kernel": kernel, "stride": stride, "padding": "same", "dilation": dilation,
        "groups": groups, "relu": False, "y": flat(y), "dx": flat(dx), "dw": flat(dw), "db": flat(db),
    }


POOLS = {
    "max-2": ([5, 6, 3], nn.MaxPool2d(2)),
    "max-3-2-1": ([6, 5, 2], nn.MaxPool2d(3, 2, 1)),
    "max-ceil": ([6, 5, 2], nn.MaxPool2d(2, ceil_mode=True)),
    "max-wide-ceil": ([7, 8, 2], nn.MaxPool2d((3, 2), (2, 3), (1, 0), ceil_mode=True)),
    "avg-2": ([5, 6, 3], nn.AvgPool2d(2)),
    "avg-3-2-1": ([6, 5, 2], nn.AvgPool2d(3, 2, 1)),
    "avg-3-2-1-real": ([6, 5, 2], nn.AvgPool2d(3, 2, 1, count_include_pad=False)),
    "avg-ceil": ([6, 8, 2], nn.AvgPool2d((3, 2), (2, 3), (1, 1), ceil_mode=True)),
    "adaptive-3-2": ([7, 5, 2], nn.AdaptiveAvgPool2d((3, 2))),
    "adaptive-4-4": ([3, 5, 2], nn.AdaptiveAvgPool2d(4)),
    "global": ([3, 5, 2], nn.AdaptiveAvgPool2d(1)),
    "lrn-5": ([2, 3, 7], nn.LocalResponseNorm(5, 0.5, 0.75, 2.0)),
    "lrn-4": ([2, 2, 6], nn.LocalResponseNorm(4, 1.5, 0.6, 1.0)),
}


def pool(number, case):
    picture, module = case
    x = nchw(noise([2, *picture], number)).requires_grad_(True)
    y = module(x)
    y.backward(nchw(noise(nhwc(y).shape, number + 300)))
    return {"input": picture, "y": flat(nhwc(y)), "dx": flat(nhwc(x.grad))}


def keras_pool(number, picture, layer):
    x = tf.Variable(noise([2, *picture], number))
    with tf.GradientTape() as tape:
        y = layer(x)
        loss = tf.reduce_sum(y * noise(y.shape, number + 300))
    return {"input": picture, "y": flat(y), "dx": flat(tape.gradient(loss, x))}


class Block(nn.Module):
    """A residual block of a ResNet, with a projection where the shape changes."""

    def __init__(self, n_in, n_out, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(n_in, n_out, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(n_out)
        self.conv2 = nn.Conv2d(n_out, n_out, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(n_out)
        self.downsample = None
        if stride != 1 or n_in != n_out:
            self.downsample = nn.Sequential(nn.Conv2d(n_in, n_out, 1, stride, bias=False), nn.BatchNorm2d(n_out))

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


def inner(name, tensor):
    """A tensor in the layout of vision-cnn."""
    return flat(tensor.permute(2, 3, 1, 0) if tensor.dim() == 4 else tensor)


def block(number, n_in, n_out, stride):
    module, picture = Block(n_in, n_out, stride), [5, 4, n_in]
    for k, (name, p) in enumerate(module.named_parameters()):
        values = noise(list(p.permute(2, 3, 1, 0).shape) if p.dim() == 4 else list(p.shape), number + 10 * k)
        values = np.transpose(values, (3, 2, 0, 1)) if p.dim() == 4 else values
        p.data.copy_(torch.tensor(np.ascontiguousarray(values)))
    x = nchw(noise([3, *picture], number)).requires_grad_(True)
    y = module(x)
    y.backward(nchw(noise(nhwc(y).shape, number + 300)))
    return {
        "input": picture, "out": n_out, "stride": stride, "y": flat(nhwc(y)), "dx": flat(nhwc(x.grad)),
        "names": [n for n, _ in module.named_parameters()],
        "grads": {n: inner(n, p.grad) for n, p in module.named_parameters()},
        "running_var": flat(module.bn2.running_var),
    }


def network(folder):
    """A small network with PyTorch's names, as a file of its weights and its answers."""
    torch.manual_seed(3)
    net = nn.Sequential(
        nn.Conv2d(2, 6, 3, padding=1, groups=2), nn.BatchNorm2d(6), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(24, 3)
    )
    nn.init.normal_(net[1].running_mean)
    nn.init.uniform_(net[1].running_var)
    save_file({n: t.to(torch.float32).contiguous() for n, t in net.state_dict().items()}, f"{folder}/network.safetensors")
    net.load_state_dict({n: t.to(torch.float32).to(t.dtype) for n, t in net.state_dict().items()})
    return flat(net.eval()(nchw(noise([2, 4, 5, 2], 1))).detach())


folder = sys.argv[1]
golden = {
    "torch": torch.__version__,
    "keras": keras.__version__,
    "convs": [conv(number, case) for number, case in enumerate(CONVS)]
    + [same(number + len(CONVS), case) for number, case in enumerate(SAMES)],
    "pools": {name: pool(number, case) for number, (name, case) in enumerate(POOLS.items())},
    "blocks": [block(1, 3, 3, 1), block(2, 2, 4, 2)],
    "network": network(folder),
}
golden["pools"]["max-same"] = keras_pool(50, [5, 6, 2], keras.layers.MaxPooling2D(3, 2, "same", dtype="float64"))
golden["pools"]["avg-same"] = keras_pool(51, [6, 5, 2], keras.layers.AveragePooling2D((3, 2), 2, "same", dtype="float64"))
with open(f"{folder}/layers.json", "w") as file:
    json.dump(golden, file, separators=(",", ":"))
    file.write("\n")
