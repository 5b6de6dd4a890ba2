"""Golden values of the factor models, made with scikit-surprise 1.1.5 (numpy < 2) on a small generated set.

    python scripts/golden/surprise_mf.py > crates/recsys-mf/tests/golden/surprise.json

The random starts are part of the file, so that the same sequence of steps can be repeated elsewhere. Users and items are
numbered by first appearance, as Surprise numbers them.
"""

import json
import random

import numpy
import surprise
from surprise import NMF, SVD, BaselineOnly, Dataset, Reader, SVDpp

SEED = 20


def ratings():
    rng = random.Random(SEED)
    taste = {u: rng.gauss(0, 0.7) for u in range(25)}
    merit = {i: rng.gauss(0, 0.7) for i in range(18)}
    pairs = rng.sample([(u, i) for u in taste for i in merit], 200)
    stars = [min(5, max(1, round(2 * (3.4 + taste[u] + merit[i] + rng.gauss(0, 0.5))) / 2)) for u, i in pairs]
    return [(f"u{u}", f"i{i}", star) for (u, i), star in zip(pairs, stars)]


def rounded(array):
    return [[round(float(x), 9) for x in row] for row in array]


def start(kind, trainset, n_factors, sides):
    """The first draws of Surprise's generator: users, items and, for SVD++, the implicit item factors."""
    rng = numpy.random.RandomState(SEED)
    rows = {"users": trainset.n_users, "items": trainset.n_items, "implicit": trainset.n_items}
    draw = {"normal": lambda size: rng.normal(0, 0.1, size), "uniform": lambda size: rng.uniform(0, 1, size)}[kind]
    return {side: rounded(draw((rows[side], n_factors))) for side in sides}


def main():
    assert surprise.__version__ == "1.1.5", surprise.__version__
    known = ratings()
    pairs = [(u, i) for u in ["u0", "u3", "u11", "u24", "nobody"] for i in ["i0", "i5", "i9", "i17", "nothing"]]
    reader = Reader(rating_scale=(1, 5))
    trainset = Dataset(reader).construct_trainset([(u, i, float(r), None) for u, i, r in known])

    def estimates(algorithm):
        algorithm.fit(trainset)
        return [round(algorithm.predict(u, i).est, 9) for u, i in pairs]

    quiet = {"verbose": False}
    few = {"n_factors": 5, "n_epochs": 10, "random_state": SEED}
    # Every kind of number at a rate and with a pull of its own.
    terms = {"lr_bu": 0.01, "lr_bi": 0.02, "lr_pu": 0.03, "lr_qi": 0.015, "reg_bu": 0.1, "reg_bi": 0.05, "reg_pu": 0.2, "reg_qi": 0.3}
    implicit_terms = {"lr_yj": 0.025, "reg_yj": 0.4}
    nmf_terms = {"lr_bu": 0.01, "lr_bi": 0.02, "reg_bu": 0.1, "reg_bi": 0.05, "reg_pu": 0.2, "reg_qi": 0.3}
    golden = {
        "peer": f"scikit-surprise {surprise.__version__}",
        "ratings": known,
        "pairs": pairs,
        "baseline_als": estimates(BaselineOnly(bsl_options={"method": "als"}, **quiet)),
        "baseline_sgd": estimates(BaselineOnly(bsl_options={"method": "sgd"}, **quiet)),
        "svd_start": start("normal", trainset, 5, ["users", "items"]),
        "svd": estimates(SVD(**few)),
        "svd_unbiased": estimates(SVD(biased=False, lr_all=0.02, **few)),
        "svd_terms": estimates(SVD(**terms, **few)),
        "svdpp_start": start("normal", trainset, 5, ["users", "items", "implicit"]),
        "svdpp": estimates(SVDpp(**few)),
        "svdpp_terms": estimates(SVDpp(**terms, **implicit_terms, **few)),
        "nmf_start": start("uniform", trainset, 5, ["users", "items"]),
        "nmf": estimates(NMF(**few)),
        "nmf_biased": estimates(NMF(biased=True, **few)),
        "nmf_terms": estimates(NMF(biased=True, **nmf_terms, **few)),
    }
    print(json.dumps(golden))


if __name__ == "__main__":
    main()
