"""What becomes of leads, how fast, and what brings them: the figures behind the reports on leads.

- ``cohort``: the leads of a period, narrowed by what was asked and what the user may see.
- ``funnel``: Nurture Funnel. ``speed``: Speed to Lead. ``programs``: Program Performance.
- ``arrivals``: the leads that came in in a period. ``orders``, and its rule ``claims``: which of the sales documents are
  theirs. ``spend``: what campaigns cost. Of these:
- ``conversion``: Lead Conversion. ``campaigns``: Campaign Return.

Everything is read, nothing is written. The database adds up.
"""
