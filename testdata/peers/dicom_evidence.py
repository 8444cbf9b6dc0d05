"""Writes objects of other programs and what those programs make of them.

usage: dicom_evidence.py FOLDER    (pydicom, highdicom, numpy; dcmp2pgm of DCMTK on the path)

Presentation states by pydicom, shown by dcmp2pgm; segmentation, parametric map, report and key
objects by highdicom; a chest CAD report and overlays by pydicom. expected.json holds what the
peers read.
"""
import base64
import json
import os
import subprocess
import sys
import tempfile

import highdicom as hd
import numpy as np
from highdicom.sr.coding import CodedConcept
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.sr.codedict import codes
from pydicom.uid import ExplicitVRLittleEndian

W, H = 48, 40
ROOT = "2.25.7318349394477701."
CR = "1.2.840.10008.5.1.4.1.1.1"
GSPS = "1.2.840.10008.5.1.4.1.1.11.1"


def file_of(class_uid, number):
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = class_uid, ROOT + f"1.{number}"
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    ds.SOPClassUID, ds.SOPInstanceUID = class_uid, meta.MediaStorageSOPInstanceUID
    ds.PatientName, ds.PatientID, ds.PatientBirthDate, ds.PatientSex = "Phantom^Evidence", "EV1", "19600101", "O"
    ds.StudyInstanceUID, ds.SeriesInstanceUID = ROOT + "2", ROOT + f"3.{number}"
    ds.StudyDate = ds.ContentDate = ds.SeriesDate = "20250102"
    ds.StudyTime = ds.ContentTime = ds.SeriesTime = "101112"
    ds.StudyID, ds.AccessionNumber, ds.ReferringPhysicianName = "1", "", ""
    ds.SeriesNumber = ds.InstanceNumber = 1
    ds.Manufacturer, ds.ManufacturerModelName, ds.SoftwareVersions = "Elsewhere", "Workstation", "2.1"
    return ds


def film(photometric, number, bits=12, extra=None):
    ds = file_of(CR, number)
    ds.Modality, ds.BodyPartExamined, ds.ViewPosition = "CR", "CHEST", "PA"
    ds.PatientOrientation = ["L", "F"]
    ds.Rows, ds.Columns, ds.SamplesPerPixel = H, W, 1
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, bits, bits - 1, 0
    ds.PhotometricInterpretation = photometric
    y, x = np.mgrid[:H, :W]
    v = ((x * 83 + y * 41) % (1 << bits)).astype("<u2")
    if extra is not None:
        v = v | extra
    ds.PixelData = v.tobytes()
    ds["PixelData"].VR = "OW"
    ds.RescaleSlope, ds.RescaleIntercept, ds.RescaleType = "2", "-100", "US"
    ds.WindowCenter, ds.WindowWidth = "4000", "6000"
    ds.LossyImageCompression = "00"
    return ds


def save(ds, folder, name):
    path = os.path.join(folder, name)
    ds.save_as(path, enforce_file_format=True)
    return path


def reference(ds):
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = ds.SOPClassUID, ds.SOPInstanceUID
    return item


