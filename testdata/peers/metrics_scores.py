"""A synthetic table of scores with awkward classes, and what scikit-learn and netcal say of it.

usage: python metrics_scores.py training/testdata
needs: netcal numpy scikit-learn

Writes scores.csv and reference.json. DeLong's variance is computed from all pairs, as in the 1988 paper; the patient
bootstrap resamples row numbers of whole patients, with numpy's generator.
"""

import json
import sys

import numpy as np
from netcal.metrics import ECE
from netcal.scaling import BetaCalibration, TemperatureScaling
from sklearn.calibration import _SigmoidCalibration
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import average_precision_score, brier_score_loss, confusion_matrix, f1_score, log_loss, precision_recall_curve, roc_auc_score

ROUNDS = 2000
rng = np.random.default_rng(20261123)


def expit(x):
    return 1 / (1 + np.exp(-x))


def draw(n, events, shift, digits):
    y = np.zeros(n, int)
    y[rng.permutation(n)[:events]] = 1
    logit = rng.normal(size=n) - 1.5 + shift * y
    return y, np.round(expit(logit), digits), np.round(logit, 4)


def table(n=600):
    patients = np.sort(rng.integers(0, 230, n))
    classes = {}
    y, p, _ = draw(n, 130, 1.4, 2)
    classes["Mass"] = ("prob", p, y.astype(object))  # two digits: many ties
    y, _, l = draw(n, 110, 1.0, 4)
    classes["Nodule"] = ("logit", l, y.astype(object))
    y, p, _ = draw(n, 0, 0, 4)
    classes["Edema"] = ("prob", p, y.astype(object))  # one outcome
    y, p, _ = draw(n, 10, 2.0, 4)
    classes["Hernia"] = ("prob", p, y.astype(object))  # ten events
    y, _, _ = draw(n, 60, 0, 4)
    classes["Fibrosis"] = ("prob", np.full(n, 0.3), y.astype(object))  # constant
    y, p, _ = draw(n, 150, 1.2, 4)
    y = y.astype(object)
    y[rng.random(n) < 0.2] = ""
    y[rng.random(n) < 0.1] = -1
    classes["Effusion"] = ("prob", p, y)  # unknown labels
    y, p, _ = draw(n, 9, 2.0, 4)
    classes["Gout"] = ("prob", p, y.astype(object))  # too few events
    return patients, classes


def write(path, patients, classes):
    with open(path, "w") as f:
        f.write("Image,patient_id," + ",".join(f"{k}_{c}" for c, (k, _, _) in classes.items()) + "," + ",".join(f"y_{c}" for c in classes) + "\n")
        for i, p in enumerate(patients):
            f.write(f"{i:04d}.png,P{p}," + ",".join(repr(float(s[i])) for _, s, _ in classes.values()) + "," + ",".join(str(y[i]) for _, _, y in classes.values()) + "\n")


def delong(s, y):
    x, z = s[y == 1], s[y == 0]
    psi = (x[:, None] > z[None]) + 0.5 * (x[:, None] == z[None])
    auc = psi.mean()
    half = 1.959963984540054 * np.sqrt(np.var(psi.mean(1), ddof=1) / len(x) + np.var(psi.mean(0), ddof=1) / len(z))
    return [max(auc - half, 0), min(auc + half, 1)]


def bootstrap(s, y, patients):
    rows = {p: np.flatnonzero(patients == p) for p in np.unique(patients)}
    names = list(rows)
    out = []
    for _ in range(ROUNDS):
        i = np.concatenate([rows[names[k]] for k in rng.integers(0, len(names), len(names))])
        if 0 < y[i].sum() < len(i):
            out.append(roc_auc_score(y[i], s[i]))
    return np.percentile(out, [2.5, 97.5]).tolist()


def at(y, p, t):
    tn, fp, fn, tp = (int(v) for v in confusion_matrix(y, p >= t, labels=[0, 1]).ravel())
    return {"tp": tp, "fp": fp, "fn": fn, "tn": tn}


def reference(kind, s, labels, patients):
    known = np.array([v in (0, 1) for v in labels])
    s, y, who = s[known], labels[known].astype(int), patients[known]
    p = s if kind == "prob" else expit(s)
    out = {
        "n_pos": int(y.sum()), "n_neg": int((y == 0).sum()), "n_unknown": int((~known).sum()),
        "brier": brier_score_loss(y, p, pos_label=1), "logloss": log_loss(y, p, labels=[0, 1]), "ece": float(ECE(15).measure(p, y)), **at(y, p, 0.3),
    }
    if 0 < y.sum() < len(y):
        precision, recall, _ = precision_recall_curve(y, p)
        f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-300)
        grid = np.arange(1, 100) / 100
        out |= {
            "auroc": roc_auc_score(y, s), "auprc": average_precision_score(y, s), "delong": delong(s, y), "bootstrap": bootstrap(s, y, who),
            "f1_max": f1.max(), "grid_threshold": float(grid[np.argmax([f1_score(y, p >= t, zero_division=0) for t in grid])]),
        }
    return out


def fits(kind, s, labels):
    known = np.array([v in (0, 1) for v in labels])
    s, y = s[known], labels[known].astype(int)
    p = s if kind == "prob" else expit(s)
    logit = np.log(p / (1 - p))
    at = np.linspace(-4, 2, 25)
    q = expit(at)
    temperature, beta = TemperatureScaling(), BetaCalibration()
    temperature.fit(p, y)
    beta.fit(p, y)
    return {
        "at": at.tolist(),
        "platt": _SigmoidCalibration().fit(logit, y).predict(at).tolist(),
        "isotonic": IsotonicRegression(out_of_bounds="clip").fit(logit, y).predict(at).tolist(),
        "temperature": temperature.transform(q).ravel().tolist(),
        "beta": beta.transform(q).ravel().tolist(),
    }


def main(folder):
    patients, classes = table()
    write(folder + "/scores.csv", patients, classes)
    out = {"classes": {c: reference(k, s, y, patients) for c, (k, s, y) in classes.items()}, "fits": {c: fits(*classes[c]) for c in ("Mass", "Nodule", "Effusion")}}
    aucs = [v["auroc"] for v in out["classes"].values() if "auroc" in v]
    out["macro"] = float(np.mean(aucs))
    with open(folder + "/reference.json", "w") as f:
        json.dump(out, f, indent=1)


main(sys.argv[1])
