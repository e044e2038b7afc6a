"""Puts what twelve claims meet on their way to the books on a site; or takes it away again.

	expense_course_site.py SITE make FILE     (writes to FILE, as JSON, what was made)
	expense_course_site.py SITE clear

Runs with the bench's Python in `sites/`, and commits. On top of `expense_site.py`: journals are submitted with each
claim, hotels include tax, Esha has an advance, and there is another cost center.
"""

from __future__ import annotations

import expense_site
import frappe
from site_script import run

from sales_activity.tests import expense_books as books
from sales_activity.tests import expense_house as house

ADVANCE = 200
BOOKED = ("journal_per", "journal_as")


def clear() -> None:
	"""Take the claims and the advance away; settings and type are as they were."""
	expense_site.clear()
	settings = frappe.get_meta(books.SETTINGS)
	books.settings(**{field: settings.get_field(field).default for field in BOOKED})
	if frappe.db.exists("Sales Expense Type", house.HOTEL):
		_tax_hotels(None, 0)


def make() -> dict:
	"""Make everything; returns the names of what the test asks about."""
	made = expense_site.make()
	books.settings(journal_per="Claim", journal_as="Submitted")
	_tax_hotels(books.named(books.INPUT_TAX), books.TAX)
	books.advance(house.employee(house.ESHA), ADVANCE)
	return {
		**made,
		"employees": {key: house.employee(made["users"][key]) for key in ("esha", "ravi")},
		"accounts": {
			key: books.named(name) for key, name in (("owed", books.PAYABLE), ("advances", books.ADVANCES))
		},
		"cost_center": books.cost_center("House Trips"),
		"advance": ADVANCE,
	}


def _tax_hotels(account: str | None, rate: float) -> None:
	doc = frappe.get_doc("Sales Expense Type", house.HOTEL)
	for row in doc.accounts:
		if row.company == house.COMPANY:
			row.update({"tax_account": account, "tax_rate": rate})
	doc.save()


if __name__ == "__main__":
	run(clear, make)
