"""Logits and Grad-CAM of PyTorch on real pictures, for TestEqualsPyTorch of inference/ort.

usage: infer.py [--small] OUT PICTURE...
    writes OUT/model.onnx (torchvision's ResNet-50 with 14 classes, random weights, batch-norm statistics taken from
    the pictures), OUT/refs.json (paths and logits) and OUT/maps.f32 (14 x 224 x 224 floats a picture: pytorch-grad-cam's
    GradCAM on layer4 for each class).
    then: HILUM_PEER=OUT go test -run TestEqualsPyTorch ./inference/ort
    --small: a network of three convolutions at 32 x 32 instead, for the references that are stored; paths are then kept
    relative, and each picture is also compared as a 12-bit MONOCHROME1 DICOM file that pydicom writes beside it.
needs: torch torchvision grad-cam onnx pillow numpy pydicom pylibjpeg pylibjpeg-libjpeg pylibjpeg-openjpeg pylibjpeg-rle
"""

import json
import os
import sys

import numpy as np
import pydicom
import torch
import torchvision
from PIL import Image
from pytorch_grad_cam import GradCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

MEAN = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)
STD = torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)
SIDE = 224


class Small(torch.nn.Module):
    """Convolutions, batch norm and a residual sum, then pooling and one linear layer."""

    def __init__(self):
        super().__init__()
        self.stem = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3, 2, 1), torch.nn.BatchNorm2d(8), torch.nn.ReLU())
        self.body = torch.nn.Sequential(torch.nn.Conv2d(8, 8, 3, 1, 1), torch.nn.BatchNorm2d(8))
        self.last = torch.nn.Sequential(torch.nn.Conv2d(8, 16, 3, 2, 1), torch.nn.ReLU())
        self.fc = torch.nn.Linear(16, 14)

    def forward(self, x):
        x = self.stem(x)
        x = self.last(torch.relu(x + self.body(x)))
        return self.fc(torch.flatten(torch.nn.functional.adaptive_avg_pool2d(x, 1), 1))


def resize(picture):
    return torchvision.transforms.Resize((SIDE, SIDE))(picture)


def write_dicom(png):
    """The same picture with 12 bits, low values bright."""
    v = 4095 - np.asarray(Image.open(png).convert("L"), np.uint16) * 16
    path = os.path.splitext(png)[0] + ".dcm"
    ds = pydicom.Dataset()
    ds.file_meta = pydicom.dataset.FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = pydicom.uid.DigitalXRayImageStorageForPresentation
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = pydicom.uid.generate_uid(entropy_srcs=[os.path.basename(png)])
    ds.Modality, ds.BodyPartExamined, ds.ViewPosition = "DX", "CHEST", "PA"
    ds.SamplesPerPixel, ds.PhotometricInterpretation, ds.PixelRepresentation = 1, "MONOCHROME1", 0
    ds.Rows, ds.Columns = v.shape
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = 16, 12, 11
    ds.WindowCenter, ds.WindowWidth = 1000, 500
    ds.PixelData = v.tobytes()
    ds.save_as(path, enforce_file_format=True)
    return path


def from_picture(path):
    """A PNG or JPEG exactly as torchvision pipelines take it."""
    picture = Image.open(path)
    if picture.mode == "RGBA":
        picture = Image.fromarray(np.asarray(picture)[..., :3])
    return torchvision.transforms.functional.to_tensor(resize(picture.convert("RGB")))


def from_dicom(path):
    """A DICOM picture in floats: bits declared (or used, for 16), polarity, no window."""
    ds = pydicom.dcmread(path, force=True)
    if ds.file_meta.TransferSyntaxUID == pydicom.uid.JPEGExtended12Bit:
        raise ValueError("lossy JPEG: decoders may differ by a grey level, and min-max maps by more than 1e-3")
    v = ds.pixel_array.astype(np.float64)
    if v.ndim == 3 and v.shape[-1] == 3:
        raise ValueError("colour")
    bits = ds.BitsStored
    if "ModalityLUTSequence" in ds:
        lut = ds.ModalityLUTSequence[0]
        n, first, bits = lut.LUTDescriptor
        data = lut.LUTData
        table = np.frombuffer(data, "<u2") if isinstance(data, bytes) else np.asarray(data)
        table = table[: n or 65536].astype(np.float64)
        v = table[np.clip(v.astype(np.int64) - first, 0, len(table) - 1)]
    if bits == 16:
        bits = next((b for b in (8, 10, 12, 14) if v.max() < 2**b), 16)
    v = np.clip(v / (2**bits - 1), 0, 1)
    inverted = ds.PhotometricInterpretation == "MONOCHROME1" or getattr(ds, "PresentationLUTShape", "") == "INVERSE"
    if inverted != (float(getattr(ds, "RescaleSlope", 1)) < 0):
        v = 1 - v
    if bits == 8:
        picture = resize(Image.fromarray(np.round(v * 255).astype(np.uint8)))
        grey = torch.from_numpy(np.asarray(picture, np.float32) / 255)
    else:
        picture = Image.fromarray(v.astype(np.float32), mode="F").resize((SIDE, SIDE), Image.BILINEAR)
        grey = torch.from_numpy(np.asarray(picture, np.float32).copy())
    return grey.expand(3, SIDE, SIDE)


def tensor(path):
    read = from_picture if path.lower().endswith((".png", ".jpg", ".jpeg")) else from_dicom
    return ((read(path) - MEAN) / STD).unsqueeze(0).float()


def main(out, paths, small):
    global SIDE
    os.makedirs(out, exist_ok=True)
    if small:
        SIDE = 32
        paths = paths + [write_dicom(p) for p in paths]
    inputs = []
    for p in paths:
        try:
            inputs.append((p, tensor(p)))
        except Exception as e:  # the peer cannot read it: nothing to compare
            print("left out", p, str(e)[:80], file=sys.stderr)
    torch.manual_seed(1)
    if small:
        model = Small()
        layer = model.last
    else:
        model = torchvision.models.resnet50()
        model.fc = torch.nn.Linear(2048, 14)
        layer = model.layer4[-1]
    model.train()
    with torch.no_grad():
        batch = torch.cat([x for _, x in inputs])
        for _ in range(20):
            model(batch)
    model.eval()
    torch.onnx.export(model, inputs[0][1], os.path.join(out, "model.onnx"), input_names=["input"], output_names=["logits"],
                      dynamic_axes={"input": {0: "n"}, "logits": {0: "n"}}, opset_version=17, dynamo=False)
    cam = GradCAM(model=model, target_layers=[layer])
    refs = []
    with open(os.path.join(out, "maps.f32"), "wb") as maps:
        for p, x in inputs:
            with torch.no_grad():
                logits = model(x)[0].double().tolist()
            for c in range(14):
                maps.write(cam(input_tensor=x, targets=[ClassifierOutputTarget(c)])[0].astype("<f4").tobytes())
            refs.append({"path": os.path.basename(p) if small else os.path.abspath(p), "logits": logits})
    with open(os.path.join(out, "refs.json"), "w") as f:
        json.dump(refs, f)
    print(len(refs), "pictures")


if __name__ == "__main__":
    args = [a for a in sys.argv[1:] if a != "--small"]
    if len(args) < 2:
        sys.exit(__doc__)
    main(args[0], args[1:], "--small" in sys.argv)
