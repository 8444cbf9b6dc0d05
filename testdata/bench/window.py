"""What the window costs, on a display of its own: time from a mouse event on the picture to its frame on the screen (as the
program measures it, HILUM_TRACE=frames), processor time a frame, processor time at rest, memory over many films, a long
worklist, and reading beside a training job.

usage: window.py HILUM CXR BARE [PART ...]      parts: drag views rest films list training (all)
needs: Xvfb, openbox, xdotool; nothing of Python's but its own library

The picture is 2500 x 3000 pixels of 16 bits on a viewport of 1600 x 1000, shown as it is fitted and 1:1, where it fills the
viewport, with a heat map on; in the part views with small pictures in the list, the strip of the study's pictures and a second
view beside the first too. Rendering is Mesa's, in software, so the same strokes are measured on BARE too, a window of the
same size with one raster of the viewport's size and nothing else: what the toolkit and the renderer take here and now.
"""

import glob
import os
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

# With the panels of both sides and the bars above and below, a window of this size leaves 1600 x 1000 to the picture.
VIEWPORT = (1600, 1000)
SCREEN = (2204, 1112)
TICKS = os.sysconf("SC_CLK_TCK")
WORK = tempfile.mkdtemp()


def say(what, got, goal=""):
    print(f"window, {what}: {got}" + (f" (goal {goal})" if goal else ""), flush=True)


def quantile(v, q):
    v = sorted(v)
    return v[min(len(v) - 1, int(q * len(v)))] if v else float("nan")


