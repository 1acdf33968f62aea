# SPDX-License-Identifier: Apache-2.0
"""The Swiss QR code as a one-bit PNG: error level M, the Swiss cross in the middle.

A picture of one bit per pixel costs the PDF engine a tenth of the same code drawn as
paths.  Printed size is 46 × 46 mm, the cross covers 7 × 7 mm of it (style guide QR-bill).
"""

from io import BytesIO

import numpy as np
import zxingcpp
from numpy.typing import NDArray
from PIL import Image

SIDE_MM = 46
CROSS_MM = 7
MODULE_PIXELS = 4
# Of the 7 mm: the black square, and length and width of the cross's white arms (SIX artwork, 19.8 units).
_SQUARE, _ARM_LENGTH, _ARM_WIDTH = 6.0 / 7, 11 / 19.8, 3.3 / 19.8
_WHITE = 255


def qr_png(text: str) -> bytes:
    """The PNG of the code for `text`, without quiet zone (the layout leaves the 5 mm)."""
    modules = qr_modules(text)
    pixels = np.kron(modules, np.ones((MODULE_PIXELS, MODULE_PIXELS), dtype=np.uint8))
    _draw_cross(pixels)
    buffer = BytesIO()
    Image.fromarray(pixels).convert("1", dither=Image.Dither.NONE).save(buffer, "PNG", optimize=False)
    return buffer.getvalue()


def qr_modules(text: str) -> NDArray[np.uint8]:
    """
    The square of modules, 0 black and 255 white.

    UTF-8 bytes without an ECI header: scanners at post offices stumble over the header,
    and given a text the encoder would silently choose Latin-1, which the guidelines forbid.
    """
    code = zxingcpp.create_barcode(text.encode(), zxingcpp.BarcodeFormat.QRCode, ec_level="M", eci=-1)
    return np.array(code.to_image(scale=1, add_quiet_zones=False), dtype=np.uint8)


def _draw_cross(pixels: NDArray[np.uint8]) -> None:
    side = pixels.shape[0] * CROSS_MM / SIDE_MM
    _fill(pixels, side, side, _WHITE)
    _fill(pixels, side * _SQUARE, side * _SQUARE, 0)
    _fill(pixels, side * _ARM_LENGTH, side * _ARM_WIDTH, _WHITE)
    _fill(pixels, side * _ARM_WIDTH, side * _ARM_LENGTH, _WHITE)


def _fill(pixels: NDArray[np.uint8], width: float, height: float, shade: int) -> None:
    middle = pixels.shape[0] / 2
    rows = slice(round(middle - height / 2), round(middle + height / 2))
    columns = slice(round(middle - width / 2), round(middle + width / 2))
    pixels[rows, columns] = shade
