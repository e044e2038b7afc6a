frappe.ui.form.on("Sales Order", {
	onload: (frm) => frm.doc.conversion_rate || erpnext.standin.fill_header(frm),
	company: (frm) => erpnext.standin.fill_header(frm),
	refresh(frm) {
		if (frm.doc.docstatus !== 1) return;
		const path = "erpnext.selling.doctype.sales_order.sales_order";
		const stopped = ["Closed", "On Hold"].includes(frm.doc.status);
		const set_status = (label, status) => {
			const args = { status, name: frm.doc.name };
			const save = () => frappe.call(`${path}.update_status`, args).then(() => frm.reload_doc());
			frm.add_custom_button(__(label), save, __("Status"));
		};
		if (stopped) {
			set_status("Re-open", "Draft");
			return;
		}
		erpnext.standin.add_create(frm, "Delivery Note", `${path}.make_delivery_note`);
		erpnext.standin.add_create(frm, "Sales Invoice", `${path}.make_sales_invoice`);
		set_status("Hold", "On Hold");
		set_status("Close", "Closed");
	},
});

frappe.ui.form.on("Sales Order Item", { item_code: (...line) => erpnext.standin.fill_line(...line) });