def state(of, number, **how):
    ds = file_of(GSPS, number)
    ds.Modality = "PR"
    ds.ContentLabel, ds.ContentDescription, ds.ContentCreatorName = "SEEN", "as it was read", "Reader^One"
    ds.PresentationCreationDate, ds.PresentationCreationTime = "20250103", "080000"
    series = Dataset()
    series.SeriesInstanceUID, series.ReferencedImageSequence = of.SeriesInstanceUID, Sequence([reference(of)])
    ds.ReferencedSeriesSequence = Sequence([series])
    if how.get("rescale", True):
        ds.RescaleSlope, ds.RescaleIntercept, ds.RescaleType = "2", "-100", "US"
    if "window" in how:
        voi = Dataset()
        voi.WindowCenter, voi.WindowWidth = [str(v) for v in how["window"]]
        ds.SoftcopyVOILUTSequence = Sequence([voi])
    if "lut" in how:
        voi, item = Dataset(), Dataset()
        item.LUTDescriptor = [4096, 0, 12]
        item.LUTData = how["lut"].astype("<u2").tobytes()
        item["LUTData"].VR = "OW"
        voi.VOILUTSequence = Sequence([item])
        ds.SoftcopyVOILUTSequence = Sequence([voi])
    if "curve" in how:
        item = Dataset()
        item.LUTDescriptor = [256, 0, 12]
        item.LUTData = how["curve"].astype("<u2").tobytes()
        item["LUTData"].VR = "OW"
        ds.PresentationLUTSequence = Sequence([item])
    else:
        ds.PresentationLUTShape = how.get("shape", "IDENTITY")
    ds.ImageRotation, ds.ImageHorizontalFlip = how.get("rotation", 0), how.get("flip", "N")
    area = Dataset()
    area.DisplayedAreaTopLeftHandCorner, area.DisplayedAreaBottomRightHandCorner = how.get("area", ([1, 1], [W, H]))
    area.PresentationSizeMode, area.PresentationPixelAspectRatio = "SCALE TO FIT", ["1", "1"]
    ds.DisplayedAreaSelectionSequence = Sequence([area])
    if "layers" in how:
        how["layers"](ds)
    return ds


def graphic(kind, points, units="PIXEL", filled="N"):
    g = Dataset()
    g.GraphicAnnotationUnits, g.GraphicDimensions, g.NumberOfGraphicPoints = units, 2, len(points)
    g.GraphicData, g.GraphicType, g.GraphicFilled = [float(v) for p in points for v in p], kind, filled
    return g


def layers(ds):
    low, high = Dataset(), Dataset()
    low.GraphicLayer, low.GraphicLayerOrder = "LOW", 1
    low.GraphicLayerRecommendedDisplayCIELabValue = [34885, 53485, 50171]  # sRGB red, by colour.org's figures
    high.GraphicLayer, high.GraphicLayerOrder = "HIGH", 2
    ds.GraphicLayerSequence = Sequence([high, low])
    top = Dataset()
    top.GraphicLayer = "HIGH"
    top.GraphicObjectSequence = Sequence([
        graphic("POLYLINE", [(0.25, 0.25), (0.75, 0.75)], "DISPLAY"), graphic("INTERPOLATED", [(5, 5), (10, 8), (15, 5)])])
    text, boxed = Dataset(), Dataset()
    text.UnformattedTextValue, text.AnchorPointAnnotationUnits = "see here\r\nplease", "PIXEL"
    text.AnchorPoint, text.AnchorPointVisibility = [12.0, 20.0], "Y"
    boxed.UnformattedTextValue, boxed.BoundingBoxAnnotationUnits = "boxed", "DISPLAY"
    boxed.BoundingBoxTopLeftHandCorner, boxed.BoundingBoxBottomRightHandCorner = [0.1, 0.1], [0.4, 0.2]
    boxed.BoundingBoxTextHorizontalJustification = "LEFT"
    top.TextObjectSequence = Sequence([text, boxed])
    bottom = Dataset()
    bottom.GraphicLayer = "LOW"
    bottom.GraphicObjectSequence = Sequence([
        graphic("CIRCLE", [(20, 20), (26, 20)], filled="Y"), graphic("ELLIPSE", [(10, 20), (30, 20), (20, 16), (20, 24)]),
        graphic("POINT", [(7, 9)])])
    ds.GraphicAnnotationSequence = Sequence([top, bottom])


def shutter(ds):
    ds.ShutterShape = ["RECTANGULAR", "CIRCULAR"]
    ds.ShutterLeftVerticalEdge, ds.ShutterRightVerticalEdge = 5, 44
    ds.ShutterUpperHorizontalEdge, ds.ShutterLowerHorizontalEdge = 3, 36
    ds.CenterOfCircularShutter, ds.RadiusOfCircularShutter = [20, 24], 18
    ds.ShutterPresentationValue = 0x8000


