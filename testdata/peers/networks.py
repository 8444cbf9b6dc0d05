"""Networks as people export them, and what PyTorch says of one picture: the table of what opens.

usage: python networks.py export DIR [PATTERN]   writes DIR/NAME.onnx and DIR/NAME.refs (picture, logits, gradient)
       HILUM_NETWORKS=DIR go test ./inference/ort -run TestNetworks -timeout 30m   compares, and writes DIR/table.md
needs: torch torchvision timm transformers onnx onnxscript numpy

Weights are drawn (the same seed every time) and depths are cut where the library lets them be: what is tried is the
graph that an exporter writes, not what a network knows. The picture has the network's own size, so that nothing is resampled. The gradient is that of the first class by the picture, in 64-bit floats.
"""
import fnmatch
import os
import sys

sys.path.pop(0)  # profile.py beside this file is not Python's own

import numpy as np

MEAN, STD, CLASSES = np.array([.485, .456, .406]), np.array([.229, .224, .225]), 3


def film(width, height):
    """An 8-bit picture with soft blobs."""
    y, x = np.mgrid[0:height, 0:width] / max(width, height)
    rng = np.random.default_rng(5)
    v = .35 + .25 * y
    for _ in range(5):
        cx, cy, s, k = rng.random(), rng.random(), .06 + .1 * rng.random(), rng.choice([-.4, .4])
        v = v + k * np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / s ** 2)
    return np.rint(255 * np.clip(v + rng.normal(0, .03, v.shape), 0, 1)).astype(np.uint8)


def picture(width, height):
    u = film(width, height) / 255.
    return ((u[None] - MEAN[:, None, None]) / STD[:, None, None])[None]


