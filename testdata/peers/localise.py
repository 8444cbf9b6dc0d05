"""Pointing game, IoU and IoBB of class maps against boxes with numpy, PIL and onnxruntime, independent of the Go code.

usage: localise.py reference OUT.json      random maps, boxes and priors for training/testdata/localise.json
       localise.py data MODEL.onnx FOLDER  the figures of a model on a folder in the NIH layout, as JSON
needs: numpy; for data also pillow, onnx and onnxruntime
"""

import collections
import csv
import json
import os
import sys

import numpy as np

SIDE, LEVEL, LIST = 512, 0.5, 1024.0
CENTRES = (np.arange(SIDE) + 0.5) / SIDE


def cover(boxes):
    """What boxes [x, y, w, h], as fractions, cover."""
    m = np.zeros((SIDE, SIDE), bool)
    for x, y, w, h in boxes:
        m |= ((CENTRES >= y) & (CENTRES < y + h))[:, None] & ((CENTRES >= x) & (CENTRES < x + w))[None]
    return m


def enlarge(m, footprint):
    """A map on the cells of the whole picture; np.interp is constant beyond the outermost centres."""
    x0, y0, x1, y1 = footprint
    xs, ys = ((np.arange(n) + 0.5) / n * (b - a) + a for n, a, b in ((m.shape[1], x0, x1), (m.shape[0], y0, y1)))
    rows = np.array([np.interp(CENTRES, xs, r) for r in m])
    full = np.array([np.interp(CENTRES, ys, c) for c in rows.T]).T
    full[(CENTRES < y0) | (CENTRES > y1)] = 0
    full[:, (CENTRES < x0) | (CENTRES > x1)] = 0
    return full


def hit(boxes, x, y):
    return float(any(bx <= x < bx + w and by <= y < by + h for bx, by, w, h in boxes))


def overlap(full, g):
    if full.max() <= 0:
        return 0.0, 0.0
    p = full >= LEVEL * full.max()
    return float((p & g).sum() / (p | g).sum()), float((p & g).sum() / p.sum())


def of_map(m, footprint, boxes):
    j, i = np.unravel_index(m.argmax(), m.shape)
    x0, y0, x1, y1 = footprint
    point = hit(boxes, x0 + (i + 0.5) / m.shape[1] * (x1 - x0), y0 + (j + 0.5) / m.shape[0] * (y1 - y0))
    return [point, *overlap(enlarge(m, footprint), cover(boxes))]


def of_prior(others, boxes):
    """The sum of other patients' boxes, pointing at the cell of the highest ones that is nearest to their middle."""
    if not others:
        return [np.nan] * 3
    total = np.sum([cover(b) for b in others], axis=0, dtype=np.int32)
    ys, xs = np.nonzero(total == total.max())
    k = np.hypot(xs - xs.mean(), ys - ys.mean()).argmin()
    return [hit(boxes, (xs[k] + 0.5) / SIDE, (ys[k] + 0.5) / SIDE), *overlap(total.astype(np.float64), cover(boxes))]


def reference(out):
    r = np.random.default_rng(5)
    cases = []
    for k in range(12):
        h, w = (7, 7) if k % 3 else (4, 9)
        m = np.round(r.normal(0.1, 1, (h, w)), 3)
        if k == 11:
            m = -np.abs(m)
        footprint = [0.0, 0.0, 1.0, 1.0] if k % 2 == 0 else [0.125, 0.0, 0.875, 1.0]
        boxes = [[round(float(v), 4) for v in (*r.uniform(0, 0.6, 2), *r.uniform(0.05, 0.4, 2))] for _ in range(1 + k % 2)]
        cases.append({"w": w, "h": h, "values": m.ravel().tolist(), "footprint": footprint, "boxes": boxes, "want": of_map(m, footprint, boxes)})
    films = [{"patient": "abcdeff"[k], "boxes": [[round(float(v), 4) for v in (*r.uniform(0.2, 0.4, 2), *r.uniform(0.2, 0.4, 2))]]} for k in range(7)]
    for f in films:
        f["want"] = of_prior([o["boxes"] for o in films if o["patient"] != f["patient"]], f["boxes"])
    json.dump({"maps": cases, "prior": films}, open(out, "w"), separators=(",", ":"))


def network(path):
    """The model with its last feature map as a second output, and the weights of its linear layer."""
    import onnx
    import onnxruntime
    m = onnx.load(path)
    meta = {p.key: p.value for p in m.metadata_props}
    pool = next(n for n in m.graph.node if n.op_type in ("GlobalAveragePool", "ReduceMean"))
    last = next(n for n in reversed(m.graph.node) if n.op_type in ("Gemm", "MatMul"))
    w = onnx.numpy_helper.to_array(next(i for i in m.graph.initializer if i.name == last.input[1])).astype(np.float64)
    if last.op_type == "MatMul" or not any(a.name == "transB" and a.i for a in last.attribute):
        w = w.T
    m.graph.output.append(onnx.helper.make_tensor_value_info(pool.input[0], onnx.TensorProto.FLOAT, None))
    s = onnxruntime.InferenceSession(m.SerializeToString(), providers=["CPUExecutionProvider"])
    return s, w, pool.input[0], meta


def data(model, folder):
    from PIL import Image
    session, weights, features, meta = network(model)
    labels, size, norm = json.loads(meta["hilum.labels"]), json.loads(meta["hilum.input"]), json.loads(meta["hilum.normalise"])
    lo, hi = (float(v) for v in norm["scale"].split(".."))
    boxes = collections.defaultdict(list)
    with open(os.path.join(folder, "BBox_List_2017.csv")) as f:
        for row in list(csv.reader(f))[1:]:
            c = "Infiltration" if row[1] == "Infiltrate" else row[1]
            boxes[row[0], c].append([float(v) / LIST for v in row[2:6]])
    rows = collections.defaultdict(list)
    for (name, c), truth in boxes.items():
        path = os.path.join(folder, "images", name)
        if not os.path.exists(path) or c not in labels:
            continue
        grey = np.asarray(Image.open(path).convert("L").resize((size["width"], size["height"]), Image.BILINEAR), np.float32) / 255 * (hi - lo) + lo
        x = np.stack([(grey - mu) / s for mu, s in zip(norm["mean"], norm["std"])])[None].astype(np.float32)
        a = session.run([features], {session.get_inputs()[0].name: x})[0][0].astype(np.float64)
        m = np.tensordot(weights[labels.index(c)], a, 1) / (a.shape[1] * a.shape[2])
        others = [b for (n, k), b in boxes.items() if k == c and n.split("_")[0] != name.split("_")[0]]
        rows[c].append(of_map(m, (0.0, 0.0, 1.0, 1.0), truth) + of_prior(others, truth))
    names = ["pointing", "iou", "iobb", "prior_pointing", "prior_iou", "prior_iobb"]
    every = [v for r in rows.values() for v in r]

    def means(r):
        return dict(zip(names, [None if np.isnan(v) else float(v) for v in np.nanmean(r, axis=0)]), n_films=len(r))

    json.dump({"classes": {c: means(r) for c, r in rows.items()}, "pooled": means(every)}, sys.stdout)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    {"reference": reference, "data": data}[sys.argv[1]](*sys.argv[2:])
