"""Checks a dossier against the site's own table by scikit-learn.

Labels come from the site's table as a spreadsheet has it, not from what the program made of it; scores and thresholds
from the dossier's folder. Compared are films, AUROC, AUPRC, sensitivity, specificity and Brier score of each class.

usage: dossier_check.py DOSSIER TABLE FILE_COLUMN CLASS=COLUMN ...
needs: numpy scikit-learn
"""
import csv
import json
import sys

import numpy as np
from sklearn.metrics import average_precision_score, brier_score_loss, confusion_matrix, roc_auc_score

folder, table, file_column, *classes = sys.argv[1:]
columns = dict(c.split("=") for c in classes)
with open(table, encoding="utf-8-sig", newline="") as f:
    site = {}
    for row in csv.DictReader(f, delimiter=";"):
        site.setdefault(row[file_column].split("\\")[-1], row)
dossier = json.load(open(folder + "/dossier.json"))
rows = list(csv.DictReader(open(folder + "/scores.csv")))
thresholds = dossier["thresholds"]
seen = 0
for name, k in dossier["report"]["classes"].items():
    y, s = [], []
    for r in rows:
        cell = site[r["image"].replace("\\", "/").split("/")[-1]][columns[name]]
        if cell in ("ja", "nein"):
            y.append(cell == "ja")
            s.append(float(r["logit_" + name]))
    y, s = np.array(y), np.array(s)
    c = thresholds["calibrators"][name]
    assert c["kind"] == "platt", (name, c)
    p = 1 / (1 + np.exp(-(c["a"] * s + c["b"])))
    tn, fp, fn, tp = confusion_matrix(y, p >= thresholds["thresholds"][name]).ravel()
    want = {"auroc": roc_auc_score(y, s), "auprc": average_precision_score(y, s), "sensitivity": tp / (tp + fn),
            "specificity": tn / (tn + fp), "brier": brier_score_loss(y, p), "n_pos": int(y.sum()), "n_neg": int((~y).sum())}
    for figure, value in want.items():
        assert abs(k[figure] - value) < 1e-9, (name, figure, k[figure], value)
        seen += 1
print(seen)
