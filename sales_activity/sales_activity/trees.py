"""ERPNext's trees (Item Group, Sales Person), read once and walked in memory."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import frappe


@dataclass(frozen=True)
class Tree:
	"""A tree as name > parent (None for roots), parents before children, siblings in the tree's order."""

	parents: dict[str, str | None]

	@cached_property
	def children(self) -> dict[str | None, list[str]]:
		"""The children of each node; the roots under None."""
		children: dict[str | None, list[str]] = {}
		for name, parent in self.parents.items():
			children.setdefault(parent, []).append(name)
		return children

	def way_up(self, name: str) -> list[str]:
		"""The node and everything above it, from the node to the root. Empty for an unknown name."""
		way = []
		node: str | None = name if name in self.parents else None
		while node is not None:
			way.append(node)
			node = self.parents[node]
		return way

	def ways_up(self) -> dict[str | None, list[str]]:
		"""``way_up`` of every node; under None (a figure of no node) the roots."""
		return {None: list(self.children.get(None, ())), **{name: self.way_up(name) for name in self.parents}}

	def below(self, name: str) -> frozenset[str]:
		"""The node and everything below it."""
		found, open_nodes = set(), [name]
		while open_nodes:
			node = open_nodes.pop()
			found.add(node)
			open_nodes.extend(self.children.get(node, ()))
		return frozenset(found)


def tree_of(rows: Iterable[tuple[str, str | None]]) -> Tree:
	"""A tree from (name, parent) pairs, parents first. A parent that is not there makes a root."""
	parents: dict[str, str | None] = {}
	for name, parent in rows:
		parents[name] = parent if parent in parents else None
	return Tree(parents)


def read_tree(doctype: str, parent_field: str) -> Tree:
	"""Read a nested set in its order (one query)."""
	table = frappe.qb.DocType(doctype)
	return tree_of(frappe.qb.from_(table).select(table.name, table[parent_field]).orderby(table.lft).run())
