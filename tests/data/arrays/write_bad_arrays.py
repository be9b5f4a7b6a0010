"""Files that are refused: write_bad_arrays.py DIR [hdf5]. manifest.txt has a line for each: file, the names that are
asked for (separated by blanks), message and way out, separated by tabs. DIR/ is left out of messages."""
import io
import struct
import sys
import zipfile
import zlib

import numpy as np

folder = sys.argv[1]
manifest = open(f"{folder}/manifest.txt", "w", encoding="utf-8")


def bad(file, data, wanted, message, help):
    if data is not None:
        with open(f"{folder}/{file}", "wb") as out:
            out.write(data)
    print(file, wanted, message.replace("FILE", f"'{file}'"), help, sep="\t", file=manifest)


def npy(array):
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


def npz(save=np.savez, **arrays):
    out = io.BytesIO()
    save(out, **arrays)
    return out.getvalue()


def zipped(members, method=zipfile.ZIP_STORED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


def header(shape, descr="<f8"):
    text = repr({"descr": descr, "fortran_order": False, "shape": shape}) + "\n"
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(text)) + text.encode()


def patched(data, signature, offset, form, value, last=True):
    """A number of a zip's record changed."""
    at = (data.rindex if last else data.index)(signature) + offset
    return data[:at] + struct.pack(form, value) + data[at + struct.calcsize(form):]


AGAIN = "the file was probably cut off; write it again"
DAMAGED = "the file was damaged; write it again"
ZIP = "it may have been cut off; write it again with numpy.savez(file, x=array)"
RESHAPE = "reshape it to [trial][step][unit], or save parts of it under names of their own"
NO_FIT = "{} has {} bytes of data, which is not what {} values of 8 bytes take"
REAL = ("real numbers are read: float16 to float64, all integers, bool; convert with array.astype('f8') before "
        "numpy.save")
WORDS = ("array.astype('f8') makes numbers of their digits, numpy.unique(array, return_inverse=True)[1] a number of "
         "each word; save that")

# What is of no type that is read.
CSV = "save it as CSV"
OBJECTS = "objects are not loaded; in Python: numpy.savez('data.npz', x=array)"
MATLAB = ("in MATLAB: save('x.mat', '-v7.3'); in Python: numpy.savez('x.npz', x=scipy.io.loadmat('x.mat')['x'])")
bad("a.parquet", b"PAR1", "", "FILE is a Parquet file, which is not read",
    "save it as CSV: pandas.read_parquet(file).to_csv('data.csv', index=False)")
bad("a.feather", b"", "", "FILE is a Feather file, which is not read",
    "save it as CSV: pandas.read_feather(file).to_csv('data.csv', index=False)")
bad("a.XLSX", b"PK", "", "FILE is a spreadsheet, which is not read", CSV)
bad("a.pkl", b"", "x", "FILE is a pickle of Python objects, which is not read", OBJECTS)
bad("a.rds", b"", "x", "FILE is a file of R's, which is not read", "in R: write.csv(x, 'data.csv', row.names = FALSE)")
bad("a.dat", b"1", "", "FILE is of no type that is read: .csv, .tsv, .txt, .npy, .npz, .h5, .hdf5, .nwb, .mat",
    "save the data as one of them, for example with numpy.savez(file, x=array)")
bad(".", None, "x", "'' is a directory, not a file of arrays", "name a file in it")
bad("absent.npz", None, "x", "cannot read FILE: No such file or directory", "")
bad("absent.mat", None, "x", "cannot read FILE: No such file or directory", "")
bad("old.mat", b"MATLAB 5.0 MAT-file, Platform: GLNXA64".ljust(128) + bytes(600), "x",
    "FILE is not a MATLAB file of version 7.3", MATLAB)
bad("short.mat", b"MATLAB", "x", "FILE is not a MATLAB file of version 7.3", MATLAB)

# .npy
bad("name.npy", npy(np.ones(3)), "x", "FILE has no array 'x': it is one array without a name",
    "leave the name out, or save arrays with names: numpy.savez(file, x=array)")
bad("axes.npy", npy(np.ones((1, 2, 1, 2))), "", "FILE has 4 axes, more than 3", RESHAPE)
bad("empty.npy", npy(np.ones((2, 0, 3))), "", "FILE is empty: 2 x 0 x 3 values",
    "write it again with values, or use another array")
