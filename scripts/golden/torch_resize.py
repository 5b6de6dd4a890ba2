"""Golden values of resizing: torch.nn.functional.interpolate(mode="bilinear", antialias=True), torch 2.15.

    python scripts/golden/torch_resize.py > crates/vision-cnn/src/data/resize_golden.txt

A line: height, width, new height, new width, then the values [height, width, 3].
"""

import torch

for h, w, to_h, to_w in [(4, 6, 2, 3), (5, 7, 3, 2), (3, 4, 6, 8), (8, 3, 3, 5), (9, 9, 2, 2), (1, 5, 3, 2)]:
    values = torch.arange(h * w * 3, dtype=torch.int64)
    picture = (values * values * 31 % 251).float().reshape(1, h, w, 3).permute(0, 3, 1, 2)
    out = torch.nn.functional.interpolate(picture, (to_h, to_w), mode="bilinear", antialias=True)
    numbers = [str(n) for n in (h, w, to_h, to_w)]
    print(" ".join(numbers + [f"{v:.4f}" for v in out.permute(0, 2, 3, 1).flatten().tolist()]))
