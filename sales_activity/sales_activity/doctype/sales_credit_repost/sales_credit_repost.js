frappe.ui.form.on("Sales Credit Repost", {
	setup(frm) {
		const of_company = () => ({ filters: { company: frm.doc.company } });
		frm.set_query("sales_project", of_company);
		frm.set_query("sales_order", () => ({
			filters: { company: frm.doc.company, docstatus: [">", 0] },
		}));
	},

	onload(frm) {
		frappe.realtime.on("sales_credit_repost_progress", (progress) => {
			if (progress.name === frm.doc.name) show_progress(frm, progress.done, progress.total);
		});
	},

	refresh(frm) {
		const { status, docstatus, done, total } = frm.doc;
		if (docstatus !== 1) return;
		if (["Queued", "In Progress"].includes(status)) {
			show_progress(frm, done, total);
			look_again(frm);
		}
		if (["Failed", "Queued", "In Progress"].includes(status) && frm.perm[0]?.submit) {
			frm.add_custom_button(__("Resume"), () => resume(frm));
		}
	},
});

function show_progress(frm, done, total) {
	const percent = total ? (done / total) * 100 : 0;
	frm.dashboard.show_progress(__("Posting Credit"), percent, __("{0} of {1} orders", [done, total]));
	if (total && done >= total) setTimeout(() => frm.reload_doc(), 1500);
}

/** Realtime may be off: read the document again while it is open and running. */
function look_again(frm) {
	clearTimeout(frm.look_again);
	frm.look_again = setTimeout(() => {
		const { status, name } = frm.doc;
		const here = cur_frm === frm && frappe.get_route()[2] === name;
		if (here && ["Queued", "In Progress"].includes(status)) frm.reload_doc();
	}, 5000);
}

function resume(frm) {
	frappe
		.call({
			method: "sales_activity.sales_activity.doctype.sales_credit_repost.sales_credit_repost.resume",
			args: { name: frm.doc.name },
			freeze: true,
		})
		.then(() => {
			frappe.show_alert({ message: __("Queued again."), indicator: "blue" });
			frm.reload_doc();
		});
}