bad("inf.npy", npy(np.array([[[1, 2], [3, 4]], [[5, 6], [-np.inf, np.inf]]])), "",
    "FILE: trial 2, step 2, unit 1: -inf is not a finite number", "a value that is missing is NaN; correct others")
bad("fortran-inf.npy", npy(np.asfortranarray([[1, 2, np.inf], [3, 4, 5]])), "",
    "FILE: trial 1, step 1, unit 3: inf is not a finite number", "a value that is missing is NaN; correct others")
bad("cut.npy", npy(np.ones((2, 2, 2)))[:-1], "", NO_FIT.format("FILE", 63, "2 x 2 x 2"), AGAIN)
bad("long.npy", npy(np.ones(4)) + b"\0", "", NO_FIT.format("FILE", 33, "4"), AGAIN)
bad("scalar.npy", header(()), "", NO_FIT.format("FILE", 0, "1"), AGAIN)
bad("huge.npy", header((1 << 40, 1 << 20, 3)), "", NO_FIT.format("FILE", 0, f"{1 << 40} x {1 << 20} x 3"), AGAIN)
bad("wraps.npy", header((1 << 33, 1 << 31, 1)), "", NO_FIT.format("FILE", 0, f"{1 << 33} x {1 << 31} x 1"), AGAIN)

# Types of .npz members, which are refused only where they are asked for.
TYPES = npz(c=np.array([1j]), u=np.array(["a"]), s=np.array([b"a"]), d=np.array(["2020-01-01"], "M8[D]"),
            m=np.array([1], "m8[s]"), g=np.array([1], "longdouble"), r=np.array([(1, 2.0)], [("a", "i4"), ("b", "f8")]),
            o=np.array([{}], object), v=np.zeros(1, "V5"))
for name, said, help in [
        ("c", "complex numbers, values of type '<c16'", "save the parts, array.real.astype('f8') and array.imag.astype('f8')"),
        ("u", "texts, values of type '<U1'", WORDS), ("s", "texts, values of type '|S1'", WORDS),
        ("d", "dates, values of type '<M8[D]'", "array.astype('i8') counts their unit; save that"),
        ("m", "durations, values of type '<m8[s]'", "array.astype('i8') counts their unit; save that"),
        ("g", "values of type '<f16'", REAL), ("v", "values of type '|V5'", REAL),
        ("r", "records with named fields",
         "numpy.lib.recfunctions.structured_to_unstructured(array) makes columns of them; save that"),
        ("o", "Python objects, values of type '|O'",
         "objects are not loaded; make numbers of them with array.astype('f8') before they are saved")]:
    bad("types.npz", TYPES, name, f"array '{name}' of FILE holds {said}", help)
bad("types.npz", TYPES, "", "FILE holds no array of real numbers", "save some, for example with numpy.savez(file, x=array)")

# Archives.
GOOD = npz(rate=np.arange(3.0), target=np.ones((2, 2)))
PACKED = npz(np.savez_compressed, x=np.arange(100.0))
bad("a.npz", GOOD, "rat", "FILE has no array 'rat'", "did you mean 'rate'?")
bad("a.npz", GOOD, "rate w", "FILE has no array 'w'", "it has rate, target")
bad("none.npz", zipped([("a.txt", "x")]), "w", "FILE has no array 'w'", "it has none that can be read")
bad("none.npz", zipped([("a.txt", "x")]), "", "FILE holds no array of real numbers",
    "save some, for example with numpy.savez(file, x=array)")
bad("twice.npz", zipped([("x.npy", npy(np.ones(1))), ("x.npy", npy(np.ones(1)))]), "x",
    "FILE has several arrays named 'x'", "write it again with one array of a name")
bad("inside.npz", zipped([("x.npy", npy(np.ones(3))[:-4])]), "x", NO_FIT.format("array 'x' of FILE", 20, "3"), AGAIN)
bad("text.npz", zipped([("x.npy", "1, 2")]), "x", "array 'x' of FILE is not an intact .npy file: it does not start as one",
    "write it with numpy.save(file, array)")
