"""Puts claims in every state that matters on a site, for the test of expense claims over HTTP; or takes them away again.

	expense_claims_site.py SITE make FILE     (writes to FILE, as JSON, what was made)
	expense_claims_site.py SITE clear

Runs with the bench's Python in `sites/`, and commits. On top of `expense_site.py` there are Sam, who manages the system,
and Ivy, who has nothing to do with expenses. Esha's claims are called by their states; another one is Nils'.
"""

from __future__ import annotations

import expense_site
import frappe
from frappe.utils.password import update_password
from outside_site import PASSWORD
from site_script import run

from sales_activity.sales_activity.expenses import forwarding
from sales_activity.tests import expense_books as books
from sales_activity.tests import expense_house as house
from sales_activity.tests import factories

OTHERS = {"sam": ("System Manager",), "ivy": ("Inbox User",)}
ADVANCE = 30


def make() -> dict:
	"""Make everything; returns the names of what the test asks about."""
	made = expense_site.make()
	for key, roles in OTHERS.items():
		user = factories.user(f"claim.{key}@example.com", *roles)
		frappe.db.set_value("User", user, "simultaneous_sessions", 50)
		update_password(user, PASSWORD)
		made["users"][key] = user
	books.advance(house.employee(house.ESHA), ADVANCE)
	return {**made, **_claims()}


def _claims() -> dict:
	locked, cancelled, waiting = (_approved(key) for key in ("locked", "cancelled", "waiting"))
	with house.acting(house.ANIL):
		forwarded = forwarding.forward(house.COMPANY)
	for name in (locked, cancelled):
		house.act(name, "Lock", house.ANIL)
	house.act(cancelled, "Cancel", house.ANITA)
	claims = {"locked": locked, "cancelled": cancelled, "waiting": waiting, "approved": _approved("approved")}
	claims["pending"] = house.sent(_line("pending"), title="Esha pending").name
	claims["draft"] = house.claim(_line("draft"), title="Esha draft").name
	claims["other"] = house.sent(_line("other"), user=house.NILS, title="Nils other").name
	return {"claims": claims, "forwarding": forwarded.name}


def _approved(key: str) -> str:
	"""A claim of Esha's with a receipt, as Max approved it."""
	receipt = house.receipt(f"The bill of {key}", name=f"bill-{key}.txt")
	lines = (_line(key, expense_type=house.HOTEL, receipt=receipt), house.line(50, days_ago=2))
	claim = house.sent(*lines, title=f"Esha {key}")
	return house.act(claim.name, "Approve", house.MAX).name


def _line(key: str, **values: object) -> dict:
	return house.line(100, description=f"Spent {key}", **values)


if __name__ == "__main__":
	run(expense_site.clear, make)
