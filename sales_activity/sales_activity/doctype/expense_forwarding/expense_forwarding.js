/* global moment */
frappe.ui.form.on("Expense Forwarding", {
	onload(frm) {
		if (!frm.is_new()) return;
		// the week that the server takes too
		const [week_from, week_to] = ["startOf", "endOf"].map((end) =>
			moment(frappe.datetime.get_today())[end]("isoWeek").format(frappe.defaultDateFormat)
		);
		frm.set_value({ week_from, week_to });
	},

	refresh(frm) {
		if (frm.doc.docstatus === 0)
			frm.set_intro(
				__(
					"Takes the approved claims of the company to Accounts: those that are there when it is submitted."
				),
				"blue"
			);
		if (frm.doc.docstatus === 1 && frappe.model.can_print("Expense Forwarding")) add_print_buttons(frm);
	},
});

/** The report on paper or as a PDF, which the server makes. */
function add_print_buttons(frm) {
	frm.add_custom_button(__("Print Collective Report"), () => frm.print_doc()).addClass("btn-primary");
	const asked = { doctype: frm.doctype, name: frm.docname, format: "Expense Forwarding Report" };
	const address = `/api/method/frappe.utils.print_format.download_pdf?${new URLSearchParams(asked)}`;
	frm.add_custom_button(__("PDF"), () => window.open(address));
}
