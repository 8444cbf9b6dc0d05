"""Speed as ratios against PyTorch, pytorch-grad-cam and bare ONNX Runtime, interleaved in one run on one machine.

usage: bench.py BENCH CXR HILUM [FOLDER]
    BENCH, CXR and HILUM are the built programs; FOLDER holds pictures to score (phantoms when it is left out).
needs: torch torchvision grad-cam onnx pillow numpy
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import torch
import torchvision
from PIL import Image
from pytorch_grad_cam import GradCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

THREADS = os.cpu_count() or 1
WORK = tempfile.mkdtemp()
LABELS = ("Atelectasis Cardiomegaly Effusion Infiltration Mass Nodule Pneumonia Pneumothorax Consolidation Edema Emphysema "
          "Fibrosis Pleural_Thickening Hernia").split()


class Ours:
    def __init__(self, program):
        self.p = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, command):
        self.p.stdin.write(command + "\n")
        self.p.stdin.flush()
        answer = json.loads(self.p.stdout.readline())
        if "error" in answer:
            sys.exit(command + ": " + answer["error"])
        return answer["ms"]


def clock(f):
    start = time.perf_counter()
    f()
    return (time.perf_counter() - start) * 1e3


def interleave(rounds, **sides):
    """Medians in ms of the sides, run in turn."""
    took = {k: [] for k in sides}
    for _ in range(rounds):
        for name, f in sides.items():
            took[name].append(f())
    return {k: statistics.median(v) for k, v in took.items()}


def say(what, ours, peer, names, goal):
    print(f"{what}: {names[0]} {ours:.1f} ms, {names[1]} {peer:.1f} ms, ratio {peer / ours:.2f} ({goal})", flush=True)


def model(name):
    torch.manual_seed(1)
    m = getattr(torchvision.models, name)()
    if name.startswith("resnet"):
        m.fc = torch.nn.Linear(m.fc.in_features, 14)
    else:
        m.classifier = torch.nn.Linear(m.classifier.in_features, 14)
    m.eval()
    path = os.path.join(WORK, name + ".onnx")
    torch.onnx.export(m, torch.zeros(1, 3, 224, 224), path, input_names=["input"], output_names=["logits"],
                      dynamic_axes={"input": {0: "n"}, "logits": {0: "n"}}, opset_version=17, dynamo=False)
    return m, path


def networks(ours):
    x = torch.randn(1, 3, 224, 224)
    for name in ("resnet50", "densenet121"):
        m, path = model(name)
        ours.ask(f"open {path} {THREADS}")

        def eager():
            with torch.inference_mode():
                return clock(lambda: m(x))

        for _ in range(3):
            eager(), ours.ask("all"), ours.ask("logits"), ours.ask("bare")
        t = interleave(25, ours=lambda: ours.ask("logits"), torch=eager)
        say(f"{name}, logits", t["ours"], t["torch"], ("ours", "PyTorch eager"), "goal 2.5")
        t = interleave(40, ours=lambda: ours.ask("all"), bare=lambda: ours.ask("bare"))
        print(f"{name}, everything in our Run over the bare session: {t['ours']:.2f} / {t['bare']:.2f} ms = {t['ours'] / t['bare']:.3f} (goal 1.03)", flush=True)
        layer = m.layer4[-1] if name == "resnet50" else m.features[-1]
        cam = GradCAM(model=m, target_layers=[layer])
        maps = lambda: clock(lambda: [cam(input_tensor=x, targets=[ClassifierOutputTarget(c)]) for c in range(14)])
        t = interleave(4, ours=lambda: ours.ask("all"), cam=maps)
        ours_ms = statistics.median(ours.ask("all") for _ in range(15))
        say(f"{name}, logits and 14 class maps", ours_ms, t["cam"], ("ours", "pytorch-grad-cam"), "goal 80")
        t = interleave(5, create=lambda: ours.ask("create"))
        print(f"{name}, bare session creation: {t['create']:.0f} ms", flush=True)


class Folder(torch.utils.data.Dataset):
    def __init__(self, paths):
        self.paths = paths
        t = torchvision.transforms
        self.t = t.Compose([t.Resize((224, 224)), t.ToTensor(), t.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])])

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, i):
        return self.t(Image.open(self.paths[i]).convert("RGB"))


def folder(cxr, where):
    if not where:
        where = os.path.join(WORK, "films")
        subprocess.run([cxr, "phantom", "--out", where, "--n", "300", "--size", "1024"], check=True, stdout=subprocess.DEVNULL)
    paths = sorted(os.path.join(d, f) for d, _, fs in os.walk(where) for f in fs if f.endswith(".png"))[:400]
    m, onnx = model("resnet50")
    labels = os.path.join(WORK, "labels.txt")
    open(labels, "w").write("\n".join(LABELS))
    listing = [cxr, "infer", "--json", "--provider", "cpu", "--model", onnx, "--labels", labels] + paths

    def torch_loop():
        loader = torch.utils.data.DataLoader(Folder(paths), batch_size=16, num_workers=THREADS)
        with torch.inference_mode():
            for x in loader:
                torch.sigmoid(m(x))

    ours = lambda: clock(lambda: subprocess.run(listing, check=True, stdout=subprocess.DEVNULL))
    t = interleave(3, ours=ours, torch=lambda: clock(torch_loop))
    n = len(paths)
    print(f"scoring {n} files: cxr infer {n / t['ours'] * 1e3:.1f} images/s (start-up, maps and JSON included), torch DataLoader loop "
          f"{n / t['torch'] * 1e3:.1f} images/s, ratio {t['torch'] / t['ours']:.2f} (goal 2)", flush=True)


def start_up(hilum, onnx_model, ours):
    if not os.environ.get("DISPLAY"):
        print("window start-up: no display, left out (scripts/bench.sh starts one where Xvfb is)")
        return
    film = os.path.join(WORK, "film.png")
    Image.new("L", (1024, 1024), 90).save(film)
    labels = os.path.join(WORK, "labels.txt")

    def once():
        start = time.perf_counter()
        p = subprocess.Popen([hilum, "--model", onnx_model, "--labels", labels, film], stderr=subprocess.PIPE, text=True,
                             env=dict(os.environ, HILUM_TRACE="1"))
        try:
            for line in p.stderr:
                if "findings" in line:
                    return (time.perf_counter() - start) * 1e3
        finally:
            p.kill()
            p.wait()
        sys.exit("the window never showed findings")

    t = interleave(5, window=once, create=lambda: ours.ask("create"))
    print(f"window, cold start to first findings (ResNet-50): {t['window']:.0f} ms, bare session creation {t['create']:.0f} ms, "
          f"ratio {t['window'] / t['create']:.2f} (goal 1.5 + decode)", flush=True)


def main(bench, cxr, hilum, where=None):
    torch.set_num_threads(THREADS)
    ours = Ours(bench)
    try:
        networks(ours)
        folder(cxr, where)
        path = os.path.join(WORK, "resnet50.onnx")
        ours.ask(f"open {path} {THREADS}")
        start_up(hilum, path, ours)
    finally:
        ours.p.kill()
        shutil.rmtree(WORK, ignore_errors=True)


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
