"""`guide match` and OpenCV on the same pictures: a JSON line for each pair, and the totals.

    compare_vision.py quality DATA/oxford-affine [--scene graf ..] [--detector sift ..] [--unique]
    compare_vision.py speed A.png B.png --detector sift [--max-features N] [--rounds 5] [--size 640x480]

`quality`: a match is correct within 3 pixels of the true homography (`H1to2p` ..); `corner_error` is the mean distance of the corners of the first picture from
where they belong, in pixels; a key point of the first picture agrees where OpenCV has one within 1 pixel, 10 % in size and 5 degrees. ORB has 2,000 key points.
`speed`: both in turns, medians of the rounds, each the median of `--repeat` in one process; `--size` cuts the upper left of both pictures.
"""

import argparse
import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np

import opencv_match

HERE = Path(__file__).parent
GUIDE = os.environ.get("GUIDE", str(HERE.parent.parent / "target/release/guide"))
MAX_FEATURES = {"orb": 2000}
CORRECT, CORNERS = 3.0, np.array([[0, 0], [1, 0], [1, 1], [0, 1]])


def guide(first, second, name, more=()):
    """The JSON fields that `guide match` prints, on two threads."""
    command = [GUIDE, "match", str(first), str(second), "--detector", name, "--json", "--threads", "2", *more]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def features(max_features):
    return ["--max-features", str(max_features)] if max_features else []


def numbers(path, columns):
    with open(path, newline="") as file:
        rows = [[row[column] for column in columns] for row in csv.DictReader(file)]
    return np.array(rows, np.float64).reshape(-1, len(columns))


def ours(first, second, name, unique, folder):
    """As `opencv_match.match`: fields, key points of the first picture, matches."""
    points, matches = Path(folder) / "points.csv", Path(folder) / "matches.csv"
    more = [*features(MAX_FEATURES.get(name)), "--set", f"unique={str(unique).lower()}"]
    fields = guide(first, second, name, [*more, "--keypoints", str(points), "--matches", str(matches)])
    rows = numbers(points, ["x", "y", "size", "angle"])[: fields["keypoints"][0]]
    return fields, rows, numbers(matches, ["x1", "y1", "x2", "y2", "distance"])


def mapped(matrix, points):
    points = np.c_[points, np.ones(len(points))] @ matrix.T
    return points[:, :2] / points[:, 2:]


def judged(fields, matches, truth, shape):
    correct = np.hypot(*(mapped(truth, matches[:, :2]) - matches[:, 2:4]).T) <= CORRECT
    error = None
    if fields["homography"]:
        corners = CORNERS * (shape[1] - 1, shape[0] - 1)
        apart = mapped(np.reshape(fields["homography"], (3, 3)), corners) - mapped(truth, corners)
        error = float(np.hypot(*apart.T).mean())
    return {"good": len(matches), "correct": int(correct.sum()), "corner_error": error}


def agreement(points, others):
    """The part of `points` that lies at one of `others`."""
    found = 0
    for x, y, size, angle in points[:, :4]:
        near = np.hypot(others[:, 0] - x, others[:, 1] - y) <= 1
        alike = np.abs(others[:, 2] / size - 1) <= 0.1
        turned = np.abs((others[:, 3] - angle + 180) % 360 - 180) <= 5
        found += bool((near & alike & turned).any())
    return found / max(len(points), 1)


def precision(row):
    return row["correct"] / row["good"] if row["good"] else None


def quality(args):
    folder = tempfile.TemporaryDirectory()
    totals = {}
    for name in args.detector or ["sift", "orb", "surf"]:
        for scene in args.scene or ["graf", "boat", "leuven", "bark"]:
            first = Path(args.pictures) / scene / "img1.png"
            shape = opencv_match.gray(first).shape
            for number in range(2, 7):
                second, truth = first.with_name(f"img{number}.png"), np.loadtxt(first.with_name(f"H1to{number}p"))
                fields, points, matches = ours(first, second, name, args.unique, folder.name)
                sides = {"guide": judged(fields, matches, truth, shape)}
                line = {"detector": name, "scene": scene, "pair": f"1-{number}"}
                if name != "surf":
                    fields, others, matches = opencv_match.match(first, second, name, MAX_FEATURES.get(name), unique=args.unique)
                    sides["opencv"] = judged(fields, matches, truth, shape)
                    if number == 2:
                        line["agreement"] = agreement(points, others[0])
                for side, row in sides.items():
                    line[side] = {**row, "precision": precision(row)}
                    totals.setdefault((name, side), []).append(row)
                print(json.dumps(line), flush=True)
    for (name, side), rows in totals.items():
        total = {field: sum(row[field] for row in rows) for field in ["good", "correct"]}
        # No homography is worse than any.
        errors = [float("inf") if row["corner_error"] is None else row["corner_error"] for row in rows]
        total |= {"precision": precision(total), "median_corner_error": statistics.median(errors)}
        print(json.dumps({"detector": name, "side": side, "pairs": len(rows), "unique": args.unique, **total}))


def speed(args):
    cv2.setNumThreads(2)
    folder = tempfile.TemporaryDirectory()
    pictures = [args.first, args.second]
    if args.size:
        width, height = map(int, args.size.split("x"))
        for index, path in enumerate(pictures):
            pictures[index] = str(Path(folder.name) / f"{index}.png")
            cv2.imwrite(pictures[index], opencv_match.gray(path)[:height, :width])
    sides = {"guide": lambda: guide(*pictures, args.detector, [*features(args.max_features), "--rounds", str(args.repeat)])}
    if args.detector != "surf":
        sides["opencv"] = lambda: opencv_match.match(*pictures, args.detector, args.max_features, rounds=args.repeat)[0]
    measured = {side: [] for side in sides}
    for _ in range(args.rounds):
        for side, run in sides.items():
            measured[side].append(run())
    for side, rows in measured.items():
        extract = [statistics.median(row["extract_ms"][index] for row in rows) for index in range(2)]
        match = statistics.median(row["match_ms"] for row in rows)
        shape = opencv_match.gray(pictures[0]).shape[::-1]
        print(json.dumps({"side": side, "detector": args.detector, "size": shape, "keypoints": rows[0]["keypoints"], "extract_ms": extract, "match_ms": match}))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("quality")
    command.add_argument("pictures")
    command.add_argument("--scene", action="append")
    command.add_argument("--detector", action="append", choices=["sift", "orb", "surf"])
    command.add_argument("--unique", action="store_true", help="each point of the second picture once, the default of `guide match`")
    command.set_defaults(run=quality)
    command = commands.add_parser("speed")
    command.add_argument("first")
    command.add_argument("second")
    command.add_argument("--detector", choices=["sift", "orb", "surf"], required=True)
    command.add_argument("--max-features", type=int)
    command.add_argument("--rounds", type=int, default=5)
    command.add_argument("--repeat", type=int, default=5)
    command.add_argument("--size")
    command.set_defaults(run=speed)
    args = parser.parse_args()
    args.run(args)


if __name__ == "__main__":
    sys.exit(main())
