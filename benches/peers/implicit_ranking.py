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


def build(name, settings, threads):
    factors = int(settings.get("n_factors", 64))
    if name == "ials":
        return AlternatingLeastSquares(
            factors=factors, regularization=float(settings.get("regularization", 0.01)),
            iterations=int(settings.get("n_epochs", 15)), num_threads=threads, random_state=0)
    if name == "bpr":
        return BayesianPersonalizedRanking(
            factors=factors, learning_rate=float(settings.get("learning_rate", 0.01)),
            regularization=float(settings.get("regularization", 0.01)),
            iterations=int(settings.get("n_epochs", 100)), num_threads=threads, random_state=0)
    if name == "lmf":
        return LogisticMatrixFactorization(factors=factors, num_threads=threads, random_state=0)
    kinds = {"item-cosine": CosineRecommender, "item-tfidf": TFIDFRecommender, "item-bm25": BM25Recommender}
    # implicit counts an item among its own neighbours: one more gives the same others.
    return kinds[name](K=int(settings.get("k", 20)) + 1, num_threads=threads)


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
