"""Sales Targets: bad input gets a clear message and changes nothing; large imports."""

from __future__ import annotations

import frappe
from frappe.model.document import Document
from frappe.utils import getdate

from sales_activity.sales_activity.doctype.sales_target.sales_target import (
	TargetOverlapError,
	TargetPeriodError,
	TargetValueError,
)
from sales_activity.sales_activity.masters import DisabledMasterError
from sales_activity.tests import factories
from sales_activity.tests.base import TestCase

ASHA, RAVI = "Target Asha", "Target Ravi"
SELLER, DESIGNER = "Sales Person", "Design Consultant"
GROUP, SUBGROUP = "Target Group", "Target Subgroup"
OTHER = "Solution House Targets"
MANY = 10_000


class TargetCase(TestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		for name in (ASHA, RAVI):
			factories.sales_person(name)
		factories.item_group(GROUP, is_group=True)
		factories.item_group(SUBGROUP, GROUP)
		factories.company(OTHER, "SHTG", "INR")

	def target(self, rows: list[tuple] | None = None, approve: bool = False, **values: object) -> Document:
		return factories.sales_target(rows or [(ASHA, SELLER, GROUP, 100)], approve=approve, **values)

	def refused(
		self, error: type[Exception], *fragments: str, rows: list[tuple] | None = None, **values: object
	):
		"""Making the target raises the error with these words, and leaves nothing behind."""
		before = frappe.db.count("Sales Target"), frappe.db.count("Sales Target Detail")
		frappe.db.savepoint("target_refused")
		with self.assertRaises(error) as caught:
			self.target(rows, **values)
		frappe.db.rollback(save_point="target_refused")
		message = frappe.utils.strip_html(str(caught.exception))
		for fragment in fragments:
			self.assertIn(fragment, message)
		after = frappe.db.count("Sales Target"), frappe.db.count("Sales Target Detail")
		self.assertEqual(after, before)


class TestBadInput(TargetCase):
	def test_negative_targets(self) -> None:
		for value in (-1, -0.01, "-5"):
			with self.subTest(value):
				self.refused(frappe.ValidationError, rows=[(ASHA, SELLER, GROUP, value)])

	def test_message_of_a_negative_target_names_the_row(self) -> None:
		rows = [(ASHA, SELLER, GROUP, 1), (RAVI, SELLER, GROUP, -1)]
		self.refused(TargetValueError, "Row 2", RAVI, rows=rows)

	def test_targets_that_are_no_number(self) -> None:
		for value in (float("nan"), float("inf"), "nan", "inf"):
			with self.subTest(value):
				self.refused(frappe.ValidationError, rows=[(ASHA, SELLER, GROUP, value)])

	def test_zero_is_a_target(self) -> None:
		self.target([(ASHA, SELLER, GROUP, 0)])

	def test_period_outside_any_fiscal_year(self) -> None:
		self.refused(TargetPeriodError, "2099", "fiscal year", from_date="2099-01-01", to_date="2099-12-31")

	def test_period_that_leaves_the_fiscal_years(self) -> None:
		self.refused(TargetPeriodError, "fiscal year", to_date="2099-12-31")

	def test_period_upside_down(self) -> None:
		self.refused(TargetPeriodError, "before", from_date="2026-12-31", to_date="2026-01-01")

	def test_no_period(self) -> None:
		self.refused(frappe.MandatoryError, from_date=None, to_date=None)

	def test_no_rows(self) -> None:
		with self.assertRaises(frappe.MandatoryError):
			factories.make(
				"Sales Target",
				title="Empty",
				company=factories.COMPANY,
				basis="Value",
				from_date="2026-01-01",
				to_date="2026-12-31",
			)

	def test_fiscal_year_fills_in_the_period(self) -> None:
		year = factories.fiscal_year(getdate().year)
		doc = self.target(fiscal_year=year, from_date=None, to_date=None)
		self.assertEqual(
			(getdate(doc.from_date), getdate(doc.to_date)),
			(getdate().replace(month=1, day=1), getdate().replace(month=12, day=31)),
		)

	def test_repeated_row(self) -> None:
		rows = [(ASHA, SELLER, GROUP, 1), (RAVI, SELLER, GROUP, 1), (ASHA, SELLER, GROUP, 2)]
		self.refused(TargetOverlapError, "Row 3", "row 1", ASHA, rows=rows)

	def test_disabled_person(self) -> None:
		gone = factories.sales_person("Target Gone", enabled=False)
		rows = [(ASHA, SELLER, GROUP, 1), (gone, SELLER, GROUP, 1)]
		self.refused(DisabledMasterError, "Row 2", gone, "disabled", rows=rows)

	def test_disabled_role(self) -> None:
		retired = factories.sales_role("Retired Target Role", disabled=True)
		self.refused(DisabledMasterError, "Row 1", retired, "disabled", rows=[(ASHA, retired, GROUP, 1)])

	def test_unknown_person_role_group(self) -> None:
		for row in (("Nobody", SELLER, GROUP, 1), (ASHA, "No Role", GROUP, 1), (ASHA, SELLER, "No Group", 1)):
			with self.subTest(row):
				self.refused(frappe.LinkValidationError, rows=[row])

	def test_unknown_basis(self) -> None:
		self.refused(frappe.ValidationError, "Basis", basis="Hope")


class TestOverlap(TargetCase):
	def setUp(self) -> None:
		super().setUp()
		self.first = self.target(approve=True, from_date="2026-01-01", to_date="2026-06-30")

	def test_overlapping_targets(self) -> None:
		self.refused(
			TargetOverlapError, "Row 1", ASHA, self.first.name, from_date="2026-06-30", to_date="2026-12-31"
		)

	def test_the_other_basis_overlaps_too(self) -> None:
		self.refused(TargetOverlapError, self.first.name, basis="Volume")

	def test_what_does_not_overlap(self) -> None:
		for values in (
			{"from_date": "2026-07-01", "to_date": "2026-12-31"},
			{"company": OTHER},
			{"rows": [(ASHA, DESIGNER, GROUP, 1)]},
			{"rows": [(RAVI, SELLER, GROUP, 1)]},
			{"rows": [(ASHA, SELLER, SUBGROUP, 1)]},
		):
			with self.subTest(values):
				frappe.db.savepoint("no_overlap")
				self.target(values.pop("rows", None), approve=True, **values)
				frappe.db.rollback(save_point="no_overlap")

	def test_drafts_do_not_count_until_they_are_approved(self) -> None:
		from frappe.model.workflow import apply_workflow

		rows = [(RAVI, SELLER, GROUP, 5)]
		drafts = [self.target(rows), self.target(rows)]
		drafts = [apply_workflow(doc, "Submit for Approval") for doc in drafts]
		apply_workflow(drafts[0], "Approve")
		with self.assertRaises(TargetOverlapError):
			apply_workflow(drafts[1], "Approve")

	def test_a_cancelled_target_frees_its_rows(self) -> None:
		from frappe.model.workflow import apply_workflow

		apply_workflow(self.first, "Cancel")
		self.target(approve=True)


class TestManyRows(TargetCase):
	"""A file of ten thousand rows, as a paste into the grid or a Data Import makes it: one document."""

	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		people = [f"Target Person {number:03}" for number in range(100)]
		groups = [f"Target Group {number:03}" for number in range(50)]
		for name in people:
			factories.sales_person(name)
		for name in groups:
			factories.item_group(name)
		cls.rows = [(p, role, group, 100) for p in people for group in groups for role in (SELLER, DESIGNER)]

	def test_ten_thousand_good_rows(self) -> None:
		doc = self.target(self.rows)
		self.assertEqual(len(doc.targets), MANY)
		self.assertEqual(doc.total_target, 100 * MANY)

	def test_one_wrong_row_of_ten_thousand(self) -> None:
		person, role, group, _target = self.rows[6788]
		wrong = list(self.rows)
		for row, error, words in (
			((person, role, group, -1), TargetValueError, ("Row 6789", person)),
			(self.rows[17], TargetOverlapError, ("Row 6789", "row 18")),
			((person, role, "No Such Group", 1), frappe.LinkValidationError, ("6789", "No Such Group")),
		):
			with self.subTest(words):
				wrong[6788] = row
				self.refused(error, *words, rows=wrong)
