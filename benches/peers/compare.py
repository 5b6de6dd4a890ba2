"""Runs `guide` and its peer in turns and prints, per algorithm, the medians of their seconds and the ratio.

    compare.py ratings --data u1.base --test u1.test --format ml-100k --scale 1,5 --algo svd
    compare.py ranking --train train.txt.gz --test test.txt.gz --format adjacency --algo item-cosine

What follows the command is handed to both sides, but for what only `guide` knows: `--seed`, `--threads`, `--ours KEY=VALUE`
(a `--set` for `guide` alone, where the peer has no such parameter or another default) and, for rankings, `--format`.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
PEERS = {"ratings": "surprise_ratings.py", "ranking": "implicit_ranking.py"}
TIMES = {"ratings": ("fit_s", "test_s"), "ranking": ("fit_s", "recommend_s")}


def lines(command):
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [json.loads(line) for line in out.splitlines() if line.startswith("{")]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=PEERS)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--guide", default=os.environ.get("GUIDE", str(HERE.parent.parent / "target/release/guide")))
    parser.add_argument("--ours", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--seed")
    parser.add_argument("--threads")
    parser.add_argument("--format")
    args, rest = parser.parse_known_args()
    for_guide, for_peer = list(rest), list(rest)
    for option in ("seed", "threads", "format"):
        value = getattr(args, option)
        if value is not None:
            for_guide += [f"--{option}", value]
    for setting in args.ours:
        for_guide += ["--set", setting]
    if args.command == "ratings" and args.format:
        for_peer += ["--format", args.format]
    if args.command == "ranking" and args.threads:
        for_peer += ["--threads", args.threads]
    ours, theirs = {}, {}
    for _ in range(args.rounds):
        for store, command in (
            (theirs, [sys.executable, str(HERE / PEERS[args.command]), *for_peer]),
            (ours, [args.guide, args.command, *for_guide, "--json"]),
        ):
            for result in lines(command):
                store.setdefault(result["algo"], []).append(result)
    for algo in ours:
        row = {"algo": algo, "rounds": args.rounds}
        total = {}
        for side, store in (("guide", ours), ("peer", theirs)):
            for field in TIMES[args.command]:
                row[f"{side}_{field}"] = round(statistics.median(r[field] for r in store[algo]), 4)
            total[side] = statistics.median(sum(r[f] for f in TIMES[args.command]) for r in store[algo])
            for metric in ("rmse", "recall", "ndcg"):
                if metric in store[algo][0]:
                    row[f"{side}_{metric}"] = round(store[algo][0][metric], 4)
        row["times_faster"] = round(total["peer"] / total["guide"], 1)
        for field in TIMES[args.command]:
            row[f"times_faster_{field}"] = round(row[f"peer_{field}"] / max(row[f"guide_{field}"], 1e-6), 1)
        print(json.dumps(row))


if __name__ == "__main__":
    main()
