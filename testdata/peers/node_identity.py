"""Make films that name a patient everywhere a film can, and judge objects that should name nobody.

make FILM OUT...   writes copies of a film, two a study, with identity in attributes, nested items and private elements
check DIR FILM...  reads every object in DIR with pydicom: nothing of the films' identity may be left, the UIDs must
                   hang together, and what refers to a film must find it there. Prints JSON: studies, patients, classes.

Needs: pip install pydicom
"""

import json
import os
import sys

import pydicom
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

# What names somebody, or when and where: keyword and value.
IDENTITY = {
    "PatientName": "Quandt^Walburga", "PatientID": "KIS-448812", "PatientBirthDate": "19410307", "PatientSex": "F", "PatientAge": "083Y",
    "PatientAddress": "Lindenallee 7 Quedlinburg", "PatientTelephoneNumbers": "03946-55512", "OtherPatientIDs": "OLD-448812",
    "PatientMotherBirthName": "Zwirner", "EthnicGroup": "ethnic-secret", "Occupation": "organist-secret", "PatientComments": "lives beside the church",
    "AdditionalPatientHistory": "fell from the organ loft", "MilitaryRank": "rank-secret", "MedicalRecordLocator": "LOC-448812",
    "AccessionNumber": "ACC-20241", "StudyID": "STUDY-77", "StudyDate": "20241113", "StudyTime": "091733", "SeriesDate": "20241113",
    "SeriesTime": "091800", "AcquisitionDate": "20241113", "AcquisitionTime": "091801", "ContentDate": "20241113", "ContentTime": "091802",
    "StudyDescription": "Thorax of Frau Quandt", "SeriesDescription": "pa of Frau Quandt", "ImageComments": "Quandt asked for a copy",
    "InstitutionName": "Harzklinikum", "InstitutionAddress": "Ditfurter Weg 24", "InstitutionalDepartmentName": "Radiologie-Q",
    "StationName": "ROE-Q-3", "DeviceSerialNumber": "SN-990071", "ReferringPhysicianName": "Ottensen^Ruth", "PerformingPhysicianName": "Imhoff^Karl",
    "OperatorsName": "Tannert^Ida", "NameOfPhysiciansReadingStudy": "Imhoff^Karl", "RequestingPhysician": "Ottensen^Ruth",
    "AdmittingDiagnosesDescription": "pneumonia of Frau Quandt", "ProtocolName": "Quandt protocol", "PerformedProcedureStepDescription": "step of Quandt",
    "RequestedProcedureDescription": "request of Quandt", "DetectorID": "DET-990071",
}
# These stand in films and tell nobody apart: a short value would be found by accident.
SHORT = {"PatientSex", "PatientAge"}


def make(film, outs):
    for n, out in enumerate(outs):
        ds = pydicom.dcmread(film)
        for keyword, value in IDENTITY.items():
            setattr(ds, keyword, value)
        study = f"1.2.826.0.1.3680043.10.511.{n // 2 + 1}"
        ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.SOPInstanceUID = study, study + ".1", f"{study}.1.{n + 1}"
        ds.FrameOfReferenceUID = study + ".9"
        ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
        item = Dataset()
        item.RequestedProcedureDescription, item.AccessionNumber = "request of Quandt", "ACC-20241"
        item.ScheduledProcedureStepID, item.RequestedProcedureID = "SPS-Quandt", "RP-Quandt"
        ds.RequestAttributesSequence = Sequence([item])
        block = ds.private_block(0x0029, "HARZ PRIVATE Q", create=True)
        block.add_new(0x01, "LO", "private Quandt")
        ds.save_as(out)


def texts(ds, path=""):
    """Every value of a data set as text, with the name of its attribute."""
    for e in ds:
        name = path + (e.keyword or str(e.tag))
        if e.VR == "SQ":
            for item in e.value:
                yield from texts(item, name + ".")
        elif e.tag != 0x7FE00010:
            values = e.value if isinstance(e.value, (list, pydicom.multival.MultiValue)) else [e.value]
            for v in values:
                yield name, v.decode("latin-1") if isinstance(v, bytes) else str(v)


def secrets(films):
    out = {v for k, v in IDENTITY.items() if k not in SHORT}
    out |= {part for v in out for part in v.replace("^", " ").split() if len(part) > 4}
    for path in films:
        ds = pydicom.dcmread(path)
        out |= {str(ds.StudyInstanceUID), str(ds.SeriesInstanceUID), str(ds.SOPInstanceUID), str(ds.FrameOfReferenceUID)}
    return out - {"Thorax", "request", "protocol"}


def check(folder, films):
    hidden = secrets(films)
    objects = [pydicom.dcmread(os.path.join(folder, name)) for name in sorted(os.listdir(folder))]
    instances = {str(ds.SOPInstanceUID) for ds in objects}
    wrong = []
    for ds in objects:
        kind = ds.SOPClassUID.name
        for name, text in list(texts(ds)) + list(texts(ds.file_meta)):
            wrong += [f"{kind}: {name} is {text!r}" for s in hidden if s.lower() in text.lower()]
            if name.endswith("ReferencedSOPInstanceUID") and text not in instances:
                wrong.append(f"{kind}: {name} refers to {text}, which is not there")
        wrong += [f"{kind}: {k} is {ds.get(k)!r}" for k in SHORT if ds.get(k)]
        if any(e.tag.is_private for e in ds):
            wrong.append(f"{kind}: private elements are left")
        if ds.get("PatientIdentityRemoved") != "YES" or ds.DeidentificationMethodCodeSequence[0].CodeValue != "113100":
            wrong.append(f"{kind}: it does not say that the identity was removed")
    print(json.dumps({
        "wrong": sorted(set(wrong)), "studies": sorted({str(ds.StudyInstanceUID) for ds in objects}),
        "patients": sorted({str(ds.PatientID) for ds in objects}), "classes": sorted(ds.SOPClassUID.name for ds in objects),
    }))


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(sys.argv[2], sys.argv[3:])
    else:
        check(sys.argv[2], sys.argv[3:])
