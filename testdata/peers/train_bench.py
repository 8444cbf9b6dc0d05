"""Training against PyTorch, interleaved in one run on one machine: a whole step, epochs of the recipe last-block, the linear
head, and the memory of both.

usage: train_bench.py BENCH CXR [FILMS] [ROUNDS]
    BENCH and CXR are the built programs; FILMS phantoms (default 320) of 512 pixels are drawn for it.
needs: torch torchvision pillow numpy

The peers are eager PyTorch in fp32 with as many threads as there are processors, and a DataLoader with as many workers, the
way the pipeline is usually written: frozen layers in eval mode under no_grad, computed again in every epoch from image files,
last block and head in train mode, AdamW, then the validation part scored. Each side is a process of its own, so that its peak
memory (of the largest process; DataLoader workers apart) is its own.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

THREADS = os.cpu_count() or 1
WORK = tempfile.mkdtemp()
BATCH = 16


def clock(f):
    start = time.perf_counter()
    f()
    return time.perf_counter() - start


def line(what, ours, peer, goal, unit="s"):
    """One result: the ratio is how much better ours is."""
    print(f"{what}: ours {ours:.4g} {unit}, PyTorch {peer:.4g} {unit}, ratio {peer / ours:.2f} (goal {goal})", flush=True)


def whole_step(bench):
    """Forward, backward and AdamW of ResNet-50's layer4 and head on features that are at hand."""
    import torch
    import torchvision
    torch.set_num_threads(THREADS)
    p = subprocess.Popen([bench], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(command):
        p.stdin.write(command + "\n")
        p.stdin.flush()
        answer = json.loads(p.stdout.readline())
        if "error" in answer:
            sys.exit(command + ": " + answer["error"])
        return answer["ms"] / 1e3

    torch.manual_seed(1)
    body, head = torchvision.models.resnet50().layer4.train(), torch.nn.Linear(2048, 14)
    params = list(body.parameters()) + list(head.parameters())
    optimizer = torch.optim.AdamW(params, lr=1e-4, weight_decay=1e-4)
    x, y = torch.relu(torch.randn(BATCH, 1024, 14, 14)), (torch.rand(BATCH, 14) < 0.1).float()
    loss = torch.nn.BCEWithLogitsLoss()

    def step():
        optimizer.zero_grad()
        loss(head(body(x).mean((2, 3))), y).backward()
        optimizer.step()

    try:
        ask(f"train {THREADS} {BATCH}")
        for _ in range(3):
            step(), ask("step")
        ours, peer = [], []
        for _ in range(15):
            ours.append(ask("step"))
            peer.append(clock(step))
    finally:
        p.kill()
    line("whole training step (ResNet-50, layer4 and head, batch 16, features given)", statistics.median(ours), statistics.median(peer), "1.05")


def run(command):
    """Runs a program and gives the lines that it printed, each with the seconds from the start at which it came, and its
    peak memory in MB."""
    start = time.perf_counter()
    p = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    lines = [(time.perf_counter() - start, line) for line in p.stdout]
    _, status, usage = os.wait4(p.pid, 0)
    p.returncode = os.waitstatus_to_exitcode(status)
    if p.returncode:
        sys.exit(f"{command[0]} failed with {p.returncode}")
    return lines, usage.ru_maxrss / 1024


def ours(cxr, films, weights, recipe, epochs, batch):
    """Seconds from the start of the program to the end of the first epoch, of a later epoch, and the peak memory."""
    out = os.path.join(WORK, "run")
    shutil.rmtree(out, ignore_errors=True)
    lines, memory = run([cxr, "train", "--provider", "cpu", "--recipe", recipe, "--arch", "resnet50", "--weights", weights, "--data", films, "--out", out,
                         "--epochs", str(epochs), "--patience", "0", "--batch", str(batch), "--size", "224", "--json"])
    events = [(at, json.loads(line)) for at, line in lines]
    ends = [(at, e["took_ns"] / 1e9) for at, e in events if e.get("event") == "epoch"]
    if len(ends) != epochs:
        sys.exit(f"cxr train made {len(ends)} epochs of {epochs}")
    return ends[0][0], statistics.median(took for _, took in ends[1:]), memory


def peer(films, weights, recipe, batch):
    """Seconds of an epoch, training and validation, and the peak memory."""
    lines, memory = run([sys.executable, "-W", "ignore", __file__, "--peer", films, weights, recipe, str(batch)])
    return json.loads(lines[-1][1])["epoch"], memory


def peer_main(films, weights, recipe, batch):
    import torch
    import torchvision
    from PIL import Image
    torch.set_num_threads(THREADS)
    t = torchvision.transforms
    prepare = t.Compose([t.Resize((224, 224)), t.ToTensor(), t.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])])

    class Films(torch.utils.data.Dataset):
        def __init__(self, names):
            self.names = names

        def __len__(self):
            return len(self.names)

        def __getitem__(self, i):
            return prepare(Image.open(os.path.join(films, "images", self.names[i])).convert("RGB")), torch.zeros(14)

    parts = json.load(open(os.path.join(films, "parts.json")))
    loaders = [torch.utils.data.DataLoader(Films(parts[k]), batch_size=int(batch), shuffle=k == "train", num_workers=THREADS) for k in ("train", "val")]
    m = torchvision.models.resnet50()
    m.fc = torch.nn.Linear(2048, 14)
    m.load_state_dict(torch.load(weights, weights_only=True))
    for p in m.parameters():
        p.requires_grad = False
    trained = [m.fc] if recipe == "head" else [m.layer4, m.fc]
    for k in trained:
        for p in k.parameters():
            p.requires_grad = True
    optimizer = torch.optim.AdamW([p for p in m.parameters() if p.requires_grad], lr=1e-4, weight_decay=1e-2)
    loss = torch.nn.BCEWithLogitsLoss()

    def trunk(x):
        x = m.maxpool(m.relu(m.bn1(m.conv1(x))))
        return m.layer3(m.layer2(m.layer1(x)))

    def forward(x):
        with torch.no_grad():
            x = trunk(x)
            if recipe == "head":
                x = m.layer4(x)
        if recipe != "head":
            x = m.layer4(x)
        return m.fc(x.mean((2, 3)))

    def epoch():
        m.eval()
        for k in trained:
            k.train()
        for x, y in loaders[0]:
            optimizer.zero_grad()
            loss(forward(x), y).backward()
            optimizer.step()
        m.eval()
        with torch.inference_mode():
            for x, _ in loaders[1]:
                forward(x)

    print(json.dumps({"epoch": clock(epoch)}))


