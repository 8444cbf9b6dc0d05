#!/usr/bin/env python3
"""usage: xrv_resize.py > inference/prep/testdata/xrv_resize.json

What TorchXRayVision makes of small pictures before a network sees them:
xrv.utils.normalize, XRayCenterCrop and XRayResizer (whose engine is
skimage.transform.resize with mode "constant"), written out so that torch is not
needed. The pictures are a formula that the test has too."""
import json
import sys
import warnings

import numpy as np
import skimage.transform

warnings.simplefilter("ignore")


def picture(h, w):
    y, x = np.mgrid[0:h, 0:w]
    return ((x * 7 + y * 13 + (x * y) % 97 * 2 + (x // 5) % 2 * 60) % 256).astype(np.uint8)


def seen(a, size):
    img = ((2 * (a.astype(np.float32) / 255) - 1.0) * 1024)[None]
    _, y, x = img.shape
    crop = min(y, x)
    x0, y0 = x // 2 - crop // 2, y // 2 - crop // 2
    img = img[:, y0:y0 + crop, x0:x0 + crop]
    return skimage.transform.resize(img, (1, size, size), mode="constant", preserve_range=True).astype(np.float32)


shapes = [(31, 47, 8), (64, 64, 64), (20, 20, 33), (90, 57, 16), (101, 100, 7), (8, 9, 8), (1, 5, 3), (12, 11, 9)]
json.dump([{"height": h, "width": w, "size": s, "want": [round(float(v), 3) for v in seen(picture(h, w), s).ravel()]} for h, w, s in shapes], sys.stdout)
