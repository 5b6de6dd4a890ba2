"""The work of `guide ranking --train TRAIN --test TEST` in implicit 0.7.3, one JSON line an algorithm.

With `--splits FOLDER --out FILE` it measures implicit's defaults on every split that the bench `defaults` wrote, and its ALS with
64 factors, alpha 10 and a regularisation of .05 too; lines that are in FILE already are not measured again.
"""

import argparse
import gzip
import json
import os
import time
import warnings
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as implicit's README advises

import numpy as np
from scipy.sparse import csr_matrix

from implicit.als import AlternatingLeastSquares
from implicit.bpr import BayesianPersonalizedRanking
from implicit.lmf import LogisticMatrixFactorization
from implicit.nearest_neighbours import BM25Recommender, CosineRecommender, TFIDFRecommender


def adjacency(path):
    opener = gzip.open if path.endswith(".gz") else open
    rows, cols = [], []
    with opener(path, "rt") as lines:
        for line in lines:
            user, *items = line.split()
            rows += [int(user)] * len(items)
            cols += map(int, items)
    return np.array(rows), np.array(cols)


KINDS = {
    "item-cosine": CosineRecommender,
    "item-tfidf": TFIDFRecommender,
    "item-bm25": BM25Recommender,
    "ials": AlternatingLeastSquares,
    "bpr": BayesianPersonalizedRanking,
    "lmf": LogisticMatrixFactorization,
}
# The names of `--set`, in implicit's words.
NAMES = {
    "n_factors": ("factors", int),
    "n_epochs": ("iterations", int),
    "regularization": ("regularization", float),
    "learning_rate": ("learning_rate", float),
    "alpha": ("alpha", float),
}
# What the bench `defaults` compares with: the literal defaults (K = 20 counts an item among its own neighbours), and settings
# that are in wide use.
COMPARED = [
    ("item-cosine", "defaults", {}),
    ("item-tfidf", "defaults", {}),
    ("item-bm25", "defaults", {}),
    ("ials", "defaults", {}),
    ("ials", "64/10/.05", {"factors": 64, "alpha": 10, "regularization": 0.05}),
    ("bpr", "defaults", {}),
    ("lmf", "defaults", {}),
]


def build(name, settings, threads):
    settings = dict(settings)
    arguments = {"num_threads": threads}
    if name.startswith("item-"):
        # implicit counts an item among its own neighbours: one more gives the same others.
        arguments["K"] = int(settings.pop("k", 20)) + 1
    else:
        arguments["random_state"] = 0
    for key, value in settings.items():
        if key not in NAMES:
            raise SystemExit(f"implicit: no counterpart of `{key}`; known: {', '.join(NAMES)}")
        theirs, kind = NAMES[key]
        arguments[theirs] = kind(value)
    return KINDS[name](**arguments)


def measure(model, train, test, k):
    rows, cols = adjacency(train)
    test_rows, test_cols = adjacency(test)
    shape = (max(rows.max(), test_rows.max()) + 1, max(cols.max(), test_cols.max()) + 1)
    seen = csr_matrix((np.ones(len(rows), dtype=np.float32), (rows, cols)), shape=shape)
    wanted = csr_matrix((np.ones(len(test_rows), dtype=np.float32), (test_rows, test_cols)), shape=shape)
    users = np.flatnonzero(np.diff(wanted.indptr))
    discount = 1 / np.log2(np.arange(k) + 2)
    start = time.perf_counter()
    model.fit(seen, show_progress=False)
    fitted = time.perf_counter()
    ids, _ = model.recommend(users, seen[users], N=k)
    done = time.perf_counter()
    recall = ndcg = 0.0
    for user, listed in zip(users, ids):
        relevant = wanted.indices[wanted.indptr[user]:wanted.indptr[user + 1]]
        hits = np.isin(listed, relevant)
        recall += hits.sum() / len(relevant)
        ndcg += (hits * discount).sum() / discount[: min(k, len(relevant))].sum()
    return {
        "recall": recall / len(users), "ndcg": ndcg / len(users), "k": k,
        "coverage": len(np.unique(ids[ids >= 0])) / shape[1],
        "fit_s": fitted - start, "recommend_s": done - fitted,
    }


def all_splits(args):
    warnings.filterwarnings("ignore")
    wanted = {name: text.split(",") for name, text in (("set", args.sets), ("algo", args.algos)) if text}
    done = set()
    if os.path.exists(args.out):
        with open(args.out) as lines:
            rows = [json.loads(line) for line in lines]
        done = {(row["set"], row["seed"], row["algo"], row["side"]) for row in rows}
    order = sorted(Path(args.splits).glob("*.train.events"), key=lambda path: (path.stat().st_size, path.name))
    with open(args.out, "a") as out:
        for train in order:
            name, seed = train.name.split(".")[:2]
            for algo, settings, arguments in COMPARED:
                side = f"implicit {settings}"
                if any(value not in wanted.get(kind, [value]) for kind, value in (("set", name), ("algo", algo))):
                    continue
                if (name, int(seed), algo, side) in done:
                    continue
                if not algo.startswith("item-"):
                    arguments = {**arguments, "random_state": int(seed)}
                model = KINDS[algo](num_threads=args.threads, **arguments)
                figures = measure(model, str(train), str(train).replace(".train.", ".test."), args.k)
                row = {"side": side, "set": name, "seed": int(seed), "algo": algo, **figures}
                print(json.dumps(row), file=out, flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--train")
    parser.add_argument("--test")
    parser.add_argument("--splits")
    parser.add_argument("--out")
    parser.add_argument("--sets")
    parser.add_argument("--algos")
    parser.add_argument("--algo", action="append", default=[])
    parser.add_argument("--k", type=int, default=20)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--set", action="append", default=[])
    args = parser.parse_args()
    if args.splits:
        return all_splits(args)
    settings = dict(pair.split("=", 1) for pair in args.set)
    for name in args.algo:
        figures = measure(build(name, settings, args.threads), args.train, args.test, args.k)
        print(json.dumps({"algo": name, **figures}))


if __name__ == "__main__":
    main()
