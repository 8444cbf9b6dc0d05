"""Reference of training/monitor by scipy and scikit-learn.

usage: monitor_reference.py OUT.json
needs: numpy scipy scikit-learn
"""
import json
import sys

import numpy as np
from scipy.stats import binomtest, ks_2samp, kstwobign
from sklearn.metrics.pairwise import euclidean_distances, rbf_kernel

rng = np.random.default_rng(12)
a = np.round(rng.beta(2, 6, 130), 5)
b = np.round(rng.beta(2.6, 6, 71), 5)
d = ks_2samp(a, b).statistic
root = np.sqrt(len(a) * len(b) / (len(a) + len(b)))
edges = np.sort(a)[[i * len(a) // 10 for i in range(1, 10)]]
shares = [(np.bincount(np.searchsorted(edges, v, side="right"), minlength=10) + 0.5) / (len(v) + 5) for v in (a, b)]
x = np.round(rng.normal(size=(30, 4)), 4).astype(np.float32)
y = np.round(rng.normal(size=(20, 4)) + 0.5, 4).astype(np.float32)
z = np.concatenate([x, y]).astype(np.float64)
squares = euclidean_distances(z, squared=True)[np.tril_indices(len(z), -1)]
k = rbf_kernel(z, gamma=1 / np.sort(squares)[len(squares) // 2])
mmd = k[:30, :30].mean() + k[30:, 30:].mean() - 2 * k[:30, 30:].mean()

# The predictable plug-in empirical Bernstein sequence from the paper's formulas, vectorised.
values = np.round(rng.beta(5, 4, 400), 5)
alpha, t = 0.01, np.arange(1, 401)
mean = (0.5 + np.cumsum(values)) / (t + 1)
variance = (0.25 + np.cumsum((values - mean) ** 2)) / (t + 1)
before = np.append(0.25, variance[:-1])
weight = np.minimum(np.sqrt(2 * np.log(2 / alpha) / (before * t * np.log1p(t))), 0.5)
cost = 4 * (values - np.append(0.5, mean[:-1])) ** 2 * (-np.log(1 - weight) - weight) / 4
centre, half = np.cumsum(weight * values) / np.cumsum(weight), (np.log(2 / alpha) + np.cumsum(cost)) / np.cumsum(weight)
lo, hi = np.maximum.accumulate(centre - half), np.minimum.accumulate(centre + half)
exact = []
for n, total in ((0, 20), (3, 40), (57, 60), (20, 20)):
    low = binomtest(n, total, alternative="greater").proportion_ci(confidence_level=0.975, method="exact").low
    high = binomtest(n, total, alternative="less").proportion_ci(confidence_level=0.975, method="exact").high
    exact.append([n, total, float(low), float(high)])
with open(sys.argv[1], "w") as out:
    json.dump({"a": a.tolist(), "b": b.tolist(), "ks_p": float(kstwobign.sf((root + 0.12 + 0.11 / root) * d)),
               "psi": float(np.sum((shares[1] - shares[0]) * np.log(shares[1] / shares[0]))),
               "x": [[round(float(v), 4) for v in r] for r in x], "y": [[round(float(v), 4) for v in r] for r in y], "mmd": float(mmd),
               "values": values.tolist(), "lo": float(lo[-1]), "hi": float(hi[-1]), "exact": exact}, out)
    out.write("\n")
