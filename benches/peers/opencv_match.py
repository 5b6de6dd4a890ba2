"""What `guide match` does, by OpenCV, as one JSON line with the same fields.

    opencv_match.py A.png B.png --detector sift|orb [--ratio 0.75] [--max-features N] [--unique] [--rounds 5] [--threads 2]

Nearest two by brute force, the ratio test, `findHomography` with RANSAC and 3 pixels. Medians of the rounds. SURF is in no package of OpenCV for pip.
"""

import argparse
import json
import statistics
import time

import cv2
import numpy as np

RATIO = 0.75


def gray(path):
    """A picture; a broken file is no picture to OpenCV."""
    image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if image is None:
        raise SystemExit(f"{path}: not a picture")
    return image


def detector(name, max_features):
    if name == "sift":
        return cv2.SIFT_create(nfeatures=max_features or 0)
    return cv2.ORB_create(nfeatures=max_features or 500)


def extract(method, image):
    """Rows of x, y, size, angle, response, and the descriptors."""
    points, descriptors = method.detectAndCompute(image, None)
    rows = [(*point.pt, point.size, point.angle, point.response) for point in points]
    return np.array(rows, np.float32).reshape(-1, 5), descriptors


def nearest(name, a, b):
    norm = cv2.NORM_L2 if name == "sift" else cv2.NORM_HAMMING
    return cv2.BFMatcher(norm).knnMatch(a, b, k=2)


def good(pairs, ratio=RATIO, unique=False):
    """Indices of query and train, and distances, of what passes the ratio test; `unique`: of those that share a train point, the closest."""
    rows = [(p[0].queryIdx, p[0].trainIdx, p[0].distance) for p in pairs if len(p) == 2 and p[0].distance < ratio * p[1].distance]
    if unique:
        closest = {}
        for row in rows:
            if row[1] not in closest or row[2] < closest[row[1]][2]:
                closest[row[1]] = row
        rows = sorted(closest.values())
    return rows


def homography(a, b):
    """The matrix, or none, and the number of inliers."""
    if len(a) < 4:
        return None, 0
    matrix, mask = cv2.findHomography(a, b, cv2.RANSAC, 3.0)
    return (None, 0) if matrix is None else (matrix, int(mask.sum()))


def timed(rounds, work):
    """The last result, and the median of the milliseconds."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        done = work()
        times.append(1e3 * (time.perf_counter() - start))
    return done, statistics.median(times)


def match(first, second, name, max_features=None, ratio=RATIO, unique=False, rounds=1):
    """The JSON fields, key points of both, and the matches as x1, y1, x2, y2, distance."""
    method, images = detector(name, max_features), [gray(first), gray(second)]
    (a, ms_a), (b, ms_b) = (timed(rounds, lambda image=image: extract(method, image)) for image in images)
    rows, match_ms = [], 0.0
    if a[1] is not None and b[1] is not None:
        rows, match_ms = timed(rounds, lambda: good(nearest(name, a[1], b[1]), ratio, unique))
    pairs = np.array([(*a[0][q, :2], *b[0][t, :2], distance) for q, t, distance in rows], np.float64).reshape(-1, 5)
    matrix, inliers = homography(pairs[:, :2], pairs[:, 2:4])
    fields = {
        "keypoints": [len(a[0]), len(b[0])],
        "good": len(rows),
        "inliers": inliers,
        "homography": None if matrix is None else matrix.ravel().tolist(),
        "extract_ms": [ms_a, ms_b],
        "match_ms": match_ms,
    }
    return fields, (a[0], b[0]), pairs


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("first")
    parser.add_argument("second")
    parser.add_argument("--detector", choices=["sift", "orb"], required=True)
    parser.add_argument("--ratio", type=float, default=RATIO)
    parser.add_argument("--max-features", type=int)
    parser.add_argument("--unique", action="store_true")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    cv2.setNumThreads(args.threads)
    fields, _, _ = match(args.first, args.second, args.detector, args.max_features, args.ratio, args.unique, args.rounds)
    print(json.dumps(fields))


if __name__ == "__main__":
    main()
