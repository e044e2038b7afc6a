"""What one expense is worth, and whether it can be claimed: rate of the day, kilometres, limits, receipts.

What a client sends of an amount in company currency, of a rate or of a decision is never believed: it is worked out
here whenever the employee saves, or as it was.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cstr, escape_html, flt, fmt_money, formatdate, getdate

from sales_activity import compat
from sales_activity.differences import differs
from sales_activity.sales_activity.expenses import duplicates, receipts, rules
from sales_activity.sales_activity.expenses.records import CLAIM, LINE

TYPE = "Sales Expense Type"
# what a line is that nobody has decided on
UNDECIDED = {
	**{"decision": "", "manager_amount": 0, "manager_reason": "", "question": "", "reply": ""},
	**{"accounts_decision": "", "accounts_amount": 0, "accounts_reason": ""},
}
# written by decisions only
DECIDED = frozenset(UNDECIDED)
# what an expense is worth, and how that was worked out
_WORTH = (
	"currency",
	"amount",
	"exchange_rate",
	"base_amount",
	"company_currency",
	"vehicle",
	"distance",
	"rate",
)
# while these are the same, so is the exchange rate
_RATED_BY = ("currency", "expense_date", "company_currency")
MOST_LINES = 500
MOST_TEXT = 2000  # characters


class ExpenseLineError(frappe.ValidationError):
	"""A line can't be claimed as it is."""


class NoExchangeRateError(ExpenseLineError):
	"""ERPNext knows no rate of a currency on a day."""


class LimitExceededError(ExpenseLineError):
	"""More was spent on a day than an expense type allows."""


def prepare(claim: Document, before: Document | None) -> None:
	"""Check the lines that the employee saved, and work out what they are worth. Call it in ``validate``.

	Raises ExpenseLineError that names the row.
	"""
	if len(claim.expenses) > MOST_LINES:
		_refuse(_("A claim has at most {0} lines. Make another claim of the rest.").format(MOST_LINES))
	known = {row.name: row for row in before.expenses} if before else {}
	# what was approved is worth what it was, whatever became of rates, types and days since
	asked_by = before.asked_by if before and before.status == rules.CLARIFICATION else None
	is_approved = asked_by == rules.BY_ACCOUNTS
	for row in claim.expenses:
		if is_approved:
			row.update({field: known[row.name].get(field) for field in _WORTH})
		_prepare(claim, row, known.get(row.name), is_approved)


def check_ready(claim: Document) -> None:
	"""Refuse to send a claim without lines, without a receipt that is needed, or above a limit that stops it. The
	employee is locked (``moves.lock_employee``), so that two claims of one day know of each other."""
	if not claim.expenses:
		_refuse(_("There is nothing to send. Add an expense first."))
	_check_sendable(claim, claim.expenses)


def check_raised(claim: Document, before: Document) -> None:
	"""Refuse what ``check_ready`` would have refused in lines that the employee, who was asked about them, made more or
	something else of. Those left as they are were sent once, whatever limits and types say now."""
	known = {row.name: row for row in before.expenses}
	raised = [row for row in claim.expenses if _is_raised(row, known[row.name])]
	if raised:
		_check_sendable(claim, raised)


def _is_raised(row: Document, before: Document) -> bool:
	is_more = flt(row.base_amount) > flt(before.base_amount) + rules.TOLERANCE
	is_bare = before.receipt and not row.receipt
	return (
		is_more or is_bare or any(differs(row, before, field) for field in ("expense_type", "expense_date"))
	)


def _check_sendable(claim: Document, rows: Iterable[Document]) -> None:
	"""The receipts of some lines, and the limits that they count to."""
	for row in rows:
		if needs_receipt(_type_of(row), row.base_amount) and not row.receipt:
			_refuse(_("{0}: attach the receipt.").format(_row(row)))
	keys = {row.line_key for row in rows}
	for excess in excesses(claim, locked=True):
		if excess["action"] == rules.STOP and not keys.isdisjoint(excess["lines"]):
			text = escape_html(excess["text"]) + " " + _("It can't be sent.")
			frappe.throw(text, LimitExceededError, title=_("Limit"))


def set_totals(claim: Document) -> None:
	"""The totals of the lines."""
	found = rules.totals(claim.expenses)
	if not rules.is_amount(found["total_claimed"]):
		_refuse(_("A claim comes to at most {0}. Make another claim of the rest.").format(f"{rules.MOST:,}"))
	claim.update({field: flt(value, claim.precision(field)) for field, value in found.items()})


def warn(claim: Document) -> None:
	"""Write into the lines what whoever decides should know: limits that are exceeded, what may be claimed twice."""
	texts = defaultdict(list, duplicates.warnings(claim))
	for excess in excesses(claim):
		for key in excess["lines"]:
			texts[key].append(excess["text"])
	for row in claim.expenses:
		row.warnings = "\n".join(texts[row.line_key])


def needs_receipt(expense_type: Mapping, amount: float) -> bool:
	"""Whether an amount in company currency of this type needs a receipt."""
	if expense_type.get("receipt") == rules.ABOVE:
		return flt(amount) > flt(expense_type.get("receipt_above"))
	return expense_type.get("receipt") == rules.ALWAYS


