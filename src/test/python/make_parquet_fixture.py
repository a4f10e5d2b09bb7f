"""Writes src/test/resources/corpus/parquet: the same records as JSON lines and as Parquet files of several kinds.

    pip install pyarrow==25.0.1
    python src/test/python/make_parquet_fixture.py src/test/resources/corpus/parquet
"""

import json
import random
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

WORDS = ["the", "cat", "sees", "a", "dog", "Käse", "漢字", "😀", "\"so\"", "a,b", "\t", "house", "river", "."]
SCHEMA = pa.schema([
    ("id", pa.int64()),
    ("text", pa.string()),
    ("sentences", pa.list_(pa.string())),
    ("meta", pa.struct([("body", pa.large_string()), ("lines", pa.list_(pa.string())), ("n", pa.float32())])),
    ("turns", pa.list_(pa.struct([("from", pa.string()), ("value", pa.string()), ("parts", pa.list_(pa.string()))]))),
    pa.field("always", pa.string(), nullable=False),
    ("label", pa.dictionary(pa.int8(), pa.string())),
    ("dotted.name", pa.string()),
    ("picture", pa.binary(4)),
])


def sentence(draw):
    return " ".join(draw.choice(WORDS) for _ in range(draw.randint(1, 6)))


def text(draw):
    return "\n".join(sentence(draw) for _ in range(draw.randint(1, 3)))


def perhaps(draw, value):
    return value if draw.random() < 0.85 else None


def texts(draw):
    return [perhaps(draw, sentence(draw)) for _ in range(draw.randint(0, 3))]


def record(draw, number):
    meta = {"body": perhaps(draw, text(draw)), "lines": perhaps(draw, texts(draw)), "n": 0.5 * number}
    turns = [
        perhaps(draw, {"from": "x", "value": perhaps(draw, text(draw)), "parts": perhaps(draw, texts(draw))})
        for _ in range(draw.randint(0, 3))
    ]
    return {
        "id": number,
        "text": perhaps(draw, text(draw)),
        "sentences": perhaps(draw, texts(draw)),
        "meta": perhaps(draw, meta),
        "turns": perhaps(draw, turns),
        "always": text(draw),
        "label": perhaps(draw, draw.choice(["yes", "no", "maybe not"])),
        "dotted.name": perhaps(draw, text(draw)),
        "picture": b"\xff\xd8\xff\x00",
    }


def main():
    root = Path(sys.argv[1])
    root.mkdir(parents=True, exist_ok=True)
    draw = random.Random(16)
    records = [record(draw, number) for number in range(90)]
    with open(root / "records.jsonl", "w", encoding="utf-8", newline="\n") as file:
        for one in records:
            stored = {name: value for name, value in one.items() if name != "picture"}
            file.write(json.dumps(stored, ensure_ascii=False) + "\n")
    table = pa.Table.from_pylist(records, schema=SCHEMA)
    pq.write_table(table, root / "snappy.parquet", compression="snappy", row_group_size=40)
    pq.write_table(
        table, root / "zstd-v2.parquet", compression="zstd", data_page_version="2.0", data_page_size=400,
        write_batch_size=7, use_dictionary=False, row_group_size=50,
        column_encoding={"text": "DELTA_BYTE_ARRAY", "always": "DELTA_LENGTH_BYTE_ARRAY"})
    pq.write_table(
        table, root / "gzip-small-pages.parquet", compression="gzip", data_page_size=200, write_batch_size=5,
        write_page_checksum=True, use_compliant_nested_type=False, row_group_size=1000)
    pq.write_table(table, root / "plain-v2.parquet", compression="none", data_page_version="2.0", row_group_size=89)
    small = pa.table({"text": ["one", None, "three"]})
    pq.write_table(small, root / "lz4.parquet", compression="lz4")
    pq.write_table(small, root / "checksum.parquet", compression="none", write_page_checksum=True, store_schema=False)
    pq.write_table(small.slice(0, 0), root / "no-rows.parquet")


if __name__ == "__main__":
    main()
