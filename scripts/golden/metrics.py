"""Golden values of the metrics, made with implicit 0.7.3 (rankings) and scikit-surprise 1.1.5 (ratings).

    python scripts/golden/metrics.py > crates/recsys-core/tests/golden/metrics.json

30 users and 40 items with random scores, seen and test items; and 400 rated pairs of 30 users with noisy estimates.
"""

import importlib.metadata
import json

import numpy
from implicit.evaluation import ranking_metrics_at_k
from scipy.sparse import csr_matrix
from surprise import accuracy
from surprise.prediction_algorithms.predictions import Prediction

N_USERS, N_ITEMS = 30, 40
rng = numpy.random.default_rng(5)
draw = rng.random((N_USERS, N_ITEMS))
seen, test = draw < 0.2, draw > 0.85
test[0] = False
scores = numpy.stack([rng.permutation(N_ITEMS) for _ in range(N_USERS)])


class Table:
    """Recommends by the table of scores, without what is seen."""

    def recommend(self, users, user_items, N, **_):
        masked = numpy.where(seen[users], -1, scores[users])
        ids = numpy.argsort(-masked, axis=1)[:, :N]
        return ids.astype("i4"), numpy.take_along_axis(masked, ids, axis=1)


train_matrix, test_matrix = csr_matrix(seen.astype("f4")), csr_matrix(test.astype("f4"))
rankings = {
    k: {name: float(x) for name, x in ranking_metrics_at_k(Table(), train_matrix, test_matrix, K=k, show_progress=False, num_threads=1).items()}
    for k in (1, 5, 10, 20)
}

users = rng.integers(0, N_USERS, 400)
ratings = rng.integers(1, 6, 400)
estimates = numpy.clip(numpy.round(ratings + rng.normal(0, 1.5, 400), 1), 1, 5)
predictions = [Prediction(int(u), 0, float(r), float(e), {}) for u, r, e in zip(users, ratings, estimates)]
print(json.dumps({
    "implicit": importlib.metadata.version("implicit"),
    "surprise": importlib.metadata.version("scikit-surprise"),
    "scores": scores.tolist(),
    "seen": [numpy.flatnonzero(row).tolist() for row in seen],
    "test": [numpy.flatnonzero(row).tolist() for row in test],
    "rankings": rankings,
    "users": users.tolist(),
    "ratings": ratings.tolist(),
    "estimates": estimates.tolist(),
    "errors": {name: getattr(accuracy, name)(predictions, verbose=False) for name in ("rmse", "mae", "mse", "fcp")},
}))
