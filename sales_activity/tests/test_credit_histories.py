"""Random histories of real documents against an oracle that reads the documents alone.

After every step of a history: the ledger's sums equal the oracle's, Credit Reconciliation finds nothing in
either company, the monthly sums are those of the entries folded so far, and no entry that was there before has
changed or gone. After every history the attainment report equals the oracle's figures.

`SA_HISTORIES=2000 make test ARGS=sales_activity/tests/test_credit_histories.py` runs that many histories
(about 4 seconds each); without it a few dozen run. A failure names the seed and the steps; `SA_SEED=17` runs
only the history of that seed, and `SA_SEED=500-999` those of these seeds, so that many can run in portions.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Callable
from contextlib import contextmanager
from datetime import timedelta
from fractions import Fraction
from unittest.mock import patch

import frappe
from frappe.model.document import Document
from frappe.utils import getdate, strip_html

from sales_activity.sales_activity.credit import ledger, months, reconcile, repost
from sales_activity.tests import factories, oracle
from sales_activity.tests.base import TestCase

HISTORIES = int(os.environ.get("SA_HISTORIES") or 24)
STEPS = 14
SAVEPOINT = "credit_history"
STEP = "credit_history_step"
TOLERANCE = Fraction(1, 10_000)  # half a millionth for each of up to some hundred entries
FIRST, SECOND = "Ledger Works", "Ledger Works Overseas"
COMPANIES = (FIRST, SECOND)
CURRENCIES = {FIRST: "INR", SECOND: "USD"}
FOREIGN = {FIRST: ("USD", 83.25), SECOND: ("INR", 0.0121)}
PEOPLE = ("Ledger Asha", "Ledger Ravi", "Ledger Meera", "Ledger Kiran")
ROLES = ("Sales Person", "Design Consultant", "Tele-sales")
ITEMS = ("LEDGER-ROUTER", "LEDGER-SWITCH", "LEDGER-CABINET", "LEDGER-SERVICE")
GROUPS = ("Ledger Equipment", "Ledger Active", "Ledger Routers", "Ledger Enclosures")
DEFAULT_ROLE = "Sales Person"

Step = Callable[["History"], bool]


def make_masters() -> None:
	"""Two companies, four people below one manager, items at three depths of the item groups."""
	factories.company(FIRST, "LW", "INR")
	factories.company(SECOND, "LWO", "USD")
	factories.price_list("USD")
	factories.exchange_rate("USD", "INR", 83.25, "2020-01-01")
	factories.exchange_rate("INR", "USD", 0.0121, "2020-01-01")
	equipment, active, routers, enclosures = GROUPS
	factories.item_group(equipment, is_group=True)
	factories.item_group(active, equipment, is_group=True)
	factories.item_group(routers, active)
	factories.item_group(enclosures, equipment)
	for code, group in zip(ITEMS, (routers, active, enclosures, equipment), strict=True):
		factories.item(code, group, boxes_of=12)
	factories.sales_person("Ledger Manager", is_group=True)
	for name in PEOPLE:
		factories.sales_person(name, "Ledger Manager")
	for company in COMPANIES:
		factories.customer(f"{company} Customer")
		factories.customer(f"{company} Abroad")
	factories.monthly_distribution("Ledger Season", {"January": 40, "June": 40, "December": 20})


def chosen_seeds() -> range:
	"""The seeds that the environment asks for: `SA_SEED` ("17" or "500-999"), else the first `SA_HISTORIES`."""
	first, _dash, last = os.environ.get("SA_SEED", "").partition("-")
	return range(int(first), int(last or first) + 1) if first else range(HISTORIES)


class History:
	"""One random history: documents made so far, and the team that each order was won with."""

	def __init__(self, seed: int) -> None:
		self.random = random.Random(seed)
		self.seed = seed
		self.log: list[str] = []
		self.won: dict[str, oracle.Team] = {}
		self.quotations: list[str] = []
		self.notes: list[tuple[str, str]] = []
		self.projects = {company: self.project(company) for company in COMPANIES}

	# --- choices

	def chance(self, probability: float) -> bool:
		return self.random.random() < probability

	def order_where(self, **wanted: object) -> Document | None:
		"""A random order with these values; `status` may be a tuple."""
		found = [
			doc
			for doc in (frappe.get_doc("Sales Order", name) for name in self.won)
			if all(
				doc.get(key) in value if isinstance(value, tuple) else doc.get(key) == value
				for key, value in wanted.items()
			)
		]
		return self.random.choice(found) if found else None

	def running_order(self) -> Document | None:
		"""A submitted order that is neither closed nor on hold."""
		open_ = ("To Deliver and Bill", "To Deliver", "To Bill", "Completed")
		return self.order_where(docstatus=1, status=open_)

	def team(self) -> list[tuple[str, str, float]]:
		"""Up to three roles; within one, one person or two who share."""
		rows = []
		for role in self.random.sample(ROLES, self.random.randint(0, 3)):
			people = self.random.sample(PEOPLE, self.random.randint(1, 2))
			if len(people) == 1:
				rows.append((people[0], role, self.random.choice([100, 100, 80, 12.5])))
			else:
				share = self.random.choice([50, 33.333, 70, 0.5])
				rows += [(people[0], role, share), (people[1], role, round(100 - share, 6))]
		return rows

	def lines(self) -> list[dict]:
		rows = []
		for _ in range(self.random.randint(1, 3)):
			row = factories.line(
				self.random.choice(ITEMS),
				self.random.choice([1, 2, 3, 7, 0.5]),
				self.random.choice([25, 50, 33.33, 0.07, 12_345.67]),
			)
			if self.chance(0.2):
				row.update(uom=factories.BOX, conversion_factor=12)
			if self.chance(0.1):
				row.update(is_free_item=1, rate=0)
			rows.append(row)
		return rows

	def header(self, company: str) -> dict:
		"""Currency, discount and date of a new document."""
		values: dict = {"company": company, "on": self.day()}
		if self.chance(0.3):
			currency, rate = FOREIGN[company]
			prices = factories.price_list(currency)
			values.update(currency=currency, conversion_rate=rate, selling_price_list=prices)
		if self.chance(0.2):
			values.update(additional_discount_percentage=10, apply_discount_on="Net Total")
		return values

	def day(self) -> str:
		return str(getdate() - timedelta(days=self.random.choice([0, 1, 15, 40, 75])))

	def project(self, company: str) -> str:
		close = getdate() + timedelta(days=self.random.choice([-10, 0, 5, 30]))
		return factories.sales_project(
			f"{company} Customer",
			self.team(),
			company=company,
			expected_close_date=close if self.chance(0.7) else None,
		).name

	def customer(self, header: dict) -> str:
		return f"{header['company']} {'Abroad' if 'currency' in header else 'Customer'}"

	def submit(self, order: Document, team: oracle.Team | None = None) -> None:
		"""Submit an order, remembering who won it."""
		self.won[order.name] = oracle.team_for(order, DEFAULT_ROLE) if team is None else team
		factories.submitted(order)

	# --- steps: each returns whether there was something to do

	def quote(self) -> bool:
		company = self.random.choice(COMPANIES)
		header = self.header(company)
		rows = self.lines()
		if self.chance(0.2):
			rows.append(factories.line(self.random.choice(ITEMS), 4, 60, is_alternative=1))
		if self.chance(0.2):
			header["valid_till"] = str(getdate(header["on"]) + timedelta(days=self.random.choice([3, 200])))
		project = self.projects[company] if self.chance(0.9) else None
		doc = factories.quotation(self.customer(header), rows, sales_project=project, **header)
		self.quotations.append(doc.name)
		return True

	def order_quotation(self) -> bool:
		"""All, part or none of each line; sometimes with a line of its own, or other prices."""
		open_ = [
			doc
			for doc in (frappe.get_doc("Quotation", name) for name in self.quotations)
			if doc.docstatus == 1 and doc.status in ("Open", "Partially Ordered")
		]
		if not open_:
			return False
		quoted = self.random.choice(open_)
		changes: dict[str, dict | None] = {}
		for row in quoted.items:
			if self.chance(0.3) and len(quoted.items) > len(changes) + 1:
				changes[row.name] = None
			elif self.chance(0.4):
				changes[row.name] = {"qty": row.qty / 2, "rate": row.rate * 1.1}
		extra = self.lines()[:1] if self.chance(0.3) else []
		self.submit(factories.order_from(quoted, changes, extra, submit=False))
		return True

	def order_directly(self) -> bool:
		"""Of a project without a quotation, or of none, with ERPNext's own Sales Team."""
		company = self.random.choice(COMPANIES)
		header = self.header(company)
		if self.chance(0.5):
			header["sales_project"] = self.projects[company]
		if self.chance(0.6):
			one, other = self.random.sample(PEOPLE, 2)
			share = self.random.choice([60, 99.5])
			header["sales_team"] = {one: share, other: 100 - share}
		self.submit(factories.sales_order(self.customer(header), self.lines(), submit=False, **header))
		return True

	def cancel(self) -> bool:
		order = self.order_where(docstatus=1)
		if not order:
			return False
		factories.cancel(order)
		return True

	def amend(self) -> bool:
		"""The successor on the same project keeps the team, if there was one, whatever the project's is now."""
		order = self.order_where(docstatus=2)
		if not order or frappe.db.exists("Sales Order", {"amended_from": order.name}):
			return False
		values: dict = {}
		if self.chance(0.3):
			values["sales_project"] = None if order.sales_project else self.projects[order.company]
		successor = factories.amend(order, submit=False, **values)
		kept = self.won[order.name] if successor.sales_project and not values else None
		self.submit(successor, kept or None)
		return True

	def close(self) -> bool:
		order = self.running_order()
		if not order:
			return False
		factories.close(order)
		return True

	def hold(self) -> bool:
		order = self.running_order()
		if not order:
			return False
		factories.hold(order)
		return True

	def reopen(self) -> bool:
		order = self.order_where(docstatus=1, status=("Closed", "On Hold"))
		if not order:
			return False
		factories.reopen(order)
		return True

	def deliver(self) -> bool:
		return self._follow(factories.deliver, "delivered_qty", "qty")

	def bill(self) -> bool:
		return self._follow(factories.bill, "billed_amt", "amount")

	def _follow(self, make: Callable, done: str, whole: str) -> bool:
		"""Deliver or bill some of the lines that are still open, in part or in full."""
		order = self.running_order()
		open_ = [row for row in order.items if row.get(done) < row.get(whole)] if order else []
		if not open_:
			return False
		some = self.random.sample(open_, self.random.randint(1, len(open_)))
		note = make(order, {row.name: row.qty * self.random.choice([1, 0.5, 0.25]) for row in some})
		self.notes.append((note.doctype, note.name))
		return True

	def take_back(self) -> bool:
		"""Return part of a note or invoice, even of an order that is closed meanwhile."""
		docs = [frappe.get_doc(*note) for note in self.notes]
		docs = [doc for doc in docs if doc.docstatus == 1 and not doc.is_return]
		if not docs:
			return False
		note = self.random.choice(docs)
		back = factories.take_back(note, {note.items[0].name: note.items[0].qty / 2})
		self.notes.append((back.doctype, back.name))
		return True

	def cancel_note(self) -> bool:
		docs = [frappe.get_doc(*note) for note in self.notes]
		docs = [doc for doc in docs if doc.docstatus == 1]
		if not docs:
			return False
		factories.cancel(self.random.choice(docs))
		return True

	def update_items(self) -> bool:
		order = self.running_order()
		if not order:
			return False
		row = self.random.choice(order.items)
		kind = self.random.choice(["qty", "rate", "add", "remove"])
		if kind == "add":
			factories.update_items(order, add=[(self.random.choice(ITEMS), 2, 40)])
		elif kind == "remove" and len(order.items) > 1:
			factories.update_items(order, remove=[row.name])
		else:
			change = {"rate": row.rate + 5} if kind == "rate" else {"qty": row.qty + 1}
			factories.update_items(order, {row.name: change})
		return True

	def lose_group(self) -> bool:
		"""A line without an item group, as old or imported data has them; then a repost."""
		order = self.running_order()
		if not order:
			return False
		frappe.db.set_value("Sales Order Item", order.items[0].name, "item_group", None)
		self.post_again(order, repost.OWN_TEAM)
		return True

	def change_team(self) -> bool:
		"""Orders won before keep their team."""
		project = frappe.get_doc("Sales Project", self.random.choice(list(self.projects.values())))
		project.set("team", factories.member_rows(self.team()))
		project.save()
		return True

	def change_project(self) -> bool:
		"""Move a submitted order to the project, or away from it: the team that won it stays."""
		order = self.running_order()
		if not order:
			return False
		order.sales_project = None if order.sales_project else self.projects[order.company]
		order.save()
		return True

	def repost_own_team(self) -> bool:
		order = self.order_where()
		if not order:
			return False
		self.post_again(order, repost.OWN_TEAM)
		return True

	def repost_current_team(self) -> bool:
		order = self.order_where(docstatus=1)
		if not order:
			return False
		if order.sales_project and self.chance(0.5):
			moved = [
				doc
				for doc in (frappe.get_doc("Sales Order", name) for name in self.won)
				if doc.sales_project == order.sales_project and doc.docstatus == 1
			]
			self.post_again(order, repost.CURRENT_TEAM, sales_order=None, sales_project=order.sales_project)
		else:
			moved = [order]
			self.post_again(order, repost.CURRENT_TEAM)
		for doc in moved:
			self.won[doc.name] = oracle.team_for(doc, DEFAULT_ROLE)
		return True

	def fold(self) -> bool:
		"""As the nightly job does, but without waiting a day; sometimes not all."""
		size, limit = self.random.choice([1, 5, 1000]), ledger.name_at(time.time())
		return any([months.fold_batch(company, limit, size) for company in COMPANIES])

	def post_again(self, order: Document, team_source: str, **values: object) -> None:
		fields = {"company": order.company, "sales_order": order.name, "team_source": team_source, **values}
		doc = factories.make("Sales Credit Repost", reason="history", **fields)
		doc.submit()
		repost.run(doc.name, lambda done, total: None)
		doc.reload()
		if doc.status != "Completed":
			raise AssertionError(f"{doc.name} is {doc.status}: {doc.error}")

	def move_project(self) -> bool:
		"""Hold, resume, win, lose or reopen a project: what is open of it comes and goes."""
		from frappe.model.workflow import apply_workflow, get_transitions

		project = frappe.get_doc("Sales Project", self.random.choice(list(self.projects.values())))
		project.lost_reason = "history"
		project.save()
		apply_workflow(project, self.random.choice([row.action for row in get_transitions(project)]))
		return True

	def lose_quotation(self) -> bool:
		open_ = [
			name for name in self.quotations if frappe.db.get_value("Quotation", name, "status") == "Open"
		]
		if not open_:
			return False
		factories.lose(frappe.get_doc("Quotation", self.random.choice(open_)))
		return True


