"""Expense Analysis and Expense Detail: random claims against plain Python, what each user sees, orders and credit, the
way from a figure to its lines."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Any

import frappe

from sales_activity.api import cards
from sales_activity.sales_activity.expenses.figures.analysis import MEASURES
from sales_activity.sales_activity.expenses.figures.tags import TAGS as APP_TAGS
from sales_activity.sales_activity.report.expense_analysis.expense_analysis import MOST_PERIODS
from sales_activity.sales_activity.reports.filters import ReportFilterError
from sales_activity.tests import expense_house, factories
from sales_activity.tests import expense_report_house as house
from sales_activity.tests.base import TestCase
from sales_activity.tests.expense_house import ANIL, ESHA, MAX, NILS, OLGA, RAVI, TARA, TAXI, VERA
from sales_activity.tests.expense_report_house import (
	ACME,
	BOLT,
	COMPANY,
	PERSONS,
	PLAIN,
	SPAN,
	TAGS,
	WEST,
	WEST_COAST,
	YEAR,
	Line,
)
from sales_activity.tests.milestone_rows import insert
from sales_activity.tests.report_checks import ReportChecks
from sales_activity.tests.test_reports import counted_queries, execute, forget_requests

ANALYSIS, DETAIL = "Expense Analysis", "Expense Detail"
COLUMN_OF = {
	"Claimed": "base_amount",
	"Approved by the Area Manager": "manager_amount",
	"Locked by Accounts": "accounts_amount",
}
LEFT_OUT = {"Draft", "Denied", "Denied and Locked", "Cancelled"}
USERS = ("Administrator", OLGA, ESHA, RAVI, MAX, VERA, ANIL, PLAIN)
NAMES = (
	*("employee", "sales_person", "expense_type", "sales_project", "sales_milestone", "customer", "lead"),
	*("territory", "campaign", "cost_center"),
)


class Expenses(ReportChecks):
	reports = (ANALYSIS, DETAIL)
	filters = {ANALYSIS: NAMES, DETAIL: NAMES}
	groups = {ANALYSIS: tuple(TAGS)}
	span = SPAN
	empty = house.EMPTY
	narrow = {"territory": WEST, "sales_person": PERSONS[MAX]}
	sees = (OLGA, MAX, VERA, ESHA, ANIL)
	idle = TARA
	strangers = (house.STRANGER,)
	restricted = OLGA

	# --- the oracle ------------------------------------------------------------------------------------------

	def below(self, name: str, value: str) -> set[str]:
		"""What a filter on a tree stands for."""
		trees = {
			"territory": {WEST: {WEST, WEST_COAST}},
			"sales_person": {PERSONS[MAX]: {PERSONS[MAX], PERSONS[ESHA], PERSONS[RAVI]}},
			"cost_center": {self.house.group: {self.house.group, *self.house.cost_centers[:2]}},
		}
		return trees.get(name, {}).get(value, {value})

	def counted(self, asked: dict, user: str = "Administrator") -> Iterator[Line]:
		"""The lines that count, one after the other."""
		out = set(LEFT_OUT)
		if asked.get("include_denied"):
			out -= {"Denied", "Denied and Locked"}
		if asked.get("include_drafts"):
			out -= {"Draft"}
		for line in house.seen_by(user, self.house.lines):
			if line["status"] != asked["status"] if asked.get("status") else line["status"] in out:
				continue
			day = line["expense_date"]
			if not date.fromisoformat(asked["from_date"]) <= day <= date.fromisoformat(asked["to_date"]):
				continue
			if all(line[name] in self.below(name, asked[name]) for name in NAMES if asked.get(name)):
				yield line

	def expected(self, asked: dict, user: str = "Administrator") -> dict:
		"""(key,) and (key, second key) > the amount, how many lines, and the amount by month; () is everything."""
		column, by = COLUMN_OF[asked.get("measure", "Claimed")], [asked["group_by"], asked.get("then_by")]
		found: dict = defaultdict(lambda: [0.0, 0, defaultdict(float)])
		for line in self.counted(asked, user):
			keys = tuple(line[TAGS[tag]] for tag in by if tag)
			for key in {(), keys[:1], keys}:
				found[key][0] += line[column]
				found[key][1] += 1
				found[key][2][line["expense_date"].replace(day=1)] += line[column]
		return {key: (amount, lines, dict(months)) for key, (amount, lines, months) in found.items()}

	def shown(self, asked: dict) -> dict:
		"""The same, as the report shows it."""
		columns, rows = execute(ANALYSIS, asked)[:2]
		periods = {
			column["fieldname"]: date.fromisoformat(column["documents"]["filters"]["from_date"]).replace(
				day=1
			)
			for column in columns
			if column["fieldname"].startswith("period_")
		}
		found = {}
		for row in rows:
			months = {day: row[name] for name, day in periods.items() if row[name]}
			key = self.key(row)
			self.assertNotIn(key, found)
			found[key] = (row["total"], row["lines"], months)
		return found

	def key(self, row: dict) -> tuple:
		own = row["documents"]["lines"]
		pairs = (("value", "without"), ("then_value", "then_without"))
		return tuple(None if own[without] else own[value] for value, without in pairs if value in own)

	def check(self, asked: dict, user: str = "Administrator") -> None:
		self.as_user(user)
		expected = self.expected(asked, user)
		monthly = asked.get("periodicity") == "Monthly"
		expected = {
			key: (amount, lines, {day: part for day, part in months.items() if part} if monthly else {})
			for key, (amount, lines, months) in expected.items()
		}
		self.assertEqual(self.shown(asked), expected, (asked, user))

	def question(self, pick: random.Random) -> dict:
		"""Some question."""
		by = pick.sample(tuple(TAGS), 2)
		asked = {**SPAN, "group_by": by[0], "measure": pick.choice(tuple(COLUMN_OF))}
		asked["periodicity"] = pick.choice(("Monthly", "Total"))
		if pick.random() < 0.7:
			asked["then_by"] = by[1]
		if pick.random() < 0.4:
			asked |= {"from_date": f"{YEAR}-02-10", "to_date": f"{YEAR}-08-20"}
		for name in pick.sample(NAMES, pick.choice((0, 0, 1, 1, 2))):
			asked[name] = pick.choice(self.values(name))
		for flag in ("include_denied", "include_drafts"):
			asked[flag] = pick.choice((0, 0, 1))
		if pick.random() < 0.2:
			asked["status"] = pick.choice([state for state in house.STATES if state != "Cancelled"])
		return asked

	def values(self, name: str) -> list[str]:
		groups = {"territory": [WEST], "cost_center": [self.house.group], "sales_person": [PERSONS[MAX]]}
		return sorted({line[name] for line in self.house.lines if line[name]} | set(groups.get(name, ())))


class AgainstTheOracle(Expenses):
	def test_the_tests_know_every_tag_and_measure(self) -> None:
		self.assertEqual(set(TAGS), set(APP_TAGS))
		self.assertEqual(set(COLUMN_OF), set(MEASURES))

	def test_each_tag_alone(self) -> None:
		for tag in TAGS:
			for measure in COLUMN_OF:
				with self.subTest(tag=tag, measure=measure):
					self.check({**SPAN, "group_by": tag, "measure": measure, "periodicity": "Monthly"})

	def test_any_two_tags(self) -> None:
		for tag in TAGS:
			for then in TAGS:
				if tag != then:
					with self.subTest(tag=tag, then=then):
						self.check({**SPAN, "group_by": tag, "then_by": then})

	def test_random_questions_of_everybody(self) -> None:
		pick = random.Random(7)
		for _number in range(150):
			asked, user = self.question(pick), pick.choice(USERS)
			with self.subTest(asked=asked, user=user):
				self.check(asked, user)

	def test_every_user_sees_something_and_not_the_same(self) -> None:
		"""The questions above would prove little otherwise."""
		totals = {user: self.expected({**SPAN, "group_by": "Employee"}, user)[()][1] for user in USERS}
		self.assertEqual(totals["Administrator"], totals[OLGA])
		self.assertLess(totals[ESHA], totals[MAX])
		self.assertLess(totals[MAX], totals[VERA])
		self.assertLess(totals[VERA], totals[OLGA])
		self.assertTrue(all(totals.values()))

	def test_quarters(self) -> None:
		columns, rows = execute(ANALYSIS, {**SPAN, "group_by": "Employee", "periodicity": "Quarterly"})[:2]
		self.assertEqual(sum(column["fieldname"].startswith("period_") for column in columns), 4)
		for row in rows:
			self.assertEqual(sum(row[f"period_{number}"] for number in range(4)), row["total"])
		second = self.expected(
			{**SPAN, "from_date": f"{YEAR}-04-01", "to_date": f"{YEAR}-06-30", "group_by": "Lead"}
		)
		self.assertEqual(rows[-1]["period_1"], second[()][0])

	def test_order_of_rows(self) -> None:
		"""Dearest first, what has no tag last, then the total; the second tag's rows under their own."""
		rows = self.rows(ANALYSIS, group_by="Territory", then_by="Customer")
		self.assertTrue(rows[-1]["is_total"])
		first = [row for row in rows[:-1] if not row["indent"]]
		self.assertEqual(self.key(first[-1]), (None,))
		amounts = [row["total"] for row in first[:-1]]
		self.assertEqual(amounts, sorted(amounts, reverse=True))
		self.assertEqual(sum(row["total"] for row in first), rows[-1]["total"])
		for number, row in enumerate(rows[:-1]):
			if row["indent"]:
				self.assertEqual(self.key(row)[:1], self.key(rows[number - 1])[:1])

	def test_what_rows_are_called(self) -> None:
		rows = self.rows(ANALYSIS, group_by="Sales Project", then_by="Employee")
		labels = {row["label"] for row in rows}
		self.assertTrue(
			{f"Plant of {ACME}", f"Plant of {BOLT}", "Without Sales Project", "Total", "Plain"} <= labels
		)
		named = next(row for row in rows if row["label"] == f"Plant of {ACME}")
		self.assertEqual((named["tag_type"], named["tag"]), ("Sales Project", self.house.projects[0]))

	def test_titles_that_a_user_may_not_read(self) -> None:
		"""Who has a claim sees what it is tagged with, not what that is called."""
		self.as_user(PLAIN)
		labels = {row["label"] for row in self.rows(ANALYSIS, group_by="Sales Project")}
		self.assertFalse(labels & {f"Plant of {ACME}", f"Plant of {BOLT}"})
		self.assertTrue(labels & set(self.house.projects))

	def test_cards(self) -> None:
		asked = {**SPAN, "group_by": "Employee"}
		values = {card["label"]: card["value"] for card in execute(ANALYSIS, asked)[4]}
		for measure in COLUMN_OF:
			total = self.expected({**asked, "measure": measure})[()]
			self.assertEqual(values[measure], total[0])
		self.assertEqual(values["Lines"], total[1])

	def test_charts(self) -> None:
		asked = {**SPAN, "group_by": "Expense Type"}
		expected = self.expected(asked)
		chart = execute(ANALYSIS, {**asked, "periodicity": "Monthly"})[3]
		self.assertEqual(len(chart["data"]["labels"]), 12)
		shown = {series["name"]: sum(series["values"]) for series in chart["data"]["datasets"]}
		self.assertEqual(shown, {key[0]: figures[0] for key, figures in expected.items() if key})
		chart = execute(ANALYSIS, asked)[3]
		self.assertEqual(
			dict(zip(chart["data"]["labels"], chart["data"]["datasets"][0]["values"], strict=True)), shown
		)

	def test_many_groups_in_a_chart_of_months(self) -> None:
		"""The dearest are named, the rest are one."""
		insert_lines = [{"territory": factories.territory(f"Expenses Region {n}")} for n in range(9)]
		claim = next(line for line in self.house.lines if line["status"] == "Approved")
		for number, more in enumerate(insert_lines):
			self.line_of(claim["claim"], 1000 + number, **more)
		asked = {**SPAN, "group_by": "Territory", "periodicity": "Monthly"}
		rows, chart = execute(ANALYSIS, asked)[1:4:2]
		series = chart["data"]["datasets"]
		self.assertEqual((len(series), series[-1]["name"]), (8, "Others"))
		self.assertEqual(sum(sum(one["values"]) for one in series), rows[-1]["total"])

	def line_of(self, claim: str, amount: float, **values: Any) -> None:
		row = {"parent": claim, "parenttype": "Sales Expense Claim", "parentfield": "expenses", "idx": 99}
		key = frappe.generate_hash(length=16)
		line = {
			"expense_date": date(YEAR, 3, 3),
			"expense_type": TAXI,
			"base_amount": amount,
			"line_key": key,
		}
		insert("Sales Expense Line", [{**row, **line, **values}])


