"""Speed of dicomio against pydicom with pylibjpeg and GDCM, in one run, as ratios (ours / theirs; under 1 is faster).

usage: python3 testdata/peers/dicom_bench.py [ROUNDS]        (from the repository root; needs Go and the codec libraries)
needs: pip install pydicom==3.0.2 numpy pylibjpeg pylibjpeg-openjpeg pylibjpeg-libjpeg pylibjpeg-rle python-gdcm
       and dcmcjpeg of DCMTK in the PATH

Both sides go from the file to an array of values of a 2048x2500 12-bit film: dcmread(path).pixel_array here,
Decode(path) there. Rounds alternate between the sides; the fastest of each counts, since whatever else
runs on the machine can only slow a round down. The folder test reads the
headers of 10,000 files that are in the file system's cache."""
import os, subprocess, sys, tempfile, time, warnings

import numpy as np
import pydicom
from pydicom.pixels import pixel_array

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
warnings.simplefilter("ignore")
rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
work = tempfile.mkdtemp(prefix="dicombench")
W, H, BITS = 2048, 2500, 12


def film():
    """Smooth anatomy with quantum noise of about 1%: compresses like a film, to about 40%."""
    y, x = np.mgrid[0:H, 0:W]
    v = 2048 + 1200 * np.sin(x / 310.0) * np.cos(y / 270.0) + 300 * np.sin(x / 23.0 + y / 31.0)
    return np.clip(v + np.random.default_rng(1).normal(0, 12, v.shape), 0, 4095).astype(np.uint16)


def dataset(pixels):
    from pydicom.dataset import FileDataset, FileMetaDataset
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.7", "2.25.1"
    meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"
    d = FileDataset("x", {}, file_meta=meta, preamble=b"\0" * 128)
    d.SOPClassUID, d.SOPInstanceUID = meta.MediaStorageSOPClassUID, "2.25.1"
    d.StudyInstanceUID, d.SeriesInstanceUID, d.Modality = "2.25.2", "2.25.3", "DX"
    d.PatientName, d.PatientID = "Bench^Mark", "B1"
    d.Rows, d.Columns, d.SamplesPerPixel, d.PhotometricInterpretation = H, W, 1, "MONOCHROME2"
    d.BitsAllocated, d.BitsStored, d.HighBit, d.PixelRepresentation = 16, BITS, BITS - 1, 0
    d.PixelData = pixels.astype("<u2").tobytes()
    d["PixelData"].VR = "OW"
    return d


def make():
    import gdcm
    d = dataset(film())
    path = {k: os.path.join(work, k + ".dcm") for k in ("native", "j2k", "jpegls", "lossless", "rle")}
    d.save_as(path["native"], enforce_file_format=True)
    subprocess.run(["dcmcjpeg", "+e1", path["native"], path["lossless"]], check=True)
    for name, syntax in (("j2k", "1.2.840.10008.1.2.4.90"), ("rle", "1.2.840.10008.1.2.5")):
        e = pydicom.dcmread(path["native"])
        e.compress(syntax, encoding_plugin="pylibjpeg")
        e.save_as(path[name])
    r = gdcm.ImageReader()
    r.SetFileName(path["native"])
    assert r.Read()
    c = gdcm.ImageChangeTransferSyntax()
    c.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.JPEGLSLossless))
    c.SetInput(r.GetImage())
    assert c.Change()
    w = gdcm.ImageWriter()
    w.SetFileName(path["jpegls"])
    w.SetFile(r.GetFile())
    w.SetImage(c.GetOutput())
    assert w.Write()
    return path


def many(n=10_000):
    folder = os.path.join(work, "folder")
    os.makedirs(folder)
    d = dataset(film()[:64, :64])
    d.Rows = d.Columns = 64
    for i in range(n):
        d.SOPInstanceUID = "2.25.9%d" % i
        d.SeriesInstanceUID = "2.25.8%d" % (i // 4)
        d.save_as(os.path.join(folder, "%05d.dcm" % i), enforce_file_format=True)
    return folder


def theirs(path, plugin):
    t = time.perf_counter()
    d = pydicom.dcmread(path)
    if plugin:
        pixel_array(d, raw=True, decoding_plugin=plugin)
    else:
        d.pixel_array
    return time.perf_counter() - t


binary = os.path.join(work, "dicomio.test")
subprocess.run(["go", "test", "-c", "-tags", "openjpeg,charls", "-o", binary, "./dicomio"], check=True)


def ours(path):
    """The fastest of a few Decode calls, in a process that is warm, as the viewer is."""
    env = dict(os.environ, HILUM_BENCH_FILE=path)
    o = subprocess.run([binary, "-test.run", "TestBenchFile$", "-test.v"], env=env, capture_output=True, text=True, check=True).stdout
    return float(o.split("seconds=")[1].split()[0])


path = make()
print("cores %d, %dx%d %d bit, %d rounds" % (os.cpu_count(), W, H, BITS, rounds))
for name, plugins, limit in (("j2k", ("pylibjpeg", "gdcm"), 1.0), ("jpegls", ("pylibjpeg", "gdcm"), 0.7),
                             ("lossless", ("pylibjpeg", "gdcm"), 0.6), ("rle", ("pylibjpeg", "pydicom"), 0.8), ("native", ("",), 2.0)):
    got = {p: [] for p in plugins}
    mine = []
    for p in plugins:
        theirs(path[name], p)
    for _ in range(rounds):
        mine.append(ours(path[name]))
        for p in plugins:
            got[p].append(theirs(path[name], p))
    m = min(mine)
    for p in plugins:
        t = min(got[p])
        print("%-9s ours %6.1f ms  %-9s %6.1f ms  ratio %.2f  (wanted %.1f)" % (name, 1e3 * m, p or "native", 1e3 * t, m / t, limit))
folder = many()
mine = ours(folder)
t = time.perf_counter()
for f in sorted(os.listdir(folder)):
    d = pydicom.dcmread(os.path.join(folder, f), stop_before_pixels=True)
    d.PatientName, d.StudyInstanceUID, d.SeriesInstanceUID, d.get("StudyDate")
t = time.perf_counter() - t
print("folder    ours %6.2f s   pydicom   %6.2f s   %.1f times faster  (wanted 10)" % (mine, t, t / mine))
subprocess.run(["rm", "-rf", work])
