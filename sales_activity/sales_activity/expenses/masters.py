"""Checks of what an admin sets up for expenses: types, accounts of companies, stand-ins, the settings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cstr, escape_html, flt, getdate

from sales_activity.sales_activity.expenses import people, rules

SETTINGS = "Sales Activity Settings"
TYPE = "Sales Expense Type"
# settings that an old site has no value of
DEFAULTED = (
	*("journal_per", "journal_as"),
	*("days_for_manager", "days_for_clarification", "days_for_approved"),
	*("days_for_accounts", "days_for_answer"),
)


class ExpenseSetupError(frappe.ValidationError):
	"""An expense type, a stand-in or the settings of expenses can't be used as they are."""


def check_type(doc: Document) -> None:
	"""Refuse an expense type that no line could be checked by. Call it in ``validate``."""
	_check_amounts(doc, ("limit_per_day", "receipt_above"))
	if doc.receipt == rules.ABOVE and not flt(doc.receipt_above) > 0:
		_refuse(_("Say above which amount a receipt is needed, or choose Always."))
	if doc.basis != rules.DISTANCE:
		doc.set("rates", [])
	_check_rates(doc.rates)
	_check_once([row.company for row in doc.accounts], _("Company"))
	for row in doc.accounts:
		_check_row(row, ("expense_account", "tax_account", "cost_center"))
		_check_tax(row)


def check_settings(doc: Document) -> None:
	"""Refuse settings of expenses that can't work. Call it in ``validate`` of the settings."""
	if doc.escalate_to and not people.may_decide(doc.escalate_to):
		_refuse(
			_("{0} needs to be enabled and to have the role Area Manager.").format(_bold(doc.escalate_to))
		)
	before = doc.get_doc_before_save()
	if not before or (doc.forward_on or "") != (before.forward_on or ""):
		doc.forward_since = getdate()
	_check_once([row.company for row in doc.expense_accounts], _("Company"))
	for row in doc.expense_accounts:
		_check_row(row, ("payable_account", "advance_account", "default_cost_center"))
		kind = frappe.get_cached_value("Account", row.payable_account, "account_type")
		if kind != "Payable":
			_refuse(
				_("{0} is no account of the type Payable. Choose one for {1}.").format(
					_bold(row.payable_account), _bold(row.company)
				)
			)


def check_stand_in(doc: Document) -> None:
	"""Refuse a stand-in who couldn't stand in, or whom somebody names for others. Call it in ``validate``."""
	if not people.may_name_stand_ins(frappe.session.user, doc):
		frappe.throw(
			_("You name your own stand-in. For others that is done by Sales Operations."),
			frappe.PermissionError,
		)
	if doc.user == doc.stand_in:
		_refuse(_("Nobody stands in for themselves. Choose somebody else."))
	if getdate(doc.from_date) > getdate(doc.to_date):
		_refuse(_("The first day must not be after the last."))
	# not whom they stand in for: they may have left, with claims still to be decided on
	if not people.may_decide(doc.stand_in):
		_refuse(_("{0} needs to be enabled and to have the role Area Manager.").format(_bold(doc.stand_in)))


def _check_amounts(doc: Document, fieldnames: Iterable[str]) -> None:
	for fieldname in fieldnames:
		if not rules.is_amount(flt(doc.get(fieldname))):
			label = _(doc.meta.get_label(fieldname))
			_refuse(_("{0} must be a number from 0 to {1}.").format(frappe.bold(label), f"{rules.MOST:,}"))


def _check_rates(rows: Iterable[Document]) -> None:
	for row in rows:
		if not rules.is_amount(flt(row.rate)) or not flt(row.rate):
			_refuse(_("Row {0}: a rate per kilometre is a number above 0.").format(row.idx))
	_check_once([(row.vehicle, row.company or "", cstr(row.valid_from)) for row in rows], _("Vehicle"))


def _check_once(keys: Iterable[object], label: str) -> None:
	twice = next((key for key, count in Counter(keys).items() if count > 1), None)
	if twice is not None:
		parts = [part for part in (twice if isinstance(twice, tuple) else (twice,)) if part]
		_refuse(_("{0} stands in two rows: {1}. Keep one.").format(label, _bold(", ".join(parts))))


def _check_tax(row: Document) -> None:
	if not 0 <= flt(row.tax_rate) <= 100:
		_refuse(_("Row {0}: the tax rate must be from 0 to 100.").format(row.idx))
	if bool(flt(row.tax_rate)) != bool(row.tax_account):
		_refuse(_("Row {0}: a tax rate and a tax account go together.").format(row.idx))


def _check_row(row: Document, fieldnames: Iterable[str]) -> None:
	"""Accounts and cost centers are the company's, and can be booked to."""
	for field in map(row.meta.get_field, fieldnames):
		name = row.get(field.fieldname)
		if not name:
			continue
		found = frappe.get_cached_doc(field.options, name)
		if found.company != row.company or found.is_group or found.get("disabled"):
			text = _("Row {0}: {1} is no {2} that {3} can book to.")
			_refuse(text.format(row.idx, _bold(name), _(field.options), _bold(row.company)))


def _bold(text: str | None) -> str:
	return frappe.bold(escape_html(text or ""))


def _refuse(message: str) -> None:
	frappe.throw(message + " " + _("Nothing was saved."), ExpenseSetupError)
