"""The reports: exact rows, every filter, what each user sees by every way in, the way from a figure to its
documents, and how much they ask of the database."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import frappe
from frappe.desk import query_report
from frappe.utils import getdate

from sales_activity.sales_activity.reports.choices import format_periods, parse_periods
from sales_activity.sales_activity.reports.filters import ReportFilterError
from sales_activity.sales_activity.targets.rules import Period
from sales_activity.tests import desk_house as house
from sales_activity.tests import factories
from sales_activity.tests.base import TestCase
from sales_activity.tests.desk_house import ASHA, DESIGNER, MANAGER, OUTSIDER, RAVI, SELLER, day

ATTAINMENT, LEDGER, PIPELINE = "Role Target Attainment", "Sales Credit Ledger", "Sales Pipeline Detail"
BREAKDOWN, RECONCILIATION = "Sales Target Breakdown", "Credit Reconciliation"
REPORTS = (ATTAINMENT, LEDGER, PIPELINE, BREAKDOWN, RECONCILIATION)
MOST_QUERIES = 12
THIS_YEAR = {"company": house.COMPANY, "from_date": day(1, 1), "to_date": day(12, 31)}


class Reports:
	"""What the groups of tests below share. They are mixins of one TestCase: the house takes seconds to build."""

	def as_user(self, user: str) -> None:
		frappe.set_user(user)
		forget_requests()

	def rows(self, report: str, **filters: Any) -> list[dict]:
		return execute(report, {**THIS_YEAR, **filters})[1]

	def restrict(self, user: str, doctype: str, name: str) -> None:
		"""A User Permission, until the test ends."""
		factories.make("User Permission", user=user, allow=doctype, for_value=name, apply_to_all_doctypes=1)
		frappe.clear_cache(user=user)
		self.addCleanup(frappe.clear_cache, user=user)

	def table(self, rows: list[dict], *fields: str) -> list[tuple]:
		return [tuple(rounded(row.get(field)) for field in fields) for row in rows]


def execute(report: str, filters: dict) -> tuple:
	"""What the report's own execute returns."""
	name = frappe.scrub(report)
	return frappe.get_attr(f"sales_activity.sales_activity.report.{name}.{name}.execute")(filters)


def drill_downs(columns: list[dict], rows: list[dict]) -> Iterator[tuple[str, dict, dict, Any]]:
	"""Every figure that isn't zero and leads somewhere: its column's name, the way (``documents``), the filters there, the
	figure. Rows that a way has no filters for are passed over."""
	for row in rows:
		for column in columns:
			way, figure = column.get("documents"), row[column["fieldname"]]
			if figure and way and way["kind"] in row["documents"]:
				yield column["fieldname"], way, {**way["filters"], **row["documents"][way["kind"]]}, figure


def forget_requests() -> None:
	"""Each test is a request of its own."""
	if hasattr(frappe.local, "request_cache"):
		frappe.local.request_cache.clear()


def rounded(value: Any) -> Any:
	return round(value, 4) + 0 if isinstance(value, float) else value


@contextmanager
def counted_queries() -> Iterator[list[str]]:
	"""The statements that run meanwhile."""
	statements: list[str] = []
	original = frappe.db.sql

	def sql(query: object, *args: Any, **kwargs: Any) -> Any:
		statements.append(str(query))
		return original(query, *args, **kwargs)

	frappe.db.sql = sql
	try:
		yield statements
	finally:
		del frappe.db.sql


