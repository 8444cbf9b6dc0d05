"""Fold, export, measure and calibrate the demonstration model.

    python testdata/peers/demo_export.py --data PHANTOMS --weights demo.pt --out resources/demo

Needs: torch, torchvision, onnx, onnxruntime, numpy, pandas, pillow.
Writes OUT/demo.onnx with its card in the metadata and OUT/thresholds.json. All
figures come from the exported file run by ONNX Runtime: thresholds and
calibrators from the validation patients, the card's figures from the test
patients. The map of a class is sum_k w[c, k] * A[k].
"""

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from demo_data import CLASSES, MEAN, SIZE, STD, Films
from demo_net import DemoNet
from demo_scores import auc_table, counts, f1_at, platt, pointing, threshold
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

DATE = "2026-11-23"


class Exported(nn.Module):
    """Logits alone; batch normalisation folded, three input channels."""

    def __init__(self, net):
        super().__init__()
        for block in [net.stem] + [m for m in net.modules() if isinstance(m, nn.Sequential) and len(m) == 2 and isinstance(m[1], nn.BatchNorm2d)]:
            if isinstance(block[1], nn.BatchNorm2d):
                block[0] = fuse_conv_bn_eval(block[0], block[1])
                block[1] = nn.Identity()
        self.net = net
        net.head.weight = nn.Parameter(net.weights())
        net.GAIN = 1.0
        self.widen(net.stem[0])

    @staticmethod
    def widen(conv):
        """One channel (v - mean M) / mean S becomes three (v - M_c) / S_c: weights
        times S_c / (3 S) add up to the same, and zero padding stays zero."""
        share = torch.tensor(STD) / sum(STD)
        conv.weight = nn.Parameter(conv.weight * share[None, :, None, None])
        conv.in_channels = 3

    def forward(self, x):
        return self.net(x)[0]


def export(net, path):
    torch.onnx.export(Exported(net).eval(), torch.zeros(1, 3, SIZE, SIZE), path, input_names=["input"], output_names=["logits"],
                      opset_version=17, dynamic_axes={"input": {0: "batch"}, "logits": {0: "batch"}}, dynamo=False)
    model = onnx.load(path)
    model.doc_string = model.graph.doc_string = ""
    for node in model.graph.node:
        node.doc_string = ""
    return model


def head(model):
    """The linear layer's weights and the name of the pooled feature map."""
    gemm = next(n for n in model.graph.node if n.op_type == "Gemm")
    weights = next(onnx.numpy_helper.to_array(i) for i in model.graph.initializer if i.name == gemm.input[1])
    pool = next(n for n in model.graph.node if n.op_type in ("ReduceMean", "GlobalAveragePool"))
    return weights, pool.input[0]


def tensor(pixels8):
    """Input as torchvision normalises an RGB picture of three equal channels."""
    v = pixels8.numpy().astype(np.float32).repeat(3, 1) / 255
    return (v - np.array(MEAN, np.float32)[:, None, None]) / np.array(STD, np.float32)[:, None, None]


