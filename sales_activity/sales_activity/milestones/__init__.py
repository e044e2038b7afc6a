"""Who must do what next: processes, milestones, their forms and hand-offs.

Rules, plain functions that need no site:

- ``rules``: states, steps, whose turn it is, time spent.
- ``conditions``: field, operator, value.
- ``notation``: answers as text in Frappe's own notation, and as Python values.
- ``patterns``: the part of regular expressions that takes linear time.
- ``forms``: questions and answers: what a form may ask, what may be answered.
- ``priority``: what comes first in My Next Steps.

- ``definition``: what a Sales Process may consist of.

On the site:

- ``board``: the milestones of some projects, read under lock, changed in memory, written in few statements;
  ``records``: what a move leaves in fields and log.
- ``starting``: a process on projects; ``opening``: steps open; ``moves``: what people do; ``documents`` and ``events``:
  what a Quotation or Sales Order does; ``clocks``: hold and resume; ``updating``: changes of the process.

- ``answers``: the answers of a milestone; ``form_texts``: what the user reads about bad ones; ``locks``: when they
  may be changed; ``files``: those that answer or prove something.
- ``handoffs``: rows that say whose turn a milestone became; ``receivers``: whose user is told; ``outbox``: deliver
  after the commit; ``delivery``: assignment, notification and e-mail of a row, once; ``messages``: what they say;
  ``assignments``: the ToDo; ``reminders``: late milestones; ``due``: working days.
- ``path``: a project's milestones for the desk; ``next_steps`` and ``promises``: what somebody has to do next;
  ``actions``: what the desk offers; ``suggested``: answers known already; ``people``: the persons of a user;
  ``bulk``: a process started on many projects; ``counts``: numbers on the workspace.
"""
