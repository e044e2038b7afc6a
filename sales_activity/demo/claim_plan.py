"""What the demo company's people spend in the field, and what becomes of it: asked about, approved, denied, booked, paid.

Plain functions, no site: the same day and size always give the same plan. Times are moments within office hours. Approved
claims go to Accounts on Fridays; what a claim waits for is reckoned from there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from sales_activity.demo import catalogue, lead_plan, plan
from sales_activity.demo.course_plan import MORNING, datetime, later, moment
from sales_activity.demo.plan import SEED
from sales_activity.sales_activity.expenses import rules

# how many claims of each kind a demo of full size holds
KINDS = {
	"paid": 6,
	"locked": 3,
	"paid in part": 1,
	"lowered": 2,
	"split": 3,
	"denied": 2,
	"sent again": 1,
	"asked by Accounts": 1,
	"manager asked": 1,
	"denied by Accounts": 1,
	"cancelled": 1,
	"set off": 1,
	"with Accounts": 3,
	"waits for a reply": 1,
	"waits for an answer": 1,
	"approved": 3,
	"pending": 3,
	"claimed twice": 1,
	"overdue": 2,
	"draft": 2,
}
# what is done with a claim besides the actions of its workflow
MAKE, DECIDE, BOOK, PAY, ESCALATE = "Make", "Decide", "Book", "Pay", "Escalate"
CORRECT = "Correct"
FRIDAY, FORWARDED_AT = 4, timedelta(hours=17)
ADVANCE = 15000

TRAVEL, LODGING, MEALS, LOCAL, OWN, GUESTS = (
	*("Travel", "Lodging", "Meals", "Local Conveyance", "Own Vehicle", "Customer Entertainment"),
)
FAIR = "Trade Fair Stand"  # the demo's own, with a limit
# type > what it was for, least and most in company currency; of own vehicles in kilometres
SPENT = {
	TRAVEL: (("Train to {0} and back", "Bus to {0} and back", "Flight to {0}"), 900, 6400),
	LODGING: (("Night at {0}", "Two nights near {0}"), 2800, 8200),
	MEALS: (("Meals on the way to {0}", "Lunch between two meetings at {0}"), 180, 480),
	LOCAL: (("Taxi from the station to {0}", "Taxis between the sites of {0}"), 150, 490),
	OWN: (("To {0} and back, by car", "Site visits at {0}, by car"), 35, 240),
	GUESTS: (("Dinner with the buyer of {0}", "Lunch with the works manager of {0}"), 1400, 5200),
	FAIR: (("Printed matter for {0}", "Hire of a screen for {0}"), 2500, 7500),
}
WITH_RECEIPT = (TRAVEL, LODGING, GUESTS, FAIR)
PURPOSES = ("Visit to {0}", "Site survey at {0}", "Presentation at {0}", "Negotiation at {0}")

QUESTIONS = (
	("Who was there from their side? Please name them.", "The works manager and two of his engineers."),
	("Why two nights? The meeting was on one day.", "The second day was the survey of the new hall."),
	(
		"Which visit was that? The calendar shows none.",
		"It was put forward by a week; the calendar is right now.",
	),
)
DENIALS = (
	"Private part of the journey. Claim the way to the customer only.",
	"This was claimed with the journey of the week before.",
)
LESS = "The company pays second class; the rest is yours."
TAX_QUESTION = (
	"The bill names another company. Was it ours?",
	"Yes: they have mended it, the right one is coming.",
)
BY_ACCOUNTS = "The receipt is not a tax invoice. It can't be booked."


class Expense(NamedTuple):
	"""One line. ``amount`` in ``currency``, of own vehicles kilometres; ``project``: title of a sale; ``lead``: an address;
	``receipt``: what is written on it, empty for none."""

	day: date
	kind: str
	text: str
	amount: float
	currency: str
	project: str | None = None
	lead: str | None = None
	campaign: str | None = None
	receipt: str = ""


class Verdict(NamedTuple):
	"""What is decided on a line (its number): the kind, of which share, and why or what is asked."""

	line: int
	kind: str
	share: float = 1.0
	said: str = ""


class Deed(NamedTuple):
	"""Something that ``by`` (as ``rules`` calls them) does with the part of a claim that ``line`` is in: a move of its
	workflow, or one of the above."""

	at: datetime
	what: str
	by: str
	line: int = 0
	said: str = ""
	share: float = 1.0
	verdicts: tuple[Verdict, ...] = ()


class Claim(NamedTuple):
	"""A claim from its first day on. ``deeds`` are in the order of their times; ``advance`` is what was paid before."""

	kind: str
	person: str
	title: str
	purpose: str
	begins: datetime
	expenses: tuple[Expense, ...]
	deeds: tuple[Deed, ...]
	advance: float = 0.0


class Week(NamedTuple):
	"""From one forwarding until the next; ``begins`` is None before the first. ``deeds`` in the order of their times."""

	begins: datetime | None
	deeds: tuple[tuple[Claim, Deed], ...]


def claims(today: date, scale: float = 1.0) -> list[Claim]:
	"""The claims up to a day, at least one of each kind, in the order of their first days. No two have one title."""
	year = [sale for sale in plan.sales(today, scale) if sale.has_project]
	asked = lead_plan.prospects(today, scale)
	made = [
		_claim(kind, number, today, year, asked)
		for kind, count in KINDS.items()
		for number in range(max(1, round(count * scale)))
	]
	made += [_again(next(one for one in made if one.kind == "claimed twice"), today)]
	return _with_distinct_titles(sorted(made, key=lambda one: (one.begins, one.person, one.title)))


def weeks(planned: Iterable[Claim], today: date) -> list[Week]:
	"""What happens, week by week."""
	deeds = sorted(
		((claim, deed) for claim in planned for deed in claim.deeds),
		key=lambda pair: (pair[1].at, pair[0].title, pair[1].what != MAKE),
	)
	found: dict[datetime | None, list[tuple[Claim, Deed]]] = {}
	fridays = forwardings(deeds[0][1].at, today)
	for begins in (None, *fridays):
		found[begins] = []
	for pair in deeds:
		begins = max((day for day in fridays if day <= pair[1].at), default=None)
		found[begins].append(pair)
	return [Week(begins, tuple(pairs)) for begins, pairs in found.items()]


def forwardings(since: datetime, today: date) -> list[datetime]:
	"""When approved claims went to Accounts, after a moment and before a day."""
	found = []
	at = next_forwarding(since)
	while at < moment(today, timedelta(0)):
		found.append(at)
		at += timedelta(days=7)
	return found


def next_forwarding(at: datetime) -> datetime:
	"""The forwarding after a moment."""
	friday = moment(at.date() + timedelta(days=(FRIDAY - at.weekday()) % 7), FORWARDED_AT)
	return friday if friday > at else friday + timedelta(days=7)


def last_forwarding(today: date) -> datetime:
	"""The last one before a day."""
	return next_forwarding(moment(today, timedelta(0))) - timedelta(days=7)


# --- one claim -----------------------------------------------------------------------------------------------


def _claim(
	kind: str, number: int, today: date, year: Sequence[plan.Sale], asked: Sequence[lead_plan.Prospect]
) -> Claim:
	chance = Random(f"{SEED} claim {kind} {number}")
	person = chance.choice([one for one in catalogue.PEOPLE if one.boss])
	begins = _begins(kind, today, chance)
	about = _about(person.name, begins.date(), year, asked, chance)
	expenses = _expenses(kind, begins.date(), about, chance)
	course = _Course(begins, chance, len(expenses))
	_COURSES[kind](course)
	return Claim(
		kind,
		person.name,
		f"{chance.choice(PURPOSES).format(about.party)}, {begins:%d %b}",
		about.party,
		begins,
		expenses,
		_before(course.deeds, today),
		ADVANCE if kind == "set off" else 0.0,
	)


def _before(deeds: Iterable[Deed], today: date) -> tuple[Deed, ...]:
	return tuple(deed for deed in deeds if deed.at < moment(today, timedelta(0)))


def _begins(kind: str, today: date, chance: Random) -> datetime:
	"""So long before the last forwarding that the claim can have come so far."""
	least, most = _DAYS_AGO[kind]
	day = last_forwarding(today).date() - timedelta(days=chance.randint(least, most))
	return moment(day, MORNING + timedelta(minutes=chance.randint(0, 240)))


class _About(NamedTuple):
	"""What somebody travelled for."""

	party: str
	project: str | None = None
	lead: str | None = None
	campaign: str | None = None
	is_abroad: bool = False


def _about(
	person: str,
	day: date,
	year: Sequence[plan.Sale],
	asked: Sequence[lead_plan.Prospect],
	chance: Random,
) -> _About:
	"""A project of theirs, now and then somebody who asked, or a campaign."""
	mine = [
		sale for sale in year if sale.begins <= day and any(member.person == person for member in sale.team)
	]
	known = [one for one in asked if one.begins.date() < day]
	what = chance.choices(("project", "lead", "campaign"), weights=(7, 2, 1))[0]
	if what == "lead" and known:
		one = chance.choice(known[-30:])
		return _About(one.organisation, lead=one.email, campaign=one.campaign)
	if what == "project" and mine:
		sale = chance.choice(mine[-12:])
		return _About(sale.party, project=sale.title, is_abroad=sale.territory == "Export")
	campaign = chance.choice(list(catalogue.CAMPAIGNS))
	return _About(campaign, campaign=campaign)


def _expenses(kind: str, day: date, about: _About, chance: Random) -> tuple[Expense, ...]:
	wanted = [LODGING, *chance.sample([MEALS, LOCAL, OWN, GUESTS], chance.randint(1, 2))]
	wanted[:0] = [TRAVEL] if OWN not in wanted else []
	if kind in ("split", "asked by Accounts"):
		wanted = [TRAVEL, LODGING, GUESTS]
	elif about.campaign and not about.lead:
		wanted = [FAIR, TRAVEL, MEALS]
	elif kind in ("claimed twice", "draft"):
		wanted = wanted[:2]
	return tuple(_expense(one, day - timedelta(days=chance.randint(1, 3)), about, chance) for one in wanted)


def _expense(kind: str, day: date, about: _About, chance: Random) -> Expense:
	texts, least, most = SPENT[kind]
	text = chance.choice(texts).format(about.party)
	amount: float = chance.randint(least // 5, most // 5) * 5
	currency = catalogue.CURRENCY
	if about.is_abroad and kind in (LODGING, GUESTS):
		amount, currency = round(amount / catalogue.EXCHANGE_RATE, 2), catalogue.FOREIGN_CURRENCY
	receipt = f"{text}\n{day:%d.%m.%Y}\n{currency} {amount:,.2f}" if kind in WITH_RECEIPT else ""
	return Expense(day, kind, text, amount, currency, about.project, about.lead, about.campaign, receipt)


def _again(claim: Claim, today: date) -> Claim:
	"""Somebody claims what they have claimed before: one line with its receipt, one of the same day, type and amount."""
	begins = later(claim.begins, 1.1)
	first, second = claim.expenses[:2]
	course = _Course(begins, Random(f"{SEED} claimed again"), 2)
	_COURSES["claimed twice"](course)
	other_bill = second.receipt and f"{second.receipt}\nCopy"
	expenses = (
		first._replace(text=f"{first.text}, copy"),
		second._replace(text=f"{second.text}, again", receipt=other_bill),
	)
	return claim._replace(
		title=f"{claim.purpose}, what was left",
		begins=begins,
		expenses=expenses,
		deeds=_before(course.deeds, today),
	)


def _with_distinct_titles(made: Iterable[Claim]) -> list[Claim]:
	seen: Counter = Counter()
	found = []
	for one in made:
		seen[one.title] += 1
		number = seen[one.title]
		found.append(one._replace(title=f"{one.title} ({number})") if number > 1 else one)
	return found


class _Course:
	"""Deeds one after the other."""

	def __init__(self, begins: datetime, chance: Random, lines: int) -> None:
		self.at, self.chance, self.lines = begins, chance, lines
		self.deeds = [Deed(begins, MAKE, rules.EMPLOYEE)]

	def then(self, what: str, by: str, least: float, most: float, **values: object) -> None:
		"""So many days after what came before."""
		self.at = later(self.at, self.chance.uniform(least, most))
		self.deeds.append(Deed(self.at, what, by, **values))

	def move(self, move: rules.Move, least: float, most: float, **values: object) -> None:
		"""A move of the workflow."""
		self.then(move.action, move.by, least, most, **values)

	def sent(self) -> None:
		self.move(rules.SEND, 0.02, 0.2)

	def approved(self) -> None:
		self.sent()
		self.move(rules.APPROVE, 0.2, 1.9)

	def forwarded(self) -> None:
		"""What follows comes after the next forwarding."""
		self.at = next_forwarding(self.at)

	def locked(self) -> None:
		self.move(rules.LOCK, 2.7, 4.9)
		self.then(BOOK, rules.ACCOUNTS, 0.05, 0.3)

	def paid(self, **values: object) -> None:
		self.then(PAY, rules.ACCOUNTS, 3, 9, **values)


# --- kinds of claims -----------------------------------------------------------------------------------------


def _locked(course: _Course) -> None:
	course.approved()
	course.forwarded()
	course.locked()


def _paid(course: _Course) -> None:
	_locked(course)
	course.paid()


def _paid_in_part(course: _Course) -> None:
	_locked(course)
	course.paid(share=0.5)


def _lowered(course: _Course) -> None:
	"""The area manager approves less of the first line."""
	course.sent()
	rest = tuple(Verdict(number, "Approved") for number in range(1, course.lines))
	verdicts = (Verdict(0, "Approved", 0.6, LESS), *rest)
	course.then(DECIDE, rules.MANAGER, 0.3, 2.5, verdicts=verdicts)
	course.forwarded()
	course.locked()
	course.paid()


def _split(course: _Course) -> None:
	"""One line approved, one asked about, one denied: three claims."""
	question, reply = course.chance.choice(QUESTIONS)
	course.sent()
	verdicts = (
		Verdict(0, "Approved"),
		Verdict(1, "Clarification", said=question),
		Verdict(2, "Denied", said=course.chance.choice(DENIALS)),
	)
	course.then(DECIDE, rules.MANAGER, 0.3, 2.5, verdicts=verdicts)
	course.move(rules.REPLY, 0.3, 2.5, line=1, said=reply)
	course.move(rules.APPROVE, 0.3, 2, line=1)
	course.forwarded()
	course.move(rules.LOCK, 2.7, 3.7)
	course.then(BOOK, rules.ACCOUNTS, 0.05, 0.2)
	course.move(rules.LOCK, 0.1, 0.9, line=1)
	course.then(BOOK, rules.ACCOUNTS, 0.05, 0.2, line=1)


def _denied(course: _Course) -> None:
	course.sent()
	course.move(rules.DENY, 0.3, 2.5, said=course.chance.choice(DENIALS))


def _sent_again(course: _Course) -> None:
	_denied(course)
	course.then(CORRECT, rules.EMPLOYEE, 0.3, 2, share=0.7)
	course.approved()
	course.forwarded()
	course.locked()


def _asked_by_accounts(course: _Course) -> None:
	question, reply = TAX_QUESTION
	course.approved()
	course.forwarded()
	course.move(rules.ASK_EMPLOYEE, 2.7, 3.9, said=question)
	course.move(rules.REPLY_TO_ACCOUNTS, 0.5, 3, said=reply)
	course.locked()


def _waits_for_a_reply(course: _Course) -> None:
	course.approved()
	course.forwarded()
	course.move(rules.ASK_EMPLOYEE, 2.7, 3.9, said=TAX_QUESTION[0])


def _waits_for_an_answer(course: _Course) -> None:
	course.approved()
	course.forwarded()
	course.move(rules.ASK_MANAGER, 2.7, 3.9, said="Was the journey agreed with you? It is above the usual.")


def _manager_asked(course: _Course) -> None:
	_waits_for_an_answer(course)
	course.move(rules.ANSWER, 0.5, 3, said="Agreed, but not the dearest room. I have lowered it.", share=0.8)
	course.locked()
	course.paid()


def _denied_by_accounts(course: _Course) -> None:
	course.approved()
	course.forwarded()
	course.move(rules.DENY_AND_LOCK, 2.7, 4.9, said=BY_ACCOUNTS)


def _cancelled(course: _Course) -> None:
	_locked(course)
	course.move(rules.CANCEL, 1, 4, said="Booked in the wrong month.")


def _with_accounts(course: _Course) -> None:
	course.approved()


def _approved(course: _Course) -> None:
	"""Just after the last forwarding: it waits for the next."""
	course.sent()
	course.forwarded()
	course.at += timedelta(minutes=course.chance.randint(5, 55))
	course.deeds.append(Deed(course.at, rules.APPROVE.action, rules.MANAGER))


def _overdue(course: _Course) -> None:
	"""Nobody decides: a reminder, then it goes up."""
	course.sent()
	course.then(ESCALATE, rules.APP, 5, 5.2)
	course.then(ESCALATE, rules.APP, 5, 5.2)


_COURSES: dict[str, Callable[[_Course], None]] = {
	"paid": _paid,
	"locked": _locked,
	"paid in part": _paid_in_part,
	"lowered": _lowered,
	"split": _split,
	"denied": _denied,
	"sent again": _sent_again,
	"asked by Accounts": _asked_by_accounts,
	"manager asked": _manager_asked,
	"denied by Accounts": _denied_by_accounts,
	"cancelled": _cancelled,
	"set off": _locked,
	"with Accounts": _with_accounts,
	"waits for a reply": _waits_for_a_reply,
	"waits for an answer": _waits_for_an_answer,
	"approved": _approved,
	"pending": _Course.sent,
	"claimed twice": _Course.sent,
	"overdue": _overdue,
	"draft": lambda course: None,
}
# the first days of each kind, before the last forwarding
_DAYS_AGO = {
	"paid": (26, 80),
	"locked": (10, 12),
	"paid in part": (26, 60),
	"lowered": (26, 75),
	"split": (24, 70),
	"denied": (7, 60),
	"sent again": (26, 60),
	"asked by Accounts": (24, 60),
	"manager asked": (33, 60),
	"denied by Accounts": (18, 60),
	"cancelled": (24, 50),
	"set off": (18, 40),
	"with Accounts": (3, 4),
	"waits for a reply": (10, 12),
	"waits for an answer": (10, 12),
	"approved": (1, 3),
	"pending": (1, 2),
	"claimed twice": (2, 3),
	"overdue": (12, 15),
	"draft": (1, 3),
}
