"""The demo company's expense claims: entered, decided, forwarded, locked, booked and paid by the people themselves.

What is spent and decided stands in ``claim_plan``; that it happened in the past is the business of ``claim_history``. A
week, from one forwarding until the next, is one transaction: it is there as a whole or not at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import frappe
from frappe.model.document import Document
from frappe.utils import flt

from sales_activity import compat
from sales_activity.api import expenses as api
from sales_activity.demo import books, catalogue, claim_plan, company, masters
from sales_activity.demo.catalogue import COMPANY, Person
from sales_activity.demo.claim_history import Weeks
from sales_activity.demo.claim_plan import Claim, Deed, Expense, Week
from sales_activity.demo.claim_receipts import receipt
from sales_activity.demo.leads import EMAILS, letters_kept
from sales_activity.demo.progress import Progress
from sales_activity.sales_activity.expenses import deciding, escalation, forwarding, people, rules
from sales_activity.sales_activity.expenses.posting import DRAFT, JOURNAL, POSTED, SETTINGS
from sales_activity.sales_activity.expenses.records import CLAIM, LINE, MOVE

STEPS = 2
TYPE = "Sales Expense Type"
TRAVEL, LODGING, GUESTS, FAIRS, OTHER, TAX, OWED, ADVANCES, CASH = (
	*("Field Travel", "Field Lodging", "Field Hospitality", "Field Trade Fairs", "Field Other"),
	*("Input Tax on Expenses", "Owed to Staff", "Advances to Staff", "Petty Cash of the Field"),
)
# account, its root type, its type
ACCOUNTS = (
	*((name, "Expense", "Expense Account") for name in (TRAVEL, LODGING, GUESTS, FAIRS, OTHER)),
	*((TAX, "Asset", ""), (OWED, "Liability", "Payable"), (ADVANCES, "Asset", ""), (CASH, "Asset", "Cash")),
)
BOOKED_ON = {
	**dict.fromkeys((claim_plan.TRAVEL, claim_plan.LOCAL, claim_plan.OWN), TRAVEL),
	**{claim_plan.LODGING: LODGING, claim_plan.FAIR: FAIRS, "Telephone": OTHER, "Other": OTHER},
	**dict.fromkeys((claim_plan.MEALS, claim_plan.GUESTS), GUESTS),
}
TAX_RATE, RATE_PER_KM, LIMIT_OF_FAIR = 12, 12, 5000
TOP = EMAILS["Asha Menon"]
AWAY, STANDS_IN = EMAILS["Rohan Kapoor"], EMAILS["Lakshmi Iyer"]
DAYS_AWAY = 12


def load(progress: Progress, scale: float = 1.0) -> None:
	"""Make what is missing; ``scale`` 1 is 40 claims. Two steps of progress, after those of ``company`` and ``leads``."""
	for step in progress.over("Expense claims: people, accounts, rates", _FOUNDATION):
		step()
	today = company.today()
	planned = claim_plan.claims(today, scale)
	happened = _Happened(planned)
	missing = [week for week in claim_plan.weeks(planned, today) if happened.lacks(week)]
	with letters_kept():
		for week in progress.over("Expense claims: decided, forwarded, booked", missing):
			_Week(week, happened).make()


def summary() -> str:
	"""A line for the terminal: how many claims there are in which state."""
	states = Counter(frappe.get_all(CLAIM, {"company": COMPANY}, pluck="status", limit=0))
	told = ", ".join(f"{states[state]} {state}" for state in rules.STATES if states[state])
	return (
		f"Expense claims: {told}.\nLook at Sales Expense Claim and the reports Expense Analysis, Claims Outstanding, "
		"Approval Times, Duplicate Expenses."
	)


# --- who decides and books, and on what ----------------------------------------------------------------------


def _make_managers() -> None:
	"""Whoever has somebody below; also where the people are those of an older demo."""
	for name in dict.fromkeys(person.boss for person in catalogue.PEOPLE if person.boss):
		user = frappe.get_doc("User", EMAILS[name])
		if people.ROLE not in {row.role for row in user.roles}:
			user.add_roles(people.ROLE)


def _make_office() -> None:
	for person in catalogue.OFFICE:
		_make_clerk(person)


def _make_clerk(person: Person) -> None:
	names = {"first_name": person.first_name, "last_name": person.last_name}
	user = masters.user(person.email, *person.roles, **names)
	boss = frappe.db.get_value("Employee", {"user_id": EMAILS[person.boss]})
	masters.employee(user, **names, company=COMPANY, gender=person.gender, reports_to=boss)


def _make_accounts() -> None:
	books.party_type()
	for name, root_type, account_type in ACCOUNTS:
		books.account(name, root_type, account_type, COMPANY)


def _make_types() -> None:
	"""Where each type is booked, what a kilometre is worth, and a type of the demo's own that has a limit."""
	for name, account in BOOKED_ON.items():
		doc = frappe.get_doc(TYPE, _type(name))
		if any(row.company == COMPANY for row in doc.accounts):
			continue
		row = {"company": COMPANY, "expense_account": books.named(account, COMPANY)}
		if name == claim_plan.LODGING:
			row.update({"tax_account": books.named(TAX, COMPANY), "tax_rate": TAX_RATE})
		doc.append("accounts", row)
		if doc.basis == rules.DISTANCE:
			doc.append("rates", {"company": COMPANY, "vehicle": "Car", "rate": RATE_PER_KM})
		doc.save(ignore_permissions=True)


