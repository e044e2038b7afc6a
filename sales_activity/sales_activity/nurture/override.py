"""A score that somebody sets by hand: with a reason, and until a day."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cstr, getdate

from sales_activity.differences import differs
from sales_activity.sales_activity.nurture.engagement import Setting, is_fit

FIELDS = ("override_score", "override_reason", "override_until")
LONGEST_REASON = 2000
SCORES = Setting("override_score", Decimal(-100_000), Decimal(100_000))


class OverrideError(frappe.ValidationError):
	"""A score can't be set by hand like that."""


def take(doc: Document, before: Mapping | None) -> None:
	"""Check what was set by hand, and put down who did it; no day takes it back. Call it in ``validate``; who may is the
	caller's question. What stands already is not checked again: it may have ended meanwhile."""
	if before and not any(differs(doc, before, field) for field in FIELDS):
		doc.overridden_by = before.get("overridden_by")
		return
	if not doc.override_until:
		_take_back(doc, before)
		return
	if not is_fit(doc.override_score, SCORES):
		_refuse(_("The score must be a number with at most two digits behind the point."))
	if getdate(doc.override_until) < getdate():
		_refuse(
			_("{0} has passed. Say until when the score set by hand is valid.").format(doc.override_until)
		)
	reason = cstr(doc.override_reason).strip()
	if not reason:
		_refuse(_("Give a reason for setting the score by hand."))
	if len(reason) > LONGEST_REASON:
		_refuse(_("The reason has at most {0} characters.").format(LONGEST_REASON))
	doc.overridden_by = frappe.session.user


def _take_back(doc: Document, before: Mapping | None) -> None:
	"""Without a day there is none; one that is set without a day was meant otherwise."""
	was_set = before and before.get("override_until")
	if not was_set and (doc.override_score or cstr(doc.override_reason).strip()):
		_refuse(_("Say until when the score set by hand is valid."))
	doc.update({"override_score": 0, "override_reason": None, "overridden_by": None})


def _refuse(message: str) -> None:
	frappe.throw(message + " " + _("Nothing was saved."), OverrideError, title=_("Score"))