class AttainmentTests(Reports):
	def test_lines(self) -> None:
		"""Each line by hand: who worked on what, under which target, in which days."""
		rows = self.rows(ATTAINMENT, flat=1)
		root = factories.root("Item Group", "All Item Groups")
		fields = ("sales_person", "sales_role", "item_group", "row_type", "target", "closed")
		expected = [
			# order lines of 25: 2 + 3 + 1 + 4 = 10 pieces, 60% of 250; services 10 x 10
			(ASHA, SELLER, house.NETWORK, "target", 1200, 150),
			(ASHA, SELLER, house.SWITCHES, "target", 600, 150),
			(ASHA, SELLER, house.SERVICES, "no_target", None, 60),
			# routers in January and July serve the targets of the first and third quarter, April and October none
			(ASHA, DESIGNER, house.NETWORK, "target", 900, 200),
			(ASHA, DESIGNER, None, "no_target", None, 7),
			(ASHA, DESIGNER, house.ROUTERS, "no_target", None, 200),
			(OUTSIDER, SELLER, house.NETWORK, "target", 90, 90),
			(OUTSIDER, SELLER, None, "no_target", None, 6.3),
			(OUTSIDER, SELLER, house.ROUTERS, "no_target", None, 270),
			# February and May; all categories, so services too
			(RAVI, DESIGNER, root, "target", 500, 125 + 50),
			(RAVI, DESIGNER, house.SERVICES, "no_target", None, 50),
			(RAVI, DESIGNER, house.SWITCHES, "no_target", None, 125),
			(RAVI, SELLER, root, "target", 800, 0.4 * 140),
			(RAVI, SELLER, house.ROUTERS, "target", 365, 0),
			(RAVI, SELLER, house.SERVICES, "target", 300, 20),
			(RAVI, SELLER, house.SERVICES, "no_target", None, 4),
			(RAVI, SELLER, house.SWITCHES, "target", 70, 10),
			(RAVI, SELLER, house.SWITCHES, "no_target", None, 50),
			(MANAGER, SELLER, root, "target", 100, 10.7),
			(MANAGER, SELLER, house.ROUTERS, "no_target", None, 30),
		]
		by_key = lambda row: tuple(str(value) for value in row[:4])  # noqa: E731
		found = [row for row in self.table(rows, *fields) if row[4] is not None or row[5]]
		self.assertEqual(sorted(found, key=by_key), sorted(expected, key=by_key))

	def test_people_roll_up(self) -> None:
		"""A manager's row holds everybody below once; Asha's nested target counts once too."""
		rows = [row for row in self.rows(ATTAINMENT) if row["row_type"] == "person"]
		found = {row["sales_person"]: row for row in rows}
		self.assertEqual(rounded(found[ASHA]["target"]), 1200 + 900)
		self.assertEqual(rounded(found[ASHA]["closed"]), 150 + 60 + 207 + 200)
		below = sum(found[name]["closed"] for name in (ASHA, RAVI)) + 40.7
		self.assertAlmostEqual(found[MANAGER]["closed"], below)
		top = rows[0]
		self.assertEqual(top["indent"], 0)
		self.assertAlmostEqual(top["closed"], below + found[OUTSIDER]["closed"])
		summary = {card["label"]: card["value"] for card in execute(ATTAINMENT, THIS_YEAR)[4]}
		self.assertAlmostEqual(summary["Orders Closed"], top["closed"])
		self.assertAlmostEqual(summary["Target"], top["target"])

	def test_nested_target_counts_while_nothing_above_is_in_force(self) -> None:
		"""Ravi's routers are part of his root target in the last quarter, and a target of their own before."""
		found = {r["sales_person"]: r for r in self.rows(ATTAINMENT) if r["row_type"] == "person"}
		season_before_october = 365 * 0.6
		self.assertAlmostEqual(found[RAVI]["target"], 300 + 500 + 800 + 70 + season_before_october)

	def test_months_add_up(self) -> None:
		for periodicity, count in (("Monthly", 12), ("Quarterly", 4)):
			for row in self.rows(ATTAINMENT, periodicity=periodicity):
				for figure in ("target", "closed"):
					parts = sum(row[f"{figure}_{number}"] or 0 for number in range(count))
					self.assertAlmostEqual(parts, row[figure] or 0, msg=f"{figure} of {row}")

	def test_fiscal_year_is_its_dates(self) -> None:
		year = factories.fiscal_year(house.YEAR)
		by_year = execute(ATTAINMENT, {"company": house.COMPANY, "fiscal_year": year})[1]
		self.assertEqual(by_year, self.rows(ATTAINMENT))

	def test_filters_narrow(self) -> None:
		people = lambda rows: {row["sales_person"] for row in rows if row["row_type"] != "person"}  # noqa: E731
		self.assertEqual(people(self.rows(ATTAINMENT, sales_person=MANAGER)), {MANAGER, ASHA, RAVI})
		self.assertEqual(people(self.rows(ATTAINMENT, sales_person=OUTSIDER)), {OUTSIDER})
		roles = {row["sales_role"] for row in self.rows(ATTAINMENT, sales_role=DESIGNER, flat=1)}
		self.assertEqual(roles, {DESIGNER})
		groups = {row["item_group"] for row in self.rows(ATTAINMENT, item_group=house.NETWORK, flat=1)}
		self.assertEqual(groups, {house.NETWORK, house.SWITCHES, house.ROUTERS})
		pieces = self.rows(ATTAINMENT, basis="Volume", sales_person=ASHA, sales_role=SELLER, flat=1)
		self.assertEqual(
			self.table(pieces, "item_group", "target", "closed"),
			[(house.SERVICES, 40, 6), (house.SWITCHES, None, 6)],
		)
		self.assertEqual(self.rows(ATTAINMENT, only_mine=1), [])

	def test_the_only_root_group_is_no_filter(self) -> None:
		roots = frappe.get_all("Item Group", {"parent_item_group": ("in", ["", None])}, pluck="name")
		if len(roots) > 1:
			self.skipTest(f"the site has {len(roots)} root item groups")
		figures = ("sales_person", "item_group", "closed")
		filtered = self.rows(ATTAINMENT, item_group=roots[0])
		self.assertEqual(self.table(filtered, *figures), self.table(self.rows(ATTAINMENT), *figures))


