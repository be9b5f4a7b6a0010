"""Corpora of binary files for the fuzz targets: make_corpora.py DIR. Written from docs/files.md and
the format of .npy, with nothing of carve's own. The target makes a checkpoint's checksum right."""

import io
import pathlib
import struct
import sys
import zipfile


def npy(descr, shape, data, fortran=False, version=1):
    header = repr({"descr": descr, "fortran_order": fortran, "shape": shape}).encode()
    length = 2 if version == 1 else 4
    header += b" " * (-(8 + length + len(header) + 1) % 64) + b"\n"
    size = struct.pack("<H" if version == 1 else "<I", len(header))
    return b"\x93NUMPY" + bytes([version, 0]) + size + header + data


def numbers(code, order="<", n=6):
    return struct.pack(order + str(n) + code, *range(n))


NPY = {
    "f8": npy("<f8", (3, 2), numbers("d")),
    "f4-fortran": npy("<f4", (3, 2), numbers("f"), fortran=True),
    "f8-big": npy(">f8", (2, 3), numbers("d", ">"), version=2),
    "u1": npy("|u1", (3, 2), numbers("B")),
    "i2": npy("<i2", (3, 2), numbers("h")),
    "i4": npy("<i4", (3, 2), numbers("i"), version=3),
    "i8": npy("<i8", (6, 1), numbers("q")),
    "bool": npy("|b1", (3, 2), b"\0\1\0\1\1\1"),
    "nan": npy("<f8", (1, 2), struct.pack("<2d", 1, float("nan"))),
    "one-dimension": npy("<f8", (6,), numbers("d")),
    "empty": npy("<f8", (0, 2), b""),
    "huge": npy("<f8", (1 << 40, 1 << 30), numbers("d")),
    "structured": npy([("a", "<f8"), ("b", "<i4")], (2,), bytes(24)),
}


def npz(members, method=zipfile.ZIP_STORED):
    """Stored members, or deflated ones; at a limit of 100 bytes also with numbers of 64 bits."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name in members:
            archive.writestr(zipfile.ZipInfo(name + ".npy"), NPY[name], method)
    return out.getvalue()


NPZ = {
    "stored": npz(["f8", "f4-fortran"]),
    "deflated": npz(["f8", "i8", "bool"], zipfile.ZIP_DEFLATED),
    "one-dimension": npz(["one-dimension"]),
    "others": npz(["f8", "structured", "nan"]),
    "empty": npz([]),
}
zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT = 100, 1
NPZ["long"] = npz(["f8", "u1"])


def u64(*values):
    return struct.pack(f"<{len(values)}Q", *values)


def reals(values):
    return u64(len(values)) + struct.pack(f"<{len(values)}d", *values)


def candidate(support, theta):
    return u64(len(support), *support) + reals(theta)


def evaluation(loss):
    matrix = u64(2) + reals([1.0, 0.5, 0.5, 2.0])
    return reals([loss, 0.5]) + u64(2, 2**64 - 1, 7) + u64(1) + reals([0.1, 0.2]) + matrix


def checkpoint(best, journal, unknown=b""):
    found = candidate([0, 5], [0.5, -0.5])
    search = u64(0, 1, 3, 4, int(best)) + found + reals([0.1, 0.2, 0.3]) + u64(int(best))
    if best:
        search += found + found + struct.pack("<d", 0.25)
    path = u64(1) + struct.pack("<ddd", 0.5, 0.25, 0.125) + u64(2)
    phase = u64(7) + b"stage 1" + u64(3, 120)
    sections = {
        b"run": u64(5) + struct.pack("<d", 1.5),
        b"search": search,
        b"counters": u64(3, 120, 2, 118, 1) + phase,
        b"spread": u64(2) + reals([1.0, 0.0, 0.0, 1.0]) if best else b"",
        b"stage": struct.pack("<d", 0.5) + reals([0.1, 0.2]) + struct.pack("<dd", 0.25, 1.5) + u64(2) + path +
        (path if best else b""),
        b"journal": u64(journal) + b"".join(struct.pack("<d", k) + evaluation(k) for k in range(journal)),
        b"names": u64(2, 3) + b"x y" + u64(5) + b"y^2 w",
        b"task": u64(11) + b"format = 2\n",
    }
    sections[b"ranges"] = (struct.pack("<d", 0.5) if best else b"") + reals(range(journal))
    if unknown:
        sections[b"later"] = unknown
    entries = b"".join(name.ljust(8, b"\0") + u64(len(s)) for name, s in sections.items())
    contents = b"".join(sections.values())
    size = 32 + len(entries) + len(contents) + 8
    return b"\x89carve\r\n" + u64(2, len(sections), size) + entries + contents + u64(0)


CHECKPOINT = {
    "begun": checkpoint(False, 0),
    "journal": checkpoint(False, 2),
    "best": checkpoint(True, 1),
    "later": checkpoint(True, 0, b"from a later version"),
}
# What the target changes in the checkpoints of a search of its own: words at places.
for place, word in enumerate([0, 1, 2**64 - 1, 0x7FF8000000000000, 5, 1 << 40] * 5):
    CHECKPOINT[f"changed-{place}"] = b"+" + bytes([place]) + struct.pack("<HQ", 12 + 3 * place, word)

if __name__ == "__main__":
    for kind, files in {"npy": NPY, "npz": NPZ, "checkpoint": CHECKPOINT}.items():
        folder = pathlib.Path(sys.argv[1]) / kind
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            (folder / name).write_bytes(data)
