frappe.views.calendar["Sales Milestone"] = {
	field_map: { id: "name", start: "due_date", end: "due_date", title: "title", allDay: "all_day" },
	get_events_method: "sales_activity.api.milestones.calendar",
	// the due date follows from the process and the working days, it is not dragged
	options: { editable: false, selectable: false },
	get_css_class: (event) => event.look,
};
