"""Reference distances for inference/novelty by scikit-learn's PCA.

usage: novelty.py OUT.json
needs: numpy scikit-learn
"""
import json
import sys

import numpy as np
from sklearn.decomposition import PCA

rng = np.random.default_rng(5)
mix = rng.normal(size=(6, 6)) * np.array([4, 2, 1, 0.5, 0.3, 0.2])
train = np.round(rng.normal(size=(60, 6)) @ mix.T + np.arange(6), 3).astype(np.float32)
probe = np.round(np.concatenate([train[:2] * 1.1, rng.normal(size=(3, 6)) * 5]), 3).astype(np.float32)
pca = PCA(n_components=5, svd_solver="full").fit(train.astype(np.float64))
distances = []
for x in probe.astype(np.float64):
    d = x - pca.mean_
    distances.append(float(np.sqrt(d @ pca.get_precision() @ d / 6)))
with open(sys.argv[1], "w") as out:
    json.dump({"train": [[round(float(v), 3) for v in r] for r in train], "probe": [[round(float(v), 3) for v in r] for r in probe], "distances": distances,
               "variances": pca.explained_variance_.tolist(), "rest": float(pca.noise_variance_),
               "quantiles": np.quantile(np.array(distances), [0.5, 0.9, 0.95, 0.99, 0.995]).tolist()}, out)
    out.write("\n")
