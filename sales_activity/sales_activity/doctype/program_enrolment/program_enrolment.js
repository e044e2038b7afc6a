const { leads } = sales_activity;

frappe.ui.form.on("Program Enrolment", {
	async refresh(frm) {
		if (frm.is_new()) return;
		const { name } = frm.doc;
		frm.disable_save();
		frm.page.set_indicator(__(frm.doc.status), leads.RUNS[frm.doc.status]);
		const shown = await leads.call("programs.run", { name });
		if (!shown || frm.doc.name !== name) return;
		leads.draw_log(frm.get_field("log_html").$wrapper, shown);
		if (!shown.may_change) return;
		const done = () => frm.reload_doc();
		for (const { change, label } of leads.changes_of(frm.doc.status))
			frm.add_custom_button(label, () => leads.change_runs(change, [name], done), __("Actions"));
		if (shown.log.some((step) => step.outcome === "Failed"))
			frm.add_custom_button(
				__("Try Failed Steps Again"),
				() => leads.retry({ enrolments: [name] }, done),
				__("Actions")
			);
	},
});