def rate_per_km(expense_type: Document, vehicle: str, company: str, day: date) -> float | None:
	"""What a type pays for a kilometre: the latest row of the vehicle that is valid on the day, a row of the company
	before one for all; None without one."""
	rows = [
		row
		for row in expense_type.rates
		if row.vehicle == vehicle
		and row.company in (company, None, "")
		and (not row.valid_from or getdate(row.valid_from) <= day)
	]
	if not rows:
		return None
	best = max(
		rows, key=lambda row: (bool(row.company), getdate(row.valid_from) if row.valid_from else date.min)
	)
	return flt(best.rate)


def excesses(claim: Document, locked: bool = False) -> list[dict]:
	"""Where the claim takes a day's expenses of a type above its limit: ``text``, ``action`` of the type, and ``lines``
	(keys). Counts what other claims of the employee hold that were sent and not denied; ``locked``: as they are now, not
	as the transaction began. One query, none without limits."""
	days: dict[tuple[str, date], list[Document]] = defaultdict(list)
	for row in claim.expenses:
		if flt(_type_of(row).limit_per_day) > 0:
			days[(row.expense_type, getdate(row.expense_date))].append(row)
	if not days:
		return []
	before = _spent(claim, days, locked)
	found = []
	for (name, day), rows in days.items():
		expense_type = frappe.get_cached_doc(TYPE, name)
		spent = before.get((name, day), 0.0) + sum(_counted(row) for row in rows)
		if spent > flt(expense_type.limit_per_day) + rules.TOLERANCE:
			text = _("{0} on {1}: {2} are claimed, the limit of a day is {3}.").format(
				name,
				formatdate(day),
				fmt_money(spent, currency=claim.currency),
				fmt_money(expense_type.limit_per_day, currency=claim.currency),
			)
			keys = [row.line_key for row in rows]
			found.append({"text": text, "action": expense_type.limit_action, "lines": keys})
	return found


# --- one line ------------------------------------------------------------------------------------------------


def _prepare(claim: Document, row: Document, before: Document | None, is_approved: bool) -> None:
	_check_texts(row)
	if not is_approved:
		_take_worth(claim, row, before)
	_take_tags(claim, row, before)
	_take_receipt(claim, row, before)


def _take_worth(claim: Document, row: Document, before: Document | None) -> None:
	row.company_currency = claim.currency
	expense_type = _checked_type(row, before)
	_check_day(row)
	if expense_type.basis == rules.DISTANCE:
		_take_distance(claim, row, expense_type)
	else:
		row.update({"vehicle": None, "distance": 0, "rate": 0})
		row.currency = row.currency or claim.currency
	_take_amount(claim, row, before)


def _checked_type(row: Document, before: Document | None) -> Document:
	if not row.expense_type:  # that it exists is Frappe's own check of links
		_refuse(_("{0}: choose an expense type.").format(_row(row)))
	expense_type = _type_of(row)
	if expense_type.disabled and (not before or before.expense_type != row.expense_type):
		_refuse(_("{0}: {1} is disabled. Choose another type.").format(_row(row), _bold(row.expense_type)))
	return expense_type


def _check_day(row: Document) -> None:
	if not row.expense_date:
		_refuse(_("{0}: say on which day it was.").format(_row(row)))
	if getdate(row.expense_date) > getdate():
		_refuse(_("{0}: {1} is still to come.").format(_row(row), formatdate(row.expense_date)))


def _check_texts(row: Document) -> None:
	for field in ("description", "reply"):
		if len(cstr(row.get(field))) > MOST_TEXT:
			label = frappe.bold(_(row.meta.get_label(field)))
			_refuse(_("{0}: {1} is too long: at most {2} characters.").format(_row(row), label, MOST_TEXT))


def _take_distance(claim: Document, row: Document, expense_type: Document) -> None:
	"""The amount of a journey: kilometres at the rate of the day, in company currency."""
	if not row.vehicle or not rules.is_amount(flt(row.distance)) or not flt(row.distance):
		_refuse(_("{0}: say with which vehicle, and how many kilometres.").format(_row(row)))
	rate = rate_per_km(expense_type, row.vehicle, claim.company, getdate(row.expense_date))
	if rate is None:
		text = _("{0}: {1} has no rate for {2} on that day. Ask Accounts to enter one.")
		_refuse(text.format(_row(row), _bold(row.expense_type), _bold(_(row.vehicle))))
	row.rate, row.currency = rate, claim.currency
	row.amount = flt(flt(row.distance) * rate, row.precision("amount"))


def _take_amount(claim: Document, row: Document, before: Document | None) -> None:
	row.amount = flt(row.amount, row.precision("amount"))
	if not rules.is_amount(row.amount) or not row.amount:
		_refuse(_("{0}: the amount must be above 0 and at most {1}.").format(_row(row), f"{rules.MOST:,}"))
	same = before and not any(differs(row, before, field) for field in _RATED_BY)
	row.exchange_rate = flt(before.exchange_rate) if same else _rate_of_day(claim, row)
	row.base_amount = flt(row.amount * row.exchange_rate, row.precision("base_amount"))
	if not rules.is_amount(row.base_amount) or not row.base_amount:
		_refuse(_("{0}: that amount can't be claimed.").format(_row(row)))


