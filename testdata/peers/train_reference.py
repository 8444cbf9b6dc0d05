"""Reference values for AdamW, schedules, clipping and losses of training.

Needs: torch, torchvision. Writes training/optim/testdata/reference.json and
training/learner/testdata/losses.json. The asymmetric loss is the formula of
Ridnik et al. 2021, written out with autograd, since no library here has it.
"""

import json
import pathlib

import torch
import torchvision

ROOT = pathlib.Path(__file__).resolve().parents[2]


def adamw():
    """30 steps on two groups with clipping, gradients fixed in advance."""
    g = torch.Generator().manual_seed(1)
    p = [torch.randn(6, generator=g), torch.randn(4, generator=g)]
    grads = torch.randn(30, 10, generator=g) * torch.logspace(-3, 2, 30)[:, None]
    start = torch.cat(p).tolist()
    params = [torch.nn.Parameter(x.clone()) for x in p]
    opt = torch.optim.AdamW(
        [{"params": [params[0]], "lr": 1e-2, "weight_decay": 0.1}, {"params": [params[1]], "lr": 1e-3, "weight_decay": 0.0}],
        betas=(0.9, 0.99), eps=1e-7,
    )
    after, norms = [], []
    for row in grads:
        params[0].grad, params[1].grad = row[:6].clone(), row[6:].clone()
        norms.append(float(torch.nn.utils.clip_grad_norm_(params, 5.0)))
        opt.step()
        after.append(torch.cat([x.detach() for x in params]).tolist())
    return {"start": start, "grads": grads.tolist(), "norms": norms, "after": after}


def schedules():
    """Rates of PyTorch's schedulers, one a unit."""

    def rates(make, n):
        opt = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1e-3)
        s = make(opt)
        out = []
        for _ in range(n):
            out.append(opt.param_groups[0]["lr"])
            opt.step()
            s.step()
        return out

    lr = torch.optim.lr_scheduler
    return {
        "restarts": rates(lambda o: lr.CosineAnnealingWarmRestarts(o, T_0=5, T_mult=2, eta_min=1e-6), 40),
        "one-cycle": rates(lambda o: lr.OneCycleLR(o, max_lr=1e-3, total_steps=50, pct_start=0.3, div_factor=25, final_div_factor=1e4), 50),
        "cosine": rates(lambda o: lr.CosineAnnealingLR(o, T_max=20, eta_min=1e-6), 20),
        "warmup": rates(lambda o: lr.LinearLR(o, start_factor=0.04, total_iters=10), 20),
    }


def losses():
    """Loss sums and their derivatives by the logits, with weights of labels."""
    g = torch.Generator().manual_seed(2)
    z = torch.randn(5, 3, generator=g) * 4
    z[0] = torch.tensor([30.0, -30.0, 0.0])
    y = (torch.rand(5, 3, generator=g) > 0.5).float()
    w = torch.rand(5, 3, generator=g)
    w[1, 2] = 0

    def asymmetric(x, gn, gp, m):
        p = torch.sigmoid(x)
        q = (p - m).clamp(min=1e-8)
        rest = (1 - q).clamp(min=1e-8)
        pos = (1 - p) ** gp * torch.nn.functional.softplus(-x)
        return y * pos - (1 - y) * q**gn * torch.log(rest)

    f = torch.nn.functional
    cases = {
        "bce": ({"Kind": "bce"}, lambda x: f.binary_cross_entropy_with_logits(x, y, reduction="none")),
        "focal": ({"Kind": "focal", "Gamma": 2}, lambda x: torchvision.ops.sigmoid_focal_loss(x, y, alpha=-1, gamma=2, reduction="none")),
        "asymmetric": (
            {"Kind": "asymmetric", "GammaNegative": 4, "GammaPositive": 1, "Margin": 0.05},
            lambda x: asymmetric(x, 4, 1, 0.05),
        ),
    }
    out = []
    for options, fn in cases.values():
        x = z.double().requires_grad_()
        loss = (fn(x) * w).sum()
        loss.backward()
        out.append({"loss": options, "value": loss.item(), "gradient": x.grad.tolist()})
    return {"logits": z.tolist(), "labels": y.tolist(), "weights": w.tolist(), "cases": out}


def main():
    for path, data in (
        ("training/optim/testdata/reference.json", {"adamw": adamw(), "schedules": schedules()}),
        ("training/learner/testdata/losses.json", losses()),
    ):
        (ROOT / path).write_text(json.dumps(data) + "\n")


main()
