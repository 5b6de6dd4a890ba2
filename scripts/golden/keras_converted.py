"""Golden files of scripts/convert/keras_lstm_to_safetensors.py, made with Keras 3.15.1 on the PyTorch 2.15.0 backend.

    KERAS_BACKEND=torch python scripts/golden/keras_converted.py crates/nlp-rnn/tests/golden

For each model: its converted weights as safetensors, and the words with the probabilities of the next word that Keras gives (without an
Embedding, the inputs and the outputs of the layers). Each model is converted from its .keras and, where the file tells enough, from its .weights.h5 file, which must agree.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

os.environ["KERAS_BACKEND"] = "torch"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import keras
import numpy as np
from keras import layers

ROOT = pathlib.Path(__file__).parents[2]
CONVERT = ROOT / "scripts/convert/keras_lstm_to_safetensors.py"
WORDS, DIM, UNITS, STEPS = 7, 4, 5, 9


def recurrent(kind, **more):
    return kind(UNITS, return_sequences=True, **more)


def language_model(cells):
    body = [layer for cell in cells for layer in (cell, layers.Dropout(0.2))]
    return [layers.Embedding(WORDS, DIM), *body, layers.Dense(WORDS, activation="softmax")]


MODELS = {
    "lstm": language_model([recurrent(layers.LSTM), recurrent(layers.LSTM)]),
    "gru": language_model([recurrent(layers.GRU), recurrent(layers.GRU)]),
    "rnn": language_model([recurrent(layers.SimpleRNN)]),
    "bidirectional": [layers.Bidirectional(recurrent(layers.LSTM)), layers.Bidirectional(recurrent(layers.LSTM))],
    "gru-before": [recurrent(layers.GRU, reset_after=False)],
}


def main(folder):
    folder = pathlib.Path(folder)
    for number, (name, body) in enumerate(MODELS.items()):
        keras.utils.set_random_seed(number)
        rng = np.random.default_rng(number)
        model = keras.Sequential(body)
        has_words = isinstance(body[0], layers.Embedding)
        if has_words:
            # Word 0 is the end of a sentence, word 1 the unknown one.
            x = rng.integers(2, WORDS, (1, STEPS))
            x[0, 0] = 0
        else:
            x = rng.standard_normal((1, STEPS, DIM)).astype(np.float32)
        model(x)
        # Biases begin at 0, which would hide an error.
        model.set_weights([rng.uniform(-0.7, 0.7, array.shape) for array in model.get_weights()])
        y = keras.ops.convert_to_numpy(model(x))
        with tempfile.TemporaryDirectory() as temporary:
            saved = [f"{temporary}/m.keras", f"{temporary}/m.weights.h5"]
            model.save(saved[0])
            model.save_weights(saved[1])
            files = []
            for path in saved:
                target = f"{path}.safetensors"
                subprocess.run([sys.executable, CONVERT, path, target], check=True, stdout=subprocess.DEVNULL)
                files.append(pathlib.Path(target).read_bytes())
        assert files[0] == files[1], name
        (folder / f"keras-converted-{name}.safetensors").write_bytes(files[0])
        values = {"x": x.reshape(-1).tolist(), "y": y.reshape(-1).tolist()}
        (folder / f"keras-converted-{name}.json").write_text(json.dumps(values) + "\n")


main(sys.argv[1])