def _type(name: str) -> str:
	values: dict[str, object] = {"basis": rules.DISTANCE if name == claim_plan.OWN else "Amount"}
	if name == claim_plan.FAIR:
		values.update({"limit_per_day": LIMIT_OF_FAIR, "limit_action": "Warn"})
		values.update({"receipt": rules.ALWAYS, "description": "What a stand at a fair costs on the spot."})
	return masters.make_once(TYPE, name, expense_type_name=name, **values)


def _make_settings() -> None:
	doc = frappe.get_doc(SETTINGS)
	if any(row.company == COMPANY for row in doc.expense_accounts):
		return
	accounts = {
		"payable_account": books.named(OWED, COMPANY),
		"advance_account": books.named(ADVANCES, COMPANY),
	}
	doc.append("expense_accounts", {"company": COMPANY, **accounts})
	doc.escalate_to = doc.escalate_to or TOP
	doc.save(ignore_permissions=True)


_FOUNDATION: tuple[Callable[[], object], ...] = (
	_make_managers,
	_make_office,
	_make_accounts,
	_make_types,
	_make_settings,
)


@contextmanager
def _booked_as_drafts() -> Iterator[None]:
	"""Accounts look at a booking, give it its day and submit it. (The app books on the day of the clock.)"""
	wanted = frappe.db.get_single_value(SETTINGS, "journal_as")
	frappe.db.set_single_value(SETTINGS, "journal_as", "Draft", update_modified=False)
	try:
		yield
	finally:
		frappe.db.set_single_value(SETTINGS, "journal_as", wanted, update_modified=False)


# --- what has happened already -------------------------------------------------------------------------------


class _Happened:
	"""How far an earlier run has come: a claim's log says until when it is there. What leaves no log is done as far as the
	last week of which there is any."""

	def __init__(self, planned: list[Claim]) -> None:
		self._last = {claim.title: _last_move(claim) for claim in planned}
		latest = max(filter(None, self._last.values()), default=None)
		self._until = latest and claim_plan.next_forwarding(latest)

	def lacks(self, week: Week) -> bool:
		"""Whether something of a week is still to be done."""
		return any(not self.knows(claim, deed) for claim, deed in week.deeds)

	def knows(self, claim: Claim, deed: Deed) -> bool:
		"""Whether a deed was done."""
		last = self._last[claim.title]
		return bool(last) and deed.at < (self._until if deed.what in _WITHOUT_LOG else last + _MOMENT)


