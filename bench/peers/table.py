"""python3 table.py RESULT.csv: what compare.py or optimizer.py measured, as a table."""
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


if __name__ == "__main__":
    print("\n".join(table(*read(pathlib.Path(sys.argv[1])))))
