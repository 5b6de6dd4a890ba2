"""Golden key points and descriptors of SIFT, made with opencv-contrib-python-headless 5.0.0.

    python scripts/golden/opencv_sift.py > crates/vision-features/tests/golden/opencv_sift.json

On a picture made of whole numbers only (crates/vision-features/src/sift/tests.rs makes the same): noise on grids of 4, 8
and 16 pixels, linear in between. Each key point is [x, y, size, angle, response, octave]; the strongest have descriptors.
"""

import json

import cv2
import numpy

WIDTH, HEIGHT, N_DESCRIBED = 96, 80, 12


def corner(column, row, side):
    return (column * 7919 + row * 104729 + side * 1299709) * 2654435761 % 2**32 >> 24


def noise(x, y, side):
    (column, u), (row, v) = divmod(x, side), divmod(y, side)
    top = corner(column, row, side) * (side - u) + corner(column + 1, row, side) * u
    bottom = corner(column, row + 1, side) * (side - u) + corner(column + 1, row + 1, side) * u
    return (top * (side - v) + bottom * v) // (side * side)


def pixel(x, y):
    return (noise(x, y, 4) + noise(x, y, 8) + 2 * noise(x, y, 16)) // 4


def features(image, **params):
    keypoints, descriptors = cv2.SIFT_create(**params).detectAndCompute(image, None)
    order = sorted(range(len(keypoints)), key=lambda i: (-keypoints[i].response, keypoints[i].pt, keypoints[i].angle))
    told = [
        [round(v, 4) for v in (*k.pt, k.size, k.angle)] + [round(k.response, 6), (k.octave + 128) % 256 - 128]
        for k in (keypoints[i] for i in order)
    ]
    described = [bytes(descriptors[i].astype(numpy.uint8)).hex() for i in order[:N_DESCRIBED]]
    return {"keypoints": told, "descriptors": described}


image = numpy.array([[pixel(x, y) for x in range(WIDTH)] for y in range(HEIGHT)], numpy.uint8)
golden = {
    "opencv": cv2.__version__,
    "sum": int(image.sum()),
    "default": features(image),
    "precise": features(image, enable_precise_upscale=True),
}
print("{" + ",\n".join(f'"{name}": {json.dumps(value)}' for name, value in golden.items()) + "}")
