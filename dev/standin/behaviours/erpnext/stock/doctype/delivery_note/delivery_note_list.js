// The status instead of a mere "Submitted", in the list and on the form.
frappe.listview_settings["Delivery Note"] = {
	add_fields: ["status"],
	get_indicator(doc) {
		const done = ["Completed"].includes(doc.status);
		const colour = done ? "green" : "orange";
		return [__(doc.status), colour, `status,=,${doc.status}`];
	},
};
