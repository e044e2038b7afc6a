"""What happens to the demo company's leads: who asks when, who is qualified, nurtured, handed over, and what comes of it.

Plain functions, no site: the same day and size always give the same plan. Times are moments within office hours.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from sales_activity.demo import catalogue
from sales_activity.demo.course_plan import MORNING, datetime, later, moment
from sales_activity.demo.plan import SEED, Line, lines_of
from sales_activity.sales_activity.nurture import rules

# how many leads of each kind a demo of full size holds
KINDS = {
	"new": 10,
	"in qualification": 9,
	"disqualified": 10,
	"do not contact": 5,
	"in nurture": 30,
	"replied": 6,
	"unsubscribed": 5,
	"nurtured, then sold": 12,
	"accepted": 16,
	"rejected": 7,
	"to accept": 5,
}
# days of the program's steps, from the enrolment
STEP_DAYS = (0, 4, 9, 16)
# what is done with a lead besides the moves of its workflow
ENROL, STEP, CLICK, REPLY, ATTEND, UNSUBSCRIBE, ORDER = (
	*("Enrol", "Step", "Click", "Reply", "Attend", "Unsubscribe", "Order"),
)

NO_FIT = (
	"They want a single router, for a shop.",
	"They have signed with a competitor for three years.",
	"A student who writes a thesis about networks.",
	"No budget before the year after next.",
)
NO_CALLS = ("Asked not to be called again.", "Complained about the newsletter. Never subscribed, they say.")
TOO_EARLY = (
	"The decision was put off until the new plant is finished.",
	"They only want a price to compare. Nobody there knows of a project.",
	"The one who decides comes back in two months.",
)


class Deed(NamedTuple):
	"""Something that happens to a lead: a move of its workflow, or one of the above. ``said`` is a reason or a text."""

	at: datetime
	what: str
	said: str = ""


class Prospect(NamedTuple):
	"""A lead from its first day on. ``deeds`` are in the order of their times; ``lines`` are what it may order."""

	kind: str
	first_name: str
	last_name: str
	organisation: str
	territory: str
	source: str
	campaign: str | None
	revenue: int
	sites: int
	decides: str
	qualifier: str
	begins: datetime
	deeds: tuple[Deed, ...]
	lines: tuple[Line, ...]

	@property
	def name(self) -> str:
		"""First and last name."""
		return f"{self.first_name} {self.last_name}"

	@property
	def email(self) -> str:
		"""An address that nobody can own."""
		domain = self.organisation.lower().replace(" ", "-")
		return f"{self.first_name}.{self.last_name}@{domain}.example".lower()


def prospects(today: date, scale: float = 1.0) -> list[Prospect]:
	"""The leads up to a day, at least one of each kind, in the order of their first days. No two have one name."""
	names = [(first, last) for first in catalogue.FIRST_NAMES for last in catalogue.LAST_NAMES]
	places = [f"{place} {trade}" for place in catalogue.PLACES for trade in catalogue.TRADES]
	chance = Random(f"{SEED} leads")
	chance.shuffle(names)
	chance.shuffle(places)
	made = []
	for kind, count in KINDS.items():
		for number in range(max(1, round(count * scale))):
			chance = Random(f"{SEED} lead {kind} {number}")
			made.append(_prospect(kind, names[len(made)], places[len(made)], today, chance))
	return sorted(made, key=lambda one: (one.begins, one.name))


def _prospect(kind: str, names: tuple[str, str], organisation: str, today: date, chance: Random) -> Prospect:
	least, most = _DAYS_AGO[kind]
	day = today - timedelta(days=chance.randint(least, most))
	begins = moment(day, MORNING + timedelta(minutes=chance.randint(0, 420)))
	territory = chance.choices(list(catalogue.REGIONS), weights=(4, 4, 3, 1))[0]
	ripe = kind in _RIPE
	currency = catalogue.FOREIGN_CURRENCY if territory == "Export" else catalogue.CURRENCY
	course = _Course(begins, chance)
	_COURSES[kind](course)
	end = moment(today, timedelta(0))
	return Prospect(
		kind,
		*names,
		organisation,
		territory,
		*_origin(today, day, chance),
		revenue=chance.choice((60, 90, 140, 300) if ripe else (5, 20, 60, 140)) * 1_000_000,
		sites=chance.randint(2, 9) if ripe else chance.randint(1, 3),
		decides="Yes" if ripe else chance.choice(("Has a say", "No")),
		qualifier=chance.choice(catalogue.QUALIFIERS),
		begins=begins,
		deeds=tuple(deed for deed in sorted(course.deeds) if deed.at < end),
		lines=lines_of(currency, chance),
	)


def _origin(today: date, day: date, chance: Random) -> tuple[str, str | None]:
	"""Source, and the campaign that ran on that day, if it brought the lead."""
	ago = (today - day).days
	running = [name for name, (_spent, first, last) in catalogue.CAMPAIGNS.items() if last <= ago <= first]
	campaign = running[0] if running and chance.random() < 0.7 else None
	source = chance.choice(("Newsletter", "Website", "Trade Fair") if campaign else catalogue.LEAD_SOURCES)
	return source, campaign


class _Course:
	"""Deeds one after the other."""

	def __init__(self, begins: datetime, chance: Random) -> None:
		self.at, self.chance, self.deeds = begins, chance, []

	def then(self, what: str, least: float, most: float, said: str = "") -> None:
		"""So many days after what came before."""
		self.at = later(self.at, self.chance.uniform(least, most))
		self.deeds.append(Deed(self.at, what, said))

	def maybe(self, likelihood: float, what: str, least: float, most: float) -> None:
		"""The same, or nothing."""
		if self.chance.random() < likelihood:
			self.then(what, least, most)

	def nurture(self, interest: float, steps: int = len(STEP_DAYS)) -> None:
		"""Through so many steps of the program; ``interest``: how likely they do something after each."""
		self.then(rules.NURTURE.action, 0.01, 0.5)
		self.then(ENROL, 0.01, 0.02)
		enrolled = self.at
		for day in STEP_DAYS[:steps]:
			self.at = max(self.at, later(enrolled, day + 0.01))
			self.deeds.append(Deed(self.at, STEP))
			if self.chance.random() < interest:
				self.then(self.chance.choice((CLICK, CLICK, ATTEND)), 0.05, 1.5)


# --- kinds of leads ------------------------------------------------------------------------------------------


def _in_qualification(course: _Course) -> None:
	course.then(rules.START.action, 0.05, 1)


def _disqualified(course: _Course) -> None:
	course.then(rules.START.action, 0.05, 2)
	course.then(rules.DISQUALIFY.action, 0.05, 2, course.chance.choice(NO_FIT))


def _do_not_contact(course: _Course) -> None:
	course.then(rules.START.action, 0.05, 2)
	course.then(rules.STOP.action, 0.05, 1, course.chance.choice(NO_CALLS))


def _in_nurture(course: _Course) -> None:
	course.then(rules.START.action, 0.05, 2)
	course.nurture(interest=0.35)


def _replied(course: _Course) -> None:
	course.then(rules.START.action, 0.05, 1)
	course.nurture(interest=0.4, steps=course.chance.randint(1, 3))
	course.then(REPLY, 0.1, 1.5)
	course.then(STEP, 0.01, 0.02)
	course.then(rules.START.action, 0.1, 0.5)


def _unsubscribed(course: _Course) -> None:
	course.then(rules.START.action, 0.05, 2)
	course.nurture(interest=0.1, steps=course.chance.randint(1, 3))
	course.then(UNSUBSCRIBE, 0.05, 1)


def _nurtured_then_sold(course: _Course) -> None:
	course.then(rules.START.action, 0.05, 2)
	course.nurture(interest=0.85)
	course.then(rules.START.action, 0.5, 6)
	_sold(course)


def _accepted(course: _Course) -> None:
	course.then(rules.START.action, 0.02, 0.6)
	_sold(course)


def _sold(course: _Course) -> None:
	course.then(rules.QUALIFY.action, 0.02, 2)
	course.then(rules.ACCEPT.action, 0.05, 1.4)
	course.maybe(0.45, ORDER, 8, 45)


def _rejected(course: _Course) -> None:
	course.then(rules.START.action, 0.05, 1)
	course.then(rules.QUALIFY.action, 0.05, 2)
	course.then(rules.REJECT.action, 0.1, 1.5, course.chance.choice(TOO_EARLY))
	course.nurture(interest=0.3)


def _to_accept(course: _Course) -> None:
	course.then(rules.START.action, 0.01, 0.1)
	course.then(rules.QUALIFY.action, 0.01, 0.1)


_COURSES: dict[str, Callable[[_Course], None]] = {
	"new": lambda course: None,
	"in qualification": _in_qualification,
	"disqualified": _disqualified,
	"do not contact": _do_not_contact,
	"in nurture": _in_nurture,
	"replied": _replied,
	"unsubscribed": _unsubscribed,
	"nurtured, then sold": _nurtured_then_sold,
	"accepted": _accepted,
	"rejected": _rejected,
	"to accept": _to_accept,
}
# the first days of each kind lie so long ago that it can have come so far
_DAYS_AGO = {
	"new": (1, 3),
	"in qualification": (2, 9),
	"disqualified": (6, 240),
	"do not contact": (6, 240),
	"in nurture": (3, 60),
	"replied": (26, 200),
	"unsubscribed": (26, 200),
	"nurtured, then sold": (45, 250),
	"accepted": (8, 250),
	"rejected": (12, 120),
	"to accept": (1, 2),
}
# kinds that sales gets, because their answers reach the definition
_RIPE = frozenset({"nurtured, then sold", "accepted", "rejected", "to accept"})
