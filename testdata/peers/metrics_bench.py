"""1,000 patient bootstraps over all classes of a table of scores with numpy and scikit-learn, the way one writes it, against
cxr on the same table; interleaved, medians.

usage: python metrics_bench.py CXR SCORES.csv [RUNS] [ROUNDS]
needs: numpy pandas scikit-learn

Both read the table and give, for each class, the interval of AUROC, average precision and of the threshold of the largest
F1, refitted in every resample, and of F1, sensitivity and specificity. cxr is run once to validate and once to calibrate, and
the sum of both is what counts, although both read the table and draw the same patients again. The peer runs on ROUNDS rounds
(default 40) and its time per round is scaled to 1,000, because 1,000 take minutes.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score


def peer(path, rounds):
    d = pd.read_csv(path)
    classes = [c[2:] for c in d if c.startswith("y_")]
    y = {c: d["y_" + c].to_numpy() for c in classes}
    p = {c: d["prob_" + c].to_numpy() for c in classes}
    rows = list(d.groupby("patient_id").indices.values())
    rng = np.random.default_rng(1)
    out = {c: [] for c in classes}
    start = time.perf_counter()
    for _ in range(rounds):
        i = np.concatenate([rows[k] for k in rng.integers(0, len(rows), len(rows))])
        for c in classes:
            t, s = y[c][i], p[c][i]
            if not 0 < t.sum() < len(t):
                continue
            precision, recall, thresholds = precision_recall_curve(t, s)
            f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-300)
            best = np.argmax(f1[:-1])
            called = s >= thresholds[best]
            out[c].append([roc_auc_score(t, s), average_precision_score(t, s), thresholds[best], f1[best], called[t == 1].mean(), 1 - called[t == 0].mean()])
    for v in out.values():
        np.percentile(np.array(v), [2.5, 97.5], axis=0)
    return (time.perf_counter() - start) * 1000 / rounds


def ours(cxr, path):
    with tempfile.TemporaryDirectory() as d:
        t = os.path.join(d, "t.json")
        start = time.perf_counter()
        subprocess.run([cxr, "calibrate", "--scores", path, "--calibrator", "none", "--policy", "f1", "--bootstrap", "1000", "--out", t, "--json"], check=True, stdout=subprocess.DEVNULL)
        subprocess.run([cxr, "validate", "--scores", path, "--thresholds", t, "--bootstrap", "1000", "--json"], check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - start


def main(cxr, path, runs="5", rounds="40"):
    a, b = [], []
    for _ in range(int(runs)):
        a.append(ours(cxr, path))
        b.append(peer(path, int(rounds)))
    ours_s, peer_s = statistics.median(a), statistics.median(b)
    print(f"calibrating and validating with 1000 patient bootstraps: ours {ours_s:.2f} s, numpy and scikit-learn {peer_s:.1f} s (scaled from {rounds} rounds), ratio {peer_s / ours_s:.1f} (goal 1; medians of {runs})")


main(*sys.argv[1:])
