"""word2vec in `guide` and gensim in turns on one text: medians of the words trained on a second, memory, and both judged by `guide words eval`.

    compare_words.py --corpus text.txt --analogies questions-words.txt --pairs wordsim353.tsv --pairs simlex999.txt \\
        --model skip-gram [--tree] [--rounds 5] [--threads 2] [--epochs 5]
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
from pathlib import Path

from measured import run

HERE = Path(__file__).parent
SPEED = ["words_per_s", "peak_mb"]


def rows_of(command):
    """The JSON lines that a command prints, and the most memory it had."""
    out, _, peak_mb = run(command)
    return [json.loads(line) for line in out.splitlines() if line.startswith("{")], peak_mb


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", required=True)
    parser.add_argument("--analogies", required=True)
    parser.add_argument("--pairs", action="append", default=[])
    parser.add_argument("--model", choices=["skip-gram", "cbow"], required=True)
    parser.add_argument("--tree", action="store_true", help="hierarchical softmax in place of negatives")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--guide", default=os.environ.get("GUIDE", str(HERE.parent.parent / "target/release/guide")))
    args = parser.parse_args()
    folder = tempfile.TemporaryDirectory()
    same = ["--corpus", args.corpus, "--model", args.model, "--epochs", str(args.epochs), "--threads", str(args.threads)]

    def guide(seed, out):
        tree = ["--set", "hierarchical_softmax=true", "--set", "negative=0"] if args.tree else []
        return [args.guide, "words", "train", *same, *tree, "--seed", str(seed), "--tokenizer", "whitespace", "--out", out, "--json"]

    def gensim(seed, out):
        tree = ["--tree"] if args.tree else []
        return [sys.executable, str(HERE / "gensim_words.py"), *same, *tree, "--seed", str(seed), "--out", out]

    def quality(vectors):
        pairs = [part for file in args.pairs for part in ("--pairs", file)]
        command = [args.guide, "words", "eval", "--vectors", vectors, "--analogies", args.analogies, *pairs, "--vocab-limit", "30000", "--json"]
        totals = [row for row in rows_of(command)[0] if row["section"] == "total"]
        figure = lambda row: row["spearman"] if row["analogy_accuracy"] is None else row["analogy_accuracy"]
        return {Path(row["file"]).stem: figure(row) for row in totals}

    sides = {"guide": guide, "gensim": gensim}
    measured = {side: [] for side in sides}
    for seed in range(1, args.rounds + 1):
        for side, command in sides.items():
            out = str(Path(folder.name) / f"{side}.txt")
            rows, peak_mb = rows_of(command(seed, out))
            measured[side].append({**rows[-1], "peak_mb": peak_mb, **quality(out)})
    for side, rows in measured.items():
        fields = SPEED + [field for field in rows[0] if Path(args.analogies).stem == field or any(Path(p).stem == field for p in args.pairs)]
        medians = {field: statistics.median(row[field] for row in rows) for field in fields}
        print(json.dumps({"side": side, "model": args.model, "tree": args.tree, "threads": args.threads, "rounds": args.rounds, **medians}))


if __name__ == "__main__":
    main()
