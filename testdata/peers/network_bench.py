"""Speed of the network against DCMTK and dicomweb-client, in one run, as ratios of rates (ours / theirs; over 1 is faster).

usage: python3 testdata/peers/network_bench.py CXR [FILMS [ROUNDS]]
needs: pip install pydicom==3.0.2 numpy dicomweb-client, and storescu, storescp of DCMTK and Orthanc with its DICOMweb plugin
       (scripts/system.sh test installs them)

CR films of 2000 x 2000 pixels of 16 bits go over the loopback interface, each 8 MB. Sending: cxr pacs send against storescu, both
into storescp. Receiving: cxr node against storescp, both from storescu; the node syncs each film to the disk and notes it in its
journal before it answers, which storescp does not. Retrieving: cxr pacs get against dicomweb-client, which writes each object to a file too, both
from one Orthanc. Rounds alternate between the sides; medians count."""
import os, shutil, signal, socket, statistics, subprocess, sys, tempfile, time

import numpy as np
import pydicom
from pydicom.dataset import FileDataset, FileMetaDataset

cxr = os.path.abspath(sys.argv[1])
films = int(sys.argv[2]) if len(sys.argv) > 2 else 200
rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 3
work = tempfile.mkdtemp(prefix="networkbench")
SIDE = 2000


def port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait(p):
    for _ in range(600):
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", p)) == 0:
                return
        time.sleep(0.1)
    sys.exit(f"nothing listens on port {p}")


def make(folder):
    os.makedirs(folder)
    noise = np.random.default_rng(1).integers(0, 4096, SIDE * SIDE, dtype=np.uint16)
    for n in range(films):
        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.1", f"2.25.9.{n + 1}"
        meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"
        d = FileDataset("x", {}, file_meta=meta, preamble=b"\0" * 128)
        d.SOPClassUID, d.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
        d.StudyInstanceUID, d.SeriesInstanceUID, d.Modality, d.BodyPartExamined = "2.25.8", "2.25.7", "CR", "CHEST"
        d.PatientName, d.PatientID, d.StudyDate, d.StudyTime, d.InstanceNumber = "Bench^Mark", "B1", "20240101", "120000", n + 1
        d.StudyID, d.SeriesNumber, d.AccessionNumber = "1", 1, "1"
        d.Rows, d.Columns, d.SamplesPerPixel, d.PhotometricInterpretation = SIDE, SIDE, 1, "MONOCHROME2"
        d.BitsAllocated, d.BitsStored, d.HighBit, d.PixelRepresentation = 16, 12, 11, 0
        d.PixelData = np.roll(noise, n).tobytes()
        d.save_as(os.path.join(folder, f"{n:04d}.dcm"), enforce_file_format=True)


def timed(*args):
    begun = time.monotonic()
    subprocess.run(args, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    return time.monotonic() - begun


class Running:
    def __init__(self, p, *args):
        self.process = subprocess.Popen(args, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait(p)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def fresh(name):
    folder = os.path.join(work, name)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    return folder


def say(what, ours, theirs, goal):
    a, b = statistics.median(ours), statistics.median(theirs)
    print(f"{what}: ours {films / a:.0f} films/s, theirs {films / b:.0f} films/s, ratio {b / a:.2f} (goal {goal})", flush=True)


def stores(source):
    pairs = {"sent by us": [], "sent by storescu": [], "received by us": []}
    rules = os.path.join(work, "refuse")
    with open(rules, "w") as f:
        f.write("refuse\n")
    for _ in range(rounds):
        for side in pairs:
            p, out = port(), fresh("out")
            if side == "received by us":
                server = (cxr, "node", "--ae", "ANY", "--listen", f"127.0.0.1:{p}", "--out", out, "--rules", rules)
            else:
                server = ("storescp", "-aet", "ANY", "-od", out, str(p))
            with Running(p, *server):
                if side == "sent by us":
                    took = timed(cxr, "pacs", "send", f"dicom://ANY@127.0.0.1:{p}", source)
                else:
                    took = timed("storescu", "-aec", "ANY", "+sd", "127.0.0.1", str(p), source)
            pairs[side].append(took)
    say("C-STORE as user, against storescu", pairs["sent by us"], pairs["sent by storescu"], "at least 0.7")
    say("C-STORE as provider, against storescp", pairs["received by us"], pairs["sent by storescu"], "at least 0.7")


CLIENT = """
import os, sys
from dicomweb_client.api import DICOMwebClient
client = DICOMwebClient(url=sys.argv[1])
for d in client.iter_study("2.25.8"):
    d.save_as(os.path.join(sys.argv[2], d.SOPInstanceUID + ".dcm"), enforce_file_format=True)
"""


def web(source):
    p, dicom, store = port(), port(), fresh("orthanc")
    config = os.path.join(work, "orthanc.json")
    with open(config, "w") as f:
        f.write(f'{{"StorageDirectory": "{store}", "IndexDirectory": "{store}", "HttpPort": {p}, "DicomPort": {dicom}, '
                f'"DicomAet": "ORTHANC", "AuthenticationEnabled": false, "RemoteAccessAllowed": false, '
                f'"Plugins": ["/usr/share/orthanc/plugins/libOrthancDicomWeb.so"]}}')
    with Running(p, "Orthanc", config):
        wait(dicom)
        timed(cxr, "pacs", "send", f"dicom://ORTHANC@127.0.0.1:{dicom}", source)
        ours, theirs = [], []
        for _ in range(rounds):
            ours.append(timed(cxr, "pacs", "get", f"dicomweb+http://127.0.0.1:{p}/dicom-web", "--study", "2.25.8", "--out", fresh("out")))
            theirs.append(timed(sys.executable, "-c", CLIENT, f"http://127.0.0.1:{p}/dicom-web", fresh("out")))
        say("WADO-RS, against dicomweb-client", ours, theirs, "at least 2")


source = os.path.join(work, "films")
make(source)
try:
    stores(source)
    web(source)
finally:
    shutil.rmtree(work, ignore_errors=True)
