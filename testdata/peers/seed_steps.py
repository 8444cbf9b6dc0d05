"""The first steps of the recipe "seed" in PyTorch, loss by loss against a run of cxr train: the same films in the same order,
the same weights, no augmentation.

usage: seed_steps.py weights CKPT.pth PICTURE...  ResNet-50 with 14 classes, weights drawn with a fixed seed, running statistics
                                                  of the normalisations from the pictures
       cxr train --recipe seed --arch resnet50 --weights CKPT.pth --set shuffle=false --set augment.rotate=0 --set augment.flip=0 --set schedule.unit=step --epochs 1 --data D --out RUN
       seed_steps.py steps RUN [STEPS]            the same steps here, from RUN/start.onnx; prints the losses of both as JSON, and fails where they differ by 1e-3
       RUN/config.json says which films, in which order, and the recipe's values. Only the first STEPS steps (10) are compared, so
       --limit may keep the run short.
needs: onnx torch torchvision pillow
"""

import json
import os
import sys

import onnx
import onnx.numpy_helper
import torch
import torchvision
from PIL import Image

TOLERANCE = 1e-3


def picture(path):
    t = torchvision.transforms
    return t.Compose([t.Resize((224, 224)), t.ToTensor(), t.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])])(Image.open(path).convert("RGB"))


def network():
    torch.manual_seed(1)
    m = torchvision.models.resnet50()
    m.fc = torch.nn.Linear(2048, 14)
    return m


def weights(path, pictures):
    m = network().train()
    norms = [k for k in m.modules() if isinstance(k, torch.nn.BatchNorm2d)]
    for k in norms:
        k.momentum = 1.0  # one pass sets the statistics
    with torch.no_grad():
        m(torch.stack([picture(p) for p in pictures]))
    torch.save(m.state_dict(), path)


def groups(m, o):
    """AdamW as the recipe has it: one rate for layer4, one for the head, decay on everything."""
    return torch.optim.AdamW([{"params": list(m.layer4.parameters()), "lr": o["rate_body"]}, {"params": list(m.fc.parameters()), "lr": o["rate_head"]}],
                             betas=(o["beta1"], o["beta2"]), eps=o["epsilon"], weight_decay=o["weight_decay"])


def starting(path):
    """What the run began with: the checkpoint under the same names, its head drawn anew for the data's classes."""
    found = {i.name: torch.from_numpy(onnx.numpy_helper.to_array(i).copy()) for i in onnx.load(path).graph.initializer}
    missing = [k for k in network().state_dict() if k not in found and not k.endswith("num_batches_tracked")]
    if missing:
        sys.exit(f"{path} lacks {missing}")
    return found


def steps(run, count="10"):
    config = json.load(open(os.path.join(run, "config.json")))
    recipe = config["config"]["recipe"]
    films = [f for f in config["films"] if f["part"] == "train"]
    m = network()
    m.load_state_dict(starting(os.path.join(run, "start.onnx")), strict=False)  # all but the counters of batches
    for p in m.parameters():
        p.requires_grad = False
    m.eval()
    m.layer4.train()
    for p in list(m.layer4.parameters()) + list(m.fc.parameters()):
        p.requires_grad = True
    optimizer = groups(m, recipe["optimizer"])
    s = recipe["schedule"]
    schedule = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, s["period"], s["factor"], eta_min=s["floor"])
    loss_of = torch.nn.BCEWithLogitsLoss()
    b, theirs = recipe["batch"], []
    for k in range(int(count)):
        batch = films[k * b:(k + 1) * b]
        x = torch.stack([picture(f["path"]) for f in batch])
        y = torch.tensor([f["labels"] for f in batch], dtype=torch.float32)  # 0 or 1; the NIH's table knows all
        loss = loss_of(m(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if s["unit"] == "step":
            schedule.step()
        theirs.append(loss.item())
        print(k + 1, loss.item(), file=sys.stderr, flush=True)
    ours = losses(os.path.join(run, "metrics.jsonl"), len(theirs))
    worst = max(abs(a - b) for a, b in zip(ours, theirs))
    json.dump({"ours": ours, "pytorch": theirs, "worst": worst}, sys.stdout)
    print()
    if worst > TOLERANCE:
        sys.exit(f"the losses differ by {worst:.2g}")


def losses(path, count):
    """A step event has the mean over the epoch so far."""
    mean = {}
    for line in open(path):
        e = json.loads(line)
        if e["event"] == "step" and e["epoch"] == 1:
            mean[e["step"]] = e["loss"]
    missing = [k for k in range(1, count + 1) if k not in mean]
    if missing:
        sys.exit(f"metrics.jsonl lacks the steps {missing}")
    return [k * mean[k] - (k - 1) * mean.get(k - 1, 0) for k in range(1, count + 1)]


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    if sys.argv[1] == "weights":
        weights(sys.argv[2], sys.argv[3:])
    else:
        {"steps": steps}[sys.argv[1]](*sys.argv[2:])
