"""GloVe in `guide` and the authors' C program in turns on one text: medians of the seconds of an epoch and of the counting, and of the peak memory.

    compare_glove.py --corpus text.txt --peer GloVe/build [--rounds 3] [--threads 2] [--epochs 3] [--memory 4]

`--peer` is the folder with vocab_count, cooccur, shuffle and glove of https://github.com/stanfordnlp/GloVe. Both take 50 numbers a word, window 15, x_max 10
and words met 5 times. Counting is reading the text twice, for the words and for their pairs; in the C program the file of shuffled records is part of it.
The seconds of an epoch of the C program are from one of its reports to the next, which have whole seconds.
"""

import argparse
import json
import os
import re
import statistics
import sys
import tempfile
from datetime import datetime
from pathlib import Path

from measured import run

HERE = Path(__file__).parent
WINDOW, X_MAX, DIM, MIN_COUNT = "15", "10", "50", "5"


def guide(args, folder):
    command = [args.guide, "words", "train", "--model", "glove", "--corpus", args.corpus, "--tokenizer", "whitespace"]
    command += ["--dim", DIM, "--window", WINDOW, "--min-count", MIN_COUNT, "--set", f"x_max={X_MAX}", "--epochs", str(args.epochs)]
    command += ["--threads", str(args.threads), "--out", str(folder / "guide.vec"), "--json"]
    out, _, peak_mb = run(command)
    row = json.loads(out.splitlines()[-1])
    epoch_s = (row["seconds"] - row["pairs_s"]) / args.epochs
    return {"count_s": row["count_s"] + row["pairs_s"], "epoch_s": epoch_s, "peak_mb": peak_mb, "pairs": row["pairs"], "loss": row["loss"]}


def c_program(args, folder):
    peer, memory = Path(args.peer), ["-memory", str(args.memory), "-verbose", "0"]
    vocab, records, shuffled = (str(folder / name) for name in ("vocab.txt", "records.bin", "shuffled.bin"))
    steps = [
        (["vocab_count", "-min-count", MIN_COUNT, "-verbose", "0"], args.corpus, vocab),
        (["cooccur", *memory, "-vocab-file", vocab, "-window-size", WINDOW, "-overflow-file", str(folder / "overflow")], args.corpus, records),
        (["shuffle", *memory, "-temp-file", str(folder / "shuffle")], records, shuffled),
    ]
    count_s, peaks = 0, []
    for (name, *options), source, target in steps:
        with open(target, "wb") as out:
            _, seconds, peak_mb = run([str(peer / name), *options], source, out)
        count_s += seconds
        peaks.append(peak_mb)
    os.remove(records)
    command = [str(peer / "glove"), "-input-file", shuffled, "-vocab-file", vocab, "-save-file", str(folder / "c"), "-threads", str(args.threads)]
    command += ["-x-max", X_MAX, "-vector-size", DIM, "-iter", str(args.epochs), "-verbose", "2", "-binary", "0"]
    out, seconds, peak_mb = run(command)
    peaks.append(peak_mb)
    pairs = os.path.getsize(shuffled) // 16  # two numbers of 32 bits and one of 64 a record
    os.remove(shuffled)
    reports = re.findall(r"(\d\d/\d\d/\d\d - \d\d:\d\d\.\d\d[AP]M), iter: \d+, cost: (\S+)", out)
    ends = [datetime.strptime(text, "%m/%d/%y - %I:%M.%S%p") for text, _ in reports]
    between = [(after - before).total_seconds() for before, after in zip(ends, ends[1:])]
    epoch_s = statistics.mean(between) if between else seconds
    return {"count_s": count_s, "epoch_s": epoch_s, "peak_mb": max(peaks), "pairs": pairs, "loss": float(reports[-1][1])}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", required=True)
    parser.add_argument("--peer", required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--memory", type=float, default=4.0, help="GB that the C program may count in")
    parser.add_argument("--guide", default=os.environ.get("GUIDE", str(HERE.parent.parent / "target/release/guide")))
    args = parser.parse_args()
    sides = {"guide": guide, "c": c_program}
    measured = {side: [] for side in sides}
    for _ in range(args.rounds):
        for side, work in sides.items():
            with tempfile.TemporaryDirectory() as folder:
                measured[side].append(work(args, Path(folder)))
            print(json.dumps({"side": side, **measured[side][-1]}), file=sys.stderr, flush=True)
    for side, rows in measured.items():
        medians = {field: statistics.median(row[field] for row in rows) for field in rows[0]}
        print(json.dumps({"side": side, "threads": args.threads, "epochs": args.epochs, "rounds": args.rounds, **medians}))


if __name__ == "__main__":
    main()