def shown(film_path, state_path):
    """What DCMTK shows, one byte a pixel."""
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "out.pgm")
        subprocess.run(["dcmp2pgm", "--pgm", "--pstate", state_path, film_path, out], check=True, capture_output=True)
        data = open(out, "rb").read()
    fields, at = [], 0
    while len(fields) < 4:
        end = data.index(b"\n", at)
        line = data[at:end]
        at = end + 1
        if not line.startswith(b"#"):
            fields += line.split()
    width, height = int(fields[1]), int(fields[2])
    return {"width": width, "height": height, "grey": base64.b64encode(data[at:at + width * height]).decode()}


def measured(source, folder):
    """A report by highdicom, TID 1500."""
    observer = hd.sr.ObserverContext(
        observer_type=codes.DCM.Device,
        observer_identifying_attributes=hd.sr.DeviceObserverIdentifyingAttributes(uid=ROOT + "9.1", name="Other AI"))
    region = hd.sr.ImageRegion(
        graphic_type=hd.sr.GraphicTypeValues.POLYLINE,
        graphic_data=np.array([[8.0, 8.0], [20.0, 8.0], [20.0, 18.0], [8.0, 18.0], [8.0, 8.0]]),
        source_image=hd.sr.SourceImageForRegion(source.SOPClassUID, source.SOPInstanceUID))
    size = hd.sr.Measurement(name=codes.SCT.Diameter, value=12.5, unit=codes.UCUM.Millimeter)
    group = hd.sr.PlanarROIMeasurementsAndQualitativeEvaluations(
        tracking_identifier=hd.sr.TrackingIdentifier(uid=ROOT + "9.2", identifier="Lesion 1"),
        referenced_region=region, finding_type=CodedConcept("27925004", "SCT", "Nodule"), measurements=[size],
        algorithm_id=hd.sr.AlgorithmIdentification("NoduleFinder", "3.0"))
    report = hd.sr.MeasurementReport(
        observation_context=hd.sr.ObservationContext(observer_person_context=observer),
        procedure_reported=codes.LN.CTUnspecifiedBodyRegion, imaging_measurements=[group])
    ds = hd.sr.ComprehensiveSR(
        evidence=[source], content=report[0], series_number=7, series_instance_uid=ROOT + "3.70",
        sop_instance_uid=ROOT + "1.70", instance_number=1, manufacturer="Highdicom makers", is_complete=True,
        is_verified=False)
    save(ds, folder, "sr.dcm")
    read = hd.sr.srread(os.path.join(folder, "sr.dcm"))
    found = read.content.get_planar_roi_measurement_groups()[0]
    return {"finding": found.finding_type.value, "tracking": found.tracking_identifier,
            "points": found.roi.value.tolist(), "diameter": float(found.get_measurements()[0].value),
            "unit": found.get_measurements()[0].unit.value, "film": source.SOPInstanceUID}


def code(sequence, value, scheme, meaning):
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return Sequence([item])


def content(kind, relation, concept, children=(), **values):
    ds = Dataset()
    ds.ValueType, ds.RelationshipType = kind, relation
    if concept:
        ds.ConceptNameCodeSequence = code(None, *concept)
    for k, v in values.items():
        setattr(ds, k, v)
    if children:
        ds.ContentSequence = Sequence(list(children))
    return ds