WEIGHTS: dict[str, int] = {
	"quote": 4,
	"order_quotation": 8,
	"order_directly": 5,
	"cancel": 3,
	"amend": 4,
	"close": 5,
	"hold": 1,
	"reopen": 3,
	"deliver": 5,
	"bill": 5,
	"take_back": 4,
	"cancel_note": 2,
	"update_items": 6,
	"lose_group": 1,
	"change_team": 3,
	"change_project": 1,
	"repost_own_team": 2,
	"repost_current_team": 3,
	"move_project": 1,
	"lose_quotation": 1,
	"fold": 4,
}


class TestHistories(TestCase):
	done: Counter
	refused: Counter

	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		make_masters()
		frappe.db.commit()
		cls.done, cls.refused = Counter(), Counter()

	def test_random_histories(self) -> None:
		seeds = chosen_seeds()
		for seed in seeds:
			self.run_history(seed)
		if len(seeds) >= 20:
			expected = {step for step, weight in WEIGHTS.items() if weight > 2 or len(seeds) >= 100}
			self.assertLessEqual(expected, set(self.done), "kinds of steps that were never taken")
			self.assertGreater(sum(self.done.values()), 4 * sum(self.refused.values()), self.refused)

	def run_history(self, seed: int) -> None:
		frappe.db.savepoint(SAVEPOINT)
		try:
			# a repost commits after each batch; here nothing may outlive the test
			with patch.object(frappe.db, "commit"):
				# ERPNext's own units count whole things; histories cut them
				for unit in (factories.UOM, factories.BOX):
					frappe.db.set_value("UOM", unit, "must_be_whole_number", 0)
				history = History(seed)
				self.make_targets(history)
				self.play(history)
				self.check_report(history)
		finally:
			frappe.db.rollback(save_point=SAVEPOINT)
			forget()

	def play(self, history: History) -> None:
		entries = self.entries()
		first = ["order_directly", "quote", "order_quotation"]
		while len(history.log) < STEPS:
			chosen = history.random.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
			step = first.pop(0) if first else chosen
			won = dict(history.won)
			frappe.db.savepoint(STEP)
			try:
				acted = getattr(history, step)()
			except frappe.ValidationError as error:
				# ERPNext refuses what makes no sense; like a request that fails, it must leave no trace
				frappe.db.rollback(save_point=STEP)
				forget()
				history.won = won
				self.refused[f"{step}: {strip_html(str(error))[:90]}"] += 1
				history.log.append(f"{step} refused: {str(error)[:200]}")
			else:
				if not acted:
					continue
				history.log.append(step)
				self.done[step] += 1
			entries = self.check_ledger(history, entries)

	def entries(self) -> dict[str, tuple]:
		"""Every entry of the companies, with all its values."""
		rows = frappe.db.sql("select * from `tabSales Credit Entry` where company in %s", (COMPANIES,))
		return {row[0]: row for row in rows}

	def check_ledger(self, history: History, before: dict[str, tuple]) -> dict[str, tuple]:
		with self.explained(history):
			self.assert_same_sums(
				oracle.ledger_by_month(COMPANIES), oracle.by_month(oracle.credits(history.won))
			)
			for company in COMPANIES:
				self.assertEqual(reconcile.differences(company), [])
			self.assertTrue({*COMPANIES}.isdisjoint(months.differing()))
			now = self.entries()
			self.assertEqual({name: now.get(name) for name in before}, before, "entries are never changed")
		return now

	def assert_same_sums(
		self, found: dict[oracle.Key, oracle.Pair], expected: dict[oracle.Key, oracle.Pair]
	) -> None:
		nothing = (Fraction(0), Fraction(0))
		for key in sorted({*found, *expected}, key=str):
			for have, want in zip(found.get(key, nothing), expected.get(key, nothing), strict=True):
				self.assertLessEqual(abs(have - want), TOLERANCE, f"{key}: {float(have)}, not {float(want)}")

	def make_targets(self, history: History) -> None:
		"""Three targets: of the year, and of its two parts before and after a random day. Some people and roles
		have targets, some on nested groups, some on the root, others none."""
		chance, year = history.random, getdate().replace(month=1, day=1)
		last = year.replace(month=12, day=31)
		middle = year + timedelta(days=chance.choice([180, 250, 300, 325]))
		root = factories.root("Item Group", "All Item Groups")
		keys = [(p, role, group) for p in PEOPLE for role in ROLES for group in (*GROUPS, root)]
		whole, before, after = (set(chance.sample(keys, 6)) for _ in range(3))
		for chosen, start, end in (
			(whole, year, last),
			(before - whole, year, middle),
			(after - whole, middle + timedelta(days=1), last),
		):
			rows = [
				(*key, chance.choice([0, 1000, 12_345.67]), chance.choice([None, "Ledger Season"]))
				for key in sorted(chosen)
			]
			if rows:
				values = {"company": FIRST, "from_date": str(start), "to_date": str(end), "title": "History"}
				factories.sales_target(rows, **values)

	def check_report(self, history: History) -> None:
		"""The attainment report of this year and of the last 30 days."""
		today = getdate()
		closed = oracle.credits(history.won)
		for company in COMPANIES:
			for start in (today.replace(month=1, day=1), today - timedelta(days=30)):
				end = today.replace(month=12, day=31)
				with self.explained(history):
					check_attainment(self, company, start, end, closed)

	@contextmanager
	def explained(self, history: History):
		try:
			yield
		except AssertionError as error:
			steps = "\n  ".join(history.log)
			raise AssertionError(f"history of SA_SEED={history.seed}:\n  {steps}\n{error}") from error


