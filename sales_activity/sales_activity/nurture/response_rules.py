"""What a response may hold, however it comes in. Plain functions, no site.

``response_of`` makes a Response of the values that somebody sent, or says what is wrong with them: problems are codes
with details as in ``milestones.forms``; ``response_texts`` makes sentences of them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from sales_activity.sales_activity.milestones.forms import Problem

SOURCES = ("Desk", "E-mail", "Tracked Link", "API", "Web Form", "ERPNext")

LONGEST = {"title": 140, "details": 2000, "url": 1000, "key": 140}
FIELDS = ("lead", "email", "response_type", "responded_on", "title", "details", "url", "key", "robot")
EARLIEST = datetime(1970, 1, 1)
FURTHEST_AHEAD = timedelta(days=366)

_MOMENT = re.compile(
	r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)\s*(Z|[+-]\d{2}:?\d{2})?)?",
	re.ASCII | re.IGNORECASE,
)
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LINE_BREAKS = re.compile(r"\s*[\r\n\t]+\s*")
_NO_MARKUP = str.maketrans("<>", "\u2039\u203a")  # angle quotation marks
_TRUTH = {True: True, False: False, "1": True, "0": False, "true": True, "false": False}


class Response(NamedTuple):
	"""Something that a lead did. ``responded_on``: in the site's time zone; None for now. ``key``: what the sender
	calls it; the same key from the same source is the same response. ``robot``: a machine did it, so it is kept but
	scores nothing."""

	lead: str
	response_type: str
	source: str
	responded_on: datetime | None = None
	title: str = ""
	details: str = ""
	url: str = ""
	reference_doctype: str | None = None
	reference_name: str | None = None
	key: str = ""
	robot: bool = False

	@property
	def digest(self) -> str | None:
		"""What the unique index compares: exact, while the database would take "A" and "a" for the same."""
		if not self.key:
			return None
		return hashlib.blake2b(f"{self.source}\n{self.key}".encode(), digest_size=20).hexdigest()


class Sent(NamedTuple):
	"""The values of a response as somebody sent them, checked; ``email`` stands for the lead where there is no
	``lead``."""

	response: Response
	email: str


def response_of(
	values: Mapping[str, Any], source: str, timezone: str, now: datetime, needs_key: bool = False
) -> Sent | Problem:
	"""The response that was sent, or what is wrong. ``timezone``: the site's, which moments without one are in, as
	``now`` is. What is empty counts as not sent."""
	given = {name: value for name, value in values.items() if value is not None and value != ""}
	if unknown := sorted(set(given) - set(FIELDS)):
		return Problem("unknown_fields", "", (", ".join(map(str, unknown))[:200], ", ".join(FIELDS)))
	texts = {name: _text(name, given.get(name, "")) for name in ("lead", "email", "response_type", *LONGEST)}
	if problem := next((text for text in texts.values() if isinstance(text, Problem)), None):
		return problem
	if not texts["lead"] and not texts["email"]:
		return Problem("no_lead", "")
	if not texts["response_type"]:
		return Problem("no_type", "")
	if needs_key and not texts["key"]:
		return Problem("no_key", "")
	if texts["url"] and not is_address(texts["url"]):
		return Problem("bad_url", "", (texts["url"],))
	robot = given.get("robot", False)
	robot = robot.casefold() if isinstance(robot, str) else robot
	is_truth = isinstance(robot, bool | int | str) and robot in _TRUTH
	if not is_truth:
		return Problem("bad_robot", "", (str(robot)[:60],))
	moment = _moment_of(given.get("responded_on"), timezone, now)
	if isinstance(moment, Problem):
		return moment
	email = texts.pop("email")
	return Sent(Response(**texts, source=source, responded_on=moment, robot=_TRUTH[robot]), email)


def moment_of(raw: object, timezone: str) -> datetime | None:
	"""A moment as ``2026-01-31``, ``2026-01-31 14:30``, ``2026-01-31T14:30:00Z`` or with ``+05:30``, in the time zone
	given; None for anything else. A day without a time is its first moment."""
	if isinstance(raw, datetime):
		return raw.astimezone(ZoneInfo(timezone)).replace(tzinfo=None) if raw.tzinfo else raw
	found = _MOMENT.fullmatch(raw.strip()) if isinstance(raw, str) else None
	if not found:
		return None
	day, time, offset = found.groups()
	offset = "+00:00" if (offset or "").upper() == "Z" else offset or ""
	if offset and ":" not in offset:
		offset = f"{offset[:3]}:{offset[3:]}"
	seconds, _point, fraction = (time or "00:00").partition(".")
	try:
		moment = datetime.fromisoformat(
			f"{day}T{seconds}{'.' + fraction.ljust(6, '0') if fraction else ''}{offset}"
		)
		return moment.astimezone(ZoneInfo(timezone)).replace(tzinfo=None) if offset else moment
	except (ValueError, OverflowError):
		return None


def is_address(url: str) -> bool:
	"""Whether it is the address of a page: nothing that a browser would run."""
	try:
		parts = urlsplit(url)
	except ValueError:
		return False
	return (
		parts.scheme.lower() in ("http", "https") and bool(parts.hostname) and not re.search(r"[\s<>\"]", url)
	)


def same_content(one: Response, other: Response) -> bool:
	"""Whether two responses of one key say the same. A moment that was left out is not compared."""
	if one.responded_on is None or other.responded_on is None:
		one, other = one._replace(responded_on=None), other._replace(responded_on=None)
	return one == other


def plain(text: str) -> str:
	"""Text of others that no browser takes for markup: Frappe's lists and forms show texts as they are stored."""
	return _UNPRINTABLE.sub("", text).translate(_NO_MARKUP).strip()


def one_line(text: str, longest: int = LONGEST["title"]) -> str:
	"""Text of others as a title: one plain line, cut if it is too long."""
	text = _LINE_BREAKS.sub(" ", plain(text))
	return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _text(name: str, raw: object) -> str | Problem:
	if isinstance(raw, bool) or not isinstance(raw, str | int | float):
		return Problem("not_a_text", "", (name,))
	text = plain(str(raw)) if name in ("title", "details") else str(raw).strip()
	if name != "details":
		text = _LINE_BREAKS.sub(" ", text)
	longest = LONGEST.get(name, 140)
	if len(text) > longest:
		return Problem("too_long", "", (name, str(longest), str(len(text))))
	return text


def _moment_of(raw: object, timezone: str, now: datetime) -> datetime | Problem | None:
	if raw is None:
		return None
	moment = moment_of(raw, timezone)
	if moment is None:
		return Problem("bad_moment", "", (str(raw)[:60],))
	if not EARLIEST <= moment <= now + FURTHEST_AHEAD:
		return Problem("moment_out_of_reach", "", (str(raw)[:60],))
	return moment
