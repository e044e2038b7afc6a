"""Demo data: the worked example of the targets, and a credible company around it.

- ``load``: the commands. ``bench --site SITE execute sales_activity.demo.load.run`` loads everything and prints
  the worked example; ``load.start`` does it in the background; ``load.clear`` removes it.
- ``worked_example``: two people, four targets, a quotation and an order, in a company of their own.
- ``company``: makes the records of a year of business. What happens in that year is decided in ``plan`` (plain
  functions, no site), out of the names and prices in ``catalogue``.
- ``leads``: the same for leads: qualified, nurtured, handed over. What happens to which is decided in ``lead_plan``.
- ``claims``: the same for expense claims: decided, forwarded, booked, paid. What is spent and decided stands in
  ``claim_plan``; ``claim_receipts`` makes the files, ``claim_removal`` takes all of it away.
- ``course``, ``course_plan``: sales on their way through a process. ``history``, ``lead_history``, ``claim_history``: put
  what the demo does now back to when it would have happened.
- ``targets``: Sales Targets through their workflow.
- ``masters``, ``documents`` and ``books``: make single records; the tests use them too.
- ``progress``: says in the terminal and on the desk how far the work is.
- ``removal``: takes everything away again.

Everything hangs on two companies that only the demo uses. A second run finds by company and title (orders
without a project: by the customer's order number; leads: by their address) what the first one made, and goes on from
there; each sale, each lead and each week of claims is made in one transaction, so a killed run leaves no half ones. The
day that everything is relative to is the day on which the demo company was made.
"""
