#!/usr/bin/env python3
"""The table of arrays (lib/block/arrays.cpp) as the table of docs/memory.md: compares the two, or
with --write puts the former into the latter.

    tests/memory_table.py [--write]
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "memory.md"
BEGIN, END = "<!-- of lib/block/arrays.cpp: tests/memory_table.py --write -->\n", "<!-- end -->\n"
ROW = re.compile(r"\{CARVE_ROW\((\w+), ([\w\[\]]+)\),\s*E::(\w+),\s*\{(.*?)\},\s*(.*)\},$")
FACTS = {
    "kRates": "rates", "kSpiking": "spikes", "kForward": "forward gradient", "kAdjoint": "adjoint",
    "kMoments": "moment form", "kOnline": "one sample a step", "kAfferentLanes": "afferents as lanes", "kTargetLanes": "targets as lanes",
    "kShared": "shared", "kPlastic": "plastic", "kTuning": "probe of what it transmits",
    "kFromPoisson": "from poisson units", "kGaussian": "gaussian", "kPoisson": "poisson",
    "kNeurons": "neurons", "kStreamed": "streamed", "kBuffered": "rates copied into the sim",
    "kTwoBuffers": "the last step's too", "kSensitive": "depends on θ, forward gradient",
    "kDepends": "depends on θ", "kRedrawn": "drawn again by the adjoint", "kLeader": "signals of its own",
    "kScored": "probe of its rate", "kListened": "projects", "kSparse": "sparse",
    "kDelayed": "delayed", "kLeaky": "`tau` above 1", "kRecorded": "probe of its trajectory", "kBounded": "bounded", "kGeneralRule": "a general rule, or several", "kFurtherUse": "further rule",
    "kPreMeans": "rule reads the mean of x", "kPostMeans": "rule reads the mean of y or y²",
    "kEligibility": "eligibility", "kWeightSums": "rule at spikes reads the sum of weights", "kChoices": "probe of choices", "kUnitSums": "sums by unit", "kFreeWeights": "free initial weights onto it", "kModulated": "modulator or gate", "kSpikingModulator": "modulator that spikes", "kBaseline": "baseline",
    "kSensitiveModulator": "modulator depends on θ, forward gradient",
}
DIMS = {"two": "2", "trace": "2"}
LEGEND = {  # every other dimension, and how long it is
    "block": "lane blocks", "lane": "`lane_bytes` / bytes of a number; with afferents or targets as lanes 16 units or synapses of one replica, or 1 for what no unit has",
    "sample": "`batch`", "unit": "units of the population",
    "row": "rows of its units (a unit, or 16 with afferents or targets as lanes)", "group": "groups of a poisson population",
    "receptor": "receptors", "state": "what the neurons remember beside V and conductances (if 1, cvaif 5)",
    "score": "2: the window's loss in two parts",
    "history_step": "longest delay + 1; of poisson units longest delay + 512, of rates + 2",
    "trajectory_row": "2, with sensitivities and K + K (K + 1) / 2 for K coefficients, columns of free initial weights among them; with CARVE_SUMS_OF_UNITS 6, with sensitivities and 3 K + K (K + 1) / 2", "elimination": "trajectory_row, and K", "observation": "16", "observed_row": "2 + K",
    "word": "units / 64, rounded up", "post": "postsynaptic units", "pre": "presynaptic units",
    "pre_row": "their rows", "synapse": "synapses", "synapse_row": "synapses / 16, rounded up, and 1", "row_bound": "post + 1", "column_bound": "pre + 1",
    "term": "coefficients of the rule", "listed_term": "terms of a general polynomial",  "coefficient": "coefficients of all rules together",
    "checkpoint": "⌈`max_steps` / √⌉ + 1, √ = ⌈√`max_steps`⌉", "segment_step": "√",
    "lane_group": "8 registers of lanes", "spike_step": "512", "event_sum": "4", "segment_trace": "2 + 64 post",
    "pending_step": "64", "rule": "rules", "projection": "projections", "dense_term": "64",
    "use": "uses of rules by projections, a projection without any counting as one", "baseline_step": "1, or the `window` of CARVE_BASELINE_WINDOW", "general_row": "hidden units, or groups of terms with the same powers of x, its mean and w, at most 64; with a gradient these for each other factor, the terms, and 2 K, or 3 K of the first of several rules", "modulation_row": "131, under a general rule 3, without a modulator 2; at spikes 77, without a modulator 29, where the rule reads the sum of weights 221 and 77",
    "power": "3 if a rule that is not general has a third factor, else 1",
    "moment": "numbers of the moment form (below)", "gaussian_unit": "units of the largest gaussian population",
    "explained_unit": "units of the largest population that residuals are of",
    "lateral_unit": "units of the largest population that is solved by sweeps",
    "lateral_number": "2, with sensitivities and 2 for each coefficient",
    "solved_unit": "units of the largest population that is solved for",
    "afferent": "units of the largest presynaptic population",
    "drive_part": "1, with sensitivities and 1 for each coefficient", "tile_row": "20", "tile": "16",
    "chunk_sample": "64", "spike": "4096, or the number of poisson units if that is more",
    "spike_bound": "513", "spike_row": "39", "spike_theta": "24",
}
ELEMENTS = {"lanes": "real", "replicas": "real", "f64": "double", "u64": "uint64", "u32": "uint32", "u16": "16 uint16",
            "column_entry": "8 bytes", "source": "48 bytes", "term_row": "4 bytes", "raw_spike": "12 bytes", "spike": "8 bytes"}


def facts(text):
    names = [name.strip() for name in text.split("|")]
    unknown = [name for name in names if name not in FACTS and name not in ("kAlways", "0")]
    if unknown:
        sys.exit(f"tests/memory_table.py: no words for {', '.join(unknown)}")
    return [FACTS[name] for name in names if name in FACTS]


def row(owner, member, element, dims, rest):
    rest = [cell.strip() for cell in rest.split(",")]
    needs, excludes = facts(rest[0]), facts(rest[1]) if len(rest) > 1 else []
    view = rest[2].replace("CARVE_VIEW_", "") if len(rest) > 2 and rest[2] != "kNoView" else ""
    reset = rest[3].replace("Reset::", "").replace("_", " ") if len(rest) > 3 else ""
    part = rest[4].replace("CARVE_PART_", "").lower() if len(rest) > 4 and rest[4] != "kNoPart" else ""
    shape = "".join(f"[{DIMS.get(dim, dim)}]" for dim in dims.replace("D::", "").split(", "))
    shape += "[lane]" if element in ("lanes", "replicas") else ""
    where = ", ".join(needs + ["not " + fact for fact in excludes])
    cells = [owner, member, ELEMENTS.get(element, element), shape, where, view,
             "" if reset == "none" else reset, part]
    return "| " + " | ".join(cells) + " |\n"


def legend(rows):
    used = re.findall(r"D::(\w+)", " ".join(match.group(4) for match in rows))
    used = [dim for dim in dict.fromkeys(used) if dim not in DIMS]
    unknown = [dim for dim in used if dim not in LEGEND] + [dim for dim in LEGEND if dim not in used]
    if unknown:
        sys.exit(f"tests/memory_table.py: the legend of dimensions is wrong about {', '.join(unknown)}")
    return "\n| dimension | how long |\n| --- | --- |\n" + "".join(
        f"| {dim} | {LEGEND[dim]} |\n" for dim in used)


def table():
    lines = (ROOT / "lib" / "block" / "arrays.cpp").read_text(encoding="utf-8").splitlines()
    rows = [ROW.match(line.strip()) for line in lines if "{CARVE_ROW(" in line]
    if not rows or None in rows:
        sys.exit("tests/memory_table.py: a row of lib/block/arrays.cpp is not as expected")
    head = ("| of | array | element | shape | where | view | reset | part |\n"
            "| --- | --- | --- | --- | --- | --- | --- | --- |\n")
    return head + "".join(row(*match.groups()) for match in rows) + legend(rows)


def main():
    text = DOCUMENT.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    new = before + BEGIN + table() + END + after
    if "--write" in sys.argv[1:]:
        DOCUMENT.write_text(new, encoding="utf-8")
    elif new != text:
        sys.exit("docs/memory.md does not have the arrays of lib/block/arrays.cpp: "
                 "tests/memory_table.py --write")


if __name__ == "__main__":
    main()