class Display:
    """A virtual display with a window manager."""

    def __init__(self, size):
        r, w = os.pipe()
        self.server = subprocess.Popen(["Xvfb", "-displayfd", str(w), "-screen", "0", "%dx%dx24" % size, "-nolisten", "tcp", "-noreset"], pass_fds=[w],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(w)
        number = os.fdopen(r).readline().strip()  # to the end of the line: a server whose pipe is closed too early dies
        self.env = dict(os.environ, DISPLAY=":" + number, LIBGL_ALWAYS_SOFTWARE="1", LC_ALL="C.UTF-8")
        time.sleep(0.5)
        self.manager = subprocess.Popen(["openbox"], env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.5)

    def do(self, *commands):
        """Runs commands of xdotool, one process for all."""
        return subprocess.run(["xdotool", "-"], input="\n".join(commands) + "\n", text=True, env=self.env, capture_output=True).stdout

    def close(self):
        self.manager.terminate()
        self.server.terminate()
        self.server.wait()


class Window:
    """The program on a display, with a home of its own."""

    open = set()

    def __init__(self, display, program, paths, home="home"):
        self.d = display
        home = os.path.join(WORK, home)
        config, self.data = os.path.join(home, "config"), os.path.join(home, "data")
        os.makedirs(os.path.join(config, "hilum"), exist_ok=True)
        os.makedirs(self.data, exist_ok=True)
        with open(os.path.join(config, "hilum", "preferences.json"), "w") as f:
            f.write('{"tour_seen": true}')
        self.log = os.path.join(home, "trace")
        env = dict(display.env, HILUM_TRACE="frames", HOME=home, XDG_CONFIG_HOME=config, XDG_DATA_HOME=self.data)
        self.p = subprocess.Popen([program, *paths], env=env, stderr=open(self.log, "w"))
        self.wait("first findings")
        self.id = self.d.do(f"search --sync --onlyvisible --pid {self.p.pid}").split()[-1]
        self.d.do(f"windowmove {self.id} 0 0", f"windowsize {self.id} {SCREEN[0]} {SCREEN[1]}", f"windowfocus {self.id}")
        time.sleep(1)
        Window.open.add(self)

    def front(self):
        """Over the other windows, with the keyboard, and no other window of this run at work."""
        for other in Window.open - {self}:
            other.p.send_signal(signal.SIGSTOP)
        self.p.send_signal(signal.SIGCONT)
        self.d.do(f"windowactivate --sync {self.id}", f"windowfocus {self.id}")
        time.sleep(0.5)

    def lines(self):
        return open(self.log).read().splitlines()

    def wait(self, text, count=1, seconds=120):
        end = time.time() + seconds
        while sum(text in line for line in self.lines()) < count:
            if self.p.poll() is not None or time.time() > end:
                sys.exit(f"window: waited in vain for {text!r}; the program said:\n" + "\n".join(self.lines()[-20:]))
            time.sleep(0.1)

    def keys(self, *keys):
        self.d.do(f"windowfocus {self.id}", *[f"key --clearmodifiers {k}\nsleep 0.3" for k in keys])

    def cpu(self):
        """Seconds of processor time so far."""
        f = open(f"/proc/{self.p.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(f[11]) + int(f[12])) / TICKS

    def memory(self):
        """Resident megabytes."""
        return int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{self.p.pid}/status").read()).group(1)) / 1024

    def frames(self, *commands):
        """Times in ms of the frames that the commands caused, and the processor's ms a frame."""
        before, cpu = len(self.lines()), self.cpu()
        self.d.do(*commands)
        time.sleep(0.5)
        ms = [float(m.group(1)) for m in (re.search(r"frame ([\d.]+) ms", line) for line in self.lines()[before:]) if m]
        return ms[3:], (self.cpu() - cpu) * 1e3 / max(1, len(ms))

    def close(self):
        Window.open.discard(self)
        self.p.send_signal(signal.SIGCONT)
        self.p.terminate()
        self.p.wait()


def stroke(button, n, seed=1):
    """A drag of n moves at the rate of a screen, wandering about the middle of the picture."""
    rng, x, y = random.Random(seed), 0, 0
    yield f"mousemove {240 + VIEWPORT[0] // 2} {SCREEN[1] // 2}"
    yield "sleep 0.2"
    yield f"mousedown {button}"
    for _ in range(n):
        dx, dy = rng.randint(-9, 9) - x // 40, rng.randint(-9, 9) - y // 40
        if dx == dy == 0:
            dx = 1
        x, y = x + dx, y + dy
        yield f"mousemove_relative -- {dx} {dy}"
        yield "sleep 0.0165"
    yield f"mouseup {button}"


def wheel(n):
    yield f"mousemove {240 + VIEWPORT[0] // 2} {SCREEN[1] // 2}"
    for i in range(n):
        yield f"click {4 if i // 10 % 2 == 0 else 5}"
        yield "sleep 0.03"


def tell(what, result, goal):
    ms, cpu = result
    say(what, f"{len(ms)} frames, median {statistics.median(ms):.1f} ms, 95th percentile {quantile(ms, .95):.1f} ms, processor {cpu:.1f} ms a frame", goal)
    return statistics.median(ms)


def films(cxr, name, *flags):
    out = os.path.join(WORK, name)
    if os.path.exists(out):  # an earlier part drew them, with the same flags
        return os.path.join(out, "images")
    subprocess.run([cxr, "phantom", "--out", out, "--seed", "20261128", *flags], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return os.path.join(out, "images")


FILL = "1:1, the viewport filled"


def drag(display, hilum, cxr, bare):
    """Each kind of stroke on the picture alone."""
    strokes(display, hilum, bare, "heat map", [films(cxr, "large", "--n", "1", "--dicom", "--size", "2500", "--height", "3000")], [])


def views(display, hilum, cxr, bare):
    """Likewise with everything else on: small pictures in the list, the strip, and the bare picture beside the map."""
    large = films(cxr, "study", "--n", "3", "--dicom", "--size", "2500", "--height", "3000")
    one_study(sorted(glob.glob(large + "/*.dcm")))
    strokes(display, hilum, bare, "heat map, small pictures, strip and second view", [large, films(cxr, "small", "--n", "20", "--size", "512")], ["b"])


def one_study(paths):
    """Makes the DICOM files pictures of one patient's study: each gets those attributes of the first."""
    tags = [bytes.fromhex(t) for t in ("10001000504e", "100020004c4f", "20000d005549")]  # name, ID, study; each with its VR

    def element(data, tag):
        at = data.index(tag)
        return at, at + 8 + int.from_bytes(data[at + 6:at + 8], "little")

    first = open(paths[0], "rb").read()
    for path in paths[1:]:
        data = open(path, "rb").read()
        for tag in tags:
            (a, b), (c, d) = element(first, tag), element(data, tag)
            data = data[:c] + first[a:b] + data[d:]
        with open(path, "wb") as f:
            f.write(data)


def strokes(display, hilum, bare, what, opened, keys):
    """Each kind of stroke on the program with what is opened, fitted and filled, and on the bare window, in turn: what a
    frame takes of time and of the processor."""
    w = Window(display, hilum, opened, home="strokes" + str(len(opened)))
    x, y = (SCREEN[0] - VIEWPORT[0]) // 2, (SCREEN[1] - VIEWPORT[1]) // 2
    floor = Window(display, bare, [str(v) for v in (*SCREEN, x, y, *VIEWPORT)], home="bare")
    kinds = {"window drag": (lambda: stroke(1, 120), "median 20, 95th 25"), "pan": (lambda: stroke(2, 80), "30"), "zoom": (lambda: wheel(60), "30")}
    seen = {}
    try:
        w.front()
        w.keys("m")
        w.wait("first map")
        w.keys(*keys)
        for _ in range(3):
            for where, key in (("fitted", "f"), (FILL, "z")):
                w.front()
                w.keys(key)
                time.sleep(0.5)
                for kind, (moves, _) in kinds.items():
                    add(seen, (kind, where), w.frames(*moves()))
            floor.front()
            for kind, (moves, _) in kinds.items():
                add(seen, (kind, "bare"), floor.frames(*moves()))
    finally:
        w.close()
        floor.close()
    for kind, (_, goal) in kinds.items():
        for where in ("bare", "fitted", FILL):
            tell(f"{kind}, bare window" if where == "bare" else f"{kind} with {what}, {where}", seen[kind, where], "" if where == "bare" else goal + " ms")
        over = {where: statistics.median(seen[kind, where][0]) / statistics.median(seen[kind, "bare"][0]) for where in ("fitted", FILL)}
        cpu = {where: seen[kind, where][1] / seen[kind, "bare"][1] for where in ("fitted", FILL)}
        say(f"{kind} with {what}, over the bare window", f"at the median fitted {over['fitted']:.2f}, filled {over[FILL]:.2f}; "
            f"processor fitted {cpu['fitted']:.2f}, filled {cpu[FILL]:.2f}", "1.2 and 1.45" if kind == "window drag" else "1.5")


def add(seen, key, result):
    """Joins the frames of strokes of one kind; processor times are weighted by frames."""
    ms, cpu = seen.get(key, ([], 0))
    n = len(ms) + len(result[0])
    seen[key] = (ms + result[0], (cpu * len(ms) + result[1] * len(result[0])) / max(1, n))


def rest(display, hilum, cxr, _bare):
    w = Window(display, hilum, [films(cxr, "large", "--n", "1", "--dicom", "--size", "2500", "--height", "3000")])
    try:
        w.keys("m")
        time.sleep(5)
        cpu = w.cpu()
        time.sleep(20)
        say("at rest", f"{(w.cpu() - cpu) / 20 * 100:.2f}% of a processor", "none")
    finally:
        w.close()


def opened(display, hilum, cxr, _bare):
    w = Window(display, hilum, [films(cxr, "many", "--n", "50", "--size", "1024")])
    try:
        w.keys("m")
        key, seen = "Down", {}
        shown = n = sum(line.endswith(" picture") for line in w.lines())
        end = time.time() + 600
        while n < 1000 and time.time() < end:
            w.d.do(f"key {key}")
            for _ in range(100):
                n = sum(line.endswith(" picture") for line in w.lines())
                if n > shown:
                    break
                time.sleep(0.02)
            else:
                key = "Up" if key == "Down" else "Down"  # the list ends here
            shown = n
            if n % 100 == 0:
                seen[n] = w.memory()
        say(f"memory over {n} films opened one after the other, map on", ", ".join(f"{m:.0f} MB after {k}" for k, m in seen.items()), "flat")
    finally:
        w.close()


def worklist(display, hilum, cxr, _bare):
    """10,000 studies: links to 200 films, which are studies of their own all the same."""
    some = sorted(glob.glob(films(cxr, "some", "--n", "200", "--size", "256") + "/*.png"))
    folder = os.path.join(WORK, "long")
    os.makedirs(folder)
    for i in range(10000):
        os.link(some[i % len(some)], os.path.join(folder, "%08d_000.png" % i))
    w = Window(display, hilum, [folder])
    try:
        time.sleep(5)
        say("10,000 studies", f"{w.memory():.0f} MB")
        cpu, n = w.cpu(), 200
        w.d.do("mousemove 120 600", *["click 5\nsleep 0.03"] * n)
        say("10,000 studies, background scores going on, a notch of the wheel over the list", f"{(w.cpu() - cpu) / n * 1e3:.1f} ms of processor time with the scores'")
        w.keys("m")
        time.sleep(1)
        tell("window drag while 10,000 studies are scored in the background", w.frames(*stroke(1, 200)), "as without")
    finally:
        w.close()


def reopened(w, n):
    """Milliseconds from picture to findings of films far apart in the list, which nothing has scored ahead."""
    took = []
    for i in range(n):
        before = len(w.lines())
        w.keys(*(["Home"] if i % 2 else ["End"]))
        time.sleep(1.2)
        at = {}
        for line in w.lines()[before:]:
            m = re.match(r"\s*([\d.]+) s  (picture|findings)$", line)
            if m:
                at[m.group(2)] = float(m.group(1)) * 1e3
        if len(at) == 2:
            took.append(at["findings"] - at["picture"])
    return took


def infer(cxr, folder):
    start = time.perf_counter()
    subprocess.run([cxr, "infer", "--json", folder], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return (time.perf_counter() - start) * 1e3


def training(display, hilum, cxr, _bare):
    """The wizard's practice run beside reading: started with the mouse as a reader would."""
    large = films(cxr, "large", "--n", "1", "--dicom", "--size", "2500", "--height", "3000")
    hundred = films(cxr, "hundred", "--n", "100", "--size", "512")
    w = Window(display, hilum, [large], home="training")
    try:
        w.keys("m", "f")
        idle = tell("window drag before training", w.frames(*stroke(1, 200)), "")
        alone = statistics.median(infer(cxr, hundred) for _ in range(3))
        job = wizard(w)
        busy = tell("window drag beside training", w.frames(*stroke(1, 200)), "")
        beside = statistics.median(infer(cxr, hundred) for _ in range(3))
        still = job()
        say("window drag beside training over drag without", f"{busy / idle:.2f}" + ("" if still else "; the training had ended before"), "2")
        say("100 films scored beside training over without", f"{beside / alone:.2f} ({beside:.0f} and {alone:.0f} ms)" + ("" if still else "; the training had ended before"), "2")
    finally:
        w.close()


def wizard(w):
    """Starts a practice run and tells by a function whether it is still training."""
    runs = os.path.join(w.data, "hilum", "runs")

    def wait(pattern, seconds=300):
        end = time.time() + seconds
        while not glob.glob(os.path.join(runs, pattern)):
            if time.time() > end:
                sys.exit("window: the wizard's " + pattern + " did not come")
            time.sleep(0.3)

    w.keys("ctrl+r")
    wizard = w.d.do("search --sync --onlyvisible --name 'training and calibration'").split()[0]
    w.d.do(f"windowmove {wizard} 0 24")
    time.sleep(1)

    def press(x, y):
        size = dict(re.findall(r"(\w+)=(\d+)", w.d.do(f"getwindowgeometry --shell {wizard}")))
        x, y = (x if x >= 0 else int(size["WIDTH"]) + x), (y if y >= 0 else int(size["HEIGHT"]) + y)
        w.d.do(f"mousemove --window {wizard} {x} {y}", "sleep 0.3", "click 1")
        time.sleep(1.5)

    press(600, 87)
    wait("*/data.json")
    time.sleep(1.5)
    press(-70, -18)
    time.sleep(2)
    press(-70, -18)
    wait("*/metrics.jsonl")
    time.sleep(2)
    w.d.do(f"windowminimize {wizard}", f"windowactivate --sync {w.id}")
    time.sleep(1)
    return lambda: not glob.glob(os.path.join(runs, "*/judged.json"))


PARTS = {"drag": drag, "views": views, "rest": rest, "films": opened, "list": worklist, "training": training}


def main(hilum, cxr, bare, *parts):
    for tool in ("Xvfb", "openbox", "xdotool"):
        if not shutil.which(tool):
            print(f"window: left out, {tool} is not installed")
            return
    display = Display(SCREEN)
    try:
        for name in parts or PARTS:
            PARTS[name](display, hilum, cxr, bare)
    finally:
        display.close()
        shutil.rmtree(WORK, ignore_errors=True)


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    main(*sys.argv[1:])