class DrillDownTests(Reports):
	"""Every figure leads to documents whose sum it is."""

	SOURCES = {
		"closed": {"Value": "amount", "Volume": "qty"},
		"pipeline": {"Value": "amount", "Volume": "qty"},
		"weighted_pipeline": {"Value": "weighted_amount", "Volume": "weighted_qty"},
		"target": {"Value": "part", "Volume": "part"},
		"target_to_date": {"Value": "part", "Volume": "part"},
	}
	FILTERS = (
		{},
		{"periodicity": "Quarterly"},
		{"periodicity": "Monthly", "sales_person": RAVI},
		{"basis": "Volume"},
		{"sales_person": MANAGER},
		{"sales_person": ASHA, "sales_role": DESIGNER},
		{"only_mine": 1},
		{"only_mine": 1, "sales_person": MANAGER},
		{"item_group": house.NETWORK},
		{"item_group": house.SERVICES, "flat": 1},
		{"sales_role": SELLER, "from_date": day(2, 15), "to_date": day(8, 20), "periodicity": "Monthly"},
		{"from_date": f"{house.YEAR + 1}-01-01", "to_date": f"{house.YEAR + 2}-12-31"},
	)

	def test_as_administrator(self) -> None:
		self.follow_all("Administrator")

	def test_as_manager(self) -> None:
		self.follow_all(house.MANAGER_USER)

	def test_as_salesperson(self) -> None:
		self.follow_all(house.ASHA_USER)

	def test_with_user_permission_on_a_category(self) -> None:
		self.restrict(house.MANAGER_USER, "Item Group", house.SERVICES)
		self.follow_all(house.MANAGER_USER)

	def test_with_user_permission_on_a_person(self) -> None:
		self.restrict(house.OPERATIONS_USER, "Sales Person", RAVI)
		self.follow_all(house.OPERATIONS_USER)

	def test_no_figure_without_its_link(self) -> None:
		columns = execute(ATTAINMENT, {**THIS_YEAR, "periodicity": "Quarterly"})[0]
		linked = {column["fieldname"] for column in columns if column.get("documents")}
		self.assertEqual(
			linked,
			{
				*self.SOURCES,
				*(f"{figure}_{number}" for figure in ("target", "closed") for number in range(4)),
			},
		)

	def test_links_name_only_filters_that_the_report_has(self) -> None:
		for column in execute(ATTAINMENT, THIS_YEAR)[0]:
			if column.get("documents"):
				execute(column["documents"]["report"], column["documents"]["filters"])

	def follow_all(self, user: str) -> None:
		self.as_user(user)
		followed = sum(self.follow({**THIS_YEAR, **filters}) for filters in self.FILTERS)
		self.assertGreater(followed, 50)

	def follow(self, filters: dict) -> int:
		"""Follow every figure of one report; returns how many weren't zero."""
		columns, rows = execute(ATTAINMENT, filters)[:2]
		basis, sums, followed = filters.get("basis", "Value"), {}, 0
		for row in rows:
			for column in columns:
				value, documents = row.get(column["fieldname"]), column.get("documents")
				if value is None or not documents:
					continue
				asked = {**documents["filters"], **row["documents"][documents["kind"]]}
				field = self.SOURCES[column["fieldname"].rstrip("0123456789").rstrip("_")][basis]
				key = json.dumps([documents["report"], field, asked], sort_keys=True)
				if key not in sums:
					sums[key] = sum(found[field] for found in execute(documents["report"], asked)[1])
				self.assertAlmostEqual(
					sums[key],
					value,
					places=4,
					msg=f"{column['fieldname']} of {row} by {asked}, asked {filters}",
				)
				followed += bool(value)
		return followed


