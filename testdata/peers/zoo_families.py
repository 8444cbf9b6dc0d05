"""Checkpoints as timm, torchvision and transformers write them, of tiny widths, and their logits.

usage: python zoo_families.py inference/zoo/testdata
needs: numpy safetensors torch torchvision timm transformers

transformers.json.gz: for each network its tensors (name and shape), the edge of the picture, config.json where one lies beside the weights, and the
logits for the picture of the formula. Weights follow from the formula of zoo_checkpoints.py, by the place of the tensor in the list.
"""
import functools
import gzip
import json
import os
import sys
import tempfile

sys.path.pop(0)  # profile.py beside this file is not Python's own

import numpy as np
import timm
import torch
import torchvision
import transformers
from safetensors.torch import load_file, save_file
from torch import nn

CLASSES = 5


def uniform(t, n):
    i = (np.arange(n, dtype=np.uint64) + 7919 * t) * 2654435761 % 2**32
    return i.astype(np.float64) / 2**32


def scaled(name, shape, t):
    u = uniform(t, int(np.prod(shape)))
    if len(shape) > 1:
        v = (2 * u - 1) * np.sqrt(6 / np.prod(shape[1:]))
    elif name.endswith('running_var') or name.endswith('weight'):
        v = .7 + .6 * u
    else:
        v = .2 * (2 * u - 1)
    return torch.from_numpy(v.astype(np.float32).reshape(shape))


def kept(state):
    return [(k, list(v.shape)) for k, v in state.items() if v.is_floating_point() and not k.endswith('relative_coords_table')]  # that follows from the window


class Fixture:
    def __init__(self):
        self.all = []

    def add(self, name, net, edge, keys, config=None, out=lambda y: y, **more):
        x = torch.from_numpy((2 * uniform(0, 3 * edge * edge) - 1).astype(np.float32).reshape(1, 3, edge, edge))
        with torch.no_grad():
            z = out(net.eval()(x))[0]
        print(name, z.numpy())
        self.all.append(dict(name=name, tensors=keys, edge=edge, config=config, logits=[float(v) for v in z], **more))

    def torch(self, name, net, edge, **more):
        """timm's and torchvision's: the state dictionary."""
        keys = kept(net.state_dict())
        net.load_state_dict({k: scaled(k, s, t) for t, (k, s) in enumerate(keys)}, strict=False)
        self.add(name, net, edge, keys, **more)

    def hugging(self, name, kind, config, edge, out=lambda y: y.logits, **more):
        """transformers': the file that save_pretrained writes, with config.json beside it."""
        config._attn_implementation = 'eager'
        net = kind(config)
        with tempfile.TemporaryDirectory() as d:
            net.save_pretrained(d)
            keys = kept(load_file(d + '/model.safetensors'))
            save_file({k: scaled(k, s, t) for t, (k, s) in enumerate(keys)}, d + '/model.safetensors', metadata={'format': 'pt'})
            net = kind.from_pretrained(d, attn_implementation='eager')
            beside = json.load(open(d + '/config.json'))
        self.add(name, net, edge, keys, config=beside, out=out, **more)


