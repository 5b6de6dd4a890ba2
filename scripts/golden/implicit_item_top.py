"""Neighbours and recommendations of implicit 0.7.3's item-item models on a small made-up set of events.

    python scripts/golden/implicit_item_top.py > crates/recsys-cf/tests/golden/item_top.json

Weights have no ties, and no user has every item (whose idf implicit lets fall below 0). User 0 has all but two, so that
implicit runs out of candidates for it and fills up with what the user has.
"""

import json

import implicit
import numpy
from implicit.nearest_neighbours import BM25Recommender, CosineRecommender, TFIDFRecommender
from scipy.sparse import csr_matrix

N_USERS, N_ITEMS, K, N = 50, 40, 11, 5


def made_up():
    random = numpy.random.RandomState(0)
    has = random.rand(N_USERS, N_ITEMS) < numpy.linspace(0.05, 0.5, N_ITEMS)
    has[0] = numpy.arange(N_ITEMS) >= 2
    has[numpy.arange(N_ITEMS) + 5, numpy.arange(N_ITEMS)] = True  # every item has someone
    return csr_matrix(has * random.randint(10, 500, has.shape) / 100.0)


def main():
    assert implicit.__version__ == "0.7.3", implicit.__version__
    data = made_up()
    rounded = lambda pairs: [[int(i), float(f"{x:.7g}")] for i, x in pairs]
    golden = {"rows": [rounded(zip(row.indices, row.data)) for row in data], "methods": {}}
    models = {"cosine": CosineRecommender(K), "tfidf": TFIDFRecommender(K), "bm25": BM25Recommender(K)}
    for name, model in models.items():
        model.num_threads = 1
        model.fit(data, show_progress=False)
        golden["methods"][name] = {
            "neighbours": [rounded(zip(*model.similar_items(item, K))) for item in range(N_ITEMS)],
            "recommended": [rounded(zip(*model.recommend(user, data[user], N))) for user in range(N_USERS)],
        }
    print(json.dumps(golden, separators=(",", ":")))


if __name__ == "__main__":
    main()