def cad(source, folder):
    """A chest CAD report as of PS3.16 TID 4100, by hand: highdicom writes none."""
    ds = file_of("1.2.840.10008.5.1.4.1.1.88.65", 80)
    ds.Modality, ds.CompletionFlag, ds.VerificationFlag = "SR", "COMPLETE", "UNVERIFIED"
    ds.Manufacturer = "CAD makers"
    ds.ValueType, ds.ContinuityOfContent = "CONTAINER", "SEPARATE"
    ds.ConceptNameCodeSequence = code(None, "112000", "DCM", "Chest CAD Report")
    image = content("IMAGE", "SELECTED FROM", None, ReferencedSOPSequence=Sequence([reference(source)]))
    centre = content("SCOORD", "HAS PROPERTIES", ("111010", "DCM", "Center"), [image], GraphicType="POINT",
                     GraphicData=[30.0, 25.0])
    outline = content("SCOORD", "HAS PROPERTIES", ("111041", "DCM", "Outline"), [image], GraphicType="ELLIPSE",
                      GraphicData=[26.0, 25.0, 34.0, 25.0, 30.0, 22.0, 30.0, 28.0])
    number = Dataset()
    number.NumericValue = "87"
    number.MeasurementUnitsCodeSequence = code(None, "%", "UCUM", "Percent")
    sure = content("NUM", "HAS PROPERTIES", ("111012", "DCM", "Certainty of Finding"), MeasuredValueSequence=Sequence([number]))
    note = content("TEXT", "HAS PROPERTIES", ("121106", "DCM", "Comment"), TextValue="not seen on the prior")
    one = content("CODE", "CONTAINS", ("111059", "DCM", "Single Image Finding"), [sure, centre, outline, note],
                  ConceptCodeSequence=code(None, "27925004", "SCT", "Nodule"))
    summary = content("CODE", "CONTAINS", ("111017", "DCM", "CAD Processing and Findings Summary"), [one],
                      ConceptCodeSequence=code(None, "111242", "DCM", "All algorithms succeeded; with findings"))
    ds.ContentSequence = Sequence([summary])
    save(ds, folder, "cad.dcm")


