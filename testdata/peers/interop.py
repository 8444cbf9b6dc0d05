"""What other programs make of the objects that are exported: DCMTK, dicom3tools, pydicom, highdicom, Orthanc, and in a
browser OHIF and dwv. The objects are of a generated film; docs/interoperability.md says what was seen.

usage: interop.py OUT [--ohif OHIF] [--dwv DWV] [--serve]
OUT gets the objects, pictures of what each program shows, and interop.json. OHIF is the folder dist of the package
@ohif/app of npm (npm pack, tar), DWV the node_modules that npm install dwv makes. --serve keeps Orthanc and the viewers up until it is interrupted.
Needs: bin/cxr, HILUM_ORT_LIB; dcmtk, dicom3tools, Orthanc with its DICOMweb plugin; pip install pydicom highdicom pillow;
for the viewers chromium, Xvfb and ImageMagick's import.
"""

import argparse
import contextlib
import functools
import http.server
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request

import highdicom
import pydicom

CXR = os.environ.get("CXR", "bin/cxr")
PLUGIN = "/usr/share/orthanc/plugins/libOrthancDicomWeb.so"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, errors="replace", **options)


def objects(out):
    """One generated film with positive findings, a reader's regions on it, and all that is exported of it."""
    films = os.path.join(out, "films")
    home = os.path.join(out, "home")
    env = dict(os.environ, HILUM_HOME=home)
    run(CXR, "phantom", "--out", films, "--n", "24", "--size", "1024", "--dicom", "--seed", "7", "--followups", "1", check=True, env=env)
    best = None
    for line in run(CXR, "infer", films, "--json", env=env, check=True).stdout.splitlines():
        scored = json.loads(line)
        positive = [f for f in scored["findings"] if f["positive"]]
        if best is None or len(positive) > len(best[1]):
            best = scored, positive
    scored, positive = best
    film = os.path.join(out, "film.dcm")
    shutil.copy(scored["path"], film)
    found = os.path.join(out, "exported")
    run(CXR, "worklist", film, env=env, check=True)  # so that the records know the film
    with contextlib.closing(sqlite3.connect(os.path.join(home, "records.db"))) as records:
        pixels, reading, instance = records.execute("SELECT pixels, reading, instance FROM files").fetchone()
    answer = {
        "id": 1, "at": "2026-12-01T08:00:00Z", "reader": "reader", "picture": {"pixels": pixels, "reading": reading, "instance": instance}, "class": positive[0]["class"],
        "verdict": "agree", "scored_by": {"model": scored["model"], "model_sha256": scored["model_sha256"], "prep_sha256": "p", "thresholds_sha256": "t"}, "logit": positive[0]["logit"],
        "probability": positive[0]["probability"], "threshold": positive[0]["threshold"], "positive": True,
        "regions": [{"kind": "box", "points": [[0.58, 0.36], [0.76, 0.54]]}, {"kind": "polygon", "points": [[0.18, 0.42], [0.32, 0.38], [0.38, 0.52], [0.26, 0.6]]}],
    }
    lines = os.path.join(out, "answers.jsonl")
    with open(lines, "w") as f:
        f.write(json.dumps(answer) + "\n")
    run(CXR, "answers", "import", lines, env=env, check=True)
    run(CXR, "export", film, "--out", found, "--as", "sr,sc,gsps,film", "--identified", "--overwrite", env=env, check=True)
    return film, found, [f["class"] for f in positive]