class LedgerTests(Reports):
	def test_rows(self) -> None:
		rows = self.rows(LEDGER, sales_person=ASHA, from_date=day(2, 1), to_date=day(2, 28))
		self.assertEqual(
			self.table(
				rows, "posting_date", "sales_role", "item_group", "credit_percent", "amount", "qty", "reason"
			),
			[
				(getdate(day(2, 10)), SELLER, house.SWITCHES, 60, 30, 1.2, "Order"),
				(getdate(day(2, 10)), SELLER, house.SERVICES, 60, 12, 1.2, "Order"),
			],
		)
		self.assertEqual({row["voucher_type"] for row in rows}, {"Sales Order"})

	def test_a_cancelled_order_comes_to_nothing(self) -> None:
		rows = self.rows(LEDGER, from_date=day(3, 3), to_date=day(3, 3))
		self.assertEqual(sorted({row["reason"] for row in rows}), ["Cancellation", "Order"])
		self.assertAlmostEqual(sum(row["amount"] for row in rows), 0)

	def test_summary_and_chart_hold_the_same_sum(self) -> None:
		_columns, rows, _message, chart, summary = execute(LEDGER, THIS_YEAR)
		total = sum(row["amount"] for row in rows)
		self.assertAlmostEqual(summary[0]["value"], total)
		self.assertAlmostEqual(sum(chart["data"]["datasets"][0]["values"]), total)
		self.assertGreater(len(chart["data"]["labels"]), 6)

	def test_filters(self) -> None:
		every = self.rows(LEDGER)
		some = every[0]
		for filters, keeps in (
			({"sales_role": DESIGNER}, lambda row: row.sales_role == DESIGNER),
			({"item_group": house.NETWORK}, lambda row: False),
			(
				{"item_group": house.NETWORK, "include_below_group": 1},
				lambda row: row.item_group in NETWORK_GROUPS,
			),
			({"no_item_group": 1}, lambda row: not row.item_group),
			({"sales_person": MANAGER}, lambda row: row.sales_person == MANAGER),
			({"sales_person": MANAGER, "include_below": 1}, lambda row: row.sales_person != OUTSIDER),
			({"voucher_no": some.voucher_no}, lambda row: row.voucher_no == some.voucher_no),
			({"sales_project": some.sales_project}, lambda row: row.sales_project == some.sales_project),
			({"customer": house.CUSTOMER}, lambda row: True),
			({"reason": "Cancellation"}, lambda row: row.reason == "Cancellation"),
			(
				{"periods": f"{day(1, 1)}/{day(1, 31)}, {day(5, 15)}/{day(5, 15)}"},
				lambda row: row.posting_date.month in (1, 5),
			),
			({"company": factories.COMPANY, "sales_person": ASHA}, lambda row: False),
		):
			with self.subTest(filters=filters):
				names = [row.name for row in self.rows(LEDGER, **filters)]
				self.assertEqual(names, [row.name for row in every if keeps(row)])

	def test_root_group_with_everything_below_is_everything(self) -> None:
		root = factories.root("Item Group", "All Item Groups")
		self.assertEqual(
			len(self.rows(LEDGER, item_group=root, include_below_group=1)), len(self.rows(LEDGER))
		)


