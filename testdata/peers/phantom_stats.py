#!/usr/bin/env python3
"""Grey-level and detail statistics of phantom films beside real ones.

Needs numpy, scipy, scikit-learn and Pillow.

    phantom_stats.py PHANTOMS REAL [--size 512]

Both are folders of PNG films of at least that size. Every film is brought to
SIZE x SIZE by box means and 8-bit grey; for each figure the median over films
and the 10 % and 90 % points are printed for both sides. The last line says how
well a classifier tells the two apart by these figures alone (cross-validated
AUC of a random forest; 0.5 is not at all, 1 always).
"""
import argparse
import pathlib

import numpy as np
from PIL import Image
from scipy import ndimage
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import cross_val_predict
from sklearn.metrics import roc_auc_score

SCALES = (1, 2, 4, 8, 16, 32)  # sigma of the inner Gaussian, pixels of a 512-pixel film


def read(path, size):
    """The film as floats 0..255, SIZE x SIZE."""
    picture = Image.open(path)
    if picture.mode not in ("L", "I", "I;16"):
        picture = picture.convert("RGB").convert("L")
    return np.asarray(picture.resize((size, size), Image.BOX), dtype=np.float32)


def histogram(a):
    q = np.percentile(a, (5, 25, 50, 75, 95))
    out = {f"grey p{p}": v for p, v in zip((5, 25, 50, 75, 95), q)}
    out["grey mean"], out["grey sd"] = a.mean(), a.std()
    counts = np.bincount(np.clip(a, 0, 255).astype(int).ravel() // 8, minlength=32) / a.size
    out["entropy of 32 bins"] = -(counts[counts > 0] * np.log2(counts[counts > 0])).sum()
    out["white (>= 240) %"] = 100 * (a >= 240).mean()
    out["black (<= 8) %"] = 100 * (a <= 8).mean()
    return out


def central(a):
    """The part that is chest on every film."""
    n = len(a)
    return a[n // 6 : -n // 6, n // 6 : -n // 6]


def contrast(a):
    """Standard deviation of difference-of-Gaussian bands, over the central part,
    and the excess kurtosis of the finest: noise has 0, edges much more."""
    out, unit = {}, len(a) / 512
    last = a
    for s in SCALES:
        soft = ndimage.gaussian_filter(a, s * unit)
        band = central(last - soft)
        out[f"contrast to {s} px"] = band.std()
        if s <= 4:
            z = (band - band.mean()) / (band.std() + 1e-6)
            out[f"kurtosis to {s} px"] = np.log((z**4).mean())
        last = soft
    return out


def spectrum(a):
    """Radial power spectrum of the central part: log10 power at frequencies in
    cycles per film width, and its slope."""
    c = central(a)
    c = (c - c.mean()) * np.outer(np.hanning(len(c)), np.hanning(len(c)))
    p = np.abs(np.fft.fftshift(np.fft.fft2(c))) ** 2 / c.size
    y, x = np.indices(p.shape) - len(c) // 2
    f = np.hypot(x, y) * len(a) / len(c)
    edges = np.array((4, 8, 16, 32, 64, 128, 230)) * len(a) / 512
    level = [np.log10(p[(f >= lo) & (f < hi)].mean()) for lo, hi in zip(edges[:-1], edges[1:])]
    out = {f"power {lo}-{hi}": v for lo, hi, v in zip((4, 8, 16, 32, 64, 128), (8, 16, 32, 64, 128, 230), level)}
    out["spectral slope"] = np.polyfit(np.log10(np.sqrt(edges[:-1] * edges[1:])), level, 1)[0]
    return out


def edges(a):
    """Share of pixels with a gradient above a bound, grey levels a pixel."""
    g = central(ndimage.gaussian_gradient_magnitude(a, len(a) / 512))
    return {f"edges > {t} %": 100 * (g > t).mean() for t in (2, 4, 8, 16)}


def layout(a):
    """Mean grey of a 6 x 6 raster: where light and dark lie."""
    n = len(a) // 6
    m = a[: 6 * n, : 6 * n].reshape(6, n, 6, n).mean((1, 3))
    return {f"raster {i},{j}": m[i, j] for i in range(6) for j in range(6)}


def figures(path, size):
    a = read(path, size)
    return histogram(a) | contrast(a) | spectrum(a) | edges(a), layout(a)


def table(rows):
    return np.array([list(r.values()) for r in rows])


def separable(a, b):
    x = np.vstack((a, b))
    y = np.r_[np.ones(len(a)), np.zeros(len(b))]
    forest = RandomForestClassifier(400, min_samples_leaf=2, class_weight="balanced", random_state=0)
    p = cross_val_predict(forest, x, y, cv=5, method="predict_proba")[:, 1]
    forest.fit(x, y)
    return roc_auc_score(y, p), forest.feature_importances_


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("phantoms")
    args.add_argument("real")
    args.add_argument("--size", type=int, default=512)
    args.add_argument("--most", type=int, default=300, help="films of a side")
    opt = args.parse_args()
    sides = []
    for folder in (opt.phantoms, opt.real):
        files = sorted(pathlib.Path(folder).rglob("*.png"))[: opt.most]
        sides.append([figures(f, opt.size) for f in files])
    (p, pl), (r, rl) = (([f[0] for f in s], [f[1] for f in s]) for s in sides)
    names, tp, tr = list(p[0]), table(p), table(r)
    print(f"{'':22}{len(p):5} phantoms (10..90 %){len(r):12} films (10..90 %){'ratio':>12}")
    for i, name in enumerate(names):
        a, b = np.percentile(tp[:, i], (50, 10, 90)), np.percentile(tr[:, i], (50, 10, 90))
        print(f"{name:22}{a[0]:9.2f} ({a[1]:7.2f}..{a[2]:7.2f}){b[0]:12.2f} ({b[1]:7.2f}..{b[2]:7.2f}){a[0] / b[0] if b[0] else np.nan:12.2f}")
    auc, weight = separable(tp, tr)
    worst = ", ".join(f"{names[i]} {weight[i]:.2f}" for i in np.argsort(-weight)[:6])
    print(f"told apart by these figures: AUC {auc:.3f}; most by {worst}")
    auc, _ = separable(table(pl), table(rl))
    print(f"told apart by a 6 x 6 raster of grey: AUC {auc:.3f}")
    print("mean raster, phantoms and films:")
    for a, b in zip(table(pl).mean(0).reshape(6, 6), table(rl).mean(0).reshape(6, 6)):
        print("  " + " ".join(f"{v:4.0f}" for v in a) + "   |" + " ".join(f"{v:4.0f}" for v in b))


if __name__ == "__main__":
    main()
