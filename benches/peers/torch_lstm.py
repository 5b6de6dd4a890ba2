"""One LSTM layer (200 -> 200, 20 sequences of 20 steps), forward and backward, here and in PyTorch 2.15.0, two threads each.

    cargo build --release -p benches --bin lstm_speed
    python benches/peers/torch_lstm.py target/release/lstm_speed

Three rounds of each in turns, less than a minute on a quiet machine; medians. PyTorch's threads wait for each other in a loop, so that
another program on the same cores makes them slower by ten times and more: run it alone. The share of the peak is that of PyTorch's product of two 1024 x 1024 matrices, measured in
the same rounds.
"""

import json
import os
import statistics
import subprocess
import sys
import time

THREADS = "2"
SIZE, N, STEPS, PASSES = 200, 20, 20, 60
ROUNDS = 3
FORWARD_FLOP = 2 * N * STEPS * (SIZE + SIZE) * 4 * SIZE


def torch_round():
    """Medians of this process, printed as a JSON line."""
    import torch

    torch.set_num_threads(int(THREADS))
    torch.manual_seed(0)
    net = torch.nn.LSTM(SIZE, SIZE, batch_first=True)
    x = torch.randn(N, STEPS, SIZE, requires_grad=True)
    dy = torch.randn(N, STEPS, SIZE)
    forward, backward, product = [], [], []
    a, b = torch.randn(1024, 1024), torch.randn(1024, 1024)
    for number in range(PASSES + PASSES // 4):
        start = time.perf_counter()
        y, _ = net(x)
        middle = time.perf_counter()
        y.backward(dy)
        end = time.perf_counter()
        if number >= PASSES // 4:
            forward.append(middle - start)
            backward.append(end - middle)
    with torch.no_grad():
        for _ in range(30):
            start = time.perf_counter()
            a @ b
            product.append(time.perf_counter() - start)
    times = {"forward_us": statistics.median(forward) * 1e6, "backward_us": statistics.median(backward) * 1e6}
    print(json.dumps({"algo": "torch-lstm", **times, "gemm_gflops": 2 * 1024**3 / statistics.median(product) / 1e9}))


def main():
    if sys.argv[1] == "--round":
        return torch_round()
    env = {**os.environ, "RAYON_NUM_THREADS": THREADS, "OMP_NUM_THREADS": THREADS}
    commands = {"ours": [sys.argv[1], str(PASSES)], "torch": [sys.executable, __file__, "--round"]}
    rounds = {name: [] for name in commands}
    for number in range(ROUNDS):
        print(f"round {number + 1} of {ROUNDS}", file=sys.stderr)
        for name, command in commands.items():
            out = subprocess.run(command, env=env, check=True, capture_output=True, text=True).stdout
            rounds[name].append(json.loads(out.splitlines()[-1]))
    median = lambda name, key: statistics.median(line[key] for line in rounds[name])
    peak = median("torch", "gemm_gflops")
    result = {"gemm_gflops": peak}
    for key, flop in (("forward_us", FORWARD_FLOP), ("backward_us", 2 * FORWARD_FLOP)):
        ours, theirs = median("ours", key), median("torch", key)
        share = flop / ours / 1e3 / peak
        result[key] = {"ours": round(ours), "torch": round(theirs), "ratio": round(theirs / ours, 2), "share_of_gemm": round(share, 3)}
    print(json.dumps(result))


main()