class DrillDownTests(Expenses):
	def figures(self, asked: dict) -> Iterator[tuple[dict, float, int | None]]:
		"""Each figure with the filters of its lines: the amount, and where it is all of the row, how many."""
		columns, rows = execute(ANALYSIS, asked)[:2]
		for column in columns:
			link = column.get("documents") or {}
			if link.get("report") != DETAIL or column["fieldname"] == "lines":
				continue
			for row in rows:
				whole = row["lines"] if column["fieldname"] == "total" else None
				yield {**link["filters"], **row["documents"]["lines"]}, row[column["fieldname"]], whole

	def test_every_figure_is_its_lines(self) -> None:
		pick = random.Random(11)
		for _number in range(12):
			asked, user = self.question(pick), pick.choice(USERS)
			self.as_user(user)
			figures = list(self.figures(asked))
			field = COLUMN_OF[asked["measure"]]
			for filters, amount, lines in pick.sample(figures, min(len(figures), 25)):
				rows = execute(DETAIL, filters)[1]
				with self.subTest(asked=asked, user=user, filters=filters):
					self.assertEqual(sum(row[field] for row in rows), amount)
					if lines is not None:
						self.assertEqual(len(rows), lines)

	def test_the_lines_are_the_oracle_s(self) -> None:
		pick = random.Random(13)
		for _number in range(40):
			asked, user = self.question(pick), pick.choice(USERS)
			plain = {name: asked[name] for name in asked if name not in ("measure", "periodicity")}
			self.as_user(user)
			rows = execute(DETAIL, plain)[1]
			expected = {line["name"] for line in self.counted(asked, user)}
			with self.subTest(asked=asked, user=user):
				self.assertEqual(len(rows), len(expected))
				self.assertEqual({row["name"] for row in rows}, expected)

	def test_oldest_first_and_complete(self) -> None:
		rows = self.rows(DETAIL)
		days = [row["expense_date"] for row in rows]
		self.assertEqual(days, sorted(days))
		lines = {line["name"]: line for line in self.house.lines}
		for row in rows:
			for name in (
				*COLUMN_OF.values(),
				*TAGS.values(),
				"claim",
				"description",
				"status",
				"employee_name",
			):
				self.assertEqual(row[name], lines[row["name"]][name], name)

	def test_a_tag_and_its_value_go_together(self) -> None:
		for wrong in (
			{"value": "x"},
			{"without": 1},
			{"then_value": "x", "group_by": "Lead"},
			{"group_by": "owner"},
		):
			with self.subTest(wrong=wrong), self.assertRaises(ReportFilterError):
				self.rows(DETAIL, **wrong)
		self.assertEqual(len(self.rows(DETAIL, group_by="Lead")), len(self.rows(DETAIL)))

	def test_values_of_tags_are_data(self) -> None:
		for tag in TAGS:
			for value in ("x' or '1'='1", "%s %(company)s {more}", "Ä\\'"):
				self.assertEqual(self.rows(DETAIL, group_by=tag, value=value), [])
				self.assertEqual(
					self.rows(DETAIL, group_by="Lead", without=1, then_by=tag, then_value=value), []
				)


