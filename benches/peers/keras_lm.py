"""The owner's language model in Keras 3.15.1: one LSTM of 200, softmax over the vocabulary at every step, sparse categorical cross entropy,
Adam. Sequences of 20 words in batches of 20, one JSON line an epoch.

KERAS_BACKEND names the backend (torch, tensorflow or jax).
"""

import argparse
import json
import math
import os
import time

os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import keras  # noqa: E402  the backend is named first
import numpy as np  # noqa: E402

from torch_lm import words  # noqa: E402


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--train", required=True)
    parser.add_argument("--lines", type=int, default=0, help="lines of the training text to read; 0 for all")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--words", type=int, default=0, help="size of the output layer; 0 for the words of the text")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    keras.utils.set_random_seed(args.seed)
    text = words(args.train, args.lines)
    known = {word: number for number, word in enumerate(dict.fromkeys(text))}
    ids = np.array([known[word] for word in text], dtype="int32")
    n = (len(ids) - 1) // 20
    x, y = ids[: 20 * n].reshape(n, 20), ids[1 : 20 * n + 1].reshape(n, 20)
    n_words = max(args.words, len(known))
    model = keras.Sequential(
        [
            keras.layers.Embedding(n_words, 200),
            keras.layers.LSTM(200, return_sequences=True),
            keras.layers.Dense(n_words, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(1e-3), "sparse_categorical_crossentropy")
    for epoch in range(1, args.epochs + 1):
        started = time.perf_counter()
        history = model.fit(x, y, batch_size=20, epochs=1, shuffle=False, verbose=0)
        seconds = time.perf_counter() - started
        row = {"peer": f"keras-{keras.backend.backend()}", "epoch": epoch, "tokens_per_s": y.size / seconds}
        row["train_ppl"] = math.exp(history.history["loss"][0])
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
