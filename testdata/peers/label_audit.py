"""Reference of training/labelaudit by cleanlab and scikit-learn.

usage: label_audit.py OUT.json
needs: numpy cleanlab scikit-learn
"""
import json
import sys

import numpy as np
from cleanlab.filter import find_label_issues
from cleanlab.rank import get_label_quality_scores
from sklearn.neighbors import NearestNeighbors

rng = np.random.default_rng(20)
n = 240
truth = (rng.random(n) < 0.3).astype(int)
logit = np.round(np.where(truth == 1, 1.6, -1.9) + rng.normal(size=n) * 1.3, 4)
flipped = rng.random(n) < 0.15
given = np.where(flipped, 1 - truth, truth)
p = 1 / (1 + np.exp(-logit))
both = np.stack([1 - p, p], axis=1)
issues = find_label_issues(given, both, filter_by="confident_learning", return_indices_ranked_by="self_confidence")
features = np.round(rng.normal(size=(n, 5)) + truth[:, None] * 1.5 + 0.2, 4).astype(np.float32)
near = NearestNeighbors(n_neighbors=11, metric="cosine", algorithm="brute").fit(features).kneighbors(features, return_distance=False)
share = [float(np.mean(given[[k for k in row if k != i][:10]] == given[i])) for i, row in enumerate(near)]
with open(sys.argv[1], "w") as out:
    json.dump({"logit": logit.tolist(), "given": given.tolist(), "flipped": flipped.tolist(), "issues": issues.tolist(),
               "quality": get_label_quality_scores(given, both).tolist(),
               "features": [[round(float(v), 4) for v in r] for r in features], "neighbours": share}, out)
    out.write("\n")
