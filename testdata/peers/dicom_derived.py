"""Read the derived objects in dicomio/derived/testdata (secondary capture,
structured report, presentation state) with pydicom and highdicom, and have
dcmtk and dicom3tools judge them; write derived.json beside them.

Needs: pip install pydicom highdicom numpy; dsrdump, dcmpschk, dcmdump and
dcm2pnm of dcmtk; dciodvfy of dicom3tools. First write the objects:
  go test ./dicomio/derived -run TestPeersReadDerivedObjects -update-derived
then: python testdata/peers/dicom_derived.py dicomio/derived/testdata
"""

import base64
import json
import os
import subprocess
import sys
import tempfile

import highdicom
import pydicom
from highdicom.sr import srread

KINDS = ("sc", "sr", "gsps")


def complaints(command, words):
    """Run a checker and give the lines of its output that begin with words."""
    done = subprocess.run(command, capture_output=True, text=True, errors="replace")
    lines = [x.strip() for x in (done.stdout + done.stderr).splitlines()]
    found = [x for x in lines if x.startswith(words)]
    if done.returncode != 0 and not found:
        found.append(f"exit code {done.returncode}")
    return found


def judge(folder):
    errors = {}
    for kind in KINDS:
        path = os.path.join(folder, kind + ".dcm")
        errors[f"dciodvfy {kind}"] = complaints(["dciodvfy", path], ("Error",))
        errors[f"dcmdump {kind}"] = complaints(["dcmdump", "-q", path], ("E:", "F:"))
    errors["dsrdump sr"] = complaints(["dsrdump", os.path.join(folder, "sr.dcm")], ("E:", "F:"))
    errors["dcmpschk gsps"] = complaints(["dcmpschk", os.path.join(folder, "gsps.dcm")], ("E:", "F:"))
    with tempfile.TemporaryDirectory() as tmp:
        errors["dcm2pnm sc"] = complaints(["dcm2pnm", os.path.join(folder, "sc.dcm"), os.path.join(tmp, "x.ppm")], ("E:", "F:"))
    return errors


def item(group, name):
    return [x for x in group.ContentSequence if x.ConceptNameCodeSequence[0].CodeMeaning == name]


def report(path):
    sr = srread(path)
    content = sr.content
    assert isinstance(content, highdicom.sr.MeasurementReport)
    groups = []
    planar = content.get_planar_roi_measurement_groups()
    other = content.get_image_measurement_groups()
    assert len(planar) == 1 and len(other) == 1, (len(planar), len(other))
    for g in planar + other:
        region = None
        if g in planar:
            points = g.roi.GraphicData
            region = [[points[i], points[i + 1]] for i in range(0, len(points), 2)]
            assert g.roi.ContentSequence[0].ReferencedSOPSequence[0].ReferencedSOPInstanceUID == "1.2.826.0.1.3"
        values = {m.name.meaning: float(m.value) for m in g.get_measurements()}
        full = {
            x.ConceptNameCodeSequence[0].CodeMeaning: x.MeasuredValueSequence[0].FloatingPointValue
            for x in g[0].ContentSequence if x.ValueType == "NUM"
        }
        for name, value in values.items():
            assert abs(value - full[name]) < 1e-9
        groups.append({
            "tracking": g.tracking_identifier, "finding": g.finding_type.value,
            "probability": full["Certainty of Finding"], "threshold": full["Threshold of the certainty"],
            "presence": g.get_qualitative_evaluations()[0].value.value, "region": region,
        })
    algorithm = [x.TextValue for name in ("Algorithm Name", "Algorithm Version", "Algorithm Parameters") for x in item(planar[0][0], name)]
    comments = [x.TextValue for x in item(sr, "Qualitative Evaluations")[0].ContentSequence]
    return {"algorithm": algorithm, "verification": sr.VerificationFlag, "groups": groups, "comments": comments}


def air(path):
    """What IHE RAD AIR (Rev. 1.3, 6.5.3.1) asks of a report of an algorithm, as pydicom finds it."""
    ds = pydicom.dcmread(path)
    equipment = ds.ContributingEquipmentSequence[0]
    purpose = equipment.PurposeOfReferenceCodeSequence[0]
    root = {x.ConceptNameCodeSequence[0].CodeValue: x for x in ds.ContentSequence}
    groups = [g for x in ds.ContentSequence if x.ConceptNameCodeSequence[0].CodeValue == "126010" for g in x.ContentSequence]
    evidence = ds.CurrentRequestedProcedureEvidenceSequence[0]
    return {
        "class": ds.SOPClassUID.name, "purpose": [purpose.CodeValue, purpose.CodingSchemeDesignator, purpose.CodeMeaning],
        "equipment": [equipment.Manufacturer, equipment.ManufacturerModelName, equipment.SoftwareVersions, str(equipment.DeviceUID)],
        "observer": [root["121014"].TextValue, root["121015"].TextValue, str(root["121012"].UID)],
        "procedure": root["121058"].ConceptCodeSequence[0].CodeMeaning,
        "templates": [ds.ContentTemplateSequence[0].TemplateIdentifier] + [g.ContentTemplateSequence[0].TemplateIdentifier for g in groups],
        "tracking": [[item(g, "Tracking Identifier")[0].TextValue,
                      str(item(g, "Tracking Unique Identifier")[0].UID)] for g in groups],
        "evidence": [str(evidence.StudyInstanceUID), str(evidence.ReferencedSeriesSequence[0].SeriesInstanceUID),
                     str(evidence.ReferencedSeriesSequence[0].ReferencedSOPSequence[0].ReferencedSOPInstanceUID)],
    }


def presentation(path):
    ps = pydicom.dcmread(path)
    voi = ps.SoftcopyVOILUTSequence[0]
    layers = {x.GraphicLayer: x for x in ps.GraphicAnnotationSequence}
    points = []
    for g in layers["MEASUREMENTS"].GraphicObjectSequence:
        d = g.GraphicData
        assert len(d) == 2 * g.NumberOfGraphicPoints
        points.append([[d[i], d[i + 1]] for i in range(0, len(d), 2)])
    area = ps.DisplayedAreaSelectionSequence[0]
    return {
        "window": [float(voi.WindowCenter), float(voi.WindowWidth)], "rescale": [float(ps.RescaleSlope), float(ps.RescaleIntercept)],
        "points": points, "text": [t.UnformattedTextValue for t in layers["TEXT"].TextObjectSequence],
        "rotation": ps.ImageRotation, "flip": ps.ImageHorizontalFlip,
        "area": list(area.DisplayedAreaTopLeftHandCorner) + list(area.DisplayedAreaBottomRightHandCorner),
    }


def main(folder):
    sc = pydicom.dcmread(os.path.join(folder, "sc.dcm"))
    pixels = sc.pixel_array
    out = {
        "patient_name": str(sc.PatientName), "errors": judge(folder),
        "sc": {"shape": list(pixels.shape), "rgb": base64.b64encode(pixels.tobytes()).decode()},
        "sr": report(os.path.join(folder, "sr.dcm")), "air": air(os.path.join(folder, "sr.dcm")), "gsps": presentation(os.path.join(folder, "gsps.dcm")),
    }
    with open(os.path.join(folder, "derived.json"), "w") as f:
        json.dump(out, f, indent=1, ensure_ascii=False)
        f.write("\n")


if __name__ == "__main__":
    main(sys.argv[1])
