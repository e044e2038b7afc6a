"""Expenses from the field to the books: claims, decisions line by line, what is locked.

- ``rules``: states, moves, the chain of amounts, what one decision makes of a claim. No site.
- ``lines``: what one expense is worth: rate of the day, kilometres, limits, receipts.
- ``people``: who decides on whose claims: managers above, stand-ins, nobody on their own.
- ``moves``: who may do what with a claim, for every way in.
- ``turns``: who has a claim when people change, go away or are back.
- ``deciding``: decisions on many lines at once, and the split that follows.
- ``records``: claims as rows, and the log of their moves.
- ``receipts``: the files of lines, kept.
- ``limits``: how long a state may take; ``escalation``: what follows when it took longer; ``telling``: who hears of what.
- ``duplicates``: what may be claimed twice.
- ``forwarding``: approved claims to Accounts, once; ``collective``: their report.
- ``posting``: the Journal Entry, made of ``entries`` (arithmetic), ``accounts`` and ``advances``; ``payments``: what is paid.
- ``entry``, ``screen``: what the desk shows.
- ``figures``: what the reports show.
- ``masters``: checks of expense types, stand-ins and settings.
"""
