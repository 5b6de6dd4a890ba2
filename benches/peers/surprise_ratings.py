"""The work of `guide ratings --data TRAIN --test TEST` in scikit-surprise 1.1.5, one JSON line an algorithm."""

import argparse
import json
import time

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


def build(name, settings):
    settings = dict(settings)
    arguments = {}
    if name in KNN:
        arguments["sim_options"] = {
            "name": settings.pop("similarity", "msd").replace("-", "_"),
            "user_based": settings.pop("user_based", "true") == "true",
        }
    if name in SEEDED:
        arguments["random_state"] = 0
    if name not in ("slope-one", "random"):
        arguments["verbose"] = False
    for key, value in settings.items():
        if key not in NAMES:
            raise SystemExit(f"surprise: no counterpart of `{key}`; known: similarity, user_based, {', '.join(NAMES)}")
        theirs, kind = NAMES[key]
        arguments[theirs] = kind(value)
    return {**KNN, **OTHERS}[name](**arguments)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    parser.add_argument("--test", required=True)
    parser.add_argument("--format", default="ml-100k")
    parser.add_argument("--scale", default="1,5")
    parser.add_argument("--algo", action="append", required=True)
    parser.add_argument("--set", action="append", default=[])
    args = parser.parse_args()
    low, high = (float(x) for x in args.scale.split(","))
    line_format, sep = LINES[args.format]
    reader = surprise.Reader(line_format=line_format, sep=sep, rating_scale=(low, high))
    folds = surprise.Dataset.load_from_folds([(args.data, args.test)], reader)
    train, test = next(surprise.model_selection.PredefinedKFold().split(folds))
    settings = dict(pair.split("=", 1) for pair in args.set)
    for name in args.algo:
        algo = build(name, settings)
        start = time.perf_counter()
        algo.fit(train)
        fitted = time.perf_counter()
        predictions = algo.test(test)
        tested = time.perf_counter()
        result = {
            "algo": name,
            "rmse": accuracy.rmse(predictions, verbose=False),
            "mae": accuracy.mae(predictions, verbose=False),
            "fcp": accuracy.fcp(predictions, verbose=False),
            "fit_s": fitted - start,
            "test_s": tested - fitted,
        }
        print(json.dumps(result))


if __name__ == "__main__":
    main()
