"""How a sale of the demo runs through its process: who takes how long, what comes back with a question.

Plain functions, no site: the same sale always runs alike. Times are moments within office hours. What happens
after the day of the demo is left out by whoever carries the plan out.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from random import Random
from typing import NamedTuple

from sales_activity.demo.plan import SEED, Sale

# how many sales of each kind run the process; the others are from before the company had one
KINDS = {"not quoted": 6, "open": 7, "expired": 2, "lost": 4, "on hold": 2, "won": 7}
OPENS, CLOSES = 9, 18  # office hours
LATE, RETURNED, ACCEPTED = 0.25, 0.2, 0.6  # how likely each is
MORNING, AFTERNOON = timedelta(hours=9), timedelta(hours=15)
ACCEPT, ACHIEVE, RETURN, AGAIN = "Accept", "Achieve", "Return", "Hand Over Again"

QUESTIONS = (
	("How many sites are meant? The notes name two.", "Three: the new plant was added last week."),
	("Which budget is that: this year's or the next?", "This year's. It has to be ordered before March."),
	("Who signs on their side?", "The works manager up to 5 million, above that the board."),
	("Is the power supply part of it?", "No, their electrician does it."),
	("By when do they need the answer?", "Friday of next week, said the buyer."),
)


class Task(NamedTuple):
	"""A milestone of the process, as far as time goes: its step, and the days it may take."""

	milestone: str
	step: int
	expected_days: float
	is_by_document: bool = False


class Act(NamedTuple):
	"""Something that somebody does with a milestone. ``said`` is the question or the reply."""

	at: datetime
	milestone: str
	action: str
	said: str = ""


def chosen(year: Iterable[Sale]) -> list[Sale]:
	"""The sales that run the process: the latest of each kind. Sales that were quoted must not come from an
	Opportunity, which would be younger than their process."""
	found: dict[str, list[Sale]] = {}
	for sale in year:
		if sale.kind in KINDS and (sale.kind == "not quoted" or not sale.from_opportunity):
			found.setdefault(sale.kind, []).append(sale)
	return [sale for kind, sales in found.items() for sale in sales[-KINDS[kind] :]]


def before_documents(sale: Sale, tasks: Iterable[Task]) -> tuple[datetime, list[Act]]:
	"""When the process starts, and what is done before anything is quoted: so that all is done on the day of the
	first quotation; of a sale that isn't quoted yet, from its beginning."""
	chance = _chance(sale, "before")
	first = next((task.step for task in tasks if task.is_by_document), None)
	early = [task for task in tasks if first is None or task.step < first]
	start = moment(sale.begins, MORNING)
	acts = list(acts_of(early, start, chance))
	if sale.offers and acts:
		noon = moment(sale.offers[0].day, timedelta(hours=12))
		days = (acts[-1].at - noon).days + 1
		start, acts = (
			start - timedelta(days=days),
			[act._replace(at=act.at - timedelta(days=days)) for act in acts],
		)
	return start, acts


def after_documents(sale: Sale, tasks: Iterable[Task]) -> list[Act]:
	"""What is done after the order: the steps behind the last one that a document achieves."""
	last = max((task.step for task in tasks if task.is_by_document), default=0)
	late = [task for task in tasks if task.step > last]
	return list(acts_of(late, moment(last_order(sale), AFTERNOON), _chance(sale, "after")))


def ends(sale: Sale, today: date) -> date:
	"""The day on which a sale is won, lost or put on hold."""
	if sale.orders or any(offer.orders for offer in sale.offers):
		return last_order(sale)
	days = _chance(sale, "end").randint(6, 28)
	return min(sale.offers[-1].day + timedelta(days=days), today)


def last_order(sale: Sale) -> date:
	"""The day of the last order."""
	return max(
		order.day for orders in (sale.orders, *(offer.orders for offer in sale.offers)) for order in orders
	)


def acts_of(tasks: Iterable[Task], start: datetime, chance: Random) -> Iterable[Act]:
	"""The acts of these tasks, step by step, in the order of their times."""
	tasks = list(tasks)
	for step in sorted({task.step for task in tasks}):
		acts = [act for task in tasks if task.step == step for act in _acts_of_one(task, start, chance)]
		yield from sorted(acts)
		start = max(act.at for act in acts)


def _acts_of_one(task: Task, start: datetime, chance: Random) -> Iterable[Act]:
	at = start
	pace = chance.uniform(1.2, 2.2) if chance.random() < LATE else chance.uniform(0.3, 0.9)
	days = max(task.expected_days, 0.5) * pace
	if chance.random() < RETURNED:
		question, reply = chance.choice(QUESTIONS)
		at = later(at, chance.uniform(0.1, 1.0))
		yield Act(at, task.milestone, RETURN, question)
		at = later(at, chance.uniform(0.2, 2.0))
		yield Act(at, task.milestone, AGAIN, reply)
	if chance.random() < ACCEPTED:
		yield Act(later(at, days * chance.uniform(0.05, 0.3)), task.milestone, ACCEPT)
	yield Act(later(at, days), task.milestone, ACHIEVE)


def later(at: datetime, days: float) -> datetime:
	"""That many days later, moved into office hours."""
	at += timedelta(days=days)
	if at.hour < OPENS:
		return at.replace(hour=OPENS)
	if at.hour >= CLOSES:
		return at.replace(hour=OPENS) + timedelta(days=1)
	return at


def moment(day: date, time: timedelta) -> datetime:
	"""A time of a day."""
	return datetime(day.year, day.month, day.day) + time


def _chance(sale: Sale, part: str) -> Random:
	return Random(f"{SEED} course {part} {sale.title}")