class Orthanc:
    def __init__(self, work):
        self.http, self.dicom = free_port(), free_port()
        config = os.path.join(work, "orthanc.json")
        with open(config, "w") as f:
            json.dump({
                "Name": "interop", "StorageDirectory": os.path.join(work, "store"), "IndexDirectory": os.path.join(work, "store"),
                "Plugins": [PLUGIN], "DicomAet": "ORTHANC", "DicomPort": self.dicom, "HttpPort": self.http, "AuthenticationEnabled": False,
                "RemoteAccessAllowed": False, "DicomAlwaysAllowStore": True, "DicomAlwaysAllowFind": True, "DicomAlwaysAllowGet": True,
            }, f)
        self.process = subprocess.Popen(["Orthanc", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(120):
            try:
                self.get("/system")
                return
            except OSError:
                time.sleep(0.25)
        raise SystemExit("Orthanc does not answer")

    def get(self, path, accept=None):
        request = urllib.request.Request(f"http://127.0.0.1:{self.http}{path}", headers={"Accept": accept} if accept else {})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.read()

    def json(self, path):
        return json.loads(self.get(path))


def scored_by_node(film, orthanc, work):
    """The film goes to a node, and what that makes of it to the archive: the four objects as a hospital gets them."""
    port = free_port()
    node = subprocess.Popen([CXR, "node", "--ae", "HILUM", "--listen", f"127.0.0.1:{port}", "--out", os.path.join(work, "node"), "--objects",
                             "sr,sc,gsps,kos", "--send", f"dicom://ORTHANC@127.0.0.1:{orthanc.dicom}", "--json"],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(120):
            if run(CXR, "pacs", "echo", f"dicom://HILUM@127.0.0.1:{port}").returncode == 0:
                break
            time.sleep(0.25)
        run(CXR, "pacs", "send", f"dicom://HILUM@127.0.0.1:{port}", film, check=True)
        run(CXR, "pacs", "send", f"dicom://ORTHANC@127.0.0.1:{orthanc.dicom}", film, check=True)
        for _ in range(240):
            if len(orthanc.json("/instances")) >= 5:
                return
            time.sleep(0.25)
        raise SystemExit("the node's objects do not arrive")
    finally:
        node.send_signal(signal.SIGTERM)
        node.wait()


def checks(found, film, out):
    """What DCMTK, dicom3tools, pydicom and highdicom say of each object: complaints, or what they read."""
    result = {}
    for name in sorted(os.listdir(found)):
        path = os.path.join(found, name)
        ds = pydicom.dcmread(path)
        kind = ds.SOPClassUID.name
        here = result[name.split("-", 1)[-1].removesuffix(".dcm")] = {"class": kind}
        here["dciodvfy"] = [x for x in (lambda d: d.stdout + d.stderr)(run("dciodvfy", path)).splitlines() if x.startswith("Error")]
        here["dcmdump"] = [x for x in (lambda d: d.stdout + d.stderr)(run("dcmdump", "-q", path)).splitlines() if x.startswith(("E:", "F:"))]
        if "SR" in kind or "Key Object" in kind:
            read = run("dsrdump", path)
            here["dsrdump"] = {"complaints": read.stderr.splitlines(), "lines": len(read.stdout.splitlines())}
            with open(os.path.join(out, f"dsrdump-{ds.Modality.lower()}.txt"), "w") as f:
                f.write(read.stdout)
            sr = highdicom.sr.srread(path) if "SR" in kind else highdicom.ko.KeyObjectSelectionDocument.from_dataset(ds)
            here["highdicom"] = type(sr).__name__
            if "SR" in kind:
                groups = sr.content.get_planar_roi_measurement_groups() + sr.content.get_image_measurement_groups()
                here["highdicom_groups"] = len(groups)
                here["highdicom_regions"] = len(sr.content.get_planar_roi_measurement_groups())
        elif "Presentation State" in kind:
            here["dcmpschk"] = [x for x in (lambda d: d.stdout + d.stderr)(run("dcmpschk", path)).splitlines() if x.startswith(("E:", "F:"))]
            shown = run("dcmp2pgm", "-p", path, film, os.path.join(out, "dcmp2pgm.pgm"))
            here["dcmp2pgm"] = shown.stderr.splitlines() if shown.returncode else "shown"
            here["graphics"] = sum(len(a.get("GraphicObjectSequence", [])) for a in ds.get("GraphicAnnotationSequence", []))
        else:
            shown = run("dcm2pnm", "+on", path, os.path.join(out, "dcm2pnm-sc.png")) if kind.startswith("Secondary") else \
                run("dcm2pnm", "+Wm", "+on", path, os.path.join(out, "dcm2pnm-film.png"))
            here["dcm2pnm"] = shown.stderr.splitlines() if shown.returncode else "shown"
            here["pydicom"] = list(ds.pixel_array.shape)
    return result


def stored(orthanc, out):
    """What Orthanc serves: every object by DICOMweb, and the preview of its Explorer."""
    result = {}
    for instance in orthanc.json("/instances"):
        tags = orthanc.json(f"/instances/{instance}/simplified-tags")
        kind = pydicom.uid.UID(orthanc.json(f"/instances/{instance}/tags?simplify")["SOPClassUID"]).name
        path = f"/dicom-web/studies/{tags['StudyInstanceUID']}/series/{tags['SeriesInstanceUID']}/instances/{tags['SOPInstanceUID']}"
        part = orthanc.get(path, "multipart/related; type=application/dicom")
        here = result[kind] = {"wado_rs_bytes": len(part), "description": tags.get("SeriesDescription", "")}
        try:
            preview = orthanc.get(f"/instances/{instance}/preview")
            with open(os.path.join(out, "orthanc-" + ("sc" if kind.startswith("Secondary") else "film") + ".png"), "wb") as f:
                f.write(preview)
            here["preview"] = "a picture"
        except OSError as e:
            here["preview"] = str(e)
    studies = json.loads(orthanc.get("/dicom-web/studies", "application/dicom+json"))
    return {"studies": len(studies), "objects": result}


class Viewer(http.server.SimpleHTTPRequestHandler):
    """The files of a viewer, its configuration, and Orthanc's DICOMweb under the same origin."""

    orthanc, files, config = None, "", {}

    def log_message(self, *_):
        pass

    def proxied(self, method):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0) or 0)) or None
        request = urllib.request.Request(f"http://127.0.0.1:{self.orthanc.http}{self.path}", data=body, method=method,
                                         headers={k: v for k, v in self.headers.items() if k.lower() in ("accept", "content-type")})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                status, headers, data = answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as e:
            status, headers, data = e.code, e.headers, e.read()
        host = self.headers["Host"].encode()
        self.send_response(status)
        if "dicom+json" in headers.get("Content-Type", "") or "application/json" in headers.get("Content-Type", ""):
            data = data.replace(b"127.0.0.1:%d" % self.orthanc.http, host).replace(b"localhost:%d" % self.orthanc.http, host)
        self.send_header("Content-Type", headers.get("Content-Type", "application/octet-stream"))
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_POST(self):
        self.proxied("POST")

    def do_GET(self):
        path = self.path.split("?")[0]
        if path.startswith(("/dicom-web/", "/instances/")):
            return self.proxied("GET")
        if path in self.config:
            kind, data = self.config[path]
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            return self.wfile.write(data)
        if not os.path.exists(self.translate_path(self.path)):
            self.path = "/index.html"  # the viewer's own routes
        return super().do_GET()


