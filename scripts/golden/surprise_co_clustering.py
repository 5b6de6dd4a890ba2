"""Golden values of co-clustering, made with scikit-surprise 1.1.5 (numpy < 2) on a small generated set of whole ratings.

    python scripts/golden/surprise_co_clustering.py > crates/recsys-cf/tests/golden/co_clustering.json

The clusters at the start are part of the file, so that the same sequence of steps can be repeated elsewhere. Users and
items are numbered by first appearance, as Surprise numbers them.
"""

import json
import random

import numpy
import surprise
from surprise import CoClustering, Dataset, Reader

SEED = 20


def ratings():
    rng = random.Random(SEED)
    taste = {u: rng.gauss(0, 0.7) for u in range(25)}
    merit = {i: rng.gauss(0, 0.7) for i in range(18)}
    pairs = rng.sample([(u, i) for u in taste for i in merit], 200)
    suits = [0.8 if u % 3 == i % 3 else -0.4 for u, i in pairs]
    stars = [3.2 + taste[u] + merit[i] + suit + rng.gauss(0, 0.5) for (u, i), suit in zip(pairs, suits)]
    return [(f"u{u}", f"i{i}", min(5, max(1, round(star)))) for (u, i), star in zip(pairs, stars)]


def case(trainset, pairs, n_users, n_items, n_epochs):
    rng = numpy.random.RandomState(SEED)
    start = {
        "n_epochs": n_epochs,
        "user_clusters": rng.randint(n_users, size=trainset.n_users).tolist(),
        "item_clusters": rng.randint(n_items, size=trainset.n_items).tolist(),
    }
    algorithm = CoClustering(n_cltr_u=n_users, n_cltr_i=n_items, n_epochs=n_epochs, random_state=SEED)
    algorithm.fit(trainset)
    estimates = [round(algorithm.predict(user, item).est, 9) for user, item in pairs]
    return {"n_user_clusters": n_users, "n_item_clusters": n_items, **start, "estimates": estimates}


def main():
    assert surprise.__version__ == "1.1.5", surprise.__version__
    known = ratings()
    pairs = [(f"u{u}", f"i{i}") for u in range(25) for i in range(18)]
    reader = Reader(rating_scale=(1, 5))
    trainset = Dataset(reader).construct_trainset([(u, i, float(r), None) for u, i, r in known])
    assert trainset.n_users == 25 and trainset.n_items == 18
    golden = {
        "peer": f"scikit-surprise {surprise.__version__}",
        "ratings": known,
        "pairs": pairs,
        "cases": [case(trainset, pairs, *sizes) for sizes in [(3, 3, 20), (3, 3, 2), (2, 4, 5), (6, 5, 20)]],
    }
    print(json.dumps(golden))


if __name__ == "__main__":
    main()
