"""The collective report of a forwarding as a PDF, as Frappe makes it: its pages, its totals, its index of receipts."""

from __future__ import annotations

import io
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from expense_people import Site
from outside import explain, run_script
from pypdf import PdfReader

pytestmark = pytest.mark.skipif(
	shutil.which("wkhtmltopdf") is None, reason="needs wkhtmltopdf: apt install wkhtmltopdf"
)

FORWARDING, FORMAT = "Expense Forwarding", "Expense Forwarding Report"
PDF = "api/method/frappe.utils.print_format.download_pdf"
REFUSED = (401, 403, 404)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
	if "SA_URL" not in os.environ:
		pytest.skip("needs a served site: run `make test`, which sets SA_URL")
	with run_script(Path(__file__).parent / "expense_site.py") as made:
		yield Site(made)


@pytest.fixture(scope="module")
def claims(site: Site) -> dict[str, str]:
	"""Whose claims were forwarded, and by which `forwarding`."""
	lines = (
		{"amount": 100.4, "sales_project": site.made["project"]},
		{"amount": 50.25, "expense_type": site.made["hotel"], "receipt": site.uploaded("esha", "room.txt")},
	)
	found = {"esha": site.approved("esha", *lines), "ravi": site.approved("ravi", 30.05)}
	return {**found, "forwarding": site.forward()}


@pytest.fixture(scope="module")
def pages(site: Site, claims: dict[str, str]) -> list[str]:
	"""The text of each page, with single spaces."""
	answer = site.client("anil").get(PDF, doctype=FORWARDING, name=claims["forwarding"], format=FORMAT)
	assert answer.ok, explain(answer)
	assert answer.headers["Content-Type"] == "application/pdf"
	return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(answer.content)).pages]


def test_a_page_for_each(pages: list[str]) -> None:
	"""The sums, every employee, the receipts: each begins on a page of its own."""
	begins = ["Expenses forwarded to Accounts", "Esha", "Ravi", "Index of receipts"]
	assert [page[: len(begin)] for page, begin in zip(pages, begins, strict=True)] == begins


def test_its_totals_are_the_claims(site: Site, claims: dict[str, str], pages: list[str]) -> None:
	cover, esha, ravi, _receipts = pages
	made = [site.claim(claims[user])["total_manager"] for user in ("esha", "ravi")]
	total = round(sum(made), 2)
	assert total == 180.7
	by_type, by_center, by_project = re.split("By Expense Type|By Cost Center|By Sales Project", cover)[1:]
	for table in (by_type, by_center, by_project):
		*amounts, whole = numbers(table)
		assert whole == total and round(sum(amounts), 2) == total, table
	assert numbers(by_type) == [130.45, 50.25, total]
	assert site.made["project"] in by_project and numbers(by_project) == [100.4, 80.3, total]
	assert [numbers(page)[-1] for page in (esha, ravi)] == made


def test_its_index_of_receipts(claims: dict[str, str], pages: list[str]) -> None:
	(row,) = re.findall(r"1 Esha (\S+) .*? ([\w-]+\.txt) \S* ?50\.25", pages[-1])
	assert row[0] == claims["esha"] and row[1].startswith("room")


def test_only_for_those_who_may(site: Site, claims: dict[str, str]) -> None:
	for user in ("esha", "max"):
		answer = site.client(user).get(PDF, doctype=FORWARDING, name=claims["forwarding"], format=FORMAT)
		assert answer.status_code in REFUSED, (user, explain(answer))


def numbers(text: str) -> list[float]:
	"""The amounts in a text."""
	return [float(found.replace(",", "")) for found in re.findall(r"\d[\d,]*\.\d\d\b", text)]
