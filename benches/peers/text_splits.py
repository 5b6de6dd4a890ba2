"""Splits tables of texts into training, validation and test parts, stratified, with a written seed.

    text_splits.py csv FILE --text "Review Text" --label "Recommended IND" [--stratify cat,label] [--shares 0.8,0.1,0.1] [--seed 1] --out DIR
    text_splits.py lines DIR --out DIR2     # train, valid, test with `seq.in` and `label`, as the intents of SNIPS and ATIS

Writes train.csv, valid.csv and test.csv with the columns text and label. Rows without a text or a label are left out.
The shuffle of each stratum is Python's `random.Random(seed)`, which does not change between versions.
"""

import argparse
import csv
import gzip
import os
import random
from collections import defaultdict


def write(folder, name, rows):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name + ".csv"), "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        writer.writerows(rows)
    print(f"{name}: {len(rows)} rows")


def split_csv(args):
    csv.field_size_limit(1 << 30)
    opened = gzip.open if args.path.endswith(".gz") else open
    with opened(args.path, "rt", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    strata = defaultdict(list)
    names = args.stratify.split(",") if args.stratify else [args.label]
    dropped = 0
    for row in rows:
        text, label = (row[args.text] or "").strip(), (row[args.label] or "").strip()
        if text and label:
            strata[tuple(row[name] for name in names)].append((text, label))
        else:
            dropped += 1
    shares = [float(share) for share in args.shares.split(",")]
    parts = [[], [], []]
    draw = random.Random(args.seed)
    for stratum in sorted(strata):
        rows = strata[stratum]
        draw.shuffle(rows)
        first, second = round(shares[0] * len(rows)), round((shares[0] + shares[1]) * len(rows))
        for part, rows in zip(parts, [rows[:first], rows[first:second], rows[second:]]):
            part.extend(rows)
    print(f"left out {dropped} rows without a text or a label; {len(strata)} strata, seed {args.seed}")
    for name, rows in zip(["train", "valid", "test"], parts):
        draw.shuffle(rows)
        write(args.out, name, rows)


def split_lines(args):
    for name in ["train", "valid", "test"]:
        read = lambda file: open(os.path.join(args.path, name, file), encoding="utf-8").read().splitlines()
        texts, labels = read("seq.in"), read("label")
        assert len(texts) == len(labels), name
        write(args.out, name, list(zip(texts, labels)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=["csv", "lines"])
    parser.add_argument("path")
    parser.add_argument("--text", default="text")
    parser.add_argument("--label", default="label")
    parser.add_argument("--stratify")
    parser.add_argument("--shares", default="0.8,0.1,0.1")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    split_csv(args) if args.kind == "csv" else split_lines(args)


if __name__ == "__main__":
    main()
