"""Small networks and layers exported to ONNX, with their gradients by PyTorch autograd.

usage: python graph_grads.py inference/graph/grad/testdata
needs: numpy onnx onnxscript torch torchvision

For each NAME.onnx the file references.onnx holds, as initializers of a graph without nodes: NAME/x, NAME/seed (the
derivative of the objective by the output) and NAME/grad/VALUE for the input and for every parameter that the exporter kept.
"""
import copy
import os
import sys

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from torch import nn
from torch.nn import functional as F
from torchvision.models.convnext import CNBlock
from torchvision.models.efficientnet import MBConv, MBConvConfig
from torchvision.models.resnet import BasicBlock, Bottleneck
from torchvision.models.vision_transformer import EncoderBlock


class Fn(nn.Module):
    def __init__(self, f): super().__init__(); self.f = f
    def forward(self, x): return self.f(x)


class Dense(nn.Module):
    def __init__(self):
        super().__init__()
        self.n, self.c, self.m = nn.BatchNorm2d(4), nn.Conv2d(4, 3, 3, 1, 1, bias=False), nn.BatchNorm2d(7)
        self.fc = nn.Linear(7, 3)

    def forward(self, x):
        y = torch.cat([x, self.c(F.relu(self.n(x)))], 1)
        return self.fc(F.adaptive_avg_pool2d(F.avg_pool2d(F.relu(self.m(y)), 2), 1).flatten(1))


class ViT(nn.Module):
    def __init__(self):
        super().__init__()
        self.patch, self.cls = nn.Conv2d(1, 8, 4, 4), nn.Parameter(torch.randn(1, 1, 8) * .3)
        self.pos, self.block = nn.Parameter(torch.randn(1, 5, 8) * .3), EncoderBlock(2, 8, 12, 0., 0.)
        self.norm, self.head = nn.LayerNorm(8), nn.Linear(8, 3)

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls.expand(x.shape[0], -1, -1), x], 1) + self.pos
        return self.head(self.norm(self.block(x))[:, 0])


def mbconv():
    c = MBConvConfig(2, 3, 2, 8, 8, 1)
    return MBConv(c, 0., nn.BatchNorm2d)


