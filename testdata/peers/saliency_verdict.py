"""A small classifier, a map of it, and what Quantus says of the map.

usage: python saliency_verdict.py inference/saliency/mapcheck/testdata
needs: numpy onnx onnxscript quantus torch

net.onnx; references.onnx holds, as initializers of a graph without nodes: x, map (Grad-CAM before its ReLU, at the
picture's resolution, each cell at its mean), deletion and insertion (logits from the whole picture to none), the areas
deletion_auc and insertion_auc, noisy (copies of x), sensitivity (of the map at its own resolution), other (another
map), spearman (of both), box and pointing.
"""
import os
import sys

import numpy as np
import onnx
import quantus
import torch
from onnx import helper, numpy_helper
from quantus.functions.similarity_func import correlation_spearman
from torch import nn

np.trapz = getattr(np, 'trapz', None) or np.trapezoid  # numpy 2.4 has dropped the name that Quantus calls
H, W, SIDE, STEPS, CLASS = 24, 16, 8, 8, 1


class Net(nn.Module):
    """A feature map at half the resolution and a head that is linear after pooling."""

    def __init__(self):
        super().__init__()
        self.a, self.b, self.fc = nn.Conv2d(1, 6, 3, 2, 1), nn.Conv2d(6, 8, 3, padding=1), nn.Linear(8, 3)
        self.fc.weight.data *= 20  # so that a logit changes by more than the tolerance

    def features(self, x):
        return torch.relu(self.b(torch.relu(self.a(x))))

    def forward(self, x):
        return self.fc(self.features(x).mean((2, 3)))


def maps(net, x):
    """sum_k w_k A_k over the number of places, in closed form."""
    f = net.features(torch.as_tensor(x, dtype=torch.float32))
    return (torch.einsum('nkhw,k->nhw', f, net.fc.weight[CLASS]) / f[0, 0].numel()).detach().numpy()


def full(m):
    return nn.functional.interpolate(torch.tensor(m)[:, None], (H, W), mode='bilinear', align_corners=False).numpy()


def cells(m):
    c = m.reshape(SIDE, H // SIDE, SIDE, W // SIDE).mean((1, 3))
    return np.kron(c, np.ones((H // SIDE, W // SIDE)))[None, None]


def main(out):
    os.makedirs(out, exist_ok=True)
    torch.manual_seed(11)
    rng = np.random.default_rng(11)
    net = Net().eval()
    x = rng.normal(size=(1, 1, H, W)).astype(np.float32)
    x[0, 0, 4:12, 3:9] += 2
    m, grey, y = maps(net, x), np.full_like(x, x.mean()), np.array([CLASS])
    celled = cells(full(m)[0, 0])
    step = H * W // STEPS
    flip = dict(features_in_step=step, normalise=False, abs=False, disable_warnings=True, display_progressbar=False)

    def swap(to):
        def perturb(arr, indices, **_):
            arr = arr.copy()
            arr[:, indices[0]] = to.reshape(1, -1)[:, indices[0]]
            return arr
        return perturb

    def curve(start, to):
        flipping = quantus.PixelFlipping(perturb_func=swap(to), return_auc_per_sample=False, **flip)
        rest = flipping(model=net, x_batch=start, y_batch=y, a_batch=celled, softmax=False, channel_first=True)[0]
        first = net(torch.tensor(start))[0, CLASS].item()
        return np.array([first, *np.ravel(rest)])

    deletion, insertion = curve(x, grey), curve(grey, x)
    copies = x + .04 * np.ptp(x) * rng.normal(size=(4, 1, H, W)).astype(np.float32)
    turn = iter(copies)
    sensitivity = quantus.AvgSensitivity(
        nr_samples=len(copies), perturb_func=lambda arr, **_: next(turn).reshape(arr.shape), normalise=False, abs=False,
        return_nan_when_prediction_changes=False, disable_warnings=True, display_progressbar=False)(
            model=net, x_batch=x, y_batch=y, a_batch=full(m), softmax=False, channel_first=True,
            explain_func=lambda model, inputs, targets, **_: full(maps(net, inputs)))
    other = rng.normal(size=m.shape).astype(np.float32) + m / m.std()
    box = np.zeros((1, 1, H, W), bool)
    box[0, 0, 2:14, 2:10] = True
    pointing = quantus.PointingGame(normalise=False, abs=False, disable_warnings=True, display_progressbar=False)(
        model=net, x_batch=x, y_batch=y, a_batch=full(m), s_batch=box, softmax=False, channel_first=True)
    refs = {'x': x, 'map': m, 'deletion': deletion, 'insertion': insertion,
            'deletion_auc': [quantus.helpers.utils.calculate_auc(deletion) / STEPS],
            'insertion_auc': [quantus.helpers.utils.calculate_auc(insertion) / STEPS],
            'noisy': copies, 'sensitivity': sensitivity, 'other': other,
            'spearman': [correlation_spearman(m.ravel(), other.ravel())],
            'box': [2 / W, 2 / H, 10 / W, 14 / H], 'pointing': np.float32(pointing)}
    torch.onnx.export(net, torch.tensor(x), f'{out}/net.onnx', dynamo=False, input_names=['x'],
                      output_names=['logits'], opset_version=17,
                      dynamic_axes={'x': {0: 'batch'}, 'logits': {0: 'batch'}})
    net_file = onnx.load(f'{out}/net.onnx')
    for n in net_file.graph.node:  # the exporter's stack traces name files of this machine
        del n.metadata_props[:]
        n.doc_string = ''
    onnx.save(net_file, f'{out}/net.onnx')
    inits = [numpy_helper.from_array(np.ascontiguousarray(v, np.float32), k) for k, v in refs.items()]
    onnx.save(helper.make_model(helper.make_graph([], 'references', [], [], inits)), f'{out}/references.onnx')
    for k in ('deletion', 'insertion', 'sensitivity', 'spearman', 'pointing'):
        print(k, refs[k])


main(sys.argv[1])
