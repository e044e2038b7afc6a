"""What the desk and other programs may call. Every method checks permissions first.

- ``projects``: a Sales Project from an Opportunity or Quotation, a Quotation from a project.
- ``credit``: who is credited with an order.
- ``milestones``: one action in one call, the path, forms, My Next Steps, starting processes.
- ``reposts``: posting credit again.
- ``cards``: the numbers on the workspace.
- ``hand_offs``: delivering failed hand-offs again.
- ``frappe_methods``: what Frappe's own methods may tell about our records.
- ``guard``: the check that each begins with.
- ``boot``: what the desk knows of us when it starts.
"""
