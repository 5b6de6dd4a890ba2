"""Golden values of iALS: one epoch, items and then users solved exactly, from the same random users.

    python scripts/golden/implicit_ials.py > crates/recsys-mf/tests/golden/ials.json

The first case is made by implicit 0.7.3 (`recalculate_item`, `recalculate_user`). The others minimise the loss of Rendle et al.
(2021) written out over all users and items, each row a dense weighted least squares problem solved by numpy in double precision.
"""

import json

import implicit
import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from scipy.sparse import csr_matrix

N_USERS, N_ITEMS, N_FACTORS = 20, 15, 4


def events(rng):
    taken = rng.random((N_USERS, N_ITEMS)) < 0.3
    return np.where(taken, rng.integers(1, 5, taken.shape), 0).astype(np.float32)


def by_implicit(weights, users, regularization):
    model = AlternatingLeastSquares(factors=N_FACTORS, regularization=regularization, dtype=np.float32, num_threads=1)
    by_user = csr_matrix(weights)
    model.user_factors = users.astype(np.float32)
    model.item_factors = np.zeros((N_ITEMS, N_FACTORS), dtype=np.float32)
    model.item_factors = model.recalculate_item(np.arange(N_ITEMS), by_user.T.tocsr())
    model._YtY = None
    return model.recalculate_user(np.arange(N_USERS), by_user) @ model.item_factors.T


def dense_rows(weights, fixed, case):
    """Each row x minimises sum_j c_j (1 - x.y_j)^2 + sum_j a_j (x.y_j)^2 + ridge |x|^2, its loss written out over all j."""
    rows = []
    for row in weights:
        taken = row > 0
        confidence = case["alpha"] * row
        unobserved = np.full(len(row), case["unobserved_weight"])
        if case["confidence"] == "replacing":
            unobserved[taken] = 0
        ridge = case["regularization"] * (taken.sum() + case["unobserved_weight"] * len(row)) ** case["frequency_exponent"]
        # One equation a term: sqrt(c) x.y = sqrt(c), sqrt(a) x.y = 0, sqrt(ridge) x = 0.
        left = np.vstack([np.sqrt(confidence)[:, None] * fixed, np.sqrt(unobserved)[:, None] * fixed, np.sqrt(ridge) * np.eye(N_FACTORS)])
        right = np.concatenate([np.sqrt(confidence), np.zeros(len(row) + N_FACTORS)])
        rows.append(np.linalg.lstsq(left, right, rcond=None)[0] if taken.any() else np.zeros(N_FACTORS))
    return np.array(rows)


def dense(weights, users, case):
    weights = weights.astype(np.float64)
    items = dense_rows(weights.T, users, case)
    return dense_rows(weights, items, case) @ items.T


def rounded(array):
    return [[round(float(x), 7) for x in row] for row in array]


def main():
    assert implicit.__version__ == "0.7.3", implicit.__version__
    rng = np.random.default_rng(3)
    weights = events(rng)
    users = rng.normal(0, 0.5, (N_USERS, N_FACTORS)) * (weights.sum(axis=1, keepdims=True) > 0)
    users = np.round(users, 6)
    like_implicit = {"regularization": 0.05, "frequency_exponent": 0.0, "unobserved_weight": 1.0, "alpha": 1.0, "confidence": "replacing"}
    cases = [{"by": "implicit 0.7.3", **like_implicit, "scores": rounded(by_implicit(weights, users, 0.05))}]
    for exponent, confidence in [(0.0, "replacing"), (0.7, "replacing"), (1.0, "added")]:
        case = {**like_implicit, "frequency_exponent": exponent, "confidence": confidence}
        if exponent > 0:
            case.update(unobserved_weight=0.3, alpha=2.0, regularization=0.02)
        cases.append({"by": "numpy", **case, "scores": rounded(dense(weights, users, case))})
    taken = [[int(u), int(i), float(weights[u, i])] for u, i in zip(*np.nonzero(weights))]
    print(json.dumps({"n_users": N_USERS, "n_items": N_ITEMS, "users": rounded(users), "events": taken, "cases": cases}))


if __name__ == "__main__":
    main()