FIGURES = ("target", "pipeline", "weighted_pipeline", "closed", "target_to_date")


def check_attainment(
	test: TestCase,
	company: str,
	start: object,
	end: object,
	closed: list[oracle.Credit],
	basis: str = "Value",
) -> None:
	"""Compare lines and people of Role Target Attainment with the oracle's."""
	from sales_activity.sales_activity.report.role_target_attainment.role_target_attainment import execute

	filters = {"company": company, "from_date": str(start), "to_date": str(end), "basis": basis}
	rows = execute({**filters})[1]
	lines, totals = oracle.attainment(company, basis, start, end, closed, getdate())
	found = {
		(row["row_type"], row["sales_person"], row["sales_role"], row["item_group"]): row
		for row in rows
		if row["row_type"] != "person"
	}
	test.assertEqual(len(found), sum(row["row_type"] != "person" for row in rows), "no line twice")
	for key in sorted({*found, *lines}, key=str):
		expected = lines.get(key, oracle.Line(*[Fraction(0)] * 6))
		check_row(test, found.get(key, {}), expected, expected.closed, f"{company} {key}")
	for row in rows:
		if row["row_type"] == "person":
			below = [totals[name] for name in oracle.people_below(row["sales_person"]) if name in totals]
			columns = zip(*below, strict=True) if below else [()] * len(oracle.Line._fields)
			expected = oracle.Line(*(sum(column, Fraction(0)) for column in columns))
			check_row(test, row, expected, expected.counted, f"{company} {row['sales_person']}")
	shown = {row["sales_person"] for row in rows if row["row_type"] == "person"}
	with_figures = {name for name, line in totals.items() if any(abs(value) > TOLERANCE for value in line)}
	test.assertLessEqual(with_figures, shown)


def check_row(test: TestCase, row: dict, expected: oracle.Line, counted: Fraction, where: str) -> None:
	wanted = (expected.target, expected.pipeline, expected.weighted, expected.closed, expected.to_date)
	for field, want in zip(FIGURES, wanted, strict=True):
		have = Fraction(row.get(field) or 0)
		test.assertLessEqual(
			abs(have - want), TOLERANCE, f"{where}: {field} {float(have)}, not {float(want)}"
		)
	if row.get("row_type") == "no_target":
		test.assertEqual((row["attainment"], row["gap"]), (None, None), where)
	elif expected.target:
		percent = float(counted / expected.target * 100)
		test.assertAlmostEqual(row["attainment"], percent, delta=0.0051, msg=where)
		test.assertAlmostEqual(row["gap"], float(expected.target - counted), delta=0.001, msg=where)
	elif row:
		test.assertIsNone(row["attainment"], where)


def forget() -> None:
	"""What Frappe remembers of documents and of saves under way, as the end of a request does."""
	frappe.flags.currently_saving = []
	frappe.db.value_cache.clear()
	frappe.clear_messages()
	cache = frappe.cache() if callable(frappe.cache) else frappe.cache
	cache.delete_keys("document_cache::")