def _rate_of_day(claim: Document, row: Document) -> float:
	"""ERPNext's rate (``erpnext.setup.utils.get_exchange_rate``), which fetches one where it is allowed to and has none
	of its own; 0 or nothing where there is none."""
	if row.currency == claim.currency:
		return 1.0
	if not frappe.get_cached_value("Currency", row.currency, "enabled"):
		_refuse(_("{0}: {1} is no currency in use.").format(_row(row), _bold(row.currency)))
	ask = frappe.get_attr("erpnext.setup.utils.get_exchange_rate")
	rate = flt(ask(row.currency, claim.currency, getdate(row.expense_date)))
	if not rate > 0:
		text = _(
			"{0}: ERPNext has no exchange rate from {1} to {2} on {3}. Ask Accounts for a Currency Exchange."
		)
		frappe.throw(
			text.format(_row(row), row.currency, claim.currency, formatdate(row.expense_date)),
			NoExchangeRateError,
		)
	return rate


def _take_tags(claim: Document, row: Document, before: Document | None) -> None:
	"""What the expense was for. A milestone brings its project; a project that is newly named brings its party and its
	territory, where nothing else is said."""
	if row.sales_milestone:
		project = frappe.db.get_value("Sales Milestone", row.sales_milestone, "sales_project")
		if row.sales_project and row.sales_project != project:
			_refuse(_("{0}: that milestone belongs to another Sales Project.").format(_row(row)))
		row.sales_project = project
	if row.sales_project and (not before or differs(row, before, "sales_project")):
		fill_from_project(row)
	if row.cost_center:
		found = frappe.db.get_value("Cost Center", row.cost_center, ["company", "is_group"], as_dict=True)
		if not found or found.company != claim.company or found.is_group:
			text = _("{0}: {1} is no cost center that {2} can book to.")
			_refuse(text.format(_row(row), _bold(row.cost_center), _bold(claim.company)))


def fill_from_project(row: Document) -> None:
	"""Take party and territory from the Sales Project of a line, where it says nothing itself and the user may read it."""
	if not frappe.has_permission("Sales Project", "read", row.sales_project):
		return  # or whoever guesses its name would learn whose project it is
	project = frappe.db.get_value(
		"Sales Project", row.sales_project, ["party_type", "party", "territory"], as_dict=True
	)
	if not project:
		return
	field = {"Customer": "customer", "Lead": "lead"}.get(project.party_type)
	if field and not row.customer and not row.lead:
		row.set(field, project.party)
	row.territory = row.territory or project.territory


def set_kind_of_campaign(claim: Document) -> None:
	"""What a campaign is follows from ERPNext's version, never from the client. Call it before links are looked up."""
	kind = compat.lead_origin_doctypes()["campaign"]
	for row in claim.get("expenses") or ():
		row.campaign_type = kind


def _take_receipt(claim: Document, row: Document, before: Document | None) -> None:
	if not row.receipt:
		row.receipt_digest = ""
	elif not before or before.receipt != row.receipt:
		row.receipt_digest = receipts.digest(row.receipt, claim)
	else:
		row.receipt_digest = before.receipt_digest


# --- limits --------------------------------------------------------------------------------------------------


def _spent(claim: Document, days: Iterable[tuple[str, date]], locked: bool) -> dict[tuple[str, date], float]:
	"""What other claims of the employee hold of these types and days."""
	line, parent = frappe.qb.DocType(LINE), frappe.qb.DocType(CLAIM)
	query = (
		frappe.qb.from_(parent)
		.inner_join(line)
		.on((line.parent == parent.name) & (line.parenttype == CLAIM))
		.select(line.expense_type, line.expense_date, line.base_amount, line.decision, line.manager_amount)
		.where((parent.employee == claim.employee) & (parent.name != (claim.name or "")))
		.where(parent.status.notin([*sorted(rules.DEAD), rules.DRAFT]))
		.where(line.expense_type.isin(sorted({name for name, _day in days})))
		.where(line.expense_date.isin(sorted({day for _name, day in days})))
	)
	rows = (query.for_update() if locked else query).run(as_dict=True)
	spent: dict[tuple[str, date], float] = defaultdict(float)
	for row in rows:
		spent[(row.expense_type, getdate(row.expense_date))] += _counted(row)
	return spent


def _counted(row: Mapping) -> float:
	"""What a line counts: what was approved of it, before that what is claimed."""
	return flt(row.get("manager_amount") if row.get("decision") == "Approved" else row.get("base_amount"))


def _type_of(row: Document) -> Document:
	return frappe.get_cached_doc(TYPE, row.expense_type)


def _row(row: Document) -> str:
	return _("Row {0}").format(row.idx)


def _bold(text: object) -> str:
	return frappe.bold(escape_html(cstr(text)))


def _refuse(message: str) -> None:
	frappe.throw(message + " " + _("Nothing was saved."), ExpenseLineError)