def run(model, films, indices):
    """Logits [n, 14] and class maps [n, 14, 14, 14] of the exported file."""
    weights, feature = head(model)
    probe = onnx.ModelProto()
    probe.CopyFrom(model)
    probe.graph.output.append(onnx.helper.make_tensor_value_info(feature, onnx.TensorProto.FLOAT, None))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    session = onnxruntime.InferenceSession(probe.SerializeToString(), options, providers=["CPUExecutionProvider"])
    logits, maps = [], []
    for i in np.array_split(indices, max(len(indices) // 32, 1)):
        l, a = session.run(None, {"input": tensor(films.pixels[i])})
        logits.append(l)
        maps.append(np.einsum("nkhw,ck->nchw", a, weights))
    return np.concatenate(logits), np.concatenate(maps)


def calibrate(films, indices, logits):
    """Per class: Platt scaling, the threshold of best F1, its interval by patient."""
    y, patients = films.labels[indices].numpy(), films.patients[indices]
    out = {}
    for c, name in enumerate(CLASSES):
        a, b = platt(logits[:, c], y[:, c])
        if a <= 0:
            raise SystemExit(f"{name}: scores do not rise with the label; train longer")
        p = 1 / (1 + np.exp(-(a * logits[:, c] + b)))
        t, ci = threshold(p, y[:, c], patients)
        out[name] = {"a": a, "b": b, "t": t, "ci": ci, "metrics": f1_at(p, y[:, c], t), "counts": counts(y[:, c])}
    return out


def prep_hash():
    """As inference.Prep.Hash writes it."""
    text = json.dumps({"width": SIZE, "height": SIZE, "channels": 3, "resize": "stretch", "range": "auto", "lo": 0, "hi": 1, "mean": MEAN, "std": STD}, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def thresholds(found, model_sha, n):
    pick = lambda f: {c: f(found[c]) for c in CLASSES}
    return {
        "metadata": {"method": "f1_max", "split": "val", "num_classes": len(CLASSES), "data": f"{n} phantom films of patients not trained on"},
        "thresholds": pick(lambda v: round(v["t"], 6)),
        "metrics": pick(lambda v: v["metrics"]),
        "schema": "hilum.thresholds/1",
        "model_sha256": model_sha,
        "prep_sha256": prep_hash(),
        "date": DATE + "T00:00:00Z",
        "calibrators": pick(lambda v: {"kind": "platt", "a": round(v["a"], 6), "b": round(v["b"], 6)}),
        "threshold_ci": pick(lambda v: v["ci"]),
        "counts": pick(lambda v: v["counts"]),
    }


def card(films, logits, maps):
    i = films.indices("test")
    y = films.labels[i].numpy()
    rects = [films.rects[films.names[k]] for k in i]
    auc, macro = auc_table(logits, y, films.patients[i])
    prior = films.boxes[films.indices("train")].float().mean(0).numpy()
    return {
        "name": "Hilum demonstration model",
        "description": "A residual network of 1.3 million weights trained from scratch on generated chest films, with labels and lesion boxes. It knows nothing of real patients.",
        "data": "Hilum phantoms, seed 20261123: generated pictures, split by patient",
        "n_train": int(len(films.indices("train"))),
        "licence": "Apache-2.0",
        "intended_use": "Trying out Hilum and teaching with generated pictures. Not for diagnosis.",
        "auc": auc,
        "macro_auc": macro,
        "pointing_game": pointing(maps, rects, prior),
        "date": DATE,
        "not_for_diagnosis": True,
        "parent_sha256": "",
    }


def describe(model, card):
    meta = {
        "hilum.schema": "1",
        "hilum.labels": json.dumps(CLASSES),
        "hilum.input": json.dumps({"width": SIZE, "height": SIZE, "channels": 3}),
        "hilum.resize": "stretch",
        "hilum.normalise": json.dumps({"scale": "0..1", "mean": MEAN, "std": STD}),
        "hilum.range": "auto",
        "hilum.card": json.dumps(card),
    }
    del model.metadata_props[:]
    onnx.helper.set_model_props(model, meta)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--data", required=True)
    p.add_argument("--weights", required=True)
    p.add_argument("--out", required=True)
    o = p.parse_args()
    torch.set_num_threads(2)
    films = Films(o.data)
    net = DemoNet()
    net.load_state_dict(torch.load(o.weights, weights_only=True)["state"])
    path = Path(o.out) / "demo.onnx"
    model = export(net.eval(), str(path))
    val, test = films.indices("val"), films.indices("test")
    about = card(films, *run(model, films, test))
    describe(model, about)
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString(deterministic=True))
    sha = hashlib.sha256(path.read_bytes()).hexdigest()
    found = calibrate(films, val, run(model, films, val)[0])
    (Path(o.out) / "thresholds.json").write_text(json.dumps(thresholds(found, sha, len(val)), indent=2) + "\n")
    for c in CLASSES:
        print(f"{c:20s} AUC {about['auc'][c]['value']:.3f} pointing {about['pointing_game'][c]} t {found[c]['t']:.3f} {found[c]['metrics']}")
    print("macro", about["macro_auc"], path.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