def prepare(cxr, films):
    """Draws the films, the weights, and lets cxr split them, so that both sides have the same parts."""
    import torch
    import torchvision
    folder = os.path.join(WORK, "films")
    subprocess.run([cxr, "phantom", "--out", folder, "--n", films, "--size", "512", "--seed", "9"], check=True, stdout=subprocess.DEVNULL)
    torch.manual_seed(1)
    m = torchvision.models.resnet50()
    m.fc = torch.nn.Linear(2048, 14)
    weights = os.path.join(WORK, "resnet50.pth")
    torch.save(m.state_dict(), weights)
    ours(cxr, folder, weights, "head", 2, 64)
    config = json.load(open(os.path.join(WORK, "run", "config.json")))
    parts = {k: [f["name"] for f in config["films"] if f["part"] == k] for k in ("train", "val")}
    json.dump(parts, open(os.path.join(folder, "parts.json"), "w"))
    return folder, weights


def main(bench, cxr, films="320", rounds="2"):
    try:
        whole_step(bench)
        folder, weights = prepare(cxr, films)
        for recipe, batch in (("last-block", BATCH), ("head", 64)):
            first, later, memory, epoch, peer_memory = [], [], [], [], []
            for _ in range(int(rounds)):
                a, b, c = ours(cxr, folder, weights, recipe, 4 if recipe == "last-block" else 10, batch)
                d, e = peer(folder, weights, recipe, batch)
                for to, v in ((first, a), (later, b), (memory, c), (epoch, d), (peer_memory, e)):
                    to.append(v)
            f, l, m, t, q = (statistics.median(v) for v in (first, later, memory, epoch, peer_memory))
            if recipe == "last-block":
                line("last-block, first epoch from image files (start of the program included), against a PyTorch epoch that computes the trunk", f, t, "1.4")
                line("last-block, later epochs, against the same", l, t, "2.5")
            else:
                line("head on cached embeddings, an epoch, against a PyTorch epoch of the head over the frozen trunk", l, t, "50")
            line(f"{recipe}, peak memory", m, q, "1", "MB")
    finally:
        shutil.rmtree(WORK, ignore_errors=True)


if __name__ == "__main__":
    if len(sys.argv) > 2 and sys.argv[1] == "--peer":
        peer_main(*sys.argv[2:])
    elif len(sys.argv) < 3:
        sys.exit(__doc__)
    else:
        main(*sys.argv[1:])
