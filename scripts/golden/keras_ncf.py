"""The course of a small neural collaborative filter in Keras 3.15.1 (PyTorch backend): first weights, batches, 200 losses.

    KERAS_BACKEND=torch python scripts/golden/keras_ncf.py > crates/recsys-deep/tests/golden/keras_ncf.json

The network is Embedding, Embedding, Concatenate, Dense relu, Dense 1, learned by mean squared error with Keras's Adam. Batches go
round the ratings in order. Initial weights come first in the file; rows of users and items are [n, dim], Dense kernels [in, out].
"""

import json
import os

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy

N_USERS, N_ITEMS, DIM, HIDDEN, N_RATINGS, BATCH, STEPS = 20, 15, 4, 6, 160, 16, 200
keras.utils.set_random_seed(20)
rng = numpy.random.default_rng(20)

user, item = keras.Input((1,)), keras.Input((1,))
users = keras.layers.Embedding(N_USERS, DIM)
items = keras.layers.Embedding(N_ITEMS, DIM)
joined = keras.layers.Concatenate()([keras.layers.Flatten()(users(user)), keras.layers.Flatten()(items(item))])
hidden, out = keras.layers.Dense(HIDDEN, activation="relu"), keras.layers.Dense(1)
model = keras.Model([user, item], out(hidden(joined)))
model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse")

pairs = rng.permutation(N_USERS * N_ITEMS)[:N_RATINGS]
u, i = pairs // N_ITEMS, pairs % N_ITEMS
r = numpy.clip(numpy.round(3 + rng.normal(0, 0.7, N_USERS)[u] + rng.normal(0, 0.7, N_ITEMS)[i] + rng.normal(0, 0.4, N_RATINGS)), 1, 5)

rows = lambda x: [[round(float(v), 8) for v in row] for row in numpy.atleast_2d(numpy.asarray(x))]
numpy_of = keras.ops.convert_to_numpy
golden = {
    "keras": keras.__version__,
    "user_rows": rows(numpy_of(users.embeddings)),
    "item_rows": rows(numpy_of(items.embeddings)),
    "hidden": rows(numpy_of(hidden.kernel)),
    "out": rows(numpy_of(out.kernel)),
    "users": u.tolist(),
    "items": i.tolist(),
    "ratings": r.tolist(),
    "losses": [],
}
for step in range(STEPS):
    at = numpy.arange(step * BATCH, (step + 1) * BATCH) % N_RATINGS
    loss = model.train_on_batch([u[at, None], i[at, None]], r[at, None])
    model.reset_metrics()
    golden["losses"].append(round(float(loss), 7))
print(json.dumps(golden))
