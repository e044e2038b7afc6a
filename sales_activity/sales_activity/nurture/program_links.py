"""Links of a program's e-mails: signed with the site's secret, each naming the step's record and what it is for.

A tracked link doesn't carry the address that it leads to, only its number among the addresses of that e-mail, which are
kept in the step's record. So it leads nowhere else, whatever somebody makes of it.

Mail programs get a link of their own, which ends the run without asking (RFC 8058). It stands in a header line, and
Python's e-mail package, through which Frappe sends, spoils header lines that it can't break within 78 characters. So it
is short, and says neither what it is for nor until when.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import time
from html import unescape
from typing import NamedTuple

from frappe.utils import escape_html, get_url
from frappe.utils.verified_command import get_secret

from sales_activity.sales_activity.nurture.response_rules import LONGEST, is_address

CLICK, UNSUBSCRIBE, OPEN, TRAP = "click", "unsubscribe", "open", "page"
METHODS = {
	CLICK: "sales_activity.api.program_links.follow",
	UNSUBSCRIBE: "sales_activity.api.program_links.unsubscribe",
	OPEN: "sales_activity.api.program_pictures.picture",
	TRAP: "sales_activity.api.program_pictures.page",
}
DAY = 24 * 60 * 60
VALID = {CLICK: 365 * DAY, UNSUBSCRIBE: 3 * 365 * DAY, OPEN: 365 * DAY, TRAP: 365 * DAY}
MOST_LINKS = 200
ONE_CLICK = "u"  # the path below which the links for mail programs are
_LONGEST_LINE = 76
_SIGNED_BY = 16  # characters of a signature: 96 bits
_ONE_CLICK_PATH = re.compile(rf"/?{ONE_CLICK}/[\w-]{{32}}/?", re.ASCII)
_HREF = re.compile(r"""(<a\b[^<>]*?\shref\s*=\s*)(["'])([^"'<>]*)\2""", re.IGNORECASE)


class Link(NamedTuple):
	"""What a signed link says: for what, which step's record, which of its addresses."""

	kind: str
	run: str
	number: int


class BadLinkError(Exception):
	"""A link that isn't ours, or was changed."""


class ExpiredLinkError(BadLinkError):
	"""A link of ours that is too old."""


def unsubscribe_url(run: str) -> str:
	"""Where a lead ends the run that a step's e-mail belongs to."""
	return url_of(Link(UNSUBSCRIBE, run, 0))


def tracked(body: str, run: str) -> tuple[str, list[str]]:
	"""An e-mail's HTML with its links replaced by tracked ones, and the addresses that these lead to. Other links than
	to pages (mailto:, #...) and those that end the run stay as they are."""
	addresses: list[str] = []
	own = get_url(f"/api/method/{METHODS[UNSUBSCRIBE]}")

	def replaced(found: re.Match) -> str:
		address = unescape(found[3]).strip()
		if not is_address(address) or address.startswith(own) or len(address) > LONGEST["url"]:
			return found[0]
		if address not in addresses:
			if len(addresses) >= MOST_LINKS:
				return found[0]
			addresses.append(address)
		url = escape_html(url_of(Link(CLICK, run, addresses.index(address))))
		return f"{found[1]}{found[2]}{url}{found[2]}"

	return _HREF.sub(replaced, body), addresses


def url_of(link: Link, now: float | None = None) -> str:
	"""The address of a signed link."""
	return get_url(f"/api/method/{METHODS[link.kind]}?t={token_of(link, now)}")


def token_of(link: Link, now: float | None = None) -> str:
	"""What it says and until when, with its signature."""
	until = int((now or time.time()) + VALID[link.kind])
	said = f"{link.kind}.{link.run}.{link.number}.{until}"
	return f"{said}.{_signature(said)}"


def read(token: object, kind: str, now: float | None = None) -> Link:
	"""What a link of this kind says. Raises BadLinkError, ExpiredLinkError."""
	said, _dot, signature = token.rpartition(".") if isinstance(token, str) else ("", "", "")
	if not hmac.compare_digest(_signature(said).encode(), signature.encode("utf-8", "replace")):
		raise BadLinkError
	found, run, number, until = said.split(".")
	if found != kind:
		raise BadLinkError
	if int(until) < (now or time.time()):
		raise ExpiredLinkError
	return Link(found, run, int(number))


def headers(run: str) -> str:
	"""What tells mail programs how a lead ends the run that a step's e-mail belongs to: the header lines of RFC 2369 and
	RFC 8058. An address too long for a line is broken; whoever reads it leaves white space out (RFC 2369, 2)."""
	url = f"<{one_click_url(run)}>"
	lines = (url[start : start + _LONGEST_LINE] for start in range(0, len(url), _LONGEST_LINE))
	folded = "".join(f"\n {line}" for line in lines)
	return f"List-Unsubscribe:{folded}\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\n"


def one_click_url(run: str) -> str:
	"""Where a mail program ends the run that a step's e-mail belongs to, by POST."""
	return get_url(f"/{ONE_CLICK}/{run}{_short_signature(run)}")


def is_one_click(path: str) -> bool:
	"""Whether a path has the form of such a link: two names of 16 characters, that of a step's record and its signature."""
	return bool(_ONE_CLICK_PATH.fullmatch(path))


def read_one_click(path: str) -> Link:
	"""What the path of such a link says. Raises BadLinkError."""
	folder, _slash, token = path.strip("/").partition("/")
	run, signature = token[:-_SIGNED_BY], token[-_SIGNED_BY:]
	if folder != ONE_CLICK or not hmac.compare_digest(
		_short_signature(run).encode(), signature.encode("utf-8", "replace")
	):
		raise BadLinkError
	return Link(UNSUBSCRIBE, run, 0)


def _short_signature(run: str) -> str:
	return _signature(f"one click.{run}")[:_SIGNED_BY]


def _signature(said: str) -> str:
	"""Signed with a key of its own, so that nothing else that the site signs passes for a link."""
	key = hmac.new(get_secret().encode(), b"sales_activity program link", hashlib.sha256).digest()
	digest = hmac.new(key, said.encode("utf-8", "replace"), hashlib.sha256).digest()
	return base64.urlsafe_b64encode(digest[:24]).decode()