def vits(f):
    T = lambda **k: timm.models.vision_transformer.VisionTransformer(num_classes=CLASSES, embed_dim=128, depth=2, num_heads=2, img_size=32, patch_size=8, **k)
    f.torch('timm ViT', T(), 32)
    f.torch('timm ViT, mean of the patches', T(global_pool='avg'), 32)
    f.torch('timm DINOv2 with registers', timm.models.vision_transformer.VisionTransformer(num_classes=CLASSES, embed_dim=128, depth=2, num_heads=2, img_size=42, patch_size=14, reg_tokens=4, no_embed_class=True, init_values=1e-5), 42)
    f.torch('timm CLIP', T(pre_norm=True, norm_layer=functools.partial(nn.LayerNorm, eps=1e-5)), 32)
    f.torch('timm SigLIP', T(class_token=False, global_pool='map'), 32)
    f.torch('timm DeiT, distilled', timm.models.deit.VisionTransformerDistilled(num_classes=CLASSES, embed_dim=128, depth=2, num_heads=2, img_size=32, patch_size=8), 32)
    f.torch('torchvision ViT', torchvision.models.VisionTransformer(32, 8, 2, 2, 128, 256, num_classes=CLASSES), 32)
    t = transformers
    small = dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64, image_size=32, patch_size=8, num_labels=CLASSES)
    f.hugging('transformers ViT', t.ViTForImageClassification, t.ViTConfig(**small), 32)
    f.hugging('transformers DeiT', t.DeiTForImageClassification, t.DeiTConfig(**small), 32)
    dino = dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, mlp_ratio=2, image_size=42, patch_size=14, num_labels=CLASSES)
    f.hugging('transformers DINOv2', t.Dinov2ForImageClassification, t.Dinov2Config(**dino), 42)
    f.hugging('transformers DINOv2 with registers', t.Dinov2WithRegistersForImageClassification, t.Dinov2WithRegistersConfig(**dino), 42)
    vision = {k: v for k, v in small.items() if k != 'num_labels'}
    f.hugging('transformers CLIP', t.CLIPForImageClassification, t.CLIPConfig(vision_config=vision, num_labels=CLASSES), 32)
    f.hugging('transformers SigLIP', t.SiglipForImageClassification, t.SiglipConfig(vision_config=vision, num_labels=CLASSES), 32)
    # towers without a classifier: the features
    f.hugging("RAD-DINO's form", t.Dinov2Model, t.Dinov2Config(**dino), 42, out=lambda y: y.last_hidden_state[:, 0], tower=32)
    f.hugging('CLIP tower with projection', t.CLIPVisionModelWithProjection, t.CLIPVisionConfig(**vision, projection_dim=24), 32, out=lambda y: y.image_embeds, tower=24)
    f.hugging('SigLIP tower', t.SiglipVisionModel, t.SiglipVisionConfig(**vision), 32, out=lambda y: y.pooler_output, tower=32)


def convnexts(f):
    k = dict(num_classes=CLASSES, depths=(1, 1, 2, 1), dims=(8, 12, 16, 20))
    f.torch('timm ConvNeXt', timm.models.convnext.ConvNeXt(**k), 64)
    f.torch('timm ConvNeXt V2', timm.models.convnext.ConvNeXt(**k, use_grn=True, ls_init_value=None), 64)
    B = torchvision.models.convnext.CNBlockConfig
    f.torch('torchvision ConvNeXt', torchvision.models.ConvNeXt([B(8, 12, 1), B(12, 16, 1), B(16, 20, 2), B(20, None, 1)], num_classes=CLASSES), 64)
    t = transformers
    k = dict(hidden_sizes=[8, 12, 16, 20], depths=[1, 1, 2, 1], num_labels=CLASSES, image_size=64)
    f.hugging('transformers ConvNeXt', t.ConvNextForImageClassification, t.ConvNextConfig(**k), 64)
    f.hugging('transformers ConvNeXt V2', t.ConvNextV2ForImageClassification, t.ConvNextV2Config(**k), 64)


def swins(f):
    k = dict(num_classes=CLASSES, img_size=64, embed_dim=16, depths=(2, 2), num_heads=(2, 4))
    f.torch('timm Swin', timm.models.swin_transformer.SwinTransformer(window_size=4, **k), 64)
    f.torch('timm Swin V2', timm.models.swin_transformer_v2.SwinTransformerV2(window_size=4, **k), 64, config=dict(architecture='swinv2_tiny_window4_64', image_size=64))
    tv = torchvision.models.swin_transformer
    k = dict(patch_size=[4, 4], embed_dim=16, depths=[2, 2], num_heads=[2, 4], window_size=[4, 4], num_classes=CLASSES)
    f.torch('torchvision Swin', tv.SwinTransformer(**k), 64)
    f.torch('torchvision Swin V2', tv.SwinTransformer(**k, block=tv.SwinTransformerBlockV2, downsample_layer=tv.PatchMergingV2), 64, config=dict(window_size=4, image_size=64))
    t = transformers
    k = dict(embed_dim=16, depths=[2, 2], num_heads=[2, 4], window_size=4, image_size=64, num_labels=CLASSES)
    f.hugging('transformers Swin', t.SwinForImageClassification, t.SwinConfig(**k), 64)
    f.hugging('transformers Swin V2', t.Swinv2ForImageClassification, t.Swinv2Config(**k), 64)


