"""Medians and other percentiles by group, as SQL.

MariaDB's own ``PERCENTILE_CONT`` sorts once for each percentile and gives a row for each value; numbering the
values once serves any number of percentiles (``place`` of ``milestones/velocity/rules.py`` says which values count, and
how much).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

MEDIAN, P90 = 0.5, 0.9
IN_GROUP, IN_OUTER = "pc_group", "pc_outer"


def by_group(
	source: str,
	keys: Sequence[str],
	value: str,
	columns: Mapping[str, str],
	outer: Sequence[str] | None = None,
) -> str:
	"""A query that groups the rows of ``source`` (a query) by ``keys`` and selects these, then ``columns``.

	``columns`` maps a name to an aggregate over the columns of ``source``; among them may stand
	``percentile(value, share)`` of the column ``value``, whose nulls don't count. With ``outer``, some of the keys or
	none, also ``part_of_percentile``: of the groups that are alike in these, or of all rows. The texts are put into the query as they are: never anything that a client sent.
	"""
	numbered = {IN_GROUP: _partition(keys, value)}
	if outer is not None:
		numbered[IN_OUTER] = _partition(outer, value)
	windows = ", ".join(
		f"row_number() over ({part} order by {value}) as {name}_rank, count(*) over ({part}) as {name}_count"
		for name, part in numbered.items()
	)
	selected = ", ".join((*keys, *(f"{aggregate} as {name}" for name, aggregate in columns.items())))
	return f"""
		select {selected} from (select source.*, {windows} from ({source}) source) ranked
		group by {", ".join(keys)}
	"""


def percentile(value: str, share: float) -> str:
	"""The aggregate for ``by_group``: null where the group has no values. ``share`` runs from 0 to 1."""
	return _weighted(value, share, IN_GROUP)


def part_of_percentile(value: str, share: float) -> str:
	"""What a group adds to the percentile of its outer group: the sum over the groups in that is the percentile. (Only
	two values have a weight, whichever groups they are in.)"""
	return _weighted(value, share, IN_OUTER)


def _partition(keys: Sequence[str], value: str) -> str:
	return f"partition by {', '.join((*keys, f'{value} is null'))}"


def _weighted(value: str, share: float, numbers: str) -> str:
	position = f"{share} * ({numbers}_count - 1)"
	part = f"mod({position}, 1)"
	lower, upper = f"floor({position}) + 1", f"floor({position}) + 2"
	weight = f"case {numbers}_rank when {lower} then 1 - {part} when {upper} then {part} else 0 end"
	return f"sum({value} * {weight})"
