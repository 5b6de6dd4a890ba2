"""Convolution layers, forward and backward, the training of the seed CNN and the answers of ResNet-18, here and in PyTorch 2.15.0, two threads each.

    cargo build --release -p benches --bin conv_speed
    python benches/peers/torch_conv.py target/release/conv_speed [ROUNDS]

Rounds of each in turns (five unless said); medians. The share of the peak is that of PyTorch's product of two 1024 x 1024 matrices, measured
in the same rounds. A second argument of `--round` prints PyTorch's times alone.
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

THREADS = "2"

# Name, batch, size, channels in and out, kernel, stride, padding, bias and relu, gradient by the input, trains.
CASES = [
    ("seed-conv1", 128, 28, 1, 32, 3, 1, 0, True, False, True),
    ("seed-conv2", 128, 13, 32, 64, 3, 1, 0, True, True, True),
    ("lenet-conv1", 128, 28, 1, 6, 5, 1, 2, True, False, True),
    ("lenet-conv2", 128, 14, 6, 16, 5, 1, 0, True, True, True),
    ("resnet20-16@32", 128, 32, 16, 16, 3, 1, 1, False, True, True),
    ("resnet20-32@16", 128, 16, 32, 32, 3, 1, 1, False, True, True),
    ("resnet20-64@8", 128, 8, 64, 64, 3, 1, 1, False, True, True),
    ("resnet18-stem", 1, 224, 3, 64, 7, 2, 3, False, False, False),
    ("resnet18-64@56", 1, 56, 64, 64, 3, 1, 1, False, False, False),
    ("resnet18-128@28", 1, 28, 128, 128, 3, 1, 1, False, False, False),
    ("resnet18-256@14", 1, 14, 256, 256, 3, 1, 1, False, False, False),
    ("resnet18-512@7", 1, 7, 512, 512, 3, 1, 1, False, False, False),
]


def flop(case):
    _, n, size, n_in, n_out, kernel, stride, padding, *_ = case
    out = (size + 2 * padding - kernel) // stride + 1
    return 2 * n * out * out * n_out * n_in * kernel * kernel


def torch_layer(torch, case):
    _, n, size, n_in, n_out, kernel, stride, padding, bias, wants_dx, trains = case
    conv = torch.nn.Conv2d(n_in, n_out, kernel, stride, padding, bias=bias)
    net = torch.nn.Sequential(conv, torch.nn.ReLU(inplace=True)) if bias else conv
    x = torch.randn(n, n_in, size, size, requires_grad=wants_dx)
    forward, backward = [], []
    begin = time.perf_counter()
    with torch.set_grad_enabled(trains):
        dy = torch.randn_like(net(x))
        while len(forward) < 5 or (time.perf_counter() - begin < 0.8 and len(forward) < 1000):
            start = time.perf_counter()
            y = net(x)
            forward.append(time.perf_counter() - start)
            if trains:
                start = time.perf_counter()
                y.backward(dy)
                backward.append(time.perf_counter() - start)
    times = {"forward_us": statistics.median(forward) * 1e6}
    if trains:
        times["backward_us"] = statistics.median(backward) * 1e6
    return times


def torch_seed_cnn(torch):
    nn = torch.nn
    net = nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(1600, 128), nn.ReLU(), nn.Linear(128, 10),
    )
    x, t = torch.randn(2048, 1, 28, 28), torch.arange(2048) % 10
    optimizer, loss = torch.optim.Adam(net.parameters(), 1e-3), nn.CrossEntropyLoss()
    trained, answered = [], {64: [], 256: []}
    for _ in range(4):
        start, order = time.perf_counter(), torch.randperm(2048)
        for batch in order.split(128):
            optimizer.zero_grad()
            loss(net(x[batch]), t[batch]).backward()
            optimizer.step()
        trained.append(time.perf_counter() - start)
    with torch.no_grad():
        for _ in range(5):
            # The batch that suits it better; `infer` answers 64 at a time.
            for size in [64, 256]:
                start = time.perf_counter()
                for batch in x.split(size):
                    net(batch)
                answered[size].append(time.perf_counter() - start)
    return {
        "seed-cnn/train_images_per_s": 2048 / statistics.median(trained[1:]),
        "seed-cnn/infer_images_per_s": 2048 / min(map(statistics.median, answered.values())),
    }


def torch_resnet18(torch):
    """Answers a second, one picture of 224 x 224 at a time, by torchvision's structure."""
    sys.path.append(str(pathlib.Path(__file__).parents[2] / "scripts" / "golden"))
    import cnn_networks

    net = cnn_networks.ResNet(cnn_networks.Basic, [2, 2, 2, 2]).eval()
    x, times = torch.randn(1, 3, 224, 224), []
    with torch.no_grad():
        for _ in range(15):
            start = time.perf_counter()
            net(x)
            times.append(time.perf_counter() - start)
    return {"resnet18/infer_images_per_s": 1 / statistics.median(times)}


def torch_round():
    import torch

    torch.set_num_threads(int(THREADS))
    torch.manual_seed(0)
    line = {}
    for case in CASES:
        line |= {f"{case[0]}/{key}": value for key, value in torch_layer(torch, case).items()}
    line |= torch_seed_cnn(torch)
    line |= torch_resnet18(torch)
    a, b, product = torch.randn(1024, 1024), torch.randn(1024, 1024), []
    with torch.no_grad():
        for _ in range(30):
            start = time.perf_counter()
            a @ b
            product.append(time.perf_counter() - start)
    line["gemm_gflops"] = 2 * 1024**3 / statistics.median(product) / 1e9
    print(json.dumps(line))


def main():
    if sys.argv[1] == "--round":
        return torch_round()
    env = {**os.environ, "RAYON_NUM_THREADS": THREADS, "OMP_NUM_THREADS": THREADS}
    commands = {"ours": [sys.argv[1]], "torch": [sys.executable, __file__, "--round"]}
    rounds = {name: [] for name in commands}
    for _ in range(int(sys.argv[2]) if len(sys.argv) > 2 else 5):
        for name, command in commands.items():
            out = subprocess.run(command, env=env, check=True, capture_output=True, text=True).stdout
            rounds[name].append(json.loads(out.splitlines()[-1]))
    median = lambda name, key: statistics.median(line[key] for line in rounds[name])
    peak = median("torch", "gemm_gflops")
    flops = {case[0]: flop(case) * (1 + case[9]) for case in CASES}
    forward = {case[0]: flop(case) for case in CASES}
    result = {"gemm_gflops": round(peak, 1)}
    for key in rounds["ours"][0]:
        ours, theirs = median("ours", key), median("torch", key)
        if key.endswith("per_s"):
            result[key] = {"ours": round(ours), "torch": round(theirs), "ratio": round(ours / theirs, 2)}
            continue
        name, way = key.split("/")
        work = forward[name] if way == "forward_us" else flops[name]
        share = work / ours / 1e3 / peak
        result[key] = {"ours": round(ours), "torch": round(theirs), "ratio": round(theirs / ours, 2), "share_of_gemm": round(share, 2)}
    print(json.dumps(result))


main()
