"""Reference figures for inference/calib, from scikit-learn, scipy and netcal.

    python testdata/peers/calib_reference.py inference/calib/testdata/reference.json [SCORES.csv]

Needs: numpy, scipy, scikit-learn, netcal, pandas. Without SCORES.csv (columns
prob_<Class>, y_<Class>, patient_id) the part "scores" is left out. DeLong's
covariance is computed from all pairs, as in the 1988 paper.
"""

import json
import sys

import numpy as np
import pandas as pd
from netcal.metrics import ECE
from scipy.optimize import minimize
from scipy.special import expit, logit
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, precision_recall_curve, roc_auc_score


def placements(s, y):
    x, z = s[y == 1], s[y == 0]
    psi = (x[:, None] > z[None]) + 0.5 * (x[:, None] == z[None])
    return psi.mean(1), psi.mean(0)


def delong(a, b, y):
    (pa, na), (pb, nb) = placements(a, y), placements(b, y)
    cov = lambda u, v: np.cov(u, v, ddof=1)[0, 1] / len(u)
    var = lambda p, q, m, n: cov(p, q) + cov(m, n)
    va, vb, vab = var(pa, pa, na, na), var(pb, pb, nb, nb), var(pa, pb, na, nb)
    return {"auc": pa.mean(), "variance": va, "z": (pa.mean() - pb.mean()) / np.sqrt(va + vb - 2 * vab)}


def entropy(w, x, t):
    z = x @ w
    return np.sum(np.logaddexp(0, z) - t * z)


def fit(x, t):
    r = minimize(entropy, np.zeros(x.shape[1]), args=(x, t), method="BFGS", options={"gtol": 1e-9, "maxiter": 10000})
    return r.x.tolist()


def fits(l, y):
    q = expit(l)
    one = np.ones(len(l))
    soft = np.where(y == 1, (y.sum() + 1) / (y.sum() + 2), 1 / (len(y) - y.sum() + 2))
    iso = IsotonicRegression(out_of_bounds="clip").fit(l, y)
    at = np.linspace(-5, 5, 41)
    beta = LogisticRegression(C=np.inf, tol=1e-12, max_iter=10000).fit(np.stack([np.log(q), -np.log1p(-q)], 1), y)
    return {
        "temperature": 1 / fit(l[:, None], y.astype(float))[0],
        "platt": fit(np.stack([l, one], 1), soft),
        "beta": [*beta.coef_[0].tolist(), beta.intercept_[0]],
        "isotonic_at": at.tolist(),
        "isotonic": iso.predict(at).tolist(),
    }


def figures(p, y):
    precision, recall, thresholds = precision_recall_curve(y, p)
    with np.errstate(invalid="ignore"):
        f1 = np.nan_to_num(2 * precision * recall / (precision + recall))
    return {
        "auroc": roc_auc_score(y, p), "auprc": average_precision_score(y, p), "brier": brier_score_loss(y, p), "logloss": log_loss(y, p),
        "ece": float(ECE(15).measure(p, y)), "f1_max": f1.max(),
    }


def synthetic():
    r = np.random.default_rng(20261123)
    n = 400
    y = (r.random(n) < 0.25).astype(int)
    a = np.round(r.normal(size=n) + 1.2 * y - 1, 1)
    b = np.round(0.6 * a + r.normal(size=n) * 0.8 + 0.3 * y, 2)
    p = expit(a)
    values = r.normal(size=37)
    return {"a": a.tolist(), "b": b.tolist(), "y": y.tolist(), "delong": delong(a, b, y), "fits": fits(a, y), "figures": figures(p, y),
            "values": values.tolist(), "percentiles": np.percentile(values, [2.5, 97.5]).tolist()}


def scores(path):
    t = pd.read_csv(path)
    out = {}
    for c in [c[5:] for c in t.columns if c.startswith("prob_") and "y_" + c[5:] in t.columns]:
        use = t["y_" + c].isin([0, 1]) & t["prob_" + c].notna()
        p, y = t.loc[use, "prob_" + c].to_numpy(), t.loc[use, "y_" + c].to_numpy().astype(int)
        l = logit(np.clip(p, 1e-12, 1 - 1e-12))
        soft = np.where(y == 1, (y.sum() + 1) / (y.sum() + 2), 1 / (len(y) - y.sum() + 2))
        out[c] = figures(p, y) | {"platt": fit(np.stack([l, np.ones(len(l))], 1), soft), "variance": delong(p, p[::-1], y)["variance"], "n": int(len(y))}
    return out


if __name__ == "__main__":
    doc = {"synthetic": synthetic()}
    if len(sys.argv) > 2:
        doc["scores"] = scores(sys.argv[2])
    with open(sys.argv[1], "w") as f:
        json.dump(doc, f, indent=1)
