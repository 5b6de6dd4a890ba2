"""Golden predictions of scikit-surprise 1.1.5 for the neighbour models and the baselines.

    surprise_knn.py U1_BASE U1_TEST

Writes under crates/recsys-cf/tests/golden/:
  u1/NAME.gz       the predictions for MovieLens 100K's u1.test, in its order; no ids and no ratings, which its terms forbid to
                   pass on: little-endian u32, the estimate times 100,000
  half-stars.csv   a generated set: user,item,rating,part (train or test), half stars, ties, unknown users and items
  half-stars.json  the predictions for its test part, by name
"""

import csv
import gzip
import json
import random
import sys
from pathlib import Path

import numpy as np
import surprise

GOLDEN = Path(__file__).resolve().parents[2] / "crates/recsys-cf/tests/golden"
KNN = {
    "knn-basic": surprise.KNNBasic,
    "knn-means": surprise.KNNWithMeans,
    "knn-zscore": surprise.KNNWithZScore,
    "knn-baseline": surprise.KNNBaseline,
}
SIMILARITIES = ["msd", "cosine", "pearson", "pearson-baseline"]


def models(everything):
    """(name, algorithm); on u1 only knn-basic goes through every similarity, to keep the files few."""
    for kind, algorithm in KNN.items():
        for similarity in SIMILARITIES:
            for side in ("user", "item"):
                usual = (side, similarity) in (("user", "msd"), ("item", "pearson-baseline"))
                if everything or kind == "knn-basic" or usual:
                    sim = {"name": similarity.replace("-", "_"), "user_based": side == "user"}
                    yield f"{kind}-{side}-{similarity}", algorithm(sim_options=sim, verbose=False)
    for method in ("als", "sgd"):
        yield f"baseline-{method}", surprise.BaselineOnly(bsl_options={"method": method}, verbose=False)


def u1(base, test):
    reader = surprise.Reader("ml-100k")
    folds = surprise.Dataset.load_from_folds([(base, test)], reader)
    train, test = next(surprise.model_selection.PredefinedKFold().split(folds))
    (GOLDEN / "u1").mkdir(parents=True, exist_ok=True)
    for name, algorithm in models(everything=False):
        estimates = [p.est for p in algorithm.fit(train).test(test)]
        scaled = np.rint(np.array(estimates) * 100_000).astype("<u4")
        with open(GOLDEN / "u1" / f"{name}.gz", "wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as out:
            out.write(scaled.tobytes())


def half_stars():
    draw = random.Random(7)
    rows = []
    for user in range(40):
        for item in draw.sample(range(30), 14):
            liked = 1.5 if (user + item) % 3 == 0 else 0.0
            rating = min(5.0, max(0.5, round((2.2 + liked + draw.gauss(0, 0.8)) * 2) / 2))
            rows.append((f"u{user}", f"i{item}", rating, "test" if draw.random() < 0.2 else "train"))
    draw.shuffle(rows)
    rows += [("stranger", "i1", 3.0, "test"), ("u1", "unheard-of", 3.0, "test"), ("stranger", "unheard-of", 3.0, "test")]
    with open(GOLDEN / "half-stars.csv", "w", newline="") as out:
        csv.writer(out, lineterminator="\n").writerows(rows)

    import pandas

    frame = pandas.DataFrame([row[:3] for row in rows if row[3] == "train"], columns=["user", "item", "rating"])
    train = surprise.Dataset.load_from_df(frame, surprise.Reader(rating_scale=(0.5, 5))).build_full_trainset()
    test = [row[:3] for row in rows if row[3] == "test"]
    found = {}
    for name, algorithm in models(everything=True):
        found[name] = [round(p.est, 6) for p in algorithm.fit(train).test(test)]
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(values)}" for name, values in found.items())
    (GOLDEN / "half-stars.json").write_text(f"{{\n{lines}\n}}\n")


if __name__ == "__main__":
    assert surprise.__version__ == "1.1.5", surprise.__version__
    GOLDEN.mkdir(parents=True, exist_ok=True)
    half_stars()
    u1(sys.argv[1], sys.argv[2])
