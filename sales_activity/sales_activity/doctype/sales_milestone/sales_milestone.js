const { milestones } = sales_activity;

frappe.ui.form.on("Sales Milestone", {
	setup(frm) {
		// asked for when an action needs them
		for (const field of ["question", "reply", "reason"]) frm.set_df_property(field, "read_only", 1);
		// Frappe takes the actions away while something isn't saved; ours save it
		$(frm.wrapper).on("dirty", () => show_actions(frm));
	},

	onload(frm) {
		// Frappe offers what the user's roles may do; we offer what this user may do with this milestone
		if (frm.states) frm.states.show_actions = () => show_actions(frm);
	},

	refresh(frm) {
		sales_activity.expenses.add_claim_button(frm, () => ({
			sales_project: frm.doc.sales_project,
			sales_milestone: frm.doc.name,
		}));
		const shown = about(frm);
		const may_change = Boolean(shown.may_move && shown.is_open);
		for (const field of ["evidence", "remark"])
			frm.set_df_property(field, "read_only", may_change ? 0 : 1);
		frm.toggle_reqd("evidence", may_change && Boolean(frm.doc.evidence_required));
		if (!may_change) frm.disable_save();
		draw_answers(frm, shown, !may_change);
		draw_known(frm, shown.known_so_far || []);
	},

	/** What was typed into the form of the milestone goes into its rows. */
	validate(frm) {
		if (!frm.answer_form || frm.answer_form.read_only) return;
		for (const { fieldname, value } of frm.answer_form.rows()) set_row(frm, fieldname, value);
	},
});

const about = (frm) => frm.doc.__onload?.milestone || {};

function draw_answers(frm, shown, read_only) {
	const $wrapper = frm.get_field("answers_html").$wrapper.empty();
	frm.answer_form = null;
	if (!shown.questions?.length) {
		$wrapper.append(`<p class="text-muted">${__("This milestone has no form.")}</p>`);
		return;
	}
	if (shown.introduction)
		$wrapper.append(`<p class="text-muted">${milestones.lines(shown.introduction)}</p>`);
	frm.answer_form = new milestones.AnswerForm({
		parent: $("<div>").appendTo($wrapper),
		questions: shown.questions,
		answers: shown.answers,
		currency: shown.currency,
		milestone: frm.doc.name,
		read_only,
		on_change: () => frm.dirty(),
	});
}

/** Everything that earlier milestones brought, milestone by milestone. */
function draw_known(frm, known) {
	const $wrapper = frm.get_field("earlier_html").$wrapper.empty();
	frm.toggle_display("earlier_section", known.length > 0);
	for (const of_one of Object.values(group_by(known, "name"))) {
		const [{ milestone, by, on }] = of_one;
		const who = [by && frappe.user.full_name(by), on && frappe.datetime.str_to_user(on)].filter(Boolean);
		const rows = of_one.map(
			(one) => `<tr>
				<th scope="row">${milestones.escape(__(one.label))}</th>
				<td>${milestones.answer_html(one, one.raw, about(frm).currency)}</td>
			</tr>`
		);
		$wrapper.append(`<h5>${milestones.escape(milestone)}
				<small class="text-muted">${who.map(milestones.escape).join(", ")}</small></h5>
			<table class="table table-sm"><tbody>${rows.join("")}</tbody></table>`);
	}
}

function group_by(rows, field) {
	const groups = {};
	for (const row of rows) (groups[row[field]] ||= []).push(row);
	return groups;
}

function set_row(frm, fieldname, value) {
	let row = (frm.doc.answers || []).find((one) => one.fieldname === fieldname);
	if (!row && value === "") return;
	row ||= frappe.model.add_child(frm.doc, "Milestone Answer", "answers");
	Object.assign(row, { fieldname, value });
}

function show_actions(frm) {
	const actions = about(frm).actions || [];
	frm.page.clear_actions_menu();
	for (const action of actions) frm.page.add_action_item(__(action.action), () => act(frm, action));
	if (about(frm).may_delegate) {
		frm.page.add_action_item(__("Delegate"), () =>
			milestones.delegate(frm.doc).then((done) => reload(frm, done))
		);
	}
	if (actions.length && !frm.is_dirty()) {
		frm.page.btn_primary.addClass("hide");
		frm.page.btn_secondary.addClass("hide");
		frm.toolbar.current_status = "";
	}
}

/** What was typed goes with the action: nothing has to be saved first. */
async function act(frm, action) {
	const values = {};
	if (frm.answer_form && !frm.answer_form.read_only) {
		values.answers = Object.fromEntries(frm.answer_form.rows().map((row) => [row.fieldname, row.value]));
	}
	if (about(frm).is_open) Object.assign(values, { evidence: frm.doc.evidence, remark: frm.doc.remark });
	reload(frm, await milestones.ask_and_act(frm.doc, action, values));
}

function reload(frm, done) {
	if (done) frm.reload_doc();
}
