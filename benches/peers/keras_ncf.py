"""The owner's NCF in Keras 3.15.1 on a file of ratings, one JSON line: embeddings of 32, a hidden layer of 64, batches of 256, dense Adam.

KERAS_BACKEND names the backend (torch, tensorflow or jax).
"""

import argparse
import json
import os
import time

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras  # noqa: E402  the backend is named first

import ncf_data  # noqa: E402


def build(n_users, n_items, n_factors=32, hidden=64):
    user, item = keras.Input((1,), dtype="int64"), keras.Input((1,), dtype="int64")
    p = keras.layers.Flatten()(keras.layers.Embedding(n_users, n_factors)(user))
    q = keras.layers.Flatten()(keras.layers.Embedding(n_items, n_factors)(item))
    x = keras.layers.Dense(hidden, activation="relu")(keras.layers.Concatenate()([p, q]))
    return keras.Model([user, item], keras.layers.Dense(1)(x))


def main():
    args = ncf_data.arguments(argparse.ArgumentParser())
    keras.utils.set_random_seed(args.seed)
    train, test, n_users, n_items = ncf_data.load(args.train, args.test)
    users, items, ratings = (column[: args.limit or None] for column in train)
    net = build(n_users, n_items)
    net.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mse")
    start = time.perf_counter()
    net.fit([users, items], ratings, batch_size=args.batch, epochs=args.epochs, verbose=0)
    seconds = time.perf_counter() - start
    predictions = net.predict([test[0], test[1]], batch_size=8192, verbose=0)[:, 0]
    result = {"algo": f"keras-ncf-{keras.backend.backend()}", "rmse": ncf_data.rmse(predictions, test[2])}
    print(json.dumps({**result, "ratings_per_s": len(ratings) * args.epochs / seconds, "epochs": args.epochs}))


if __name__ == "__main__":
    main()
