"""Medians and other percentiles by group, as SQL.

MariaDB's own ``PERCENTILE_CONT`` sorts once for each percentile and gives a row for each value; numbering the
values once serves any number of percentiles (``rules.place`` says which values count, and how much).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

MEDIAN, P90 = 0.5, 0.9
RANK, COUNT = "pc_rank", "pc_count"


def by_group(source: str, keys: Sequence[str], value: str, columns: Mapping[str, str]) -> str:
	"""A query that groups the rows of ``source`` (a query) by ``keys`` and selects these, then ``columns``.

	``columns`` maps a name to an aggregate over the columns of ``source``; among them may stand
	``percentile(value, share)`` of the column ``value``, whose nulls don't count. The texts are put into the query
	as they are: never anything that a client sent.
	"""
	partition = f"partition by {', '.join((*keys, f'{value} is null'))}"
	selected = ", ".join((*keys, *(f"{aggregate} as {name}" for name, aggregate in columns.items())))
	return f"""
		select {selected} from (
			select source.*, row_number() over ({partition} order by {value}) as {RANK},
				count(*) over ({partition}) as {COUNT}
			from ({source}) source
		) ranked
		group by {", ".join(keys)}
	"""


def percentile(value: str, share: float) -> str:
	"""The aggregate for ``by_group``: null where the group has no values. ``share`` runs from 0 to 1."""
	position = f"{share} * ({COUNT} - 1)"
	part = f"mod({position}, 1)"
	weight = f"if({RANK} = floor({position}) + 1, 1 - {part}, if({RANK} = floor({position}) + 2, {part}, 0))"
	return f"sum({value} * {weight})"
