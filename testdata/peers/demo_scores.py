"""Figures of merit for demo_export.py, resampled by patient.

Needs: numpy.
"""

import numpy as np
from demo_data import CLASSES

ROUNDS = 1000


def weights(patients, seed=7):
    """Bootstrap weights [ROUNDS, films]: patients are drawn with replacement and
    bring all their films."""
    r = np.random.default_rng(seed)
    ids, inverse = np.unique(patients, return_inverse=True)
    drawn = r.multinomial(len(ids), np.full(len(ids), 1 / len(ids)), ROUNDS)
    return drawn[:, inverse].astype(np.float32)


def interval(values):
    lo, hi = np.nanpercentile(values, [2.5, 97.5])
    return round(float(lo), 4), round(float(hi), 4)


def ties(sorted_scores):
    """Where each run of equal scores starts."""
    return np.flatnonzero(np.append(True, sorted_scores[1:] != sorted_scores[:-1]))


def auc(scores, y, w):
    """Weighted AUC of each row of w [rounds, films], ties counted one half."""
    order = np.argsort(scores, kind="stable")
    starts = ties(scores[order])
    pos = np.add.reduceat(w[:, order] * y[order], starts, axis=1, dtype=float)
    neg = np.add.reduceat(w[:, order] * (1 - y[order]), starts, axis=1, dtype=float)
    below = np.cumsum(neg, 1) - neg / 2
    with np.errstate(invalid="ignore"):
        return (pos * below).sum(1) / (pos.sum(1) * neg.sum(1))


def auc_table(logits, y, patients):
    """Per class and in the mean: value and 95 % interval by patient."""
    w = np.concatenate([np.ones((1, len(y)), np.float32), weights(patients)])
    found = np.stack([auc(logits[:, c], y[:, c], w) for c in range(len(CLASSES))], 1)
    table = {}
    for c, name in enumerate(CLASSES):
        table[name] = summary(found[:, c]) | {"n_pos": int(y[:, c].sum()), "n_neg": int((1 - y[:, c]).sum())}
    return table, summary(np.nanmean(found, 1))


def summary(values):
    lo, hi = interval(values[1:])
    return {"value": round(float(values[0]), 4), "lo": lo, "hi": hi}


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


def best_f1(p, y, w):
    """Per row of w: the middle between the neighbouring scores where F1 is largest."""
    order = np.argsort(-p, kind="stable")
    starts = ties(p[order])
    hits = np.cumsum(np.add.reduceat(w[:, order] * y[order], starts, axis=1, dtype=float), 1)
    called = np.cumsum(np.add.reduceat(w[:, order], starts, axis=1, dtype=float), 1)
    k = np.argmax(2 * hits / (called + hits[:, -1:]), 1)
    s = np.append(p[order][starts], 0)
    return (s[k] + s[k + 1]) / 2


def f1_at(p, y, t):
    hit = p >= t
    tp = float((hit * y).sum())
    precision, recall = tp / max(hit.sum(), 1), tp / max(y.sum(), 1)
    f1 = 2 * tp / max(hit.sum() + y.sum(), 1)
    return {"F1": round(float(f1), 4), "Precision": round(float(precision), 4), "Recall": round(float(recall), 4)}


def threshold(p, y, patients):
    """The threshold of best F1 and its interval by patient."""
    t = best_f1(p, y, np.concatenate([np.ones((1, len(y)), np.float32), weights(patients)]))
    return float(t[0]), list(interval(t[1:]))


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