# Of timm: the name, what is passed to its constructor, and the picture's width and height.
TIMM = [
    ('vit_tiny_patch16_224', dict(depth=3, img_size=(64, 96)), 96, 64),
    ('vit_small_patch14_reg4_dinov2', dict(depth=3, img_size=56), 56, 56),
    ('vit_small_patch14_dinov2', dict(depth=3, img_size=56), 56, 56),
    ('vit_small_patch16_dinov3', dict(depth=3, img_size=64), 64, 64),
    ('vit_base_patch16_siglip_224', dict(depth=2, img_size=64), 64, 64),
    ('vit_base_patch32_clip_224', dict(depth=2, img_size=64), 64, 64),
    ('vit_relpos_small_patch16_224', dict(depth=2, img_size=64), 64, 64),
    ('deit_tiny_distilled_patch16_224', dict(depth=3, img_size=64), 64, 64),
    ('deit3_small_patch16_224', dict(depth=3, img_size=64), 64, 64),
    ('cait_xxs24_224', dict(depth=3, img_size=64), 64, 64),
    ('beit_base_patch16_224', dict(depth=2, img_size=64), 64, 64),
    ('beitv2_base_patch16_224', dict(depth=2, img_size=64), 64, 64),
    ('eva02_tiny_patch14_224', dict(depth=3, img_size=56), 56, 56),
    ('swin_tiny_patch4_window7_224', dict(depths=(2, 2, 2, 2), img_size=224), 224, 224),
    ('swinv2_tiny_window8_256', dict(depths=(2, 2, 2, 2), img_size=128), 128, 128),
    ('swinv2_cr_tiny_224', dict(depths=(2, 2, 2, 2), img_size=224), 224, 224),
    ('swin_s3_tiny_224', dict(depths=(2, 2, 2, 2)), 224, 224),
    ('convnext_atto', {}, 96, 64), ('convnextv2_atto', {}, 64, 64), ('convnext_atto_ols', {}, 64, 64),
    ('resnet18d', {}, 64, 64), ('resnet26t', {}, 64, 64), ('resnetv2_50', {}, 64, 64), ('seresnet50', {}, 64, 64), ('ecaresnet26t', {}, 64, 64),
    ('resnest14d', {}, 64, 64), ('res2net50_26w_4s', {}, 64, 64), ('skresnet18', {}, 64, 64), ('gernet_s', {}, 64, 64), ('resnet10t', {}, 64, 64),
    ('regnetx_002', {}, 64, 64), ('regnety_002', {}, 64, 64), ('regnetz_005', {}, 64, 64),
    ('efficientnet_b0', {}, 64, 64), ('tf_efficientnet_b0', {}, 64, 64), ('tf_efficientnetv2_b0', {}, 64, 64), ('efficientnet_lite0', {}, 64, 64), ('mixnet_s', {}, 64, 64),
    ('mobilenetv2_050', {}, 64, 64), ('mobilenetv3_small_050', {}, 64, 64), ('mobilenetv4_conv_small_035', {}, 64, 64), ('mobilenetv4_hybrid_medium', {}, 128, 128), ('mobileone_s0', {}, 64, 64), ('ghostnet_050', {}, 64, 64),
    ('mnasnet_050', {}, 64, 64), ('fbnetc_100', {}, 64, 64), ('lcnet_050', {}, 64, 64), ('tinynet_e', {}, 64, 64), ('hardcorenas_a', {}, 64, 64), ('repvgg_a0', {}, 64, 64),
    ('densenet121', {}, 64, 64), ('vgg11_bn', {}, 64, 64), ('inception_v3', {}, 96, 96), ('inception_next_atto', {}, 64, 64), ('inception_resnet_v2', {}, 96, 96), ('xception41', {}, 64, 64), ('legacy_xception', {}, 96, 96), ('dla34', {}, 64, 64), ('dpn48b', {}, 64, 64),
    ('hrnet_w18_small', {}, 64, 64), ('selecsls42', {}, 64, 64), ('cspresnet50', {}, 64, 64), ('darknet53', {}, 64, 64), ('vovnet39a', {}, 64, 64),
    ('mobilevit_xxs', {}, 64, 64), ('mobilevitv2_050', {}, 64, 64), ('edgenext_xx_small', {}, 64, 64), ('fastvit_t8', {}, 64, 64), ('efficientformer_l1', {}, 224, 224), ('efficientformerv2_s0', {}, 224, 224), ('efficientvit_b0', {}, 64, 64), ('efficientvit_m0', {}, 224, 224),
    ('poolformer_s12', {}, 64, 64), ('caformer_s18', {}, 64, 64), ('convformer_s18', {}, 64, 64), ('pvt_v2_b0', {}, 64, 64), ('twins_svt_small', {}, 224, 224), ('tiny_vit_5m_224', {}, 224, 224), ('levit_128s', {}, 224, 224), ('gcvit_xxtiny', {}, 224, 224), ('maxvit_pico_rw_256', {}, 256, 256), ('coatnet_nano_rw_224', {}, 224, 224), ('coat_tiny', {}, 224, 224), ('crossvit_tiny_240', {}, 240, 240), ('davit_tiny', {}, 224, 224), ('focalnet_tiny_srf', {}, 64, 64), ('hiera_tiny_224', {}, 224, 224), ('nest_tiny', {}, 224, 224), ('pit_ti_224', {}, 224, 224), ('xcit_nano_12_p16_224', {}, 64, 64), ('volo_d1_224', {}, 224, 224), ('visformer_tiny', {}, 224, 224), ('mixer_s16_224', dict(num_blocks=2), 224, 224), ('gmlp_ti16_224', dict(num_blocks=2), 224, 224), ('resmlp_12_224', dict(num_blocks=2), 224, 224), ('rexnet_100', {}, 64, 64), ('repvit_m0_9', {}, 64, 64), ('starnet_s1', {}, 64, 64), ('sequencer2d_s', dict(layers=(1, 1, 1, 1)), 224, 224), ('nextvit_small', dict(depths=(1, 1, 2, 1)), 64, 64), ('naflexvit_base_patch16_gap', dict(depth=2), 64, 64),
]
TORCHVISION = [(n, {}, s, s) for n, s in [
    ('alexnet', 64), ('squeezenet1_0', 64), ('squeezenet1_1', 64), ('vgg11', 64), ('resnet18', 64), ('resnext50_32x4d', 64), ('densenet121', 64), ('mobilenet_v2', 64), ('mobilenet_v3_small', 64), ('mnasnet0_5', 64),
    ('shufflenet_v2_x0_5', 64), ('googlenet', 64), ('inception_v3', 96), ('regnet_y_400mf', 64), ('regnet_x_400mf', 64), ('efficientnet_b0', 64), ('efficientnet_v2_s', 64), ('convnext_tiny', 64), ('swin_t', 64), ('swin_v2_t', 64), ('vit_b_32', 224), ('maxvit_t', 224)]]
