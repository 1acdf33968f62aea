# SPDX-License-Identifier: Apache-2.0
"""What a reader sees in a PDF: its text without white space, and the content of its QR code."""

import html
import io
import re
import shutil
import subprocess

import numpy as np
import pypdf
import zxingcpp
from PIL import Image

DPI = 200


def squeezed(text: str) -> str:
    """Without white space: where a line breaks or how wide a gap is says nothing about the figures."""
    return "".join(text.split())


def text_of(pdf: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    return squeezed("".join(page.extract_text() for page in pages))


def embedded_codes(pdf: bytes) -> list[bytes]:
    """Bytes of the QR codes among the pictures of a PDF, each once (pages share their pictures)."""
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    pictures = {picture.data for page in pages for picture in page.images}
    return [code for picture in pictures for code in decoded(Image.open(io.BytesIO(picture)))]


def printed_codes(pdf: bytes) -> list[bytes]:
    """Bytes of the QR codes on the pages as a printer would set them (needs poppler)."""
    return [code for page in _pages(pdf) for code in decoded(page)]


def printed_positions(pdf: bytes) -> list[list[tuple[float, float]]]:
    """The four corners of each printed code in millimetres, clockwise from the upper left."""
    found = []
    for page in _pages(pdf):
        for code in zxingcpp.read_barcodes(np.array(page), formats=zxingcpp.BarcodeFormat.QRCode):
            where = code.position
            corners = (where.top_left, where.top_right, where.bottom_right, where.bottom_left)
            found.append([(corner.x / DPI * 25.4, corner.y / DPI * 25.4) for corner in corners])
    return found


def right_edges(pdf: bytes, words: list[str]) -> list[float]:
    """Where on the first page each word ends, in points from the left (needs poppler)."""
    command = ["pdftotext", "-bbox", "-l", "1", "-", "-"]
    done = subprocess.run(command, input=pdf, capture_output=True, check=True)
    found = re.findall(r'xMax="([\d.]+)"[^>]*>([^<]*)</word>', done.stdout.decode())
    edges = {html.unescape(word): float(edge) for edge, word in found}
    return [edges[word] for word in words]


def _pages(pdf: bytes) -> list[Image.Image]:
    command = ["pdftoppm", "-r", str(DPI), "-gray", "-"]
    done = subprocess.run(command, input=pdf, capture_output=True, check=True)
    stream, pages = io.BytesIO(done.stdout), []
    while stream.tell() < len(done.stdout):
        pages.append(_portable_greymap(stream))
    return pages


def has_poppler() -> bool:
    return shutil.which("pdftoppm") is not None


def decoded(picture: Image.Image) -> list[bytes]:
    # Readers want the quiet zone that the page leaves around the code.
    grey = np.pad(np.array(picture.convert("L")), 40, constant_values=255)
    return [code.bytes for code in zxingcpp.read_barcodes(grey, formats=zxingcpp.BarcodeFormat.QRCode)]


def _portable_greymap(stream: io.BytesIO) -> Image.Image:
    assert stream.readline().strip() == b"P5"
    width, height = (int(part) for part in stream.readline().split())
    stream.readline()
    return Image.frombytes("L", (width, height), stream.read(width * height))
