"""Files of arrays as NumPy and h5py write them: write_arrays.py DIR [hdf5]. manifest.txt has a line for each array
that should be read: file, name, trials, steps, units, and the file of its values as [trial][step][unit] in doubles,
separated by tabs. The lines of a file are in the order in which all its arrays are read."""
import itertools
import sys
import zipfile
import zlib

import numpy as np

folder = sys.argv[1]
manifest = open(f"{folder}/manifest.txt", "w", encoding="utf-8")
count = itertools.count()


def expect(file, name, array):
    shape = (1,) * (3 - array.ndim) + array.shape if array.ndim > 1 else (1, array.size, 1)
    values = f"{next(count)}.raw"
    np.ascontiguousarray(array, "<f8").tofile(f"{folder}/{values}")
    print(file, name, *shape, values, sep="\t", file=manifest)


def values(dtype, shape):
    dtype = np.dtype(dtype)
    random = np.random.default_rng(zlib.crc32(repr((dtype.str, shape)).encode()))
    if dtype.kind == "b":
        return random.integers(0, 2, shape).astype(dtype)
    if dtype.kind in "iu":
        info = np.iinfo(dtype)
        return np.asarray(random.integers(info.min, info.max, shape, endpoint=True, dtype=dtype.newbyteorder("="))).astype(dtype)
    array = np.asarray(random.normal(size=shape)).astype(dtype)
    if array.ndim:
        array.flat[-1] = np.nan
    return array


TYPES = ["?", "i1", "<i2", ">i2", "<i4", ">i4", "<i8", ">i8", "u1", "<u2", ">u2", "<u4", ">u4", "<u8", ">u8",
         "<f2", ">f2", "<f4", ">f4", "<f8", ">f8"]
SHAPES = [(), (5,), (1,), (4, 3), (1, 6), (2, 4, 3), (3, 1, 2)]
ARRAYS = {f"{t.strip('<>')}{'b' * (t[0] == '>')}-{'x'.join(map(str, s))}": values(t, s)
          for t in TYPES for s in SHAPES}

for i, (array, order) in enumerate(itertools.product(ARRAYS.values(), "CF")):
    np.save(f"{folder}/{i}.npy", np.asarray(array, order=order))
    expect(f"{i}.npy", "", array)

OTHERS = {"text": np.array(["a", "b"]), "bytes": np.array([b"a"]), "complex": np.array([1j]), "date": np.array(["2020-01-01"], "M8[D]"),
          "records": np.array([(1, 2.0)], [("a", "i4"), ("b", "f8")]), "long": np.array([1], "longdouble")}
named = {**ARRAYS, "in/a folder": np.arange(3.0), "größe": np.asfortranarray(values("<f8", (2, 3, 4)))}
np.savez(f"{folder}/stored.npz", **named, **OTHERS)
np.savez_compressed(f"{folder}/deflated.npz", **OTHERS, **named)
zipfile.ZIP64_LIMIT = 100  # so that what is written of files above 4 GiB is written of small ones
zipfile.ZIP_FILECOUNT_LIMIT = 10
np.savez(f"{folder}/long.npz", **named)
with zipfile.ZipFile(f"{folder}/long.npz", "a") as archive:
    archive.comment = b"recorded PK\5\6 " + bytes(30)
    archive.writestr("notes.txt", "no array")
for file, (name, array) in itertools.product(["stored.npz", "deflated.npz", "long.npz"], named.items()):
    expect(file, name, array)
np.savez_compressed(f"{folder}/zeros.npz", x=np.zeros((1000, 1000)))  # smaller by more than 1000
expect("zeros.npz", "x", np.zeros((1000, 1000)))

if "hdf5" in sys.argv[2:]:
    import h5py

    def fill(file, group):
        ways = [{}, {"chunks": True}, {"compression": "gzip", "shuffle": True}, {"fletcher32": True}]
        for i, (name, array) in enumerate(ARRAYS.items()):
            group.create_dataset(name, data=array, **(ways[i % 4] if array.ndim else {}))
        for name, array in OTHERS.items():
            if name not in ["text", "date"]:
                file[f"other/{name}"] = array
        file["other/words"] = ["a", "b"]
        file["other/reference"] = np.array([group.ref], h5py.ref_dtype)
        file["other/lists"] = np.array([np.arange(3), np.arange(2)], h5py.vlen_dtype("i4"))
        file["other/lists2"] = np.zeros(2, [("a", "f8", 3)])

    for name in ["a.h5", "a.hdf5", "a.nwb"]:
        with h5py.File(f"{folder}/{name}", "w", userblock_size=1024 * (name == "a.nwb")) as file:
            group = file.create_group("processing/signals")
            fill(file, group)
            file["soft"] = h5py.SoftLink("/processing/signals/f8-5")
            group["cycle"] = file["processing"]
        for key in sorted(ARRAYS):
            expect(name, f"processing/signals/{key}", ARRAYS[key])

    # MATLAB's 7.3: a header of 512 bytes, axes reversed, classes as attributes.
    with h5py.File(f"{folder}/a.mat", "w", userblock_size=512) as file:
        matrices = {"double": values("<f8", (4, 3)), "single": values("<f4", (2, 4, 3)), "int32": values("<i4", (5, 1)),
                    "logical": values("u1", (1, 6)) % 2}
        for name, array in matrices.items():
            file.create_dataset(f"s/{name}", data=array.T).attrs["MATLAB_class"] = np.bytes_(name)
        file.create_dataset("text", data=np.array([[104], [105]], "u2")).attrs["MATLAB_class"] = np.bytes_("char")
        file.create_dataset("#refs#/b", data=[[1.0]]).attrs["MATLAB_class"] = np.bytes_("double")
        cell = file.create_dataset("cell", data=np.array([[file["#refs#/b"].ref]], h5py.ref_dtype))
        cell.attrs["MATLAB_class"] = np.bytes_("cell")
        sparse = file.create_group("sparse")
        sparse.attrs["MATLAB_sparse"] = np.uint64(2)
        sparse["data"] = [1.0]
        sparse["ir"] = [0]
    with open(f"{folder}/a.mat", "r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(124) + b"\x00\x02IM")
    for name in sorted(matrices):
        expect("a.mat", f"s/{name}", matrices[name])