def main():
    folder = sys.argv[1]
    os.makedirs(folder, exist_ok=True)
    one, two = film("MONOCHROME1", 1), film("MONOCHROME2", 2)
    films = {"mono1": save(one, folder, "mono1.dcm"), "mono2": save(two, folder, "mono2.dcm")}
    # a file that a chain wrongly inverts twice, or windows in the wrong units, differs in every pixel
    curve = (np.linspace(0, 1, 256) ** 2 * 4095).round()
    table = (4095 * np.sin(np.linspace(0, np.pi / 2, 4096))).round()
    states = {
        "inverse": (one, {"window": (4000, 6000), "shape": "INVERSE"}),
        "identity": (one, {"window": (4000, 6000)}),
        "plain": (two, {"window": (3000, 2500)}),
        "inverse2": (two, {"window": (3000, 2500), "shape": "INVERSE"}),
        "whole": (two, {}),
        "unscaled": (two, {"rescale": False, "window": (2000, 1500)}),
        "table": (two, {"rescale": False, "lut": table}),
        "curve": (two, {"window": (4000, 6000), "curve": curve}),
        "turned": (two, {"window": (4000, 6000), "rotation": 90, "area": ([1, H], [W, 1])}),
        "flipped": (two, {"window": (4000, 6000), "rotation": 270, "flip": "Y"}),
        "shutter": (two, {"window": (4000, 6000), "layers": shutter}),
        "layers": (two, {"window": (4000, 6000), "layers": layers}),
    }
    expected = {"shown": {}}
    for number, (name, (of, how)) in enumerate(states.items()):
        path = save(state(of, 20 + number, **how), folder, f"gsps_{name}.dcm")
        expected["shown"][name] = {"film": "mono1" if of is one else "mono2"}
        if name not in ("turned", "flipped", "shutter"):  # dcmp2pgm neither turns nor hides
            expected["shown"][name] |= shown(films[expected["shown"][name]["film"]], path)

    mask = np.zeros((1, H, W), dtype=bool)
    mask[0, 10:20, 12:30] = True
    lung = hd.seg.SegmentDescription(
        segment_number=1, segment_label="right lung", segmented_property_category=codes.SCT.Organ,
        segmented_property_type=codes.SCT.Lung, algorithm_type=hd.seg.SegmentAlgorithmTypeValues.AUTOMATIC,
        algorithm_identification=hd.AlgorithmIdentificationSequence(
            name="LungFinder", version="1", family=codes.cid7162.ArtificialIntelligence))
    for kind, pixels in (("BINARY", mask), ("FRACTIONAL", mask * 0.6)):
        seg = hd.seg.Segmentation(
            source_images=[two], pixel_array=pixels, segmentation_type=kind, segment_descriptions=[lung],
            series_instance_uid=ROOT + f"3.5{kind[0]}".replace("B", "1").replace("F", "2"), series_number=5,
            sop_instance_uid=ROOT + f"1.5{kind[0]}".replace("B", "1").replace("F", "2"), instance_number=1,
            manufacturer="Highdicom makers", manufacturer_model_name="Segmenter", software_versions="1",
            device_serial_number="1", content_label="LUNGS", max_fractional_value=100 if kind == "FRACTIONAL" else 255)
        save(seg, folder, f"seg_{kind.lower()}.dcm")
    values = np.linspace(0, 1, H * W, dtype=np.float32).reshape(1, H, W)
    mapping = hd.pm.RealWorldValueMapping(
        lut_label="HEAT", lut_explanation="where it looks", unit=codes.UCUM.NoUnits, value_range=(0.0, 1.0),
        slope=2.0, intercept=0.5)
    placed = film("MONOCHROME2", 2)  # highdicom maps only what has a place in space
    placed.FrameOfReferenceUID, placed.PositionReferenceIndicator = ROOT + "4", ""
    placed.ImagePositionPatient, placed.ImageOrientationPatient = ["0", "0", "0"], ["1", "0", "0", "0", "1", "0"]
    placed.PixelSpacing, placed.SliceThickness = ["1", "1"], "1"
    pm = hd.pm.ParametricMap(
        source_images=[placed], pixel_array=values[0], series_instance_uid=ROOT + "3.60", series_number=6,
        sop_instance_uid=ROOT + "1.60", instance_number=1, manufacturer="Highdicom makers",
        manufacturer_model_name="Mapper", software_versions="1", device_serial_number="1",
        contains_recognizable_visual_features=False, real_world_value_mappings=[mapping], window_center=0.5, window_width=1)
    save(pm, folder, "pm.dcm")
    expected["report"] = measured(two, folder)
    cad(two, folder)
    keys = hd.ko.KeyObjectSelection(codes.DCM.OfInterest, referenced_objects=[two], description="compare the hila")
    save(hd.ko.KeyObjectSelectionDocument(
        evidence=[two], content=keys, series_instance_uid=ROOT + "3.90", series_number=9, sop_instance_uid=ROOT + "1.90",
        instance_number=1, manufacturer="Highdicom makers"), folder, "kos.dcm")

    extra = np.zeros((H, W), dtype="<u2")
    extra[5:9, 6:30] = 1 << 13
    ds = film("MONOCHROME2", 3, extra=extra)
    ds.add_new((0x6002, 0x0010), "US", H)
    ds.add_new((0x6002, 0x0011), "US", W)
    ds.add_new((0x6002, 0x0040), "CS", "G")
    ds.add_new((0x6002, 0x0050), "SS", [1, 1])
    ds.add_new((0x6002, 0x0100), "US", 16)
    ds.add_new((0x6002, 0x0102), "US", 13)
    plane = np.zeros((20, 30), dtype=np.uint8)
    plane[3:7, 2:25] = 1
    ds.add_new((0x6000, 0x0010), "US", 20)
    ds.add_new((0x6000, 0x0011), "US", 30)
    ds.add_new((0x6000, 0x0022), "LO", "drawn at the console")
    ds.add_new((0x6000, 0x0040), "CS", "G")
    ds.add_new((0x6000, 0x0050), "SS", [11, 6])
    ds.add_new((0x6000, 0x0100), "US", 1)
    ds.add_new((0x6000, 0x0102), "US", 0)
    bits = np.packbits(plane.ravel(), bitorder="little").tobytes()
    ds.add_new((0x6000, 0x3000), "OW", bits + b"\0" * (len(bits) % 2))
    save(ds, folder, "overlay.dcm")
    expected["overlay"] = {"sum": int(ds.overlay_array(0x6000).sum()), "embedded": int((extra > 0).sum())}
    with open(os.path.join(folder, "expected.json"), "w") as f:
        json.dump(expected, f, indent=1, sort_keys=True)
        f.write("\n")


main()
