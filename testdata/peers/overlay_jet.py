"""The usual display of a class map, made by its usual tools.

usage: python overlay_jet.py OUT.json
needs: numpy opencv-python-headless grad-cam

Writes a small grey picture, a 5x4 map in 0..1 with a maximum of 1, and what
pytorch-grad-cam's steps make of them: cv2.resize (bilinear), uint8(255*map),
COLORMAP_JET, and (1-w)*heat + w*picture with w = 0.5. show_cam_on_image then
divides by the maximum; "shown" is what it returns with that included. Also the
256 colours of COLORMAP_JET, as RGB.
"""
import json
import sys

import cv2
import numpy as np
from pytorch_grad_cam.utils.image import show_cam_on_image

rng = np.random.default_rng(7)
w, h = 37, 29
gray = np.clip(np.add.outer(np.linspace(10, 200, h), np.linspace(0, 40, w)) + rng.normal(0, 6, (h, w)), 0, 255).astype(np.uint8)
cam = rng.random((4, 5)).astype(np.float32)
cam = (cam - cam.min()) / (cam.max() - cam.min())
full = cv2.resize(cam, (w, h))
jet = cv2.applyColorMap(np.uint8(255 * full), cv2.COLORMAP_JET)[:, :, ::-1]
picture = np.repeat(np.float32(gray)[:, :, None] / 255, 3, axis=2)
blended = 0.5 * np.float32(jet) / 255 + 0.5 * picture
table = cv2.applyColorMap(np.arange(256, dtype=np.uint8)[None], cv2.COLORMAP_JET)[0, :, ::-1]
with open(sys.argv[1], "w") as f:
    json.dump({
        "tool": f"opencv {cv2.__version__}",
        "w": w, "h": h, "gray": gray.flatten().tolist(),
        "map_w": 5, "map_h": 4, "map": [round(float(v), 7) for v in cam.flatten()],
        "blended": [round(255 * float(v)) for v in blended.flatten()],
        "maximum": float(blended.max()),
        "shown": show_cam_on_image(picture, full, use_rgb=True, image_weight=0.5).flatten().tolist(),
        "jet": table.tolist(),
    }, f, separators=(",", ":"))
    f.write("\n")
