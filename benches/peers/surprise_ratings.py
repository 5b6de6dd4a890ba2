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
    "baseline": lambda: surprise.BaselineOnly(verbose=False),
    "svd": lambda: surprise.SVD(random_state=0),
    "svdpp": lambda: surprise.SVDpp(random_state=0),
    "nmf": lambda: surprise.NMF(random_state=0),
    "slope-one": surprise.SlopeOne,
    "co-clustering": lambda: surprise.CoClustering(random_state=0),
    "random": surprise.NormalPredictor,
}


def build(name, settings):
    if name in KNN:
        sim = {
            "name": settings.get("similarity", "msd").replace("-", "_"),
            "user_based": settings.get("user_based", "true") == "true",
        }
        return KNN[name](k=int(settings.get("k", 40)), sim_options=sim, verbose=False)
    return OTHERS[name]()


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
    line = {"ml-100k": ("user item rating timestamp", "\t"), "csv": ("user item rating", ","), "tsv": ("user item rating", "\t")}
    line_format, sep = line[args.format]
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
