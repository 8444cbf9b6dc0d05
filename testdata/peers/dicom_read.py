"""Reads what dicomio writes with pydicom, GDCM and DCMTK; any warning of theirs is a failure.

usage: python3 testdata/peers/dicom_read.py        (from the repository root; needs Go)
needs: pip install pydicom==3.0.2 numpy pylibjpeg pylibjpeg-libjpeg pylibjpeg-rle python-gdcm, and dcmdump of DCMTK"""
import glob, os, subprocess, sys, tempfile, warnings

import gdcm
import numpy as np
import pydicom

W, H = 53, 41


def grain(bits):
    y, x = np.mgrid[0:H, 0:W]
    v = 37 * x + 3 * y * y + 11 * (x ^ y)
    return (v * (4001 if bits == 16 else 1) % (1 << bits)).astype(np.uint16)


work = tempfile.mkdtemp(prefix="dicomread")
subprocess.run(["go", "test", "-count=1", "-run", "TestWriteForPeers$", "./dicomio/derived"], check=True, env=dict(os.environ, HILUM_WRITE_DIR=work))
warnings.simplefilter("error")
pydicom.config.settings.reading_validation_mode = pydicom.config.RAISE
bad = 0
files = sorted(glob.glob(work + "/*.dcm"))
for f in files:
    name = os.path.basename(f)
    try:
        d = pydicom.dcmread(f)
        for e in d.iterall():
            str(e.value)
        a = d.pixel_array
        if name[:2] in ("DX", "OT"):
            bits = int(name.split("_")[1][:-4])
            assert (a == grain(bits)).all(), "pixels differ"
            assert str(d.PatientName) == "Müller^Änne"
        if "rgb" in name:
            assert tuple(a[0, 0]) == (0, 0, 0) and a.shape == (H, W, 3)
        r = gdcm.ImageReader()
        r.SetFileName(f)
        assert r.Read(), "GDCM does not read it"
        o = subprocess.run(["dcmdump", f], capture_output=True, text=True)
        assert o.returncode == 0 and "W: " not in o.stderr + o.stdout and "E: " not in o.stderr + o.stdout, o.stderr
    except Exception as e:
        bad += 1
        print(name, type(e).__name__, e)
print("%d of %d files read without a complaint" % (len(files) - bad, len(files)))
sys.exit(1 if bad else 0)
