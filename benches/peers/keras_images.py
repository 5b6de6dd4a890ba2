"""The first network of Keras 3.15.1 (seed-cnn) on MNIST's idx files, with the JSON lines of `guide images train --json`.

Keras's own starts and Adam of 1e-3, pictures divided by 255. KERAS_BACKEND names the backend (tensorflow unless said).
"""

import argparse
import gzip
import json
import os
import pathlib
import time

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras  # noqa: E402  the backend is named first
import numpy  # noqa: E402


def idx(folder, name):
    data = gzip.open(folder / f"{name}-ubyte.gz", "rb").read()
    axes = data[3]
    shape = [int.from_bytes(data[4 + 4 * axis : 8 + 4 * axis], "big") for axis in range(axes)]
    return numpy.frombuffer(data, numpy.uint8, offset=4 + 4 * axes).reshape(shape)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True, type=pathlib.Path, help="the folder with MNIST's files, gzip")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    keras.utils.set_random_seed(args.seed)
    layers = keras.layers
    net = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    net.compile(optimizer=keras.optimizers.Adam(1e-3), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    parts = []
    for part in ["train", "t10k"]:
        pictures = idx(args.data, f"{part}-images-idx3").astype("float32")[..., None] / 255
        parts.append((pictures, idx(args.data, f"{part}-labels-idx1").astype("int64")))
    (x, y), test = parts
    for epoch in range(1, args.epochs + 1):
        start = time.perf_counter()
        loss = net.fit(x, y, batch_size=args.batch, epochs=1, verbose=0).history["loss"][0]
        seconds = time.perf_counter() - start
        accuracy = net.evaluate(*test, batch_size=256, verbose=0)[1]
        row = {"epoch": epoch, "loss": loss, "test_accuracy": accuracy, "images_per_s": len(x) / seconds}
        print(json.dumps(row), flush=True)
    print(json.dumps({"peer": f"keras {keras.__version__} on {keras.backend.backend()}", "net": "seed-cnn", "accuracy": accuracy}))


if __name__ == "__main__":
    main()
