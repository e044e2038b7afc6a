"""What mail programs and machines open of a program's e-mail, unseen: the picture that says so, and the link that nobody
sees. For everybody, signed."""

from __future__ import annotations

import frappe
from frappe.rate_limiter import rate_limit
from frappe.utils import get_url
from werkzeug.wrappers import Response

from sales_activity.api.program_links import is_colleague, refuse, requests_a_minute, status_of
from sales_activity.sales_activity.nurture import program_links, program_pictures, program_responses, robots
from sales_activity.sales_activity.nurture.program_links import BadLinkError


@frappe.whitelist(allow_guest=True, methods=["GET", "HEAD"])
@rate_limit(limit=requests_a_minute, seconds=60)
def picture(t: str | None = None) -> Response:
	"""Record that a lead opened an e-mail (``t``: the signed link), if the settings want it; the picture itself."""
	status = 200
	try:
		link = program_links.read(t, program_links.OPEN)
		if program_pictures.records_opens() and not is_colleague():
			agent = frappe.get_request_header("User-Agent") or ""
			program_responses.opened(link, robots.is_prefetch(frappe.request.method, agent))
	except BadLinkError as error:
		status = status_of(error)
	headers = {"Cache-Control": "no-store, max-age=0"}
	return Response(program_pictures.GIF, status, mimetype="image/gif", headers=headers)


@frappe.whitelist(allow_guest=True, methods=["GET", "HEAD"])
@rate_limit(limit=requests_a_minute, seconds=60)
def page(t: str | None = None) -> Response | None:
	"""A machine followed the link that nobody sees; it is taken to the site's own first page."""
	try:
		link = program_links.read(t, program_links.TRAP)
		if not is_colleague():
			program_responses.sprung(link)
	except BadLinkError as error:
		return refuse(status_of(error))
	frappe.local.response["type"] = "redirect"
	frappe.local.response["location"] = get_url("/")
	return None
