"""The real TensorBoard against training/tensorboard.

usage: tensorboard_events.py write training/tensorboard/testdata/events.bin   writes the stored reference of bytes
       tensorboard_events.py read FOLDER                                      prints the curves of a run, as TensorBoard reads them
needs: tensorboard
"""

import io
import json
import sys

EVENTS = [("train/loss", 0, 1700000000.25, 0.75), ("val/auroc", 1, 1700000001.5, 0.8125), ("rate", 300, 1700000002.0, 1e-4), ("loss ö", 1 << 40, 1700000003.0, float("nan")),
          ("x", -1, 1700000004.0, float("inf"))]


def write(path):
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.record_writer import RecordWriter
    out = io.BytesIO()
    w = RecordWriter(out)
    w.write(Event(wall_time=1700000000.0, file_version="brain.Event:2").SerializeToString())
    for tag, step, wall, value in EVENTS:
        w.write(Event(wall_time=wall, step=step, summary=Summary(value=[Summary.Value(tag=tag, simple_value=value)])).SerializeToString())
    open(path, "wb").write(out.getvalue())


def read(folder):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    a = EventAccumulator(folder, size_guidance={"scalars": 0})
    a.Reload()
    json.dump({tag: [[e.step, e.wall_time, e.value] for e in a.Scalars(tag)] for tag in a.Tags()["scalars"]}, sys.stdout)


{"write": write, "read": read}[sys.argv[1]](sys.argv[2])
