"""Receipts of the demo: small real files, a picture, a page or a text, made of what is written on them. No site."""

from __future__ import annotations

import io
import zlib

from PIL import Image, ImageDraw

KINDS = ("png", "pdf", "txt")


def receipt(text: str) -> tuple[str, bytes]:
	"""Name and content of a file that says so; which kind of file follows from the text, always the same."""
	kind = KINDS[zlib.crc32(text.encode()) % len(KINDS)]
	make = {"png": _picture, "pdf": _page, "txt": str.encode}[kind]
	return f"Receipt {text.splitlines()[0]}.{kind}", make(text)


def _picture(text: str) -> bytes:
	image = Image.new("L", (420, 140), 245)
	ImageDraw.Draw(image).multiline_text((16, 16), text, fill=20, spacing=12)
	held = io.BytesIO()
	image.save(held, "PNG", optimize=True)
	return held.getvalue()


def _page(text: str) -> bytes:
	"""A PDF of one page."""
	lines = [line.translate({40: r"\(", 41: r"\)", 92: r"\\"}) for line in text.splitlines()]
	shown = " T* ".join(f"({line}) Tj" for line in lines).encode("latin-1", "replace")
	drawn = b"BT /F1 12 Tf 18 TL 24 150 Td " + shown + b" ET"
	objects = (
		b"<< /Type /Catalog /Pages 2 0 R >>",
		b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 420 190] /Contents 4 0 R"
		b" /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
		b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn),
	)
	page, places = b"%PDF-1.4\n", []
	for number, body in enumerate(objects, start=1):
		places.append(len(page))
		page += b"%d 0 obj\n%s\nendobj\n" % (number, body)
	table = b"".join(b"%010d 00000 n \n" % place for place in places)
	size = len(objects) + 1
	tail = b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
	return page + tail % (size, table, size, len(page))
