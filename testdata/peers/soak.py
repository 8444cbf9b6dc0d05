"""A node under everything at once: films come in interleaved associations, most of them more than once, the node is
killed (kill -9) at random moments, its disk becomes full (not one byte is left) and empty again, and its destination is
down for as long as films come. Then the destination comes up, while the node goes on being killed, and must get each
object of each film once.

usage: soak.py [--films N] [--kills N] [--fills N] [--senders N] [--seed N] [--keep DIR]
The disk is a tmpfs of its own, which needs root; without it no disk becomes full, and the summary says so.
Needs: bin/cxr (make build), HILUM_ORT_LIB, pip install pynetdicom
"""

import argparse
import collections
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

import pydicom
from pynetdicom import AE, evt
from pynetdicom.presentation import build_context

OBJECTS = {
    "sr": "1.2.840.10008.5.1.4.1.1.88.34", "sc": "1.2.840.10008.5.1.4.1.1.7",
    "gsps": "1.2.840.10008.5.1.4.1.1.11.1", "kos": "1.2.840.10008.5.1.4.1.1.88.59",
}
EXPLICIT = "1.2.840.10008.1.2.1"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Disk:
    """A disk of the node's own that can be filled to its last byte."""

    def __init__(self, path, megabytes):
        self.path, self.ballast = path, os.path.join(path, "ballast")
        os.makedirs(path, exist_ok=True)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", path], capture_output=True)
        self.mounted = done.returncode == 0

    def fill(self):
        with open(self.ballast, "ab", buffering=0) as f:
            for size in (1 << 20, 4096, 1):
                try:
                    while True:
                        f.write(b"\0" * size)
                except OSError:
                    pass
        return os.statvfs(self.path).f_bavail

    def empty(self):
        if os.path.exists(self.ballast):
            os.remove(self.ballast)

    def close(self):
        if self.mounted:
            subprocess.run(["umount", "-l", self.path], check=False)


