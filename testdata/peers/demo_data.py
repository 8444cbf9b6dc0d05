"""Phantom films in the NIH layout as tensors, split by patient.

Needs: numpy, pandas, pillow, torch. Imported by demo_train.py and demo_export.py.
"""

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from PIL import Image

CLASSES = [
    "Atelectasis", "Cardiomegaly", "Effusion", "Infiltration", "Mass", "Nodule", "Pneumonia",
    "Pneumothorax", "Consolidation", "Edema", "Emphysema", "Fibrosis", "Pleural_Thickening", "Hernia",
]
SIZE = 224  # pixels of the network's input
CELLS = 28  # cells a side of the box maps
FRAME = 1024  # the boxes are given in pixels of a picture of this side
MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


class Films:
    """pixels [N,1,224,224] uint8, labels [N,14] float, boxes [N,14,28,28] uint8, patients, part."""

    def __init__(self, folder):
        folder = Path(folder)
        table = pd.read_csv(folder / "Data_Entry_2017_v2020.csv")
        self.names = table["Image Index"].tolist()
        self.patients = table["Patient ID"].to_numpy()
        found = table["Finding Labels"].str.split("|")
        self.labels = torch.tensor([[float(c in f) for c in CLASSES] for f in found])
        test = set((folder / "test_list.txt").read_text().split())
        self.part = np.array(["test" if n in test else part(p) for n, p in zip(self.names, self.patients)])
        self.pixels = torch.stack([pixels(folder / "images" / n) for n in self.names])
        self.rects = rects(folder, self.names)
        self.boxes = torch.stack([box_maps(self.rects[n]) for n in self.names])

    def indices(self, name):
        return np.flatnonzero(self.part == name)


def part(patient):
    """Every eighth patient of the training list, by hash, is for validation."""
    return "val" if hashlib.sha256(str(patient).encode()).digest()[0] % 8 == 0 else "train"


def pixels(path):
    """The 8-bit picture as torchvision's Resize((224, 224)) gives it."""
    grey = Image.open(path).convert("L").resize((SIZE, SIZE), Image.Resampling.BILINEAR)
    return torch.from_numpy(np.array(grey))[None]


def rects(folder, names):
    """Boxes of each picture as (class, x0, y0, x1, y1), fractions of the side."""
    out = {n: [] for n in names}
    for row in pd.read_csv(folder / "BBox_List_2017.csv").itertuples(index=False):
        label = "Infiltration" if row[1] == "Infiltrate" else row[1]
        x, y, w, h = (v / FRAME for v in row[2:6])
        out[row[0]].append((CLASSES.index(label), x, y, x + w, y + h))
    return out


def box_maps(found):
    """1 where a cell's centre lies in a box of the class; a box has a cell at least."""
    out = torch.zeros(len(CLASSES), CELLS, CELLS, dtype=torch.uint8)
    for c, x0, y0, x1, y1 in found:
        lo = [min(int(v * CELLS + 0.5), CELLS - 1) for v in (x0, y0)]
        hi = [max(int(v * CELLS + 0.5), l + 1) for v, l in zip((x1, y1), lo)]
        out[c, lo[1]:hi[1], lo[0]:hi[0]] = 1
    return out


def standardise(pixels8):
    """Grey values 0..255 to one channel whose value, fed three times through
    ImageNet's mean and deviation, the exported model reproduces exactly."""
    return (pixels8.float() / 255 - sum(MEAN) / 3) / (sum(STD) / 3)