class Filters(Expenses):
	def test_wrong_ones(self) -> None:
		for wrong in (
			{"group_by": "owner"},
			{"group_by": None},
			{"then_by": "status; drop table x"},
			{"then_by": "Employee"},
			{"measure": "base_amount"},
			{"periodicity": "Daily"},
			{"status": "Cancelled"},
			{"status": "Open"},
			{"from_date": f"{YEAR - 6}-01-01", "periodicity": "Monthly"},
		):
			with self.subTest(wrong=wrong), self.assertRaises(ReportFilterError):
				self.rows(ANALYSIS, **{"group_by": "Employee", **wrong})
		with self.assertRaises(ReportFilterError):
			self.rows(DETAIL, status="Cancelled")

	def test_as_many_periods_as_can_be_shown(self) -> None:
		start = f"{YEAR + 1 - MOST_PERIODS // 12}-01-01"
		rows = self.rows(ANALYSIS, group_by="Employee", from_date=start, periodicity="Monthly")
		self.assertIn(f"period_{MOST_PERIODS - 1}", rows[0])


class Permissions(Expenses):
	def lines_of(self, user: str) -> set[str]:
		self.as_user(user)
		return {row["name"] for row in self.rows(DETAIL)}

	def test_who_sees_whose(self) -> None:
		whose = {line["name"]: line["user"] for line in self.house.lines}
		for user in USERS:
			with self.subTest(user):
				expected = {line["name"] for line in self.counted(SPAN, user)}
				self.assertEqual(self.lines_of(user), expected)
		self.assertEqual({whose[name] for name in self.lines_of(PLAIN)}, {PLAIN})
		self.assertLessEqual({ESHA, RAVI, MAX}, {whose[name] for name in self.lines_of(MAX)})

	def test_user_permissions_on_tags(self) -> None:
		"""They hold for what the lines are tagged with; lines without the tag stay."""
		for doctype, name, field in (
			("Territory", WEST, "territory"),
			("Customer", ACME, "customer"),
			("Cost Center", self.house.group, "cost_center"),
			("Sales Expense Type", TAXI, "expense_type"),
		):
			with self.subTest(doctype):
				frappe.db.savepoint("restricted")
				self.restrict(OLGA, doctype, name)
				allowed = {None, *self.below(field, name)}
				expected = {line["name"] for line in self.counted(SPAN) if line[field] in allowed}
				self.assertEqual(self.lines_of(OLGA), expected)
				total = self.rows(ANALYSIS, group_by="Employee")[-1]
				self.assertEqual(total["lines"], len(expected))
				self.as_user("Administrator")
				frappe.db.rollback(save_point="restricted")
				frappe.clear_cache(user=OLGA)

	def test_user_permissions_where_the_site_is_strict(self) -> None:
		frappe.db.set_single_value("System Settings", "apply_strict_user_permissions", 1)
		frappe.clear_document_cache("System Settings", "System Settings")
		frappe.local.system_settings = {}
		self.addCleanup(setattr, frappe.local, "system_settings", {})
		self.restrict(OLGA, "Territory", WEST)
		expected = {line["name"] for line in self.counted(SPAN) if line["territory"] in (WEST, WEST_COAST)}
		self.assertEqual(self.lines_of(OLGA), expected)

	def test_through_the_desk_with_user_permissions(self) -> None:
		"""Frappe looks at the rows again: what has no tag stays there, too."""
		self.restrict(OLGA, "Territory", WEST)
		self.as_user(OLGA)
		for report, asked in (
			(ANALYSIS, {**SPAN, "group_by": "Territory", "then_by": "Customer"}),
			(DETAIL, SPAN),
		):
			found = [
				row for row in frappe.desk.query_report.run(report, asked)["result"] if isinstance(row, dict)
			]
			self.assertEqual(len(found), len(execute(report, asked)[1]))

	def test_at_most_twelve_queries_with_everything_asked(self) -> None:
		trees = {"territory": WEST, "sales_person": PERSONS[MAX], "cost_center": self.house.group}
		for user in ("Administrator", MAX, ANIL):
			for tag in ("Sales Project", "Employee", "Customer"):
				for then in ("Lead", "Sales Project" if tag != "Sales Project" else "Customer"):
					self.as_user(user)
					asked = {**SPAN, **trees, "group_by": tag, "then_by": then, "periodicity": "Monthly"}
					execute(ANALYSIS, asked)
					forget_requests()
					with self.subTest(user=user, tag=tag, then=then), counted_queries() as statements:
						execute(ANALYSIS, asked)
					self.assertLessEqual(len(statements), 12, "\n".join(statements))

	def test_queries_do_not_grow_with_the_data(self) -> None:
		asked = {**SPAN, "group_by": "Customer", "then_by": "Sales Project", "periodicity": "Monthly"}

		def statements(**dates: str) -> int:
			forget_requests()
			with counted_queries() as found:
				execute(ANALYSIS, {**asked, **dates})
			return len(found)

		statements()
		few = statements(from_date=f"{YEAR}-03-01", to_date=f"{YEAR}-03-31")
		self.assertEqual(statements(), few)