def cases():
    c = (2, 4, 7, 6)
    yield 'residual', BasicBlock(4, 4), c
    yield 'bottleneck', Bottleneck(4, 4, 2, nn.Sequential(nn.Conv2d(4, 16, 1, 2, bias=False), nn.BatchNorm2d(16))), c
    yield 'dense', Dense(), (2, 4, 6, 6)
    yield 'mbconv', mbconv(), (2, 8, 7, 6)
    yield 'convnext', CNBlock(4, 1., 0.), (2, 4, 8, 8)
    yield 'vit', ViT(), (2, 1, 8, 8)
    yield 'vgg', nn.Sequential(nn.Conv2d(4, 3, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(27, 5), nn.ReLU(), nn.Dropout(), nn.Linear(5, 2)), (2, 4, 7, 6)
    yield 'mobile', nn.Sequential(nn.Conv2d(4, 8, 1), nn.ReLU6(), nn.Conv2d(8, 8, 5, 2, 2, groups=8), nn.Hardswish(), nn.Conv2d(8, 2, 1), nn.Hardsigmoid()), c
    yield 'upsample', nn.Sequential(nn.ConvTranspose2d(4, 3, 3, 2, 1, 1), nn.Upsample(scale_factor=2, mode='bilinear'), nn.LeakyReLU(.2), nn.Upsample(scale_factor=2, mode='nearest')), (1, 4, 3, 3)
    yield 'maxpool', nn.MaxPool2d(3, 2, 1), c
    yield 'avgpool', nn.AvgPool2d(3, 2, 1, count_include_pad=False), c
    yield 'softmax', Fn(lambda x: F.softmax(x.flatten(2), -1) @ F.log_softmax(x.flatten(2), -1).transpose(1, 2)), c
    yield 'bce', Fn(lambda x: F.softplus(x.mean((2, 3))) - x.mean((2, 3)) * .3), c
    yield 'slices', Fn(lambda x: x[:, 1:, ::2] * x[:, :-1, 1:5:1, :][:, :, :4] + x.amax(3, keepdim=True)[:, :1, :4]), c
    yield 'select', Fn(lambda x: torch.where(x > 0, x ** 2, x.abs().sqrt())[:, [2, 0, 2]]), c
    yield 'normpow', Fn(lambda x: x / x.pow(2).sum(1, keepdim=True).sqrt().clamp(min=1e-3) + torch.erf(x) * torch.tanh(x)), c
    yield 'padding', nn.Sequential(nn.ZeroPad2d((1, 2, 0, 1)), nn.Conv2d(4, 2, 3, dilation=2), nn.GELU(), nn.ELU(), nn.SiLU()), c


def references(name, net, x, path):
    net.zero_grad()
    x = x.clone().requires_grad_()
    y = net(x)
    seed = torch.randn_like(y)
    (y * seed).sum().backward()
    out = {f'{name}/x': x.detach(), f'{name}/seed': seed, f'{name}/grad/x': x.grad}
    kept = {i.name: numpy_helper.to_array(i) for i in onnx.load(path).graph.initializer}
    for p, v in net.named_parameters():
        if p in kept and kept[p].shape == tuple(v.shape) and np.array_equal(kept[p], v.detach().numpy()):
            out[f'{name}/grad/{p}'] = v.grad
    return out


def train_references(net, x, path):
    """One step of the dense block with batch statistics: dense_train/y, its gradients, and the running statistics after it."""
    net = net.train()
    out = references('dense', net, x, path)  # the first call moves the running statistics once
    out = {k.replace('dense/', 'dense_train/'): v for k, v in out.items()}
    return out | {f'dense_train/stat/{k}': v.clone() for k, v in net.named_buffers() if 'running' in k}


def strip(path):
    """Takes out the exporter's stack traces, which name files of this machine."""
    m = onnx.load(path)
    for n in m.graph.node:
        del n.metadata_props[:]
        n.doc_string = ''
    onnx.save(m, path)


def main(out):
    os.makedirs(out, exist_ok=True)
    refs = {}
    for name, net, shape in cases():
        torch.manual_seed(5)
        net.eval()
        for m in net.modules():
            if isinstance(m, nn.BatchNorm2d):
                m.running_mean.normal_(0, .3), m.running_var.uniform_(.5, 2), m.weight.data.normal_(1, .2), m.bias.data.normal_(0, .2)
            if isinstance(m, nn.LayerNorm):  # equal parameters would be merged by the exporter
                m.weight.data.normal_(1, .2), m.bias.data.normal_(0, .2)
        x = torch.randn(shape)
        path = f'{out}/{name}.onnx'
        torch.onnx.export(net, x, path, dynamo=False, input_names=['x'], output_names=['y'], opset_version=17,
                          dynamic_axes={'x': {0: 'batch'}, 'y': {0: 'batch'}}, keep_initializers_as_inputs=False)
        strip(path)
        refs |= references(name, net, x, path)
        if name == 'dense':
            refs |= train_references(copy.deepcopy(net), x, path)
        if name in ('residual', 'dense', 'mbconv', 'convnext', 'vit', 'vgg', 'mobile'):
            torch.onnx.export(net, (x,), f'{out}/{name}_dynamo.onnx', dynamo=True, external_data=False, input_names=['x'],
                              output_names=['y'], dynamic_shapes=({0: torch.export.Dim('batch')},))
            strip(f'{out}/{name}_dynamo.onnx')
            refs |= references(name + '_dynamo', net, x, f'{out}/{name}_dynamo.onnx')
    inits = [numpy_helper.from_array(np.ascontiguousarray(v.detach().numpy().astype(np.float32)), k) for k, v in refs.items()]
    onnx.save(helper.make_model(helper.make_graph([], 'references', [], [], inits)), f'{out}/references.onnx')


if __name__ == '__main__':
    main(sys.argv[1])
