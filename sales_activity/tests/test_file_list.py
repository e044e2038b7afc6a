"""Names of receipts and of what proves a milestone: shown to whoever may read the claim or the project, nobody else."""

from __future__ import annotations

import frappe
from frappe.client import get_list
from frappe.desk import reportview
from frappe.desk.search import search_link
from frappe.model.document import Document

from sales_activity import compat
from sales_activity.api.frappe_methods import get_count
from sales_activity.tests import expense_house as house
from sales_activity.tests import factories
from sales_activity.tests.base import TestCase
from sales_activity.tests.expense_house import ANIL, ESHA, HOTEL, MAX, NILS, NORA, OLGA, RAVI, VERA, acting

SECRET = "secret-hotel.txt"
CLAIM, LINE = "Sales Expense Claim", "Sales Expense Line"


class TestFileList(TestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		house.build()
		url = house.receipt("a room with a view", name=SECRET)
		cls.claim = house.sent(house.line(50, HOTEL, receipt=url))
		cls.receipts = {
			row.name: row.attached_to_doctype
			for row in frappe.get_all("File", {"file_url": url}, ["name", "attached_to_doctype"])
		}

	def seen(self, user: str, **filters: object) -> set[str]:
		"""The receipt's records that a user's list of files shows."""
		with acting(user):
			return set(frappe.get_list("File", filters, pluck="name", limit=0)) & set(self.receipts)

	def attached(self, doctype: str) -> set[str]:
		return {name for name, attached_to in self.receipts.items() if attached_to == doctype}

	def test_receipt_is_private_and_attached_to_claim_and_line(self) -> None:
		self.assertEqual(sorted(self.receipts.values()), [CLAIM, LINE])
		self.assertFalse(frappe.db.count("File", {"name": ("in", list(self.receipts)), "is_private": 0}))

	def test_list_shows_it_to_whoever_may_read_the_claim(self) -> None:
		self.assertEqual(self.seen("Administrator"), set(self.receipts))
		for user in (ESHA, MAX, VERA, OLGA):
			with self.subTest(user):
				self.assertLessEqual(self.attached(CLAIM), self.seen(user))
		for user in (RAVI, NILS, NORA, ANIL):
			with self.subTest(user):
				self.assertEqual(self.seen(user), set())
				self.assertEqual(self.seen(user, file_name=("like", "%secret%")), set())

	def test_accounts_see_it_when_the_claim_was_approved(self) -> None:
		house.act(self.claim.name, "Approve", MAX)
		self.assertLessEqual(self.attached(CLAIM), self.seen(ANIL))
		self.assertEqual(self.seen(NILS), set())

	def test_no_other_way_tells_its_name(self) -> None:
		filters = {"file_name": SECRET}
		for user, count in ((NILS, 0), (RAVI, 0), (MAX, 1), (ESHA, 2)):
			with self.subTest(user), acting(user):
				ways = {
					"client": len(get_list("File", ["file_name"], filters)),
					"list view": len(self._list_view(filters)),
					"count": get_count("File", filters),
					"counted in a list": self._counted(filters),
					"search": self._search(),
				}
				if count:
					self.assertGreaterEqual(min(ways.values()), 1, ways)
				else:
					self.assertEqual(set(ways.values()), {0}, ways)

	def _counted(self, filters: dict) -> int:
		return frappe.get_list("File", filters, [compat.counted("File")], order_by=None)[0].total

	def _search(self) -> int:
		"""Frappe 15 answers in the response first, later versions return it."""
		frappe.local.response = frappe._dict()
		found = search_link("File", SECRET)
		return len(frappe.response.get("results", found) or found or ())

	def _list_view(self, filters: dict) -> list:
		frappe.local.form_dict = frappe._dict(
			doctype="File",
			fields='["`tabFile`.`name`", "`tabFile`.`file_name`"]',
			filters=frappe.as_json([["File", key, "=", value] for key, value in filters.items()]),
			start=0,
			page_length=20,
		)
		return (reportview.get() or {}).get("values", [])

	def test_what_frappe_shows_is_shown_as_before(self) -> None:
		"""Public files, one's own, and those of other DocTypes."""
		party = factories.customer("Files & Co")
		made = {
			"public": self._file("open.txt", is_private=0),
			"of a customer": self._file("offer.txt", attached_to_doctype="Customer", attached_to_name=party),
			"nobody's": self._file("loose.txt"),
		}
		with acting(NILS):
			own = frappe.get_doc(
				{"doctype": "File", "file_name": "own.txt", "content": "own", "is_private": 1}
			)
			made["own"] = own.insert()
			seen = set(frappe.get_list("File", pluck="name", limit=0))
		self.assertEqual({kind for kind, file in made.items() if file.name in seen}, set(made) - {"nobody's"})

	def _file(self, name: str, **values: object) -> Document:
		defaults = {"file_name": name, "content": f"content of {name}", "is_private": 1}
		return factories.make("File", **{**defaults, **values})

	def test_files_of_projects_and_milestones(self) -> None:
		project = factories.sales_project(factories.customer("Files & Co"))
		file = self._file("proof.txt", attached_to_doctype="Sales Project", attached_to_name=project.name)
		for user, shown in ((NILS, False), (OLGA, True)):
			with self.subTest(user), acting(user):
				self.assertEqual(bool(frappe.get_list("File", {"name": file.name})), shown)
