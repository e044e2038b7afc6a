"""What the tests of the reports on leads share: a company of its own with a short history, the people of
``lead_house``, and the checks that every report must pass."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.desk import query_report

from sales_activity.sales_activity.reports.filters import ReportFilterError
from sales_activity.tests import factories, lead_house, lead_rows
from sales_activity.tests.base import TestCase
from sales_activity.tests.lead_house import MAX_USER, NILS_USER, OPERATIONS, QUALIFIER, SAM, SAM_USER, SARA
from sales_activity.tests.lead_rows import Go
from sales_activity.tests.milestone_rows import midnight
from sales_activity.tests.test_reports import MOST_QUERIES, Reports, counted_queries, execute, forget_requests

COMPANY, EMPTY = "Lead Reports", "Lead Reports Empty"
YEAR = 2024
SPAN = {"company": COMPANY, "from_date": f"{YEAR}-01-01", "to_date": f"{YEAR}-12-31"}
NORTH, NORTH_EAST, SOUTH = "Leads North", "Leads North East", "Leads South"
STRANGER = "lead.stranger@example.com"
HOSTILE = "x' or '1'='1 %s %(company)s {more}"


class RealDocuments(TestCase):
	"""Base class of tests of what people did with leads of ``company`` today, through their documents."""

	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		lead_house.build()
		cls.company = factories.company(COMPANY, "LRP")
		lead_house.definition(company=cls.company)

	def setUp(self) -> None:
		super().setUp()
		forget_requests()

	def of_today(self, report: str) -> list[dict[str, Any]]:
		"""The rows of a report on the leads that came in today."""
		today = frappe.utils.today()
		return execute(report, {"company": self.company, "from_date": today, "to_date": today})[1]


class House:
	"""Seven leads: one sold by Sam, one that Sara rejected and one that Sam has, one from before the app...

	A second one of the company Sam may see nothing of, and one of another year.
	"""

	def __init__(self) -> None:
		lead_house.build()
		factories.user(STRANGER, "Employee")
		factories.company(COMPANY, "LRP")
		factories.company(EMPTY, "LRE")
		factories.territory(NORTH, is_group=True)
		factories.territory(NORTH_EAST, NORTH)
		factories.territory(SOUTH)
		self.sold = self.lead(
			1,
			*(Go(1, "Qualifying"), Go(2, "Qualified"), Go(0, "With Sales", SAM, 1), Go(3, "Converted")),
			**{"source": "Web", "campaign": "Spring", "territory": NORTH_EAST, "qualifier": QUALIFIER},
		)
		self.rejected = self.lead(
			2,
			*(Go(2, "Qualifying"), Go(4, "Nurturing"), Go(10, "Qualifying"), Go(1, "Qualified")),
			*(Go(0, "With Sales", SARA, 3), Go(2, "Qualifying")),
			**{"source": "Web", "territory": SOUTH, "qualifier": QUALIFIER},
		)
		self.new = self.lead(3, source="Fair", territory=NORTH)
		self.unfit = self.lead(4, Go(5, "Disqualified"), source="Fair", lead_owner=SAM_USER)
		self.old = self.lead(5, state="Converted", lead_made=midnight(YEAR - 2, 1, 1))
		self.open = self.lead(
			32,
			*(Go(3, "Qualifying"), Go(1, "Qualified"), Go(2, "With Sales", SAM, 2)),
			escalated=True,
			campaign="Spring",
			qualifier=OPERATIONS,
		)
		lead_rows.lead(COMPANY, midnight(YEAR - 1, 12, 31), Go(1, "Qualifying"))
		lead_rows.lead(COMPANY, midnight(YEAR + 1, 1, 1))
		lead_rows.lead(lead_house.COMPANY, midnight(YEAR, 1, 1), Go(1, "Nurturing"))

	def lead(self, day: int, *moves: Go, **values: Any) -> str:
		"""A lead that was made at noon of a day of the year."""
		made = midnight(YEAR, 1, 1) + (day - 0.5) * lead_rows.DAY
		return lead_rows.lead(COMPANY, made, *moves, **values)


class ReportChecks(Reports):
	"""Checks of every report in ``reports``, mixed into a TestCase whose class has a House; ``groups`` maps a report to
	its ways of grouping."""

	reports: tuple[str, ...] = ()
	filters: dict[str, tuple[str, ...]] = {}
	groups: dict[str, tuple[str, ...]] = {}

	def rows(self, report: str, **filters: Any) -> list[dict]:
		return execute(report, {**SPAN, **filters})[1]

	def each(self) -> list[tuple[str, dict]]:
		"""Every report with every way of grouping."""
		return [
			(report, {**SPAN, **({"group_by": group} if group else {})})
			for report in self.reports
			for group in self.groups.get(report, (None,))
		]

	def test_unknown_filters_are_refused(self) -> None:
		for report in self.reports:
			for unknown in ("owner", "status; drop table x", "<b>x</b>"):
				with self.subTest(report, unknown=unknown), self.assertRaises(ReportFilterError) as refused:
					execute(report, {**SPAN, unknown: "1"})
				self.assertNotIn("<b>x</b>", str(refused.exception))

	def test_what_is_missing_or_makes_no_sense(self) -> None:
		for report in self.reports:
			for wrong in (
				{"company": None},
				{"company": "No Such House"},
				{"from_date": None},
				{"to_date": ""},
				{"from_date": f"{YEAR}-12-01", "to_date": f"{YEAR}-01-01"},
				{"from_date": ["between", "x"]},
			):
				with self.subTest(report, wrong=wrong), self.assertRaises(ReportFilterError):
					execute(report, {**SPAN, **wrong})
			if self.groups.get(report):
				with self.subTest(report), self.assertRaises(ReportFilterError):
					execute(report, {**SPAN, "group_by": "owner"})

	def test_values_are_data(self) -> None:
		"""Nothing that a filter holds reaches the SQL as text, or as a place in it."""
		for report in self.reports:
			for name in self.filters[report]:
				with self.subTest(report, name=name):
					self.assertEqual(self.rows(report, **{name: HOSTILE}), [])

	def test_an_empty_company(self) -> None:
		for report, asked in self.each():
			with self.subTest(report, asked=asked):
				columns, found, message, chart, summary = execute(report, {**asked, "company": EMPTY})
				self.assertTrue(columns)
				self.assertEqual((found, message, chart), ([], None, None))
				self.assertEqual({card["value"] for card in summary}, {0})

	def test_a_company_that_the_user_may_not_see(self) -> None:
		self.restrict(OPERATIONS, "Company", factories.COMPANY)
		self.as_user(OPERATIONS)
		for report, asked in self.each():
			with self.subTest(report), self.assertRaises(frappe.PermissionError):
				execute(report, asked)

	def test_who_may_not_read_leads(self) -> None:
		for user in (STRANGER, "Guest"):
			self.as_user(user)
			for report, asked in self.each():
				with self.subTest(report, user=user):
					with self.assertRaises(frappe.PermissionError):
						execute(report, asked)
					with self.assertRaises(frappe.PermissionError):
						query_report.run(report, asked)

	def test_who_has_no_leads(self) -> None:
		self.as_user(NILS_USER)
		for report, asked in self.each():
			with self.subTest(report):
				self.assertEqual(execute(report, asked)[1], [])
				self.assertEqual(query_report.run(report, asked)["result"], [])

	def test_through_the_desk(self) -> None:
		for user in ("Administrator", QUALIFIER, OPERATIONS, MAX_USER, SAM_USER):
			self.as_user(user)
			for report, asked in self.each():
				with self.subTest(report, user=user, asked=asked):
					result = query_report.run(report, asked)["result"]
					found = [row for row in result if isinstance(row, dict)]
					self.assertEqual(len(found), len(execute(report, asked)[1]))
					self.assertGreater(len(found), 0)

	def test_at_most_twelve_queries(self) -> None:
		for user in ("Administrator", OPERATIONS, MAX_USER, SAM_USER):
			for report, asked in self.each():
				self.as_user(user)
				asked = {**asked, "territory": NORTH} if "territory" in self.filters[report] else asked
				execute(report, asked)
				forget_requests()
				with self.subTest(report, user=user), counted_queries() as statements:
					execute(report, asked)
				self.assertLessEqual(len(statements), MOST_QUERIES, "\n".join(statements))
				self.assertGreater(len(statements), 0)

	def test_cards_and_charts(self) -> None:
		for report, asked in self.each():
			with self.subTest(report, asked=asked):
				chart, summary = execute(report, asked)[3:5]
				values = [value for series in chart["data"]["datasets"] for value in series["values"]]
				self.assertTrue(any(values))
				self.assertTrue(all(card["label"] and card["datatype"] for card in summary))
