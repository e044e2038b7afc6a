"""The part of regular expressions that can be matched in linear time.

An admin's pattern meets text that anybody sends. Python's ``re`` goes back and forth over it: ``(a+)+$`` needs
longer than the universe for 140 letters. So the structure (sequence, ``|``, groups, ``* + ? {2,5}``) is matched
here by following all possibilities at once, at most STATES steps for each character; ``re`` only decides on single
characters (``x``, ``.``, ``\\d``, ``[A-Z]``). What can't be done that way is refused: back references, looking ahead
or behind, word boundaries, inline flags. ``^`` and ``$`` may stand at the ends, where they say nothing new: a
pattern always covers the whole text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

STATES = 1_000
LONGEST_TEXT = 1_000

_ESCAPES = "dDwWsSnrtfv"
_REPEAT = re.compile(r"\{(\d{0,4})(?:(,)(\d{0,4}))?\}", re.ASCII)
_CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)

# a node: (kind, ...) of "char", "sequence", "choice", "repeat"
Node = tuple


class PatternError(ValueError):
	"""A pattern that can't be read, isn't allowed, or is too large. The text says where."""


@dataclass(frozen=True)
class Pattern:
	"""A pattern ready to match: states with, for each, a test of one character and where it leads."""

	tests: tuple[re.Pattern | None, ...]
	leads: tuple[tuple[int, ...], ...]

	def covers(self, text: str) -> bool:
		"""Whether the pattern matches the whole text, in time proportional to its length. False for text longer
		than LONGEST_TEXT."""
		if len(text) > LONGEST_TEXT:
			return False
		now = self._reached((0,))
		for character in text:
			now = self._reached(
				lead
				for state in now
				if self.tests[state] and self.tests[state].match(character)
				for lead in self.leads[state]
			)
			if not now:
				return False
		return len(self.tests) - 1 in now

	def _reached(self, states: Iterable[int]) -> set[int]:
		"""The states, and all that can be reached from them without reading a character."""
		found: set[int] = set()
		waiting = list(states)
		while waiting:
			state = waiting.pop()
			if state not in found:
				found.add(state)
				if self.tests[state] is None:
					waiting.extend(self.leads[state])
		return found


@lru_cache(maxsize=256)
def compiled(source: str) -> Pattern:
	"""The pattern of a regular expression. Raises PatternError."""
	return _Builder().build(_Reader(source).read())


class _Reader:
	"""Reads a pattern into nodes."""

	def __init__(self, source: str) -> None:
		self.source = source
		self.at = 0
		self.depth = 0

	def read(self) -> Node:
		if self.source.startswith("^"):
			self.at = 1
		node = self._choice()
		if self._peek() == "$" and self.at == len(self.source) - 1:
			self.at += 1
		if self.at < len(self.source):
			self._refuse("unexpected {0}")
		return node

	def _choice(self) -> Node:
		choices = [self._sequence()]
		while self._peek() == "|":
			self.at += 1
			choices.append(self._sequence())
		return choices[0] if len(choices) == 1 else ("choice", choices)

	def _sequence(self) -> Node:
		parts = []
		while self._peek() not in ("", "|", ")") and not self._at_end_sign():
			parts.append(self._repeated(self._atom()))
		return ("sequence", parts)

	def _at_end_sign(self) -> bool:
		return self._peek() == "$" and self.at == len(self.source) - 1

	def _atom(self) -> Node:
		character = self._peek()
		if character == "(":
			return self._group()
		if character == "[":
			return self._single(_CLASS.match(self.source, self.at))
		if character == "\\":
			return self._escape()
		if character in "*+?{}^$]":
			self._refuse("unexpected {0}")
		self.at += 1
		return ("char", _test(character if character == "." else re.escape(character)))

	def _group(self) -> Node:
		self.depth += 1
		if self.depth > 20:
			self._refuse("too many groups within groups at {0}")
		self.at += 1
		if self.source.startswith("?:", self.at):
			self.at += 2
		elif self._peek() == "?":
			self._refuse("looking ahead or behind and flags are not possible: {0}")
		node = self._choice()
		if self._peek() != ")":
			self._refuse("a bracket is not closed")
		self.at += 1
		self.depth -= 1
		return node

	def _escape(self) -> Node:
		following = self.source[self.at + 1 : self.at + 2]
		if not following or (following.isalnum() and following not in _ESCAPES):
			self._refuse("{0} is not possible here")
		self.at += 2
		return ("char", _test("\\" + following))

	def _single(self, found: re.Match | None) -> Node:
		if not found:
			self._refuse("a square bracket is not closed")
		self.at = found.end()
		return ("char", _test(found[0]))

	def _repeated(self, node: Node) -> Node:
		character = self._peek()
		limits = {"*": (0, None), "+": (1, None), "?": (0, 1)}.get(character)
		if limits:
			self.at += 1
		elif character == "{":
			limits = self._counts()
		if limits is None:
			return node
		if self._peek() == "?":  # as few as possible: the same for a whole text
			self.at += 1
		if self._peek() in ("*", "+", "?", "{"):
			self._refuse("a repetition of a repetition needs brackets: {0}")
		return ("repeat", node, *limits)

	def _counts(self) -> tuple[int, int | None]:
		found = _REPEAT.match(self.source, self.at)
		if not found or not (found[1] or found[3]):
			self._refuse("{0} needs numbers, as in {{2,5}}")
		least = int(found[1] or 0)
		most = least if not found[2] else (int(found[3]) if found[3] else None)
		if (most is not None and most < least) or max(least, most or 0) > STATES:
			self._refuse("numbers out of order or too large: {0}")
		self.at = found.end()
		return least, most

	def _peek(self) -> str:
		return self.source[self.at : self.at + 1]

	def _refuse(self, message: str) -> None:
		raise PatternError(message.format(self.source[self.at : self.at + 12] or "the end"))


class _Builder:
	"""Turns nodes into states."""

	def __init__(self) -> None:
		self.tests: list[re.Pattern | None] = []
		self.leads: list[list[int]] = []

	def build(self, node: Node) -> Pattern:
		start = self._state()
		end = self._add(node, start)
		last = self._state()
		self.leads[end].append(last)
		return Pattern(tuple(self.tests), tuple(tuple(leads) for leads in self.leads))

	def _state(self, test: re.Pattern | None = None) -> int:
		if len(self.tests) >= STATES:
			raise PatternError("too large; use smaller numbers of repetitions")
		self.tests.append(test)
		self.leads.append([])
		return len(self.tests) - 1

	def _add(self, node: Node, start: int) -> int:
		"""Append the states of a node behind the state ``start``; returns the state it ends in."""
		kind = node[0]
		if kind == "char":
			state, end = self._state(node[1]), self._state()
			self.leads[start].append(state)
			self.leads[state].append(end)
			return end
		if kind == "sequence":
			for part in node[1]:
				start = self._add(part, start)
			return start
		if kind == "choice":
			ends = [self._add(part, self._after(start)) for part in node[1]]
			return self._joined(ends)
		return self._add_repeat(*node[1:], start)

	def _add_repeat(self, node: Node, least: int, most: int | None, start: int) -> int:
		for _number in range(least):
			start = self._add(node, start)
		if most is None:
			turn = self._after(start)
			self.leads[self._add(node, self._after(turn))].append(turn)
			return self._after(turn)
		ends = [start]
		for _number in range(most - least):
			start = self._add(node, self._after(start))
			ends.append(start)
		return self._joined(ends)

	def _after(self, state: int) -> int:
		following = self._state()
		self.leads[state].append(following)
		return following

	def _joined(self, ends: Iterable[int]) -> int:
		end = self._state()
		for state in ends:
			self.leads[state].append(end)
		return end


def _test(source: str) -> re.Pattern:
	"""The test of one character, by Python's ``re``."""
	try:
		return re.compile(source)
	except re.error as error:
		raise PatternError(f"{source}: {error.msg}") from None
