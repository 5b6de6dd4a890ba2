"""The work of `guide ranking --train TRAIN --test TEST` in implicit 0.7.3, one JSON line an algorithm."""

import argparse
import gzip
import json
import os
import time

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


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--train", required=True)
    parser.add_argument("--test", required=True)
    parser.add_argument("--algo", action="append", required=True)
    parser.add_argument("--k", type=int, default=20)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--set", action="append", default=[])
    args = parser.parse_args()
    rows, cols = adjacency(args.train)
    test_rows, test_cols = adjacency(args.test)
    shape = (max(rows.max(), test_rows.max()) + 1, max(cols.max(), test_cols.max()) + 1)
    seen = csr_matrix((np.ones(len(rows), dtype=np.float32), (rows, cols)), shape=shape)
    wanted = csr_matrix((np.ones(len(test_rows), dtype=np.float32), (test_rows, test_cols)), shape=shape)
    users = np.flatnonzero(np.diff(wanted.indptr))
    discount = 1 / np.log2(np.arange(args.k) + 2)
    settings = dict(pair.split("=", 1) for pair in args.set)
    for name in args.algo:
        model = build(name, settings, args.threads)
        start = time.perf_counter()
        model.fit(seen, show_progress=False)
        fitted = time.perf_counter()
        ids, _ = model.recommend(users, seen[users], N=args.k)
        done = time.perf_counter()
        recall = ndcg = 0.0
        for user, listed in zip(users, ids):
            relevant = wanted.indices[wanted.indptr[user]:wanted.indptr[user + 1]]
            hits = np.isin(listed, relevant)
            recall += hits.sum() / len(relevant)
            ndcg += (hits * discount).sum() / discount[: min(args.k, len(relevant))].sum()
        print(json.dumps({
            "algo": name, "recall": recall / len(users), "ndcg": ndcg / len(users), "k": args.k,
            "fit_s": fitted - start, "recommend_s": done - fitted,
        }))


if __name__ == "__main__":
    main()
