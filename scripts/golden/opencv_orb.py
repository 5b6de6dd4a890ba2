"""Golden values of ORB, made with OpenCV (the version stands in the file).

    python scripts/golden/opencv_orb.py > crates/vision-features/tests/golden/opencv_orb.json

The picture is the one that `scene` in crates/vision-features/src/orb/tests.rs makes.
"""

import json

import cv2
import numpy as np

WIDTH, HEIGHT = 150, 130


def mixed(x, y):
    """An integer hash of a column and a row."""
    v = (x * 374761393 + y * 668265263) & 0xFFFFFFFF
    v = ((v ^ (v >> 13)) * 1274126177) & 0xFFFFFFFF
    return v ^ (v >> 16)


def scene(width, height):
    """Squares of 11 and of 4 pixels."""
    pixel = lambda x, y: mixed(x // 11, y // 11) % 160 + mixed(x // 4 + 1000, y // 4) % 90
    return np.array([[pixel(x, y) for x in range(width)] for y in range(height)], np.uint8)


def features(orb, image, mask=None):
    keypoints, descriptors = orb.detectAndCompute(image, mask)
    return [
        {
            "keypoint": [float(v) for v in (*k.pt, k.size, k.angle, k.response)],
            "level": k.octave,
            "descriptor": bytes(d).hex(),
        }
        for k, d in zip(keypoints, descriptors)
    ]


image = scene(WIDTH, HEIGHT)
mask = np.zeros_like(image)
mask[40:100, 30:90] = 255
small = scene(53, 47)
golden = {
    "opencv": cv2.__version__,
    "resized_44x39": cv2.resize(small, (44, 39), interpolation=cv2.INTER_LINEAR_EXACT).ravel().tolist(),
    "harris": features(cv2.ORB_create(60), image),
    "fast": features(cv2.ORB_create(20, scoreType=cv2.ORB_FAST_SCORE, scaleFactor=1.5, nlevels=2, fastThreshold=40), image),
    "masked": features(cv2.ORB_create(20), image, mask),
}
print(json.dumps(golden, separators=(",", ":")).replace('{"keypoint"', '\n{"keypoint"'))
