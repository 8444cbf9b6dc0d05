"""Reference of training/samplesize: Wilson by scipy, Hanley and McNeil by integrals.

The formula of Hanley and McNeil stands on scores that are exponentially distributed. Here the chances that it
stands on are not taken from its closed forms but integrated: that one film with the finding scores above one
without it (the AUROC), that two with it score above one without, that one with it scores above two without.

usage: samplesize_reference.py OUT.json
needs: numpy scipy
"""
import json
import sys

import numpy as np
from scipy.integrate import quad
from scipy.stats import binomtest, expon, norm

z = norm.ppf(0.975)


def auroc_width(a, n1, n0):
    scale = a / (1 - a)  # of films with the finding; of those without it is 1
    with_it, without = expon(scale=scale), expon()
    above = lambda k: quad(lambda x: without.pdf(x) * with_it.sf(x) ** k, 0, np.inf)[0]
    auc = above(1)
    q1 = above(2)
    q2 = quad(lambda x: with_it.pdf(x) * without.cdf(x) ** 2, 0, np.inf)[0]
    assert abs(auc - a) < 1e-7
    var = (auc * (1 - auc) + (n1 - 1) * (q1 - auc**2) + (n0 - 1) * (q2 - auc**2)) / (n1 * n0)
    half = z * np.sqrt(var)
    return min(1, auc + half) - max(0, auc - half)


def share_width(k, n):
    i = binomtest(k, n).proportion_ci(method="wilson")
    return i.high - i.low


def needed(a, share_k, share_n, ratio, width):
    """The least number by trying one after the other."""
    n = 1
    while True:
        without = int(np.floor(ratio * n + 0.5))
        p = share_k / share_n
        centre = 1 + z**2 / n
        wilson = 2 * z / centre * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
        if without > 0 and auroc_width_fast(a, n, without) <= width and wilson <= width:
            return n
        n += 1


cache = {}


def auroc_width_fast(a, n1, n0):
    if a not in cache:
        scale = a / (1 - a)
        with_it, without = expon(scale=scale), expon()
        cache[a] = (quad(lambda x: without.pdf(x) * with_it.sf(x) ** 2, 0, np.inf)[0],
                    quad(lambda x: with_it.pdf(x) * without.cdf(x) ** 2, 0, np.inf)[0])
    q1, q2 = cache[a]
    half = z * np.sqrt((a * (1 - a) + (n1 - 1) * (q1 - a * a) + (n0 - 1) * (q2 - a * a)) / (n1 * n0))
    return min(1, a + half) - max(0, a - half)


out = {"auroc": [], "share": [], "needed": []}
for a in (0.6, 0.75, 0.85, 0.95):
    for n1, n0 in ((1, 1), (5, 40), (20, 215), (100, 100), (400, 3600)):
        out["auroc"].append({"auroc": a, "positive": n1, "negative": n0, "width": auroc_width(a, n1, n0)})
for k, n in ((0, 7), (17, 20), (85, 100), (3, 4), (850, 1000), (1, 2)):
    out["share"].append({"hits": k, "films": n, "width": share_width(k, n)})
for a, ratio, width in ((0.85, 9.0, 0.1), (0.85, 1.0, 0.1), (0.75, 0.5, 0.1), (0.95, 30.0, 0.05), (0.7, 4.0, 0.2)):
    out["needed"].append({"auroc": a, "ratio": ratio, "width": width, "positive": needed(a, 85, 100, ratio, width)})
json.dump(out, open(sys.argv[1], "w"), indent=1)
