"""Figures of merit for demo_export.py, resampled by patient.

Needs: numpy, scikit-learn.
"""

import numpy as np
from demo_data import CLASSES
from sklearn.metrics import roc_auc_score

ROUNDS = 1000


def resamples(patients, seed=7):
    """Bootstrap index sets: patients are drawn with replacement, films follow."""
    r = np.random.default_rng(seed)
    ids, inverse = np.unique(patients, return_inverse=True)
    films = [np.flatnonzero(inverse == k) for k in range(len(ids))]
    for _ in range(ROUNDS):
        yield np.concatenate([films[k] for k in r.integers(0, len(ids), len(ids))])


def interval(values):
    lo, hi = np.nanpercentile(values, [2.5, 97.5])
    return round(float(lo), 4), round(float(hi), 4)


def auc(scores, y):
    return roc_auc_score(y, scores) if 0 < y.sum() < len(y) else np.nan


def auc_table(logits, y, patients):
    draws = np.array([[auc(logits[i, c], y[i, c]) for c in range(len(CLASSES))] for i in resamples(patients)])
    out = {}
    for c, name in enumerate(CLASSES):
        lo, hi = interval(draws[:, c])
        out[name] = {"value": round(float(auc(logits[:, c], y[:, c])), 4), "lo": lo, "hi": hi, "n_pos": int(y[:, c].sum()), "n_neg": int((1 - y[:, c]).sum())}
    return out


def macro_auc(logits, y, patients):
    mean = lambda i: np.nanmean([auc(logits[i, c], y[i, c]) for c in range(len(CLASSES))])
    lo, hi = interval([mean(i) for i in resamples(patients)])
    return {"value": round(float(mean(np.arange(len(y)))), 4), "lo": lo, "hi": hi}


def platt(logits, y, steps=100):
    """Platt 1999 by Newton's method with halved steps (Lin, Lin and Weng 2007),
    with his targets (N+ + 1)/(N+ + 2) and 1/(N- + 2)."""
    pos, neg = y.sum(), len(y) - y.sum()
    t = np.where(y > 0, (pos + 1) / (pos + 2), 1 / (neg + 2))
    x = np.stack([logits.astype(float), np.ones(len(y))], 1)
    loss = lambda w: np.sum(np.logaddexp(0, x @ w) - t * (x @ w))
    w = np.array([0.0, np.log((pos + 1) / (neg + 1))])
    for _ in range(steps):
        p = 1 / (1 + np.exp(-x @ w))
        g = x.T @ (p - t)
        step = np.linalg.solve(x.T @ (x * (p * (1 - p))[:, None]) + 1e-9 * np.eye(2), g)
        k = 1.0
        while loss(w - k * step) > loss(w) - 1e-4 * k * g @ step and k > 1e-8:
            k /= 2
        w = w - k * step
        if np.abs(g).max() < 1e-8:
            break
    return float(w[0]), float(w[1])


def best_f1(p, y):
    """The middle between the two neighbouring scores where F1 is largest."""
    order = np.argsort(-p, kind="stable")
    s, tp = p[order], np.cumsum(y[order])
    f1 = 2 * tp / (np.arange(1, len(y) + 1) + y.sum())
    last = np.append(s[1:] < s[:-1], True)  # only where the score changes
    k = int(np.argmax(np.where(last, f1, -1)))
    return float((s[k] + (s[k + 1] if k + 1 < len(s) else 0)) / 2)


def f1_at(p, y, t):
    hit = p >= t
    tp = float((hit * y).sum())
    precision, recall = tp / max(hit.sum(), 1), tp / max(y.sum(), 1)
    f1 = 2 * tp / max(hit.sum() + y.sum(), 1)
    return {"F1": round(float(f1), 4), "Precision": round(float(precision), 4), "Recall": round(float(recall), 4)}


def threshold_interval(p, y, patients):
    return list(interval([best_f1(p[i], y[i]) for i in resamples(patients) if y[i].sum() > 0]))


def counts(y):
    return {"positive": int(y.sum()), "negative": int(len(y) - y.sum())}


def peak(m):
    """Centre of the map's largest cell, as fractions of the side."""
    y, x = np.unravel_index(np.argmax(m), m.shape)
    return (x + 0.5) / m.shape[1], (y + 0.5) / m.shape[0]


def pointing(maps, rects, prior, margin=15 / 224):
    """Per class: share of positive films where the map's peak lies in a box, or
    within 15 pixels of 224 of it (Zhang et al. 2016), and the same for the place
    that lies in most training boxes of the class, which needs no model."""
    out = {}
    for c, name in enumerate(CLASSES):
        hits = {"strict": [], "hit": [], "prior": []}
        guess = peak(prior[c])
        for m, found in zip(maps, rects):
            boxes = [r[1:] for r in found if r[0] == c]
            if boxes:
                at = peak(m[c])
                hits["strict"].append(inside(at, boxes, 0))
                hits["hit"].append(inside(at, boxes, margin))
                hits["prior"].append(inside(guess, boxes, margin))
        out[name] = {k: round(float(np.mean(v)), 3) for k, v in hits.items()} | {"n": len(hits["hit"])}
    return out


def inside(at, boxes, margin):
    return any(x0 - margin <= at[0] <= x1 + margin and y0 - margin <= at[1] <= y1 + margin for x0, y0, x1, y1 in boxes)
