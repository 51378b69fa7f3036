#!/usr/bin/env python3
"""Compares the program's readers with what people would convert documents with, in one run.

    python3 -m venv peers && peers/bin/pip install trafilatura readability-lxml lxml_html_clean markdownify \\
        pdfplumber pymupdf pymupdf4llm mammoth python-docx      # and pdftotext, from poppler
    peers/bin/python evaluation/reading/peers.py

A peer turns a document into Markdown or text; that is then read by this program as Markdown or text, and its units are
held against those that people wrote by hand. So the peers get this program's way of cutting a text into units. Time is
that of the conversion alone, in the peer's process, the best of three; this program's time is a whole process.
"""

import argparse
import collections
import pathlib
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import run


def trafilatura_md(path):
    import trafilatura
    return trafilatura.extract(path.read_bytes(), output_format="markdown", include_tables=True, include_comments=False) or ""


def readability_md(path):
    import markdownify
    import readability
    return markdownify.markdownify(readability.Document(path.read_bytes()).summary(), heading_style="ATX")


def markdownify_md(path):
    import lxml.html
    import markdownify
    page = lxml.html.fromstring(path.read_bytes())
    return markdownify.markdownify(lxml.html.tostring(page, encoding="unicode"), heading_style="ATX")


def pdftotext(path):
    return subprocess.run(["pdftotext", path, "-"], capture_output=True, text=True, check=True).stdout


def pdfplumber_text(path):
    import pdfplumber
    with pdfplumber.open(path) as pdf:
        return "\n\n".join(page.extract_text() or "" for page in pdf.pages)


def pymupdf_text(path):
    import pymupdf
    with pymupdf.open(path) as pdf:
        return "\n\n".join(page.get_text(sort=True) for page in pdf)


def pymupdf4llm_md(path):
    import pymupdf4llm
    return pymupdf4llm.to_markdown(str(path))


def mammoth_md(path):
    import mammoth
    import markdownify
    with path.open("rb") as file:
        return markdownify.markdownify(mammoth.convert_to_html(file).value, heading_style="ATX")


def python_docx_text(path):
    import docx
    parts = []
    for item in docx.Document(str(path)).iter_inner_content():
        rows = [[cell.text for cell in row.cells] for row in item.rows] if hasattr(item, "rows") else [[item.text]]
        parts += [" | ".join(row) for row in rows]
    return "\n\n".join(parts)


PEERS = {
    "html": {"trafilatura": (trafilatura_md, "md"), "readability + markdownify": (readability_md, "md"), "markdownify": (markdownify_md, "md")},
    "pdf": {"pdftotext": (pdftotext, "txt"), "pdfplumber": (pdfplumber_text, "txt"), "pymupdf": (pymupdf_text, "txt"), "pymupdf4llm": (pymupdf4llm_md, "md")},
    "docx": {"mammoth + markdownify": (mammoth_md, "md"), "python-docx": (python_docx_text, "txt")},
}


def best_of_three(convert, path):
    times = []
    for _ in range(3):
        start = time.perf_counter()
        found = convert(path)
        times.append(time.perf_counter() - start)
    return found, min(times)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=run.ROOT / "target/release/verbatim", type=pathlib.Path)
    parser.add_argument("folders", nargs="*", type=pathlib.Path, default=run.FOLDERS)
    chosen = parser.parse_args()
    totals = collections.defaultdict(collections.Counter)
    with tempfile.TemporaryDirectory() as folder:
        for units_file, path in run.documents(chosen.folders):
            expected = run.load(units_file)
            ways = {"verbatim": (None, None), **PEERS.get(path.suffix[1:], {})}
            for name, (convert, ending) in ways.items():
                total = totals[path.suffix[1:], name]
                if convert is None:
                    found, seconds = best_of_three(lambda path: run.read(chosen.binary, path), path)
                else:
                    try:
                        text, seconds = best_of_three(convert, path)
                    except Exception as error:  # a peer that cannot read a file has found nothing in it
                        print(f"{name} on {path.name}: {error}", file=sys.stderr)
                        text, seconds = "", 0.0
                    copy = pathlib.Path(folder) / f"copy.{ending}"
                    copy.write_text(text, encoding="utf-8")
                    found = run.read(chosen.binary, copy)
                result = run.measure(expected, found)
                total.update({what: value if isinstance(value, int) else len(value) for what, value in result.items()})
                total["files"] += 1
                total["microseconds"] += int(seconds * 1e6)
    print(f"{'':<32}{'F1':>7}{'text F1':>9}{'joins':>7}{'lost':>6}{'ms a file':>11}")
    for (form, name), total in sorted(totals.items()):
        scores = [run.f1(total[what], total["got"], total["wanted"]) for what in ("right", "right text")]
        milliseconds = total["microseconds"] / 1000 / total["files"]
        print(f"{form + ' ' + name:<32}{scores[0]:7.3f}{scores[1]:9.3f}{total['joins']:7}{total['lost']:6}{milliseconds:11.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