def serve(folder, orthanc, config):
    handler = type("Handler", (Viewer,), {"orthanc": orthanc, "config": config})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(handler, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


OHIF_CONFIG = b"""window.config = {
  routerBasename: null, extensions: [], modes: [], showStudyList: true, showWarningMessageForCrossOrigin: false,
  showCPUFallbackMessage: false, useCPURendering: true, showLoadingIndicator: true, maxNumberOfWebWorkers: 1, investigationalUseDialog: {option: 'never'},
  defaultDataSourceName: 'orthanc',
  dataSources: [{namespace: '@ohif/extension-default.dataSourcesModule.dicomweb', sourceName: 'orthanc', configuration: {
    friendlyName: 'Orthanc', name: 'Orthanc', wadoUriRoot: '/dicom-web', qidoRoot: location.origin + '/dicom-web',
    wadoRoot: location.origin + '/dicom-web', qidoSupportsIncludeField: false, imageRendering: 'wadors', thumbnailRendering: 'wadors',
    enableStudyLazyLoad: true, supportsFuzzyMatching: false, supportsWildcard: true, omitQuotationForMultipartRequest: true,
    bulkDataURI: {enabled: true}}}],
};
"""

# What dwv imports by name comes from the scripts that its packages have for pages.
DWV_PAGE = """<!doctype html><meta charset=utf-8><title>dwv</title><style>body{margin:0;background:#000;color:#fff}
#layers{width:100vw;height:100vh;position:relative}.layer{position:absolute}</style><div id=layers></div>
<script src=/konva/konva.min.js></script><script src=/jszip/dist/jszip.min.js></script><script src=/magic-wand-tool/dist/magic-wand.js></script>
<script type=importmap>{"imports":{"konva":"data:text/javascript,export default window.Konva","jszip":"data:text/javascript,export default window.JSZip",
"magic-wand-tool":"data:text/javascript,export default window.MagicWand"}}</script><script type=module>
import {App, AppOptions, ViewConfig} from '/dwv/dist/dwv.min.js';
const app = new App();
app.init(new AppOptions({'*': [new ViewConfig('layers')]}));
app.addEventListener('error', e => document.body.prepend('dwv: ' + (e.error && e.error.message || e.error)));
app.loadURLs([location.origin + URL_OF]);
</script>"""


class Screen:
    """A display of its own with a browser, looked at by a person or by import."""

    def __init__(self, number, work):
        self.display, self.work, self.browser = f":{number}", work, None
        self.server = subprocess.Popen(["Xvfb", self.display, "-screen", "0", "1400x900x24"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(1)
        self.env = dict(os.environ, DISPLAY=self.display)

    def open(self, url):
        self.leave()
        profile = tempfile.mkdtemp(dir=self.work)
        self.browser = subprocess.Popen(
            ["chromium", "--no-sandbox", "--test-type", "--no-first-run", "--disable-gpu-sandbox", "--use-gl=angle", "--use-angle=swiftshader",
             "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist", "--window-size=1400,900", "--window-position=0,0", f"--user-data-dir={profile}", f"--app={url}"],
            env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)

    def shot(self, path):
        subprocess.run(["import", "-window", "root", path], env=self.env, check=True)

    def click(self, x, y, times=1):
        subprocess.run(["xdotool", "mousemove", str(x), str(y), "click", "--repeat", str(times), "--delay", "120", "1"], env=self.env, check=True)

    def leave(self):
        if self.browser is not None:
            os.killpg(self.browser.pid, signal.SIGTERM)
            self.browser.wait()
            self.browser = None

    def close(self):
        self.leave()
        self.server.terminate()
        self.server.wait()


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("out")
    p.add_argument("--ohif")
    p.add_argument("--dwv")
    p.add_argument("--display", type=int, default=74)
    p.add_argument("--serve", action="store_true")
    a = p.parse_args()
    shutil.rmtree(a.out, ignore_errors=True)
    os.makedirs(a.out)
    work = tempfile.mkdtemp(prefix="interop")
    film, found, positive = objects(a.out)
    result = {"positive": positive, "files": checks(found, film, a.out)}
    orthanc = Orthanc(work)
    screen = None
    try:
        scored_by_node(film, orthanc, work)
        # The state with the reader's regions joins those of the node.
        state = next(os.path.join(found, x) for x in os.listdir(found) if x.endswith("-gsps.dcm"))
        run(CXR, "pacs", "send", f"dicom://ORTHANC@127.0.0.1:{orthanc.dicom}", state, check=True)
        result["orthanc"] = stored(orthanc, a.out)
        kos = next(i for i in orthanc.json("/instances") if orthanc.json(f"/instances/{i}/simplified-tags").get("Modality") == "KO")
        folder = os.path.join(work, "kos")
        os.makedirs(folder)
        with open(os.path.join(folder, "node-kos.dcm"), "wb") as f:
            f.write(orthanc.get(f"/instances/{kos}/file"))
        result["files"].update(checks(folder, film, a.out))
        with open(os.path.join(a.out, "interop.json"), "w") as f:
            json.dump(result, f, indent=1)
            f.write("\n")
        study = str(pydicom.dcmread(film, stop_before_pixels=True).StudyInstanceUID)
        pages = {}
        if a.ohif:
            port = serve(a.ohif, orthanc, {"/app-config.js": ("text/javascript", OHIF_CONFIG)})
            pages["ohif"] = f"http://127.0.0.1:{port}/viewer?StudyInstanceUIDs={study}"
        if a.dwv:
            for i in orthanc.json("/instances"):
                tags = orthanc.json(f"/instances/{i}/simplified-tags")
                page = DWV_PAGE.replace("URL_OF", json.dumps(f"/instances/{i}/file")).encode()
                port = serve(a.dwv, orthanc, {"/index.html": ("text/html", page), "/": ("text/html", page)})
                pages.setdefault("dwv-" + ("sc" if "WSD" in tags.get("ConversionType", "") else tags["Modality"].lower()), f"http://127.0.0.1:{port}/")
        if a.serve:
            print(json.dumps(pages, indent=1), flush=True)
            signal.pause()
        if pages:
            screen = Screen(a.display, work)
        for name, url in pages.items():
            screen.open(url)
            time.sleep(25 if name == "ohif" else 8)
            if name == "ohif":
                screen.click(899, 136)  # the tour of a first visit
                time.sleep(2)
            screen.shot(os.path.join(a.out, name + ".png"))
            if name == "ohif":
                for what, y in (("sc", 260), ("sr", 425)):
                    screen.click(205 if what == "sc" else 130, y, 2)
                    time.sleep(8)
                    screen.shot(os.path.join(a.out, f"ohif-{what}.png"))
        print(json.dumps(result, indent=1))
    finally:
        if screen is not None:
            screen.close()
        orthanc.process.terminate()
        orthanc.process.wait()
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
