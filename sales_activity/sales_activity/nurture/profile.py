"""What a lead did, in a few lines, for the salesperson who gets it: what they read, attended, asked.

The responses that count most today and the latest ones; what machines did is left out. The whole of it, with what each
is worth, is on the Lead Nurture (``explain``).
"""

from __future__ import annotations

import frappe
from frappe import _
from frappe.utils import format_date

from sales_activity.sales_activity.nurture import scoring
from sales_activity.sales_activity.nurture.response_rules import one_line
from sales_activity.sales_activity.nurture.scoring import COUNTS, FACTOR, RESPONSE, TYPE

STRONGEST, LATEST = 5, 5
LONGEST = 300  # characters of what they said

_OF_LEAD = f"""
	select response.name, response.response_type, response.responded_on, response.title, response.details, response.url,
		if({COUNTS}, type.points * {FACTOR}, 0) as worth
	from `tab{RESPONSE}` response join `tab{TYPE}` type on type.name = response.response_type
	where response.lead_nurture = %(lead)s and response.robot = 0
"""
_CHOSEN = f"""
	select * from (
		(select * from ({_OF_LEAD}) strong order by worth desc, responded_on desc, name desc limit {STRONGEST})
		union
		(select * from ({_OF_LEAD}) late order by responded_on desc, name desc limit {LATEST})
	) chosen order by responded_on desc, name desc
"""


def lines(lead_nurture: str) -> list[tuple[str, str]]:
	"""(what and when, what it was about) of the strongest and the latest responses, the latest first; plain text, at most
	ten. One statement."""
	rows = frappe.db.sql(_CHOSEN, {**scoring.as_of(None), "lead": lead_nurture}, as_dict=True)
	return [(f"{_(row.response_type)}, {format_date(row.responded_on)}", _about(row)) for row in rows]


def _about(row: frappe._dict) -> str:
	said = [text for text in (row.title, row.details) if text] or [row.url or ""]
	return one_line(": ".join(said), LONGEST)
