"""Logistic regression and linear support vector machines of scikit-learn 1.9.1 on small data, for crates/nn-core/src/linear_model/tests.rs.

    pip install scikit-learn==1.9.1
    python scripts/golden/sklearn_logistic.py > crates/nn-core/tests/golden/sklearn_logistic.json
"""

import json

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

draw = np.random.RandomState(3)
N, D = 40, 5
# Multiples of 1/8, exact in 32 bits; a third of them 0, so that the sparse form has holes.
x = np.round(draw.randn(N, D) * 8) / 8
x[draw.rand(N, D) < 0.33] = 0
centers = np.round(draw.randn(18, D) * 8) / 8


def labels(n_classes):
    scores = x @ centers[:n_classes].T + draw.gumbel(size=(N, n_classes))
    found = scores.argmax(axis=1)
    found[:n_classes] = np.arange(n_classes)  # every class is there
    return found


CASES = [
    (2, {}),
    (2, {"C": 0.1, "class_weight": "balanced"}),
    (2, {"C": 10.0, "fit_intercept": False}),
    (3, {}),
    (3, {"C": 20.0, "class_weight": "balanced"}),
    (3, {"fit_intercept": False, "class_weight": [0.5, 1.0, 3.0]}),
    (18, {"C": 2.0}),
]

cases = []
for n_classes, params in CASES:
    y = labels(n_classes)
    arguments = dict(params)
    if isinstance(arguments.get("class_weight"), list):
        arguments["class_weight"] = dict(enumerate(arguments["class_weight"]))
    model = LogisticRegression(tol=1e-10, max_iter=10000, **arguments).fit(x, y)
    cases.append(
        {
            "n_classes": n_classes,
            "params": params,
            "labels": y.tolist(),
            "coef": np.round(model.coef_, 7).tolist(),
            "intercept": np.round(np.broadcast_to(model.intercept_, (model.coef_.shape[0],)), 7).tolist(),
            "probabilities": np.round(model.predict_proba(x[:3]), 7).tolist(),
        }
    )

# LinearSVC regularises the intercept, which is the weight of a feature of the value intercept_scaling; a large value makes that negligible.
SVM_CASES = [
    (2, {"fit_intercept": False}),
    (3, {"C": 0.1, "fit_intercept": False}),
    (18, {"C": 5.0, "fit_intercept": False}),
    (3, {}),
]
svm_cases = []
for n_classes, params in SVM_CASES:
    y = labels(n_classes)
    model = LinearSVC(tol=1e-12, max_iter=1000000, dual=False, intercept_scaling=1000.0, **params).fit(x, y)
    svm_cases.append(
        {
            "params": params,
            "labels": y.tolist(),
            "coef": np.round(model.coef_, 7).tolist(),
            "intercept": np.round(np.broadcast_to(model.intercept_, (model.coef_.shape[0],)), 7).tolist(),
            "scores": np.round(np.atleast_2d(model.decision_function(x[:3]).T).T, 7).tolist(),
        }
    )
print(json.dumps({"x": x.tolist(), "cases": cases, "svm_cases": svm_cases}))
