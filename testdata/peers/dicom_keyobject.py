"""Read the key object selection kos.dcm and the report with a conclusion
conclusion.dcm in dicomio/derived/testdata with pydicom and
highdicom, and have dicom3tools and dcmtk judge it where they are installed; write
kos.json beside it.

Needs: pip install pydicom highdicom; dciodvfy of dicom3tools and dsrdump of dcmtk
where they can be had. First write the object:
  go test ./dicomio/derived -run TestPeersReadKeyObjects -update-derived
then: python testdata/peers/dicom_keyobject.py dicomio/derived/testdata
"""

import json
import os
import shutil
import subprocess
import sys

import highdicom
import pydicom


def complaints(command, words):
    done = subprocess.run(command, capture_output=True, text=True, errors="replace")
    lines = [x.strip() for x in (done.stdout + done.stderr).splitlines()]
    found = [x for x in lines if x.startswith(words)]
    if done.returncode != 0 and not found:
        found.append(f"exit code {done.returncode}")
    return found


def main(folder):
    path = os.path.join(folder, "kos.dcm")
    ds = pydicom.dcmread(path)
    ko = highdicom.ko.KeyObjectSelectionDocument.from_dataset(ds)
    images = ko.content.get_references()
    notes = [x.TextValue for x in ds.ContentSequence if x.ValueType == "TEXT" and x.ConceptNameCodeSequence[0].CodeValue == "113012"]
    evidence = ds.CurrentRequestedProcedureEvidenceSequence[0]
    report_path = os.path.join(folder, "conclusion.dcm")
    report = highdicom.sr.srread(report_path)
    qualitative = [x for x in report.ContentSequence if x.ValueType == "CONTAINER"
                   and x.ConceptNameCodeSequence[0].CodeMeaning == "Qualitative Evaluations"][0]
    conclusions = [x.TextValue for x in qualitative.ContentSequence if x.ConceptNameCodeSequence[0].CodeValue == "121077"]
    observers = [str(x.PersonName) for x in report.ContentSequence if x.ConceptNameCodeSequence[0].CodeValue == "121008"]
    errors = {}
    for file in (path, report_path):
        name = os.path.basename(file)
        if shutil.which("dciodvfy"):
            errors["dciodvfy " + name] = complaints(["dciodvfy", file], ("Error",))
        if shutil.which("dsrdump"):
            errors["dsrdump " + name] = complaints(["dsrdump", file], ("E:", "F:"))
    out = {
        "class": ds.SOPClassUID, "modality": ds.Modality, "patient": str(ds.PatientName), "study": ds.StudyInstanceUID,
        "title": ds.ConceptNameCodeSequence[0].CodeValue, "template": ds.ContentTemplateSequence[0].TemplateIdentifier,
        "images": [x.referenced_sop_instance_uid for x in images], "notes": notes, "conclusions": conclusions,
        "observers": observers,
        "resolved": list(ko.resolve_reference(images[0].referenced_sop_instance_uid)),
        "evidence": [evidence.StudyInstanceUID, evidence.ReferencedSeriesSequence[0].SeriesInstanceUID,
                     evidence.ReferencedSeriesSequence[0].ReferencedSOPSequence[0].ReferencedSOPInstanceUID],
        "errors": errors,
    }
    with open(os.path.join(folder, "kos.json"), "w") as f:
        json.dump(out, f, indent=1, ensure_ascii=False)
        f.write("\n")


if __name__ == "__main__":
    main(sys.argv[1])
