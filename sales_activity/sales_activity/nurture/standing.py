"""What is known of leads that decides whether a program may go on with them. One statement for any number of leads.

Whoever wants no e-mails has said so to ERPNext (``unsubscribed``), to Frappe (Email Unsubscribe, of everything or of the
Lead's e-mails), or by a program's own link, which ends its run at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import frappe
from frappe import _
from frappe.utils import flt

from sales_activity.sales_activity.nurture.schedule import Standing

REPLY = "Reply"

# nothing that a machine answered is a reply; what came in before the lead was enrolled isn't one either
REPLIED = """exists (
	select 1 from `tabNurture Response` response
	join `tabResponse Type` kind on kind.name = response.response_type
	where response.lead_nurture = nurture.name and response.robot = 0
		and kind.recorded_when = 'Reply' and response.creation >= {since})"""
UNSUBSCRIBED = """(lead.unsubscribed = 1 or lead.email_id in (
	select email from `tabEmail Unsubscribe` gone
	where gone.email = lead.email_id and (gone.global_unsubscribe = 1
		or (gone.reference_doctype = 'Lead' and gone.reference_name = lead.name))))"""
STATUS = "if(lead.status = 'Do Not Contact', lead.status, nurture.status)"
LEADS = "`tabLead Nurture` nurture join `tabLead` lead on lead.name = nurture.lead"

_FACTS = f"""
	select nurture.name, nurture.lead, nurture.company, nurture.score, lead.disabled,
		{STATUS} status, {UNSUBSCRIBED} unsubscribed, {REPLIED.format(since="%(since)s")} replied
	from {LEADS} where nurture.name in %(names)s
"""


def of(names: Iterable[str], since: datetime) -> dict[str, frappe._dict]:
	"""What stands of Lead Nurtures by name. ``since``: from when on a reply counts."""
	names = tuple(names)
	if not names:
		return {}
	rows = frappe.db.sql(_FACTS, {"names": names, "since": since}, as_dict=True)
	return {row.name: row for row in rows}


def standing(row: frappe._dict, program_ended: bool = False) -> Standing:
	"""A row of ``of`` for the rules of ``schedule``."""
	status = "Disqualified" if row.disabled and row.status != "Do Not Contact" else row.status
	return Standing(status, bool(row.unsubscribed), bool(row.replied), flt(row.score), program_ended)


def text_of(reason: str) -> str:
	"""Why a run ends, or can't begin."""
	texts = {
		"Do Not Contact": _("must not be contacted"),
		"Unsubscribed": _("has unsubscribed"),
		"With Sales": _("is with sales"),
		"Converted": _("is converted"),
		"Disqualified": _("is disqualified or disabled"),
		"Replied": _("has replied"),
		"Threshold": _("has reached the score that brings it back to qualification"),
		"Program Ended": _("the program has ended"),
		"By Hand": _("was stopped by hand"),
	}
	return texts.get(reason, reason)