# Of transformers: model and configuration class, and what is set.
HUGGING = [
    ('ViTForImageClassification', 'ViTConfig', dict(hidden_size=48, num_hidden_layers=3, num_attention_heads=4, intermediate_size=96, image_size=64, patch_size=16), 64),
    ('Dinov2ForImageClassification', 'Dinov2Config', dict(hidden_size=48, num_hidden_layers=3, num_attention_heads=4, image_size=56, patch_size=14), 56),
    ('Dinov2WithRegistersForImageClassification', 'Dinov2WithRegistersConfig', dict(hidden_size=48, num_hidden_layers=3, num_attention_heads=4, image_size=56, patch_size=14), 56),
    ('SwinForImageClassification', 'SwinConfig', dict(embed_dim=24, depths=[2, 2], num_heads=[2, 4], window_size=4, image_size=64), 64),
    ('Swinv2ForImageClassification', 'Swinv2Config', dict(embed_dim=24, depths=[2, 2], num_heads=[2, 4], window_size=4, image_size=64), 64),
    ('ConvNextForImageClassification', 'ConvNextConfig', dict(hidden_sizes=[16, 32, 48, 64], depths=[1, 1, 2, 1], image_size=64), 64),
    ('ConvNextV2ForImageClassification', 'ConvNextV2Config', dict(hidden_sizes=[16, 32, 48, 64], depths=[1, 1, 2, 1], image_size=64), 64),
    ('CLIPForImageClassification', 'CLIPConfig', dict(vision_config=dict(hidden_size=48, num_hidden_layers=3, num_attention_heads=4, intermediate_size=96, image_size=64, patch_size=16)), 64),
    ('SiglipForImageClassification', 'SiglipConfig', dict(vision_config=dict(hidden_size=48, num_hidden_layers=3, num_attention_heads=4, intermediate_size=96, image_size=64, patch_size=16)), 64),
    ('BeitForImageClassification', 'BeitConfig', dict(hidden_size=48, num_hidden_layers=3, num_attention_heads=4, intermediate_size=96, image_size=64, patch_size=16), 64),
    ('DeiTForImageClassification', 'DeiTConfig', dict(hidden_size=48, num_hidden_layers=3, num_attention_heads=4, intermediate_size=96, image_size=64, patch_size=16), 64),
    ('ResNetForImageClassification', 'ResNetConfig', dict(embedding_size=16, hidden_sizes=[16, 32, 48, 64], depths=[1, 1, 1, 1]), 64),
    ('RegNetForImageClassification', 'RegNetConfig', dict(embedding_size=16, hidden_sizes=[16, 32, 48, 64], depths=[1, 1, 1, 1], groups_width=8), 64),
    ('SegformerForImageClassification', 'SegformerConfig', dict(hidden_sizes=[16, 32, 40, 64]), 64),
    ('MobileViTForImageClassification', 'MobileViTConfig', dict(image_size=64), 64),
    ('PvtV2ForImageClassification', 'PvtV2Config', dict(), 64),
]


def draw(net):
    """Weights that nothing vanishes with: many networks begin with layers scaled to nothing."""
    import torch
    torch.manual_seed(1)
    with torch.no_grad():
        for name, p in net.named_parameters():
            if p.dim() > 1 and float(p.std()) < .02:
                p.normal_(0, min(.7 / max(p[0].numel(), 1) ** .5, .3))
            elif p.dim() <= 1:
                p.add_(.1 * torch.randn_like(p))
        for name, b in net.named_buffers():
            if name.endswith('running_var'):
                b.uniform_(.7, 1.3)
            elif name.endswith('running_mean'):
                b.normal_(0, .1)
    return net.eval()


