"""The work of `guide ratings --data TRAIN --test TEST` in scikit-surprise 1.1.5, one JSON line an algorithm.

With `--splits FOLDER --out FILE` it measures Surprise's defaults on every split of ratings that the bench `defaults` wrote; lines
that are in FILE already are not measured again.
"""

import argparse
import json
import os
import time
from pathlib import Path

import surprise
from surprise import accuracy

KNN = {
    "knn-basic": surprise.KNNBasic,
    "knn-means": surprise.KNNWithMeans,
    "knn-zscore": surprise.KNNWithZScore,
    "knn-baseline": surprise.KNNBaseline,
}
OTHERS = {
    "baseline": surprise.BaselineOnly,
    "svd": surprise.SVD,
    "svdpp": surprise.SVDpp,
    "nmf": surprise.NMF,
    "slope-one": surprise.SlopeOne,
    "co-clustering": surprise.CoClustering,
    "random": surprise.NormalPredictor,
}
SEEDED = ("svd", "svdpp", "nmf", "co-clustering")
# The names of `--set`, in Surprise's words.
NAMES = {
    "k": ("k", int),
    "min_k": ("min_k", int),
    "n_factors": ("n_factors", int),
    "n_epochs": ("n_epochs", int),
    "learning_rate": ("lr_all", float),
    "regularization": ("reg_all", float),
}
LINES = {
    "ml-100k": ("user item rating timestamp", "\t"),
    "ml-1m": ("user item rating timestamp", "::"),
    "csv": ("user item rating", ","),
    "tsv": ("user item rating", "\t"),
}


def build(name, settings, seed=0):
    settings = dict(settings)
    arguments = {}
    if name in KNN:
        arguments["sim_options"] = {
            "name": settings.pop("similarity", "msd").replace("-", "_"),
            "user_based": settings.pop("user_based", "true") == "true",
        }
    if name in SEEDED:
        arguments["random_state"] = seed
    if name not in ("slope-one", "random"):
        arguments["verbose"] = False
    for key, value in settings.items():
        if key not in NAMES:
            raise SystemExit(f"surprise: no counterpart of `{key}`; known: similarity, user_based, {', '.join(NAMES)}")
        theirs, kind = NAMES[key]
        arguments[theirs] = kind(value)
    return {**KNN, **OTHERS}[name](**arguments)


def measure(algo, reader, train, test):
    folds = surprise.Dataset.load_from_folds([(train, test)], reader)
    train, test = next(surprise.model_selection.PredefinedKFold().split(folds))
    start = time.perf_counter()
    algo.fit(train)
    fitted = time.perf_counter()
    predictions = algo.test(test)
    tested = time.perf_counter()
    return {
        "rmse": accuracy.rmse(predictions, verbose=False),
        "mae": accuracy.mae(predictions, verbose=False),
        "fcp": accuracy.fcp(predictions, verbose=False),
        "fit_s": fitted - start,
        "test_s": tested - fitted,
    }


# Minutes a fold, or more memory than most machines have.
TOO_LARGE = {"ml-1m-ratings": ("svdpp", "knn-basic", "knn-means", "knn-zscore", "knn-baseline", "slope-one")}


def all_splits(args):
    wanted = {name: text.split(",") for name, text in (("set", args.sets), ("algo", args.algos)) if text}
    done = set()
    if os.path.exists(args.out):
        with open(args.out) as lines:
            rows = [json.loads(line) for line in lines]
        done = {(row["set"], row["seed"], row["algo"]) for row in rows}
    line_format, sep = LINES["tsv"]
    reader = surprise.Reader(line_format=line_format, sep=sep, rating_scale=(1.0, 5.0))
    order = sorted(Path(args.splits).glob("*.train.ratings"), key=lambda path: (path.stat().st_size, path.name))
    with open(args.out, "a") as out:
        for train in order:
            name, seed = train.name.split(".")[:2]
            for algo in (*KNN, *OTHERS):
                if any(value not in wanted.get(kind, [value]) for kind, value in (("set", name), ("algo", algo))):
                    continue
                if (name, int(seed), algo) in done or algo in TOO_LARGE.get(name, ()):
                    continue
                model = build(algo, {}, int(seed))
                figures = measure(model, reader, str(train), str(train).replace(".train.", ".test."))
                row = {"side": "surprise", "set": name, "seed": int(seed), "algo": algo, **figures}
                print(json.dumps(row), file=out, flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data")
    parser.add_argument("--test")
    parser.add_argument("--splits")
    parser.add_argument("--out")
    parser.add_argument("--sets")
    parser.add_argument("--algos")
    parser.add_argument("--format", default="ml-100k")
    parser.add_argument("--scale", default="1,5")
    parser.add_argument("--algo", action="append", default=[])
    parser.add_argument("--set", action="append", default=[])
    args = parser.parse_args()
    if args.splits:
        return all_splits(args)
    low, high = (float(x) for x in args.scale.split(","))
    line_format, sep = LINES[args.format]
    reader = surprise.Reader(line_format=line_format, sep=sep, rating_scale=(low, high))
    settings = dict(pair.split("=", 1) for pair in args.set)
    for name in args.algo:
        figures = measure(build(name, settings), reader, args.data, args.test)
        print(json.dumps({"algo": name, **figures}))


if __name__ == "__main__":
    main()