bad("axes.npz", npz(x=np.ones((1, 1, 1, 1, 2))), "", "array 'x' of FILE has 5 axes, more than 3", RESHAPE)
bad("inf.npz", npz(x=np.array([1, np.inf], "f4")), "", "array 'x' of FILE: trial 1, step 2, unit 1: inf is not a finite number",
    "a value that is missing is NaN; correct others")
for name, data, why in [
        ("empty", b"", "it does not end with a directory"),
        ("cut", GOOD[:-1], "it does not end with a directory"),
        ("end", GOOD[-22:], "its directory is not where it says"),
        ("numpy", npy(np.ones(3)), "it does not end with a directory"),
        ("disk", patched(GOOD, b"PK\5\6", 4, "<H", 1), "it is one of several parts"),
        ("count", patched(patched(GOOD, b"PK\5\6", 8, "<H", 60000), b"PK\5\6", 10, "<H", 60000),
         "its directory is not where it says"),
        ("more", patched(patched(GOOD, b"PK\5\6", 8, "<H", 1), b"PK\5\6", 10, "<H", 2), "it is one of several parts"),
        ("start", patched(GOOD, b"PK\5\6", 16, "<I", 1 << 31), "its directory is not where it says"),
        ("size", patched(GOOD, b"PK\5\6", 12, "<I", 1 << 31), "its directory is not where it says"),
        ("entry", patched(GOOD, b"PK\1\2", 0, "<I", 0), "its directory is damaged"),
        ("entry-name", patched(GOOD, b"PK\1\2", 28, "<H", 65535), "its directory is damaged"),
        ("entry-long", patched(GOOD, b"PK\1\2", 20, "<I", 0xFFFFFFFF), "its directory is damaged"),
        ("local", patched(GOOD, b"PK\1\2", 42, "<I", 1), "'target.npy' is not where it says"),
        ("local-end", patched(GOOD, b"PK\1\2", 42, "<I", 1 << 30), "'target.npy' is not where it says"),
        ("local-name", GOOD.replace(b"rate.npy", b"late.npy", 1), "'rate.npy' is not where it says"),
        ("packed", patched(GOOD, b"PK\1\2", 20, "<I", 1 << 30), "'target.npy' is not where it says"),
        ("overlap", patched(GOOD, b"PK\1\2", 20, "<I", GOOD.index(b"PK\1\2") - 100, last=False), "its members overlap")]:
    bad(f"{name}.npz", data, "target", f"FILE is not an intact zip archive: {why}", ZIP)
MEMBER = "'x.npy' in FILE"
bad("locked.npz", patched(PACKED, b"PK\1\2", 8, "<H", 1), "x", f"{MEMBER} is encrypted", "write it without a password")
bad("bzip2.npz", zipped([("x.npy", npy(np.ones(9)))], zipfile.ZIP_BZIP2), "x", f"{MEMBER} is packed by method 12 of zip",
    "members are stored or deflated: write the file with numpy.savez or numpy.savez_compressed")
size = len(zlib.compress(npy(np.arange(100.0)), 6)) - 6
bad("bomb.npz", patched(PACKED, b"PK\1\2", 24, "<I", 4000000000), "x",
    f"{MEMBER} cannot be of 4000000000 bytes, for {size} are packed", DAMAGED)
bad("stored.npz", patched(npz(x=np.ones(8)), b"PK\1\2", 24, "<I", 4000000000), "x",
    f"{MEMBER} cannot be of 4000000000 bytes, for {128 + 64} are packed", DAMAGED)
bad("larger.npz", patched(PACKED, b"PK\1\2", 24, "<I", 929), "x", f"{MEMBER} cannot be unpacked", DAMAGED)
bad("smaller.npz", patched(PACKED, b"PK\1\2", 24, "<I", 927), "x", f"{MEMBER} cannot be unpacked", DAMAGED)
bad("crc.npz", patched(GOOD, b"PK\1\2", 16, "<I", 0), "target", "'target.npy' in FILE has another checksum than its data",
    DAMAGED)

# Tables.
bad("header.csv", b"a,b\n", "a", "FILE has a header and no rows", "write it again with values, or use another file")
bad("text.csv", b"a,b\nx,y\n", "", "FILE holds no array of real numbers",
    "save some, for example with numpy.savez(file, x=array)")
