"""Makes src/test/resources/finetune/tables.jsonl: tables in CSV and TSV, and how Python's csv module reads them.

    python src/test/python/make_csv_fixture.py > src/test/resources/finetune/tables.jsonl

A line is a table of the columns x and y: its text, its separator, and either its rows, each with the line in which it begins, or
the line of the first row that is wrong. Python reads in its strict mode, in which text after a closing quote and a quote that is
never closed are errors. A line of blanks, quoted or not, is skipped.
"""

import csv
import io
import json
import random

RANDOM = random.Random(20261128)
PIECES = ["a", "é", "漢", "😀", '"', '""', ",", "\t", "\n", "\r\n", "\r", " ", "'", "\\", ";", "#", "\u2028", "\u0085", "\u00a0", "\u000b"]
RAW_PIECES = ["a", "b", '"', '"', ",", ",", "\n", "\r\n", "\r"]
BREAKS = ["\n", "\r\n", "\r"]


def field():
    return "".join(RANDOM.choice(PIECES) for _ in range(RANDOM.randrange(6)))


def written(separator):
    """A table as csv.writer writes it."""
    out = io.StringIO(newline="")
    quoting = RANDOM.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])
    writer = csv.writer(out, delimiter=separator, lineterminator=RANDOM.choice(BREAKS), quoting=quoting)
    writer.writerow(["x", "y"])
    for _ in range(RANDOM.randrange(1, 6)):
        writer.writerow([field(), field()])
    return out.getvalue()


def raw(separator):
    """A table with characters in any order."""
    body = "".join(RANDOM.choice(RAW_PIECES) for _ in range(RANDOM.randrange(1, 14)))
    return ("x,y" + RANDOM.choice(BREAKS) + body).replace(",", separator)


def lines_of(text):
    """The lines of a text, each with its end. Only \\n, \\r\\n and \\r end one."""
    return list(io.StringIO(text, newline=""))


def read(text, separator):
    reader = csv.reader(iter(lines_of(text)), delimiter=separator, strict=True)
    rows = []
    begin = 1
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return {"rows": rows[1:]}
        except csv.Error:
            return {"wrong": begin}
        if len(row) > 1 or "".join(row).strip(" "):
            if len(row) != 2:
                return {"wrong": begin}
            rows.append([begin, *row])
        begin = reader.line_num + 1


for i in range(400):
    separator = RANDOM.choice(",\t")
    text = written(separator) if i % 2 == 0 else raw(separator)
    print(json.dumps({"text": text, "separator": separator, **read(text, separator)}))
