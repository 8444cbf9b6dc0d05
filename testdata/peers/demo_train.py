"""Train the demonstration network on phantoms.

    cxr phantom --out PHANTOMS --n 12000 --seed 20261123 --size 256
    python testdata/peers/demo_train.py --data PHANTOMS --out demo.pt
    python testdata/peers/demo_export.py --data PHANTOMS --weights demo.pt --out resources/demo

Needs: torch, torchvision, numpy, pandas, pillow, scikit-learn. One core takes about half an hour
with bfloat16 arithmetic, two idle ones half of that. The loss is binary cross-entropy on the labels plus a
small term that asks each positive class's map to lie inside its boxes. There are
no horizontal flips: the heart is on the left. Sums run in parallel, so runs of
one seed agree closely but not to the last bit.
"""

import argparse
import math
import time

import numpy as np
import torch
from demo_data import Films, standardise
from demo_net import DemoNet
from torch.nn import functional as F


def options():
    p = argparse.ArgumentParser()
    p.add_argument("--data", required=True)
    p.add_argument("--out", required=True)
    p.add_argument("--epochs", type=int, default=16)
    p.add_argument("--batch", type=int, default=48)
    p.add_argument("--rate", type=float, default=3e-3)
    p.add_argument("--box-weight", type=float, default=0.1)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--threads", type=int, default=2)
    return p.parse_args()


def jitter(n, g):
    """Affine maps [n,2,3]: rotation to 6 degrees, shift to 6 %, scale to 10 %."""
    u = lambda a: (torch.rand(n, generator=g) * 2 - 1) * a
    angle, scale = u(math.radians(6)), 1 + u(0.1)
    stretch = 1 + u(0.04)
    c, s = torch.cos(angle) * scale, torch.sin(angle) * scale
    return torch.stack([c * stretch, -s, u(0.12), s, c / stretch, u(0.12)], 1).view(n, 2, 3)


def augment(pixels8, boxes, g):
    """Move pictures and box maps alike; change contrast, brightness and gamma."""
    n = len(pixels8)
    theta = jitter(n, g)
    grid = F.affine_grid(theta, pixels8.shape, align_corners=False)
    x = F.grid_sample(pixels8.float() / 255, grid, align_corners=False, padding_mode="zeros")
    r = lambda lo, hi: lo + (hi - lo) * torch.rand(n, 1, 1, 1, generator=g)
    x = (x.clamp(1e-4, 1) ** torch.exp(r(-0.35, 0.35)) * r(0.85, 1.15) + r(-0.06, 0.06)).clamp(0, 1)
    grid = F.affine_grid(theta, boxes.shape, align_corners=False)
    b = F.grid_sample(boxes.float(), grid, align_corners=False)
    return x * 255, F.max_pool2d(b, 2) > 0.5


def box_loss(maps, inside, labels):
    """-log of the share of a positive class's map, as a softmax, inside its boxes."""
    use = (labels > 0) & inside.flatten(2).any(2)
    if not use.any():
        return maps.sum() * 0
    m, t = maps.flatten(2)[use], inside.flatten(2)[use]
    return (m.logsumexp(1) - m.masked_fill(~t, -1e4).logsumexp(1)).mean()


def train_epoch(net, average, opt, schedule, films, o, g):
    net.train()
    order = torch.from_numpy(films.indices("train"))
    order = order[torch.randperm(len(order), generator=g)]
    total = 0.0
    steps = len(order) // o.batch
    for k in range(steps):
        i = order[k * o.batch:(k + 1) * o.batch]
        x, inside = augment(films.pixels[i], films.boxes[i], g)
        y = films.labels[i]
        with torch.autocast("cpu", torch.bfloat16):
            logits, a = net(standardise(x).to(memory_format=torch.channels_last))
            maps = torch.einsum("nkhw,ck->nchw", a, net.weights())
        loss = F.binary_cross_entropy_with_logits(logits.float(), y)
        loss = loss + o.box_weight * box_loss(maps.float(), inside, y)
        opt.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 2.0)
        opt.step()
        schedule.step()
        average.update_parameters(net)
        total += loss.item()
    return total / steps


def validate(net, films):
    from sklearn.metrics import roc_auc_score

    net.eval()
    i = films.indices("val")
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        out = torch.cat([net(standardise(films.pixels[j]))[0].float() for j in np.array_split(i, max(len(i) // 64, 1))])
    y = films.labels[i].numpy()
    return [roc_auc_score(y[:, c], out[:, c]) for c in range(y.shape[1])]


def main():
    o = options()
    torch.manual_seed(o.seed)
    torch.set_num_threads(o.threads)
    g = torch.Generator().manual_seed(o.seed)
    films = Films(o.data)
    net = DemoNet().to(memory_format=torch.channels_last)
    opt = torch.optim.AdamW(net.parameters(), lr=o.rate, weight_decay=0.02)
    steps = len(films.indices("train")) // o.batch * o.epochs
    schedule = torch.optim.lr_scheduler.OneCycleLR(opt, o.rate, total_steps=steps, pct_start=0.15)
    average = torch.optim.swa_utils.AveragedModel(net, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.998), use_buffers=True)
    for e in range(o.epochs):
        t = time.time()
        loss = train_epoch(net, average, opt, schedule, films, o, g)
        auc = validate(average.module, films)
        print(f"epoch {e + 1:2d} loss {loss:.4f} val AUC {np.mean(auc):.4f} {time.time() - t:.0f} s", " ".join(f"{a:.3f}" for a in auc), flush=True)
        torch.save({"state": average.module.state_dict(), "options": vars(o), "epoch": e + 1}, o.out)


if __name__ == "__main__":
    main()