def convolutions(f):
    R = timm.models.resnet
    k = dict(num_classes=CLASSES, layers=(1, 1, 2, 1), channels=(8, 12, 16, 20))
    f.torch('timm ResNet-D', R.ResNet(R.BasicBlock, **k, stem_width=4, stem_type='deep', avg_down=True), 64)
    f.torch('timm ResNet-D of bottlenecks', R.ResNet(R.Bottleneck, **k, stem_width=4, stem_type='deep', avg_down=True), 64)
    f.torch('timm SE-ResNet', R.ResNet(R.Bottleneck, **k, block_args=dict(attn_layer='se')), 64)
    C = timm.models.regnet.RegNetCfg
    k = dict(depth=13, w0=24, wa=36.44, wm=2.49, group_size=8)
    f.torch('timm RegNet Y', timm.models.regnet.RegNet(C(**k, se_ratio=.25), num_classes=CLASSES), 64)
    f.torch('timm RegNet X', timm.models.regnet.RegNet(C(**k), num_classes=CLASSES), 64)
    P = torchvision.models.regnet.BlockParams
    f.torch('torchvision RegNet', torchvision.models.RegNet(P.from_init_params(depth=13, w_0=24, w_a=36.44, w_m=2.49, group_width=8, se_ratio=.25), num_classes=CLASSES), 64)
    f.torch('torchvision SqueezeNet 1.0', torchvision.models.squeezenet1_0(num_classes=CLASSES), 64)
    f.torch('torchvision SqueezeNet 1.1', torchvision.models.squeezenet1_1(num_classes=CLASSES), 64)
    f.torch('torchvision Inception', torchvision.models.inception_v3(num_classes=CLASSES, init_weights=False, aux_logits=False), 96)


def texts(f, out):
    """Sentences for the towers of CLIP (pairs and a temperature) and SigLIP (a scale and a bias)."""
    unit = lambda v: v / v.norm(dim=-1, keepdim=True)
    rng = np.random.default_rng(4)
    for tower, name, width in [('CLIP tower with projection', 'pairs', 24), ('SigLIP tower', 'single', 32)]:
        image = torch.tensor(next(n for n in f.all if n['name'] == tower)['logits'])
        p, n = (rng.normal(0, 1, (3, width)).astype(np.float32) for _ in range(2))
        if name == 'pairs':
            np.savez(out + '/texts_pairs.npz', positive=p, negative=n, temperature=.07, labels=np.array(['Mass', 'Nodule', 'Herz groß']))
            z = (unit(torch.from_numpy(p)) - unit(torch.from_numpy(n))) @ unit(image) / .07
        else:
            np.savez(out + '/texts_single.npz', positive=p.astype(np.float64), logit_scale=np.float32(12), bias=np.float32(-3))
            z = 12 * (unit(torch.from_numpy(p)) @ unit(image)) - 3
        f.all.append(dict(name=name, tower=width, of=tower, tensors=[], edge=32, logits=[float(v) for v in z]))


if __name__ == '__main__':
    f = Fixture()
    vits(f)
    convnexts(f)
    swins(f)
    convolutions(f)
    texts(f, sys.argv[1])
    with open(os.path.join(sys.argv[1], 'transformers.json.gz'), 'wb') as file, gzip.GzipFile('', 'wb', 9, file, 0) as g:
        g.write(json.dumps(f.all).encode())