NETWORK_GROUPS = (house.NETWORK, house.SWITCHES, house.ROUTERS)


class PipelineDetailTests(Reports):
	def test_rows(self) -> None:
		rows = self.rows(PIPELINE, sales_person=ASHA)
		self.assertEqual(
			self.table(
				rows, "sales_role", "credit_percent", "item_group", "amount", "qty", "weighted_amount"
			),
			[
				(SELLER, 60, house.SWITCHES, 60, 1.2, 60),
				(SELLER, 60, house.SERVICES, 19.8, 0.6, 19.8),
			],
		)
		self.assertEqual({row["closing_day"] for row in rows}, {getdate()})

	def test_dates_hold_the_closing_day(self) -> None:
		every = execute(PIPELINE, {"company": house.COMPANY})[1]
		later = execute(PIPELINE, {"company": house.COMPANY, "from_date": day(12, 31)})[1]
		self.assertEqual(len(every), 12)
		self.assertEqual(len(later), 6)
		self.assertAlmostEqual(sum(row["amount"] for row in later), 2 * (200 + 33))

	def test_one_project(self) -> None:
		name = frappe.db.get_value("Sales Project", {"title": "Desk Soon", "company": house.COMPANY})
		rows = execute(PIPELINE, {"company": house.COMPANY, "sales_project": name})[1]
		self.assertEqual({row["sales_project"] for row in rows}, {name})


class TargetBreakdownTests(Reports):
	def test_rows(self) -> None:
		rows = self.rows(BREAKDOWN, sales_person=ASHA, from_date=day(1, 1), to_date=day(3, 31))
		self.assertEqual(
			sorted(self.table(rows, "sales_role", "item_group", "target", "part")),
			sorted(
				[
					(DESIGNER, house.NETWORK, 400, 400),
					(SELLER, house.NETWORK, 1200, 300),
					(SELLER, house.SWITCHES, 600, 150),
				]
			),
		)

	def test_each_once(self) -> None:
		rows = self.rows(BREAKDOWN, sales_person=ASHA, sales_role=SELLER, each_once=1)
		self.assertEqual(self.table(rows, "item_group", "part"), [(house.NETWORK, 1200), (house.SWITCHES, 0)])

	def test_targets_that_wait_for_approval_do_not_count(self) -> None:
		self.assertNotIn(9999, [row["target"] for row in self.rows(BREAKDOWN)])


