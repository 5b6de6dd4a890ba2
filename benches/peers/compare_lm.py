"""Tokens a second of language models, ours beside PyTorch's and Keras's: alternately, five rounds, medians.

Two layers of 200 under SGD with clipping (PyTorch), and one layer of 200 under Adam (PyTorch and Keras); batches of 20, 20 steps, full
softmax over 10,000 words; the second of two epochs counts for Keras, which compiles in the first.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).parent


def last(command, **environment):
    out = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, **environment})
    rows = [json.loads(line) for line in out.stdout.splitlines() if line.startswith("{")]
    return [row for row in rows if "tokens_per_s" in row][-1]["tokens_per_s"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--guide", required=True, help="the binary `guide`")
    parser.add_argument("--train", required=True, help="a text, one sentence a line, not packed")
    parser.add_argument("--lines", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--no-keras", action="store_true")
    args = parser.parse_args()
    part = pathlib.Path(args.train + ".part")
    part.write_text("".join(open(args.train, encoding="utf-8").readlines()[: args.lines]), encoding="utf-8")
    n_words = len(set(open(args.train, encoding="utf-8").read().split())) + 1
    peer = ["--train", str(part), "--words", str(n_words)]
    # Ours has the words of the text alone: the whole vocabulary comes in one more line.
    ours = pathlib.Path(args.train + ".ours")
    rest = sorted(set(open(args.train, encoding="utf-8").read().split()) - set(part.read_text(encoding="utf-8").split()))
    ours.write_text(part.read_text(encoding="utf-8") + " ".join(rest) + "\n", encoding="utf-8")
    guide = [args.guide, "text", "lm", "--json", "--threads", "2", "--train", str(ours)]
    runs = {
        "ours 2 x 200 sgd": lambda: last([*guide, "--preset", "zaremba-small", "--epochs", "2"]),
        "torch 2 x 200 sgd": lambda: last([sys.executable, str(HERE / "torch_lm.py"), *peer, "--epochs", "2"]),
        "ours 1 x 200 adam": lambda: last([*guide, "--preset", "keras", "--epochs", "2"]),
        "torch 1 x 200 adam": lambda: last([sys.executable, str(HERE / "torch_lm.py"), *peer, "--epochs", "2", "--layers", "1", "--adam"]),
    }
    if not args.no_keras:
        runs["keras 1 x 200 adam"] = lambda: last([sys.executable, str(HERE / "keras_lm.py"), *peer, "--epochs", "2"], OMP_NUM_THREADS="2")
    figures = {name: [] for name in runs}
    for _ in range(args.rounds):
        for name, run in runs.items():
            figures[name].append(run())
            print(json.dumps({"run": name, "tokens_per_s": figures[name][-1]}), file=sys.stderr, flush=True)
    for name, values in figures.items():
        print(json.dumps({"run": name, "median_tokens_per_s": round(statistics.median(values)), "rounds": [round(v) for v in values]}))


if __name__ == "__main__":
    main()