def _last_move(claim: Claim) -> datetime | None:
	moves = frappe.get_all(
		MOVE, {"claim": ("in", _parts(claim) or [""])}, pluck="at", order_by="at desc", limit=1
	)
	return moves[0] if moves else None


def _parts(claim: Claim) -> list[str]:
	"""What was split off keeps the title."""
	return frappe.get_all(CLAIM, {"company": COMPANY, "title": claim.title}, pluck="name", limit=0)


# --- one week ------------------------------------------------------------------------------------------------


class _Week:
	"""What happens from one forwarding until the next, one after the other, by whoever does it."""

	def __init__(self, week: Week, happened: _Happened) -> None:
		self.week, self.happened, self.timeline = week, happened, Weeks()

	def make(self) -> None:
		"""Everything, then its times."""
		with _booked_as_drafts():
			if self.week.begins:
				self._forward(self.week.begins)
			for claim, deed in self.week.deeds:
				if not self.happened.knows(claim, deed):
					self._do(claim, deed)
		self.timeline.put_back(COMPANY)

	def _forward(self, at: datetime) -> None:
		"""What was approved before; and from the last forwarding on somebody is away."""
		self.timeline.mark(at)
		day = at.date()
		if frappe.db.exists(CLAIM, {"company": COMPANY, "status": rules.APPROVED, "state_since": ("<", at)}):
			forwarding.forward(COMPANY, by_schedule=True, up_to=day)
		if at == claim_plan.last_forwarding(company.today()):
			values = {"user": AWAY, "from_date": day, "to_date": day + timedelta(days=DAYS_AWAY)}
			if not frappe.db.exists(people.STAND_IN, values):
				masters.make(people.STAND_IN, **values, stand_in=STANDS_IN)

	def _do(self, claim: Claim, deed: Deed) -> None:
		if deed.what == claim_plan.ESCALATE:
			self.timeline.put_back(COMPANY)  # it looks at how long the claim has waited
		self.timeline.mark(deed.at)
		if deed.what == claim_plan.MAKE:
			make_claim(claim)
			return
		doc, key = _part(claim, deed.line)
		with _acting(_who(doc, deed, claim)):
			_DEEDS.get(deed.what, _move)(doc, key, deed)


@contextmanager
def _acting(user: str) -> Iterator[None]:
	before = frappe.session.user
	frappe.set_user(user)
	try:
		yield
	finally:
		frappe.set_user(before)


def _who(doc: Document, deed: Deed, claim: Claim) -> str:
	return {
		rules.EMPLOYEE: EMAILS[claim.person],
		rules.MANAGER: doc.holder or doc.area_manager,
		rules.ACCOUNTS: catalogue.BOOKKEEPER.email,
		rules.CHIEF: catalogue.CHIEF.email,
	}.get(deed.by, "Administrator")


def _part(claim: Claim, line: int) -> tuple[Document, str]:
	"""The part of a claim that a line is in, and the line's key."""
	wanted = {"parent": ("in", _parts(claim)), "description": claim.expenses[line].text}
	parent, key = frappe.db.get_value(LINE, wanted, ["parent", "line_key"])
	return frappe.get_doc(CLAIM, parent), key


# --- what people do ------------------------------------------------------------------------------------------


def make_claim(claim: Claim) -> None:
	"""A draft of somebody, with its receipts; and the advance that they got."""
	user = EMAILS[claim.person]
	if claim.advance:
		_pay_advance(frappe.db.get_value("Employee", {"user_id": user}), claim)
	with _acting(user):
		values = {"title": claim.title, "purpose": claim.purpose, "posting_date": claim.begins.date()}
		rows = [_row(expense) for expense in claim.expenses]
		frappe.get_doc({"doctype": CLAIM, **values, "expenses": rows}).insert()


