const { leads } = sales_activity;

frappe.ui.form.on("Nurture Program", {
	async setup(frm) {
		frm.set_query("email_account", () => ({ filters: { enable_outgoing: 1 } }));
		frm.set_query("response_type", "steps", () => ({ filters: { disabled: 0 } }));
		const fields = await leads.call("leads.lead_fields");
		if (fields) frm.fields_dict.rules.grid.update_docfield_property("lead_field", "options", fields);
	},

	refresh(frm) {
		if (frm.is_new()) return;
		const takes_leads = ["Running", "Paused"].includes(frm.doc.status);
		if (takes_leads && frappe.model.can_write("Lead Nurture"))
			frm.add_custom_button(__("Enrol Leads"), () => enrol_leads(frm));
		if (takes_leads && frm.perm[0].write && frm.doc.rules?.length)
			frm.add_custom_button(__("Enrol by Rule"), () => enrol_by_rule(frm));
		if (frm.doc.steps?.some((step) => step.channel === "E-mail"))
			frm.add_custom_button(__("Preview E-mail"), () => preview(frm));
		if (frm.perm[0].write) add_states(frm);
		show_counts(frm);
	},
});

// --- its status ----------------------------------------------------------------------------------------------

const NEXT = {
	Draft: { Running: () => __("Run") },
	Running: { Paused: () => __("Pause"), Ended: () => __("End") },
	Paused: { Running: () => __("Run"), Ended: () => __("End") },
};

function add_states(frm) {
	for (const [status, label] of Object.entries(NEXT[frm.doc.status] || {}))
		frm.add_custom_button(label(), () => take_to(frm, status), __("Status"));
}

function take_to(frm, status) {
	const save = async () => {
		const before = frm.doc.status;
		await frm.set_value("status", status);
		frm.save(undefined, undefined, undefined, () => frm.set_value("status", before));
	};
	if (status !== "Ended") save();
	else frappe.confirm(__("End the program for good? Every run in it stops."), save);
}

// --- its runs ------------------------------------------------------------------------------------------------

async function show_counts(frm) {
	const { name } = frm.doc;
	const counts = await leads.call("programs.counts", { program: name });
	if (!counts || frm.doc.name !== name) return;
	const parts = Object.entries(counts).map(
		([status, count]) =>
			`<a href="#" data-status="${status}">${leads.pill(
				`${__(status)}: ${count}`,
				leads.RUNS[status]
			)}</a>`
	);
	leads.headline(frm, `${__("Runs")} ${parts.join(" ")}`);
	frm.layout.wrapper.find(".form-message [data-status]").on("click", (event) => {
		event.preventDefault();
		frappe.set_route("List", "Program Enrolment", {
			program: name,
			status: event.currentTarget.dataset.status,
		});
	});
}

function enrol_leads(frm) {
	const { company, name } = frm.doc;
	const dialog = new frappe.ui.form.MultiSelectDialog({
		doctype: "Lead Nurture",
		target: frm,
		size: "large",
		// one for the status would take the place of the filter
		setters: { lead_name: null, company_name: null, territory: null },
		add_filters_group: 1,
		get_query: () => ({ filters: { company, status: ["in", ["New", "Qualifying", "Nurturing"]] } }),
		primary_action_label: __("Enrol"),
		action: async (chosen) => {
			if (!chosen.length) {
				frappe.show_alert({ message: __("Choose leads first."), indicator: "orange" });
				return;
			}
			const found = await leads.call("programs.enrol", { program: name, leads: chosen }, true);
			if (!found) return;
			dialog.dialog.hide();
			leads.tell_enrolled(name, found);
			show_counts(frm);
		},
	});
	// leads are not made here
	dialog.dialog?.get_secondary_btn().addClass("hide");
}

function enrol_by_rule(frm) {
	const rules = frm.doc.rules.map((rule) => {
		const text = [rule.lead_field, rule.operator, rule.value].filter(Boolean).join(" ");
		return `<li>${leads.escape(text)}</li>`;
	});
	const question = __("Enrol every lead of {0} for which these rules hold?", [
		leads.escape(frm.doc.company),
	]);
	frappe.confirm(`${question}<ul>${rules.join("")}</ul>`, async () => {
		const found = await leads.call("programs.enrol_by_rule", { program: frm.doc.name }, true);
		if (found) frappe.show_alert({ message: found.message, indicator: "blue" });
	});
}

// --- its e-mails ---------------------------------------------------------------------------------------------

function preview(frm) {
	const steps = frm.doc.steps
		.filter((step) => step.channel === "E-mail")
		.map((step) => ({ value: step.name, label: `${__("day {0}", [step.day])}: ${step.title}` }));
	const show = async () => {
		const { step, lead } = dialog.get_values(true);
		const $mail = dialog.get_field("mail").$wrapper.empty();
		if (!step || !lead) return;
		const mail = await leads.call("programs.preview", { program: frm.doc.name, step, lead });
		if (!mail) return;
		$mail.append($("<p>").append($("<b>").text(mail.subject)));
		// nothing in it runs, and nothing in it reaches the desk
		$(`<iframe class="sa-mail" sandbox>`)
			.attr("title", mail.subject)
			.attr("srcdoc", mail.body)
			.appendTo($mail);
	};
	const dialog = new frappe.ui.Dialog({
		title: __("Preview E-mail"),
		size: "large",
		fields: [
			{
				fieldname: "step",
				fieldtype: "Select",
				label: __("Step"),
				options: steps,
				default: steps[0].value,
				reqd: 1,
				change: show,
			},
			{ fieldtype: "Column Break" },
			{
				fieldname: "lead",
				fieldtype: "Link",
				options: "Lead Nurture",
				label: __("Lead"),
				reqd: 1,
				only_select: 1,
				change: show,
				get_query: () => ({ filters: { company: frm.doc.company } }),
			},
			{ fieldtype: "Section Break" },
			{ fieldname: "mail", fieldtype: "HTML" },
		],
	});
	dialog.show();
}
