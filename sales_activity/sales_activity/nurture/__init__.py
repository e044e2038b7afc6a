"""Leads: one definition of what is worth a salesperson's time, an honest score, and contact until they are ready.

Rules, plain functions that need no site:

- ``rules``: the states of a lead, who takes it from one to the next, and what that leaves behind.
- ``fit``: the criteria of a Universal Lead Definition, and what they give a lead.
- ``routing``: to whom a qualified lead goes; ``deadline``: until when it is to be accepted.
- ``response_rules``: what a response of a lead may hold; ``engagement``: what a Response Type may say; ``robots``: what
  machines do by themselves.
- ``schedule``: when a lead gets which step of a program, and what ends its run.

What people do passes the controller of Lead Nurture and ``moves``, which calls ``qualifying`` (answers and fit),
``handing`` (to sales and back), ``acceptance`` (Opportunity and Sales Project). ``leads`` and ``truth`` keep ERPNext's
Lead and its nurture equal, ``records`` writes past controllers, ``making`` makes the nurtures of old Leads,
``escalation`` tells of leads that sales ignores, ``screen`` is what the desk shows.

Programs: ``programs`` is what one may consist of, ``program_changes`` what a change means for the leads in it;
``enrolment`` writes their runs, ``stepping`` is the sweep that does what is due, by what ``standing`` says of the lead,
through ``program_mails`` (with ``program_texts`` and ``program_links``) and ``program_tasks``. ``program_responses``
takes what leads do with the links.

What leads do is written by ``responses`` alone; ``replies``, ``unsubscribes`` and ``web_forms`` notice it by themselves, by
way of ``app_responses``. ``scoring`` holds the score's one statement, ``rescoring`` makes all scores anew, ``explain``
tells why, ``override`` lets somebody set another. ``personal_data`` takes out what tells whose it was.
"""
