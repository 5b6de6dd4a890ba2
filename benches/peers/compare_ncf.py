"""The owner's NCF in `guide`, PyTorch and Keras in turns: medians of the ratings trained on a second, and the error.

    compare_ncf.py --train train.tsv --test test.tsv --epochs 3 [--rounds 5] [--threads 1]

`guide` stands twice: as it is, where Adam leaves the rows alone that a batch does not touch, and with `untouched=move`, which
is the peers' dense Adam. `--threads` is for PyTorch, which has less to do in a batch than more threads would be worth.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def result(command):
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return json.loads([line for line in out.splitlines() if line.startswith("{")][-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--train", required=True)
    parser.add_argument("--test", required=True)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--guide", default=os.environ.get("GUIDE", str(HERE.parent.parent / "target/release/guide")))
    args = parser.parse_args()
    files = ["--train", args.train, "--test", args.test]
    with open(args.train) as train:
        n_ratings = sum(1 for _ in train)

    def guide(untouched):
        settings = {"validation": 0, "n_epochs": args.epochs, "untouched": untouched}
        sets = [part for key, value in settings.items() for part in ("--set", f"{key}={value}")]
        data = ["--data", args.train, "--test", args.test, "--format", "tsv"]
        row = result([args.guide, "ratings", *data, "--algo", "ncf", "--json", *sets])
        return {**row, "ratings_per_s": n_ratings * args.epochs / row["fit_s"]}

    def peer(script, *more):
        return result([sys.executable, str(HERE / script), *files, "--epochs", str(args.epochs), *more])

    sides = {
        "guide": lambda: guide("stay"),
        "guide, untouched=move": lambda: guide("move"),
        "torch": lambda: peer("torch_ncf.py", "--threads", str(args.threads)),
        "keras": lambda: peer("keras_ncf.py"),
    }
    rows = {side: [] for side in sides}
    for _ in range(args.rounds):
        for side, run in sides.items():
            rows[side].append(run())
    for side, of_side in rows.items():
        median = {field: statistics.median(row[field] for row in of_side) for field in ("ratings_per_s", "rmse")}
        print(json.dumps({"side": side, "rounds": args.rounds, "epochs": args.epochs, **median}))


if __name__ == "__main__":
    main()