def _pay_advance(employee: str, claim: Claim) -> None:
	on = {account: books.named(account, COMPANY) for account in (ADVANCES, CASH)}
	rows = [(on[ADVANCES], claim.advance, 0, employee), (on[CASH], 0, claim.advance, None)]
	books.journal(rows, COMPANY, claim.begins.date())


def _row(expense: Expense) -> dict:
	spent: dict[str, object] = {"amount": expense.amount, "currency": expense.currency}
	if expense.kind == claim_plan.OWN:
		spent = {"vehicle": "Car", "distance": expense.amount}
	return {
		"expense_date": expense.day,
		"expense_type": expense.kind,
		"description": expense.text,
		"receipt": _upload(expense.receipt) if expense.receipt else None,
		**_tags(expense),
		**spent,
	}


def _tags(expense: Expense) -> dict[str, str | None]:
	project = {"company": COMPANY, "title": expense.project}
	return {
		"sales_project": expense.project and frappe.db.get_value("Sales Project", project),
		"lead": expense.lead and frappe.db.get_value("Lead", {"email_id": expense.lead}),
		"campaign": expense.campaign and masters.campaign(expense.campaign),
		"campaign_type": compat.lead_origin_doctypes()["campaign"],
	}


def _upload(text: str) -> str:
	name, content = receipt(text)
	values = {"doctype": "File", "file_name": name, "content": content, "is_private": 1}
	return frappe.get_doc(values).insert().file_url


def _move(doc: Document, key: str, deed: Deed) -> None:
	"""A move of the workflow."""
	lower = {}
	if deed.share < 1:
		row = next(row for row in doc.expenses if row.line_key == key)
		lower[key] = flt(row.manager_amount * deed.share, 2)
	api.take_along(doc, deed.what, reason=deed.said or None, amounts=lower or None)


def _decide(doc: Document, _key: str, deed: Deed) -> None:
	"""On all lines of the claim, in their order."""
	wanted = {}
	for row, verdict in zip(doc.expenses, deed.verdicts, strict=True):
		amount = flt(row.base_amount * verdict.share, 2) if verdict.share < 1 else None
		wanted[row.line_key] = rules.Decision(verdict.kind, amount, verdict.said)
	deciding.decide(doc.name, wanted)


def _correct(doc: Document, _key: str, deed: Deed) -> None:
	"""The employee claims less of the first line that is an amount."""
	row = next(row for row in doc.expenses if not row.distance)
	row.amount = flt(row.amount * deed.share, 2)
	doc.save()


def _book(doc: Document, _key: str, deed: Deed) -> None:
	"""Accounts give what the lock booked its day, and submit it."""
	if doc.journal_entry and doc.journal_status == DRAFT:
		journal = frappe.get_doc(JOURNAL, doc.journal_entry)
		journal.posting_date = journal.cheque_date = deed.at.date()
		journal.flags.ignore_permissions = True
		journal.submit()


def _pay(doc: Document, _key: str, deed: Deed) -> None:
	if doc.journal_status == POSTED and doc.payable_amount and not doc.paid_amount:
		accounts = books.named(CASH, COMPANY), books.named(OWED, COMPANY)
		amount = flt(doc.payable_amount * deed.share, 2)
		books.payment(doc.employee, amount, COMPANY, *accounts, doc.journal_entry, deed.at.date())


def _escalate(doc: Document, _key: str, deed: Deed) -> None:
	escalation.escalate_one(doc.name, deed.at.date())


_DEEDS: dict[str, Callable[[Document, str, Deed], None]] = {
	claim_plan.DECIDE: _decide,
	claim_plan.CORRECT: _correct,
	claim_plan.BOOK: _book,
	claim_plan.PAY: _pay,
	claim_plan.ESCALATE: _escalate,
}
_WITHOUT_LOG = frozenset({claim_plan.BOOK, claim_plan.PAY, claim_plan.ESCALATE})
_MOMENT = timedelta(microseconds=1)
