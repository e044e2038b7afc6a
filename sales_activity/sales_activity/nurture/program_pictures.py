"""What a program's e-mail carries besides its text: a picture that says that it was opened, if the settings want that, and
a link that nobody sees.

The picture is signed as links are. Whether a lead opens an e-mail is what it does in private, so it is off unless somebody
has switched it on; then e-mails that are sent from now on have it, and switched off again the old ones record nothing.
(Frappe's own tracking, ``Email Account.track_email_status``, belongs to e-mails that somebody writes by hand: its link
names the Communication, unsigned, and it says once that it was read, not by what.)

The link that nobody sees has no text, so no person follows it; a machine that follows all links does (``program_machines``).
"""

from __future__ import annotations

import base64

import frappe
from frappe.utils import cint, escape_html

from sales_activity.sales_activity.nurture import program_links
from sales_activity.sales_activity.nurture.handing import SETTINGS
from sales_activity.sales_activity.nurture.program_links import OPEN, TRAP, Link

SETTING = "record_opens"
# one transparent dot
GIF = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


def records_opens() -> bool:
	"""Whether the settings want it."""
	return bool(cint(frappe.db.get_single_value(SETTINGS, SETTING)))


def added_to(body: str, run: str) -> str:
	"""An e-mail's HTML with them. ``run``: the step's record."""
	trap = escape_html(program_links.url_of(Link(TRAP, run, 0)))
	unseen = f'<a href="{trap}" style="display:none" rel="nofollow" tabindex="-1" aria-hidden="true"></a>'
	return f"{unseen}{body}{_picture(run) if records_opens() else ''}"


def _picture(run: str) -> str:
	url = escape_html(program_links.url_of(Link(OPEN, run, 0)))
	return f'<img src="{url}" width="1" height="1" alt="" style="border:0">'