class ReconciliationTests(Reports):
	def test_all_is_well(self) -> None:
		_columns, rows, message, chart, summary = execute(RECONCILIATION, {"company": house.COMPANY})
		self.assertEqual((rows, chart), ([], None))
		self.assertIn("All is well", message)
		self.assertEqual([card["value"] for card in summary], [0])

	def test_a_lost_entry_shows_as_one_row(self) -> None:
		entry = frappe.get_all(
			"Sales Credit Entry",
			{"company": house.COMPANY, "sales_person": ASHA, "posting_date": day(5, 15)},
			["name", "voucher_no", "amount"],
			order_by="name",
		)[0]
		frappe.db.delete("Sales Credit Entry", {"name": entry.name})
		_columns, rows, message, chart, summary = execute(RECONCILIATION, {"company": house.COMPANY})
		self.assertEqual(
			self.table(rows, "voucher_no", "sales_person", "due_amount", "posted_amount", "difference"),
			[(entry.voucher_no, ASHA, entry.amount, 0, -entry.amount)],
		)
		self.assertIsNone(message)
		self.assertEqual(chart["data"]["labels"], [ASHA])
		self.assertEqual(summary[0]["value"], 1)
		other = {"company": house.COMPANY, "from_date": day(6, 1), "to_date": day(12, 31)}
		self.assertEqual(execute(RECONCILIATION, other)[1], [])
		self.assertEqual(len(execute(RECONCILIATION, {**other, "from_date": day(5, 1)})[1]), 1)
		by_order = {"company": house.COMPANY, "sales_order": entry.voucher_no}
		self.assertEqual(len(execute(RECONCILIATION, by_order)[1]), 1)

	def test_only_for_roles_that_see_everybody(self) -> None:
		self.as_user(house.MANAGER_USER)
		with self.assertRaises(frappe.PermissionError):
			execute(RECONCILIATION, {"company": house.COMPANY})
		with self.assertRaises(frappe.PermissionError):
			query_report.run(RECONCILIATION, {"company": house.COMPANY})
		self.as_user(house.OPERATIONS_USER)
		self.assertEqual(query_report.run(RECONCILIATION, {"company": house.COMPANY})["result"], [])


class EveryReportTests(Reports):
	def filters(self, report: str) -> dict:
		return {"company": house.COMPANY} if report == RECONCILIATION else dict(THIS_YEAR)

	def test_unknown_filters_are_refused(self) -> None:
		for report in REPORTS:
			for unknown in ("owner", "sales_person; drop table x", "<b>x</b>"):
				with self.subTest(report, unknown=unknown), self.assertRaises(ReportFilterError) as refused:
					execute(report, {**self.filters(report), unknown: "1"})
				self.assertNotIn("<b>x</b>", str(refused.exception))

	def test_company_is_required_and_must_exist(self) -> None:
		for report in REPORTS:
			with self.subTest(report):
				for company in (None, "", "No Such House"):
					with self.assertRaises(ReportFilterError):
						execute(report, {**self.filters(report), "company": company})

	def test_periods_that_make_no_sense(self) -> None:
		backwards = {"company": house.COMPANY, "from_date": day(12, 1), "to_date": day(1, 1)}
		for report in (ATTAINMENT, LEDGER, PIPELINE, BREAKDOWN):
			with self.subTest(report), self.assertRaises(ReportFilterError):
				execute(report, backwards)
		for text in ("yesterday", "2026-01-01", "2026-01-01/2026-13-01"):
			with self.subTest(text), self.assertRaises(ReportFilterError):
				execute(LEDGER, {"company": house.COMPANY, "periods": text})

	def test_values_are_data(self) -> None:
		"""Nothing that a filter holds reaches the SQL as text."""
		hostile = "x' or '1'='1 %s %(company)s"
		for name in ("sales_person", "sales_role", "item_group", "sales_project", "voucher_no", "reason"):
			with self.subTest(name):
				self.assertEqual(self.rows(LEDGER, **{name: hostile}), [])
		self.assertEqual(self.rows(ATTAINMENT, sales_person=hostile), [])

	def test_an_empty_company(self) -> None:
		factories.company("Desk Empty", "DKE")
		for report in REPORTS:
			with self.subTest(report):
				columns, rows, _message, chart, _summary = execute(
					report, {**self.filters(report), "company": "Desk Empty"}
				)
				self.assertTrue(columns)
				self.assertEqual((rows, chart), ([], None))

	def test_a_company_that_the_user_may_not_see(self) -> None:
		self.restrict(house.MANAGER_USER, "Company", factories.COMPANY)
		self.as_user(house.MANAGER_USER)
		for report in REPORTS:
			with self.subTest(report), self.assertRaises(frappe.PermissionError):
				execute(report, self.filters(report))

	def test_at_most_twelve_queries(self) -> None:
		for report in REPORTS:
			for user in ("Administrator", house.MANAGER_USER):
				if report == RECONCILIATION and user != "Administrator":
					continue
				self.as_user(user)
				more = {"periodicity": "Monthly"} if report == ATTAINMENT else {}
				execute(report, {**self.filters(report), **more})
				forget_requests()
				with self.subTest(report, user=user), counted_queries() as statements:
					execute(report, {**self.filters(report), **more})
				self.assertLessEqual(len(statements), MOST_QUERIES, "\n".join(statements))
				self.assertGreater(len(statements), 0)

	def test_summary_cards_and_charts(self) -> None:
		for report in (ATTAINMENT, LEDGER, PIPELINE, BREAKDOWN):
			with self.subTest(report):
				chart, summary = execute(report, self.filters(report))[3:5]
				values = [value for series in chart["data"]["datasets"] for value in series["values"]]
				self.assertTrue(any(values))
				self.assertTrue(all(card["label"] and card["datatype"] for card in summary))


