frappe.ui.form.on("Opportunity", {
	refresh(frm) {
		sales_activity.milestones.show_small_path(frm);
		if (frm.is_new() || !frappe.model.can_create("Sales Project")) return;
		if (!["Lead", "Prospect", "Customer"].includes(frm.doc.opportunity_from)) return;
		frm.add_custom_button(__("Sales Project"), () => make_project(frm), __("Create"));
	},
});

function make_project(frm) {
	frappe.model.open_mapped_doc({
		method: "sales_activity.api.projects.make_sales_project_from_opportunity",
		frm,
	});
}