class Node:
    """The node, which is started again whenever it is dead, as a service manager would."""

    def __init__(self, cxr, out, port, archive, log):
        self.command = [cxr, "node", "--ae", "HILUM", "--listen", f"127.0.0.1:{port}", "--out", out, "--objects", ",".join(OBJECTS),
                        "--send", f"dicom://ARCHIVE@127.0.0.1:{archive}", "--min-free", "1", "--json"]
        self.port, self.log, self.process = port, open(log, "ab"), None
        self.kills = self.ended = 0

    def up(self):
        if self.process is not None and self.process.poll() is not None and self.process.returncode != -signal.SIGKILL:
            self.ended += 1  # nobody asked it to
            time.sleep(1)
        if self.process is None or self.process.poll() is not None:
            self.process = subprocess.Popen(self.command, stdout=self.log, stderr=self.log)
            for _ in range(240):
                try:
                    socket.create_connection(("127.0.0.1", self.port), 0.2).close()
                    return
                except OSError:
                    if self.process.poll() is not None:
                        return
                    time.sleep(0.25)

    def kill(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.kills += 1


class Archive:
    """The destination: counts what it took, by object, and of which film it speaks."""

    def __init__(self, films):
        self.films, self.came, self.of, self.lock, self.server = films, collections.Counter(), {}, threading.Lock(), None

    def store(self, event):
        data, request = event.request.DataSet.getvalue(), event.request
        named = {x for x in (m.decode() for m in re.findall(rb"[0-9]+(?:\.[0-9]+)+", data)) if x in self.films}
        with self.lock:
            self.came[str(request.AffectedSOPInstanceUID)] += 1
            self.of[str(request.AffectedSOPInstanceUID)] = (str(request.AffectedSOPClassUID), tuple(sorted(named)))
        return 0x0000

    def start(self, port):
        ae = AE("ARCHIVE")
        for uid in OBJECTS.values():
            ae.add_supported_context(uid, EXPLICIT)
        ae.maximum_pdu_size = 0
        self.server = ae.start_server(("127.0.0.1", port), block=False, evt_handlers=[(evt.EVT_C_STORE, self.store)])

    def stop(self):
        if self.server is not None:
            self.server.shutdown()
            self.server = None

    def wrong(self):
        """Films that lack an object, or have two of a kind."""
        have = collections.Counter(of for of in self.of.values())
        return [(film, kind) for film in self.films for kind, uid in OBJECTS.items() if have[(uid, (film,))] != 1]


class Senders:
    """Associations that overlap in time and in what they send. Films become known one after another over so many seconds;
    those that came are sent again and again until the senders are stopped."""

    def __init__(self, films, port, random_, seconds):
        self.films, self.port, self.random, self.seconds, self.began = films, port, random_, seconds, time.time()
        self.answered, self.sent, self.refused, self.lock, self.stop = set(), 0, collections.Counter(), threading.Lock(), threading.Event()
        self.classes = sorted({ds.SOPClassUID for ds in films.values()})

    def run(self):
        order = sorted(self.films)
        while not self.stop.is_set():
            with self.lock:
                known = order[:max(1, min(len(order), int(len(order) * (time.time() - self.began) / self.seconds)))]
                left = [f for f in known if f not in self.answered]
                # Half of what is sent came before, and others send the same at the same time.
                batch = self.random.sample(left, min(12, len(left))) + self.random.sample(known, min(12, len(known)))
                self.random.shuffle(batch)
            ae = AE("MODALITY")
            ae.acse_timeout = ae.dimse_timeout = ae.network_timeout = 20
            ae.requested_contexts = [build_context(c, EXPLICIT) for c in self.classes]
            association = ae.associate("127.0.0.1", self.port, ae_title="HILUM")
            for uid in batch:
                if not association.is_established or self.stop.is_set():
                    break
                try:
                    status = association.send_c_store(self.films[uid])
                except (RuntimeError, ValueError):
                    break
                with self.lock:
                    self.sent += 1
                    if "Status" in status and status.Status == 0:
                        self.answered.add(uid)
                    elif "Status" in status:
                        self.refused[f"{status.Status:04X}"] += 1
            if association.is_established:
                association.release()
            else:
                time.sleep(0.3)


def read_films(cxr, folder, n):
    subprocess.run([cxr, "phantom", "--out", folder, "--n", str(n), "--size", "256", "--dicom"], check=True, stdout=subprocess.DEVNULL)
    films = {}
    for root, _, names in os.walk(folder):
        for name in names:
            if name.endswith(".dcm"):
                ds = pydicom.dcmread(os.path.join(root, name))
                films[str(ds.SOPInstanceUID)] = ds
    return films


def lost(out, senders):
    """Films that were answered with success and do not lie there whole."""
    with senders.lock:
        answered = set(senders.answered)
    bad = []
    for uid in answered:
        path = os.path.join(out, "incoming", uid + ".dcm")
        if not os.path.exists(path) or os.path.getsize(path) < len(senders.films[uid].PixelData):
            bad.append(uid)
    return bad


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--films", type=int, default=2000)
    p.add_argument("--kills", type=int, default=40)
    p.add_argument("--fills", type=int, default=6)
    p.add_argument("--senders", type=int, default=3)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--minutes", type=float, default=60)
    p.add_argument("--cxr", default="bin/cxr")
    p.add_argument("--keep", help="a folder for the node's log")
    a = p.parse_args()
    rand, work, start = random.Random(a.seed), tempfile.mkdtemp(prefix="soak"), time.time()
    films = read_films(a.cxr, os.path.join(work, "films"), a.films)
    shutil.rmtree(os.path.join(work, "films"))
    disk = Disk(os.path.join(work, "disk"), 300 + 2 * a.films)
    out, port, archive_port = os.path.join(disk.path, "node"), free_port(), free_port()
    os.makedirs(out)
    node = Node(a.cxr, out, port, archive_port, os.path.join(work, "log"))
    senders, archive, full, bad = Senders(films, port, rand, 4 * a.kills), Archive(set(films)), [], []
    over = start + 60 * a.minutes

    def trouble(kills, fills, goal):
        """Kills the node and fills the disk until all of that is done and the goal is reached."""
        for i in range(max(kills, 1) * 1000):
            node.up()
            time.sleep(rand.uniform(0.2, 6))
            if disk.mounted and fills > 0 and i % 3 == 1:
                full.append(disk.fill())
                time.sleep(rand.uniform(2, 8))
                if kills > 0:
                    node.kill()  # with a full disk
                    kills -= 1
                    node.up()
                    time.sleep(rand.uniform(1, 4))
                disk.empty()
                fills -= 1
            elif kills > 0:
                node.kill()
                kills -= 1
            bad.extend(lost(out, senders))
            if kills <= 0 and (fills <= 0 or not disk.mounted) and goal() or time.time() > over:
                return

    try:
        node.up()
        threads = [threading.Thread(target=senders.run) for _ in range(a.senders)]
        for t in threads:
            t.start()
        trouble(a.kills * 3 // 4, a.fills * 2 // 3, lambda: len(senders.answered) == len(films))
        senders.stop.set()
        for t in threads:
            t.join()
        sending = time.time() - start
        archive.start(archive_port)
        trouble(a.kills - a.kills * 3 // 4, a.fills - a.fills * 2 // 3, lambda: True)
        want, settled = len(OBJECTS) * len(films), 0
        while settled < 10 and time.time() < over:  # and a while for what should not come
            node.up()
            time.sleep(1)
            settled = settled + 1 if len(archive.came) >= want else 0
        wrong = archive.wrong()
        summary = {
            "films": len(films), "answered": len(senders.answered), "sent_with_repeats": senders.sent, "refused": dict(senders.refused),
            "kills": node.kills, "ended_by_itself": node.ended, "full_disks": len(full), "bytes_left_when_full": sorted(set(full)),
            "disk": "tmpfs" if disk.mounted else "no mount is permitted: no disk became full",
            "lost": len(set(bad)), "objects": len(archive.came), "wanted": want, "films_with_missing_or_double_objects": len({f for f, _ in wrong}),
            "objects_sent_again_after_a_kill": sum(n - 1 for n in archive.came.values()), "minutes_of_sending": round(sending / 60, 1),
            "minutes": round((time.time() - start) / 60, 1),
        }
        print(json.dumps(summary, indent=1))
        ok = not bad and not wrong and len(archive.came) == want and summary["answered"] == len(films) and node.ended == 0
        return 0 if ok else 1
    finally:
        senders.stop.set()
        node.kill()
        archive.stop()
        if a.keep:
            os.makedirs(a.keep, exist_ok=True)
            shutil.copy(os.path.join(work, "log"), a.keep)
            for name in ("journal.db", "journal.db-wal"):
                if os.path.exists(os.path.join(out, name)):
                    shutil.copy(os.path.join(out, name), a.keep)
        disk.close()
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
