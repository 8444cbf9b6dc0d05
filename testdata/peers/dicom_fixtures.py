"""Makes the small DICOM files of dicomio/testdata from pictures given by formulas, with encoders that are not ours.

usage: python3 testdata/peers/dicom_fixtures.py dicomio/testdata
needs: pip install pydicom==3.0.2 numpy pylibjpeg pylibjpeg-openjpeg pylibjpeg-libjpeg pylibjpeg-rle python-gdcm pillow
       and dcmcjpeg and dcmcrle of DCMTK in the PATH

Lossless files hold grain(x, y) = (37x + 3y^2 + 11(x xor y)) mod 2^bits (4001 times that for 16 bits), which the tests compute themselves. Lossy
files hold a smooth picture; what pydicom (pylibjpeg) decodes is stored beside them as raw little-endian words."""
import io, os, subprocess, sys, warnings

import gdcm
import numpy as np
import PIL.Image
import pydicom
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import ExplicitVRLittleEndian, JPEG2000, JPEG2000Lossless, RLELossless

out = sys.argv[1]
os.makedirs(out, exist_ok=True)
warnings.simplefilter("ignore")
W, H = 53, 41


def grain(bits, w=W, h=H):
    y, x = np.mgrid[0:h, 0:w]
    v = 37 * x + 3 * y * y + 11 * (x ^ y)
    return (v * (4001 if bits == 16 else 1) % (1 << bits)).astype(np.uint16)


def smooth(bits, w=W, h=H):
    y, x = np.mgrid[0:h, 0:w]
    top = (1 << bits) - 1
    return (top * (0.5 + 0.3 * np.sin(x / 9.0) * np.cos(y / 7.0) + 0.15 * (x / w))).astype(np.uint16)


def dataset(pixels, bits, samples=1, photometric="MONOCHROME2", frames=1, signed=0):
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    meta.MediaStorageSOPInstanceUID = "2.25.1"
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    d = FileDataset("x", {}, file_meta=meta, preamble=b"\0" * 128)
    d.SOPClassUID, d.SOPInstanceUID = meta.MediaStorageSOPClassUID, "2.25.1"
    d.StudyInstanceUID, d.SeriesInstanceUID = "2.25.2", "2.25.3"
    d.PatientName, d.PatientID, d.Modality = "Fixture^Peer", "F1", "OT"
    d.Rows, d.Columns = pixels.shape[-2 if samples == 1 else -3], pixels.shape[-1 if samples == 1 else -2]
    d.SamplesPerPixel, d.PhotometricInterpretation = samples, photometric
    if samples == 3:
        d.PlanarConfiguration = 0
    if frames > 1:
        d.NumberOfFrames = frames
    d.BitsAllocated = 8 if bits <= 8 else 16
    d.BitsStored, d.HighBit, d.PixelRepresentation = bits, bits - 1, signed
    raw = pixels.astype("<u1" if bits <= 8 else "<u2").tobytes()
    d.PixelData = raw + b"\0" * (len(raw) % 2)
    d["PixelData"].VR = "OB" if bits <= 8 else "OW"
    return d


def save(d, name):
    path = os.path.join(out, name + ".dcm")
    d.save_as(path, enforce_file_format=True)
    return path


def reference(name):
    d = pydicom.dcmread(os.path.join(out, name + ".dcm"))
    from pydicom.pixels import pixel_array
    a = pixel_array(d, raw=True, decoding_plugin="pylibjpeg")
    a.astype("<u1" if d.BitsAllocated == 8 else "<u2").tofile(os.path.join(out, name + ".raw"))


def dcmtk(tool, src, name, *args):
    subprocess.run([tool, *args, src, os.path.join(out, name + ".dcm")], check=True, capture_output=True)


def by_gdcm(src, name, syntax):
    r = gdcm.ImageReader()
    r.SetFileName(src)
    assert r.Read()
    c = gdcm.ImageChangeTransferSyntax()
    c.SetTransferSyntax(gdcm.TransferSyntax(syntax))
    c.SetInput(r.GetImage())
    assert c.Change()
    w = gdcm.ImageWriter()
    w.SetFileName(os.path.join(out, name + ".dcm"))
    w.SetFile(r.GetFile())
    w.SetImage(c.GetOutput())
    assert w.Write()


def progressive(pixels, name, photometric, mode):
    b = io.BytesIO()
    PIL.Image.fromarray(pixels.astype(np.uint8), mode).save(b, "JPEG", progressive=True, quality=90, subsampling=0)
    d = dataset(pixels, 8, 3 if mode == "RGB" else 1, photometric)
    d.PixelData = encapsulate([b.getvalue()])
    d["PixelData"].is_undefined_length = True
    d["PixelData"].VR = "OB"
    d.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.55"
    save(d, name)
    a = np.asarray(PIL.Image.open(io.BytesIO(b.getvalue())).convert("RGB" if mode == "RGB" else "L"))
    a.tofile(os.path.join(out, name + ".raw"))


plain12 = save(dataset(grain(12), 12), "tmp12")
plain16 = save(dataset(grain(16), 16), "tmp16")
plain8 = save(dataset(grain(8), 8), "tmp8")
rgb = np.stack([grain(8), np.roll(grain(8), 5, 1), grain(8)[::-1]], -1)
plainrgb = save(dataset(rgb, 8, 3, "RGB"), "tmprgb")
smooth12 = save(dataset(smooth(12), 12), "tmps12")
smooth8 = save(dataset(smooth(8), 8), "tmps8")

dcmtk("dcmcjpeg", plain12, "lossless_sv1_12", "+e1")
for predictor in (2, 3, 4, 5, 6, 7):
    dcmtk("dcmcjpeg", plain12, "lossless_sv%d_12" % predictor, "+el", "+sv", str(predictor))
dcmtk("dcmcjpeg", plain16, "lossless_sv1_16", "+e1")
dcmtk("dcmcjpeg", plainrgb, "lossless_sv1_rgb", "+e1")
dcmtk("dcmcrle", plain12, "rle_12")
dcmtk("dcmcrle", plainrgb, "rle_rgb")
dcmtk("dcmcjpeg", smooth12, "extended_12", "+ee", "+un")
reference("extended_12")
dcmtk("dcmcjpeg", smooth8, "baseline_8", "+eb")
reference("baseline_8")
progressive(smooth(8), "progressive_8", "MONOCHROME2", "L")
progressive(np.stack([smooth(8), np.roll(smooth(8), 9, 0), smooth(8)[:, ::-1]], -1), "progressive_rgb", "YBR_FULL", "RGB")
by_gdcm(plain12, "jpegls_12", gdcm.TransferSyntax.JPEGLSLossless)
by_gdcm(plainrgb, "jpegls_rgb", gdcm.TransferSyntax.JPEGLSLossless)
for src, name in ((dataset(grain(12), 12), "j2k_12"), (dataset(rgb, 8, 3, "RGB"), "j2k_rgb")):
    src.compress(JPEG2000Lossless, encoding_plugin="pylibjpeg")
    save(src, name)
d = dataset(smooth(12), 12)
d.compress(JPEG2000, encoding_plugin="pylibjpeg", j2k_cr=[6])
save(d, "j2k_lossy_12")
reference("j2k_lossy_12")
frames = np.stack([grain(12), np.roll(grain(12), 7, 0), grain(12)[::-1]])
d = dataset(frames, 12, frames=3)
d.compress(RLELossless, encoding_plugin="pylibjpeg")
save(d, "rle_12_frames")
for f in os.listdir(out):
    if f.startswith("tmp"):
        os.remove(os.path.join(out, f))