class Compared(Expenses):
	"""Against Sales Orders worth 1, 2, 4, 8...: a sum says which are in it."""

	def orders(self) -> None:
		acme, bolt = self.house.projects
		for number, values in enumerate(
			(
				{"sales_project": acme, "customer": ACME},
				{"sales_project": acme, "customer": BOLT},
				{"customer": ACME, "status": "On Hold"},
				{"sales_project": bolt, "customer": BOLT, "docstatus": 0},
				{"sales_project": bolt, "customer": BOLT, "docstatus": 2},
				{"sales_project": bolt, "customer": BOLT, "transaction_date": date(YEAR - 1, 12, 31)},
				{"sales_project": bolt, "customer": BOLT, "company": factories.COMPANY},
			)
		):
			self.order(f"exp-order-{number}", 2**number, **values)
		for order, user, role, amount in (
			("exp-order-0", ESHA, "Seller", 16),
			("exp-order-0", RAVI, "Seller", 32),
			("exp-order-0", ESHA, "Designer", 64),
			("exp-order-1", ESHA, "Seller", 128),
			("exp-order-2", RAVI, "Seller", 256),
			("exp-order-2", RAVI, "Seller", -256),
		):
			self.credit(order, user, role, amount)

	def order(self, name: str, value: float, **values: Any) -> None:
		row = {"name": name, "company": COMPANY, "docstatus": 1, "status": "To Deliver and Bill"}
		insert(
			"Sales Order", [{**row, "transaction_date": date(YEAR, 5, 5), "base_net_total": value, **values}]
		)

	def credit(self, order: str, user: str, role: str, amount: float) -> None:
		of_order = frappe.db.get_value("Sales Order", order, ["sales_project", "customer"], as_dict=True)
		row = {
			"posting_date": date(YEAR, 5, 5),
			"company": COMPANY,
			"sales_person": PERSONS[user],
			"sales_role": factories.sales_role(f"Expenses {role}"),
			"amount": amount,
			"reason": "Order",
			"voucher_type": "Sales Order",
			"voucher_no": order,
			**of_order,
		}
		name = f"{frappe.db.count('Sales Credit Entry') + 10**9:012}"
		insert("Sales Credit Entry", [{"name": name, **row}])

	def compared(self, tag: str, **filters: Any) -> dict:
		rows = self.rows(ANALYSIS, group_by=tag, **filters)
		return {row["label"]: (row.get("orders"), row.get("credit")) for row in rows if not row["indent"]}

	def test_projects(self) -> None:
		self.orders()
		plant, other = f"Plant of {ACME}", f"Plant of {BOLT}"
		expected = {plant: (3, 240), other: (0, 0), "Without Sales Project": (None, None), "Total": (3, 240)}
		self.assertEqual(self.compared("Sales Project"), expected)

	def test_customers(self) -> None:
		self.orders()
		expected = {ACME: (5, 112), BOLT: (2, 128), "Without Customer": (None, None), "Total": (7, 240)}
		self.assertEqual(self.compared("Customer"), expected)

	def test_people(self) -> None:
		"""An order counts for each of them; credit that was taken back makes none theirs."""
		self.orders()
		found = self.compared("Sales Person")
		self.assertEqual(found[PERSONS[ESHA]], (3, 208))
		self.assertEqual(found[PERSONS[RAVI]], (1, 32))
		self.assertEqual(found[PERSONS[NILS]], (0, 0))
		self.assertEqual((found["Without Sales Person"], found["Total"]), ((None, None), (None, 240)))

	def test_employees(self) -> None:
		self.orders()
		found = self.compared("Employee")
		self.assertEqual((found["Esha"], found["Ravi"]), ((3, 208), (1, 32)))

	def test_other_tags_are_compared_with_nothing(self) -> None:
		self.orders()
		for tag in set(TAGS) - {"Sales Project", "Customer", "Sales Person", "Employee"}:
			self.assertEqual(set(self.compared(tag).values()), {(None, None)})

	def test_in_one_role(self) -> None:
		self.orders()
		found = self.compared("Sales Person", sales_role="Expenses Designer")
		self.assertEqual((found[PERSONS[ESHA]], found[PERSONS[RAVI]]), ((1, 64), (0, 0)))
		self.assertEqual(self.compared("Customer", sales_role="Expenses Designer")["Total"], (7, 64))

	def test_orders_outside_the_period(self) -> None:
		self.orders()
		found = self.compared("Customer", from_date=f"{YEAR}-05-06")
		self.assertEqual(found["Total"], (0, 0))
		found = self.compared("Sales Person", from_date=f"{YEAR}-05-06")
		self.assertEqual((found[PERSONS[ESHA]], found["Total"]), ((0, 0), (None, 0)))

	def test_cost_of_sale(self) -> None:
		self.orders()
		for row in self.rows(ANALYSIS, group_by="Customer", measure="Approved by the Area Manager"):
			for value, ratio in (("orders", "cost_of_orders"), ("credit", "cost_of_credit")):
				if row.get(value):
					self.assertEqual(row[ratio], round(row["total"] / row[value] * 100, 2))
				else:
					self.assertIsNone(row.get(ratio))

	def test_who_may_read_no_orders_sees_none(self) -> None:
		self.orders()
		for tag in ("Sales Project", "Customer", "Sales Person", "Employee"):
			self.as_user(PLAIN)
			columns, rows = execute(ANALYSIS, {**SPAN, "group_by": tag})[:2]
			shown = {column["fieldname"] for column in columns}
			self.assertFalse(shown & {"orders", "credit", "cost_of_orders", "cost_of_credit"})
			self.assertTrue(all(row.get("orders") is None and row.get("credit") is None for row in rows))

	def test_orders_and_credit_that_a_user_may_not_see(self) -> None:
		"""Esha sees her own credit; Max, kept to a customer, that customer's orders."""
		self.orders()
		self.as_user(ESHA)
		self.assertEqual(self.compared("Sales Person")[PERSONS[ESHA]], (3, 208))
		self.assertEqual(self.compared("Customer")[ACME][1], 80)
		self.as_user("Administrator")
		self.restrict(MAX, "Customer", ACME)
		self.as_user(MAX)
		self.assertEqual(self.compared("Sales Project")[self.house.projects[0]], (1, 112))
		self.assertEqual(self.compared("Customer")[ACME], (5, 112))
		self.assertNotIn(BOLT, self.compared("Customer"))

	def test_the_way_to_orders_and_credit(self) -> None:
		self.orders()
		for tag in ("Sales Project", "Customer", "Sales Person"):
			columns, rows = execute(ANALYSIS, {**SPAN, "group_by": tag})[:2]
			ways = {column["fieldname"]: column.get("documents") for column in columns}
			for row in rows:
				for value, key, read in (
					("orders", "orders", self.listed),
					("credit", "credit", self.ledger),
				):
					if key in row["documents"]:
						self.assertEqual(
							read({**ways[value]["filters"], **row["documents"][key]}), row[value]
						)

	def listed(self, filters: dict) -> float:
		found = frappe.get_list(
			"Sales Order", filters, ["base_net_total"], order_by="name", limit_page_length=0
		)
		return sum(row.base_net_total for row in found)

	def ledger(self, filters: dict) -> float:
		return sum(row["amount"] for row in execute("Sales Credit Ledger", filters)[1])


