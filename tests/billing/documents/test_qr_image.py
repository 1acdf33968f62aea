# SPDX-License-Identifier: Apache-2.0
import io

import numpy as np
import zxingcpp
from PIL import Image

from billing.documents.qr_image import MODULE_PIXELS, qr_modules, qr_png
from tests.billing.documents.reading import decoded

TEXT = "SPC\nZürich, Müller, ș, €\n" + "0123456789 " * 40


def test_the_code_holds_the_text_as_utf_8() -> None:
    assert decoded(Image.open(io.BytesIO(qr_png(TEXT)))) == [TEXT.encode()]


def test_an_encoder_left_to_itself_would_break_the_umlauts() -> None:
    """The known-bad twin: given text instead of bytes, the library silently writes Latin-1."""
    code = zxingcpp.create_barcode("Zürich", zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    picture = Image.fromarray(np.array(code.to_image(scale=4, add_quiet_zones=False)))
    assert decoded(picture) == ["Zürich".encode("latin-1")]


def test_no_header_announces_the_encoding() -> None:
    """Scanners stumble over an ECI header (symbology ]Q2); without one the code says ]Q1."""
    modules = np.pad(np.kron(qr_modules(TEXT), np.ones((4, 4), dtype=np.uint8)), 40, constant_values=255)
    (code,) = zxingcpp.read_barcodes(modules)
    assert code.symbology_identifier == "]Q1"
    assert code.ec_level == "M"


def test_the_picture_has_one_bit_per_pixel_and_the_cross_in_its_middle() -> None:
    picture = Image.open(io.BytesIO(qr_png(TEXT)))
    assert picture.mode == "1"
    assert picture.size == (qr_modules(TEXT).shape[0] * MODULE_PIXELS,) * 2
    pixels = np.array(picture)
    middle, side = pixels.shape[0] // 2, pixels.shape[0] * 7 / 46
    assert pixels[middle, middle], "the cross is white"
    assert not pixels[middle - round(side * 0.36), middle - round(side * 0.36)], "its square is black"
    assert pixels[middle - round(side * 0.47), middle - round(side * 0.47)], "and has a white border"


def test_the_same_text_gives_the_same_bytes() -> None:
    assert qr_png(TEXT) == qr_png(TEXT)
