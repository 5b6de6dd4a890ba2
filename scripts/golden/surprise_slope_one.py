"""Slope One's predictions for u1.test of MovieLens 100k, made with scikit-surprise 1.1.5 (numpy < 2).

    python scripts/golden/surprise_slope_one.py FOLDER > crates/recsys-cf/tests/golden/slope_one_u1.f32.gz

FOLDER holds ml-100k/. The output is nothing but the estimates, little-endian f32 in the order of u1.test: no ids, no ratings.
"""

import gzip
import sys

import numpy
import surprise
from surprise import Dataset, Reader, SlopeOne


def main():
    assert surprise.__version__ == "1.1.5", surprise.__version__
    folder = sys.argv[1]
    reader = Reader(line_format="user item rating timestamp", sep="\t", rating_scale=(1, 5))
    train = Dataset.load_from_file(f"{folder}/ml-100k/u1.base", reader).build_full_trainset()
    algorithm = SlopeOne().fit(train)
    with open(f"{folder}/ml-100k/u1.test") as test:
        pairs = [line.split("\t")[:2] for line in test]
    estimates = numpy.array([algorithm.predict(user, item).est for user, item in pairs], dtype="<f4")
    sys.stdout.buffer.write(gzip.compress(estimates.tobytes(), 9, mtime=0))


if __name__ == "__main__":
    main()
