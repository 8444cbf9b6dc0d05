#!/usr/bin/env python3
"""Figures at another prevalence by scikit-learn's sample weights, and Wilson's
intervals by scipy, for training/intervals_test.go and inference/calib. Prints Go."""
import numpy as np
from scipy.stats import binomtest
from sklearn.metrics import f1_score, log_loss, precision_score

# The scores of testdata/scores.csv-like form that the test draws itself: logit
# i/10 - 3 for i in 0..59, positive where (7 i) % 10 < i / 8.
i = np.arange(60)
z = i / 10 - 3
y = ((7 * i) % 10 < i / 8).astype(int)
p = 1 / (1 + np.exp(-z))
share, to = y.mean(), .05
w = np.where(y == 1, to / share, (1 - to) / (1 - share))
print("share %.15g" % share)
print("logloss plain %.15g weighted %.15g" % (log_loss(y, p), log_loss(y, p, sample_weight=w)))
shifted = 1 / (1 + np.exp(-(z + np.log(to * (1 - share) / (share * (1 - to))))))
print("shifted logloss %.15g" % log_loss(y, shifted, sample_weight=w))
for name, q in (("plain", p), ("shifted", shifted)):
    b = np.minimum((q * 15).astype(int), 14)
    e = sum(abs((w * (y - q))[b == k].sum()) for k in range(15)) / w.sum()
    print("ece %s %.15g" % (name, e))
t = .1
print("f1 at .1 %.15g ppv %.15g" % (f1_score(y, shifted >= t, sample_weight=w), precision_score(y, shifted >= t, sample_weight=w)))
for k, n in ((0, 10), (10, 10), (1, 2), (3, 7), (1, 1)):
    ci = binomtest(k, n).proportion_ci(method="wilson")
    print("wilson %d/%d %.15g %.15g" % (k, n, ci.low, ci.high))
