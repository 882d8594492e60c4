"""Peak memory and time of reading a large source, by format, as the job `read_corpus` does.

    python benchmarks/corpora.py                          # 1 GB of made-up texts in each format
    python benchmarks/corpora.py --megabytes 100 --only csv parquet

The source lies in a temporary folder, 1 GB for each format, and goes when the script ends. Each reading is a
process of its own; its peak is the resident memory that the system counts for it, and what it has grown that
without the libraries.
"""

import argparse
import itertools
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]
sys.path[:0] = [str(CHECKOUT / "scripts")]

FORMATS = ("csv", "tsv", "jsonl", "parquet", "dataset")
BATCH = 2000


def batches(megabytes: float) -> Iterator[dict[str, list]]:
    """Rows of made-up texts of 20 to 400 words, whose frequencies fall as those of words do, a title, and a label."""
    draw = random.Random(0)
    words = ["".join(draw.choices("etaoinshrdlu", k=draw.randint(2, 10))) for _ in range(20_000)]
    weights = list(itertools.accumulate(1 / rank for rank in range(1, len(words) + 1)))
    # Drawing words is slow; texts are cut out of one long run of them.
    run = draw.choices(words, cum_weights=weights, k=400_000)
    size, row = 0, 0
    while size < megabytes * 1e6:
        starts = [(draw.randrange(len(run) - 400), draw.randint(20, 400)) for _ in range(BATCH)]
        texts = [" ".join(run[start : start + length]) for start, length in starts]
        size += sum(map(len, texts))
        yield {
            "text": texts,
            "label": [number % 2 for number in range(row, row + BATCH)],
            "title": [f"document {number}" for number in range(row, row + BATCH)],
        }
        row += BATCH


def rows(megabytes: float) -> Iterator[dict]:
    """The same, row by row."""
    for batch in batches(megabytes):
        yield from (dict(zip(batch, row, strict=True)) for row in zip(*batch.values(), strict=True))


def write(path: Path, megabytes: float) -> None:
    """A source of so many MB of text, in the format of its ending; without one, a dataset with a ClassLabel."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    tables = (pa.table(batch) for batch in batches(megabytes))
    if path.suffix == ".parquet":
        # One row group: the worst case.
        with pq.ParquetWriter(path, next(tables).schema) as file:
            file.write_table(pa.concat_tables(pa.table(batch) for batch in batches(megabytes)), row_group_size=10**9)
    elif not path.suffix:
        import datasets

        features = {"text": datasets.Value("string"), "label": datasets.ClassLabel(names=["a", "b"])}
        features = datasets.Features(features | {"title": datasets.Value("string")})
        kept = {"features": features, "cache_dir": str(path.with_name("cache"))}
        datasets.Dataset.from_generator(rows, gen_kwargs={"megabytes": megabytes}, **kept).save_to_disk(path)
    else:
        for number, table in enumerate(tables):
            frame = table.to_pandas()
            if path.suffix == ".jsonl":
                frame.to_json(path, orient="records", lines=True, mode="a")
            else:
                separator = {".csv": ",", ".tsv": "\t"}[path.suffix]
                frame.to_csv(path, index=False, sep=separator, header=not number, mode="a")


def read(path: Path, folder: Path) -> dict[str, float]:
    """Read a source as the job does; what it took."""
    from read_corpus import read_corpus

    definition = {
        "path": str(path),
        "label": {"label": "label"},
        "duplicates": "drop",
    }
    before, began = peak(), time.process_time()
    read_corpus(str(folder / "texts.parquet"), str(folder / "rows.parquet"), name="made-up", definition=definition)
    return {"seconds": time.process_time() - began, "before": before, "peak": peak()}


def peak() -> float:
    """The most resident memory that this process has had, in MB."""
    # Not getrusage: its figure begins with that of the process which started this one.
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024 / 1e6


def main() -> None:
    """Write a source in each format, read it, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=float, default=1000)
    parser.add_argument("--only", nargs="+", choices=FORMATS, default=FORMATS)
    parser.add_argument("--read", nargs=2, type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.read:
        print(json.dumps(read(*given.read)))
        return
    print(f"{'format':10}{'source MB':>10}{'peak MB':>9}{'grown / source':>15}{'CPU s':>7}")
    for kind in given.only:
        with tempfile.TemporaryDirectory() as place:
            path = Path(place) / ("source" if kind == "dataset" else f"source.{kind}")
            write(path, given.megabytes)
            files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
            size = sum(file.stat().st_size for file in files) / 1e6
            command = [sys.executable, __file__, "--read", str(path), place]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            told = json.loads(done.stdout.splitlines()[-1])
            grown = (told["peak"] - told["before"]) / size
            print(f"{kind:10}{size:10,.0f}{told['peak']:9,.0f}{grown:15.2f}{told['seconds']:7.0f}", flush=True)


if __name__ == "__main__":
    main()
