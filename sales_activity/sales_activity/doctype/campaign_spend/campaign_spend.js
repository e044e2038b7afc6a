frappe.ui.form.on("Campaign Spend", {
	setup(frm) {
		frm.set_query("reference_name", () => ({
			filters: { docstatus: ["!=", 2], company: frm.doc.company },
		}));
	},

	// which DocType a campaign is depends on ERPNext's version
	onload(frm) {
		if (frm.is_new()) frm.set_value("campaign_type", frappe.boot.sales_activity.lead_origin.campaign);
	},

	reference_doctype(frm) {
		frm.set_value("reference_name", null);
	},
});