def networks():
    """(name, source, what makes it, width, height)"""
    def of_timm(n, k):
        import timm
        return timm.create_model(n, num_classes=CLASSES, **k)

    def of_torchvision(n):
        import torchvision
        k = dict(init_weights=False, aux_logits=False) if n in ('googlenet', 'inception_v3') else {}
        return getattr(torchvision.models, n)(weights=None, num_classes=CLASSES, **k)

    def of_hugging(n, c, k):
        import torch
        import transformers

        class Logits(torch.nn.Module):
            def __init__(self):
                super().__init__()
                config = getattr(transformers, c)(num_labels=CLASSES, **k)
                config._attn_implementation = 'eager'
                self.net = getattr(transformers, n)(config)

            def forward(self, x):
                return self.net(pixel_values=x).logits
        return Logits()

    for n, k, w, h in TIMM:
        yield 'timm.' + n, 'timm', lambda: of_timm(n, k), w, h
    for n, _, w, h in TORCHVISION:
        yield 'torchvision.' + n, 'torchvision', lambda: of_torchvision(n), w, h
    for n, c, k, s in HUGGING:
        yield 'transformers.' + n.removesuffix('ForImageClassification'), 'transformers', lambda: of_hugging(n, c, k), s, s


def export_one(name, make, w, h, out, dynamo):
    import onnx
    import torch
    from onnx import helper, numpy_helper
    torch.manual_seed(0)
    net = draw(make())
    x = torch.from_numpy(picture(w, h)).float()
    path = f'{out}/{name}{"+dynamo" if dynamo else ""}'
    if dynamo:
        torch.onnx.export(net, (x,), path + '.onnx', dynamo=True, input_names=['image'], output_names=['logits'], external_data=False, verbose=False)
    else:
        torch.onnx.export(net, (x,), path + '.onnx', dynamo=False, input_names=['image'], output_names=['logits'], opset_version=17, dynamic_axes={'image': {0: 'n'}, 'logits': {0: 'n'}})
    with torch.no_grad():
        z = net(x)[0].numpy()
    gradient, slope = differentiate(net, x)
    refs = dict(picture=film(w, h).astype(np.float32), logits=z, gradient=gradient, slope=slope)
    inits = [numpy_helper.from_array(np.asarray(v, np.float32), k) for k, v in refs.items()]
    onnx.save(helper.make_model(helper.make_graph([], 'references', [], [], inits)), path + '.refs')


def differentiate(net, x):
    """The gradient of the first logit by the picture, and how steep the logit really is along it, in units of what the
    gradient says: 1 where PyTorch's gradient is right (version 2.15 has operators where it is not)."""
    import torch
    try:
        net, x = net.double(), x.double().requires_grad_()
        net(x)[0, 0].backward()
    except RuntimeError:  # a network that holds to 32 bits
        net, x = net.float(), x.detach().float().requires_grad_()
        net(x)[0, 0].backward()
        return x.grad[0].numpy(), 1
    size = x.grad.norm()
    step = 1e-4 * x.grad / size
    with torch.no_grad():
        rise = (net(x + step) - net(x - step))[0, 0] / 2e-4
    return x.grad[0].numpy(), float(rise / size)


def export(out, pattern):
    import torch
    torch.set_num_threads(1)
    os.makedirs(out, exist_ok=True)
    for name, source, make, w, h in networks():
        if not fnmatch.fnmatch(name, pattern):
            continue
        for dynamo in (False, True):
            full = name + ('+dynamo' if dynamo else '')
            if os.path.exists(f'{out}/{full}.refs') or os.path.exists(f'{out}/{full}.why') or dynamo and hash_of(name) % 3:
                continue
            try:
                export_one(name, make, w, h, out, dynamo)
                print(full, 'ok', flush=True)
            except Exception as e:  # what cannot be exported is no case
                print(full, 'no export:', str(e).split('\n')[0][:150], flush=True)
                open(f'{out}/{full}.why', 'w').write(str(e)[:2000])


def hash_of(name):
    return sum(map(ord, name))
if __name__ == "__main__" and sys.argv[1] == "export":
    export(sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else "*")
