"""What every report of ours must hold to, whatever it shows: filters, permissions, queries."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.desk import query_report

from sales_activity.sales_activity.reports.filters import ReportFilterError
from sales_activity.tests import factories
from sales_activity.tests.test_reports import MOST_QUERIES, Reports, counted_queries, execute, forget_requests

HOSTILE = "x' or '1'='1 %s %(company)s {more}"


class ReportChecks(Reports):
	"""Checks of every report in ``reports``, mixed into a TestCase that has made its records."""

	reports: tuple[str, ...] = ()
	# the filters of each report whose values are names
	filters: dict[str, tuple[str, ...]] = {}
	# the values of ``group_by`` of each report that has it
	groups: dict[str, tuple[str, ...]] = {}
	# the company and the period with figures, and a company without any
	span: dict[str, str] = {}
	empty = ""
	# a filter on a tree, for the reports that have it
	narrow: dict[str, str] = {}
	# who sees figures, who may read what the reports are on but has none, who may not; who is restricted to a company
	sees: tuple[str, ...] = ()
	idle = ""
	strangers: tuple[str, ...] = ()
	restricted = ""

	def rows(self, report: str, **filters: Any) -> list[dict]:
		return execute(report, {**self.asked(report), **filters})[1]

	def asked(self, report: str) -> dict:
		"""What must be asked at least."""
		return {**self.span, **({"group_by": self.groups[report][0]} if report in self.groups else {})}

	def each(self) -> list[tuple[str, dict]]:
		"""Every report with every way of grouping."""
		return [
			(report, {**self.span, **({"group_by": group} if group else {})})
			for report in self.reports
			for group in self.groups.get(report, (None,))
		]

	def test_unknown_filters_are_refused(self) -> None:
		for report in self.reports:
			for unknown in ("owner", "status; drop table x", "<b>x</b>"):
				with self.subTest(report, unknown=unknown), self.assertRaises(ReportFilterError) as refused:
					execute(report, {**self.asked(report), unknown: "1"})
				self.assertNotIn("<b>x</b>", str(refused.exception))

	def test_what_is_missing_or_makes_no_sense(self) -> None:
		for report in self.reports:
			for wrong in (
				{"company": None},
				{"company": "No Such House"},
				{"from_date": None},
				{"to_date": ""},
				{"from_date": self.span["to_date"], "to_date": self.span["from_date"]},
				{"from_date": ["between", "x"]},
			):
				with self.subTest(report, wrong=wrong), self.assertRaises(ReportFilterError):
					execute(report, {**self.asked(report), **wrong})
			if self.groups.get(report):
				with self.subTest(report), self.assertRaises(ReportFilterError):
					execute(report, {**self.span, "group_by": "owner"})

	def test_values_are_data(self) -> None:
		"""Nothing that a filter holds reaches the SQL as text, or as a place in it."""
		for report in self.reports:
			for name in self.filters[report]:
				with self.subTest(report, name=name):
					self.assertEqual(self.rows(report, **{name: HOSTILE}), [])

	def test_an_empty_company(self) -> None:
		for report, asked in self.each():
			with self.subTest(report, asked=asked):
				columns, found, message, chart, summary = execute(report, {**asked, "company": self.empty})
				self.assertTrue(columns)
				self.assertEqual((found, message, chart), ([], None, None))
				self.assertEqual({card["value"] for card in summary}, {0})

	def test_a_company_that_the_user_may_not_see(self) -> None:
		self.restrict(self.restricted, "Company", factories.COMPANY)
		self.as_user(self.restricted)
		for report, asked in self.each():
			with self.subTest(report), self.assertRaises(frappe.PermissionError):
				execute(report, asked)

	def test_who_may_not_read(self) -> None:
		for user in (*self.strangers, "Guest"):
			self.as_user(user)
			for report, asked in self.each():
				with self.subTest(report, user=user):
					with self.assertRaises(frappe.PermissionError):
						execute(report, asked)
					with self.assertRaises(frappe.PermissionError):
						query_report.run(report, asked)

	def test_who_has_none(self) -> None:
		self.as_user(self.idle)
		for report, asked in self.each():
			with self.subTest(report):
				self.assertEqual(execute(report, asked)[1], [])
				self.assertEqual(query_report.run(report, asked)["result"], [])

	def test_through_the_desk(self) -> None:
		for user in ("Administrator", *self.sees):
			self.as_user(user)
			for report, asked in self.each():
				with self.subTest(report, user=user, asked=asked):
					result = query_report.run(report, asked)["result"]
					found = [row for row in result if isinstance(row, dict)]
					self.assertEqual(len(found), len(execute(report, asked)[1]))
					self.assertGreater(len(found), 0)

	def test_at_most_twelve_queries(self) -> None:
		for user in ("Administrator", *self.sees):
			for report, asked in self.each():
				self.as_user(user)
				asked = {**asked, **{k: v for k, v in self.narrow.items() if k in self.filters[report]}}
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
