"""Reference of the agreement in app/records by scikit-learn: Cohen's kappa, and its interval by drawing patients anew.

usage: kappa_reference.py OUT.json
needs: numpy scikit-learn
"""
import json
import sys

import numpy as np
from sklearn.metrics import cohen_kappa_score

rng = np.random.default_rng(17)
cases = []
for n, patients, rate, slip in ((40, 40, 0.5, 0.2), (60, 25, 0.3, 0.15), (200, 200, 0.1, 0.05), (90, 40, 0.6, 0.5)):
    patient = rng.integers(0, patients, n)
    truth = rng.random(n) < rate
    first, second = (np.where(rng.random(n) < slip, ~truth, truth).astype(int) for _ in range(2))
    groups = [np.flatnonzero(patient == p) for p in np.unique(patient)]
    drawn = []
    for _ in range(4000):
        rows = np.concatenate([groups[i] for i in rng.integers(0, len(groups), len(groups))])
        if len(set(first[rows])) > 1 or len(set(second[rows])) > 1:
            drawn.append(cohen_kappa_score(first[rows], second[rows], labels=[0, 1]))
    lo, hi = np.percentile(drawn, [2.5, 97.5])
    cases.append({"patient": patient.tolist(), "first": first.tolist(), "second": second.tolist(),
                  "kappa": float(cohen_kappa_score(first, second)), "lo": float(lo), "hi": float(hi)})
with open(sys.argv[1], "w") as out:
    json.dump(cases, out)
    out.write("\n")
