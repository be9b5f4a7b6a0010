"""python3 table.py RESULT.csv: what compare.py measured, as the table of docs/performance.md;
python3 table.py RESULT.csv FILE.md: puts it there, between the lines that name RESULT.csv."""
import csv
import pathlib
import sys


def read(path):
    """(comment lines, rows)"""
    lines = path.read_text().splitlines()
    comments = [line[2:] for line in lines if line.startswith("# ")]
    return comments, list(csv.DictReader(line for line in lines if not line.startswith("# ")))


def spread(row):
    """Half of what lies between the fastest and the slowest round, in percent of the median."""
    return 50 * (float(row["most_ms"]) - float(row["least_ms"])) / float(row["median_ms"])


def table(comments, rows):
    yield from comments
    yield ""
    yield "| case | contender | ms | ± % | ns per synapse-step | times carve's |"
    yield "| --- | --- | ---: | ---: | ---: | ---: |"
    case = None
    for row in rows:
        name, case = "" if row["case"] == case else row["case"], row["case"]
        yield (f"| {name} | {row['contender']} | {row['median_ms']} | {spread(row):.0f} | "
               f"{row['ns_per_synapse_step']} | {row['times_carve']} |")


def main():
    result = pathlib.Path(sys.argv[1])
    text = "\n".join(table(*read(result)))
    if len(sys.argv) < 3:
        print(text)
        return
    document = pathlib.Path(sys.argv[2])
    begin, end = f"<!-- begin {result.name} -->\n", f"<!-- end {result.name} -->\n"
    old = document.read_text()
    if begin not in old or end not in old:
        sys.exit(f"{document} has no lines {begin.strip()} and {end.strip()}")
    before, after = old.split(begin)[0], old.split(end)[1]
    document.write_text(before + begin + "\n" + text + "\n\n" + end + after)


if __name__ == "__main__":
    main()