class WaysInTests(Reports):
	"""A salesperson sees own figures only, whichever way in."""

	OTHERS = (RAVI, OUTSIDER, MANAGER)

	def readable(self, report: str) -> dict:
		return {**THIS_YEAR, "company": house.COMPANY}

	def test_execute(self) -> None:
		self.as_user(house.ASHA_USER)
		for report in (ATTAINMENT, LEDGER, PIPELINE, BREAKDOWN):
			with self.subTest(report):
				people = {row["sales_person"] for row in self.rows(report)}
				self.assertEqual(people, {ASHA})

	def test_asking_for_others(self) -> None:
		self.as_user(house.ASHA_USER)
		for report in (ATTAINMENT, LEDGER, PIPELINE, BREAKDOWN):
			for person in self.OTHERS:
				with self.subTest(report, person=person):
					more = {} if report == ATTAINMENT else {"include_below": 1}
					self.assertEqual(self.rows(report, sales_person=person, **more), [])

	def test_run(self) -> None:
		self.as_user(house.ASHA_USER)
		for report in (ATTAINMENT, LEDGER, PIPELINE, BREAKDOWN):
			with self.subTest(report):
				self.assert_only_asha(
					json.dumps(query_report.run(report, self.readable(report)), default=str)
				)

	def test_export(self) -> None:
		self.as_user(house.ASHA_USER)
		for report in (ATTAINMENT, LEDGER, PIPELINE, BREAKDOWN):
			with self.subTest(report):
				text = exported(report, self.readable(report))
				self.assert_only_asha(text)
				lines = list(csv.reader(io.StringIO(text)))
				self.assertGreater(len(lines), 2)

	def test_export_is_the_table(self) -> None:
		lines = list(csv.DictReader(io.StringIO(exported(ATTAINMENT, THIS_YEAR))))
		rows = self.rows(ATTAINMENT)
		self.assertEqual(
			[line["Member"].strip() for line in lines if line["Member"].strip() != "Total"],
			[row["sales_person"] for row in rows],
		)
		closed = [float(line["Orders Closed"] or 0) for line in lines[: len(rows)]]
		self.assertEqual([round(value, 2) for value in closed], [round(row["closed"], 2) for row in rows])

	def test_excel(self) -> None:
		exported(ATTAINMENT, THIS_YEAR, "Excel")
		self.assertTrue(frappe.response["filecontent"].startswith(b"PK"))

	def test_a_manager_sees_everybody_below(self) -> None:
		self.as_user(house.MANAGER_USER)
		for report in (ATTAINMENT, LEDGER, PIPELINE, BREAKDOWN):
			with self.subTest(report):
				people = {row["sales_person"] for row in self.rows(report)}
				self.assertLessEqual(people, {MANAGER, ASHA, RAVI})
				self.assertLessEqual({ASHA, RAVI}, people)

	def test_operations_see_everybody(self) -> None:
		"""Their role alone reads no Customer, no Sales Person: those columns are plain text then."""
		self.as_user(house.OPERATIONS_USER)
		for report in (ATTAINMENT, LEDGER, PIPELINE, BREAKDOWN):
			with self.subTest(report):
				text = json.dumps(query_report.run(report, self.readable(report)), default=str)
				for name in (ASHA, RAVI) if report == PIPELINE else (ASHA, RAVI, OUTSIDER):
					self.assertIn(name, text)

	def test_a_user_without_sales_person_sees_nothing(self) -> None:
		self.as_user(house.NOBODY_USER)
		for report in (ATTAINMENT, LEDGER, PIPELINE, BREAKDOWN):
			with self.subTest(report):
				self.assertEqual(self.rows(report), [])
				self.assertEqual(query_report.run(report, self.readable(report))["result"], [])

	def test_only_mine(self) -> None:
		self.as_user(house.MANAGER_USER)
		people = {row["sales_person"] for row in self.rows(ATTAINMENT, only_mine=1)}
		self.assertEqual(people, {MANAGER})

	def test_guests_get_nothing(self) -> None:
		frappe.set_user("Guest")
		for report in REPORTS:
			with self.subTest(report), self.assertRaises(frappe.PermissionError):
				query_report.run(report, {"company": house.COMPANY})

	def assert_only_asha(self, text: str) -> None:
		self.assertIn(ASHA, text)
		for name in self.OTHERS:
			self.assertNotIn(name, text)