ROW = "correct it, remove the row, or select other columns with the data's columns"
bad("typo.csv", b"a,b\n1,2\n3,4.x\n", "b", "FILE: row 3, column 2 ('b'): '4.x' is not a number", ROW)
bad("typo.csv", None, "", "FILE: row 3, column 2 ('b'): '4.x' is not a number", ROW)
bad("words.csv", b"a,b\n1,x\n", " a", "FILE: row 2, column 2 ('b'): 'x' is not a number", ROW)
bad("inf.csv", b"a,b\n1,inf\n", "b", "FILE: row 2, column 2 ('b'): 'inf' is not a number", ROW)
bad("c.csv", b"a,b\n1,2\n", "c", "FILE has no column 'c'", "columns takes numbers from 1 to 2 and names: a, b")
bad("twins.csv", b"a,a\n1,2\n", "", "FILE has several columns named 'a'", "name each column differently in the first row")

if "hdf5" not in sys.argv[2:]:
    sys.exit()
import h5py


def h5(name, fill, rows, change=lambda data: data, **options):
    with h5py.File(f"{folder}/{name}", "w", **options) as file:
        fill(file)
    with open(f"{folder}/{name}", "rb") as file:
        data = change(file.read())
    for wanted, message, help in rows:
        bad(name, data, wanted, message, help)


def fill_types(file):
    file["c"] = np.array([1j])
    file["u"] = ["a"]
    file["r"] = np.array([(1, 2.0)], [("a", "i4"), ("b", "f8")])
    file["v"] = np.array([np.arange(3), np.arange(2)], h5py.vlen_dtype("i4"))
    file["g/ref"] = np.array([file["c"].ref], h5py.ref_dtype)
    file["x"] = np.ones((1, 1, 1, 2))
    file["n"] = h5py.Empty("f8")
    file["z"] = np.ones((0, 3))
    file["inf"] = np.array([[1, 2], [np.inf, 4]])
    file["away"] = h5py.ExternalLink("b.h5", "/x")
    file["soft"] = h5py.SoftLink("/nowhere")
    file.create_dataset("never", (3,))
    file.create_dataset("lzf", data=np.zeros(1000), compression="lzf", shuffle=False)
    file.create_dataset("lzf2", data=np.zeros(1000), compression="lzf", shuffle=True)
    for i in range(60):
        file[f"many/x{i:02}"] = [1.0]
    file.create_dataset("outside", (3,), external=[("other.raw", 0, 24)])
    layout = h5py.VirtualLayout((3,), "f8")
    layout[:] = h5py.VirtualSource("b.h5", "x", (3,))
    file.create_virtual_dataset("virtual", layout)


REAL5 = ("real numbers are read: floating point and integers of up to 64 bits, bool; convert it with "
         "array.astype('f8') before it is saved")
DATASET = "dataset '{}' of FILE "
h5("types.h5", fill_types, [
    ("c", DATASET.format("c") + "holds complex numbers", "save its parts, array.real and array.imag"),
    ("/u", DATASET.format("u") + "holds texts",
     "code them as numbers, for example with numpy.unique(array, return_inverse=True)[1]"),
    ("r", DATASET.format("r") + "holds records with named fields", "save each field as a dataset of its own"),
    ("v", DATASET.format("v") + "holds lists of different lengths", "save them as one array, filled up with NaN"),
    ("g/ref", DATASET.format("g/ref") + "holds references to other objects", "name the objects themselves"),
    ("g", "'g' in FILE is a group, not an array", "name one in it: 'g/ref'"),
    ("x", DATASET.format("x") + "has 4 axes, more than 3", RESHAPE),
    ("n", DATASET.format("n") + "is empty: 0 values", "write it again with values, or use another array"),
    ("z", DATASET.format("z") + "is empty: 0 x 3 values", "write it again with values, or use another array"),
    ("inf", "dataset 'inf' of FILE: trial 1, step 2, unit 1: inf is not a finite number",
     "a value that is missing is NaN; correct others"),
    ("away", "'away' in FILE is a link to another file", "name the other file"),
    ("neve", "FILE has no array 'neve'", "did you mean 'never'?"),
    ("never", DATASET.format("never") + "was never written", "write its values, or use another array"),
    ("lzf", DATASET.format("lzf") + "is compressed by the filter lzf (32000), which is not there",
     "write it without compression, or with gzip"),
    ("lzf2", DATASET.format("lzf2") + "is compressed by the filter lzf (32000), which is not there",
     "write it without compression, or with gzip"),
    ("many", "'many' in FILE is a group, not an array",
     "name one in it: " + ", ".join(f"'many/x{i:02}'" for i in range(17)) + ", ..."),
    ("outside", DATASET.format("outside") + "has its values in other files",
     "copy them into one: h5repack, or in Python file.create_dataset(name, data=array)"),
    ("virtual", DATASET.format("virtual") + "has its values in other files",
     "copy them into one: h5repack, or in Python file.create_dataset(name, data=array)")])
