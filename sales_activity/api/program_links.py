"""What leads open from the e-mails of a program: tracked links and the page to unsubscribe. For everybody, signed.

A tracked link redirects to an address of its e-mail, which the site has kept, and to nothing else. Opening the page to
unsubscribe changes nothing: security scanners open every link. Only its button does.
"""

from __future__ import annotations

import frappe
from frappe import _
from frappe.rate_limiter import rate_limit
from frappe.utils import cint, escape_html
from frappe.utils.response import as_page
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from sales_activity.sales_activity.nurture import program_links, program_responses, robots
from sales_activity.sales_activity.nurture.program_links import BadLinkError, ExpiredLinkError
from sales_activity.sales_activity.nurture.program_responses import UnknownLinkError
from sales_activity.transactions import patiently

REQUESTS_A_MINUTE = 300
GONE, FORBIDDEN = 410, 403


def requests_a_minute() -> int:
	"""How many an address may open in a minute: ``program_links_per_minute`` of site_config.json, else 300."""
	return cint(frappe.conf.get("program_links_per_minute")) or REQUESTS_A_MINUTE


@frappe.whitelist(allow_guest=True, methods=["GET", "HEAD"])
@rate_limit(limit=requests_a_minute, seconds=60)
def follow(t: str | None = None) -> Response | None:
	"""Record that a lead opened a link (``t``: the signed link), and redirect to where it leads."""
	try:
		link = program_links.read(t, program_links.CLICK)
		address = program_responses.address_of(link)
	except BadLinkError as error:
		return refuse(status_of(error))
	if not is_colleague():
		robot = robots.is_scanner(frappe.request.method, frappe.get_request_header("User-Agent") or "")
		program_responses.clicked(link, address, robot)
	frappe.local.response["type"] = "redirect"
	frappe.local.response["location"] = address
	return None


@frappe.whitelist(allow_guest=True, methods=["GET", "HEAD", "POST"])
@rate_limit(limit=requests_a_minute, seconds=60)
def unsubscribe(t: str | None = None) -> Response | None:
	"""Ask whoever opens the link of an e-mail (``t``) whether they want no more of it; sent by the page's button, end
	that one run."""
	try:
		link = program_links.read(t, program_links.UNSUBSCRIBE)
		if frappe.request.method == "POST":
			patiently(lambda: program_responses.unsubscribe(link))
		gone = program_responses.has_unsubscribed(link)
	except BadLinkError as error:
		return refuse(status_of(error))
	text = _("You get no more e-mails of this kind.") if gone else _form(t)
	return _page(_("Unsubscribed") if gone else _("No more e-mails of this kind?"), text)


class OneClickPage:
	"""Where mail programs unsubscribe their users (RFC 8058): a renderer of the website's pages, because the address must
	be short. Whoever opens it otherwise is taken to the page that asks."""

	def __init__(self, path: str, http_status_code: int | None = None) -> None:
		self.path = path

	def can_render(self) -> bool:
		"""Whether an address of the website looks like one of these; the site may have other pages there."""
		return program_links.is_one_click(self.path)

	def render(self) -> Response:
		"""Do what it asks for."""
		return one_click()


@rate_limit(limit=requests_a_minute, seconds=60)
def one_click() -> Response:
	"""End the run that the address of this request is about, if it is sent by POST; such requests come without a session,
	so Frappe wants no CSRF token."""
	try:
		link = program_links.read_one_click(frappe.request.path)
		if frappe.request.method != "POST":
			return redirect(program_links.unsubscribe_url(link.run))
		patiently(lambda: program_responses.unsubscribe(link))
	except BadLinkError as error:
		return refuse(status_of(error))
	return _page(_("Unsubscribed"), _("You get no more e-mails of this kind.")) or as_page()


def is_colleague() -> bool:
	"""Whether somebody of the company opens a link, as it stands in what a lead answered."""
	user = frappe.session.user
	return user != "Guest" and frappe.db.get_value("User", user, "user_type") == "System User"


def _form(token: str) -> str:
	"""A button that sends the same link once more. Safe HTML."""
	csrf = ""
	if frappe.session.user != "Guest":
		csrf = (
			f'<input type="hidden" name="csrf_token" value="{escape_html(frappe.sessions.get_csrf_token())}">'
		)
	return (
		f'<form method="POST" action="/api/method/{program_links.METHODS[program_links.UNSUBSCRIBE]}">'
		f'<input type="hidden" name="t" value="{escape_html(token)}">{csrf}'
		f'<button type="submit" class="btn btn-primary">{_("Unsubscribe")}</button></form>'
	)


def status_of(error: BadLinkError) -> int:
	"""Whether it is too old or lost what it belongs to, or never was a link of ours."""
	return GONE if isinstance(error, ExpiredLinkError | UnknownLinkError) else FORBIDDEN


def refuse(status: int) -> Response | None:
	"""The page for a link that isn't valid, or not any more."""
	text = (
		_("This link is too old, or what it belongs to is gone. Answer the e-mail that it came with.")
		if status == GONE
		else _("This link is not valid. Open it from the e-mail that it came with, as it stands there.")
	)
	return _page(_("Not a Valid Link"), text, status)


def _page(title: str, text: str, status: int = 200) -> Response | None:
	"""A page of the website. Frappe says 200 for all of them (``frappe.utils.response.as_page``), so the others are
	made here."""
	frappe.respond_as_web_page(
		title, text, http_status_code=status, indicator_color="red" if status > 200 else "green"
	)
	if status == 200:
		return None
	response = as_page()
	response.status_code = status
	return response
