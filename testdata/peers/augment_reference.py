"""Writes training/augment/testdata/reference.json: one small film under rotations, shifts, scales and mirrors by torchvision
(outside is 0) and by scipy (outside is a grey), and under contrast by torchvision.

usage: python augment_reference.py OUT.json
needs: numpy scipy torch torchvision
"""

import json
import math
import sys

import numpy as np
import scipy.ndimage
import torch
import torchvision.transforms.v2.functional as F
from torchvision.transforms import InterpolationMode

W, H = 17, 13
CASES = [  # degrees counter-clockwise, shift of width and height, scale, flip
    (5, 0, 0, 1, False), (-30, 0, 0, 1, False), (90, 0, 0, 1, False), (0, 2 / W, -3 / H, 1, False), (0, 0, 0, 1.25, False),
    (0, 0, 0, 0.8, False), (0, 0, 0, 1, True), (7.5, 1 / W, 2 / H, 1.1, True), (-12, -4 / W, 1 / H, 0.9, False), (0, 0.5 / W, 0.25 / H, 1, False),
]


def by_torchvision(film, degrees, sx, sy, scale, flip):
    x = torch.from_numpy(film)[None]
    if flip:
        x = F.horizontal_flip(x)
    # torchvision turns clockwise and takes whole pixels of shift from people, floats from code.
    return F.affine(x, angle=-degrees, translate=[sx * W, sy * H], scale=scale, shear=[0.0, 0.0], interpolation=InterpolationMode.BILINEAR, fill=None)[0].numpy()


def by_scipy(film, degrees, sx, sy, scale, flip, fill):
    if flip:
        film = film[:, ::-1]
    a = math.radians(degrees)
    inverse = np.array([[math.cos(a), math.sin(a)], [-math.sin(a), math.cos(a)]]) / scale  # rows and columns, y down
    middle = np.array([(H - 1) / 2, (W - 1) / 2])
    offset = middle - inverse @ (middle + [sy * H, sx * W])
    return scipy.ndimage.affine_transform(film.astype(np.float64), inverse, offset, order=1, mode="grid-constant", cval=fill)


def main(out):
    film = (np.random.default_rng(3).integers(0, 256, (H, W)) / 255).astype(np.float32)
    film[0, 0], film[-1, -1] = 0, 1  # the limits of the film are then torchvision's
    rows = []
    for c in CASES:
        rows.append({"degrees": c[0], "shift_x": c[1], "shift_y": c[2], "scale": c[3], "flip": c[4],
                     "zero": [round(float(v), 7) for v in by_torchvision(film, *c).ravel()],
                     "grey": [round(float(v), 7) for v in by_scipy(film, *c, 0.4).ravel()]})
    contrast = F.adjust_contrast(torch.from_numpy(film)[None], 1.3)[0].numpy()
    json.dump({"w": W, "h": H, "film": [round(float(v), 7) for v in film.ravel()], "fill": 0.4, "cases": rows, "gain": 1.3,
               "contrast": [round(float(v), 7) for v in contrast.ravel()]}, open(out, "w"), separators=(",", ":"))


main(*sys.argv[1:])