class ExpenseAnalysisTests(AgainstTheOracle, DrillDownTests, Filters, Permissions, Compared, TestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		cls.house = house.House()

	def setUp(self) -> None:
		super().setUp()
		forget_requests()


class RealClaimsTests(TestCase):
	"""Claims that went through people's hands, in the company of ``expense_house``."""

	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		expense_house.build()

	def setUp(self) -> None:
		super().setUp()
		forget_requests()

	def amounts(self, **filters: Any) -> list[float]:
		"""Claimed, approved and locked by Esha in the last days."""
		today = frappe.utils.today()
		asked = {
			"company": expense_house.COMPANY,
			"from_date": frappe.utils.add_days(today, -3),
			"to_date": today,
		}
		employee = expense_house.employee(ESHA)
		found = execute(ANALYSIS, {**asked, "group_by": "Employee", "employee": employee, **filters})[4]
		return [card["value"] for card in found]

	def test_as_a_claim_goes_its_way(self) -> None:
		claim = expense_house.claim(100, 40, 7).name
		self.assertEqual(self.amounts(), [0, 0, 0, 0])
		self.assertEqual(self.amounts(include_drafts=1), [147, 0, 0, 3])
		expense_house.act(claim, "Send", ESHA)
		self.assertEqual(self.amounts(), [147, 0, 0, 3])
		expense_house.decide(claim, MAX, ("Approved", 80), "Approved", ("Denied", None, "Not for us"))
		self.assertEqual(self.amounts(), [140, 120, 0, 2])
		self.assertEqual(self.amounts(include_denied=1), [147, 120, 0, 3])
		self.assertEqual(self.amounts(status="Denied"), [7, 0, 0, 1])
		expense_house.forward(claim)
		expense_house.decide(claim, ANIL, ("Approved", 60), ("Denied", None, "No"))
		self.assertEqual(self.amounts(), [100, 80, 60, 1])
		self.assertEqual(self.amounts(include_denied=1), [147, 120, 60, 3])
		expense_house.act(claim, "Cancel", expense_house.ANITA)
		self.assertEqual(self.amounts(include_denied=1, include_drafts=1), [47, 40, 0, 2])

	def test_milestones_that_differ_in_a_capital_letter(self) -> None:
		"""Month by month, and as the lines that each figure is made of."""
		project = factories.sales_project(factories.customer("Expense Customer")).name
		of_project = {"sales_project": project, "company": expense_house.COMPANY, "status": "Ready"}
		names = insert("Sales Milestone", [{**of_project, "milestone": text} for text in ("Visit", "visit")])
		for amount, days, name in ((100, 1, names[0]), (10, 40, names[1]), (5, 1, names[1])):
			expense_house.sent(expense_house.line(amount, days_ago=days, sales_milestone=name))
		today = frappe.utils.getdate()
		asked = {"company": expense_house.COMPANY, "from_date": frappe.utils.add_months(today, -3)}
		asked |= {"to_date": today, "group_by": "Milestone"}
		for periodicity in ({}, {"periodicity": "Monthly"}):
			rows = execute(ANALYSIS, {**asked, **periodicity, "sales_project": project})[1]
			shown = sorted(row["total"] for row in rows if row["lines"])
			self.assertEqual(shown[:2], [15, 100], periodicity)
		for text, total in (("Visit", 100), ("visit", 15)):
			lines = execute(DETAIL, {**asked, "value": text, "sales_project": project})[1]
			self.assertEqual(sum(row["base_amount"] for row in lines), total)

	def test_the_number_on_the_workspace(self) -> None:
		expense_house.sent(expense_house.line(100, days_ago=0))
		with expense_house.acting(ESHA):
			card = cards.expenses_this_month({"company": expense_house.COMPANY})
			shown = execute(ANALYSIS, {**card["route_options"], "group_by": "Employee"})[1][-1]
		self.assertGreaterEqual(card["value"], 100)
		self.assertEqual((card["route"][1], card["value"]), (ANALYSIS, shown["total"]))
