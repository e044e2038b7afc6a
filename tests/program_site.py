"""Puts a program that has sent its first e-mails on a site, or takes it away again.

	program_site.py SITE make FILE     (writes to FILE, as JSON, what was made)
	program_site.py SITE clear

Runs with the bench's Python in `sites/`, and commits.
"""

from __future__ import annotations

import email
import email.policy
import re
from html import unescape

import frappe
from frappe.utils import now_datetime
from site_script import run

from sales_activity.tests import factories
from sales_activity.tests import program_house as house

LEADS = 4


def clear() -> None:
	"""Take the leads and their programs away. No e-mail is sent, then or later."""
	frappe.flags.mute_emails = True
	house.forget()


def make() -> dict:
	"""Leads in a running program, and the links of their first e-mails: lead > run, and links by their number."""
	factories.masters()
	house.build()
	program = house.program(house.mail(), house.mail(1, "Second"))
	leads = [house.lead(f"Outside {number}") for number in range(LEADS)]
	now = now_datetime()
	house.enrolled(program, *leads, at=now)
	house.sweep(now)
	return {"program": program.name, "leads": [of_lead(lead) for lead in leads]}


def of_lead(lead: str) -> dict:
	"""The run of a lead and the links of its only e-mail."""
	[row] = house.mails_to(lead)
	sent = email.message_from_string(row.message, policy=email.policy.default)
	hrefs = re.findall(r'href="([^"]+)"', sent.get_body(("html",)).get_content())
	run = frappe.db.get_value(house.ENROLMENT, {"lead": lead})
	return {"lead": lead, "run": run, "links": [unescape(href) for href in hrefs if "program_links" in href]}


if __name__ == "__main__":
	run(clear, make)
