"""Small classifiers with the heads that PyTorch models have, exported to ONNX, with logits, signed Grad-CAM maps and
pooled features computed by PyTorch autograd.

usage: python graph_heads.py inference/graph/testdata/heads
needs: numpy onnx onnxscript torch

For each model NAME.onnx there is NAME.ref.onnx, a graph without nodes whose initializers are the references:
x, logits [N,C], maps [N,C,h,w] (sum over k of mean_hw(d logit_c / d A_k) * A_k), embedding [N,K].
"""
import os
import sys

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from torch import nn
from torch.nn import functional as F

K, C = 6, 5


class Trunk(nn.Module):
    """A residual trunk ending in ReLU, stride 4."""

    def __init__(self):
        super().__init__()
        self.a, self.bn = nn.Conv2d(3, K, 3, 2, 1, bias=False), nn.BatchNorm2d(K)
        self.b = nn.Conv2d(K, K, 3, 1, 1)
        self.pool = nn.MaxPool2d(3, 2, 1)

    def forward(self, x):
        x = self.pool(torch.relu(self.bn(self.a(x))))
        return torch.relu(x + self.b(x))


class Dense(nn.Module):
    """A densely connected trunk: normalised, then ReLU applied outside the features."""

    def __init__(self):
        super().__init__()
        self.a, self.b, self.norm = nn.Conv2d(3, 3, 3, 4, 1), nn.Conv2d(3, 3, 3, 1, 1), nn.BatchNorm2d(K)

    def forward(self, x):
        x = self.a(x)
        return F.relu(self.norm(torch.cat([x, self.b(torch.relu(x))], 1)))


class Net(nn.Module):
    def __init__(self, head, trunk=Trunk, sigmoid=False):
        super().__init__()
        self.trunk, self.head, self.fc = trunk(), head, nn.Linear(K, C)
        self.drop, self.sigmoid = nn.Dropout(.2), sigmoid

    def pool(self, a):
        if self.head == 'adaptive': return torch.flatten(F.adaptive_avg_pool2d(a, 1), 1)
        if self.head == 'mean': return a.mean([2, 3])
        if self.head == 'mean_keep': return a.mean((-1, -2), keepdim=True).squeeze(-1).squeeze(-1)
        if self.head == 'mean_twice': return a.mean(3).mean(2)
        if self.head == 'mean_flat': return a.flatten(2).mean(-1)
        if self.head == 'window': return F.avg_pool2d(a, 4).flatten(1)
        return a.mean([2, 3])

    def score(self, a):
        if self.head == 'conv':
            return F.conv2d(F.adaptive_avg_pool2d(a, 1), self.fc.weight[:, :, None, None], self.fc.bias).flatten(1)
        if self.head == 'matmul':
            return self.pool(a) @ self.fc.weight.t() + self.fc.bias
        return self.fc(self.drop(self.pool(a)))

    def forward(self, x):
        z = self.score(self.trunk(x))
        return torch.sigmoid(z) if self.sigmoid else z


class Deep(Net):
    """Two linear layers after the pooling, as in MobileNetV3: no closed form."""

    def score(self, a):
        return self.fc(F.hardswish(self.pool(a) * 2))


class Flat(Net):
    """A fully connected layer on the flattened map, as in VGG: no closed form."""

    def __init__(self):
        super().__init__('flat')
        self.fc = nn.Linear(K * 16, C)

    def score(self, a):
        return self.fc(a.flatten(1))


def reference(net, x):
    a = net.trunk(x).detach().requires_grad_()
    z = net.score(a)
    maps = []
    for c in range(C):
        g, = torch.autograd.grad(z[:, c].sum(), a, retain_graph=True)
        maps.append((g.mean((2, 3), keepdim=True) * a).sum(1))
    return dict(x=x, logits=z, maps=torch.stack(maps, 1), embedding=a.mean((2, 3)))


def save_reference(path, arrays):
    inits = [numpy_helper.from_array(v.detach().numpy().astype(np.float32), k) for k, v in arrays.items()]
    onnx.save(helper.make_model(helper.make_graph([], 'reference', [], [], inits)), path)


def strip(path):
    """Takes out the exporter's stack traces, which name files of this machine."""
    m = onnx.load(path)
    for n in m.graph.node:
        del n.metadata_props[:]
    onnx.save(m, path)


def main(out):
    os.makedirs(out, exist_ok=True)
    heads = ['adaptive', 'mean', 'mean_keep', 'mean_twice', 'mean_flat', 'window', 'conv', 'matmul']
    nets = {h: (lambda h=h: Net(h)) for h in heads}
    nets['dense'] = lambda: Net('adaptive', Dense)
    nets['sigmoid'] = lambda: Net('adaptive', sigmoid=True)
    nets['deep'], nets['flat'] = lambda: Deep('mean'), Flat
    for name, make in nets.items():
        torch.manual_seed(7)
        net = make().eval()
        for m in net.modules():
            if isinstance(m, nn.BatchNorm2d):
                m.running_mean.normal_(0, .3), m.running_var.uniform_(.5, 2), m.weight.data.normal_(1, .2), m.bias.data.normal_(0, .2)
        x = torch.randn(2, 3, 16, 16)
        save_reference(f'{out}/{name}.ref.onnx', reference(net, x))
        axes = {'image': {0: 'batch'}, 'scores': {0: 'batch'}}
        if name != 'window':
            axes['image'] |= {2: 'height', 3: 'width'}
        if name == 'flat':
            axes['image'] = {0: 'batch'}
        torch.onnx.export(net, x, f'{out}/{name}.onnx', dynamo=False, input_names=['image'], output_names=['scores'],
                          dynamic_axes=axes, opset_version=17)
        if name in ('adaptive', 'dense', 'mean_flat'):
            save_reference(f'{out}/{name}_dynamo.ref.onnx', reference(net, x))
            torch.onnx.export(net, (x,), f'{out}/{name}_dynamo.onnx', dynamo=True, external_data=False, input_names=['image'],
                              output_names=['logits'], dynamic_shapes=({0: torch.export.Dim('batch')},))
            strip(f'{out}/{name}_dynamo.onnx')


main(sys.argv[1])
