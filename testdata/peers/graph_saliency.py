"""Two small classifiers and their explanations by pytorch-grad-cam and plain PyTorch.

usage: python graph_saliency.py inference/saliency/testdata
needs: grad-cam numpy onnx onnxscript scikit-image scipy torch torchvision

cnn.onnx and vit.onnx; references.onnx holds, as initializers of a graph without nodes: NET/x, NET/METHOD/LAYER
[classes, H, W] as pytorch-grad-cam returns them, cnn/gradient, cnn/occlusion, and ssim, spearman of the first two maps.
"""
import os
import sys

import numpy as np
import onnx
import pytorch_grad_cam as P
import torch
from onnx import helper, numpy_helper
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from scipy.stats import spearmanr
from skimage.metrics import structural_similarity
from torch import nn

from graph_grads import ViT, strip

CLASSES = 3
METHODS = {'gradcam': P.GradCAM, 'gradcam++': P.GradCAMPlusPlus, 'hirescam': P.HiResCAM, 'xgradcam': P.XGradCAM,
           'layercam': P.LayerCAM, 'eigencam': P.EigenCAM, 'scorecam': P.ScoreCAM, 'ablation': P.AblationCAM}


class CNN(nn.Module):
    """Two stages; the head is not linear, so nothing is closed form."""

    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Conv2d(1, 6, 3, padding=1), nn.Conv2d(6, 8, 3, padding=1)
        self.r1, self.r2, self.pool = nn.ReLU(), nn.ReLU(), nn.MaxPool2d(2)
        self.fc1, self.fc2 = nn.Linear(8, 10), nn.Linear(10, CLASSES)

    def forward(self, x):
        x = self.pool(self.r1(self.a(x)))
        x = self.r2(self.b(x))
        return self.fc2(torch.tanh(self.fc1(x.mean((2, 3))))) + 2


def grid(t):
    n = int((t.shape[1] - 1) ** .5)
    return t[:, 1:].reshape(t.shape[0], n, n, -1).permute(0, 3, 1, 2)


def explain(method, net, layer, x, reshape=None):
    with METHODS[method](net, [layer], reshape_transform=reshape) as cam:
        return np.stack([cam(x, [ClassifierOutputTarget(c)])[0] for c in range(CLASSES)])


def occlusion(net, x, patch, stride):
    h, w = x.shape[2:]
    base, fall, count = net(x)[0], torch.zeros(CLASSES, h, w), torch.zeros(h, w)
    starts = lambda n: range(0, n - patch + stride if (n - patch) % stride else n - patch + 1, stride)
    for i in starts(h):
        for j in starts(w):
            y = x.clone()
            y[:, :, i:i + patch, j:j + patch] = 0
            fall[:, i:i + patch, j:j + patch] += (base - net(y)[0])[:, None, None]
            count[i:i + patch, j:j + patch] += 1
    return (fall / count).detach().numpy()


def gradient(net, x):
    out = []
    for c in range(CLASSES):
        v = x.clone().requires_grad_()
        net(v)[0, c].backward()
        out.append(v.grad[0].abs().amax(0).numpy())
    return np.stack(out)


def export(net, x, path):
    torch.onnx.export(net, x, path, dynamo=False, input_names=['x'], output_names=['logits'], opset_version=17,
                      dynamic_axes={'x': {0: 'batch'}, 'logits': {0: 'batch'}})
    strip(path)


def main(out):
    os.makedirs(out, exist_ok=True)
    torch.manual_seed(3)
    cnn, x = CNN().eval(), torch.randn(1, 1, 20, 16)
    refs = {'cnn/x': x.numpy(), 'cnn/logits': cnn(x).detach().numpy(), 'cnn/gradient': gradient(cnn, x), 'cnn/occlusion': occlusion(cnn, x, 5, 3)}
    for m in METHODS:
        refs[f'cnn/{m}/last'] = explain(m, cnn, cnn.r2, x)
        if m != 'ablation':
            refs[f'cnn/{m}/pool'] = explain(m, cnn, cnn.pool, x)
    a, b = refs['cnn/gradcam/last'][0], refs['cnn/gradcam++/last'][0]
    refs['ssim'] = np.float32([structural_similarity(a, b, data_range=1)])
    refs['spearman'] = np.float32([spearmanr(a.ravel(), b.ravel())[0]])
    export(cnn, x, f'{out}/cnn.onnx')
    vit, x = ViT().eval(), torch.randn(1, 1, 8, 8)
    for m in vit.modules():
        if isinstance(m, nn.LayerNorm):
            m.weight.data.normal_(1, .2), m.bias.data.normal_(0, .2)
    refs['vit/x'] = x.numpy()
    for m in ('gradcam', 'gradcam++', 'hirescam', 'layercam'):
        refs[f'vit/{m}/last'] = explain(m, vit, vit.block.ln_1, x, grid)
    export(vit, x, f'{out}/vit.onnx')
    inits = [numpy_helper.from_array(np.ascontiguousarray(v, np.float32), k) for k, v in refs.items()]
    onnx.save(helper.make_model(helper.make_graph([], 'references', [], [], inits)), f'{out}/references.onnx')


main(sys.argv[1])
