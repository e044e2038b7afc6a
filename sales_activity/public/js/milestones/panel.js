// One milestone to work on: its guidance, what is known so far, its form, and what can be done with it.

frappe.provide("sales_activity.milestones");

const { milestones } = sales_activity;
const { escape, lines } = milestones;

// the first that a milestone offers is the button that stands out
const MAIN_ACTIONS = ["Achieved", "Ready", "In Progress"];
const SET_ASIDE = ["Skipped", "Cancelled"];

// milestone > what was typed in a panel that was left before anything was done with it, until the page is reloaded
const drafts = {};

/**
 * `parent`: jQuery element; `milestone`: name; `on_done(answer)`: called after each action that the server took,
 * with its answer; `before_act()`: may return a promise that resolves to false to stop. `load` draws it; `keep` is
 * called before it is taken away, so that what was typed is there again the next time.
 */
milestones.Panel = class Panel {
	constructor({ parent, milestone, on_done, before_act = () => true, with_title = true }) {
		Object.assign(this, { parent, milestone, on_done, before_act, with_title });
		this.values = {};
	}

	async load() {
		const shown = await frappe.xcall("sales_activity.api.milestones.form", { milestone: this.milestone });
		Object.assign(this, { shown, row: shown.milestone });
		this.$panel = $(`<section class="sa-panel">`).attr("aria-label", this.row.milestone);
		this.parent.empty().append(this.$panel);
		this.$panel.append(this.head(), this.said(), this.guidance(), this.known());
		this.draw_form();
		this.draw_actions();
		await this.form?.ready;
		this.untouched = this.given();
		await this.restore();
	}

	/** What was typed and not sent yet. */
	unsaved() {
		if (!this.untouched || this.is_done) return {};
		const { answers, ...rest } = this.given();
		const before = this.untouched.answers || {};
		const changed = Object.entries(answers || {}).filter(([name, value]) => value !== before[name]);
		return changed.length ? { ...rest, answers: Object.fromEntries(changed) } : rest;
	}

	keep() {
		const typed = this.unsaved();
		if (Object.keys(typed).length) drafts[this.milestone] = typed;
		else delete drafts[this.milestone];
	}

	async restore() {
		const typed = drafts[this.milestone];
		if (!typed || !this.shown.may_change) return;
		if (typed.answers) await this.form?.fill(typed.answers);
		if (typed.remark !== undefined) this.remark?.set_value(typed.remark);
		if (typed.evidence) this.show_evidence?.(typed.evidence);
		$(`<p class="text-muted">`)
			.text(__("What you typed before stands here again. It is not saved yet."))
			.prependTo(this.$form);
	}

	head() {
		const { row } = this;
		const facts = [
			row.is_open && (row.my_turn ? __("Your turn") : __("Turn of {0}", [row.turn_of])),
			!row.is_open && row.responsible,
			row.sales_role && __(row.sales_role),
			row.is_open && milestones.due(row.due_date),
			row.days_taken !== null && __("{0} so far", [milestones.duration(row.days_taken)]),
			row.returns &&
				(row.returns === 1 ? __("returned once") : __("returned {0} times", [row.returns])),
		];
		if (row.is_done && row.days_taken !== null) facts[4] = milestones.duration(row.days_taken);
		const title = this.with_title ? `<h4 class="sa-panel__title">${escape(row.milestone)}</h4>` : "";
		const colour = row.is_late ? "red" : milestones.COLOURS[row.status];
		return `<header class="sa-panel__head">
			${title}
			<span class="indicator-pill ${colour}">${escape(row.is_late ? __("Late") : __(row.status))}</span>
			<span class="sa-panel__facts">${facts.filter(Boolean).map(escape).join(" · ")}</span>
		</header>`;
	}

	/** What people told each other about it. */
	said() {
		const { row } = this;
		return [
			row.question && [
				row.status === "Returned" ? __("Question to answer") : __("Question"),
				row.question,
			],
			row.reply && [__("Reply"), row.reply],
			row.remark && row.is_done && [__("Remark"), row.remark],
			row.reason && [__("Reason"), row.reason],
			row.is_held &&
				row.is_open && [
					__("On hold or lost"),
					__("Nothing can be done here until the project is resumed or reopened under Actions."),
				],
		]
			.filter(Boolean)
			.map(([label, text]) => `<p class="sa-panel__said"><b>${label}:</b> ${lines(text)}</p>`)
			.join("");
	}

	guidance() {
		const { row } = this;
		const parts = [
			[__("Outcome wanted"), row.outcome],
			[__("What to find out"), row.find_out],
			[__("What to tell"), row.tell],
		].filter(([, text]) => (text || "").trim());
		const shown = parts.map(([label, text]) => `<div><h5>${label}</h5><p>${lines(text)}</p></div>`);
		return shown.length ? `<div class="sa-panel__guidance">${shown.join("")}</div>` : "";
	}

	/** Every answer that was given before, folded. */
	known() {
		const { known_so_far: known, currency } = this.shown;
		if (!known.length) return "";
		const rows = known.map(
			(one) => `<tr>
				<td>${escape(one.label)}<div class="text-muted small">${escape(one.milestone)}</div></td>
				<td>${milestones.answer_html(one, one.raw, currency)}</td>
			</tr>`
		);
		const title =
			known.length === 1 ? __("1 answer known so far") : __("{0} answers known so far", [known.length]);
		return `<details class="sa-panel__known">
			<summary>${title}</summary>
			<table class="table table-sm"><tbody>${rows.join("")}</tbody></table>
		</details>`;
	}

	draw_form() {
		const { row, shown } = this;
		if (!shown.questions?.length && !shown.may_change && !row.evidence) return;
		this.$form = $(`<div class="sa-panel__form">`).appendTo(this.$panel);
		if (shown.introduction) this.$form.append(`<p class="text-muted">${lines(shown.introduction)}</p>`);
		if (shown.questions?.length) this.draw_questions();
		if (row.evidence_required || row.evidence) this.draw_evidence();
		if (shown.may_change) this.draw_remark();
	}

	draw_questions() {
		const { shown, row } = this;
		this.form = new milestones.AnswerForm({
			parent: $("<div>").appendTo(this.$form),
			questions: shown.questions,
			// what is known from elsewhere is not asked again; it is there to be confirmed
			answers: { ...shown.suggested, ...shown.answers },
			read_only: !shown.may_change,
			milestone: row.name,
			currency: shown.currency,
		});
	}

	draw_evidence() {
		const { row } = this;
		const $evidence = $(`<div class="sa-panel__evidence form-group">
			<label class="control-label ${row.evidence_required ? "reqd" : ""}">${__("Evidence")}</label>
			<div><span class="sa-panel__file"></span></div>
		</div>`).appendTo(this.$form);
		const show = (url) => {
			const name = decodeURIComponent((url || "").split("/").pop());
			const $link = $(`<a target="_blank" rel="noopener">`).attr("href", url).text(name);
			$evidence
				.find(".sa-panel__file")
				.empty()
				.append(url ? $link : __("No file yet"));
		};
		show(row.evidence);
		if (!this.shown.may_change) return;
		$(`<button type="button" class="btn btn-default btn-xs">`)
			.text(row.evidence ? __("Attach Another File") : __("Attach File"))
			.on("click", () => milestones.attach(row.name, (url) => this.show_evidence(url)))
			.appendTo($evidence.children("div"));
		this.show_evidence = (url) => {
			this.values.evidence = url;
			show(url);
		};
	}

	draw_remark() {
		this.remark = frappe.ui.form.make_control({
			parent: $("<div>").appendTo(this.$form).get(0),
			df: {
				fieldname: "remark",
				fieldtype: "Small Text",
				label: __("Remark"),
				description: __("Passed on with the answers."),
			},
			render_input: true,
		});
		this.remark.set_value(this.row.remark || "");
	}

	draw_actions() {
		const { row } = this;
		const $actions = $(`<div class="sa-panel__actions">`).appendTo(this.$panel);
		const offered = [...(row.actions || [])].sort((one, other) => rank(one) - rank(other));
		const button = (label, run, look) =>
			$(`<button type="button" class="btn btn-sm ${look}">`)
				.text(label)
				.on("click", run)
				.appendTo($actions);
		offered.forEach((action, index) => {
			const look = SET_ASIDE.includes(action.to) ? "btn-link" : index ? "btn-default" : "btn-primary";
			button(__(action.action), () => this.act(action), look);
		});
		if (row.may_delegate)
			button(
				__("Delegate"),
				() => this.run(() => milestones.delegate(row), __("Delegated")),
				"btn-default"
			);
		if (this.form && this.shown.may_change) button(__("Save Answers"), () => this.save(), "btn-default");
		$(`<a class="btn btn-sm btn-link">`)
			.text(__("Open Milestone"))
			.attr("href", frappe.utils.get_form_link("Sales Milestone", row.name))
			.appendTo($actions);
	}

	async act(action) {
		if (action.to === "Achieved" && !this.is_complete()) return;
		await this.run(() => milestones.ask_and_act(this.row, action, this.given(action)));
	}

	save() {
		return this.run(() => milestones.act(this.row.name, "Save", this.given()), __("Answers saved"));
	}

	/** `done`: what is said of it; else how the milestone stands. */
	async run(action, done) {
		if ((await this.before_act()) === false) return;
		const answer = await action();
		if (!answer) return;
		this.is_done = true;
		delete drafts[this.milestone];
		frappe.show_alert({
			message: escape(`${this.row.milestone}: ${done || __(answer.status)}`),
			indicator: "green",
		});
		this.on_done?.(answer);
	}

	/** What was typed goes with whatever is done, so that nothing is typed twice; setting aside needs none of it. */
	given(action) {
		if (!this.shown.may_change || SET_ASIDE.includes(action?.to)) return {};
		const values = { ...this.values };
		if (this.form) {
			values.answers = Object.fromEntries(this.form.rows().map((row) => [row.fieldname, row.value]));
		}
		const remark = this.remark?.get_value();
		if (remark !== undefined && remark !== (this.row.remark || "")) values.remark = remark;
		return values;
	}

	is_complete() {
		const problems = [...(this.form?.check() || [])];
		if (this.row.evidence_required && !this.values.evidence && !this.row.evidence) {
			problems.push(__("Evidence: attach a file."));
		}
		if (problems.length) {
			frappe.msgprint({
				title: __("Something is missing"),
				message: problems.map(escape).join("<br>"),
				indicator: "orange",
			});
		}
		return !problems.length;
	}
};

/** Upload a file to a milestone; `done` gets its address. */
milestones.attach = (milestone, done) =>
	new frappe.ui.FileUploader({
		doctype: "Sales Milestone",
		docname: milestone,
		folder: "Home/Attachments",
		allow_multiple: false,
		make_attachments_public: false,
		on_success: (file) => done(file.file_url),
	});

/** A milestone to work on, in a dialog. `on_done(answer)` as in Panel. */
milestones.open_dialog = async (milestone, title, on_done) => {
	const dialog = new frappe.ui.Dialog({ title, size: "large" });
	const panel = new milestones.Panel({
		parent: dialog.$body,
		milestone,
		with_title: false,
		on_done: (answer) => {
			dialog.hide();
			on_done?.(answer);
		},
	});
	await panel.load();
	dialog.onhide = () => panel.keep();
	dialog.show();
	return dialog;
};

function rank(action) {
	const place = MAIN_ACTIONS.indexOf(action.to);
	if (SET_ASIDE.includes(action.to)) return 9;
	return place < 0 ? 5 : place;
}
