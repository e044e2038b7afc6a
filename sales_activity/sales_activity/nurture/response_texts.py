"""What whoever sends a bad response reads: what is wrong, and what to do."""

from __future__ import annotations

from frappe import _
from frappe.utils import escape_html

from sales_activity.sales_activity.milestones.forms import Problem


def text_of(problem: Problem) -> str:
	"""The sentence for a problem of ``response_rules`` or ``responses``, with everything that was sent escaped."""
	return _texts()[problem.code].format(*map(escape_html, problem.details))


def _texts() -> dict[str, str]:
	return {
		"not_an_object": _("A response is an object with fields such as lead and response_type."),
		"unknown_fields": _("There are no fields {0}. A response has: {1}."),
		"not_a_text": _("{0} must be a text."),
		"too_long": _("{0} has at most {1} characters, not {2}. Shorten it."),
		"no_lead": _("Say whose response it is: lead (the Lead's ID) or email (the Lead's e-mail address)."),
		"no_type": _("Say what it was: response_type, the name of a Response Type."),
		"no_key": _("Give it a key: your own name for this response, so that it is never stored twice."),
		"bad_url": _("'{0}' is no address of a web page. Write it in full, as https://example.com/page."),
		"bad_robot": _("robot is true or false, not '{0}'."),
		"bad_moment": _(
			"'{0}' is no moment. Write it as 2026-01-31T14:30:00Z, with another offset instead of Z, or without one "
			"in the site's time zone."
		),
		"moment_out_of_reach": _("'{0}' lies before 1970 or more than a year ahead. Check the date."),
		"unknown_lead": _("There is no Lead {0} that you may see. Check the ID or the e-mail address."),
		"several_leads": _("Several Leads have the e-mail address {0}: {1}. Send the ID of one as lead."),
		"no_nurture": _(
			"The Lead {0} has no Lead Nurture yet. Sales Operations makes the missing ones in the list of Lead Nurture, "
			"by Make Missing Lead Nurtures in its menu."
		),
		"unknown_type": _("There is no Response Type {0}. The enabled ones are: {1}."),
		"disabled_type": _("The Response Type {0} is disabled. The enabled ones are: {1}."),
		"key_used": _(
			"The key {0} stands for another response already ({1}). Nothing was changed. Use another key, or send the "
			"response as it was."
		),
	}