class ReplicaTests(Reports):
	"""Reports read from Frappe's read replica where one is configured (here: the same database again)."""

	def test_report(self) -> None:
		with replica() as used:
			result = query_report.run(ATTAINMENT, {**THIS_YEAR, "company": factories.COMPANY})
		self.assertTrue(result["columns"])
		self.assertEqual(len(used), 1)


@contextmanager
def replica() -> Iterator[list]:
	"""This site's database as its own replica; yields the connections that were opened to it."""
	used: list = []
	conf, connect, primary = frappe.local.conf, frappe.connect_replica, frappe.local.db
	settings = {
		"read_from_replica": 1,
		"replica_host": conf.get("db_host") or "127.0.0.1",
		"replica_db_port": conf.get("db_port"),
		"replica_db_socket": conf.get("db_socket"),
	}
	before = {key: conf.get(key) for key in settings}

	def connecting(*args: Any, **kwargs: Any) -> bool:
		switched = connect(*args, **kwargs)
		if switched:
			used.append(frappe.local.db)
		return switched

	conf.update(settings)
	frappe.connect_replica = connecting
	try:
		yield used
		assert frappe.local.db is primary
	finally:
		frappe.connect_replica = connect
		frappe.local.db = primary
		conf.update(before)
		for name in ("replica_db", "primary_db"):
			if hasattr(frappe.local, name):
				delattr(frappe.local, name)


class TestReports(
	AttainmentTests,
	DrillDownTests,
	LedgerTests,
	PipelineDetailTests,
	TargetBreakdownTests,
	ReconciliationTests,
	EveryReportTests,
	WaysInTests,
	ReplicaTests,
	TestCase,
):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		house.build()

	def setUp(self) -> None:
		super().setUp()
		forget_requests()


class TestPeriods(TestCase):
	def test_there_and_back(self) -> None:
		periods = [
			Period(getdate("2026-01-01"), getdate("2026-03-31")),
			Period(getdate("2026-07-01"), getdate("2026-07-01")),
		]
		self.assertEqual(parse_periods(format_periods(periods)), periods)
		self.assertEqual(parse_periods(None), [])
		self.assertEqual(parse_periods(" , "), [])


def exported(report: str, filters: dict, file_type: str = "CSV") -> str:
	"""What the desk's export sends to the browser (text of a CSV file)."""
	frappe.local.form_dict = frappe._dict(
		report_name=report,
		filters=json.dumps(filters),
		file_format_type=file_type,
		visible_idx=json.dumps(list(range(1000))),
		include_indentation=0,
		csv_quoting=2,
		csv_delimiter=",",
	)
	query_report.export_query()
	content = frappe.response["filecontent"]
	return content.decode("utf-8-sig") if file_type == "CSV" else ""