OPEN = "it may have been cut off, or still be open elsewhere for writing; write it again"
for name, change in [("cut", lambda data: data[:-1]), ("no", lambda data: b"1,2\n"), ("half", lambda data: data[:60])]:
    h5(f"{name}.h5", lambda file: file.create_dataset("x", data=np.ones(100)),
       [("x", "FILE is not an intact HDF5 file", OPEN)], change)


def forged(data, old, new):
    """The dimensions of a dataset in its header changed, and its greatest ones."""
    old, new = struct.pack(f"<{len(old)}Q", *old), struct.pack(f"<{len(new)}Q", *new)
    assert data.count(old + old) == 1 and data.count(old) >= 2
    return data.replace(old + old, new + new)


def h5_forged(name, shape, needed, **options):
    with h5py.File(f"{folder}/{name}", "w") as file:
        stored = file.create_dataset("x", data=np.ones((1237, 3)), **options).id.get_storage_size
        file.flush()
        stored = stored()
    with open(f"{folder}/{name}", "rb") as file:
        data = forged(file.read(), (1237, 3), shape)
    bad(name, data, "x", f"dataset 'x' of FILE cannot be of {needed} bytes: {stored} of the file's {len(data)} are its own",
        "the file may have been cut off; write it again")


h5_forged("forged.h5", (1 << 40, 3), (1 << 40) * 24)
h5_forged("wraps.h5", (1 << 62, 1 << 60), (1 << 64) - 1)
h5_forged("chunked.h5", (1 << 40, 3), (1 << 40) * 24, chunks=(100, 3), compression="gzip")


def fill_matlab(file):
    for name, kind in [("text", "char"), ("words", "string")]:
        file.create_dataset(name, data=np.array([[104]], "u2")).attrs["MATLAB_class"] = np.bytes_(kind)
    cell = file.create_dataset("cell", data=np.array([[file["text"].ref]], h5py.ref_dtype))
    cell.attrs["MATLAB_class"] = np.bytes_("cell")
    file.create_dataset("z", data=np.array([[1.0, 2], [3, np.inf], [5, 6]])).attrs["MATLAB_class"] = np.bytes_("double")
    empty = file.create_dataset("none", data=np.array([0, 0], "u8"))
    empty.attrs["MATLAB_class"] = np.bytes_("double")
    empty.attrs["MATLAB_empty"] = np.uint8(1)
    file["complex"] = np.array([[(1, 2)]], [("real", "f8"), ("imag", "f8")])
    file.create_group("sparse").attrs["MATLAB_sparse"] = np.uint64(2)
    file["s/x"] = [[1.0]]


VARIABLE = "variable '{}' of FILE "
h5("a.mat", fill_matlab, [
    ("text", VARIABLE.format("text") + "holds texts", "save numbers instead: double(x), or findgroups(x) of words"),
    ("words", VARIABLE.format("words") + "holds an object", "save its numbers as arrays, for example table2array(x)"),
    ("cell", VARIABLE.format("cell") + "holds a cell array", "save a numeric array: cell2mat(x)"),
    ("none", VARIABLE.format("none") + "is empty: 0 values", "write it again with values, or use another array"),
    ("complex", VARIABLE.format("complex") + "holds complex numbers", "save its parts, real(x) and imag(x)"),
    ("sparse", VARIABLE.format("sparse") + "is a sparse matrix", "save full(x)"),
    ("s", "'s' in FILE is a group, not an array", "name one in it: 's/x'"),
    ("z", "variable 'z' of FILE: trial 1, step 2, unit 2: inf is not a finite number",
     "a value that is missing is NaN; correct others")], userblock_size=512)
