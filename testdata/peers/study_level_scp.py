"""A DICOM archive that searches for studies only, on pynetdicom: it refuses the levels of
series and images, as some archives do, and sends a study as a whole (C-GET).

    python study_level_scp.py PORT FOLDER
"""
import pathlib
import sys

from pydicom import dcmread
from pydicom.dataset import Dataset
from pynetdicom import AE, evt
from pynetdicom.presentation import AllStoragePresentationContexts
from pynetdicom.sop_class import StudyRootQueryRetrieveInformationModelFind, StudyRootQueryRetrieveInformationModelGet

port, folder = int(sys.argv[1]), pathlib.Path(sys.argv[2])
files = [dcmread(path) for path in sorted(folder.glob("*.dcm"))]


def find(event):
    wanted = event.identifier
    if wanted.QueryRetrieveLevel != "STUDY":
        yield 0xC001, None
        return
    told = set()
    for film in files:
        if film.StudyInstanceUID in told or wanted.get("PatientID", "") not in ("", film.PatientID):
            continue
        told.add(film.StudyInstanceUID)
        answer = Dataset()
        answer.QueryRetrieveLevel = "STUDY"
        for word in ("StudyInstanceUID", "PatientID", "PatientName", "StudyDate", "StudyDescription"):
            setattr(answer, word, film.get(word, ""))
        yield 0xFF00, answer


def get(event):
    wanted = event.identifier
    if wanted.QueryRetrieveLevel != "STUDY":
        yield 0
        yield 0xC001, None
        return
    sent = [film for film in files if film.StudyInstanceUID == wanted.StudyInstanceUID]
    yield len(sent)
    for film in sent:
        yield 0xFF00, film


ae = AE(ae_title="STUDIES")
ae.add_supported_context(StudyRootQueryRetrieveInformationModelFind)
ae.add_supported_context(StudyRootQueryRetrieveInformationModelGet)
for context in AllStoragePresentationContexts:
    ae.add_supported_context(context.abstract_syntax, scu_role=True, scp_role=True)
ae.start_server(("127.0.0.1", port), evt_handlers=[(evt.EVT_C_FIND, find), (evt.EVT_C_GET, get)])
